//! Text in Terraform's language.

use super::{Key, Piece};
use std::fmt::Write as _;

/// A quoted template.
pub fn quoted(pieces: &[Piece]) -> String {
    let length: usize = pieces.iter().map(|(Piece::Literal(text) | Piece::Interpolation(text))| text.len() + 8).sum();
    let mut out = String::with_capacity(length);
    out.push('"');
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(text) => {
                let before_expression = matches!(pieces.get(at + 1), Some(Piece::Interpolation(_)));
                quoted_literal(&mut out, text, before_expression);
            }
            Piece::Interpolation(expression) => {
                out.push_str("${");
                out.push_str(expression);
                out.push('}');
            }
        }
    }
    out.push('"');
    out
}

fn quoted_literal(out: &mut String, text: &str, before_expression: bool) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'$' | b'%')) {
        out.push_str(text);
        return;
    }
    let mut characters = text.chars().peekable();
    let mut previous = None;
    while let Some(character) = characters.next() {
        let opens = match characters.peek() {
            Some(next) => *next == '{',
            None => before_expression,
        };
        match character {
            '$' | '%' if opens => introducer(out, character, previous, characters.peek().is_some()),
            _ => quoted_character(out, character),
        }
        previous = Some(character);
    }
}

/// A `$` or `%` that would begin an expression. Doubled where nothing can be mistaken, else by its number.
fn introducer(out: &mut String, character: char, previous: Option<char>, opened_by_text: bool) {
    if opened_by_text && previous != Some(character) {
        out.push(character);
        out.push(character);
    } else {
        let _ = write!(out, "\\u{:04x}", u32::from(character));
    }
}

fn quoted_character(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        other if is_printable(other) => out.push(other),
        other => {
            let code = u32::from(other);
            // Writing to a string cannot fail.
            let _ = if code <= 0xFFFF { write!(out, "\\u{code:04x}") } else { write!(out, "\\U{code:08x}") };
        }
    }
}

fn is_printable(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{A1}'..='\u{2027}' | '\u{202F}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}' | '\u{10000}'..)
        && !matches!(character, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{206F}')
}

/// A heredoc that holds exactly this text; none where it cannot, or where a reader would not see what is in it.
pub fn heredoc(text: &str, indent: usize) -> Option<String> {
    let body = text.strip_suffix('\n')?;
    let safe_line = |line: &str| line.is_empty() || (!line.starts_with([' ', '\t']) || line.trim() != "");
    let flush = body.split('\n').any(|line| !line.is_empty() && !line.starts_with([' ', '\t']));
    let printable = body.chars().all(|c| c == '\n' || c == '\t' || is_printable(c));
    let ambiguous = ["$${", "%%{"].iter().any(|doubled| body.contains(doubled));
    let marker = body.split('\n').any(|line| line.trim() == "EOT");
    if !body.contains('\n') || !body.split('\n').all(safe_line) || !flush || !printable || ambiguous || marker {
        return None;
    }
    let pad = " ".repeat(indent + 2);
    let mut out = String::from("<<-EOT\n");
    for line in body.split('\n') {
        if !line.is_empty() {
            out.push_str(&pad);
            out.push_str(&line.replace("${", "$${").replace("%{", "%%{"));
        }
        out.push('\n');
    }
    out.push_str(&" ".repeat(indent));
    out.push_str("EOT");
    Some(out)
}

/// A quoted template of literal text alone.
pub fn quoted_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    out.push('"');
    quoted_literal(&mut out, text, false);
    out.push('"');
    out
}

/// An object's key: an identifier where it is one. Other characters than ASCII are escaped, so that columns are counted alike by all.
pub fn key(key: &Key) -> String {
    match key {
        Key::Raw(expression) => format!("({expression})"),
        Key::Text(text) if is_identifier(text) => text.clone(),
        Key::Text(text) => {
            let quoted = quoted_text(text);
            let mut out = String::with_capacity(quoted.len());
            for character in quoted.chars() {
                match u32::from(character) {
                    0..=0x7F => out.push(character),
                    code @ 0x80..=0xFFFF => _ = write!(out, "\\u{code:04x}"),
                    code => _ = write!(out, "\\U{code:08x}"),
                }
            }
            out
        }
    }
}

fn is_identifier(text: &str) -> bool {
    const WORDS: [&str; 6] = ["true", "false", "null", "for", "if", "in"];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && !WORDS.contains(&text)
}
