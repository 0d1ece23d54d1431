//! Types as reference pages: one table for each mapping, with a section of its own.

use super::{Key, Names, Object, Type};
use crate::spec::node::{Node, NodeKind, Scalar};

/// A node in one line of flow style, for defaults.
pub fn flow(node: &Node) -> String {
    match &node.kind {
        NodeKind::Map(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|entry| format!("{}: {}", entry.key, flow(&entry.value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        NodeKind::List(elements) => format!("[{}]", elements.iter().map(flow).collect::<Vec<_>>().join(", ")),
        NodeKind::Scalar { scalar: Scalar::Null, .. } => "null".into(),
        NodeKind::Scalar { text, scalar, .. } => {
            let plain = *scalar != Scalar::Text || crate::spec::scalar::resolve(text) == Scalar::Text;
            if plain && !text.is_empty() { text.clone() } else { format!("{text:?}") }
        }
    }
}

/// The page of a file or of a module's inputs: a table of its keys, and a section for each mapping below, under its path.
pub fn page(title: &str, intro: &str, ty: &Type) -> String {
    let mut page = format!("# {title}\n\n{intro}\n");
    section(&mut page, "", ty);
    page
}

fn section(page: &mut String, path: &str, ty: &Type) {
    match ty {
        Type::Object(object) => keys(page, path, object),
        Type::Map { values, .. } => section(page, &format!("{path}.*"), values),
        Type::List { elements, .. } => section(page, &format!("{path}[]"), elements),
        Type::OneOrMany(ty) => section(page, path, ty),
        Type::Tagged { key, variants } => {
            for (word, object) in variants {
                page.extend(["\n## `", path.trim_start_matches('.'), "` with `", key, ": ", word, "`\n\n"]);
                table(page, path, object);
            }
        }
        _ => {}
    }
}

fn keys(page: &mut String, path: &str, object: &Object) {
    let heading = if path.is_empty() { "Keys".to_owned() } else { format!("`{}`", path.trim_start_matches('.')) };
    page.extend(["\n## ", &heading, "\n\n"]);
    if object.exactly_one {
        page.push_str("Exactly one of these keys.\n\n");
    }
    table(page, path, object);
}

fn table(page: &mut String, path: &str, object: &Object) {
    page.push_str("| key | value | default | meaning |\n|---|---|---|---|\n");
    for key in object.known() {
        page.push_str(&row(key));
    }
    for key in object.known() {
        section(page, &format!("{path}.{}", key.name), &key.ty);
    }
}

fn row(key: &Key) -> String {
    let default = match &key.default {
        Some(default) => code(default),
        None if key.required => "required".into(),
        None => String::new(),
    };
    format!("| `{}` | {} | {} | {} |\n", key.name, cell(&value(&key.ty)), cell(&default), cell(&key.docs))
}

/// Defaults are values, or words about them.
fn code(default: &str) -> String {
    if default.contains(' ') && !default.starts_with(['{', '[']) { default.to_owned() } else { format!("`{default}`") }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// The type of a value, with what it is of.
fn value(ty: &Type) -> String {
    match ty {
        Type::Text { length, pattern } => {
            let length = length.max.map(|_| format!(" of {} characters", length.words(|count| count.to_string())));
            let pattern = pattern.as_ref().map(|pattern| format!(" that matches `{}`", pattern.source()));
            format!("text{}{}", length.unwrap_or_default(), pattern.unwrap_or_default())
        }
        Type::Map { keys, values, .. } => {
            let named = keys.as_ref().map(|names| format!(" by {}", name(names))).unwrap_or_default();
            format!("mapping{named} of: {}", value(values))
        }
        Type::List { elements, .. } => format!("list of: {}", value(elements)),
        Type::Quantity(range) => {
            ranged(ty, &range.words(|bytes| measure(bytes, crate::model::quantity::format_bytes)), *range)
        }
        Type::Cpu(range) => {
            ranged(ty, &range.words(|millis| measure(millis, crate::model::quantity::format_cpu_millis)), *range)
        }
        Type::Duration(range) => ranged(ty, &range.words(|seconds| format!("{seconds}s")), *range),
        other => other.describe(),
    }
}

fn measure(number: i64, format: fn(u64) -> String) -> String {
    u64::try_from(number).map_or_else(|_| number.to_string(), format)
}

fn ranged(ty: &Type, words: &str, range: super::Range) -> String {
    if range == super::Range::ANY { ty.describe() } else { format!("{}, {words}", ty.describe()) }
}

fn name(names: &Names) -> String {
    match names {
        Names::Form(_) => "name".into(),
        Names::Pattern(pattern) => format!("names that match `{}`", pattern.source()),
    }
}
