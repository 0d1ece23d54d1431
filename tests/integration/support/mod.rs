//! What the suites share: a project in a temporary Git repository, the program itself, reports without what changes from run to run,
//! the foreign tools, and what is rendered for them.

pub mod canary;
pub mod cases;
pub mod engine;
pub mod fake_engine;
pub mod modules;
pub mod project;
pub mod report;
pub mod shop;
pub mod strings;
pub mod tools;
pub mod transcript;

pub use project::{Project, Run};

/// Whether this run writes what it would compare: `DRIFTLESS_BLESS=1`.
pub fn is_blessed() -> bool {
    std::env::var_os("DRIFTLESS_BLESS").is_some()
}
