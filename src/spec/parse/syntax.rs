//! What a syntax error means, where it is, and where to read on; where a scalar really starts and ends.

use super::super::node::ScalarStyle;
use crate::diag::{Code, code};
use granit_parser::{ErrorKind, ScalarStyle as Style};
use std::ops::Range;

/// A syntax error in our words.
pub struct Explained {
    pub code: Code,
    pub range: Range<usize>,
    pub message: String,
    pub help: Option<&'static str>,
}

/// Explains an error at a byte; `last` is where the last token ended, `open` the outermost open bracket.
pub fn explain(kind: &ErrorKind, text: &str, at: usize, last: usize, open: Option<usize>) -> Explained {
    let range = character(text, at);
    let explained = |code, range, message: &str, help| Explained { code, range, message: message.into(), help };
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => {
            let range = tab_near(text, at).unwrap_or(range);
            explained(code::TAB, range, "a tab stands where YAML wants spaces", Some("indent with spaces"))
        }
        ErrorKind::RecursionLimitExceeded => {
            let message = format!("collections are nested more than {} levels deep", super::MAX_DEPTH);
            explained(code::TOO_DEEP, range, &message, Some("flatten the structure"))
        }
        ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::UnclosedQuotedScalar
        | ErrorKind::DocumentIndicatorInQuotedScalar => {
            let range = opening_quote(text, last).unwrap_or(range);
            explained(code::YAML_SYNTAX, range, "this quote is not closed", Some("close it with the same quote"))
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            let opening = opening_quote(text, last)
                .filter(|quote| text.get(quote.start..at).is_some_and(|text| text.contains('\n')));
            match opening {
                Some(quote) => explained(
                    code::YAML_SYNTAX,
                    quote,
                    "this quote is closed on another line only",
                    Some("close it where the text ends"),
                ),
                None => explained(
                    code::YAML_SYNTAX,
                    range,
                    "text stands behind a closing quote",
                    Some("quote all of the value, or escape the quote in it"),
                ),
            }
        }
        _ => {
            let (message, help) = words(kind, text, at, open.is_some());
            Explained { code: code::YAML_SYNTAX, range, message, help }
        }
    }
}

fn words(kind: &ErrorKind, text: &str, at: usize, in_flow: bool) -> (String, Option<&'static str>) {
    let quote = Some("quote the value");
    let (message, help) = match kind {
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => ("this bracket is not closed", Some("close it")),
        ErrorKind::MisplacedFlowCollectionEnd => {
            ("a bracket is closed that was never opened", Some("remove it, or quote it"))
        }
        ErrorKind::MismatchedFlowCollectionEnd { .. } => ("a bracket is closed with the wrong one", None),
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => (
            "a `,` or a closing bracket is expected here",
            if starts_reference(text, at) { Some("quote a value with `${...}` inside brackets") } else { None },
        ),
        ErrorKind::MappingValueNotAllowed => {
            ("a `:` cannot stand here", Some("quote the value if the `:` is part of it"))
        }
        ErrorKind::InvalidColonPlacement if in_flow => {
            ("a `:` cannot stand here", Some("close the bracket before the next key"))
        }
        ErrorKind::SimpleKeyExpected => ("a key is expected here, with a `:` behind it", Some("write `key: value`")),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => (
            "a key is expected here; the indentation fits no mapping above",
            Some("align the keys of one mapping in one column"),
        ),
        ErrorKind::ExpectedBlockSequenceEntry => {
            ("a `- ` is expected here; a list and a mapping cannot be mixed", None)
        }
        ErrorKind::UnexpectedCharacter { .. } | ErrorKind::PlainScalarStartsWithDashFlowIndicator => {
            ("a value without quotes cannot start with this character", quote)
        }
        ErrorKind::UnknownQuotedScalarEscape => (
            "this text has a `\\` that escapes nothing",
            Some("write `\\\\`, or use single quotes, where a `\\` is a plain character"),
        ),
        ErrorKind::CommentNotSeparated => {
            ("a `#` without a space before it", Some("put a space before it, or quote the value"))
        }
        other => return (format!("invalid YAML: {other}"), None),
    };
    (message.into(), help)
}

fn starts_reference(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.ends_with('$'))
        && text.get(at..).is_some_and(|rest| rest.starts_with('{'))
}

/// The character at a byte, or nothing at the end of its line.
fn character(text: &str, at: usize) -> Range<usize> {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let next = text[at..].chars().next().filter(|next| !matches!(next, '\n' | '\r'));
    at..at + next.map_or(0, char::len_utf8)
}

/// The first tab in the indentation of the byte's line or one below, else the first tab from that line on.
fn tab_near(text: &str, at: usize) -> Option<Range<usize>> {
    let at = character(text, at).start;
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let mut start = line_start;
    for line in text[line_start..].split_inclusive('\n') {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line[..indentation].find('\t') {
            return Some(start + tab..start + tab + 1);
        }
        start += line.len();
    }
    let tab = line_start + text[line_start..].find('\t')?;
    Some(tab..tab + 1)
}

/// Where a block list starts that is the value of a key: at its first dash, also where that stands in the column of the key.
pub fn first_dash(text: &str, start: usize) -> usize {
    let before = text.get(..start).unwrap_or("");
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let prefix = &before[line_start..];
    if prefix.trim() == "-" { line_start + prefix.len() - prefix.trim_start().len() } else { start }
}

fn opening_quote(text: &str, last: usize) -> Option<Range<usize>> {
    let quote = last + text.get(last..)?.find(['"', '\''])?;
    Some(quote..quote + 1)
}

/// The start of the first line after the one of `start` that begins with a key in the first column.
pub fn resume(text: &str, start: usize) -> Option<usize> {
    let start = character(text, start).start;
    let mut at = start + text[start..].find('\n')? + 1;
    loop {
        let line = text[at..].split('\n').next().unwrap_or("");
        if starts_with_key(line) {
            return Some(at);
        }
        at += line.len() + 1;
        if at >= text.len() {
            return None;
        }
    }
}

fn starts_with_key(line: &str) -> bool {
    let Some((key, rest)) = line.split_once(':') else { return false };
    let word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key.chars().all(word)
        && (rest.trim_end().is_empty() || rest.starts_with(' '))
}

/// The style of a scalar, and its bytes: a missing value stands behind its colon or dash, a block scalar starts with its header.
/// `last` is where the token before it ended.
pub fn extent(text: &str, style: Style, range: Range<usize>, last: usize) -> (ScalarStyle, Range<usize>) {
    match style {
        Style::Plain if range.is_empty() => (ScalarStyle::Plain, missing(text, range.start)),
        Style::SingleQuoted => (ScalarStyle::SingleQuoted, range),
        Style::DoubleQuoted => (ScalarStyle::DoubleQuoted, range),
        Style::Literal => (ScalarStyle::Literal, block(text, '|', range, last)),
        Style::Folded => (ScalarStyle::Folded, block(text, '>', range, last)),
        Style::Plain => (ScalarStyle::Plain, range),
    }
}

fn missing(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(at..).unwrap_or("");
    let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let at = if rest[spaces..].starts_with(':') { at + spaces + 1 } else { at };
    at..at
}

fn block(text: &str, header: char, range: Range<usize>, last: usize) -> Range<usize> {
    let content_start = range.start.max(last);
    let found = text.get(last..content_start).and_then(|between| between.find(header)).map(|at| last + at);
    let start = found.unwrap_or(range.start);
    let content = text.get(start..range.end).unwrap_or("");
    start..start + content.trim_end_matches(['\n', '\r', ' ', '\t']).len()
}
