//! What was applied, and when.

use crate::model::Digest;
use serde::{Deserialize, Serialize};

/// One apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Its number.
    pub generation: u64,
    /// When: RFC 3339, UTC.
    pub applied_at: String,
    /// Who.
    pub who: String,
    /// Why, in words.
    pub why: String,
    /// The commit that was applied; none outside a repository.
    pub commit: Option<String>,
    /// Whether files differed from that commit.
    pub dirty: bool,
    /// The plan.
    pub plan_digest: Digest,
    /// `done`, `failed`, `partial`, `interrupted`.
    pub outcome: String,
    /// How many changes were made.
    pub changes: usize,
}

/// The applies of an environment, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryReport {
    /// `1.0`.
    pub format_version: String,
    /// `History`.
    pub kind: String,
    /// The version of driftless.
    pub tool_version: String,
    /// The environment.
    pub environment: String,
    /// The applies, newest first.
    pub entries: Vec<HistoryEntry>,
}

impl HistoryReport {
    /// A report of applies, newest first.
    pub fn new(environment: &str, entries: Vec<HistoryEntry>) -> Self {
        Self {
            format_version: "1.0".into(),
            kind: "History".into(),
            tool_version: env!("CARGO_PKG_VERSION").into(),
            environment: environment.into(),
            entries,
        }
    }
}
