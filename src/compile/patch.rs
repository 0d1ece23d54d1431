//! Patches of layers, merged. A null within a patch is no removal from the file: it is what removes a field of a lowered object, and stays.

use crate::spec::{Entry, Node, NodeKind};
use std::borrow::Cow;

/// Puts the patches of all layers back into the merged file, with their nulls.
pub fn restore(merged: Node, layers: &[Cow<'_, Node>]) -> Node {
    let of = |name: &str| {
        let mut patch: Option<Node> = None;
        for layer in layers {
            let component = layer.get("components").and_then(|components| components.get(name));
            match component.map(|component| (component.is_null(), component.get("patch"))) {
                Some((true, _)) => patch = None,
                Some((_, Some(over))) if over.is_null() => patch = None,
                Some((_, Some(over))) => patch = Some(merge_keeping_nulls(patch, over, 2)),
                _ => {}
            }
        }
        patch
    };
    map_entry(merged, "components", |components| {
        let NodeKind::Map(entries) = components.kind else { return components };
        let restored = entries.into_iter().map(|entry| {
            let patch = entry.value.get("patch").and_then(|_| of(&entry.key));
            match patch {
                Some(patch) => Entry { value: map_entry(entry.value, "patch", |_| patch.clone()), ..entry },
                None => entry,
            }
        });
        Node { kind: NodeKind::Map(restored.collect()), span: components.span }
    })
}

fn map_entry(node: Node, key: &str, change: impl Fn(Node) -> Node) -> Node {
    let NodeKind::Map(entries) = node.kind else { return node };
    let changed = entries
        .into_iter()
        .map(|entry| if entry.key == key { Entry { value: change(entry.value), ..entry } } else { entry });
    Node { kind: NodeKind::Map(changed.collect()), span: node.span }
}

/// Merges what a layer says over what those below say, where a null is to be kept for what it is merged over later. In the uppermost `levels`
/// (of a patch: kinds of target and globs) a null removes; what is below keeps its nulls.
pub(super) fn merge_keeping_nulls(below: Option<Node>, over: &Node, levels: u32) -> Node {
    let NodeKind::Map(entries) = &over.kind else { return over.clone() };
    let mut merged = match below.map(|below| below.kind) {
        Some(NodeKind::Map(entries)) => entries,
        _ => Vec::new(),
    };
    for entry in entries {
        let at = merged.iter().position(|known| known.key == entry.key);
        if entry.value.is_null() && levels > 0 {
            at.map(|at| merged.remove(at));
            continue;
        }
        let known = at.map(|at| merged[at].value.clone());
        let entry =
            Entry { value: merge_keeping_nulls(known, &entry.value, levels.saturating_sub(1)), ..entry.clone() };
        match at {
            Some(at) => merged[at] = entry,
            None => merged.push(entry),
        }
    }
    Node { kind: NodeKind::Map(merged), span: over.span }
}
