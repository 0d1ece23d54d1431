//! A node against a type. The span of a wrong value is exactly that value; of a key that means nothing, exactly that key.

use super::{Form, Key, Names, Object, Range, Type, one_of};
use crate::diag::{Diagnostic, Severity, Sink, Span, bounded, code, did_you_mean};
use crate::model::quantity::{parse_bytes, parse_cpu_millis, parse_seconds};
use crate::spec::node::{Entry, Node, NodeKind, Scalar, ScalarStyle};
use crate::spec::reference::has_reference;
use crate::spec::scalar::{Lookalike, lookalike};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One of several that will be merged: what is missing may come from another, and null removes.
    Layer,
    /// All of it.
    Whole,
}

/// Checks a node and reports all that is wrong with it. `name` is what messages call the node: a key, or the file.
///
/// `references` says whether `${...}` is resolved here: then text with a reference is accepted for any scalar, since only what it
/// becomes can be checked.
pub fn check(ty: &Type, name: &str, node: &Node, mode: Mode, references: bool, sink: &mut Sink) {
    Checker { mode, references, name, sink }.value(ty, node);
}

struct Checker<'a> {
    mode: Mode,
    references: bool,
    /// What messages call the value.
    name: &'a str,
    sink: &'a mut Sink,
}

impl Checker<'_> {
    fn value(&mut self, ty: &Type, node: &Node) {
        if self.mode == Mode::Layer && node.is_null() {
            return;
        }
        match ty {
            Type::Any => {}
            Type::Map { keys, values, size } => self.map(keys.as_ref(), values, *size, node),
            Type::List { elements, size } => self.list(elements, *size, node),
            Type::OneOrMany(ty) if matches!(node.kind, NodeKind::List(_)) => self.list(ty, Range::ANY, node),
            Type::OneOrMany(ty) => self.value(ty, node),
            Type::Object(object) => self.object(object, node),
            Type::Tagged { key, variants } => self.tagged(key, variants, node),
            scalar => self.scalar(scalar, node),
        }
    }

    /// The same for something below, under another name.
    fn below(&mut self, name: &str, references: bool, ty: &Type, node: &Node) {
        let references = self.references || references;
        Checker { mode: self.mode, references, name, sink: self.sink }.value(ty, node);
    }

    fn map(&mut self, keys: Option<&Names>, values: &Type, size: Range, node: &Node) {
        let NodeKind::Map(entries) = &node.kind else { return self.wrong_type(&Expected::MAPPING, node) };
        for entry in entries {
            if let Some(names) = keys.filter(|names| !names.accepts(&entry.key)) {
                let message = format!("`{}` cannot be a name here", bounded(&entry.key));
                let help = format!("it must be {}", names.describe());
                self.sink.push(Diagnostic::error(code::INVALID_VALUE, entry.key_span, message).help(help));
            }
            self.below(&entry.key, false, values, &entry.value);
        }
        self.size(entries.len(), "entries", size, node.span);
    }

    fn list(&mut self, elements: &Type, size: Range, node: &Node) {
        let NodeKind::List(list) = &node.kind else { return self.wrong_type(&Expected::LIST, node) };
        let name = format!("an element of {}", called(self.name));
        // A list replaces another as a whole, so that nothing of it is missing or removed.
        let mut checker = Checker { mode: Mode::Whole, references: self.references, name: &name, sink: self.sink };
        for element in list {
            checker.value(elements, element);
        }
        self.size(list.len(), "elements", size, node.span);
    }

    fn size(&mut self, count: usize, what: &str, range: Range, span: Span) {
        let number = i64::try_from(count).unwrap_or(i64::MAX);
        let too_few = range.min.is_some_and(|min| number < min);
        if range.contains(number) || (too_few && self.mode == Mode::Layer) {
            return;
        }
        let words = range.words(|number| number.to_string());
        let message = format!("{} has {count} {what}", called(self.name));
        self.sink.push(Diagnostic::error(code::OUT_OF_RANGE, span, message).help(format!("it takes {words}")));
    }

    fn object(&mut self, object: &Object, node: &Node) {
        let NodeKind::Map(entries) = &node.kind else {
            return if object.guards_secret && matches!(node.kind, NodeKind::Scalar { .. }) {
                self.literal_secret(node);
            } else {
                self.wrong_type(&Expected::MAPPING, node);
            };
        };
        let title = self.title(object);
        for entry in entries {
            match object.key(&entry.key) {
                Some(key) if key.later => self.not_implemented(object, entry),
                Some(key) => self.below(&entry.key, key.references, &key.ty, &entry.value),
                None => self.unknown_key(object.known().map(|key| key.name.as_str()), &title, entry),
            }
        }
        if self.mode == Mode::Whole {
            self.missing(object, &title, node);
        }
    }

    fn title(&self, object: &Object) -> String {
        if object.title.is_empty() { called(self.name) } else { object.title.clone() }
    }

    fn missing(&mut self, object: &Object, title: &str, node: &Node) {
        let names: Vec<_> = object.known().map(|key| key.name.as_str()).collect();
        let unknown: Vec<_> = node.entries().iter().filter(|entry| object.key(&entry.key).is_none()).collect();
        let given = node.entries().len() - unknown.len();
        if object.exactly_one && given != 1 && unknown.is_empty() {
            let message = format!("{title} takes exactly one of {}, and has {given}", one_of(&names));
            let help = format!("write one of {}", one_of(&names));
            self.sink.push(Diagnostic::error(code::ONE_OF, node.span, message).help(help));
        }
        // Where a key is misspelt, the misspelt one has been reported.
        let meant = |entry: &Entry, name: &str| {
            let joined = entry.key.split_once(':').is_some_and(|(key, _)| key == name);
            joined || did_you_mean(&entry.key, names.iter().copied()) == Some(name)
        };
        let misspelt = |name: &str| unknown.iter().any(|entry| meant(entry, name));
        let absent = |key: &&Key| key.required && node.get(&key.name).is_none() && !misspelt(&key.name);
        for key in object.keys.iter().filter(absent) {
            let message = format!("{title} has no `{}`", key.name);
            let form = key.ty.describe();
            let form = if form == "text" { String::new() } else { format!(", {form}") };
            let help = format!("add `{}: ...`{form}", key.name);
            self.sink.push(Diagnostic::error(code::MISSING_KEY, head(node), message).help(help));
        }
    }

    fn not_implemented(&mut self, object: &Object, entry: &Entry) {
        let known: Vec<_> = object.known().map(|key| key.name.as_str()).collect();
        let message = format!("`{}` is not implemented in this version", entry.key);
        let help = format!("{} can have {}", self.title(object), one_of(&known));
        self.sink.push(Diagnostic::error(code::NOT_IMPLEMENTED, entry.key_span, message).help(help));
    }

    fn unknown_key<'k>(&mut self, known: impl Iterator<Item = &'k str>, title: &str, entry: &Entry) {
        let known: Vec<_> = known.collect();
        let joined = entry.key.split_once(':').filter(|(key, _)| known.contains(key));
        let help = match did_you_mean(&entry.key, known.iter().copied()) {
            _ if joined.is_some() => "write a space behind the `:`".into(),
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => format!("{title} has no keys"),
            None => {
                format!("the keys are {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "))
            }
        };
        let message = format!("{title} has no key `{}`", bounded(&entry.key));
        self.sink.push(Diagnostic::error(code::UNKNOWN_KEY, entry.key_span, message).help(help));
    }

    fn tagged(&mut self, key: &str, variants: &[(&'static str, Object)], node: &Node) {
        let NodeKind::Map(_) = &node.kind else { return self.wrong_type(&Expected::MAPPING, node) };
        let tag = node.get(key).and_then(Node::scalar_text);
        let found = variants.iter().find(|(word, _)| *word == tag.unwrap_or(self.name));
        if let Some((_, object)) = found {
            return self.object(object, node);
        }
        let words: Vec<_> = variants.iter().map(|(word, _)| *word).collect();
        if let Some(value) = node.get(key) {
            self.value(&Type::one_of(words.iter().copied()), value);
        } else if self.mode == Mode::Whole {
            let message = format!("`{}` has no `{key}`", bounded(self.name));
            let help =
                format!("add `{key}: ...`, {}; it may be left out where the name is one of these", one_of(&words));
            self.sink.push(Diagnostic::error(code::MISSING_KEY, head(node), message).help(help));
        }
        self.any_variant(variants, node);
    }

    /// While the variant is not known, a key is known where any variant has it.
    fn any_variant(&mut self, variants: &[(&'static str, Object)], node: &Node) {
        for entry in node.entries() {
            let mut holders = variants.iter().filter_map(|(_, object)| object.key(&entry.key));
            if holders.next().is_none() {
                let mut known: Vec<_> =
                    variants.iter().flat_map(|(_, object)| object.known()).map(|key| key.name.as_str()).collect();
                known.sort_unstable();
                known.dedup();
                self.unknown_key(known.into_iter(), &format!("`{}`", bounded(self.name)), entry);
            }
        }
    }

    fn wrong_type(&mut self, expected: &Expected<'_>, node: &Node) {
        let words = expected.describe();
        let message = format!("{} takes {words}, and this is {}", called(self.name), node.kind_name());
        let help = hint(node, expected);
        self.sink.push(Diagnostic { help, ..Diagnostic::new(code::WRONG_TYPE, Severity::Error, node.span, message) });
    }

    fn scalar(&mut self, ty: &Type, node: &Node) {
        let NodeKind::Scalar { text, style, scalar } = &node.kind else {
            // Whatever its form, it may hold the value: it must not be repeated.
            if matches!(ty, Type::Secret) {
                return self.literal_secret(node);
            }
            return self.wrong_type(&Expected::Scalar(ty), node);
        };
        if *scalar == Scalar::Text && has_reference(text) {
            return self.reference(ty, node);
        }
        match ty {
            Type::Secret if *scalar != Scalar::Null => self.literal_secret(node),
            Type::Scalar if *scalar != Scalar::Null => {}
            Type::Bool if matches!(scalar, Scalar::Bool(_)) => {}
            Type::Int(range) => match scalar {
                Scalar::Int(number) => self.range(*number, *range, |number| number.to_string(), node),
                _ => self.wrong_scalar(ty, text, *style, node),
            },
            Type::Port => match scalar {
                Scalar::Int(number) => {
                    self.range(*number, Range::between(1, 65_535), |number| number.to_string(), node);
                }
                _ => self.wrong_scalar(ty, text, *style, node),
            },
            Type::Quantity(_) | Type::Cpu(_) if matches!(scalar, Scalar::Null | Scalar::Bool(_)) => {
                self.wrong_scalar(ty, text, *style, node);
            }
            Type::Quantity(range) => {
                self.measure(ty, parse_bytes(text), *range, crate::model::quantity::format_bytes, node);
            }
            Type::Cpu(range) => {
                self.measure(ty, parse_cpu_millis(text), *range, crate::model::quantity::format_cpu_millis, node);
            }
            _ if *scalar != Scalar::Text => self.wrong_scalar(ty, text, *style, node),
            Type::Duration(range) => {
                self.measure(ty, parse_seconds(text).map(u64::from), *range, |seconds| format!("{seconds}s"), node);
            }
            Type::Text { length, pattern } => self.text(text, *length, pattern.as_ref(), node),
            Type::Form(form) => self.form(*form, text, node),
            Type::Enum { values, later } => self.word(values, later, text, node),
            _ => self.wrong_scalar(ty, text, *style, node),
        }
    }

    fn reference(&mut self, ty: &Type, node: &Node) {
        if self.references || matches!(ty, Type::Secret) {
            return;
        }
        let message = format!("references are not resolved in {}", called(self.name));
        let help = format!("write {}", ty.describe());
        self.sink.push(Diagnostic::error(code::REFERENCE_NOT_HERE, node.span, message).help(help));
    }

    fn range(&mut self, number: i64, range: Range, show: impl Fn(i64) -> String, node: &Node) {
        if !range.contains(number) {
            let message = format!("{} is out of range", called(self.name));
            let help = format!("it takes values {}", range.words(show));
            self.sink.push(Diagnostic::error(code::OUT_OF_RANGE, node.span, message).help(help));
        }
    }

    fn measure(&mut self, ty: &Type, parsed: Option<u64>, range: Range, show: impl Fn(u64) -> String, node: &Node) {
        let Some(number) = parsed else { return self.invalid(&ty.describe(), node) };
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        self.range(number, range, |number| show(u64::try_from(number).unwrap_or_default()), node);
    }

    fn text(&mut self, text: &str, length: Range, pattern: Option<&super::Pattern>, node: &Node) {
        let count = text.chars().count();
        if !length.contains(i64::try_from(count).unwrap_or(i64::MAX)) {
            if count == 0 {
                return self.sink.push(
                    Diagnostic::error(code::INVALID_VALUE, node.span, format!("{} is empty", called(self.name)))
                        .help("write some text, or remove the key"),
                );
            }
            self.size(count, "characters", length, node.span);
        }
        if let Some(pattern) = pattern.filter(|pattern| !pattern.matches(text)) {
            self.invalid(&format!("text that matches `{}`", bounded(pattern.source())), node);
        }
    }

    fn form(&mut self, form: Form, text: &str, node: &Node) {
        if !form.accepts(text) {
            self.invalid(form.describe(), node);
        }
    }

    fn invalid(&mut self, expected: &str, node: &Node) {
        let message = format!("{} does not have the right form", called(self.name));
        self.sink
            .push(Diagnostic::error(code::INVALID_VALUE, node.span, message).help(format!("it must be {expected}")));
    }

    fn word(&mut self, values: &[String], later: &[String], text: &str, node: &Node) {
        if values.iter().any(|value| value == text) {
            return;
        }
        if later.iter().any(|value| value == text) {
            let message = format!("`{}: {text}` is not implemented in this version", self.name);
            let help = format!("it can be {}", one_of(values));
            return self.sink.push(Diagnostic::error(code::NOT_IMPLEMENTED, node.span, message).help(help));
        }
        let help = match did_you_mean(text, values.iter().map(String::as_str)) {
            Some(meant) if values.len() > 1 => format!("did you mean `{meant}`?"),
            _ => format!("it can be {}", one_of(values)),
        };
        let message = format!("{} cannot be `{}`", called(self.name), bounded(text));
        self.sink.push(Diagnostic::error(code::UNKNOWN_VALUE, node.span, message).help(help));
    }

    fn literal_secret(&mut self, node: &Node) {
        let message = format!("{} is a secret, and its value stands in the file", called(self.name));
        let help = "declare it (`secrets: {NAME: {env: VARIABLE}}`), refer to it (`\"${secret.NAME}\"`), and change it: Git remembers";
        self.sink.push(Diagnostic::error(code::LITERAL_SECRET, node.span, message).help(help));
    }

    fn wrong_scalar(&mut self, ty: &Type, text: &str, style: ScalarStyle, node: &Node) {
        let plain = style == ScalarStyle::Plain;
        let looks_like = if plain { lookalike(text) } else { None };
        let Some(help) = looks_like.and_then(|looks| ambiguous(ty, &looks)) else {
            return self.wrong_type(&Expected::Scalar(ty), node);
        };
        let message =
            format!("{} takes {}, and `{}` is text in YAML 1.2", called(self.name), ty.describe(), bounded(text));
        self.sink.push(Diagnostic::error(code::AMBIGUOUS_SCALAR, node.span, message).help(help));
    }
}

/// A key in back-ticks; words about a place as they are.
fn called(name: &str) -> String {
    if name.contains(' ') { bounded(name) } else { format!("`{}`", bounded(name)) }
}

/// What to write instead of a word that other readers would take for what is expected.
fn ambiguous(ty: &Type, looks_like: &Lookalike) -> Option<String> {
    match (ty, looks_like) {
        (Type::Bool, Lookalike::Bool(flag)) => Some(format!("write `{flag}`")),
        (Type::Int(_) | Type::Port, Lookalike::Number(Some(number))) => Some(format!("write `{number}`")),
        (Type::Int(_) | Type::Port, Lookalike::Number(None)) => {
            Some("write a decimal number without leading zeros".into())
        }
        _ => None,
    }
}

/// What stands where something else does.
enum Expected<'a> {
    Collection(&'static str),
    Scalar(&'a Type),
}

impl Expected<'_> {
    const MAPPING: Self = Self::Collection("a mapping");
    const LIST: Self = Self::Collection("a list");

    fn describe(&self) -> String {
        match self {
            Self::Collection(words) => (*words).into(),
            Self::Scalar(ty) => ty.describe(),
        }
    }
}

/// How to make the expected of what was found, where little is missing.
fn hint(node: &Node, expected: &Expected<'_>) -> Option<String> {
    let NodeKind::Scalar { text, style, scalar } = &node.kind else { return None };
    if *scalar == Scalar::Null {
        return Some("write a value, or remove the key".into());
    }
    let ty = match expected {
        Expected::Scalar(ty) => *ty,
        Expected::Collection(_) => {
            let joined = text.split_once(':').is_some_and(|(key, _)| Form::Variable.accepts(key));
            return joined.then(|| "write a space behind the `:`".into());
        }
    };
    let quoted = *scalar == Scalar::Text && *style != ScalarStyle::Plain;
    match (ty, crate::spec::scalar::resolve(text)) {
        (Type::Int(_) | Type::Port, Scalar::Int(_)) | (Type::Bool, Scalar::Bool(_)) if quoted => {
            Some("remove the quotes".into())
        }
        (Type::Duration(_), Scalar::Int(_)) => Some(format!("write the unit: `{}s`", bounded(text))),
        (Type::Text { .. } | Type::Form(_) | Type::Enum { .. }, _) if *scalar != Scalar::Text => {
            Some(format!("quote it to make it text: `\"{}\"`", bounded(text)))
        }
        _ => None,
    }
}

/// Where to say that something is missing in a mapping: at its first key, or at the mapping where it has none.
fn head(node: &Node) -> Span {
    node.entries().first().map_or(node.span, |entry| entry.key_span)
}
