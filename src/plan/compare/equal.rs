//! When two values of one field are equal.

use crate::model::Tree;
use crate::model::quantity::{parse_bytes, parse_cpu_millis, parse_nanoseconds};
use crate::plan::table::CompareKind;

/// Whether two values are equal under a kind of compare.
pub(super) fn equal(kind: CompareKind, a: Option<&Tree>, b: Option<&Tree>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return a.is_none() && b.is_none() };
    if a == b {
        return true;
    }
    match kind {
        CompareKind::Bytes => same_quantity(a, b, parse_bytes),
        CompareKind::Cpu => same_quantity(a, b, parse_cpu_millis),
        CompareKind::Duration => same_quantity(a, b, parse_nanoseconds),
        CompareKind::Set => same_elements(a, b, true),
        CompareKind::Unordered => same_elements(a, b, false),
        _ => false,
    }
}

fn same_quantity<T: PartialEq>(a: &Tree, b: &Tree, parse: impl Fn(&str) -> Option<T>) -> bool {
    let quantity = |tree: &Tree| tree.scalar_text().and_then(|text| parse(&text));
    quantity(a).is_some_and(|a| Some(a) == quantity(b))
}

fn same_elements(a: &Tree, b: &Tree, each_once: bool) -> bool {
    let elements = |tree: &Tree| {
        let mut texts: Vec<String> = tree.as_list()?.iter().map(canonical).collect();
        texts.sort_unstable();
        if each_once {
            texts.dedup();
        }
        Some(texts)
    };
    elements(a).is_some_and(|a| Some(a) == elements(b))
}

/// One text for equal trees, whatever the order of their maps.
fn canonical(tree: &Tree) -> String {
    match tree {
        Tree::List(list) => format!("[{}]", list.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Tree::Map(map) => {
            let mut entries: Vec<_> = map.iter().map(|(key, value)| format!("{key:?}:{}", canonical(value))).collect();
            entries.sort_unstable();
            format!("{{{}}}", entries.join(","))
        }
        other => format!("{other:?}"),
    }
}
