//! All fields of a resource, named as the compare names them.

use crate::model::{FieldPath, Segment, Tree};
use std::collections::BTreeSet;

/// The fields of a body: its scalars and empty collections; of a resource that is text alone, its lines.
pub fn fields(body: &Tree, text: Option<&str>) -> Vec<(FieldPath, Tree)> {
    let mut all = Vec::new();
    match (body, text) {
        (Tree::Null, Some(text)) => {
            all.extend(text.lines().enumerate().map(|(at, line)| (FieldPath::lines(at + 1, at + 1), Tree::text(line))));
        }
        _ => collect(body, &FieldPath::default(), &mut all),
    }
    all
}

fn collect(tree: &Tree, path: &FieldPath, all: &mut Vec<(FieldPath, Tree)>) {
    match tree {
        Tree::Map(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| collect(value, &path.key(key), all));
        }
        Tree::List(list) if !list.is_empty() => {
            let names = names(list);
            for (at, element) in list.iter().enumerate() {
                let keyed = names.as_ref().and_then(|names| names.get(at));
                let segment = match keyed {
                    Some(name) => Segment::Keyed { key: "name".into(), value: name.clone() },
                    None => Segment::Index(at),
                };
                collect(element, &path.join(segment), all);
            }
        }
        _ => all.push((path.clone(), tree.clone())),
    }
}

/// The names of a list's elements, if each has one of its own.
fn names(list: &[Tree]) -> Option<Vec<String>> {
    let names: Vec<String> =
        list.iter().map(|one| one.get("name").and_then(Tree::scalar_text)).collect::<Option<_>>()?;
    let distinct: BTreeSet<&String> = names.iter().collect();
    (distinct.len() == names.len()).then_some(names)
}
