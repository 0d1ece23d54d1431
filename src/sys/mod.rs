//! The operating system: clock, environment, processes, files, Git. The only room that touches it.
//!
//! Never: knows what an environment or a plan is; prints; retries.
//!
//! Invariants: a command line is an argument vector, its environment an allow-list, its time and output bounded; nothing outside a root
//! is read through it; a file is written whole or not at all; an error never holds what was read.

pub mod clock;
pub mod environment;
pub mod file;
pub mod git;
pub mod net;
pub mod process;
pub mod random;
pub mod signals;
pub mod worktree;

pub use clock::{Clock, FixedClock, SystemClock, rfc3339, rfc3339_of_seconds};
pub use environment::{FixedVariables, ProcessVariables, Variables};
pub use signals::Signals;
pub use worktree::WorkTree;
