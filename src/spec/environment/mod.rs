//! Environment files, typed.

mod checks;
mod read;
mod shape;

use super::node::{Entry, Node};
use super::shape::{Mode, check};
use super::{Parsed, parse_partial};
use crate::diag::{FileId, Sink, SourceMap, Span};
use indexmap::IndexMap;

pub use shape::shape;

/// The version of the file format.
pub const API_VERSION: &str = "driftless/v1";

/// The kinds of target that there are.
pub const TARGET_KINDS: [&str; 4] = ["compose", "helm", "terraform", "ansible"];

/// The kind of target of components that name none in a file that names none.
pub const DEFAULT_TARGET: &str = "compose";

/// Words of which settings of targets take one: what else a setting could say.
pub const SETTING_CHOICES: [&[&str]; 4] = [
    &TARGET_KINDS,
    &["git", "docker", "server-side", "release", "run"],
    &["docker", "kubernetes"],
    &["package", "container"],
];

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// Whether a file is an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// It is one.
    Environment,
    /// It is only extended.
    Base,
}

/// What one file says of itself; never inherited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its kind.
    pub kind: FileKind,
    /// Its name, where it is given.
    pub name: Option<Spanned<String>>,
    /// The files that it extends, in order, as written: relative to its folder.
    pub extends: Vec<Spanned<String>>,
}

/// An environment, merged from its layers and typed. Text may still hold references where the shape says that they are resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentFile {
    /// Labels that every object carries.
    pub labels: IndexMap<String, Spanned<String>>,
    /// Variables: scalars.
    pub variables: IndexMap<String, Node>,
    /// The default target instance.
    pub target: Option<Spanned<String>>,
    /// The declared target instances.
    pub targets: IndexMap<String, TargetEntry>,
    /// Where `apply: git` writes.
    pub git: GitEntry,
    /// The components, also those that are not enabled.
    pub components: IndexMap<String, ComponentEntry>,
    /// Components that were renamed.
    pub moved: Vec<MovedEntry>,
    /// Where secrets come from.
    pub secrets: IndexMap<String, SecretEntry>,
    /// How the live system is compared.
    pub drift: DriftEntry,
    /// What an apply may do.
    pub policy: PolicyEntry,
    /// Environments of pull requests.
    pub preview: Option<PreviewEntry>,
    /// The whole file.
    pub span: Span,
}

/// A target instance.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetEntry {
    /// Its kind: where it is written, else the place of the name.
    pub kind: Spanned<String>,
    /// How it is applied; none: `git`.
    pub apply: Option<Spanned<String>>,
    /// Whether `observe: live` is there.
    pub observe_live: bool,
    /// The other settings.
    pub settings: Vec<Entry>,
    /// The place of its name.
    pub name_span: Span,
    /// The place of its settings.
    pub span: Span,
}

/// The value of `apply:` that is the default: what is rendered is committed as files, and nobody is there to hand over what is not in them.
pub const APPLY_AS_FILES: &str = "git";

/// Where `apply: git` writes; what is missing has its default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GitEntry {
    /// The repository.
    pub repository: Option<Spanned<String>>,
    /// The branch.
    pub branch: Option<Spanned<String>>,
    /// The folder.
    pub path: Option<Spanned<String>>,
    /// The place of the whole entry.
    pub span: Option<Span>,
}

/// A component.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentEntry {
    /// Its module.
    pub module: Spanned<String>,
    /// Its inputs: a mapping; none where nothing is given.
    pub with: Option<Node>,
    /// Its target instance; none: the environment's.
    pub target: Option<Spanned<String>>,
    /// Whether it is part of the environment.
    pub enabled: bool,
    /// Merges over lowered objects, by kind of target; none where nothing is given.
    pub patch: IndexMap<String, Vec<PatchEntry>>,
    /// Whether a change that loses data is refused; none: it depends.
    pub protect: Option<bool>,
    /// The place of its name.
    pub name_span: Span,
    /// The place of its value.
    pub span: Span,
}

/// A merge over lowered objects.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchEntry {
    /// The glob over objects.
    pub objects: Spanned<String>,
    /// What is merged.
    pub merge: Node,
}

/// A component that was renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedEntry {
    /// Its name before.
    pub from: Spanned<String>,
    /// Its name now.
    pub to: Spanned<String>,
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretEntry {
    /// `env` or `file`.
    pub kind: String,
    /// The variable or the path.
    pub argument: Spanned<String>,
    /// The place of its name.
    pub name_span: Span,
}

/// How the live system is compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DriftEntry {
    /// Seconds between two comparisons of a watch.
    pub interval_seconds: Option<Spanned<u32>>,
    /// Whether a watch heals.
    pub heal: bool,
    /// What is not reported.
    pub ignore: Vec<IgnoreEntry>,
}

/// One thing that is not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreEntry {
    /// A glob over addresses.
    pub address: Spanned<String>,
    /// A glob over field paths.
    pub field: Option<Spanned<String>>,
    /// Whose changes.
    pub owner: Option<Spanned<String>>,
    /// Why.
    pub reason: Spanned<String>,
    /// The last day.
    pub expires: Option<Spanned<String>>,
    /// The place of the rule.
    pub span: Span,
}

/// What an apply may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicyEntry {
    /// How many resources one apply may delete.
    pub max_deletions: Option<Spanned<u32>>,
}

/// Environments of pull requests.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewEntry {
    /// The target instance of all components.
    pub target: Option<Spanned<String>>,
    /// Seconds after the last activity.
    pub ttl_seconds: Option<Spanned<u32>>,
    /// How many at once.
    pub max: Option<Spanned<u32>>,
    /// Where one is reached.
    pub url: Option<Spanned<String>>,
    /// Inputs that are merged over those of the components.
    pub with: IndexMap<String, Node>,
    /// The place of the whole entry.
    pub span: Span,
}

/// Reads one file: its header and its node, checked as one layer (nothing is required but the header). None where it is not valid; what is
/// wrong is in the sink, also what is wrong behind a syntax error.
pub fn read_layer(file: FileId, sources: &SourceMap, sink: &mut Sink) -> Option<(Header, Node)> {
    let Parsed { node, complete } = parse_partial(file, sources, sink);
    let node = node?;
    check(shape(), "the file", &node, Mode::Layer, false, sink);
    let header = read::header(&node, complete, sink);
    if let Some(name) = header.as_ref().and_then(|header| header.name.as_ref()) {
        checks::name_of_file(name, sources.path(file), sink);
    }
    header.filter(|_| complete).map(|header| (header, node))
}

/// What of a layer is inherited: all but `apiVersion`, `kind`, `name` and `extends`.
#[must_use]
pub fn without_header(node: Node) -> Node {
    read::without_header(node)
}

impl EnvironmentFile {
    /// Types a merged node (see [`merge`](fn@super::merge); nulls have been stripped), and checks all of it: what is missing, and names that nothing
    /// has. What is wrong is in the sink and left out.
    pub fn from_node(node: &Node, sink: &mut Sink) -> Self {
        let file = read::file(node);
        check(shape(), "the file", &read::with_header(node), Mode::Whole, false, sink);
        checks::names(&file, sink);
        checks::settings(&file, node, sink);
        file
    }

    /// The target instance of a component, by name: its own, else the environment's.
    pub fn target_of<'a>(&'a self, component: &'a ComponentEntry) -> Option<&'a Spanned<String>> {
        component.target.as_ref().or(self.target.as_ref())
    }

    /// The kind of a target instance: what is declared, or a kind's own name.
    pub fn kind_of<'a>(&'a self, instance: &'a str) -> Option<&'a str> {
        let declared = self.targets.get(instance).map(|target| target.kind.value.as_str());
        declared.or_else(|| TARGET_KINDS.into_iter().find(|kind| *kind == instance))
    }
}

#[cfg(test)]
mod tests;
