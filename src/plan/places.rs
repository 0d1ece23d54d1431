//! The places in Git that fields come from, put into a plan once they are known.

use super::finding::Source;
use super::lines;
use super::types::{Action, Plan};
use crate::model::{Address, FieldPath};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// How many places beside the source a report names.
const MOST_VIA: usize = 10;

/// A field whose place in Git is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The resource.
    pub address: Address,
    /// The field; empty: the resource itself, or all that it is.
    pub path: FieldPath,
    /// Whether its value is asked for; else that the resource is there at all.
    pub value: bool,
    /// The lines of its declared text that are of interest, counting from 1; empty: all of it.
    pub lines: BTreeSet<usize>,
}

impl Question {
    /// A question about the whole of a field; with an empty path, about the resource itself.
    pub const fn new(address: Address, path: FieldPath) -> Self {
        let value = !path.0.is_empty();
        Self { address, path, value, lines: BTreeSet::new() }
    }

    /// The same about the lines in which a declared text differs from another one, where both are texts of several lines.
    #[must_use]
    pub fn about(mut self, declared: &Json, other: &Json) -> Self {
        self.value = true;
        if let (Json::String(declared), Json::String(other)) = (declared, other)
            && declared.contains('\n')
        {
            self.lines = lines::moved(declared, other);
        }
        self
    }

    /// What the answer is found by.
    pub fn key(&self) -> (Address, FieldPath) {
        (self.address.clone(), self.path.clone())
    }
}

/// Where a field comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Located {
    /// The first of what moves it, in a file of the repository.
    pub source: Option<Source>,
    /// The rest, best first; may lie in the embedded library.
    pub via: Vec<Source>,
}

impl Located {
    /// The best of `via`, as many as a report names, and how many more there are.
    pub fn best_via(&self) -> (&[Source], usize) {
        let (best, rest) = self.via.split_at(self.via.len().min(MOST_VIA));
        (best, rest.len())
    }
}

/// Places by field.
pub type Places = BTreeMap<(Address, FieldPath), Located>;

/// The fields of a plan that come from Git: those that will have a value. What is made anew as a whole has no field of its own to explain.
pub fn wanted(plan: &Plan) -> Vec<Question> {
    let changes = plan.changes.iter().filter(|change| !matches!(change.action, Action::Delete | Action::Create));
    let fields = changes.flat_map(|change| change.fields.iter().map(move |field| (change, field)));
    let desired = fields.filter(|(_, field)| field.after.is_some() || field.after_unknown);
    let question = desired.map(|(change, field)| {
        let question = Question::new(change.address.clone(), field.path.clone());
        match (&field.after, &field.before) {
            (Some(after), Some(before)) => question.about(&after.to_public_json(), &before.to_public_json()),
            _ => question.about(&Json::Null, &Json::Null),
        }
    });
    question.collect()
}

/// Puts places into a plan.
pub fn locate(plan: &mut Plan, places: &Places) {
    for change in &mut plan.changes {
        for field in &mut change.fields {
            if let Some(located) = places.get(&(change.address.clone(), field.path.clone())) {
                let (via, more) = located.best_via();
                field.source.clone_from(&located.source);
                (field.via, field.via_more) = (via.to_vec(), more);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_the_best_places_and_how_many_more_there_are() {
        let place = |line| Source { file: "environments/dev.yaml".into(), line, column: 1, commit: None, author: None };
        let located = |number| Located { source: None, via: (0..number).map(place).collect() };
        for (number, shown, more) in [(0, 0, 0), (10, 10, 0), (11, 10, 1), (25, 10, 15)] {
            let located = located(number);
            assert_eq!(located.best_via(), (&located.via[..shown], more));
        }
    }
}
