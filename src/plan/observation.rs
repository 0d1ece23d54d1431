//! What a backend saw, and what was last applied.

use super::finding::Finding;
use crate::model::{Address, Digest, Resource, Revision, Tree};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who changed something, and when, as far as the system knows. Never a guess.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedBy {
    /// Who.
    pub who: Option<String>,
    /// When: RFC 3339, UTC.
    pub when: Option<String>,
    /// How that is known: `commit 1a2b3c4`, `docker event`.
    pub evidence: Option<String>,
}

/// A part that could not be read, and why. Never counts as missing, in sync or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The address.
    pub address: Address,
    /// Why: one sentence without a full stop, for people.
    pub reason: String,
}

/// One live thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// What it is.
    pub body: Tree,
    /// Its exact text, if it is a file.
    pub text: Option<String>,
    /// Whether it is a program, if it is a file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// Why its text could not be read as what it ought to be, where it could not: one sentence without a full stop (`it is no valid YAML: line 3:
    /// ...`). The text alone says what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// What stands there, where it is nothing that could be taken over: `a folder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_the_way: Option<String>,
    /// The desired body as the system itself would make it (a dry run, planned values), where it can say.
    pub as_system_would: Option<Tree>,
    /// A digest of what it was seen as, without health, addresses and times. A plan's precondition.
    pub fingerprint: Digest,
    /// Whether it carries our mark.
    pub ours: bool,
    /// The component that its mark names.
    pub component: Option<String>,
    /// What it reports, by output name; sensitive ones are left out.
    pub outputs: BTreeMap<String, String>,
    /// Who changed it last, for all of it.
    pub changed_by: Option<ChangedBy>,
}

/// What was last applied to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The component that it belonged to.
    pub component: Option<String>,
    /// The target instance that it was applied by; none where that is not remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// What was written.
    pub body: Tree,
    /// The exact text, if it is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether it was a program, if it is a file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// The revision it came from; none where only the live system remembers it and does not say.
    pub revision: Option<Revision>,
    /// Its fingerprint right after.
    pub fingerprint: Option<Digest>,
    /// Whether a change that loses its data is refused.
    #[serde(default)]
    pub protect: bool,
    /// What it reported, by output name; never a sensitive one.
    #[serde(default)]
    pub outputs: BTreeMap<String, String>,
    /// Keyed digests of its secret fields, by field path.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// What had to be there before it, its carriers included: on the way out it goes first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Address>,
}

impl Applied {
    /// Whether a resource's body and text are what was written.
    pub fn has_content_of(&self, resource: &Resource) -> bool {
        self.body == resource.body && self.text == resource.text
    }
}

/// A tool's own plan, opaque to all but its backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The target instance.
    pub instance: String,
    /// The digest of the tool's plan (of its redacted projection).
    pub digest: Digest,
    /// What the backend needs to find it again; holds no secret.
    pub data: String,
}

/// One timed look at a scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// What is there, ours or not.
    pub resources: BTreeMap<Address, Observed>,
    /// What was last applied, where the live system itself remembers it (a Git branch does). None: the state store knows.
    pub applied: Option<BTreeMap<Address, Applied>>,
    /// Who took away what is not there any more, and when, as far as the system knows.
    pub gone: BTreeMap<Address, ChangedBy>,
    /// What the backend keeps for itself beside what is declared and finds not to be what it wrote: it is put back as if it were declared.
    /// A deletion of the whole environment leaves it to the backend.
    pub own: Vec<Resource>,
    /// What is to be said of the whole.
    pub findings: Vec<Finding>,
    /// What the newest applies were made from that the live system itself remembers, the newest first, each once: where somebody else
    /// brings them from there to where they run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Revision>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// The tools' own plans.
    pub tickets: Vec<Ticket>,
    /// What the whole was at that moment (a branch's tip), for a backend that can only write if it still is.
    pub cursor: Option<String>,
    /// The number of the newest apply, where the live system itself remembers it; 0: it remembers none. None: the state store knows.
    pub generation: Option<u64>,
}
