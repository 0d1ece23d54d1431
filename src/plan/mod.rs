//! Compares desired, applied and live, and orders what has to be done: an immutable plan with a digest.
//!
//! Never: talks to a live system, knows a backend or a module by name, reads a secret's value.
//!
//! Invariants: `diff(a, a)` is empty; a plan is data, and the same inputs give the same bytes; a gap is never a deletion; a resource
//! that does not carry our mark is never changed or deleted.

pub mod observation;
pub mod table;
pub mod types;

pub use observation::{Applied, ChangedBy, Gap, Observation, Observed, Ticket};
pub use table::{Added, CompareKind, CompareTable, Row};
pub use types::{Action, Change, Deferred, FieldChange, Finding, Plan, Source, Summary};
