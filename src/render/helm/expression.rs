//! Expressions of Helm's templates, and text that must not be taken for one.

use crate::model::{Part, Value};
use crate::render::yaml::{self, Node};

/// What a value of the chart is called in a template: `.Values.api.image.tag`, or with `index` where a name is no plain word.
pub fn reference(path: &[String]) -> String {
    path.iter().fold(".Values".to_owned(), |parent, name| {
        if is_word(name) { format!("{parent}.{name}") } else { format!("(index {parent} {})", go_text(name)) }
    })
}

/// The same where `.` is something else (inside `with` and `range`).
pub fn outer_reference(path: &[String]) -> String {
    reference(path).replace(".Values", "$.Values")
}

fn is_word(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Text as it stands in a template, in whatever style of YAML.
pub fn literal(text: &str) -> String {
    if opens(text) { text.replace("{{", "{{ `{{` }}") } else { text.to_owned() }
}

/// Whether the text would be taken for an expression.
fn opens(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair == b"{{")
}

/// A text literal of Go's templates.
pub fn go_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            other if other.is_control() || matches!(other, '\u{2028}' | '\u{2029}' | '\u{FEFF}') => {
                quoted.extend(["\\u", &format!("{:04x}", u32::from(other))]);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// What Helm erases wherever it stands in what it has rendered.
pub const ERASED: &str = "<no value>";

/// Text with what Helm would erase, as a scalar in double quotes in which Helm does not find it.
fn kept(text: &str) -> String {
    let scalar = yaml::scalar(text);
    let inside = match scalar.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inside) => inside.to_owned(),
        None => scalar.replace('\\', "\\\\").replace('"', "\\\""),
    };
    format!("\"{}\"", literal(&inside.replace(ERASED, "<no\\x20value>")))
}

/// A value as a node: text, or an expression that puts it together. `path` says which value of the chart a part is.
pub fn value(value: &Value, path: &mut dyn FnMut(&Part) -> Vec<String>) -> Node {
    match value.as_literal() {
        Some(text) if text.contains(ERASED) => return Node::Raw(kept(text)),
        Some(text) => return Node::Text(literal(text)),
        None => {}
    }
    Node::Raw(format!("{{{{ {} | quote }}}}", joined(value, path)))
}

/// The parts as one expression.
pub fn joined(value: &Value, path: &mut dyn FnMut(&Part) -> Vec<String>) -> String {
    let arguments: Vec<_> = value
        .parts()
        .iter()
        .map(|part| match part {
            Part::Literal(text) => go_text(text),
            other => outer_reference(&path(other)),
        })
        .collect();
    match arguments.as_slice() {
        [single] => single.clone(),
        _ => format!("printf {} {}", go_text(&"%s".repeat(arguments.len())), arguments.join(" ")),
    }
}

/// A map's keys as they stand in a template.
pub fn escape_keys(node: &mut Node) {
    match node {
        Node::Map(entries) => {
            for entry in entries {
                if opens(&entry.key) {
                    entry.key = literal(&entry.key);
                }
                escape_keys(&mut entry.value);
            }
        }
        Node::List(items) => items.iter_mut().for_each(|item| escape_keys(&mut item.value)),
        _ => {}
    }
}
