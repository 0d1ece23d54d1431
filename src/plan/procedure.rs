//! Steps that one backend takes around another's changes.

use super::observation::Observation;
use super::types::Change;
use crate::model::Address;

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
    fn expand(&self, changes: &[Change], observation: &Observation) -> Expansion;
}

/// What a [`Procedure`] adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// Changes whose action is `run`.
    pub runs: Vec<Change>,
    /// Pairs (first, then).
    pub edges: Vec<(Address, Address)>,
}
