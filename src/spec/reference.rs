//! References in text: `${var.X}`, `${COMPONENT.OUTPUT}`, `${secret.NAME}`, `${environment.name}`, `${preview.number|branch|sha}`.
//!
//! Data, not code: a name or two, and nothing that computes. `$${` is a literal `${`; any other `$` is itself.

use super::node::{Node, NodeKind, ScalarStyle};
use super::shape::Form;
use crate::diag::{Code, Diagnostic, Sink, SourceMap, Span, bounded, code, did_you_mean};

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is, `$${` already turned into `${`.
    Literal(String),
    /// A reference.
    Reference(Reference),
}

/// A reference and its place: exactly its bytes where the scalar is written as it reads, else the whole scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What it refers to.
    pub target: ReferenceTarget,
    /// Where it stands.
    pub span: Span,
}

/// What a reference refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceTarget {
    /// `${var.NAME}`: a variable of the environment.
    Variable(String),
    /// `${secret.NAME}`: a secret of the environment.
    Secret(String),
    /// `${environment.name}`.
    EnvironmentName,
    /// `${preview.number}`, `${preview.branch}`, `${preview.sha}`, `${preview.name}`.
    Preview(PreviewField),
    /// `${COMPONENT.OUTPUT}`: an output of another component; the output's name may have dots.
    Output {
        /// The component.
        component: String,
        /// The output.
        output: String,
    },
}

/// What is known of a preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviewField {
    /// The number of the pull request.
    Number,
    /// Its branch.
    Branch,
    /// Its commit.
    Sha,
    /// The name of its environment.
    Name,
}

/// The fields of `${preview...}`.
const PREVIEW_FIELDS: [&str; 4] = ["number", "branch", "sha", "name"];

/// The words that no component can be called, since they start other references.
pub const RESERVED: [&str; 4] = ["var", "secret", "environment", "preview"];

/// Whether a text has something that looks like a reference.
pub fn has_reference(text: &str) -> bool {
    raw_pieces(text).iter().any(|piece| !matches!(piece, Raw::Literal(_)))
}

/// The pieces of a scalar; a single literal where it is no scalar or not text. Malformed references are reported and left out.
pub fn pieces(node: &Node, sources: &SourceMap, sink: &mut Sink) -> Vec<Piece> {
    let NodeKind::Scalar { text, style, .. } = &node.kind else { return Vec::new() };
    let exact = exact_start(node, text, *style, sources);
    let mut found = Vec::new();
    for piece in raw_pieces(text) {
        match piece {
            Raw::Literal(text) => found.push(Piece::Literal(text)),
            Raw::Unclosed { at } => sink.push(unclosed(place(node.span, exact, at, text.len()))),
            Raw::Closed { at, inner } => {
                let span = place(node.span, exact, at, at + inner.len() + 3);
                match target(inner) {
                    Ok(target) => found.push(Piece::Reference(Reference { target, span })),
                    Err(problem) => sink.push(problem.diagnostic(inner, span)),
                }
            }
        }
    }
    found
}

enum Raw<'a> {
    Literal(String),
    Closed { at: usize, inner: &'a str },
    Unclosed { at: usize },
}

fn raw_pieces(text: &str) -> Vec<Raw<'_>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(dollar) = text[at..].find('$').map(|offset| at + offset) {
        literal.push_str(&text[at..dollar]);
        let rest = &text[dollar..];
        if rest.starts_with("$${") {
            literal.push_str("${");
            at = dollar + 3;
        } else if rest.starts_with("${") {
            if !literal.is_empty() {
                pieces.push(Raw::Literal(std::mem::take(&mut literal)));
            }
            let Some(end) = rest.find('}') else {
                pieces.push(Raw::Unclosed { at: dollar });
                return pieces;
            };
            pieces.push(Raw::Closed { at: dollar, inner: &rest[2..end] });
            at = dollar + end + 1;
        } else {
            literal.push('$');
            at = dollar + 1;
        }
    }
    literal.push_str(&text[at..]);
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Raw::Literal(literal));
    }
    pieces
}

/// Where the scalar's text starts in the file, if it stands there as it reads.
fn exact_start(node: &Node, text: &str, style: ScalarStyle, sources: &SourceMap) -> Option<u32> {
    let quotes = u32::from(style != ScalarStyle::Plain);
    let written = sources.slice(node.span);
    let inner = match style {
        ScalarStyle::Plain => written,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => written.get(1..written.len().saturating_sub(1))?,
        ScalarStyle::Literal | ScalarStyle::Folded => return None,
    };
    (inner == text).then_some(node.span.start + quotes)
}

fn place(whole: Span, exact: Option<u32>, from: usize, to: usize) -> Span {
    let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    exact.map_or(whole, |start| Span::new(whole.file, start + narrow(from), start + narrow(to)))
}

const FORMS: &str =
    "write `${var.NAME}`, `${COMPONENT.OUTPUT}`, `${secret.NAME}`, `${environment.name}`, or `$${` for a literal `${`";

fn unclosed(span: Span) -> Diagnostic {
    Diagnostic::error(code::REFERENCE_SYNTAX, span, "a reference starts here and is not closed")
        .help("close it with `}`, or write `$${` for a literal `${`")
}

enum Problem {
    Empty,
    Expression(char),
    Form(&'static str),
    Field { of: &'static str, fields: &'static [&'static str], found: String },
}

impl Problem {
    fn diagnostic(self, inner: &str, span: Span) -> Diagnostic {
        let shown = bounded(inner);
        let error = |code: Code, message: String| Diagnostic::error(code, span, message);
        match self {
            Self::Empty => error(code::REFERENCE_SYNTAX, "a reference to nothing".into()).help(FORMS),
            Self::Expression(character) => {
                let message = format!(
                    "`${{{shown}}}` has `{}`: a reference is a name, not an expression",
                    character.escape_debug()
                );
                error(code::REFERENCE_EXPRESSION, message).help(FORMS)
            }
            Self::Form(help) => error(code::REFERENCE_SYNTAX, format!("`${{{shown}}}` is no reference")).help(help),
            Self::Field { of, fields, found } => {
                let help = did_you_mean(&found, fields.iter().copied()).map_or_else(
                    || {
                        format!(
                            "there is {}",
                            fields.iter().map(|field| format!("`${{{of}.{field}}}`")).collect::<Vec<_>>().join(", ")
                        )
                    },
                    |meant| format!("did you mean `${{{of}.{meant}}}`?"),
                );
                error(code::REFERENCE_SYNTAX, format!("`${{{shown}}}` is no reference")).help(help)
            }
        }
    }
}

fn target(inner: &str) -> Result<ReferenceTarget, Problem> {
    if inner.is_empty() {
        return Err(Problem::Empty);
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if let Some(character) = inner.chars().find(|character| !plain(*character)) {
        return Err(Problem::Expression(character));
    }
    let (head, tail) = inner.split_once('.').ok_or(Problem::Form(FORMS))?;
    match head {
        "var" if Form::Variable.accepts(tail) => Ok(ReferenceTarget::Variable(tail.into())),
        "var" => Err(Problem::Form(
            "a variable is `${var.NAME}`; NAME starts with a letter and has letters, digits, `_` and `-`",
        )),
        "secret" if Form::SecretName.accepts(tail) => Ok(ReferenceTarget::Secret(tail.into())),
        "secret" => Err(Problem::Form("a secret is `${secret.NAME}`; NAME has letters, digits, `_` and `-`")),
        "environment" if tail == "name" => Ok(ReferenceTarget::EnvironmentName),
        "environment" => Err(Problem::Field { of: "environment", fields: &["name"], found: tail.into() }),
        "preview" => preview(tail),
        component => output(component, tail),
    }
}

fn preview(field: &str) -> Result<ReferenceTarget, Problem> {
    let found = match field {
        "number" => PreviewField::Number,
        "branch" => PreviewField::Branch,
        "sha" => PreviewField::Sha,
        "name" => PreviewField::Name,
        _ => return Err(Problem::Field { of: "preview", fields: &PREVIEW_FIELDS, found: field.into() }),
    };
    Ok(ReferenceTarget::Preview(found))
}

fn output(component: &str, output: &str) -> Result<ReferenceTarget, Problem> {
    let named = output.split('.').all(|part| !part.is_empty());
    if Form::Label.accepts(component) && named {
        return Ok(ReferenceTarget::Output { component: component.into(), output: output.into() });
    }
    Err(Problem::Form("an output of a component is `${COMPONENT.OUTPUT}`; a variable is `${var.NAME}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::parse::tests::read;

    fn all(yaml: &str) -> (Vec<String>, Vec<String>) {
        let (node, _, sources) = read(yaml);
        let mut sink = Sink::default();
        let found = pieces(node.unwrap().get("a").unwrap(), &sources, &mut sink).into_iter().map(|piece| match piece {
            Piece::Literal(text) => format!("{text:?}"),
            Piece::Reference(reference) => format!("{:?} `{}`", reference.target, sources.slice(reference.span)),
        });
        let found = found.collect();
        let told = sink.iter().map(|d| format!("{} `{}` {}", d.code, sources.slice(d.span.unwrap()), d.message));
        (found, told.collect())
    }

    #[test]
    fn references_are_told_from_text_with_their_bytes() {
        let cases: &[(&str, &[&str])] = &[
            ("a: plain\n", &["\"plain\""]),
            ("a: \"\"\n", &["\"\""]),
            ("a: é${var.x}\n", &["\"é\"", "Variable(\"x\") `${var.x}`"]),
            (
                "a: 'redis://app:${secret.p-1}@${net.host.a}'\n",
                &[
                    "\"redis://app:\"",
                    "Secret(\"p-1\") `${secret.p-1}`",
                    "\"@\"",
                    "Output { component: \"net\", output: \"host.a\" } `${net.host.a}`",
                ],
            ),
            (
                "a: \"${environment.name}${preview.sha}\"\n",
                &["EnvironmentName `${environment.name}`", "Preview(Sha) `${preview.sha}`"],
            ),
            ("a: $${var.x} $$ $x ${var.y}\n", &["\"${var.x} $$ $x \"", "Variable(\"y\") `${var.y}`"]),
            ("a: \"\\x41 ${var.x}\"\n", &["\"A \"", "Variable(\"x\") `\"\\x41 ${var.x}\"`"]),
            ("a: 'it''s ${var.x}'\n", &["\"it's \"", "Variable(\"x\") `'it''s ${var.x}'`"]),
            ("a: |\n  x\n  ${var.x}\n", &["\"x\\n\"", "Variable(\"x\") `|\n  x\n  ${var.x}`", "\"\\n\""]),
        ];
        for (yaml, expected) in cases {
            assert_eq!(all(yaml), (expected.iter().map(ToString::to_string).collect(), Vec::new()), "{yaml}");
        }
    }

    #[test]
    fn malformed_references_are_told_with_their_bytes() {
        let cases = [
            ("a: x${var.x\n", "DL0130 `${var.x` a reference starts here and is not closed"),
            ("a: ${}\n", "DL0130 `${}` a reference to nothing"),
            ("a: x ${var} y\n", "DL0130 `${var}` `${var}` is no reference"),
            ("a: ${var.1}\n", "DL0130 `${var.1}` `${var.1}` is no reference"),
            ("a: ${var.}\n", "DL0130 `${var.}` `${var.}` is no reference"),
            ("a: ${.x}\n", "DL0130 `${.x}` `${.x}` is no reference"),
            ("a: ${a..b}\n", "DL0130 `${a..b}` `${a..b}` is no reference"),
            ("a: ${environment.nam}\n", "DL0130 `${environment.nam}` `${environment.nam}` is no reference"),
            ("a: ${ var.x }\n", "DL0131 `${ var.x }` `${ var.x }` has ` `: a reference is a name, not an expression"),
            (
                "a: ${var.x + 1}\n",
                "DL0131 `${var.x + 1}` `${var.x + 1}` has ` `: a reference is a name, not an expression",
            ),
            ("a: ${a|b}\n", "DL0131 `${a|b}` `${a|b}` has `|`: a reference is a name, not an expression"),
        ];
        for (yaml, expected) in cases {
            assert_eq!(all(yaml).1, [expected], "{yaml}");
        }
    }
}
