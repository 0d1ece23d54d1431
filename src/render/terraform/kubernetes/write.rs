//! A resource of the provider as a block, with variables and references in the place of what they stand for.

use super::schema::{self, Kind, Known, Nesting};
use crate::model::Tree;
use crate::render::terraform::hcl::{Block, Expression, Structure};
use crate::render::terraform::root;
use std::collections::BTreeMap;

/// Expressions by path: `spec.template.spec.container[0].image`.
pub type Expressions = BTreeMap<String, Expression>;

/// Writes the arguments, then the blocks.
pub fn body(shape: &schema::Block, tree: &Tree, path: &str, expressions: &Expressions, unknown: &mut Vec<String>) -> Vec<Structure> {
    let mut attributes = Vec::new();
    let mut blocks = Vec::new();
    for (key, value) in tree.as_map().into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match shape.named(key) {
            _ if *value == Tree::Null => {}
            Some(Known::Attribute(name, kind)) => {
                let expression = expressions.get(&path).cloned().unwrap_or_else(|| attribute(kind, value));
                attributes.push(Structure::Attribute(name.to_owned(), expression));
            }
            Some(Known::Block(name, nesting, block)) => {
                let single = std::slice::from_ref(value);
                let elements = value.as_list().unwrap_or(single);
                for (at, element) in elements.iter().enumerate() {
                    let path = if nesting == Nesting::Many { format!("{path}[{at}]") } else { path.clone() };
                    if let Some(Expression::Raw(variable)) = expressions.get(&path) {
                        blocks.extend(dynamic(name, variable));
                        continue;
                    }
                    let mut written = Block::new(name, []);
                    push(&mut written, body(block, element, &path, expressions, unknown));
                    blocks.push(Structure::Block(written));
                }
            }
            None => unknown.push(path),
        }
    }
    attributes.into_iter().chain(blocks).collect()
}

/// Arguments close together, an empty line around each block.
pub fn push(block: &mut Block, structures: Vec<Structure>) {
    for structure in structures {
        match structure {
            Structure::Block(inner) => _ = block.body.block(inner),
            other => block.body.items.push(other),
        }
    }
}

/// One block for each entry of a map of texts, by name and value. Nothing is written for the entries after the first.
fn dynamic(name: &str, variable: &str) -> Option<Structure> {
    if variable.is_empty() {
        return None;
    }
    let content = Block::new("content", [])
        .with("name", Expression::raw(format!("{name}.key")))
        .with("value", Expression::raw(format!("{name}.value")));
    let block = Block::new("dynamic", [name]).with("for_each", Expression::raw(variable)).with_block(content);
    Some(Structure::Block(block))
}

fn attribute(kind: Kind, value: &Tree) -> Expression {
    match (kind, value) {
        (Kind::Text, value) => text(value),
        (Kind::Texts, Tree::Map(map)) => root::labels(map.iter().map(|(key, value)| (key.clone(), lines(value)))),
        (_, value) => root::tree_expression(value),
    }
}

fn text(value: &Tree) -> Expression {
    match value {
        Tree::Int(number) => Expression::Text(number.to_string()),
        Tree::Bool(flag) => Expression::Text(flag.to_string()),
        other => root::tree_expression(other),
    }
}

/// Files are read more easily as heredocs.
fn lines(value: &Tree) -> Expression {
    match value.as_str() {
        Some(text) if text.contains('\n') => Expression::Lines(text.to_owned()),
        _ => text(value),
    }
}
