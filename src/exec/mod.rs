//! Runs a plan through backends: order, concurrency, retries, health waits, records, rollback.
//!
//! Never: decides what to change, knows a backend or a module by name, prints.
//!
//! Invariants: every precondition is looked at before the first change; one writer for each backend; the lease is asked again before
//! every change; what was applied is recorded as each change succeeds, so that a run that is killed at any point can be made again; a
//! failure skips what waits for it and nothing else.

mod condition;
mod lease;
mod record;
mod retry;
mod rollback;
mod run;
mod schedule;
mod step;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod types;
mod under_way;

pub use run::execute;
pub use types::{ChangeOutcome, ExecError, Execution, Interruption, OnFailure, Options, Request, Retry};
