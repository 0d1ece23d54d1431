//! What a command is limited to, and what it is allowed.

use crate::plan::Options;

/// What limits and guards a plan, owned.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line, named as there")]
pub struct Wanted {
    /// Address globs; empty: everything.
    pub only: Vec<String>,
    /// Components; empty: all.
    pub components: Vec<String>,
    /// Target instances; empty: all.
    pub targets: Vec<String>,
    /// Delete the whole environment.
    pub destroy: bool,
    /// An environment in which nothing is left to be there deletes what was there.
    pub allow_empty: bool,
    /// How many deletions are allowed; none: the environment's policy, else the built-in budget.
    pub max_deletions: Option<u32>,
    /// Data may be lost.
    pub delete_data: bool,
    /// What stands at our addresses without our mark is taken over.
    pub adopt: bool,
    /// The plan is saved or applied: the key of what it remembers of secrets is made where there is none.
    pub remember: bool,
}

impl Wanted {
    /// Whether it is limited to nothing.
    pub const fn is_everything(&self) -> bool {
        self.only.is_empty() && self.components.is_empty() && self.targets.is_empty()
    }

    /// Whether a target instance is asked for.
    pub fn is_target(&self, name: &str) -> bool {
        self.targets.is_empty() || self.targets.iter().any(|target| target == name)
    }

    /// As plan takes it.
    pub fn options(&self) -> Options<'_> {
        Options {
            only: &self.only,
            components: &self.components,
            destroy: self.destroy,
            allow_empty: self.allow_empty,
            max_deletions: self.max_deletions,
            delete_data: self.delete_data,
            adopt: self.adopt,
        }
    }
}
