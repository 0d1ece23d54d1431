//! An environment: where it goes, and its components.

use super::resource::Login;
use super::tree::Tree;
use super::value::Value;
use super::workload::{Effect, Workload};
use super::{Address, Digest, PreviewSettings};
use crate::diag::Span;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A whole environment, compiled. Components stand in an order in which each comes after those that it refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// What concerns all of it.
    pub environment: Environment,
    /// The target instances that a component uses, and the default one, by name.
    pub instances: IndexMap<String, Instance>,
    /// The components that are enabled.
    pub components: IndexMap<String, Component>,
    /// Where each secret's value comes from, by name. All that are declared.
    pub secrets: IndexMap<String, SecretSource>,
}

impl Model {
    /// The instances that components go to.
    pub fn used_instances(&self) -> impl Iterator<Item = &Instance> {
        self.instances.values().filter(|instance| self.components_of(instance).next().is_some())
    }

    /// The kinds of target of the instances that components go to.
    pub fn used_kinds(&self) -> BTreeSet<&str> {
        self.used_instances().map(|instance| instance.kind.as_str()).collect()
    }

    /// The components that go to an instance, each after those that it refers to.
    pub fn components_of<'a>(&'a self, instance: &'a Instance) -> impl Iterator<Item = &'a Component> {
        self.components.values().filter(|component| component.instance == instance.name)
    }
}

/// What concerns all of an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Its name: the file's stem.
    pub name: String,
    /// The project's name, from driftless.yaml.
    pub project: String,
    /// The path of its file from the repository's root.
    pub file: String,
    /// Labels that every object carries.
    pub labels: IndexMap<String, String>,
    /// Components that were renamed.
    pub moved: Vec<Moved>,
    /// Where `apply: git` writes.
    pub git: GitSettings,
    /// Drift settings.
    pub drift: DriftSettings,
    /// How many deletions one apply may do; none: the built-in budget.
    pub max_deletions: Option<u32>,
    /// Which preview it is, and what its file says of previews; none: it is no preview.
    pub preview: Option<PreviewSettings>,
}

/// A component that was renamed: what it has is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its name before.
    pub from: String,
    /// Its name now.
    pub to: String,
}

/// Where `apply: git` writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitSettings {
    /// `.` for the repository of the environment file; else a path or URL that git understands.
    pub repository: String,
    /// The branch.
    pub branch: String,
    /// The folder in the branch, `.` for its root.
    pub path: String,
    /// Where the setting (or what stands for it) is.
    pub span: Span,
}

/// Drift settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DriftSettings {
    /// What is not reported.
    pub ignore: Vec<IgnoreRule>,
}

/// One thing that is not reported as drift, in plan, apply, drift and the daemon alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreRule {
    /// A glob over addresses.
    pub address: String,
    /// A glob over field paths (`.` ends a segment); none: the whole resource.
    pub field: Option<String>,
    /// Whose changes it holds for; none: anybody's.
    pub owner: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day (`2027-01-01`) on which it holds; none: always.
    pub expires: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// Where the artifacts of an instance are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyMode {
    /// The `apply:` key: opaque to all but the table in backend/. `git` is the default.
    pub name: String,
    /// With `apply: git`: whether the live system is compared too, read-only (`observe: live`).
    pub observe_live: bool,
}

/// One place that components are rendered for.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// Its name, `compose` or `edge`.
    pub name: String,
    /// Which target renders it: opaque to all but the table in render/.
    pub kind: String,
    /// How it is applied.
    pub apply: ApplyMode,
    /// The other settings of the instance (`context`, `namespace`, `project`, `platform`, `inventory`, ...), checked by the shape of its kind.
    pub settings: Tree,
    /// Where it stands; the `target:` line or the first line where nothing is written.
    pub span: Span,
}

impl Instance {
    /// A setting that is text.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.get(key)?.as_str()
    }

    /// The instance's name as it stands in addresses: none where it is its kind's.
    pub fn address_name(&self) -> Option<&str> {
        (self.name != self.kind).then_some(self.name.as_str())
    }
}

/// Which module a component uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleRef {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of all its files.
    pub digest: Digest,
}

/// One component, lowered by its module.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its module.
    pub module: ModuleRef,
    /// The target instance that it goes to.
    pub instance: String,
    /// Whether a change that loses data is refused. True where it has volumes that are kept, unless the file says otherwise.
    pub protect: bool,
    /// What runs, by name; the first is the main one.
    pub workloads: IndexMap<String, Workload>,
    /// What others may refer to, by name.
    pub outputs: IndexMap<String, Output>,
    /// What the running software must report.
    pub live: Vec<LiveExpectation>,
    /// As whom it is asked.
    pub login: Option<Login>,
    /// Lowered objects that the module brings for a kind of target (`targets/<kind>/*.yaml.j2`): by kind of target, then by object.
    pub overrides: IndexMap<String, IndexMap<String, Tree>>,
    /// The user's merges over lowered objects, by kind of target, in order.
    pub patches: IndexMap<String, Vec<Patch>>,
    /// The names of the secrets that it refers to.
    pub secrets: Vec<String>,
    /// Where the component stands.
    pub span: Span,
    /// Where its `module:` line stands.
    pub module_span: Span,
    /// Where each given input stands, by name.
    pub inputs: IndexMap<String, Span>,
    /// The places of the keys of inputs that are mappings, by input and key.
    pub keys: IndexMap<String, IndexMap<String, Span>>,
}

impl Component {
    /// The place to point at for something that an input causes: the input where it is given, else the component. `env.LOG_LEVEL` is the
    /// key `LOG_LEVEL` of the input `env`, else the input.
    pub fn place_of(&self, input: &str) -> Span {
        let (name, key) = input.split_once('.').unwrap_or((input, ""));
        let key = self.keys.get(name).and_then(|keys| keys.get(key));
        key.or_else(|| self.inputs.get(name)).copied().unwrap_or(self.span)
    }
}

/// What others may refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// What it is.
    pub value: Value,
    /// Whether it is sensitive beyond what its parts say.
    pub sensitive: bool,
}

/// A merge over the lowered objects of one kind of target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// A glob over lowered objects, in the target's terms (`Deployment/*`, `services.*`).
    pub objects: String,
    /// What is merged: maps merge, lists and scalars replace, null removes; a key may be a field path segment (`containers[name=api]`).
    pub merge: Tree,
    /// Where the glob stands.
    pub span: Span,
}

/// What the running software must report, whatever the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveExpectation {
    /// Who can ask: opaque to all but the table in backend/.
    pub backend: String,
    /// The workload that is asked.
    pub workload: String,
    /// The member; none where the whole topology is meant.
    pub member: Option<u32>,
    /// What is asked, in the backend's terms: `config/maxmemory`, `acl/app`.
    pub path: String,
    /// What it must be.
    pub value: Tree,
    /// What a change takes.
    pub effect: Effect,
}

/// Where a secret's value comes from. The kind and its argument are opaque to all but the table in secret/.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretSource {
    /// `env`, `file`, ...
    pub kind: String,
    /// The variable, the path, ...
    pub argument: String,
}

/// A Git commit and the digest of everything that went into a render.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The commit; none outside a repository.
    pub commit: Option<String>,
    /// Whether files that went into the render differ from that commit.
    pub dirty: bool,
    /// The digest of everything that went into the render.
    pub digest: Digest,
}

/// Something of the model that a target cannot express as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The component.
    pub component: String,
    /// The target instance.
    pub instance: String,
    /// What is lost and what happens instead, one sentence without a full stop.
    pub message: String,
    /// Where it comes from.
    pub span: Span,
    /// The address that it concerns, where there is one.
    pub address: Option<Address>,
}
