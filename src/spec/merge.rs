//! The merge rule, the only one: maps merge, lists and scalars replace, null removes.

use super::node::{Entry, Node, NodeKind};
use indexmap::IndexMap;

/// Merges `over` into `base`. Keys keep the order of the base, new ones follow. A null in `over` removes what stands under its key; what
/// is left never holds a null that removed nothing. Spans stay those of the file that each node comes from.
pub fn merge(base: Node, over: Node) -> Node {
    merge_stripped(strip(base), over)
}

fn merge_stripped(base: Node, over: Node) -> Node {
    match (base.kind, over.kind) {
        (NodeKind::Map(below), NodeKind::Map(above)) => {
            Node { kind: NodeKind::Map(merge_entries(below, above)), span: over.span }
        }
        (_, kind) => strip(Node { kind, span: over.span }),
    }
}

fn merge_entries(below: Vec<Entry>, above: Vec<Entry>) -> Vec<Entry> {
    let mut merged: IndexMap<String, Option<Entry>> =
        below.into_iter().map(|entry| (entry.key.clone(), Some(entry))).collect();
    for entry in above {
        let slot = merged.entry(entry.key.clone()).or_default();
        *slot = match slot.take() {
            _ if entry.value.is_null() => None,
            Some(known) => Some(Entry { value: merge_stripped(known.value, entry.value), ..entry }),
            None => Some(Entry { value: strip(entry.value), ..entry }),
        };
    }
    merged.into_values().flatten().collect()
}

/// Without the entries that are null: there is nothing that they could remove. Lists are values, and keep theirs.
pub fn strip(node: Node) -> Node {
    let NodeKind::Map(entries) = node.kind else { return node };
    let kept = entries.into_iter().filter(|entry| !entry.value.is_null());
    let kept = kept.map(|entry| Entry { value: strip(entry.value), ..entry });
    Node { kind: NodeKind::Map(kept.collect()), span: node.span }
}

#[cfg(test)]
mod tests {
    use super::super::parse::tests::{parsed, print};
    use super::*;

    #[test]
    fn maps_merge_lists_and_scalars_replace_null_removes() {
        let cases = [
            ("a: 1\nb: 2\n", "c: 3\na: 4\n", "{a: 4, b: 2, c: 3}"),
            ("a: {x: 1, y: 2}\n", "a: {y: null, z: 3}\n", "{a: {x: 1, z: 3}}"),
            ("a: [1, 2]\n", "a: [3]\n", "{a: [3]}"),
            ("a: {x: 1}\n", "a: 1\n", "{a: 1}"),
            ("a: 1\n", "a: {x: 1, y: ~}\n", "{a: {x: 1}}"),
            ("a: {x: ~, y: 1}\n", "b: {z: }\n", "{a: {y: 1}, b: {}}"),
            ("a: 1\nb: 1\n", "a: \n", "{b: 1}"),
            ("a: {x: 1}\n", "a: {}\n", "{a: {x: 1}}"),
            ("a: [~]\n", "b: [{c: ~}]\n", "{a: [~], b: [{c: ~}]}"),
        ];
        for (base, over, expected) in cases {
            assert_eq!(print(&merge(parsed(base), parsed(over))), expected, "{base} {over}");
        }
    }
}
