//! YAML as a person would write it: block style, two spaces, quotes only where they are needed.
//!
//! Never: parses, or knows what a document is for.
//!
//! Invariants: readers of YAML 1.1 and of YAML 1.2 read the same text out of what is written, and it is the text that was given.

mod scalar;
#[cfg(test)]
mod tests;

use crate::model::{Tree, Value};
use indexmap::IndexMap;
use scalar::{literal_header, quote, write_key};

/// Stands in a [`Node::Block`] for the number of columns that the block is indented by (what Helm's `nindent` has to be told).
pub const COLUMNS: char = '\u{F8FF}';

/// A line of its own beside an entry or element, at its indentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// An empty line.
    Blank,
    /// A comment, without its `#`; one line for each line of the text.
    Comment(String),
    /// Written as it is: `{{- if .Values.ingress.enabled }}`. May have several lines.
    Raw(String),
}

/// A document, or a part of one.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Node {
    /// `null`.
    #[default]
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text, written so that it is read back as this text.
    Text(String),
    /// Written as it is in the place of a scalar: `{{ .Values.image.tag | quote }}`.
    Raw(String),
    /// Written as it is, line by line, below its key and one level deeper; see [`COLUMNS`].
    Block(String),
    /// A sequence.
    List(Vec<Item>),
    /// A mapping; keys are written in this order and must be unique.
    Map(Vec<Entry>),
}

/// An element of a sequence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Item {
    /// Lines above it.
    pub before: Vec<Line>,
    /// The element.
    pub value: Node,
    /// Lines below it.
    pub after: Vec<Line>,
}

/// An entry of a mapping.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// Lines above it.
    pub before: Vec<Line>,
    /// Its key, text like any other.
    pub key: String,
    /// Its value.
    pub value: Node,
    /// Lines below it.
    pub after: Vec<Line>,
}

impl Entry {
    /// An entry without lines of its own.
    pub fn new(key: impl Into<String>, value: impl Into<Node>) -> Self {
        Self { key: key.into(), value: value.into(), ..Self::default() }
    }

    /// Puts a line above it.
    #[must_use]
    pub fn above(mut self, line: Line) -> Self {
        self.before.push(line);
        self
    }

    /// Puts a line below it.
    #[must_use]
    pub fn below(mut self, line: Line) -> Self {
        self.after.push(line);
        self
    }
}

impl Node {
    /// A tree as a node. `scalar` says what text becomes: a [`Node::Text`], or an expression in the target's own terms.
    pub fn from_tree(tree: &Tree, scalar: &mut dyn FnMut(&Value) -> Self) -> Self {
        match tree {
            Tree::Null => Self::Null,
            Tree::Bool(flag) => Self::Bool(*flag),
            Tree::Int(number) => Self::Int(*number),
            Tree::Float(number) => Self::Float(number.0),
            Tree::Text(value) => scalar(value),
            Tree::List(list) => {
                Self::List(list.iter().map(|element| Self::from_tree(element, scalar).into()).collect())
            }
            Tree::Map(map) => {
                Self::Map(map.iter().map(|(key, value)| Entry::new(key, Self::from_tree(value, scalar))).collect())
            }
        }
    }

    /// The entry of a mapping.
    pub fn entry_mut(&mut self, key: &str) -> Option<&mut Entry> {
        let Self::Map(entries) = self else { return None };
        entries.iter_mut().find(|entry| entry.key == key)
    }

    /// Adds an entry to a mapping; does nothing where it is none.
    pub fn push(&mut self, entry: Entry) {
        if let Self::Map(entries) = self {
            entries.push(entry);
        }
    }
}

impl From<Node> for Item {
    fn from(value: Node) -> Self {
        Self { value, ..Self::default() }
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// One document, without `---`. Ends with a newline.
pub fn write(node: &Node) -> String {
    let mut writer = Writer { text: String::with_capacity(4_096) };
    match node {
        Node::Map(entries) if !entries.is_empty() => writer.entries(entries, 0, true),
        Node::List(items) if !items.is_empty() => writer.items(items, 0, true),
        Node::Block(text) => writer.raw_lines(text, 0),
        other => writer.scalar_line(other, 0),
    }
    writer.text
}

/// One document of literal text. A part that is not known is written as people write it in an environment file.
pub fn write_tree(tree: &Tree) -> String {
    write(&Node::from_tree(tree, &mut |value| Node::Text(value.display())))
}

/// One document of plain data.
pub fn write_map(map: &IndexMap<String, Tree>) -> String {
    write_tree(&Tree::Map(map.clone()))
}

/// Text as one scalar on one line: plain where that is safe, else in double quotes.
pub fn scalar(text: &str) -> String {
    let mut written = String::new();
    scalar::write_inline(&mut written, text);
    written
}

struct Writer {
    text: String,
}

impl Writer {
    fn pad(&mut self, indent: usize) {
        const SPACES: &str = "                                ";
        let mut left = indent;
        while left > 0 {
            let now = left.min(SPACES.len());
            self.text.push_str(&SPACES[..now]);
            left -= now;
        }
    }

    /// `pad_first`: whether the cursor does not yet stand where the first entry begins.
    fn entries(&mut self, entries: &[Entry], indent: usize, mut pad_first: bool) {
        for entry in entries {
            self.lines(&entry.before, indent, &mut pad_first);
            if pad_first {
                self.pad(indent);
            }
            pad_first = true;
            write_key(&mut self.text, &entry.key, indent);
            self.value(&entry.value, indent);
            self.lines(&entry.after, indent, &mut pad_first);
        }
    }

    fn items(&mut self, items: &[Item], indent: usize, mut pad_first: bool) {
        for item in items {
            self.lines(&item.before, indent, &mut pad_first);
            if pad_first {
                self.pad(indent);
            }
            pad_first = true;
            self.text.push('-');
            self.element(&item.value, indent);
            self.lines(&item.after, indent, &mut pad_first);
        }
    }

    fn lines(&mut self, lines: &[Line], indent: usize, pad_first: &mut bool) {
        if !lines.is_empty() && !*pad_first {
            // A line of its own cannot stand behind `- `.
            self.text.pop();
            self.text.push('\n');
            *pad_first = true;
        }
        for line in lines {
            match line {
                Line::Blank => self.text.push('\n'),
                Line::Comment(text) => text.lines().for_each(|line| self.comment(line, indent)),
                Line::Raw(text) => self.raw_lines(text, indent),
            }
        }
    }

    fn comment(&mut self, line: &str, indent: usize) {
        self.pad(indent);
        self.text.push('#');
        if !line.is_empty() {
            self.text.push(' ');
            self.text.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
        }
        self.text.push('\n');
    }

    fn raw_lines(&mut self, text: &str, indent: usize) {
        for line in text.lines() {
            if !line.is_empty() {
                self.pad(indent);
                let mut pieces = line.split(COLUMNS);
                self.text.push_str(pieces.next().unwrap_or_default());
                for piece in pieces {
                    self.text.push_str(&indent.to_string());
                    self.text.push_str(piece);
                }
            }
            self.text.push('\n');
        }
    }

    /// What comes behind `key:`.
    fn value(&mut self, node: &Node, indent: usize) {
        match node {
            Node::Map(entries) if !entries.is_empty() => {
                self.text.push('\n');
                self.entries(entries, indent + 2, true);
            }
            Node::List(items) if !items.is_empty() => {
                self.text.push('\n');
                self.items(items, indent + 2, true);
            }
            Node::Block(text) => {
                self.text.push('\n');
                self.raw_lines(text, indent + 2);
            }
            other => {
                self.text.push(' ');
                self.scalar_line(other, indent);
            }
        }
    }

    /// What comes behind `-`.
    fn element(&mut self, node: &Node, indent: usize) {
        self.text.push(' ');
        match node {
            Node::Map(entries) if !entries.is_empty() => self.entries(entries, indent + 2, false),
            Node::List(items) if !items.is_empty() => self.items(items, indent + 2, false),
            Node::Block(text) => {
                self.text.push('\n');
                self.raw_lines(text, indent + 2);
            }
            other => self.scalar_line(other, indent),
        }
    }

    fn scalar_line(&mut self, node: &Node, indent: usize) {
        match node {
            Node::Null => self.text.push_str("null"),
            Node::Bool(flag) => self.text.push_str(if *flag { "true" } else { "false" }),
            Node::Int(number) => self.text.push_str(&number.to_string()),
            Node::Float(number) => self.text.push_str(&scalar::float(*number)),
            Node::Raw(text) | Node::Block(text) => self.text.push_str(text),
            Node::List(_) => self.text.push_str("[]"),
            Node::Map(_) => self.text.push_str("{}"),
            Node::Text(text) => return self.text_line(text, indent),
        }
        self.text.push('\n');
    }

    fn text_line(&mut self, text: &str, indent: usize) {
        if !text.contains('\n') {
            scalar::write_inline(&mut self.text, text);
            self.text.push('\n');
            return;
        }
        // A block at the very top of a document has no parent to be indented against.
        let at_top = self.text.is_empty();
        match literal_header(text).filter(|_| !at_top) {
            Some(header) => self.literal(text, &header, indent + 2),
            None => {
                quote(&mut self.text, text);
                self.text.push('\n');
            }
        }
    }

    fn literal(&mut self, text: &str, header: &str, indent: usize) {
        self.text.push_str(header);
        self.text.push('\n');
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.pad(indent);
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }
}
