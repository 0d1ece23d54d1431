//! A body as it is put together: what nobody declared and something fills in by itself is left out of it.

use crate::model::{FieldPath, Tree};

/// A body under construction.
pub struct Shape<'a> {
    declared: &'a Tree,
    body: Tree,
}

impl<'a> Shape<'a> {
    /// An empty body beside what is declared of the same thing.
    pub const fn new(declared: &'a Tree, body: Tree) -> Self {
        Self { declared, body }
    }

    /// What is declared.
    pub const fn declared(&self) -> &'a Tree {
        self.declared
    }

    /// What is declared at a path of keys that end at dots.
    pub fn declares(&self, path: &str) -> Option<&'a Tree> {
        FieldPath::keys(path.split('.')).lookup(self.declared).filter(|tree| **tree != Tree::Null)
    }

    /// Puts a value at a path of keys that end at dots.
    pub fn put(&mut self, path: &str, value: impl Into<Tree>) {
        let mut at = &mut self.body;
        let (parents, last) = path.rsplit_once('.').map_or(("", path), |(parents, last)| (parents, last));
        for key in parents.split('.').filter(|key| !key.is_empty()) {
            let Tree::Map(map) = at else { return };
            at = map.entry(key.to_owned()).or_insert_with(Tree::map);
        }
        at.insert(last, value);
    }

    /// Puts a value, unless it is what is there when nobody says anything, and nobody does.
    pub fn put_unless(&mut self, path: &str, value: impl Into<Tree>, is_filled_in: bool) {
        if !is_filled_in || self.declares(path).is_some() {
            self.put(path, value);
        }
    }

    /// Puts what is declared: it cannot be seen, or something else says that it holds.
    pub fn keep(&mut self, path: &str) {
        if let Some(declared) = self.declares(path) {
            self.put(path, declared.clone());
        }
    }

    /// The body.
    pub fn finish(self) -> Tree {
        self.body
    }
}
