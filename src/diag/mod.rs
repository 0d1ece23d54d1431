//! Diagnostics: what is said about a user's files, and where.
//!
//! A diagnostic is data (code, severity, spans, help). Rooms collect diagnostics into a [`Sink`] and go on, so that one run
//! reports all that is wrong. The renderers (`human`, `json`, `github`) turn them into text.
//!
//! Never: decides whether something is wrong, or prints.
//!
//! Invariants: a code is never reused for another meaning; every code has a page in [`CODES`]; a span lies inside its file and on
//! character boundaries.

mod bounded;
pub mod code;
mod pages;
mod render;
mod sink;
mod source;
mod suggest;

pub use bounded::bounded;
pub use code::*;
pub use pages::page_of_codes;
pub use render::{github, human, json};
pub use sink::{MAX_DIAGNOSTICS, Sink};
pub use source::{FileId, Place, SourceMap, Span};
pub use suggest::did_you_mean;

/// How bad it is. Errors stop what was asked for; the others are printed and do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// What was asked for cannot be done.
    Error,
    /// It can be done, and is probably not what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word that every output uses: `error`, `warning`, `note`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Another place that explains the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there, a lower-case fragment.
    pub message: String,
}

/// One message about one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, `DL0102`.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a full stop; never holds a secret's value nor more of the file than a key or a short scalar.
    pub message: String,
    /// The place; none where there is no file to point at (a missing environment).
    pub span: Option<Span>,
    /// Other places.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message)
    }

    /// A warning at a place.
    pub fn warning(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message)
    }

    /// A diagnostic of any severity.
    pub fn new(code: Code, severity: Severity, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self { code, severity, message: message.into(), span: span.into(), labels: Vec::new(), help: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }
}
