//! Where an edit goes, and what the text is after it.

use super::{EditError, NewScalar, NewValue, Step, quote};
use crate::diag::Span;
use crate::model::FieldPath;
use crate::spec::node::{Entry, Node, NodeKind, ScalarStyle};
use std::ops::Range;

/// The deepest node of a path that there is.
pub struct Place<'a> {
    node: &'a Node,
    /// The entry that it is the value of, and the mapping of that.
    entry: Option<(&'a Node, &'a Entry)>,
    /// The list that it is an element of, and its number.
    element: Option<(&'a Node, usize)>,
    /// What of the path there is not.
    missing: Vec<&'a str>,
    /// Whether a bracket is around it.
    in_flow: bool,
}

/// Walks a path as far as it goes.
pub fn find<'a>(root: &'a Node, steps: &[Step<'a>], path: &FieldPath) -> Result<Place<'a>, EditError> {
    let mut place = Place { node: root, entry: None, element: None, missing: Vec::new(), in_flow: false };
    for (at, step) in steps.iter().enumerate() {
        let so_far = || FieldPath(path.0[..at].to_vec());
        match (*step, &place.node.kind) {
            (Step::Key(key), _) if !place.missing.is_empty() => place.missing.push(key),
            (Step::Key(key), NodeKind::Map(entries)) => match entries.iter().find(|entry| entry.key == key) {
                Some(entry) => {
                    place.in_flow |= is_flow(place.node);
                    let entry_of = Some((place.node, entry));
                    place = Place { node: &entry.value, entry: entry_of, element: None, ..place };
                }
                None => place.missing.push(key),
            },
            (Step::Key(key), _) if place.node.is_null() => place.missing.push(key),
            (Step::Index(index), NodeKind::List(elements)) if place.missing.is_empty() => {
                let element = elements.get(index).ok_or_else(|| EditError::NotFound(path.clone()))?;
                place.in_flow |= is_flow(place.node);
                let element_of = Some((place.node, index));
                place = Place { node: element, entry: None, element: element_of, ..place };
            }
            (Step::Index(_), _) if !place.missing.is_empty() || place.node.is_null() => {
                return Err(EditError::NotFound(path.clone()));
            }
            _ => return Err(EditError::NotBelow { path: so_far(), found: place.node.kind_name() }),
        }
    }
    Ok(place)
}

/// Whether a collection stands in brackets, as far as it shows without its text: it starts before its first key then. A block list starts
/// before its first element too, so that a list never counts; what is below one in brackets is written as for brackets anyway.
fn is_flow(node: &Node) -> bool {
    let NodeKind::Map(entries) = &node.kind else { return false };
    entries.first().is_none_or(|first| node.span.start < first.key_span.start)
}

fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

fn splice(text: &str, range: Range<usize>, new: &str) -> Option<String> {
    Some([text.get(..range.start)?, new, text.get(range.end..)?].concat())
}

impl Place<'_> {
    /// The text with the value set.
    pub fn set(&self, text: &str, value: NewValue<'_>, path: &FieldPath) -> Result<String, EditError> {
        let edited = if self.missing.is_empty() { self.replace(text, value, path)? } else { self.insert(text, value) };
        edited.ok_or_else(|| EditError::Unsafe(path.clone()))
    }

    fn flow(&self, text: &str) -> bool {
        self.in_flow || text.get(range(self.node.span)).is_some_and(|text| text.starts_with(['{', '[']))
    }

    fn replace(&self, text: &str, value: NewValue<'_>, path: &FieldPath) -> Result<Option<String>, EditError> {
        let NodeKind::Scalar { style, .. } = &self.node.kind else {
            return Err(EditError::NotScalar { path: path.clone(), found: self.node.kind_name() });
        };
        let style =
            if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) { ScalarStyle::Plain } else { *style };
        // Inside a list in brackets one cannot tell cheaply; quoting for flow is right in both.
        let new = written(value, style, self.in_flow || self.entry.is_none());
        let range = range(self.node.span);
        if !range.is_empty() {
            return Ok(splice(text, range, &new));
        }
        let before = text.get(..range.start).unwrap_or("");
        let separator = if before.ends_with([':', '-']) { " " } else { ": " };
        Ok(splice(text, range, &format!("{separator}{new}")))
    }

    fn insert(&self, text: &str, value: NewValue<'_>) -> Option<String> {
        if self.flow(text) {
            return self.insert_flow(text, value);
        }
        let (column, end) = match &self.node.kind {
            NodeKind::Map(entries) => {
                let last = entries.last()?;
                (column(text, entries.first()?.key_span), last.value.span.end.max(last.key_span.end))
            }
            _ if self.node.span.start == self.node.span.end => {
                (column(text, self.entry?.1.key_span) + 2, self.node.span.end)
            }
            _ => return splice(text, range(self.node.span), &self.flow_text(value)),
        };
        let end = end_of_line(text, end as usize);
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        splice(text, end..end, &format!("{newline}{}", self.block_text(value, column, newline)))
    }

    fn block_text(&self, value: NewValue<'_>, column: usize, newline: &str) -> String {
        let last = self.missing.len() - 1;
        let lines = self.missing.iter().enumerate().map(|(depth, key)| {
            let indent = " ".repeat(column + 2 * depth);
            let end =
                if depth == last { format!(" {}", written(value, ScalarStyle::Plain, false)) } else { String::new() };
            format!("{indent}{}:{end}", quote::key(key, false))
        });
        lines.collect::<Vec<_>>().join(newline)
    }

    fn flow_text(&self, value: NewValue<'_>) -> String {
        format!("{{{}}}", self.flow_entry(value))
    }

    fn flow_entry(&self, value: NewValue<'_>) -> String {
        let scalar = written(value, ScalarStyle::Plain, true);
        let mut keys = self.missing.iter().rev();
        let first = keys.next().map(|key| format!("{}: {scalar}", quote::key(key, true))).unwrap_or_default();
        keys.fold(first, |inner, key| format!("{}: {{{inner}}}", quote::key(key, true)))
    }

    fn insert_flow(&self, text: &str, value: NewValue<'_>) -> Option<String> {
        let NodeKind::Map(entries) = &self.node.kind else {
            let range = range(self.node.span);
            let space = if range.is_empty() { " " } else { "" };
            return splice(text, range, &format!("{space}{}", self.flow_text(value)));
        };
        match entries.last() {
            None => splice(text, range(self.node.span), &self.flow_text(value)),
            Some(last) => {
                let end = last.value.span.end.max(last.key_span.end) as usize;
                splice(text, end..end, &format!(", {}", self.flow_entry(value)))
            }
        }
    }

    /// The text without the entry or element. None where there is none.
    pub fn remove(&self, text: &str) -> Option<String> {
        match self.element.filter(|_| self.missing.is_empty()) {
            Some((list, index)) => remove_element(text, list, index),
            None => self.remove_entry(text),
        }
    }

    fn remove_entry(&self, text: &str) -> Option<String> {
        let (map, entry) = self.entry.filter(|_| self.missing.is_empty())?;
        let entries = map.entries();
        let at = entries.iter().position(|other| other.key == entry.key)?;
        let start = entry.key_span.start as usize;
        let end = entry.value.span.end.max(entry.key_span.end) as usize;
        let flow = text.get(range(map.span))?.starts_with('{');
        match (entries.get(at + 1), at.checked_sub(1).and_then(|before| entries.get(before))) {
            (None, None) if flow => splice(text, range(map.span), "{}"),
            (None, None) => splice(text, start..end, "{}"),
            (Some(next), _) if flow => splice(text, start..next.key_span.start as usize, ""),
            (None, Some(before)) if flow => {
                splice(text, before.value.span.end.max(before.key_span.end) as usize..end, "")
            }
            (next, _) => {
                let line_start = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
                if text[line_start..start].trim().is_empty() {
                    let end = end_of_line(text, end);
                    return splice(text, line_start..next_line(text, end), "");
                }
                // The first key stands behind a dash, which stays.
                splice(text, start..next?.key_span.start as usize, "")
            }
        }
    }
}

/// The text without an element of a list.
fn remove_element(text: &str, list: &Node, index: usize) -> Option<String> {
    let elements = list.elements();
    let span = |index: usize| elements.get(index).map(|element| range(element.span));
    let removed = span(index)?;
    let (before, next) = (index.checked_sub(1).and_then(span), span(index + 1));
    if text.get(range(list.span))?.starts_with('[') {
        return match (before, next) {
            (_, Some(next)) => splice(text, removed.start..next.start, ""),
            (Some(before), None) => splice(text, before.end..removed.end, ""),
            (None, None) => splice(text, range(list.span), "[]"),
        };
    }
    let dash = dash_before(text, removed.start)?;
    if before.is_none() && next.is_none() {
        return splice(text, dash..removed.end, "[]");
    }
    let line_start = text.get(..dash)?.rfind('\n').map_or(0, |newline| newline + 1);
    if text[line_start..dash].trim().is_empty() {
        let end = end_of_line(text, removed.end);
        return splice(text, line_start..next_line(text, end), "");
    }
    // The first element stands behind the dash of the list around it, which stays.
    splice(text, dash..dash_before(text, next?.start)?, "")
}

/// The text with an element more at the end of a list.
pub fn append(text: &str, list: &Node, value: &NewScalar) -> Option<String> {
    let value = NewValue::Scalar(value);
    let in_brackets = text.get(range(list.span))?.starts_with('[');
    match list.elements().last() {
        None => splice(text, range(list.span), &format!("[{}]", written(value, ScalarStyle::Plain, true))),
        Some(last) if in_brackets => {
            let end = last.span.end as usize;
            splice(text, end..end, &format!(", {}", written(value, ScalarStyle::Plain, true)))
        }
        Some(last) => {
            let dash = u32::try_from(dash_before(text, last.span.start as usize)?).ok()?;
            let indent = " ".repeat(column(text, Span { start: dash, ..last.span }));
            let end = end_of_line(text, last.span.end as usize);
            let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
            splice(text, end..end, &format!("{newline}{indent}- {}", written(value, ScalarStyle::Plain, false)))
        }
    }
}

/// The dash of a list's element on its own line.
fn dash_before(text: &str, element: usize) -> Option<usize> {
    let before = text.get(..element)?.trim_end_matches([' ', '\t']);
    before.ends_with('-').then(|| before.len() - 1)
}

/// A value as it is written; a list in brackets.
fn written(value: NewValue<'_>, style: ScalarStyle, in_flow: bool) -> String {
    match value {
        NewValue::Scalar(value) => quote::scalar(value, style, in_flow),
        NewValue::List(values) => {
            let values: Vec<_> = values.iter().map(|value| quote::scalar(value, ScalarStyle::Plain, true)).collect();
            format!("[{}]", values.join(", "))
        }
    }
}

/// How many columns stand before a span on its line.
fn column(text: &str, span: Span) -> usize {
    let before = text.get(..span.start as usize).unwrap_or("");
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    line.trim_start_matches('\u{feff}').chars().count()
}

/// The end of the line, before its line break.
fn end_of_line(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or("");
    let line = rest.split('\n').next().unwrap_or("");
    from + line.trim_end_matches('\r').len()
}

fn next_line(text: &str, end: usize) -> usize {
    text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| end + newline + 1)
}
