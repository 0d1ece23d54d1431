//! module.yaml, typed: what a module takes and gives.

mod input;
mod read;
mod shape;

use super::node::{Node, NodeKind, Scalar};
use super::shape::{Mode, Type, check};
use crate::diag::{Diagnostic, FileId, Sink, SourceMap, Span, bounded, code};
use indexmap::IndexMap;

pub use input::{Input, InputType};
pub use shape::{INPUT_TYPES, input as input_shape, shape};

/// A module.yaml.
#[derive(Debug, Clone, PartialEq)]
pub struct ModuleFile {
    /// The module's name.
    pub name: String,
    /// Its version, by Semantic Versioning.
    pub version: String,
    /// What it is for.
    pub description: String,
    /// What one can say of a component, by name.
    pub inputs: IndexMap<String, Input>,
    /// What others can refer to, by name.
    pub outputs: IndexMap<String, OutputEntry>,
    /// The whole file.
    pub span: Span,
}

/// What others can refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputEntry {
    /// What it is.
    pub description: String,
    /// Whether it is treated as a secret.
    pub sensitive: bool,
    /// The place of its name.
    pub name_span: Span,
}

impl ModuleFile {
    /// Reads and types a module.yaml. `folder` is the name of its folder, which it must bear; none where it is not known. None where a part
    /// is missing without which nothing works; what is wrong is in the sink, also where there is a module.
    pub fn read(file: FileId, folder: Option<&str>, sources: &SourceMap, sink: &mut Sink) -> Option<Self> {
        let node = super::parse(file, sources, sink)?;
        Self::from_node(&node, folder, sink)
    }

    /// Types a node; see [`Self::read`].
    pub fn from_node(node: &Node, folder: Option<&str>, sink: &mut Sink) -> Option<Self> {
        check(shape(), "the file", node, Mode::Whole, false, sink);
        let text = |key: &str| node.get(key).and_then(Node::scalar_text).map(ToOwned::to_owned);
        let inputs = node.get("inputs").map(Node::entries).unwrap_or_default();
        let inputs = inputs.iter().filter_map(|entry| Some((entry.key.clone(), read::input(entry, sink)?)));
        let inputs = inputs.collect();
        let name = text("name")?;
        if let Some(folder) = folder.filter(|folder| *folder != name) {
            sink.push(other_name(node.get("name").map_or(node.span, |name| name.span), &name, folder));
        }
        let description = text("description").unwrap_or_default();
        Some(Self { name, version: text("version")?, description, inputs, outputs: outputs(node), span: node.span })
    }

    /// The shape of `with`.
    pub fn inputs_shape(&self) -> Type {
        input::object(&format!("`with` of the module `{}`", self.name), &self.inputs)
    }

    /// Checks the inputs of a component: unknown ones, missing ones, and each value against its type. `given` is the mapping under `with`
    /// (nulls stripped), `place` what to point at where there is none.
    ///
    /// Text with a reference is accepted for every scalar; check again what it became.
    pub fn check_inputs(&self, given: Option<&Node>, place: Span, sink: &mut Sink) {
        let empty = Node { kind: NodeKind::Map(Vec::new()), span: place };
        check(&self.inputs_shape(), "with", given.unwrap_or(&empty), Mode::Whole, true, sink);
    }
}

fn outputs(node: &Node) -> IndexMap<String, OutputEntry> {
    let entries = node.get("outputs").map(Node::entries).unwrap_or_default();
    let read = |entry: &super::Entry| OutputEntry {
        description: entry.value.get("description").and_then(Node::scalar_text).unwrap_or_default().to_owned(),
        sensitive: entry.value.get("sensitive").is_some_and(is_true),
        name_span: entry.key_span,
    };
    entries.iter().map(|entry| (entry.key.clone(), read(entry))).collect()
}

fn is_true(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Scalar { scalar: Scalar::Bool(true), .. })
}

fn other_name(span: Span, name: &str, folder: &str) -> Diagnostic {
    let message = format!("the module is called `{}`, and its folder `{}`", bounded(name), bounded(folder));
    Diagnostic::error(code::NAME_MISMATCH, span, message).help("give both the same name")
}

#[cfg(test)]
mod tests;
