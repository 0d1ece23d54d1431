//! An environment applied to a Docker engine: made, changed, put back in place, taken over, refused; killed, and on an engine that fails.

mod failing;
mod faults;
mod killed;
mod place;
mod put_back;
mod refused;
mod secrets;
mod shared;

use super::support;
