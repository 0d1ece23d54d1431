//! One engine that compares what is desired, what was last applied and what is live, field by field, under a backend's table.

mod equal;
mod file;
mod sides;
mod silenced;
mod text;
mod walk;

use super::observation::{Applied, Observed};
use super::table::CompareTable;
use super::verdict::Verdict;
use crate::model::{Address, Effect, FieldPath, Resource, Tree};
use serde::{Deserialize, Serialize};

/// What one side holds.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The tree.
    pub body: &'a Tree,
    /// The exact text, if it is a file.
    pub text: Option<&'a str>,
    /// Whether it is a program, if it is a file.
    pub executable: bool,
}

impl<'a> Content<'a> {
    /// What must be.
    pub fn of_resource(resource: &'a Resource) -> Self {
        Self { body: &resource.body, text: resource.text.as_deref(), executable: resource.executable }
    }

    /// What was last applied.
    pub fn of_applied(applied: &'a Applied) -> Self {
        Self { body: &applied.body, text: applied.text.as_deref(), executable: applied.executable }
    }

    /// What is.
    pub fn of_observed(observed: &'a Observed) -> Self {
        Self { body: &observed.body, text: observed.text.as_deref(), executable: observed.executable }
    }
}

/// What is compared.
#[derive(Clone, Copy)]
pub struct Comparison<'a> {
    /// The address.
    pub address: &'a Address,
    /// How its fields are compared.
    pub table: &'a CompareTable,
    /// The paths that are ours; empty: all.
    pub owned: &'a [FieldPath],
    /// What must be; none: nothing.
    pub desired: Option<Content<'a>>,
    /// What was last applied; where nothing is recorded, the caller puts what is desired here.
    pub applied: Option<Content<'a>>,
    /// What is.
    pub live: Option<Content<'a>>,
    /// The desired body as the system itself would make it, where it can say.
    pub as_system_would: Option<&'a Tree>,
    /// The name of the rule by which drift of a field is not reported.
    pub silence: &'a dyn Fn(&FieldPath) -> Option<String>,
}

/// What became of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldClass {
    /// Ours, and different.
    Changed,
    /// By someone else.
    Added,
    /// Ours, and gone.
    Removed,
}

/// One field on which the sides are not of one mind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The field.
    pub path: FieldPath,
    /// What became of it, seen from what is desired (for what is only pending: from what was applied).
    pub class: FieldClass,
    /// What the three sides say.
    pub verdict: Verdict,
    /// The desired value.
    pub declared: Option<Tree>,
    /// The value that was last applied.
    pub applied: Option<Tree>,
    /// The live value.
    pub live: Option<Tree>,
    /// Whether its values may not be shown.
    pub sensitive: bool,
    /// Whether the desired value is known only once something else has been applied.
    pub declared_unknown: bool,
    /// What it takes to put it back.
    pub repair: Effect,
    /// What it takes to bring a new desired value there.
    pub change: Effect,
}

/// A difference that is not reported, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silenced {
    /// The field.
    pub path: FieldPath,
    /// The rule: of the table, or of the user.
    pub rule: String,
    /// Whether the rule is one of the user.
    pub by_user: bool,
}

/// What a compare found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// The fields that differ; never a converged one.
    pub fields: Vec<Field>,
    /// Differences that are not reported.
    pub silenced: Vec<Silenced>,
    /// Whether something is live as desired and is not recorded so.
    pub converged: bool,
    /// Fields of ours that differ and have no row in the table.
    pub not_compared: Vec<FieldPath>,
    /// Fields whose desired value is only a reference to a secret, so that live could not be judged.
    pub unjudged: Vec<FieldPath>,
    /// Whether texts were too different to be compared line by line.
    pub blunt: bool,
}

impl Compared {
    /// Whether a field of live is what nobody declared.
    pub fn has_drift(&self) -> bool {
        self.fields.iter().any(|field| field.verdict.is_drift())
    }

    /// Whether Git has moved on.
    pub fn has_pending(&self) -> bool {
        self.fields.iter().any(|field| field.verdict.is_pending())
    }
}

/// Compares.
pub fn compare(comparison: &Comparison<'_>) -> Compared {
    let comparison = &file::of_one_form(comparison);
    let mut compared = walk::walk(comparison);
    text::compare_texts(comparison, &mut compared);
    file::compare_modes(comparison, &mut compared);
    compared
}

#[cfg(test)]
mod tests;
