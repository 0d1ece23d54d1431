//! How the fields of a backend's resources are compared, and what a change of each takes: data, read by one engine.

use crate::model::Effect;

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareKind {
    /// Equal trees, lists in order. Null and absent, and an empty collection and an absent one, are equal.
    Exact,
    /// Equal bytes, whatever the notation (`1Gi`, `1073741824`).
    Bytes,
    /// Equal thousandths of a CPU (`0.5`, `500m`).
    Cpu,
    /// Equal durations (`90s`, `1m30s`).
    Duration,
    /// A list without order, each element once.
    Set,
    /// A list without order whose elements are known by a key of theirs.
    Keyed(&'static str),
    /// A list whose maps are known by their `name` where each has one of its own; in order otherwise.
    NamedOrExact,
    /// A list without order.
    Unordered,
    /// Can be written and not be read: what was last applied stands for live.
    WriteOnly,
    /// Cannot be seen: never compared, said in the report.
    Unobservable,
    /// Compared by keyed digests that ops puts in the place of values.
    Secret,
}

/// What a field that somebody else added beside ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// Drift.
    Drift,
    /// Of no interest: the system fills it in, or others own it. Shown with this rule's id under what is ignored.
    Silent(&'static str),
}

/// What holds for the fields that a pattern matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// A glob over `KIND-PATH.FIELD`: segments end at `.`, `*` is any text in one, `**` any text. The first row that matches holds.
    pub pattern: &'static str,
    /// How it is compared.
    pub kind: CompareKind,
    /// What it takes to put a drifted field back (desired is what was applied).
    pub repair: Effect,
    /// What it takes to bring a new desired value there.
    pub change: Effect,
    /// What an addition beside ours is.
    pub added: Added,
}

/// A backend's rows. A field without a row is compared exactly, a change of it is a replace, and a located finding says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompareTable {
    /// The kind of address that it is for.
    pub backend: &'static str,
    /// The rows, the first that matches holds.
    pub rows: &'static [Row],
}
