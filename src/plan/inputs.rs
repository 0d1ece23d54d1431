//! Everything that a plan and a drift report are made from.

use super::finding::Finding;
use super::ignore::Rule;
use super::observation::{Applied, Observation};
use super::procedure::{Granularity, Procedure};
use super::table::CompareTable;
use super::types::Deferred;
use crate::model::{Address, Applier, Moved, Resource, Revision, Scope};
use std::collections::BTreeMap;

/// One backend of a target instance: what must be there, what is, and what was last applied.
#[derive(Clone, Copy)]
pub struct InstanceInput<'a> {
    /// The instance's name.
    pub name: &'a str,
    /// The kind of target that renders it.
    pub kind: &'a str,
    /// The name of its backend.
    pub backend: &'a str,
    /// How finely that backend applies.
    pub granularity: Granularity,
    /// How its fields are compared.
    pub table: &'static CompareTable,
    /// What must be.
    pub desired: &'a [Resource],
    /// What is.
    pub observation: &'a Observation,
    /// What was last applied, as the state store knows it; the observation's own knowledge goes before.
    pub applied: &'a BTreeMap<Address, Applied>,
    /// The steps that other backends take around its changes.
    pub procedures: &'a [&'a dyn Procedure],
    /// Rendered files that the backend writes beside what it applies, by path.
    pub artifacts: &'a BTreeMap<String, String>,
}

impl InstanceInput<'_> {
    /// Who applies it.
    pub fn applier(&self) -> Applier {
        Applier::new(self.name, self.backend)
    }
}

/// What was asked for beyond the compare.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line, named as there")]
pub struct Options<'a> {
    /// Address globs; empty: everything.
    pub only: &'a [String],
    /// Components; empty: all.
    pub components: &'a [String],
    /// Delete the whole environment.
    pub destroy: bool,
    /// An environment in which nothing is left to be there deletes what was there.
    pub allow_empty: bool,
    /// How many deletions are allowed; none: the built-in budget.
    pub max_deletions: Option<u32>,
    /// Data may be lost.
    pub delete_data: bool,
    /// What stands at our addresses without our mark is taken over.
    pub adopt: bool,
}

/// Everything that a plan and a drift report are made from.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The environment.
    pub environment: &'a str,
    /// The project.
    pub project: &'a str,
    /// Where it is applied to.
    pub scope: &'a Scope,
    /// What it was compiled from.
    pub revision: &'a Revision,
    /// The instances, those that are only left in the state included.
    pub instances: &'a [InstanceInput<'a>],
    /// Components that were renamed.
    pub moved: &'a [Moved],
    /// What is not reported as drift.
    pub ignore: &'a [Rule],
    /// The day, `2026-01-31`.
    pub today: &'a str,
    /// What was asked for.
    pub options: Options<'a>,
    /// The identity of the state store; none where there is none yet.
    pub lineage: Option<&'a str>,
    /// That store's newest generation for the environment; 0: nothing was ever applied as far as it knows.
    pub generation: u64,
    /// Instances that cannot be planned yet.
    pub deferred: &'a [Deferred],
    /// What targets cannot express.
    pub losses: &'a [Finding],
    /// What checks say.
    pub findings: &'a [Finding],
}
