//! The templates of modules: minijinja's syntax, its parser, and an evaluator of our own.
//!
//! An evaluator of our own, because three things are asked of it that a general engine cannot give. Memory is bounded within the process:
//! minijinja's fuel counts instructions, and one instruction can double a string or a list. References stay references: a secret or an
//! endpoint is a part of a value, which a template can pass on and join but never look into. And every message has the place of the
//! expression, or of what the user wrote where the value comes from there.
//!
//! In a document (`model.yaml.j2`) every `{{ value }}` is written as a JSON scalar or flow collection, which is YAML: no value can change
//! the structure. In a file (`files/*.j2`) it is written as its text.
//!
//! Never: reads a file, a clock, the environment; knows what a function of its host means.
//!
//! Invariants: no template can use more than the budget; the same inputs give the same bytes; nothing panics.

mod arguments;
mod budget;
mod collection_filters;
mod datum;
mod evaluate;
mod execute;
mod filters;
mod literals;
mod operators;
mod reading;
mod syntax;
#[cfg(test)]
mod tests;
mod text_filters;
mod writer;

pub use arguments::Given;
pub use budget::Exhausted;
pub use datum::{Datum, Kind};
pub use writer::{Document, Fragment, Segment};

use crate::diag::{Diagnostic, FileId, Span};
use crate::model::Value;
use evaluate::Evaluator;
use indexmap::IndexMap;
use syntax::{Macro, Statement};
use writer::Writer;

/// What is wrong, where a rendering or reading cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub Box<Diagnostic>);

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(Box::new(diagnostic))
    }
}

/// What templates can call beside what is built in.
pub trait Host {
    /// The names of the functions.
    fn functions(&self) -> &'static [&'static str];

    /// Calls one of them. `span` is the place of the call.
    fn call(&self, name: &str, arguments: &mut Given) -> Result<Datum, Failure>;
}

/// A host without functions.
#[derive(Debug, Clone, Copy)]
pub struct NoHost;

impl Host for NoHost {
    fn functions(&self) -> &'static [&'static str] {
        &[]
    }

    fn call(&self, name: &str, arguments: &mut Given) -> Result<Datum, Failure> {
        Err(arguments.undefined(name, "function"))
    }
}

/// A template that was read once and can be rendered often.
#[derive(Debug)]
pub struct Template {
    body: Vec<Statement>,
    macros: Vec<Macro>,
    start: Span,
}

/// What came out of a rendering.
#[derive(Debug)]
pub struct Rendering<T> {
    /// The output; none where something was raised or the rendering could not go on.
    pub output: Option<T>,
    /// What the template raised, and why it could not go on.
    pub diagnostics: Vec<Diagnostic>,
}

impl Template {
    /// Reads a template.
    pub fn read(source: &str, file: FileId) -> Result<Self, Failure> {
        let (body, macros) = reading::read(source, file)?;
        Ok(Self { body, macros, start: Span::start_of(file) })
    }

    /// Renders a document.
    pub fn render_document(&self, globals: &IndexMap<String, Datum>, host: &dyn Host) -> Rendering<Document> {
        self.render(globals, host, Writer::Document(Document::default())).map(|writer| match writer {
            Writer::Document(document) => document,
            Writer::Text(_) => Document::default(),
        })
    }

    /// Renders text.
    pub fn render_text(&self, globals: &IndexMap<String, Datum>, host: &dyn Host) -> Rendering<Value> {
        self.render(globals, host, Writer::Text(Value::default())).map(|writer| match writer {
            Writer::Text(value) => value,
            Writer::Document(_) => Value::default(),
        })
    }

    fn render(&self, globals: &IndexMap<String, Datum>, host: &dyn Host, writer: Writer) -> Rendering<Writer> {
        let mut evaluator = Evaluator::new(&self.macros, globals, host, writer, self.start);
        let outcome = evaluator.run(&self.body);
        let (writer, mut diagnostics) = evaluator.finish();
        if let Err(Failure(diagnostic)) = outcome {
            diagnostics.push(*diagnostic);
        }
        let failed = diagnostics.iter().any(|diagnostic| diagnostic.severity == crate::diag::Severity::Error);
        Rendering { output: (!failed).then_some(writer), diagnostics }
    }
}

impl<T> Rendering<T> {
    fn map<U>(self, convert: impl FnOnce(T) -> U) -> Rendering<U> {
        Rendering { output: self.output.map(convert), diagnostics: self.diagnostics }
    }
}
