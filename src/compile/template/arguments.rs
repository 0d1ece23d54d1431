//! The arguments of one call of a function, filter, test or macro.

use super::datum::Datum;
use super::{Failure, Kind};
use crate::diag::code::{TEMPLATE_TYPE, TEMPLATE_UNDEFINED};
use crate::diag::{Diagnostic, Span};

/// Evaluated arguments, and the place of the call.
#[derive(Debug)]
pub struct Given {
    /// What is called.
    pub name: String,
    /// The place of the call.
    pub span: Span,
    positional: std::vec::IntoIter<Datum>,
    named: Vec<(String, Datum)>,
}

impl Given {
    /// The arguments of a call.
    pub(super) fn new(name: &str, span: Span, positional: Vec<Datum>, named: Vec<(String, Datum)>) -> Self {
        Self { name: name.to_owned(), span, positional: positional.into_iter(), named }
    }

    /// An error at the call.
    pub fn error(&self, message: impl std::fmt::Display) -> Failure {
        Diagnostic::error(TEMPLATE_TYPE, self.span, format!("`{}`: {message}", self.name)).into()
    }

    /// The error for something that does not exist.
    pub fn undefined(&self, name: &str, what: &str) -> Failure {
        Diagnostic::error(TEMPLATE_UNDEFINED, self.span, format!("there is no {what} `{name}`")).into()
    }

    /// The next argument, by position or name; none where it is not given.
    pub fn next(&mut self, name: &str) -> Option<Datum> {
        self.by_name(name).or_else(|| self.positional.next())
    }

    /// The next argument, by position or name; none where it is not given or nothing.
    pub fn optional(&mut self, name: &str) -> Option<Datum> {
        self.next(name).filter(|datum| !matches!(datum.kind, Kind::Null))
    }

    /// An argument that is only given by name.
    pub fn by_name(&mut self, name: &str) -> Option<Datum> {
        let at = self.named.iter().position(|(given, _)| given == name)?;
        Some(self.named.remove(at).1)
    }

    /// The next argument, which must be given.
    pub fn required(&mut self, name: &str) -> Result<Datum, Failure> {
        self.optional(name).ok_or_else(|| self.error(format_args!("the argument `{name}` is missing")))
    }

    /// The next argument, which must be known text.
    pub fn text(&mut self, name: &str) -> Result<String, Failure> {
        let datum = self.required(name)?;
        self.known(name, &datum)
    }

    /// The next argument, which is known text if it is given.
    pub fn optional_text(&mut self, name: &str) -> Result<Option<String>, Failure> {
        self.optional(name).map(|datum| self.known(name, &datum)).transpose()
    }

    /// The next argument, which is an integer if it is given.
    pub fn optional_int(&mut self, name: &str) -> Result<Option<i64>, Failure> {
        let Some(datum) = self.optional(name) else { return Ok(None) };
        let wrong = || self.error(format_args!("`{name}` must be an integer, not {}", datum.kind_name()));
        datum.as_int().map(Some).ok_or_else(wrong)
    }

    fn known(&self, name: &str, datum: &Datum) -> Result<String, Failure> {
        let wrong = || self.error(format_args!("`{name}` must be text, not {}", datum.kind_name()));
        datum.as_str().map(ToOwned::to_owned).ok_or_else(wrong)
    }

    /// The named arguments that are left.
    pub fn rest(&mut self) -> Vec<(String, Datum)> {
        std::mem::take(&mut self.named)
    }

    /// Whether arguments are left that nothing took.
    pub fn finish(&mut self) -> Result<(), Failure> {
        if let Some((name, _)) = self.named.first() {
            return Err(self.error(format_args!("it takes no argument `{name}`")));
        }
        if self.positional.next().is_some() {
            return Err(self.error("it is given too many arguments"));
        }
        Ok(())
    }
}
