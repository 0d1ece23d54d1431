//! A parsed YAML document in which every key and value knows where it stands.

use crate::diag::Span;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// `'...'`.
    SingleQuoted,
    /// `"..."`.
    DoubleQuoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
}

/// What a scalar is by the YAML 1.2 core schema. Anything that is not plain is text.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `null`, `~`, or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A decimal integer (others are refused with a hint).
    Int(i64),
    /// A number with a point or an exponent.
    Float(f64),
    /// Everything else.
    Text,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// A scalar.
    Scalar {
        /// Its text: as written for a plain one, unescaped for a quoted one.
        text: String,
        /// How it is written.
        style: ScalarStyle,
        /// What it is.
        scalar: Scalar,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in order, without duplicate keys.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A node and its bytes. The span of a quoted scalar includes its quotes; that of a collection goes from its first to its last byte.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it stands.
    pub span: Span,
}

impl Node {
    /// The value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The entries; none where it is no mapping.
    pub fn entries(&self) -> &[Entry] {
        if let NodeKind::Map(entries) = &self.kind { entries } else { &[] }
    }

    /// The elements; none where it is no sequence.
    pub fn elements(&self) -> &[Self] {
        if let NodeKind::List(elements) = &self.kind { elements } else { &[] }
    }

    /// The text of a scalar, whatever it is.
    pub fn scalar_text(&self) -> Option<&str> {
        if let NodeKind::Scalar { text, .. } = &self.kind { Some(text) } else { None }
    }

    /// Whether it is null.
    pub const fn is_null(&self) -> bool {
        matches!(self.kind, NodeKind::Scalar { scalar: Scalar::Null, .. })
    }

    /// What messages call it: `a mapping`, `a list`, `text`, `a number`, `true or false`, `nothing`.
    pub const fn kind_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a mapping",
            NodeKind::Scalar { scalar, .. } => match scalar {
                Scalar::Null => "nothing",
                Scalar::Bool(_) => "true or false",
                Scalar::Int(_) | Scalar::Float(_) => "a number",
                Scalar::Text => "text",
            },
        }
    }
}
