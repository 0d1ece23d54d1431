//! Says what drifted: classes, consequences, ignore rules, the place in Git that each difference contradicts.
//!
//! Never: talks to a live system, compares (that is `plan/`, so that plan and drift never disagree), knows a backend or a module by name.
//!
//! Invariants: what could not be read is unknown, never missing and never in sync; whatever is silenced is shown with the rule that
//! silenced it; a place in Git is one whose change changes the field.

pub mod provenance;
pub(crate) mod report;
pub mod types;

pub use report::{CHANGED_IN_GIT, Details, NEVER_APPLIED, report};
pub use types::{
    Baseline, ClosedDrift, Consequence, DriftField, DriftReport, DriftReports, DriftSummary, IgnoredField, Place,
    Remedy, RemedyKind, ResourceClass, ResourceDrift, locate, places_wanted,
};
