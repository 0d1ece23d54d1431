//! The body of a file: the tree that it holds, where it holds one.

use crate::diag::{Sink, SourceMap};
use crate::model::{Float, Tree};
use crate::spec::{self, Node, NodeKind, Scalar};

/// The tree of a YAML or JSON file. Null for any other, and for one that is not a single plain document (a template, several documents,
/// anchors): its text says all of it.
pub fn parse_body(path: &str, text: &str) -> Tree {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json") => serde_json::from_str(text).map_or(Tree::Null, |json| Tree::from_json(&json)),
        Some("yaml" | "yml") => parse_yaml(path, text),
        _ => Tree::Null,
    }
}

/// The body of a file that is a program: its text says the rest.
pub(super) fn program() -> Tree {
    Tree::from([("executable", Tree::Bool(true))])
}

/// The body of something that is no file.
pub(super) fn other(kind: &str, what: String) -> Tree {
    Tree::from([(kind, Tree::text(what))])
}

fn parse_yaml(path: &str, text: &str) -> Tree {
    let mut sources = SourceMap::default();
    let file = sources.add(path, text);
    let mut sink = Sink::default();
    let node = spec::parse(file, &sources, &mut sink);
    // What the parser left out (a duplicate key, an alias) would be missing from the tree.
    if sink.has_errors() { Tree::Null } else { node.map_or(Tree::Null, |node| tree_of(&node)) }
}

fn tree_of(node: &Node) -> Tree {
    match &node.kind {
        NodeKind::List(elements) => Tree::List(elements.iter().map(tree_of).collect()),
        NodeKind::Map(entries) => {
            Tree::Map(entries.iter().map(|entry| (entry.key.clone(), tree_of(&entry.value))).collect())
        }
        NodeKind::Scalar { text, scalar, .. } => match scalar {
            Scalar::Null => Tree::Null,
            Scalar::Bool(flag) => Tree::Bool(*flag),
            Scalar::Int(number) => Tree::Int(*number),
            Scalar::Float(number) => Tree::Float(Float(*number)),
            Scalar::Text => Tree::text(text.clone()),
        },
    }
}
