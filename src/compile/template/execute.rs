//! The evaluator: statements.

use super::arguments::Given;
use super::datum::{Datum, Kind};
use super::evaluate::Evaluator;
use super::syntax::{Expr, ExprKind, Loop, Statement, Target};
use super::writer::WriteError;
use super::{Failure, filters};
use crate::diag::code::{SECRET_IN_FILE, TEMPLATE_TYPE};
use crate::diag::{Diagnostic, Span};
use indexmap::IndexMap;

/// How a block ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Continue,
    Break,
}

impl<'t> Evaluator<'t> {
    /// Runs the statements of a block.
    pub(super) fn run(&mut self, statements: &'t [Statement]) -> Result<Flow, Failure> {
        for statement in statements {
            let flow = self.execute(statement)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn execute(&mut self, statement: &'t Statement) -> Result<Flow, Failure> {
        match statement {
            Statement::Raw(text, span) => {
                self.make(text.len() as u64, *span)?;
                self.writer.raw(text, *span);
            }
            Statement::Emit(expr) => {
                let datum = self.evaluate(expr)?;
                self.emit(&datum, expr.span)?;
            }
            Statement::If(test, then, otherwise) => {
                let branch = if self.evaluate(test)?.is_true() { then } else { otherwise };
                return self.nested(test.span, |this| this.run(branch));
            }
            Statement::For(of) => return self.nested(of.iterable.span, |this| this.for_loop(of)),
            Statement::With(assignments, body) => {
                self.blocks.push(Vec::new());
                for (target, value) in assignments {
                    let value = self.evaluate(value)?;
                    self.assign(target, value)?;
                }
                let flow = self.run(body)?;
                self.blocks.pop();
                return Ok(flow);
            }
            Statement::Set(target, value) => {
                let value = self.evaluate(value)?;
                self.assign(target, value)?;
            }
            Statement::Capture(target, filter, body, span) => {
                let captured = self.capture(body, filter.as_ref(), *span)?;
                self.assign(target, captured)?;
            }
            Statement::Filter(filter, body) => {
                let captured = self.capture(body, Some(filter), filter.span)?;
                self.emit(&captured, filter.span)?;
            }
            Statement::Macro(name, number) => self.bind(name, Kind::Macro(*number).into()),
            Statement::Do(call) => {
                self.evaluate(call)?;
            }
            Statement::Continue => return Ok(Flow::Continue),
            Statement::Break => return Ok(Flow::Break),
        }
        Ok(Flow::Next)
    }

    fn nested(&mut self, span: Span, run: impl FnOnce(&mut Self) -> Result<Flow, Failure>) -> Result<Flow, Failure> {
        self.budget.enter().map_err(|error| self.exhausted(error, span))?;
        let flow = run(self);
        self.budget.leave();
        flow
    }

    fn emit(&mut self, datum: &Datum, span: Span) -> Result<(), Failure> {
        self.make(datum.size(), span)?;
        self.writer.emit(datum, span).map_err(|error| match error {
            WriteError::Secret(origin) | WriteError::Deferred(origin) => in_file(&error, origin, span),
            WriteError::NoText(_) | WriteError::NoData(_) => {
                Diagnostic::error(TEMPLATE_TYPE, span, error.to_string()).into()
            }
        })
    }

    fn capture(&mut self, body: &'t [Statement], filter: Option<&'t Expr>, span: Span) -> Result<Datum, Failure> {
        let outer = self.writer.begin_capture();
        self.blocks.push(Vec::new());
        let flow = self.run(body)?;
        self.blocks.pop();
        let captured = self.writer.end_capture(outer);
        if flow != Flow::Next {
            return Err(self.wrong(span, "`break` and `continue` cannot leave a block whose text is captured"));
        }
        let captured = self.made(captured, span)?;
        match filter {
            Some(filter) => self.filter_captured(captured, filter),
            None => Ok(captured),
        }
    }

    /// Applies `a|b(c)` whose innermost value is what was captured.
    fn filter_captured(&mut self, captured: Datum, filter: &'t Expr) -> Result<Datum, Failure> {
        let ExprKind::Filter(name, of, arguments) = &filter.kind else {
            return Err(self.wrong(filter.span, "only filters can stand here"));
        };
        let value = match of {
            Some(of) => self.filter_captured(captured, of)?,
            None => captured,
        };
        let mut given = self.given(name, arguments, filter.span)?;
        filters::apply(self, name, &value, &mut given)
    }

    fn bind(&mut self, name: &'t str, value: Datum) {
        let Some(block) = self.blocks.last_mut() else { return };
        match block.iter_mut().find(|(known, _)| *known == name) {
            Some((_, bound)) => *bound = value,
            None => block.push((name, value)),
        }
    }

    fn assign(&mut self, target: &'t Target, value: Datum) -> Result<(), Failure> {
        match target {
            Target::Variable(name) => self.bind(name, value),
            Target::Attribute(name, attribute, span) => self.assign_attribute(name, attribute, value, *span)?,
            Target::Several(targets, span) => {
                let Some(items) = value.as_list() else {
                    return Err(self.wrong(*span, format!("{} cannot be taken apart", value.kind_name())));
                };
                if items.len() != targets.len() {
                    let message = format!("{} names for {} elements", targets.len(), items.len());
                    return Err(self.wrong(*span, message));
                }
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item.clone())?;
                }
            }
        }
        Ok(())
    }

    fn assign_attribute(&mut self, name: &str, attribute: &str, value: Datum, span: Span) -> Result<(), Failure> {
        if matches!(value.kind, Kind::Macro(_) | Kind::Namespace(_)) {
            return Err(self.wrong(span, format!("{} cannot be kept in a namespace", value.kind_name())));
        }
        let bound = self.blocks.iter().rev().flatten().find(|(known, _)| *known == name);
        let Some(Kind::Namespace(number)) = bound.map(|(_, datum)| datum.kind.clone()) else {
            let help = format!("begin with `{{% set {name} = namespace({attribute}=...) %}}`");
            let message = format!("`{name}` is no namespace");
            return Err(Diagnostic::error(TEMPLATE_TYPE, span, message).help(help).into());
        };
        if let Some(namespace) = self.namespaces.get_mut(number) {
            namespace.insert(attribute.to_owned(), value);
        }
        Ok(())
    }

    fn for_loop(&mut self, of: &'t Loop) -> Result<Flow, Failure> {
        let items = self.walked(of)?;
        if items.is_empty() {
            return self.run(&of.otherwise);
        }
        let length = items.len();
        for at in 0..length {
            self.make(1, of.iterable.span)?;
            self.blocks.push(vec![("loop", loop_variable(&items, at))]);
            self.assign(&of.target, items[at].clone())?;
            let flow = self.run(&of.body)?;
            self.blocks.pop();
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::Next)
    }

    /// The elements that a loop walks: those of a list, or the keys of a map, for which its condition holds.
    fn walked(&mut self, of: &'t Loop) -> Result<Vec<Datum>, Failure> {
        let iterable = self.evaluate(&of.iterable)?;
        let span = of.iterable.span;
        let items = filters::elements(&iterable)
            .ok_or_else(|| self.wrong(span, format!("{} cannot be walked", iterable.kind_name())))?;
        self.make(items.len() as u64, span)?;
        let Some(condition) = &of.condition else { return Ok(items) };
        let mut kept = Vec::new();
        for item in items {
            self.blocks.push(Vec::new());
            self.assign(&of.target, item.clone())?;
            if self.evaluate(condition)?.is_true() {
                kept.push(item);
            }
            self.blocks.pop();
        }
        Ok(kept)
    }

    /// What a macro writes.
    pub(super) fn call_macro(&mut self, number: usize, mut given: Given) -> Result<Datum, Failure> {
        let macros = self.macros;
        let Some(declaration) = macros.get(number) else { return Err(given.error("it is gone")) };
        let mut block = Vec::new();
        for (parameter, default) in &declaration.parameters {
            let value = match (given.optional(parameter), default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.evaluate(default)?,
                (None, None) => return Err(given.error(format_args!("the argument `{parameter}` is missing"))),
            };
            block.push((parameter.as_str(), value));
        }
        given.finish()?;
        let visible = std::mem::replace(&mut self.visible, self.blocks.len());
        self.blocks.push(block);
        let mut written = None;
        let flow = self.nested(given.span, |this| {
            written = Some(this.capture(&declaration.body, None, given.span)?);
            Ok(Flow::Next)
        });
        self.blocks.pop();
        self.visible = visible;
        flow.map(|_| written.unwrap_or_else(|| Kind::Null.into()))
    }
}

fn in_file(error: &WriteError, origin: Option<Span>, span: Span) -> Failure {
    let help = "a file is readable by everybody who can read the artifacts; hand the secret over as a file of its own \
                (`secret_files`) and read it when the program starts";
    let diagnostic = Diagnostic::error(SECRET_IN_FILE, origin.unwrap_or(span), error.to_string()).help(help);
    match origin {
        Some(_) => diagnostic.label(span, "it is written here").into(),
        None => diagnostic.into(),
    }
}

fn loop_variable(items: &[Datum], at: usize) -> Datum {
    let int = |number: usize| Datum::from(Kind::Int(i64::try_from(number).unwrap_or(i64::MAX)));
    let mut entries = IndexMap::from([
        ("index".to_owned(), int(at + 1)),
        ("index0".to_owned(), int(at)),
        ("revindex".to_owned(), int(items.len() - at)),
        ("first".to_owned(), Kind::Bool(at == 0).into()),
        ("last".to_owned(), Kind::Bool(at + 1 == items.len()).into()),
        ("length".to_owned(), int(items.len())),
    ]);
    if let Some(previous) = at.checked_sub(1).and_then(|at| items.get(at)) {
        entries.insert("previtem".to_owned(), previous.clone());
    }
    if let Some(next) = items.get(at + 1) {
        entries.insert("nextitem".to_owned(), next.clone());
    }
    Datum::map(entries)
}
