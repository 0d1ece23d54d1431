//! Compares desired, applied and live, and orders what has to be done: an immutable plan with a digest.
//!
//! Never: talks to a live system, knows a backend or a module by name, reads a secret's value.
//!
//! Invariants: `diff(a, a)` is empty; a plan is data, and the same inputs give the same bytes; a gap is never a deletion; a resource
//! that does not carry our mark is never changed or deleted.

mod answers;
pub mod assess;

pub mod compare;
pub mod error;
pub mod file;
pub mod finding;
#[cfg(test)]
pub(crate) mod fixture;
pub mod ignore;
pub mod inputs;
pub mod lines;
pub mod make;
pub mod observation;
pub mod places;
pub mod procedure;
pub mod table;
pub mod types;
pub mod verdict;

pub use assess::{Assessed, Assessment, ResourceClass, assess, holds};
pub use compare::{Compared, Comparison, Content, Field, FieldClass, Silenced, compare};
pub use error::PlanError;
pub use file::{PlanFileError, decode, digest, encode};
pub use finding::{BUILT_IN, Finding, Source};
pub use inputs::{Inputs, InstanceInput, Options};
pub use make::make;
pub use observation::{Applied, ChangedBy, Gap, Observation, Observed, Ticket};
pub use places::{Located, Places, Question};
pub use procedure::{Around, Expansion, Granularity, Procedure};
pub use table::{Added, CompareKind, CompareTable, Row};
pub use types::{Action, Change, Deferred, FieldChange, Plan, PlannedSecrets, Summary};
pub use verdict::{Verdict, verdict};
