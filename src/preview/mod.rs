//! Previews, the environments of pull requests: what they are called, how long they live, how many there may be, what may be taken away,
//! and where one is reached. Pure decisions.
//!
//! Never: reads a clock, a state store or a live system; deletes anything.
//!
//! Invariants: a quota refuses what is new and never an update; age counts from the last activity; only a record that says so (expired, or
//! closed) lets a preview be taken away, never that something is not listed; nothing of a branch's name reaches a path, a command or a
//! template but its slug.

mod endpoint;
mod error;
mod lifecycle;
mod name;
mod place;
mod reap;
mod record;

pub use endpoint::{Endpoint, endpoints};
pub use error::PreviewError;
pub use lifecycle::Activity;
pub use name::{commit, slug};
pub use place::check_place;
pub use reap::{DEFAULT_BUDGET, Decision, Recorded, Verdict, decide, is_out_of_sight};
pub use record::{PreviewRecord, PreviewRecords, Standing};
