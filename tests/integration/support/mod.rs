//! What the suites share: a project in a temporary Git repository, the program itself, and reports without what changes from run to run.

pub mod project;
pub mod report;

pub use project::{Project, Run};
