//! The places in Git that fields come from, put into a plan once they are known.

use super::types::{Action, Plan, Source};
use crate::model::{Address, FieldPath};
use std::collections::BTreeMap;

/// Where a field comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Located {
    /// The first of what moves it, in a file of the repository.
    pub source: Option<Source>,
    /// The rest, best first; may lie in the embedded library.
    pub via: Vec<Source>,
}

/// Places by field.
pub type Places = BTreeMap<(Address, FieldPath), Located>;

/// The fields of a plan that come from Git: those that will have a value.
pub fn wanted(plan: &Plan) -> Vec<(Address, FieldPath)> {
    let changes = plan.changes.iter().filter(|change| change.action != Action::Delete);
    let fields = changes.flat_map(|change| change.fields.iter().map(move |field| (change, field)));
    let desired = fields.filter(|(_, field)| field.after.is_some() || field.after_unknown);
    desired.map(|(change, field)| (change.address.clone(), field.path.clone())).collect()
}

/// Puts places into a plan.
pub fn locate(plan: &mut Plan, places: &Places) {
    for change in &mut plan.changes {
        for field in &mut change.fields {
            if let Some(located) = places.get(&(change.address.clone(), field.path.clone())) {
                field.source.clone_from(&located.source);
                field.via.clone_from(&located.via);
            }
        }
    }
}
