//! The body of a file: the tree that it holds, where it holds one.

use crate::diag::{Severity, Sink, SourceMap};
use crate::model::{Float, Tree};
use crate::spec::{self, Node, NodeKind, Scalar};

/// The tree of a YAML or JSON file. Null for any other, and for one that is not a single plain document (a template, several documents,
/// anchors): its text says all of it.
pub fn parse_body(path: &str, text: &str) -> Tree {
    read(path, text).unwrap_or(Tree::Null)
}

/// The tree of a file, null for one that is neither YAML nor JSON; or why it has none.
pub(super) fn read(path: &str, text: &str) -> Result<Tree, String> {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json" | "yaml" | "yml") if text.trim().is_empty() => Err("it is empty".into()),
        Some("json") => read_json(text),
        Some("yaml" | "yml") => read_yaml(path, text),
        _ => Ok(Tree::Null),
    }
}

/// The tree of a JSON text, or why it has none.
pub(super) fn read_json(text: &str) -> Result<Tree, String> {
    let parsed = serde_json::from_str(text);
    parsed.map(|json| Tree::from_json(&json)).map_err(|error| format!("it is no valid JSON: {error}"))
}

/// The body of something that is no file.
pub(super) fn other(kind: &str, what: String) -> Tree {
    Tree::from([(kind, Tree::text(what))])
}

fn read_yaml(path: &str, text: &str) -> Result<Tree, String> {
    let mut sources = SourceMap::default();
    // A line ends in the same way in a tree, however it ends in the text.
    let file = sources.add(path, &text.replace("\r\n", "\n"));
    let mut sink = Sink::default();
    let node = spec::parse(file, &sources, &mut sink);
    // What the parser left out (a duplicate key, an alias) would be missing from the tree.
    let problem = sink.sorted().into_iter().find(|diagnostic| diagnostic.severity == Severity::Error);
    match (problem, node) {
        (Some(problem), _) => {
            let place = problem.span.map(|span| sources.place(span));
            let place =
                place.map(|place| format!("line {}, column {}: ", place.line, place.column)).unwrap_or_default();
            Err(format!("it is no plain YAML: {place}{}", problem.message))
        }
        (None, Some(node)) => Ok(tree_of(&node)),
        (None, None) => Ok(Tree::Null),
    }
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
