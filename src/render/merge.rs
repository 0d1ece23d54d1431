//! Structured merges over lowered objects: what modules bring for one target, and what users patch.
//!
//! One rule: maps merge, lists and scalars replace, null removes. A key may be a field path segment: `containers[name=redis]` is that
//! element of the list, appended where it is absent. It is used literally where the map already has that very key.

use crate::diag::{Diagnostic, PATCH_OF_IDENTITY, PATCH_SHAPE, PATCH_WITHOUT_MATCH, Sink, Span, did_you_mean};
use crate::model::{Component, FieldPath, Segment, Tree, glob};
use indexmap::IndexMap;

/// A place that no patch may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// A glob over objects.
    pub objects: &'static str,
    /// Map keys from the object's root, each a glob; elements of lists are not counted.
    pub path: &'static [&'static str],
}

/// What cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is no list whose elements have a `{key}`")]
pub struct MergeShape {
    /// The path of the key.
    pub path: FieldPath,
    /// What elements are known by.
    pub key: String,
}

/// Merges `patch` over `base`.
pub fn merge(base: &mut Tree, patch: &Tree) -> Result<(), MergeShape> {
    merge_at(base, patch, &FieldPath::default())
}

/// Merges what the component's module and then its user say about lowered objects of the target `kind`.
///
/// `objects` are the lowered objects that the component may patch, by the name that globs match; `separator` ends a segment of such a
/// name. An object that the module names and that is not there is added. Returns the names of the objects that were changed or added.
pub fn merge_component(
    component: &Component,
    kind: &str,
    objects: &mut IndexMap<String, Tree>,
    separator: char,
    guards: &[Guard],
    sink: &mut Sink,
) -> Vec<String> {
    let mut changed = Vec::new();
    for (name, object) in component.overrides.get(kind).into_iter().flatten() {
        let base = objects.entry(name.clone()).or_insert_with(Tree::map);
        if let Err(error) = merge(base, object) {
            sink.push(Diagnostic::error(PATCH_SHAPE, component.module_span, format!("{name}: {error}")));
        }
        changed.push(name.clone());
    }
    for patch in component.patches.get(kind).into_iter().flatten() {
        let matches = |name: &&String| glob::matches(&patch.objects, name, separator);
        let names: Vec<String> = objects.keys().filter(matches).cloned().collect();
        if names.is_empty() {
            sink.push(no_match(&patch.objects, patch.span, objects));
        }
        for name in names {
            if let Some(path) = guarded(&name, &patch.merge, separator, guards) {
                let message = format!("`{path}` of `{name}` is what it is known by, and cannot be patched");
                sink.push(Diagnostic::error(PATCH_OF_IDENTITY, patch.span, message));
            } else if let Some(Err(error)) = objects.get_mut(&name).map(|object| merge(object, &patch.merge)) {
                sink.push(Diagnostic::error(PATCH_SHAPE, patch.span, format!("{name}: {error}")));
            }
            changed.push(name);
        }
    }
    changed.dedup();
    changed
}

/// Merges the same over one more instance of an object that [`merge_component`] was told of: what is refused there is left out here.
pub fn merge_instance(
    component: &Component,
    kind: &str,
    name: &str,
    object: &mut Tree,
    separator: char,
    guards: &[Guard],
) {
    let overrides = component.overrides.get(kind).and_then(|objects| objects.get(name)).into_iter();
    let patches = component.patches.get(kind).into_iter().flatten();
    let patches = patches.filter(|patch| glob::matches(&patch.objects, name, separator)).map(|patch| &patch.merge);
    for merged in overrides.chain(patches.filter(|patch| guarded(name, patch, separator, guards).is_none())) {
        // What does not fit was reported for the first instance.
        let _ = merge(object, merged);
    }
}

fn no_match(wanted: &str, span: Span, objects: &IndexMap<String, Tree>) -> Diagnostic {
    const LISTED: usize = 12;
    let diagnostic =
        Diagnostic::error(PATCH_WITHOUT_MATCH, span, format!("`{wanted}` matches nothing that is rendered"));
    if let Some(near) = did_you_mean(wanted, objects.keys().map(String::as_str)) {
        return diagnostic.help(format!("did you mean `{near}`?"));
    }
    let names: Vec<_> = objects.keys().take(LISTED).map(|name| format!("`{name}`")).collect();
    let more = if objects.len() > LISTED { ", ..." } else { "" };
    diagnostic.help(format!("there is {}{more}", names.join(", ")))
}

/// The first guarded path that the patch would touch.
fn guarded(name: &str, patch: &Tree, separator: char, guards: &[Guard]) -> Option<FieldPath> {
    let mut guards = guards.iter().filter(|guard| glob::matches(guard.objects, name, separator));
    guards.find_map(|guard| touched(patch, guard.path, &FieldPath::default()))
}

fn touched(patch: &Tree, guard: &[&str], place: &FieldPath) -> Option<FieldPath> {
    let [first, rest @ ..] = guard else { return Some(place.clone()) };
    let Tree::Map(map) = patch else { return Some(place.clone()) };
    map.iter().find_map(|(key, value)| {
        let (name, elements) = split_key(key).unwrap_or((key, Vec::new()));
        let below = elements.into_iter().fold(place.key(name), |path, segment| path.join(segment));
        glob::matches(first, name, '\0').then(|| touched(value, rest, &below)).flatten()
    })
}

fn merge_at(base: &mut Tree, patch: &Tree, at: &FieldPath) -> Result<(), MergeShape> {
    let Tree::Map(entries) = patch else {
        *base = patch.clone();
        return Ok(());
    };
    if base.as_map().is_none() {
        *base = Tree::map();
    }
    for (key, value) in entries {
        let literal = base.get(key).is_some();
        match split_key(key).filter(|_| !literal) {
            Some((name, elements)) => merge_element(base, name, &elements, value, &at.key(name))?,
            None => merge_entry(base, key, value, &at.key(key))?,
        }
    }
    Ok(())
}

fn merge_entry(base: &mut Tree, key: &str, value: &Tree, at: &FieldPath) -> Result<(), MergeShape> {
    let Some(map) = base.as_map_mut() else { return Ok(()) };
    if *value == Tree::Null {
        map.shift_remove(key);
        return Ok(());
    }
    merge_at(map.entry(key.to_owned()).or_default(), value, at)
}

/// `containers[name=redis]` as the key and what follows it; none where it is a key like any other.
fn split_key(key: &str) -> Option<(&str, Vec<Segment>)> {
    let (name, _) = key.split_once('[').filter(|_| key.ends_with(']'))?;
    let path: FieldPath = key.parse().ok()?;
    let elements: Vec<_> = path.0.into_iter().skip(1).collect();
    let keyed = !name.is_empty() && elements.iter().all(|segment| matches!(segment, Segment::Keyed { .. }));
    keyed.then_some((name, elements))
}

fn merge_element(
    base: &mut Tree,
    name: &str,
    elements: &[Segment],
    value: &Tree,
    at: &FieldPath,
) -> Result<(), MergeShape> {
    let Some(map) = base.as_map_mut() else { return Ok(()) };
    let [Segment::Keyed { key, value: wanted }] = elements else {
        let key = elements.iter().map(|segment| FieldPath(vec![segment.clone()]).to_string()).collect();
        return Err(MergeShape { path: at.clone(), key });
    };
    let list = map.entry(name.to_owned()).or_insert_with(|| Tree::List(Vec::new()));
    let Tree::List(list) = list else { return Err(MergeShape { path: at.clone(), key: key.clone() }) };
    let is_wanted = |element: &Tree| element.get(key).is_some_and(|found| is_text(found, wanted));
    let position = list.iter().position(is_wanted);
    let below = at.join(Segment::Keyed { key: key.clone(), value: wanted.clone() });
    match position {
        Some(position) if *value == Tree::Null => drop(list.remove(position)),
        Some(position) => merge_at(&mut list[position], value, &below)?,
        None if *value == Tree::Null => {}
        None => {
            let mut element = Tree::from([(key.as_str(), Tree::text(wanted.clone()))]);
            merge_at(&mut element, value, &below)?;
            list.push(element);
        }
    }
    Ok(())
}

fn is_text(found: &Tree, wanted: &str) -> bool {
    match found {
        Tree::Int(number) => number.to_string() == wanted,
        other => other.as_str() == Some(wanted),
    }
}

#[cfg(test)]
mod tests;
