//! Where an environment stands.

use crate::model::Revision;
use serde::{Deserialize, Serialize};

/// One target instance of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceStatus {
    /// Its name.
    pub instance: String,
    /// The kind of target.
    pub target: String,
    /// Its backend.
    pub backend: String,
    /// Where it is applied to, for people: a branch, an engine, a cluster.
    pub destination: String,
    /// How many resources are recorded as applied.
    pub applied: usize,
}

/// The newest apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastApply {
    /// Its number.
    pub generation: u64,
    /// When: RFC 3339, UTC.
    pub applied_at: String,
    /// Who.
    pub who: String,
    /// The commit.
    pub commit: Option<String>,
    /// Whether files differed from that commit.
    #[serde(default)]
    pub dirty: bool,
    /// How it ended.
    pub outcome: String,
}

/// Where an environment stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    /// `1.0`.
    pub format_version: String,
    /// `Status`.
    pub kind: String,
    /// The version of driftless.
    pub tool_version: String,
    /// The environment.
    pub environment: String,
    /// Its revision in Git; none where its file is gone or has errors.
    pub revision: Option<Revision>,
    /// Why its revision is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// How many resources are not declared as they were applied; none where nothing was, or it is not known what is declared.
    #[serde(default)]
    pub pending: Option<usize>,
    /// The newest apply; none: never.
    pub last_apply: Option<LastApply>,
    /// Who holds its lock; none: nobody.
    pub locked_by: Option<String>,
    /// The commit that it is pinned to by a rollback; none: it follows Git.
    pub pinned_to: Option<String>,
    /// Its instances.
    pub instances: Vec<InstanceStatus>,
}

impl StatusReport {
    /// A report of an environment of which nothing is known yet.
    pub fn new(environment: &str) -> Self {
        Self {
            format_version: "1.0".into(),
            kind: "Status".into(),
            tool_version: env!("CARGO_PKG_VERSION").into(),
            environment: environment.into(),
            revision: None,
            problem: None,
            pending: None,
            last_apply: None,
            locked_by: None,
            pinned_to: None,
            instances: Vec::new(),
        }
    }
}
