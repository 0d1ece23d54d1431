//! What must not be seen: secrets in the live system that stand where none is declared.

use crate::model::{SecretValue, Tree, Value};

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
                let one = |(at, tree): (usize, &Tree)| self.in_tree(tree, element(desired, at), element(applied, at));
                Tree::List(list.iter().enumerate().map(one).collect())
            }
            Tree::Map(map) => {
                let one = |(key, tree): (&String, &Tree)| {
                    (key.clone(), self.in_tree(tree, entry(desired, key), entry(applied, key)))
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

fn element(side: Option<&Tree>, at: usize) -> Option<&Tree> {
    side?.as_list()?.get(at)
}

fn entry<'a>(side: Option<&'a Tree>, key: &str) -> Option<&'a Tree> {
    side?.get(key)
}

fn is_reference(tree: Option<&Tree>) -> bool {
    matches!(tree, Some(Tree::Text(value)) if value.as_literal().is_none())
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
    }
}
