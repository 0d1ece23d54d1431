//! Secrets of an instance: what they are called, and under which variable they are handed over.

use crate::diag::{Diagnostic, SECRET_NAME_COLLISION, Sink, Span};
use crate::model::{Part, Value};
use indexmap::IndexMap;

/// A value that nobody may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sensitive {
    /// The environment variable that holds it where it is handed over.
    pub variable: String,
    /// What it is made of.
    pub content: Value,
    /// Where it is first referred to.
    pub span: Span,
}

/// The secrets seen so far, by name.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    seen: IndexMap<String, Sensitive>,
}

impl Secrets {
    /// The name of a sensitive value: the secret's own where it is one secret and nothing else, else `COMPONENT-PLACE`.
    pub fn name(&mut self, component: &str, place: &str, content: &Value, span: Span, sink: &mut Sink) -> String {
        let name = match content.parts() {
            [Part::Secret(name)] => name.clone(),
            _ => format!(
                "{component}-{}",
                place.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "-")
            ),
        };
        let sensitive = Sensitive { variable: variable_name(&name), content: content.clone(), span };
        let clashes = |(other, seen): (&String, &Sensitive)| {
            (*other == name && seen.content != *content) || (*other != name && seen.variable == sensitive.variable)
        };
        if let Some((other, first)) = self.seen.iter().find(|entry| clashes(*entry)) {
            let message = format!("`{name}` and `{other}` would both be handed over as `{}`", sensitive.variable);
            sink.push(
                Diagnostic::error(SECRET_NAME_COLLISION, span, message).label(first.span, "the other one is here"),
            );
        }
        self.seen.entry(name.clone()).or_insert(sensitive);
        name
    }

    /// All of them, by name, in the order of their names.
    pub fn into_map(mut self) -> IndexMap<String, Sensitive> {
        self.seen.sort_keys();
        self.seen
    }
}

/// `cache-app` as an environment variable: `CACHE_APP`.
pub fn variable_name(name: &str) -> String {
    let upper = name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    if upper.starts_with(|c: char| c.is_ascii_digit()) { format!("_{upper}") } else { upper }
}
