//! What a rendering writes: a document whose values are YAML by construction, or plain text.

use super::datum::{Datum, Kind};
use crate::diag::Span;
use crate::model::{Part, Value};
use std::fmt::Write as _;
use std::sync::Arc;

/// Before and after the number of a value that stands beside the document; neither can stand in a template.
const MARKS: [char; 2] = ['\u{e000}', '\u{e001}'];
/// Texts longer than this stand beside the document, so that its parser does not walk them.
const LONG: usize = 200;

/// Whether a character is one of the marks.
pub fn is_mark(character: char) -> bool {
    MARKS.contains(&character)
}

/// What a stretch of the output comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The first byte of the output.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The text of the template, or what a user wrote.
    pub source: Span,
    /// Whether the output is the source, byte by byte.
    pub verbatim: bool,
}

/// Text that a template wrote, and where it comes from.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fragment {
    /// The text.
    pub text: String,
    /// Where it comes from, in order, without gaps.
    pub segments: Vec<Segment>,
}

impl Fragment {
    pub(super) fn push(&mut self, text: &str, source: Span, verbatim: bool) {
        let start = self.text.len();
        self.text.push_str(text);
        self.segments.push(Segment { start, end: self.text.len(), source, verbatim });
    }

    /// Where a range of the text comes from.
    pub fn source_of(&self, start: usize, end: usize) -> Option<Span> {
        let at = self.segments.partition_point(|segment| segment.end <= start);
        let segment = self.segments.get(at).or(self.segments.last())?;
        if !segment.verbatim {
            return Some(segment.source);
        }
        let offset = |byte: usize| {
            let byte = byte.clamp(segment.start, segment.end) - segment.start;
            (segment.source.start.saturating_add(u32::try_from(byte).unwrap_or(u32::MAX))).min(segment.source.end)
        };
        Some(Span::new(segment.source.file, offset(start), offset(end.max(start))))
    }
}

/// A finished document: its text, and the values that stand beside it.
#[derive(Debug, Default)]
pub struct Document {
    /// The text and where it comes from.
    pub fragment: Fragment,
    values: Vec<Arc<Value>>,
}

impl Document {
    /// A scalar of the document with the values that its marks stand for; none where marks are cut.
    pub fn value_of(&self, scalar: &str) -> Option<Value> {
        if !scalar.contains(is_mark) {
            return Some(Value::literal(scalar));
        }
        let mut value = Value::default();
        let mut rest = scalar;
        while let Some(at) = rest.find(is_mark) {
            value.push(Part::Literal(rest[..at].to_owned()));
            let tail = rest[at..].strip_prefix(MARKS[0])?;
            let (number, tail) = tail.split_once(MARKS[1])?;
            for part in self.values.get(number.parse::<usize>().ok()?)?.parts() {
                value.push(part.clone());
            }
            rest = tail;
        }
        value.push(Part::Literal(rest.to_owned()));
        Some(value)
    }
}

/// Why a value cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// It has no form as text.
    #[error("{0} cannot be written into a file")]
    NoText(&'static str),
    /// It is not data.
    #[error("{0} cannot be written into the document")]
    NoData(&'static str),
    /// It holds a secret.
    #[error("a secret would be written into a file")]
    Secret(Option<Span>),
    /// What a tool reports after it ran would be written into a file.
    #[error("a value that is known only after an apply would be written into a file")]
    Deferred(Option<Span>),
}

/// Collects the output of one rendering.
#[derive(Debug)]
pub enum Writer {
    /// Values are YAML: JSON scalars and flow collections.
    Document(Document),
    /// Values are their text.
    Text(Value),
}

impl Writer {
    /// An empty writer of the same kind, for a block whose output is captured. Values beside the document stay with it.
    pub fn begin_capture(&mut self) -> Self {
        match self {
            Self::Document(document) => {
                let outer = std::mem::take(&mut document.fragment);
                Self::Document(Document { fragment: outer, values: Vec::new() })
            }
            Self::Text(value) => Self::Text(std::mem::take(value)),
        }
    }

    /// Ends a capture: the output since it began; what was there before is put back.
    pub fn end_capture(&mut self, outer: Self) -> Datum {
        match (self, outer) {
            (Self::Document(document), Self::Document(outer)) => {
                let inner = std::mem::replace(&mut document.fragment, outer.fragment);
                Kind::Fragment(Arc::new(inner)).into()
            }
            (Self::Text(value), Self::Text(outer)) => Datum::value(std::mem::replace(value, outer)),
            (_, _) => Kind::Null.into(),
        }
    }

    /// Writes text of the template.
    pub fn raw(&mut self, text: &str, span: Span) {
        match self {
            Self::Document(document) => document.fragment.push(text, span, true),
            Self::Text(value) => value.push(Part::Literal(text.to_owned())),
        }
    }

    /// Writes a value.
    pub fn emit(&mut self, datum: &Datum, span: Span) -> Result<(), WriteError> {
        match self {
            Self::Document(document) => document.emit(datum, span),
            Self::Text(value) => {
                let emitted = text_of(datum)?;
                for part in emitted.parts() {
                    match part {
                        Part::Secret(_) => return Err(WriteError::Secret(datum.origin)),
                        Part::Deferred { .. } => return Err(WriteError::Deferred(datum.origin)),
                        part => value.push(part.clone()),
                    }
                }
                Ok(())
            }
        }
    }
}

impl Document {
    fn emit(&mut self, datum: &Datum, span: Span) -> Result<(), WriteError> {
        let source = datum.origin.unwrap_or(span);
        match &datum.kind {
            Kind::Null => self.fragment.push("null", source, false),
            Kind::Bool(flag) => self.fragment.push(if *flag { "true" } else { "false" }, source, false),
            Kind::Int(number) => self.fragment.push(&number.to_string(), source, false),
            Kind::Float(number) => self.fragment.push(&format!("{number:?}"), source, false),
            Kind::Text(value) => self.emit_text(value, source),
            Kind::List(list) => {
                self.fragment.push("[", source, false);
                for (at, item) in list.items.iter().enumerate() {
                    self.separate(at, source);
                    self.emit(item, span)?;
                }
                self.fragment.push("]", source, false);
            }
            Kind::Map(map) => {
                self.fragment.push("{", source, false);
                for (at, (key, value)) in map.entries.iter().enumerate() {
                    self.separate(at, source);
                    self.fragment.push(&quoted(key), map.keys.get(key).copied().unwrap_or(source), false);
                    self.fragment.push(": ", source, false);
                    self.emit(value, span)?;
                }
                self.fragment.push("}", source, false);
            }
            Kind::Fragment(fragment) => self.emit_fragment(fragment),
            Kind::Macro(_) | Kind::Namespace(_) => return Err(WriteError::NoData(datum.kind_name())),
        }
        Ok(())
    }

    fn separate(&mut self, at: usize, source: Span) {
        if at > 0 {
            self.fragment.push(", ", source, false);
        }
    }

    fn emit_text(&mut self, value: &Arc<Value>, source: Span) {
        match value.as_literal() {
            Some(text) if text.len() <= LONG && !text.contains(is_mark) => {
                self.fragment.push(&quoted(text), source, false);
            }
            _ => {
                let [before, after] = MARKS;
                let mark = format!("\"{before}{}{after}\"", self.values.len());
                self.values.push(Arc::clone(value));
                self.fragment.push(&mark, source, false);
            }
        }
    }

    fn emit_fragment(&mut self, fragment: &Fragment) {
        let offset = self.fragment.text.len();
        self.fragment.text.push_str(&fragment.text);
        let moved = fragment.segments.iter();
        let moved = moved.map(|of| Segment { start: of.start + offset, end: of.end + offset, ..*of });
        self.fragment.segments.extend(moved);
    }
}

/// Text as a double-quoted scalar of YAML and JSON alike: everything that is not plainly visible is escaped.
fn quoted(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for character in text.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            '\r' => written.push_str("\\r"),
            character if is_unprintable(character) => {
                let _ = write!(written, "\\u{:04x}", u32::from(character));
            }
            character => written.push(character),
        }
    }
    written.push('"');
    written
}

const fn is_unprintable(character: char) -> bool {
    matches!(character, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A value as text, for files and for joining: `true`, `1`, text.
pub fn text_of(datum: &Datum) -> Result<Value, WriteError> {
    match &datum.kind {
        Kind::Bool(flag) => Ok(Value::literal(if *flag { "true" } else { "false" })),
        Kind::Int(number) => Ok(Value::literal(number.to_string())),
        Kind::Float(number) => Ok(Value::literal(format!("{number:?}"))),
        Kind::Text(value) => Ok((**value).clone()),
        _ => Err(WriteError::NoText(datum.kind_name())),
    }
}
