//! The record of one apply.

use crate::model::{Address, Digest, Resource, Revision, Scope};
use crate::plan::{Action, Applied};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How an apply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Everything was done.
    Done,
    /// Nothing was done, or it was all put back.
    Failed,
    /// Some of it was done.
    Partial,
    /// It did not come to its end: it was told to stop, or died. Every record says so until its run ends.
    Interrupted,
}

impl RunOutcome {
    /// The word that every output uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Partial => "partial",
            Self::Interrupted => "interrupted",
        }
    }
}

/// How one change ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result", content = "reason")]
pub enum ChangeResult {
    /// The run did not get there, as far as the record knows.
    Unfinished,
    /// It was done.
    Done,
    /// It was done, and put back when another failed.
    PutBack,
    /// It failed; why.
    Failed(String),
    /// It was not tried; why.
    Skipped(String),
}

/// What one apply did to one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedChange {
    /// The address.
    pub address: Address,
    /// What was done.
    pub action: Action,
    /// What was applied before; none: nothing.
    pub before: Option<Applied>,
    /// What was to be there afterwards; none: nothing.
    pub after: Option<Resource>,
    /// The address that it had before, where it was only renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Address>,
    /// How it ended.
    #[serde(flatten)]
    pub result: ChangeResult,
}

/// One apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionRecord {
    /// Its number: counts up by one in its environment, never used twice.
    pub generation: u64,
    /// What was applied.
    pub revision: Revision,
    /// By which plan.
    pub plan: Digest,
    /// Who.
    pub who: String,
    /// Why, in words.
    pub why: String,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
    /// When it ended; none: it did not come to its end.
    pub ended_at: Option<String>,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Whether it deleted the whole environment.
    pub destroy: bool,
    /// Where it was applied to; none where an older driftless did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// What it was limited to: address globs. Empty: nothing.
    pub only: Vec<String>,
    /// What it changed, in the plan's order; without what was kept.
    pub changes: Vec<RecordedChange>,
    /// What it found to be gone on both sides, and forgot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgotten: Vec<Address>,
    /// The kept object with all resources of the environment as they were applied at its end; none: it did not come to its end.
    pub resources: Option<Digest>,
    /// The kept objects with what was rendered, by target instance and path.
    pub artifacts: BTreeMap<String, BTreeMap<String, Digest>>,
}

impl RevisionRecord {
    /// Does to `resources` what this apply is known to have done.
    pub fn replay(&self, resources: &mut BTreeMap<Address, Resource>) {
        resources.retain(|address, _| !self.forgotten.contains(address));
        for change in self.changes.iter().filter(|change| change.result == ChangeResult::Done) {
            if let Some(before) = &change.moved_from {
                resources.remove(before);
            }
            match (&change.after, change.action) {
                (_, Action::Run) => {}
                (Some(resource), _) => drop(resources.insert(change.address.clone(), resource.clone())),
                (None, _) => drop(resources.remove(&change.address)),
            }
        }
    }
}
