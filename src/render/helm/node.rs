//! Steps within the nodes of a template.

use crate::render::yaml::{COLUMNS, Entry, Line, Node};

/// The node below map keys.
pub fn below<'a>(node: &'a mut Node, keys: &[&str]) -> Option<&'a mut Node> {
    keys.iter().try_fold(node, |node, key| node.entry_mut(key).map(|entry| &mut entry.value))
}

/// The elements of a list below map keys.
pub fn elements<'a>(node: &'a mut Node, keys: &[&str]) -> impl Iterator<Item = &'a mut Node> {
    let items = match below(node, keys) {
        Some(Node::List(items)) => items.as_mut_slice(),
        _ => &mut [],
    };
    items.iter_mut().map(|item| &mut item.value)
}

/// The literal text of an entry.
pub fn text(node: &Node, key: &str) -> Option<String> {
    let Node::Map(entries) = node else { return None };
    entries.iter().find(|entry| entry.key == key).and_then(|entry| match &entry.value {
        Node::Text(text) => Some(text.clone()),
        _ => None,
    })
}

/// Puts an entry in the place of that of the same key, else where `before` stands, else at the end.
pub fn put(node: &mut Node, entry: Entry, before: &[&str]) {
    let Node::Map(entries) = node else { return };
    if let Some(found) = entries.iter_mut().find(|found| found.key == entry.key) {
        *found = entry;
        return;
    }
    let at = entries.iter().position(|found| before.contains(&found.key.as_str())).unwrap_or(entries.len());
    entries.insert(at, entry);
}

/// `{{- with VALUE }} key: ... {{- end }}`: an entry that is there only where the value is not empty.
pub fn optional(key: &str, reference: &str, value: Node) -> Entry {
    Entry::new(key, value)
        .above(Line::Raw(format!("{{{{- with {reference} }}}}")))
        .below(Line::Raw("{{- end }}".into()))
}

/// The whole of a value below its key.
pub fn to_yaml(reference: &str) -> Node {
    Node::Block(format!("{{{{- toYaml {reference} | nindent {COLUMNS} }}}}"))
}

/// Lines that append all of a value's entries, where it has any.
pub fn appended(reference: &str) -> Line {
    Line::Raw(format!("{{{{- with {reference} }}}}\n{{{{- toYaml . | nindent {COLUMNS} }}}}\n{{{{- end }}}}"))
}
