//! Declarations of inputs to types.

use super::input::{Input, InputType};
use super::shape::{INPUT_TYPES, input as input_shape};
use crate::diag::{Diagnostic, Sink, bounded, code, did_you_mean};
use crate::model::quantity::{parse_bytes, parse_cpu_millis, parse_seconds};
use crate::spec::node::{Entry, Node, NodeKind, Scalar};
use crate::spec::shape::{Mode, Pattern, Range, Type, check, one_of};
use indexmap::IndexMap;

/// The keys that only some types have, with those types.
const CONSTRAINTS: [(&str, &[&str]); 7] = [
    ("min", &["string", "int", "quantity", "cpu", "duration", "map", "list"]),
    ("max", &["string", "int", "quantity", "cpu", "duration", "map", "list"]),
    ("pattern", &["string"]),
    ("values", &["enum"]),
    ("of", &["map", "list"]),
    ("keys", &["map"]),
    ("fields", &["object"]),
];

/// An input. None where its type cannot be known; what is wrong is in the sink.
pub fn input(entry: &Entry, sink: &mut Sink) -> Option<Input> {
    let node = &entry.value;
    let shape = Type::Object(input_shape().clone());
    check(&shape, &entry.key, node, Mode::Whole, false, sink);
    let ty = input_type(node, sink)?;
    let default = node.get("default").filter(|default| !default.is_null()).cloned();
    if let Some(default) = &default {
        ty.check(&format!("the default of `{}`", bounded(&entry.key)), default, sink);
    }
    let required = flag(node, "required");
    if let Some(default) = default.as_ref().filter(|_| required) {
        let message = format!("`{}` is required and has a default", bounded(&entry.key));
        let error = Diagnostic::error(code::DEFAULT_OF_REQUIRED, default.span, message);
        sink.push(error.help("remove `required`, or the default"));
    }
    let docs = node.get("docs").and_then(Node::scalar_text).unwrap_or_default().to_owned();
    Some(Input { ty, docs, default, required, immutable: flag(node, "immutable"), name_span: entry.key_span })
}

fn flag(node: &Node, key: &str) -> bool {
    matches!(node.get(key).map(|node| &node.kind), Some(NodeKind::Scalar { scalar: Scalar::Bool(true), .. }))
}

/// The type that a mapping with `type` declares.
fn input_type(node: &Node, sink: &mut Sink) -> Option<InputType> {
    let declared = node.get("type")?;
    let word = declared.scalar_text()?.trim();
    let (name, short) = match word.split_once('(') {
        Some((name @ ("map" | "list"), rest)) => (name, rest.strip_suffix(')')),
        _ => (word, None),
    };
    if !INPUT_TYPES.contains(&name) || (name != word && short.is_none()) {
        sink.push(unknown_type(declared, word));
        return None;
    }
    foreign_constraints(node, name, sink);
    let below = match short {
        Some(short) => named(short, declared, sink),
        None if matches!(name, "map" | "list") => elements(node, name, sink),
        None => None,
    };
    build(name, node, below, sink)
}

fn unknown_type(node: &Node, word: &str) -> Diagnostic {
    let help = match did_you_mean(word, INPUT_TYPES) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the types are {}", one_of(&INPUT_TYPES)),
    };
    Diagnostic::error(code::UNKNOWN_VALUE, node.span, format!("there is no type `{}`", bounded(word))).help(help)
}

fn foreign_constraints(node: &Node, name: &str, sink: &mut Sink) {
    for (key, types) in CONSTRAINTS {
        let entry = node.entries().iter().find(|entry| entry.key == key);
        if let Some(entry) = entry.filter(|_| !types.contains(&name)) {
            let message = format!("`{key}` means nothing for the type `{name}`");
            let error = Diagnostic::error(code::SETTING_OF_OTHER_TYPE, entry.key_span, message);
            sink.push(error.help(format!("it belongs to {}", one_of(types))));
        }
    }
}

/// A type that is written as a word: `string`, `list(int)`. The text is bounded by the file, the recursion by [`crate::spec::parse::MAX_DEPTH`].
fn named(word: &str, place: &Node, sink: &mut Sink) -> Option<InputType> {
    let mut name = word.trim();
    let mut around = Vec::new();
    while let Some((outer @ ("map" | "list"), rest)) = name.split_once('(') {
        let Some(inner) = rest.strip_suffix(')').filter(|_| around.len() < crate::spec::parse::MAX_DEPTH) else {
            break;
        };
        around.push(outer);
        name = inner.trim();
    }
    let unconstrained = Node { kind: NodeKind::Map(Vec::new()), span: place.span };
    if !INPUT_TYPES.contains(&name) || matches!(name, "map" | "list" | "object" | "enum") {
        let mut error = unknown_type(place, name);
        if INPUT_TYPES.contains(&name) {
            error.help = Some(format!("`{name}` needs a mapping: `of: {{type: {name}, ...}}`"));
        }
        sink.push(error);
        return None;
    }
    let ty = build(name, &unconstrained, None, sink)?;
    Some(around.into_iter().rev().fold(ty, |inner, outer| wrap(outer, inner, Range::ANY, None)))
}

fn wrap(outer: &str, inner: InputType, size: Range, keys: Option<Pattern>) -> InputType {
    match outer {
        "map" => InputType::Map { values: Box::new(inner), keys, size },
        _ => InputType::List { elements: Box::new(inner), size },
    }
}

/// What a map or list is of.
fn elements(node: &Node, name: &str, sink: &mut Sink) -> Option<InputType> {
    let Some(of) = node.get("of") else {
        let span = node.get("type").map_or(node.span, |ty| ty.span);
        let message = format!("the type `{name}` has no `of`");
        let help = format!("write `type: {name}(string)`, or `of: {{type: ...}}`");
        sink.push(Diagnostic::error(code::MISSING_KEY, span, message).help(help));
        return None;
    };
    if let Some(word) = of.scalar_text() {
        return named(word, of, sink);
    }
    check(&Type::Object(input_shape().clone()), "of", of, Mode::Whole, false, sink);
    input_type(of, sink)
}

fn build(name: &str, node: &Node, below: Option<InputType>, sink: &mut Sink) -> Option<InputType> {
    let whole = |text: &str| text.parse::<i64>().ok();
    let count = |text: &str| text.parse::<i64>().ok().filter(|count| *count >= 0);
    let signed = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok());
    Some(match name {
        "string" => InputType::String {
            length: range(node, "a number of characters", count, sink),
            pattern: pattern(node, "pattern", sink),
        },
        "int" => InputType::Int(range(node, "a whole number", whole, sink)),
        "bool" => InputType::Bool,
        "enum" => InputType::Enum(words(node, sink)?),
        "quantity" => {
            InputType::Quantity(range(node, "a number of bytes like `512Mi`", |text| signed(parse_bytes(text)), sink))
        }
        "cpu" => {
            InputType::Cpu(range(node, "a number of CPUs like `250m`", |text| signed(parse_cpu_millis(text)), sink))
        }
        "duration" => {
            let seconds = |text: &str| parse_seconds(text).map(i64::from);
            InputType::Duration(range(node, "a duration like `90s`", seconds, sink))
        }
        "port" => InputType::Port,
        "image" => InputType::Image,
        "secret" => InputType::Secret,
        "scalar" => InputType::Scalar,
        "any" => InputType::Any,
        "object" => InputType::Object(fields(node, sink)?),
        outer => {
            let size = range(node, "a number of entries", count, sink);
            let keys = pattern(node, "keys", sink);
            wrap(outer, below?, size, keys)
        }
    })
}

fn range(node: &Node, expected: &str, parse: impl Fn(&str) -> Option<i64>, sink: &mut Sink) -> Range {
    let mut bound = |key: &str| {
        let value = node.get(key)?;
        let found = value.scalar_text().and_then(&parse);
        if found.is_none() {
            let message = format!("`{key}` does not have the right form");
            sink.push(
                Diagnostic::error(code::INVALID_VALUE, value.span, message).help(format!("it must be {expected}")),
            );
        }
        found
    };
    let range = Range { min: bound("min"), max: bound("max") };
    if let (Some(min), Some(max), Some(place)) = (range.min, range.max, node.get("max"))
        && min > max
    {
        let error = Diagnostic::error(code::OUT_OF_RANGE, place.span, "`max` is less than `min`");
        sink.push(error.help("nothing could be given for such an input"));
    }
    range
}

fn pattern(node: &Node, key: &str, sink: &mut Sink) -> Option<Pattern> {
    let value = node.get(key)?;
    match Pattern::new(value.scalar_text()?) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let message = format!("`{key}` is no regular expression: {error}");
            sink.push(
                Diagnostic::error(code::INVALID_VALUE, value.span, message)
                    .help("quote it; look-around and back-references do not exist"),
            );
            None
        }
    }
}

fn words(node: &Node, sink: &mut Sink) -> Option<Vec<String>> {
    let Some(values) = node.get("values") else {
        let span = node.get("type").map_or(node.span, |ty| ty.span);
        let error = Diagnostic::error(code::MISSING_KEY, span, "the type `enum` has no `values`");
        sink.push(error.help("add `values: [...]`, the words that it can be"));
        return None;
    };
    let mut words: Vec<String> = Vec::new();
    for value in values.elements() {
        let Some(word) = value.scalar_text() else { continue };
        if words.iter().any(|known| known == word) {
            let error = Diagnostic::error(
                code::INVALID_VALUE,
                value.span,
                format!("`{}` stands twice in `values`", bounded(word)),
            );
            sink.push(error.help("remove one of the two"));
        }
        words.push(word.to_owned());
    }
    Some(words)
}

fn fields(node: &Node, sink: &mut Sink) -> Option<IndexMap<String, Input>> {
    let Some(fields) = node.get("fields") else {
        let span = node.get("type").map_or(node.span, |ty| ty.span);
        let error = Diagnostic::error(code::MISSING_KEY, span, "the type `object` has no `fields`");
        sink.push(error.help("add `fields: {NAME: {type: ...}}`"));
        return None;
    };
    Some(fields.entries().iter().filter_map(|entry| Some((entry.key.clone(), input(entry, sink)?))).collect())
}
