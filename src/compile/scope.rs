//! Stage three: references. What is known when the environment is compiled is put in their place; what is not stays a part of a value.

use crate::diag::{Diagnostic, Sink, SourceMap, Span, code, did_you_mean};
use crate::model::{Part, Preview, Value};
use crate::spec::environment::SecretEntry;
use crate::spec::reference::{Piece, PreviewField, Reference, ReferenceTarget, has_reference, pieces};
use crate::spec::{Entry, Node, NodeKind, Scalar, ScalarStyle};
use indexmap::IndexMap;
use std::collections::BTreeSet;

/// Gives the value of another component's output, at the place of the reference; none where there is none, which is then reported.
pub type Outputs<'a> = &'a dyn Fn(&str, &str, Span, &mut Sink) -> Option<Value>;

/// What an environment is called, and of which pull request it is.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Its name.
    pub environment: &'a str,
    /// Which preview it is; none: it is no preview.
    pub preview: Option<&'a Preview>,
}

/// What references of an environment mean.
#[derive(Clone)]
pub struct Scope<'a> {
    /// What it is called.
    pub names: Names<'a>,
    /// The declared secrets.
    pub secrets: &'a IndexMap<String, SecretEntry>,
    /// The texts that spans point into.
    pub sources: &'a SourceMap,
    variables: IndexMap<String, Node>,
    /// The variables that hold what whoever opens a pull request chooses.
    chosen: BTreeSet<String>,
    /// Whether it is for settings that say where something is applied to.
    of_places: bool,
}

impl<'a> Scope<'a> {
    /// Resolves the variables among themselves.
    pub fn new(
        names: Names<'a>,
        variables: &IndexMap<String, Node>,
        secrets: &'a IndexMap<String, SecretEntry>,
        sources: &'a SourceMap,
        sink: &mut Sink,
    ) -> Self {
        let (variables_of, chosen) = (variables.clone(), BTreeSet::new());
        let mut scope = Self { names, secrets, sources, variables: variables_of, chosen, of_places: false };
        let mut done: Vec<&str> = Vec::new();
        for name in variables.keys() {
            scope.variable(name, variables, &mut Vec::new(), &mut done, sink);
        }
        scope
    }

    /// The same for settings that say where something is applied to: what whoever opens a pull request chooses is refused there.
    pub fn of_places(&self) -> Self {
        Self { of_places: true, ..self.clone() }
    }

    /// Resolves one variable, after those that it uses.
    fn variable<'v>(
        &mut self,
        name: &'v str,
        declared: &'v IndexMap<String, Node>,
        open: &mut Vec<(&'v str, Span)>,
        done: &mut Vec<&'v str>,
        sink: &mut Sink,
    ) {
        let Some(node) = declared.get(name) else { return };
        if done.contains(&name) || !node.scalar_text().is_some_and(has_reference) {
            return;
        }
        open.push((name, node.span));
        for piece in pieces(node, self.sources, &mut Sink::default()) {
            let Piece::Reference(Reference { target, span }) = piece else { continue };
            if matches!(target, ReferenceTarget::Preview(PreviewField::Branch | PreviewField::Sha)) {
                self.chosen.insert(name.to_owned());
            }
            let ReferenceTarget::Variable(used) = target else { continue };
            let Some((used, _)) = declared.get_key_value(&used) else { continue };
            if let Some(at) = open.iter().position(|(name, _)| *name == used.as_str()) {
                sink.push(variable_cycle(&open[at..], span));
                self.variables.insert(name.to_owned(), unresolved(node));
                open.pop();
                done.push(name);
                return;
            }
            self.variable(used, declared, open, done, sink);
            if self.chosen.contains(used) {
                self.chosen.insert(name.to_owned());
            }
        }
        open.pop();
        done.push(name);
        let resolved = self.substitute(node, sink);
        self.variables.insert(name.to_owned(), resolved);
    }

    /// A node with all that is known put in the place of its reference. What is not known, and what is wrong, stays as written. A scalar
    /// that is nothing but a variable becomes what the variable is: a number stays one.
    pub fn substitute(&self, node: &Node, sink: &mut Sink) -> Node {
        match &node.kind {
            NodeKind::List(items) => {
                let items = items.iter().map(|item| self.substitute(item, sink)).collect();
                Node { kind: NodeKind::List(items), span: node.span }
            }
            NodeKind::Map(entries) => {
                let entries = entries.iter();
                let entries =
                    entries.map(|entry| Entry { value: self.substitute(&entry.value, sink), ..entry.clone() });
                Node { kind: NodeKind::Map(entries.collect()), span: node.span }
            }
            NodeKind::Scalar { text, .. } if has_reference(text) => self.substitute_scalar(node, sink),
            NodeKind::Scalar { .. } => node.clone(),
        }
    }

    fn substitute_scalar(&self, node: &Node, sink: &mut Sink) -> Node {
        let pieces = pieces(node, self.sources, sink);
        if let [Piece::Reference(Reference { target: ReferenceTarget::Variable(name), .. })] = pieces.as_slice()
            && let Some(variable) = self.variables.get(name)
            && !self.is_refused(name)
        {
            return Node { kind: variable.kind.clone(), span: node.span };
        }
        let text: String = pieces.iter().map(|piece| self.substituted(piece, sink)).collect();
        let kind = NodeKind::Scalar { text, style: ScalarStyle::DoubleQuoted, scalar: Scalar::Text };
        Node { kind, span: node.span }
    }

    /// A piece as raw text: what is known, or the reference again.
    fn substituted(&self, piece: &Piece, sink: &mut Sink) -> String {
        let reference = match piece {
            Piece::Literal(text) => return text.replace("${", "$${"),
            Piece::Reference(reference) => reference,
        };
        match &reference.target {
            ReferenceTarget::EnvironmentName => self.names.environment.to_owned(),
            ReferenceTarget::Variable(name) if self.is_refused(name) => {
                sink.push(chosen_place(&format!("`${{var.{name}}}` holds what"), reference.span));
                NOT_TOLD.into()
            }
            ReferenceTarget::Variable(name) => match self.variables.get(name).and_then(Node::scalar_text) {
                Some(text) => text.to_owned(),
                None => {
                    sink.push(self.unknown_variable(name, reference.span));
                    format!("${{var.{name}}}")
                }
            },
            ReferenceTarget::Secret(name) => {
                if !self.secrets.contains_key(name) {
                    sink.push(self.unknown_secret(name, reference.span));
                }
                format!("${{secret.{name}}}")
            }
            ReferenceTarget::Preview(field) => self.preview_field(*field, reference.span, sink),
            ReferenceTarget::Output { component, output } => format!("${{{component}.{output}}}"),
        }
    }

    /// Whether a variable cannot be used here.
    fn is_refused(&self, variable: &str) -> bool {
        self.of_places && self.chosen.contains(variable)
    }

    fn preview_field(&self, field: PreviewField, span: Span, sink: &mut Sink) -> String {
        let Some(preview) = self.names.preview else {
            let help = "use it below `preview:`, or give the environment a variable that the preview sets";
            let message = "a preview is referred to, and this environment is none";
            sink.push(Diagnostic::error(code::PREVIEW_REFERENCE, span, message).help(help));
            return "${preview.number}".into();
        };
        let (told, word, help) = match field {
            PreviewField::Number => return preview.number.to_string(),
            PreviewField::Name => return preview.name(),
            PreviewField::Branch => (&preview.branch, "branch", "say it with `--branch`"),
            PreviewField::Sha => (&preview.sha, "commit", "say it with `--sha`, or commit first"),
        };
        match told {
            _ if self.of_places => sink.push(chosen_place(&format!("the {word} of a preview is what"), span)),
            Some(told) => return told.clone(),
            None => {
                let message = format!("the {word} of `{}` is not known", preview.name());
                sink.push(Diagnostic::error(code::PREVIEW_NOT_TOLD, span, message).help(help));
            }
        }
        NOT_TOLD.into()
    }

    fn unknown_variable(&self, name: &str, span: Span) -> Diagnostic {
        unknown("variable", name, span, self.variables.keys().map(String::as_str), "declare it below `variables`")
    }

    fn unknown_secret(&self, name: &str, span: Span) -> Diagnostic {
        let help = "declare below `secrets` where it comes from: `NAME: {env: VARIABLE}`";
        unknown("secret", name, span, self.secrets.keys().map(String::as_str), help)
    }

    /// A substituted scalar as a value. None where a part of it is not there, which has been reported.
    pub fn value(&self, node: &Node, outputs: Outputs<'_>, sink: &mut Sink) -> Option<Value> {
        let text = node.scalar_text()?;
        if !text.contains("${") {
            return Some(Value::literal(text));
        }
        let mut value = Value::default();
        for piece in pieces(node, self.sources, &mut Sink::default()) {
            match piece {
                Piece::Literal(text) => value.push(Part::Literal(text)),
                Piece::Reference(reference) => match reference.target {
                    ReferenceTarget::Secret(name) if self.secrets.contains_key(&name) => value.push(Part::Secret(name)),
                    ReferenceTarget::Output { component, output } => {
                        for part in outputs(&component, &output, reference.span, sink)?.parts() {
                            value.push(part.clone());
                        }
                    }
                    _ => return None,
                },
            }
        }
        Some(value)
    }
}

/// What stands in the place of what was not told, for whatever is checked later.
const NOT_TOLD: &str = "unknown";

fn chosen_place(what: &str, span: Span) -> Diagnostic {
    let message =
        format!("{what} whoever opens a pull request chooses, and it cannot say where something is applied to");
    let help = "use `${preview.number}` or `${preview.name}`; names get `-pr-NUMBER` by themselves";
    Diagnostic::error(code::PREVIEW_CHOOSES_PLACE, span, message).help(help)
}

/// The error for a name that nothing has.
pub fn unknown<'n>(what: &str, name: &str, span: Span, known: impl Iterator<Item = &'n str>, help: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::UNKNOWN_REFERENCE, span, format!("there is no {what} `{name}`"));
    match did_you_mean(name, known) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(help),
    }
}

/// A scalar in the place of a variable that cannot be resolved; the error is there already.
fn unresolved(node: &Node) -> Node {
    let kind = NodeKind::Scalar { text: String::new(), style: ScalarStyle::DoubleQuoted, scalar: Scalar::Text };
    Node { kind, span: node.span }
}

fn variable_cycle(open: &[(&str, Span)], span: Span) -> Diagnostic {
    let names = open.iter().map(|(name, _)| *name).chain(open.first().map(|(name, _)| *name));
    let circle: Vec<_> = names.collect();
    let message = format!("variables refer to each other in a circle: {}", circle.join(" -> "));
    let diagnostic =
        Diagnostic::error(code::VARIABLE_CYCLE, span, message).help("give one of them a value without a reference");
    let others =
        open.iter().filter(|(_, place)| place.file != span.file || place.end < span.start || place.start > span.end);
    others.fold(diagnostic, |diagnostic, (name, place)| diagnostic.label(*place, format!("`{name}` is here")))
}

/// The components whose outputs a node refers to, and where.
pub fn references(node: &Node, sources: &SourceMap, found: &mut Vec<(String, Span)>) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| references(item, sources, found)),
        NodeKind::Map(entries) => entries.iter().for_each(|entry| references(&entry.value, sources, found)),
        NodeKind::Scalar { text, .. } if has_reference(text) => {
            for piece in pieces(node, sources, &mut Sink::default()) {
                if let Piece::Reference(Reference { target: ReferenceTarget::Output { component, .. }, span }) = piece {
                    found.push((component, span));
                }
            }
        }
        NodeKind::Scalar { .. } => {}
    }
}
