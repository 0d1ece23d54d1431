//! Small constructors of bodies.

use crate::model::Tree;

/// A map of the entries that there are.
pub fn map<const N: usize>(entries: [(&str, Option<Tree>); N]) -> Tree {
    Tree::Map(entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect())
}

/// A list, unless it is empty.
pub fn list(elements: Vec<Tree>) -> Option<Tree> {
    (!elements.is_empty()).then_some(Tree::List(elements))
}

/// Text, as an entry that is there.
#[expect(clippy::unnecessary_wraps, reason = "the value of an entry that may be absent")]
pub fn text(text: impl Into<String>) -> Option<Tree> {
    Some(Tree::text(text))
}

/// A number, as an entry that is there.
#[expect(clippy::unnecessary_wraps, reason = "the value of an entry that may be absent")]
pub fn number(number: impl Into<i64>) -> Option<Tree> {
    Some(Tree::Int(number.into()))
}

/// `true`, where it holds.
pub fn flag(flag: bool) -> Option<Tree> {
    flag.then_some(Tree::Bool(true))
}

/// A map, unless it is empty.
pub fn unless_empty(tree: Tree) -> Option<Tree> {
    (!tree.is_empty_collection()).then_some(tree)
}
