//! Steps that one backend takes around another's changes.

use super::observation::{Applied, Observation};
use super::types::Change;
use crate::model::{Address, Resource};
use std::collections::BTreeMap;

/// How finely a backend can apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granularity {
    /// Each address by itself.
    Address,
    /// The whole instance.
    Instance,
}

/// Adds the steps that one backend takes around another's changes. Pure; stands beside its backend and is handed to plan by ops.
pub trait Procedure: Send + Sync {
    /// `run` changes on its own addresses, and more `after` edges between changes of the plan. Nothing else: anything but a `run`, and
    /// edges of addresses that the plan does not hold, are errors.
    fn expand(&self, around: &Around<'_>) -> Expansion;
}

/// What a [`Procedure`] knows: the changes of the whole plan, and its own backend's side of things. A resource's carriers say in which
/// of the changed things it lives.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The changes of the plan so far, of all backends.
    pub changes: &'a [Change],
    /// What must be.
    pub desired: &'a [Resource],
    /// What was last applied.
    pub applied: &'a BTreeMap<Address, Applied>,
    /// What is.
    pub observation: &'a Observation,
}

/// What a [`Procedure`] adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// Changes whose action is `run`.
    pub runs: Vec<Change>,
    /// Pairs (first, then).
    pub edges: Vec<(Address, Address)>,
}
