//! Types as reference pages.

use crate::spec::node::{Node, NodeKind, Scalar};

/// A node in one line of flow style, for defaults.
pub fn flow(node: &Node) -> String {
    match &node.kind {
        NodeKind::Map(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|entry| format!("{}: {}", entry.key, flow(&entry.value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        NodeKind::List(elements) => format!("[{}]", elements.iter().map(flow).collect::<Vec<_>>().join(", ")),
        NodeKind::Scalar { scalar: Scalar::Null, .. } => "null".into(),
        NodeKind::Scalar { text, scalar, .. } => {
            let plain = *scalar != Scalar::Text || crate::spec::scalar::resolve(text) == Scalar::Text;
            if plain && !text.is_empty() { text.clone() } else { format!("{text:?}") }
        }
    }
}
