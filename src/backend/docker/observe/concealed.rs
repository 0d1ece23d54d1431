//! What must not be seen: secrets in the live system that stand where none is declared. And what a thing was seen as, without them.

use crate::model::{Digest, SecretValue, Tree, Value};
use std::collections::BTreeMap;

/// What stands where a secret stood.
const MASK: &str = "(sensitive)";

/// The shortest value that is looked for in texts.
const SHORTEST: usize = 4;

/// The secrets that what is declared refers to.
#[derive(Default)]
pub struct Concealed(Vec<SecretValue>);

impl Concealed {
    pub fn add(&mut self, secret: SecretValue) {
        self.0.push(secret);
    }

    /// A live tree in which secrets are only where `desired` refers to one. Where only what was applied does, its reference stands.
    pub fn in_tree(&self, live: &Tree, desired: Option<&Tree>, applied: Option<&Tree>) -> Tree {
        match live {
            Tree::Text(text) if is_reference(desired) => Tree::Text(text.clone()),
            Tree::Text(_) if is_reference(applied) => applied.cloned().unwrap_or_default(),
            Tree::Text(text) => Tree::Text(self.in_text(text)),
            Tree::List(list) => {
                let at = |side: Option<&Tree>, index: usize| side.and_then(|side| side.as_list()?.get(index)).cloned();
                let one = |(index, tree): (usize, &Tree)| {
                    self.in_tree(tree, at(desired, index).as_ref(), at(applied, index).as_ref())
                };
                Tree::List(list.iter().enumerate().map(one).collect())
            }
            Tree::Map(map) => {
                let at = |side: Option<&Tree>, key: &str| side.and_then(|side| side.get(key)).cloned();
                let one = |(key, tree): (&String, &Tree)| {
                    (key.clone(), self.in_tree(tree, at(desired, key).as_ref(), at(applied, key).as_ref()))
                };
                Tree::Map(map.iter().map(one).collect())
            }
            other => other.clone(),
        }
    }

    fn in_text(&self, text: &Value) -> Value {
        let Some(literal) = text.as_literal() else { return text.clone() };
        let secrets = self.0.iter().filter_map(|secret| std::str::from_utf8(secret.expose()).ok());
        let found: Vec<&str> = secrets.filter(|secret| secret.len() >= SHORTEST && literal.contains(*secret)).collect();
        if found.is_empty() {
            return text.clone();
        }
        Value::literal(found.into_iter().fold(literal.to_owned(), |text, secret| text.replace(secret, MASK)))
    }
}

fn is_reference(tree: Option<&Tree>) -> bool {
    matches!(tree, Some(Tree::Text(value)) if value.as_literal().is_none())
}

/// A digest of what something was seen as, without how well it is and without what stands where secrets are declared.
pub fn fingerprint(live: &Tree, sides: [Option<&Tree>; 2], image: Option<&str>) -> Digest {
    let mut seen = without_secrets(live, sides);
    if let Tree::Map(map) = &mut seen {
        map.shift_remove("health");
        if map.get("state").and_then(Tree::as_str) == Some("restarting") {
            map.insert("state".into(), Tree::from("running"));
        }
    }
    let text = serde_json::to_string(&seen).unwrap_or_default();
    Digest::of_pieces([text.as_bytes(), image.unwrap_or_default().as_bytes()])
}

fn without_secrets(live: &Tree, sides: [Option<&Tree>; 2]) -> Tree {
    match live {
        Tree::Text(_) if sides.into_iter().any(is_reference) => Tree::Null,
        Tree::List(list) => {
            let at = |index: usize| sides.map(|side| side.and_then(|side| side.as_list()?.get(index)));
            Tree::List(list.iter().enumerate().map(|(index, tree)| without_secrets(tree, at(index))).collect())
        }
        Tree::Map(map) => {
            let at = |key: &str| sides.map(|side| side.and_then(|side| side.get(key)));
            let entries = map.iter().map(|(key, tree)| (key.clone(), without_secrets(tree, at(key))));
            Tree::Map(entries.collect::<BTreeMap<_, _>>().into_iter().collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Part;

    #[test]
    fn a_secret_is_seen_only_where_one_is_declared() {
        let mut concealed = Concealed::default();
        concealed.add(SecretValue::new(b"hunter2".to_vec()));
        let reference = Tree::Text(Value::from_parts([Part::Secret("pw".into())]));
        let live =
            Tree::from([("a", Tree::from("hunter2")), ("b", Tree::from("x:hunter2")), ("c", Tree::from("hunter2"))]);
        let desired = Tree::from([("a", reference.clone())]);
        let applied = Tree::from([("c", reference.clone())]);
        let seen = concealed.in_tree(&live, Some(&desired), Some(&applied));
        assert_eq!(
            seen,
            Tree::from([("a", Tree::from("hunter2")), ("b", Tree::from("x:(sensitive)")), ("c", reference)])
        );
        let other = Tree::from([("a", Tree::from("other")), ("b", Tree::from("x:(sensitive)"))]);
        let print = |tree: &Tree| fingerprint(tree, [Some(&desired), None], None);
        let (Tree::Map(mut seen), Tree::Map(other)) = (seen, other) else { panic!("no maps") };
        seen.shift_remove("c");
        assert_eq!(print(&Tree::Map(seen.clone())), print(&Tree::Map(other)));
        seen.insert("state".into(), Tree::from("exited"));
        let stopped = print(&Tree::Map(seen.clone()));
        seen.insert("health".into(), Tree::from("unhealthy"));
        assert_eq!(print(&Tree::Map(seen.clone())), stopped);
        seen.insert("state".into(), Tree::from("paused"));
        assert_ne!(print(&Tree::Map(seen)), stopped);
    }
}
