//! Edits by byte span: comments, quotes and all other bytes stay.
//!
//! Every edit is verified: the new text is parsed again, and its tree must be the old one but for the place of the edit; else there is no
//! edit and nothing is lost.

mod place;
mod quote;

use super::node::{Entry, Node, NodeKind, Scalar, ScalarStyle};
use super::scalar;
use crate::diag::{Sink, SourceMap, Span};
use crate::model::{FieldPath, Segment};

/// A scalar to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewScalar {
    text: String,
    is_text: bool,
}

impl NewScalar {
    /// Text, whatever it looks like: quoted where it would read as something else.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_text: true }
    }

    /// What the text is when it is written without quotes: a number, a boolean, null, else text.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        let is_text = scalar::resolve(&text) == Scalar::Text;
        Self { text, is_text }
    }

    fn scalar(&self) -> Scalar {
        if self.is_text { Scalar::Text } else { scalar::resolve(&self.text) }
    }
}

/// What a scalar, or what is missing, becomes.
#[derive(Debug, Clone, Copy)]
enum NewValue<'a> {
    Scalar(&'a NewScalar),
    /// A list in brackets.
    List(&'a [NewScalar]),
}

impl NewValue<'_> {
    fn node(self, span: Span) -> Node {
        match self {
            Self::Scalar(value) => scalar_node(value, span),
            Self::List(values) => {
                let elements = values.iter().map(|value| scalar_node(value, span)).collect();
                Node { kind: NodeKind::List(elements), span }
            }
        }
    }
}

/// Why there is no edit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file is not valid as it is.
    #[error("the file is not valid as it is: fix it first")]
    Invalid,
    /// The path is empty, or has parts that are no keys or indices.
    #[error("`{0}` is no path of keys")]
    Path(FieldPath),
    /// There is nothing at the path.
    #[error("there is no `{0}`")]
    NotFound(FieldPath),
    /// A value of the path is neither a mapping nor a list.
    #[error("`{path}` is {found}, and nothing can stand below it")]
    NotBelow {
        /// The path of the value.
        path: FieldPath,
        /// What it is.
        found: &'static str,
    },
    /// What is to be replaced is no scalar.
    #[error("`{path}` is {found}, not a single value")]
    NotScalar {
        /// The path.
        path: FieldPath,
        /// What it is.
        found: &'static str,
    },
    /// The edit would change something else too, or not do what it should.
    #[error("`{0}` cannot be changed without changing something else: edit the file by hand")]
    Unsafe(FieldPath),
}

/// Sets the scalar at a path, or adds the keys that are missing. The quotes stay as they are where they can.
///
/// # Errors
/// See [`EditError`].
pub fn set(text: &str, path: &FieldPath, value: &NewScalar) -> Result<String, EditError> {
    put(text, path, NewValue::Scalar(value))
}

/// Makes the list at a path hold these scalars, or adds it with the keys that are missing. Elements are set, added at the end and removed
/// from there, so that comments beside those that stay are kept.
///
/// # Errors
/// See [`EditError`].
pub fn set_list(text: &str, path: &FieldPath, values: &[NewScalar]) -> Result<String, EditError> {
    let (root, _) = read(text).ok_or(EditError::Invalid)?;
    let steps = keys(path)?;
    let Some(NodeKind::List(elements)) = at(&root, &steps).map(|node| &node.kind) else {
        return put(text, path, NewValue::List(values));
    };
    let element = |index| path.join(Segment::Index(index));
    let mut text = text.to_owned();
    for index in (values.len()..elements.len()).rev() {
        text = remove(&text, &element(index))?;
    }
    for (index, value) in values.iter().enumerate() {
        text = match elements.get(index) {
            Some(before) if same(before, &scalar_node(value, before.span)) => text,
            Some(_) => set(&text, &element(index), value)?,
            None => append(&text, path, value)?,
        };
    }
    Ok(text)
}

/// Removes the entry or the element of a list at a path; its mapping or list stays, and may be empty then.
///
/// # Errors
/// See [`EditError`].
pub fn remove(text: &str, path: &FieldPath) -> Result<String, EditError> {
    let (root, _) = read(text).ok_or(EditError::Invalid)?;
    let keys = keys(path)?;
    let place = place::find(&root, &keys, path)?;
    let edited = place.remove(text).ok_or_else(|| EditError::NotFound(path.clone()))?;
    let expected = expected(root, &keys, None).ok_or_else(|| EditError::Unsafe(path.clone()))?;
    verified(edited, &expected, path)
}

/// What stands at a path of a text (the empty one is all of it), where something does, and the texts that its span points into.
pub fn find(text: &str, path: &FieldPath) -> Option<(Node, SourceMap)> {
    let (root, sources) = read(text)?;
    let steps = if path.0.is_empty() { Vec::new() } else { keys(path).ok()? };
    let found = at(&root, &steps)?.clone();
    Some((found, sources))
}

fn put(text: &str, path: &FieldPath, value: NewValue<'_>) -> Result<String, EditError> {
    let (root, _) = read(text).ok_or(EditError::Invalid)?;
    let keys = keys(path)?;
    let place = place::find(&root, &keys, path)?;
    let edited = place.set(text, value, path)?;
    let expected = expected(root, &keys, Some(value)).ok_or_else(|| EditError::Unsafe(path.clone()))?;
    verified(edited, &expected, path)
}

/// Adds an element at the end of the list at a path.
fn append(text: &str, path: &FieldPath, value: &NewScalar) -> Result<String, EditError> {
    let (mut root, _) = read(text).ok_or(EditError::Invalid)?;
    let steps = keys(path)?;
    let unsafe_edit = || EditError::Unsafe(path.clone());
    let edited = at(&root, &steps).and_then(|list| place::append(text, list, value)).ok_or_else(unsafe_edit)?;
    let list = at_mut(&mut root, &steps).ok_or_else(unsafe_edit)?;
    let element = scalar_node(value, list.span);
    let NodeKind::List(elements) = &mut list.kind else { return Err(unsafe_edit()) };
    elements.push(element);
    verified(edited, &root, path)
}

/// The node at the end of a path, where there is one.
fn at<'n>(root: &'n Node, steps: &[Step<'_>]) -> Option<&'n Node> {
    steps.iter().try_fold(root, |node, step| match *step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.elements().get(index),
    })
}

fn at_mut<'n>(root: &'n mut Node, steps: &[Step<'_>]) -> Option<&'n mut Node> {
    steps.iter().try_fold(root, |node, step| match (&mut node.kind, *step) {
        (NodeKind::Map(entries), Step::Key(key)) => {
            entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
        }
        (NodeKind::List(elements), Step::Index(index)) => elements.get_mut(index),
        _ => None,
    })
}

fn read(text: &str) -> Option<(Node, SourceMap)> {
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let file = sources.add("", text);
    let node = super::parse(file, &sources, &mut sink)?;
    (!sink.has_errors()).then_some((node, sources))
}

/// A step of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

fn keys(path: &FieldPath) -> Result<Vec<Step<'_>>, EditError> {
    let step = |segment| match segment {
        &Segment::Index(index) => Some(Step::Index(index)),
        Segment::Key(key) | Segment::Entry(key) => Some(Step::Key(key)),
        _ => None,
    };
    let steps: Option<Vec<_>> = path.0.iter().map(step).collect();
    steps.filter(|steps| !steps.is_empty()).ok_or_else(|| EditError::Path(path.clone()))
}

fn verified(edited: String, expected: &Node, path: &FieldPath) -> Result<String, EditError> {
    match read(&edited) {
        Some((found, _)) if same(&found, expected) => Ok(edited),
        _ => Err(EditError::Unsafe(path.clone())),
    }
}

/// Whether two trees say the same, wherever and however they are written.
fn same(left: &Node, right: &Node) -> bool {
    match (&left.kind, &right.kind) {
        (NodeKind::Map(left), NodeKind::Map(right)) => {
            let equal = |(a, b): (&Entry, &Entry)| a.key == b.key && same(&a.value, &b.value);
            left.len() == right.len() && left.iter().zip(right).all(equal)
        }
        (NodeKind::List(left), NodeKind::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(a, b))
        }
        (NodeKind::Scalar { scalar: Scalar::Null, .. }, NodeKind::Scalar { scalar: Scalar::Null, .. }) => true,
        (NodeKind::Scalar { text: a, scalar: x, .. }, NodeKind::Scalar { text: b, scalar: y, .. }) => a == b && x == y,
        _ => false,
    }
}

/// The tree after the edit; without a value the entry or element is removed.
fn expected(node: Node, steps: &[Step<'_>], value: Option<NewValue<'_>>) -> Option<Node> {
    let span = node.span;
    let Some((step, rest)) = steps.split_first() else { return Some(value?.node(span)) };
    let kind = match (node.kind, *step) {
        (NodeKind::List(mut elements), Step::Index(index)) if rest.is_empty() && value.is_none() => {
            elements.get(index)?;
            elements.remove(index);
            NodeKind::List(elements)
        }
        (NodeKind::List(mut elements), Step::Index(index)) => {
            let element = elements.get_mut(index)?;
            *element = expected(element.clone(), rest, value)?;
            NodeKind::List(elements)
        }
        (NodeKind::Map(entries), Step::Key(key)) => NodeKind::Map(expected_entries(entries, key, rest, value, span)?),
        (NodeKind::Scalar { scalar: Scalar::Null, .. }, Step::Key(key)) => {
            NodeKind::Map(expected_entries(Vec::new(), key, rest, value, span)?)
        }
        _ => return None,
    };
    Some(Node { kind, span })
}

fn expected_entries(
    mut entries: Vec<Entry>,
    key: &str,
    rest: &[Step<'_>],
    value: Option<NewValue<'_>>,
    span: Span,
) -> Option<Vec<Entry>> {
    let Some(at) = entries.iter().position(|entry| entry.key == key) else {
        let null = NodeKind::Scalar { text: String::new(), style: ScalarStyle::Plain, scalar: Scalar::Null };
        let below = expected(Node { kind: null, span }, rest, Some(value?))?;
        entries.push(Entry { key: key.into(), key_span: span, value: below });
        return Some(entries);
    };
    if rest.is_empty() && value.is_none() {
        entries.remove(at);
    } else {
        entries[at].value = expected(entries[at].value.clone(), rest, value)?;
    }
    Some(entries)
}

fn scalar_node(value: &NewScalar, span: Span) -> Node {
    let kind = NodeKind::Scalar { text: value.text.clone(), style: ScalarStyle::Plain, scalar: value.scalar() };
    Node { kind, span }
}

#[cfg(test)]
mod tests;
