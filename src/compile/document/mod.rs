//! What templates of modules write, read into the types of the model.
//!
//! `model.yaml.j2` gives one document of workloads and outputs; `live.yaml.j2` what the running software must report; a file of
//! `targets/KIND/` lowered objects. docs/module-authoring.md lists the keys.
//!
//! Never: knows a module, a target or a backend by name.
//!
//! Invariants: what is wrong is reported where it was written: in the environment file where the value comes from there, else in the
//! template; all that is wrong is reported.

mod container;
mod fields;
mod live;
mod probe;
mod workload;

pub use live::{Live, read_live};
pub use workload::{Lowered, Need, read_model, workload_name};

use super::template::Document;
use crate::diag::{Diagnostic, FileId, Sink, SourceMap, Span, code};
use crate::model::{Float, Tree, Value};
use crate::spec::{Node, NodeKind, Scalar};

/// A document being read.
pub struct Reader<'a> {
    document: &'a Document,
    /// The template, for what has no other place.
    template: FileId,
    sink: &'a mut Sink,
    needs: Vec<Need>,
}

impl<'a> Reader<'a> {
    /// A reader of the document that a template wrote.
    pub fn new(document: &'a Document, template: FileId, sink: &'a mut Sink) -> Self {
        Self { document, template, sink, needs: Vec::new() }
    }

    /// The nodes of the document. None where it is empty or no YAML, which is then reported.
    pub fn parse(&mut self) -> Option<Node> {
        let mut sources = SourceMap::default();
        let file = sources.add("", &self.document.fragment.text);
        let mut own = Sink::default();
        let node = crate::spec::parse(file, &sources, &mut own);
        for diagnostic in own.iter() {
            let mut diagnostic = diagnostic.clone();
            diagnostic.span = diagnostic.span.map(|span| self.place(span));
            diagnostic.labels.clear();
            if diagnostic.code == code::YAML_SYNTAX {
                diagnostic.help = Some(
                    "values are written with their quotes: `name: {{ a ~ \"-b\" }}`, never `name: {{ a }}-b` or `\"{{ a }}\"`".into(),
                );
            }
            self.sink.push(diagnostic);
        }
        node
    }

    /// Where a place of the document comes from.
    pub fn place(&self, span: Span) -> Span {
        let source = self.document.fragment.source_of(span.start as usize, span.end as usize);
        source.unwrap_or(Span::start_of(self.template))
    }

    /// Reports something at a node.
    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        self.error_with_help(span, message, None);
    }

    /// Reports something at a node, and what to do about it.
    pub fn error_with_help(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        let mut diagnostic = Diagnostic::error(code::MODEL_DOCUMENT, self.place(span), message);
        diagnostic.help = help;
        self.sink.push(diagnostic);
    }

    fn wrong(&mut self, node: &Node, what: &str, expected: &str) {
        self.error(node.span, format!("`{what}` must be {expected}, not {}", node.kind_name()));
    }

    /// A scalar as a value: text with its references, or the text of a number or boolean.
    pub fn value(&mut self, node: &Node, what: &str) -> Option<Value> {
        let NodeKind::Scalar { text, scalar, .. } = &node.kind else {
            self.wrong(node, what, "text");
            return None;
        };
        if matches!(scalar, Scalar::Null) {
            self.wrong(node, what, "text");
            return None;
        }
        let value = self.document.value_of(text);
        if value.is_none() {
            self.error(node.span, format!("a reference in `{what}` was cut in two"));
        }
        value
    }

    /// A scalar whose text is known.
    pub fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let value = self.value(node, what)?;
        let text = value.as_literal().map(ToOwned::to_owned);
        if text.is_none() {
            self.error(
                node.span,
                format!("`{what}` must be known when the environment is compiled, and `{}` is not", value.display()),
            );
        }
        text
    }

    /// An integer within bounds.
    pub fn integer<T: TryFrom<i64>>(&mut self, node: &Node, what: &str, expected: &str) -> Option<T> {
        let number = match &node.kind {
            NodeKind::Scalar { scalar: Scalar::Int(number), .. } => Some(*number),
            // A number that a user wrote into a text input reaches the document in quotes.
            NodeKind::Scalar { scalar: Scalar::Text, text, .. } => text.parse().ok(),
            _ => None,
        };
        let fitting = number.and_then(|number| T::try_from(number).ok());
        if fitting.is_none() {
            self.error(node.span, format!("`{what}` must be {expected}"));
        }
        fitting
    }

    /// A boolean.
    pub fn flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        if let NodeKind::Scalar { scalar: Scalar::Bool(flag), .. } = node.kind {
            return Some(flag);
        }
        self.wrong(node, what, "true or false");
        None
    }

    /// One of several words.
    pub fn choice<T: Copy>(&mut self, node: &Node, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, what)?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
            self.error(node.span, format!("`{what}` must be one of {}, not `{text}`", names.join(", ")));
        }
        found
    }

    /// A quantity, written as text or as a plain number.
    pub fn quantity<T>(&mut self, node: &Node, what: &str, expected: &str, parse: fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(node, what)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.error(node.span, format!("`{what}` must be {expected}, not `{text}`"));
        }
        parsed
    }

    /// A list of values.
    pub fn values(&mut self, node: &Node, what: &str) -> Option<Vec<Value>> {
        let NodeKind::List(items) = &node.kind else {
            self.wrong(node, what, "a list");
            return None;
        };
        items.iter().map(|item| self.value(item, what)).collect()
    }

    /// A list of known texts.
    pub fn texts(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        let NodeKind::List(items) = &node.kind else {
            self.wrong(node, what, "a list");
            return None;
        };
        items.iter().map(|item| self.text(item, what)).collect()
    }

    /// Any data, as it stands.
    pub fn tree(&mut self, node: &Node) -> Tree {
        match &node.kind {
            NodeKind::List(items) => Tree::List(items.iter().map(|item| self.tree(item)).collect()),
            NodeKind::Map(entries) => {
                Tree::Map(entries.iter().map(|entry| (self.key(&entry.key), self.tree(&entry.value))).collect())
            }
            NodeKind::Scalar { scalar, .. } => match scalar {
                Scalar::Null => Tree::Null,
                Scalar::Bool(flag) => Tree::Bool(*flag),
                Scalar::Int(number) => Tree::Int(*number),
                Scalar::Float(number) => Tree::Float(Float(*number)),
                Scalar::Text => self.value(node, "value").map_or(Tree::Null, Tree::Text),
            },
        }
    }

    /// A key as text: long ones stand beside the document too.
    fn key(&self, key: &str) -> String {
        self.document
            .value_of(key)
            .and_then(|value| value.as_literal().map(ToOwned::to_owned))
            .unwrap_or_else(|| key.to_owned())
    }
}
