//! The plan and its parts.

use super::finding::{Finding, Source};
use super::observation::{Applied, Gap, Ticket};
use crate::model::{Address, Applier, Digest, FieldPath, Resource, Revision, Scope, Tree};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is done to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is changed, and what runs is restarted.
    Restart,
    /// It is made anew.
    Replace,
    /// It is deleted.
    Delete,
    /// Nothing.
    Keep,
    /// An idempotent goal is reached.
    Run,
    /// It is there without our mark, and is taken over.
    Adopt,
}

impl Action {
    /// The word that every output uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Restart => "restart",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Keep => "keep",
            Self::Run => "run",
            Self::Adopt => "adopt",
        }
    }
}

/// One field of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field.
    pub path: FieldPath,
    /// What it is now; none: it is not there.
    pub before: Option<Tree>,
    /// What it will be; none: it will not be there.
    pub after: Option<Tree>,
    /// Whether `after` is known only once something else has been applied.
    pub after_unknown: bool,
    /// Whether the values may not be shown.
    pub sensitive: bool,
    /// Where in Git `after` comes from.
    pub source: Option<Source>,
    /// What else moves it: the best of these places.
    pub via: Vec<Source>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub via_more: usize,
}

/// One change on one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The address.
    pub address: Address,
    /// The component; none where it holds several.
    pub component: Option<String>,
    /// Which backend does it.
    pub backend: String,
    /// The target instance that it belongs to.
    pub instance: String,
    /// What is done.
    pub action: Action,
    /// Which changes come first.
    pub after: Vec<Address>,
    /// The longest way from the start of the graph: those of one wave can be done at once.
    pub wave: u32,
    /// Why, one sentence without a full stop.
    pub reason: String,
    /// Whether what runs is interrupted.
    pub disruptive: bool,
    /// What happens, in words.
    pub steps: Vec<String>,
    /// The fingerprint that it was planned against; none: that it is not there.
    pub precondition: Option<Digest>,
    /// The fields.
    pub fields: Vec<FieldChange>,
    /// The address that it had before, where it is the same thing under another name: what it holds is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Address>,
}

impl Change {
    /// Who does it.
    pub fn applier(&self) -> Applier {
        Applier::new(&self.instance, &self.backend)
    }
}

/// An instance whose tool cannot plan before a value is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferred {
    /// The target instance.
    pub instance: String,
    /// The reference that is not known yet.
    pub waits_for: String,
}

/// How many changes of each kind there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as the actions are")]
pub struct Summary {
    pub create: usize,
    pub update: usize,
    pub replace: usize,
    pub restart: usize,
    pub delete: usize,
    pub keep: usize,
    pub unknown: usize,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub run: usize,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub adopt: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// An immutable set of changes. Serialised as the plan file; its digest is over these bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The environment.
    pub environment: String,
    /// The project.
    pub project: String,
    /// The kinds of target that it covers, sorted.
    pub targets: Vec<String>,
    /// Where it is applied to: there and nowhere else.
    pub scope: Scope,
    /// What it was compiled from.
    pub revision: Revision,
    /// The state store that it was made with, and that store's newest generation; none where there was none.
    pub lineage: Option<String>,
    /// See `lineage`.
    pub generation: u64,
    /// The newest apply that each live system remembered by itself (`Observation::generation`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub generations: BTreeMap<Applier, u64>,
    /// Whether it deletes the whole environment.
    pub destroy: bool,
    /// What is recorded as applied, and is neither declared nor there any more, with who applied it: it is forgotten.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub forgotten: BTreeMap<Address, Applier>,
    /// Whether it is limited to some addresses: these globs. Empty: no.
    pub only: Vec<String>,
    /// The changes, in an order in which each comes after those it waits for; `keep`s included.
    pub changes: Vec<Change>,
    /// The resources that changes need, by address.
    pub resources: BTreeMap<Address, Resource>,
    /// What was last applied, for the addresses that are deleted or kept.
    pub applied: BTreeMap<Address, Applied>,
    /// Rendered files that a backend writes beside what it applies, by target instance and path.
    pub artifacts: BTreeMap<String, BTreeMap<String, String>>,
    /// Instances that cannot be planned yet.
    pub deferred: Vec<Deferred>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// What targets cannot express: sentences.
    pub losses: Vec<Finding>,
    /// What checks say.
    pub findings: Vec<Finding>,
    /// The tools' own plans.
    pub tickets: Vec<Ticket>,
    /// What each live system was when it was looked at (a branch's tip).
    pub cursors: BTreeMap<Applier, String>,
    /// What the secrets were that it was made with.
    #[serde(default, skip_serializing_if = "PlannedSecrets::is_empty")]
    pub secrets: PlannedSecrets,
}

/// What secrets were when a plan was made: another value at apply makes the plan stale. Never a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSecrets {
    /// Which key made the digests: the keyed digest of nothing. None: there was no key.
    pub key: Option<String>,
    /// The keyed digest of each secret that could be read, by name.
    pub digests: BTreeMap<String, String>,
}

impl PlannedSecrets {
    /// Whether nothing is known of any.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }
}
