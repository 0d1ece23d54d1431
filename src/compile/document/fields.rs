//! Mappings with known keys, and mappings by name.

use super::Reader;
use crate::diag::{Span, did_you_mean};
use crate::spec::{Entry, Node, NodeKind};
use indexmap::IndexMap;

/// A mapping whose keys are known.
pub struct Fields<'n> {
    node: &'n Node,
    /// Where the mapping stands.
    pub span: Span,
}

impl<'n> Fields<'n> {
    /// The value under a key; none where it is missing or nothing.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.node.get(key).filter(|node| !node.is_null())
    }
}

impl Reader<'_> {
    /// A mapping that may have these keys and no others.
    pub fn fields<'n>(&mut self, node: &'n Node, what: &str, keys: &[&str]) -> Option<Fields<'n>> {
        let NodeKind::Map(entries) = &node.kind else {
            self.error(node.span, format!("{what} must be a mapping, not {}", node.kind_name()));
            return None;
        };
        for entry in entries.iter().filter(|entry| !keys.contains(&entry.key.as_str())) {
            self.unknown_key(entry, what, keys);
        }
        Some(Fields { node, span: node.span })
    }

    fn unknown_key(&mut self, entry: &Entry, what: &str, keys: &[&str]) {
        let help = match did_you_mean(&entry.key, keys.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known keys: {}", keys.join(", ")),
        };
        self.error_with_help(entry.key_span, format!("{what} has no key `{}`", entry.key), Some(help));
    }

    /// A mapping by name: each value read by a function, null values left out.
    pub fn by_name<T>(
        &mut self,
        node: Option<&Node>,
        what: &str,
        mut read: impl FnMut(&mut Self, &str, &Entry) -> Option<T>,
    ) -> IndexMap<String, T> {
        let Some(node) = node else { return IndexMap::new() };
        let NodeKind::Map(entries) = &node.kind else {
            self.error(node.span, format!("`{what}` must be a mapping by name, not {}", node.kind_name()));
            return IndexMap::new();
        };
        let mut named = IndexMap::new();
        for entry in entries.iter().filter(|entry| !entry.value.is_null()) {
            let name = self.key(&entry.key);
            if let Some(value) = read(self, &name, entry) {
                named.insert(name, value);
            }
        }
        named
    }

    /// The value under a key that must be there.
    pub fn required<'n>(&mut self, fields: &Fields<'n>, what: &str, key: &str) -> Option<&'n Node> {
        let node = fields.get(key);
        if node.is_none() {
            self.error(fields.span, format!("{what} has no `{key}`"));
        }
        node
    }

    /// Reports a name that is no RFC 1123 label.
    pub fn check_label(&mut self, name: &str, span: Span, what: &str) {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let valid =
            name.len() <= 63 && name.chars().all(inner) && edge(name.chars().next()) && edge(name.chars().last());
        if !valid {
            let help = "lower-case letters, digits and `-` within, 63 characters at most";
            self.error_with_help(span, format!("`{name}` is no name for {what}"), Some(help.into()));
        }
    }
}
