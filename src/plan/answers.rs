//! What a plan says of itself.

use super::types::{Action, Change, Plan, Summary};
use crate::model::Address;
use std::collections::BTreeSet;

impl Plan {
    /// How many changes of each kind there are.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { unknown: self.gaps.len(), ..Summary::default() };
        for change in &self.changes {
            *match change.action {
                Action::Create => &mut summary.create,
                Action::Update => &mut summary.update,
                Action::Restart => &mut summary.restart,
                Action::Replace => &mut summary.replace,
                Action::Delete => &mut summary.delete,
                Action::Keep => &mut summary.keep,
                Action::Run => &mut summary.run,
                Action::Adopt => &mut summary.adopt,
            } += 1;
        }
        summary
    }

    /// Whether everything could be read and planned.
    pub const fn is_complete(&self) -> bool {
        self.gaps.is_empty() && self.deferred.is_empty()
    }

    /// The changes that do something.
    pub fn doing(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.action != Action::Keep)
    }

    /// Whether it does something.
    pub fn has_changes(&self) -> bool {
        self.doing().next().is_some()
    }

    /// The newest apply that anybody remembers; 0: there was none.
    pub fn newest_generation(&self) -> u64 {
        self.generations.values().copied().max().unwrap_or_default().max(self.generation)
    }

    /// The addresses whose preconditions must hold before the first change: those that are changed, and what they need.
    pub fn guarded(&self) -> BTreeSet<&Address> {
        self.doing().flat_map(|change| std::iter::once(&change.address).chain(&change.after)).collect()
    }
}
