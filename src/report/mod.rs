//! Plans, drift, history and status for people and for machines: text, JSON, markdown.
//!
//! Never: recomputes what it prints, prints (it returns text and styles), lets a value of a user steer a terminal or a page.
//!
//! Invariants: the exit code comes from the struct that is shown; control characters never reach a terminal; a report that is cut short
//! says so, and what is cut.

pub mod escape;
pub mod exit;
pub mod history;
pub mod json;
pub mod markdown;
pub mod plan;
pub mod preview;
pub mod status;
pub mod style;
pub mod text;
pub mod value;

pub use history::{HistoryEntry, HistoryReport};
pub use plan::PlanReport;
pub use status::{InstanceStatus, LastApply, StatusReport};
pub use style::{Span, Style, Text};
