//! Scalars and keys as they are written.

use super::NewScalar;
use crate::spec::node::{Scalar, ScalarStyle};
use crate::spec::scalar::{lookalike, resolve};

/// A scalar as it is written in a style, if it can be; else in the next that can.
pub fn scalar(value: &NewScalar, style: ScalarStyle, in_flow: bool) -> String {
    if !value.is_text {
        return value.text.clone();
    }
    match style {
        ScalarStyle::SingleQuoted if value.text.chars().all(is_printable) => single(&value.text),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => double(&value.text),
        _ if is_plain(&value.text, in_flow) => value.text.clone(),
        _ => double(&value.text),
    }
}

/// A key as it is written.
pub fn key(text: &str, in_flow: bool) -> String {
    let written = is_plain_syntax(text, in_flow) && text != "<<" && !text.starts_with("---") && text.len() < 1_000;
    if written { text.to_owned() } else { double(text) }
}

/// Whether text can stand without quotes and nobody would take it for something else.
fn is_plain(text: &str, in_flow: bool) -> bool {
    resolve(text) == Scalar::Text && lookalike(text).is_none() && is_plain_syntax(text, in_flow)
}

fn is_plain_syntax(text: &str, in_flow: bool) -> bool {
    const FIRST: &[char] =
        &['-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', '=', '<'];
    let flow = [',', '[', ']', '{', '}'];
    !text.is_empty()
        && text.trim() == text
        && !text.starts_with(FIRST)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && text.chars().all(is_printable)
        && !(in_flow && text.contains(flow))
        && text != "..."
}

fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double(text: &str) -> String {
    let mut written = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            '\r' => written.push_str("\\r"),
            character if is_printable(character) => written.push(character),
            character => written.extend(["\\u", &format!("{:04X}", u32::from(character))]),
        }
    }
    written.push('"');
    written
}
