//! Stage three: references. What is known when the environment is compiled is put in their place; what is not stays a part of a value.

use crate::diag::{Diagnostic, Sink, SourceMap, Span, code, did_you_mean};
use crate::model::{Part, Value};
use crate::spec::environment::SecretEntry;
use crate::spec::reference::{Piece, Reference, ReferenceTarget, has_reference, pieces};
use crate::spec::{Entry, Node, NodeKind, Scalar, ScalarStyle};
use indexmap::IndexMap;

/// Gives the value of another component's output, at the place of the reference; none where there is none, which is then reported.
pub type Outputs<'a> = &'a dyn Fn(&str, &str, Span, &mut Sink) -> Option<Value>;

/// What references of an environment mean.
pub struct Scope<'a> {
    /// The environment's name.
    pub environment: &'a str,
    /// The declared secrets.
    pub secrets: &'a IndexMap<String, SecretEntry>,
    /// The texts that spans point into.
    pub sources: &'a SourceMap,
    variables: IndexMap<String, Node>,
}

impl<'a> Scope<'a> {
    /// Resolves the variables among themselves.
    pub fn new(
        environment: &'a str,
        variables: &IndexMap<String, Node>,
        secrets: &'a IndexMap<String, SecretEntry>,
        sources: &'a SourceMap,
        sink: &mut Sink,
    ) -> Self {
        let mut scope = Self { environment, secrets, sources, variables: variables.clone() };
        let mut done: Vec<&str> = Vec::new();
        for name in variables.keys() {
            scope.variable(name, variables, &mut Vec::new(), &mut done, sink);
        }
        scope
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
            let Piece::Reference(Reference { target: ReferenceTarget::Variable(used), span }) = piece else { continue };
            let Some((used, _)) = declared.get_key_value(&used) else { continue };
            if let Some(at) = open.iter().position(|(name, _)| *name == used.as_str()) {
                sink.push(variable_cycle(&open[at..], span));
                self.variables.insert(name.to_owned(), unresolved(node));
                open.pop();
                done.push(name);
                return;
            }
            self.variable(used, declared, open, done, sink);
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
            ReferenceTarget::EnvironmentName => self.environment.to_owned(),
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
            ReferenceTarget::Preview(_) => {
                let help = "use it below `preview:`, or give the environment a variable that the preview sets";
                let message = "a preview is referred to, and this environment is none";
                sink.push(Diagnostic::error(code::PREVIEW_REFERENCE, reference.span, message).help(help));
                "${preview.number}".into()
            }
            ReferenceTarget::Output { component, output } => format!("${{{component}.{output}}}"),
        }
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
