//! References to the Secret that holds the environment's secrets, and that Secret where somebody supplies its values.

use super::scope::texts;
use super::tree::{map, text};
use super::{Object, Scope};
use crate::model::{Instance, Part, Tree, Value};
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// The way of applying in which nobody hands over a value that is not in the files.
pub const NOBODY_SUPPLIES: &str = crate::spec::environment::APPLY_AS_FILES;

/// The key in the Secret under which a part is found; none where it is no secret.
pub fn key(part: &Part) -> Option<String> {
    match part {
        Part::Secret(name) => Some(name.clone()),
        Part::Deferred { component, output, sensitive: true } => Some(format!("{component}.{output}")),
        _ => None,
    }
}

/// An environment variable that is one secret.
pub fn variable(name: &str, secret: &str, key: &str) -> Tree {
    let reference = Tree::from([("name", Tree::text(secret)), ("key", Tree::text(key))]);
    Tree::from([("name", Tree::text(name)), ("valueFrom", Tree::from([("secretKeyRef", reference)]))])
}

/// The variables that a container needs so that others can have secrets in the midst of their text.
pub struct Variables {
    by_key: IndexMap<String, String>,
}

impl Variables {
    /// The variables for an environment. None has the name of one that is there.
    pub fn new<'a>(environment: impl Iterator<Item = (&'a str, &'a Value)> + Clone) -> Self {
        let mut taken: Vec<String> = environment.clone().map(|(name, _)| name.to_owned()).collect();
        let mut by_key = IndexMap::new();
        let mixed = environment.filter(|(_, value)| value.parts().len() > 1);
        for key in mixed.flat_map(|(_, value)| value.parts()).filter_map(key) {
            if by_key.contains_key(&key) {
                continue;
            }
            let clean = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
            let mut name = format!("SECRET_{}", key.chars().map(clean).collect::<String>());
            while taken.contains(&name) {
                name.push('_');
            }
            taken.push(name.clone());
            by_key.insert(key, name);
        }
        Self { by_key }
    }

    /// What defines them: before all that refers to them.
    pub fn definitions(&self, secret: &str) -> Vec<Tree> {
        self.by_key.iter().map(|(key, name)| variable(name, secret, key)).collect()
    }

    /// The variable that holds a part.
    pub fn name(&self, part: &Part) -> Option<String> {
        self.by_key.get(&key(part)?).cloned()
    }
}

/// The Secret, where somebody supplies its values. Where nobody does, it has to be there already.
pub(super) fn object(scope: &Scope, instance: &Instance, entries: &BTreeMap<String, Value>) -> Option<Object> {
    if entries.is_empty() || instance.apply.name == NOBODY_SUPPLIES {
        return None;
    }
    let metadata = map([
        ("name", text(scope.secret.clone())),
        ("namespace", text(scope.namespace.clone())),
        ("labels", Some(texts(scope.shared_labels()))),
    ]);
    let data = entries.iter().map(|(key, value)| (key.clone(), Tree::Text(value.clone()))).collect();
    let body = map([
        ("apiVersion", text("v1")),
        ("kind", text("Secret")),
        ("metadata", Some(metadata)),
        ("type", text("Opaque")),
        ("stringData", Some(Tree::Map(data))),
    ]);
    Some(Object { component: None, workload: None, body, protect: false })
}
