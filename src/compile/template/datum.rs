//! What expressions of a template evaluate to.

use crate::diag::Span;
use crate::model::{Tree, Value};
use indexmap::IndexMap;
use std::sync::Arc;

/// What one element of a collection counts beside its content, in bytes.
const ELEMENT: u64 = 48;

/// A value of a template. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Datum {
    /// What it is.
    pub kind: Kind,
    /// Where a user wrote it; none for what the template made.
    pub origin: Option<Span>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Nothing: an optional input that is not given.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number, never NaN or infinite.
    Float(f64),
    /// Text; its parts may be references.
    Text(Arc<Value>),
    /// A list.
    List(Arc<List>),
    /// A map.
    Map(Arc<Map>),
    /// Text that the template itself wrote, in a macro or a block: it is written out as it is.
    Fragment(Arc<super::writer::Fragment>),
    /// A macro, by its number in the template.
    Macro(usize),
    /// A namespace, by its number in the rendering.
    Namespace(usize),
}

/// A list and its size.
#[derive(Debug, PartialEq)]
pub struct List {
    /// The elements.
    pub items: Vec<Datum>,
    size: u64,
}

/// A map and its size.
#[derive(Debug, PartialEq)]
pub struct Map {
    /// The entries.
    pub entries: IndexMap<String, Datum>,
    /// Where a user wrote the keys, where they did.
    pub keys: IndexMap<String, Span>,
    size: u64,
}

impl From<Kind> for Datum {
    fn from(kind: Kind) -> Self {
        Self { kind, origin: None }
    }
}

impl Datum {
    /// Literal text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::value(Value::literal(text))
    }

    /// Text of any parts.
    pub fn value(value: Value) -> Self {
        Kind::Text(Arc::new(value)).into()
    }

    /// A list. Its size is known from then on, so that shared elements cannot hide how large it is when it is walked.
    pub fn list(items: Vec<Self>) -> Self {
        let size = items.iter().fold(ELEMENT, |size, item| size.saturating_add(item.size()));
        Kind::List(Arc::new(List { items, size })).into()
    }

    /// A map.
    pub fn map(entries: IndexMap<String, Self>) -> Self {
        Self::map_with_keys(entries, IndexMap::new())
    }

    /// A map whose keys a user wrote.
    pub fn map_with_keys(entries: IndexMap<String, Self>, keys: IndexMap<String, Span>) -> Self {
        let size = entries
            .iter()
            .fold(ELEMENT, |size, (key, value)| size.saturating_add(value.size()).saturating_add(key.len() as u64));
        Kind::Map(Arc::new(Map { entries, keys, size })).into()
    }

    /// The same, written by a user at a place.
    #[must_use]
    pub const fn at(mut self, origin: Option<Span>) -> Self {
        self.origin = origin;
        self
    }

    /// Bytes that it takes when it is walked or written out.
    pub fn size(&self) -> u64 {
        ELEMENT
            + match &self.kind {
                Kind::Text(value) => text_size(value),
                Kind::List(list) => list.size,
                Kind::Map(map) => map.size,
                Kind::Fragment(fragment) => fragment.text.len() as u64,
                _ => 0,
            }
    }

    /// Whether it counts as true: neither nothing, `false`, zero, nor empty.
    pub fn is_true(&self) -> bool {
        match &self.kind {
            Kind::Null => false,
            Kind::Bool(flag) => *flag,
            Kind::Int(number) => *number != 0,
            Kind::Float(number) => *number != 0.0,
            Kind::Text(value) => !value.parts().is_empty(),
            Kind::List(list) => !list.items.is_empty(),
            Kind::Map(map) => !map.entries.is_empty(),
            Kind::Fragment(fragment) => !fragment.text.is_empty(),
            Kind::Macro(_) | Kind::Namespace(_) => true,
        }
    }

    /// What messages call it.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "true or false",
            Kind::Int(_) | Kind::Float(_) => "a number",
            Kind::Text(value) if value.as_literal().is_none() => "text that is known only later",
            Kind::Text(_) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
            Kind::Fragment(_) => "a piece of the template's own text",
            Kind::Macro(_) => "a macro",
            Kind::Namespace(_) => "a namespace",
        }
    }

    /// The text, if it is text that is known.
    pub fn as_str(&self) -> Option<&str> {
        if let Kind::Text(value) = &self.kind { value.as_literal() } else { None }
    }

    /// The integer, if it is one.
    pub const fn as_int(&self) -> Option<i64> {
        if let Kind::Int(number) = self.kind { Some(number) } else { None }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Kind::List(list) = &self.kind { Some(&list.items) } else { None }
    }

    /// The entries, if it is a map.
    pub fn as_map(&self) -> Option<&IndexMap<String, Self>> {
        if let Kind::Map(map) = &self.kind { Some(&map.entries) } else { None }
    }

    /// The place of a key that a user wrote.
    pub fn key_place(&self, key: &str) -> Option<Span> {
        if let Kind::Map(map) = &self.kind { map.keys.get(key).copied() } else { None }
    }

    /// What it is as data of the model; none for what exists only within templates.
    pub fn to_tree(&self) -> Option<Tree> {
        Some(match &self.kind {
            Kind::Null => Tree::Null,
            Kind::Bool(flag) => Tree::Bool(*flag),
            Kind::Int(number) => Tree::Int(*number),
            Kind::Float(number) => Tree::Float(crate::model::Float(*number)),
            Kind::Text(value) => Tree::Text((**value).clone()),
            Kind::List(list) => Tree::List(list.items.iter().map(Self::to_tree).collect::<Option<_>>()?),
            Kind::Map(map) => {
                let entries = map.entries.iter().map(|(key, value)| Some((key.clone(), value.to_tree()?)));
                Tree::Map(entries.collect::<Option<_>>()?)
            }
            Kind::Fragment(_) | Kind::Macro(_) | Kind::Namespace(_) => return None,
        })
    }
}

fn text_size(value: &Value) -> u64 {
    match value.as_literal() {
        Some(text) => text.len() as u64,
        None => value.display().len() as u64 + ELEMENT * value.parts().len() as u64,
    }
}
