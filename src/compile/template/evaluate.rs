//! The evaluator: expressions.

use super::arguments::Given;
use super::budget::{Budget, Exhausted};
use super::datum::{Datum, Kind};
use super::syntax::{Arguments, Expr, ExprKind, Macro};
use super::writer::Writer;
use super::{Failure, Host, filters, operators};
use crate::diag::code::{TEMPLATE_LIMIT, TEMPLATE_TYPE, TEMPLATE_UNDEFINED};
use crate::diag::{Diagnostic, Span, did_you_mean};
use indexmap::IndexMap;

/// One rendering under way.
pub(super) struct Evaluator<'t> {
    pub(super) macros: &'t [Macro],
    globals: &'t IndexMap<String, Datum>,
    host: &'t dyn Host,
    pub(super) budget: Budget,
    pub(super) writer: Writer,
    pub(super) raised: Vec<Diagnostic>,
    /// Variables by block, innermost last; the first block is the template's own.
    pub(super) blocks: Vec<Vec<(&'t str, Datum)>>,
    /// The first block that is visible beside the template's own: a macro sees no caller.
    pub(super) visible: usize,
    pub(super) namespaces: Vec<IndexMap<String, Datum>>,
    start: Span,
}

impl<'t> Evaluator<'t> {
    pub(super) fn new(
        macros: &'t [Macro],
        globals: &'t IndexMap<String, Datum>,
        host: &'t dyn Host,
        writer: Writer,
        start: Span,
    ) -> Self {
        Self {
            macros,
            globals,
            host,
            budget: Budget::default(),
            writer,
            raised: Vec::new(),
            blocks: vec![Vec::new()],
            visible: 0,
            namespaces: Vec::new(),
            start,
        }
    }

    pub(super) fn finish(self) -> (Writer, Vec<Diagnostic>) {
        (self.writer, self.raised)
    }

    /// The error for a used-up budget.
    pub(super) fn exhausted(&self, error: Exhausted, span: Span) -> Failure {
        let help = "a template is bounded, so that no repository can stop the program: write less, or compute less";
        let span = if span.file == self.start.file { span } else { self.start };
        Diagnostic::error(TEMPLATE_LIMIT, span, error.to_string()).help(help).into()
    }

    /// Pays for a value of a size.
    pub(super) fn make(&mut self, bytes: u64, span: Span) -> Result<(), Failure> {
        self.budget.make(bytes).map_err(|error| self.exhausted(error, span))
    }

    /// A value that an expression makes, paid for.
    pub(super) fn made(&mut self, datum: Datum, span: Span) -> Result<Datum, Failure> {
        self.make(datum.size(), span).map(|()| datum)
    }

    /// An error of type at a place.
    #[expect(clippy::unused_self, reason = "reads like the other errors of the evaluator")]
    pub(super) fn wrong(&self, span: Span, message: impl Into<String>) -> Failure {
        Diagnostic::error(TEMPLATE_TYPE, span, message).into()
    }

    /// The value of an expression.
    pub(super) fn evaluate(&mut self, expr: &'t Expr) -> Result<Datum, Failure> {
        match self.attempt(expr)? {
            Ok(datum) => Ok(datum),
            Err(undefined) => Err(undefined),
        }
    }

    /// The value of an expression; the inner error is that of something undefined, for `default` and `is defined`.
    pub(super) fn attempt(&mut self, expr: &'t Expr) -> Result<Result<Datum, Failure>, Failure> {
        self.budget.enter().map_err(|error| self.exhausted(error, expr.span))?;
        let result = self.attempt_kind(expr);
        self.budget.leave();
        result
    }

    fn attempt_kind(&mut self, expr: &'t Expr) -> Result<Result<Datum, Failure>, Failure> {
        match &expr.kind {
            ExprKind::Variable(name) => Ok(self.variable(name, expr.span)),
            ExprKind::Attribute(of, name) => {
                let of = match self.attempt(of)? {
                    Ok(of) => of,
                    undefined => return Ok(undefined),
                };
                Ok(self.attribute(&of, name, expr.span))
            }
            ExprKind::Item(of, key) => {
                let of = match self.attempt(of)? {
                    Ok(of) => of,
                    undefined => return Ok(undefined),
                };
                let key = self.evaluate(key)?;
                Ok(self.item(&of, &key, expr.span))
            }
            _ => self.defined(expr).map(Ok),
        }
    }

    /// The value of an expression that is not a way to a name.
    fn defined(&mut self, expr: &'t Expr) -> Result<Datum, Failure> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Constant(datum) => Ok(datum.clone()),
            ExprKind::Not(of) => Ok(Kind::Bool(!self.evaluate(of)?.is_true()).into()),
            ExprKind::Negative(of) => {
                let of = self.evaluate(of)?;
                operators::negate(&of).ok_or_else(|| self.wrong(span, format!("{} has no negative", of.kind_name())))
            }
            ExprKind::Binary(operator, left, right) => {
                let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
                operators::binary(self, *operator, &left, &right, span)
            }
            ExprKind::Logic(and, left, right) => {
                let left = self.evaluate(left)?;
                if left.is_true() == *and { self.evaluate(right) } else { Ok(left) }
            }
            ExprKind::Compare(first, operands) => {
                let mut left = self.evaluate(first)?;
                for (comparison, operand) in operands {
                    let right = self.evaluate(operand)?;
                    if !operators::compare(self, *comparison, &left, &right, span)? {
                        return Ok(Kind::Bool(false).into());
                    }
                    left = right;
                }
                Ok(Kind::Bool(true).into())
            }
            ExprKind::Choice { test, then, otherwise } => match (self.evaluate(test)?.is_true(), otherwise) {
                (true, _) => self.evaluate(then),
                (false, Some(otherwise)) => self.evaluate(otherwise),
                (false, None) => Ok(Kind::Null.into()),
            },
            ExprKind::Filter(name, of, arguments) => self.filtered(name, of.as_deref(), arguments, span),
            ExprKind::Test(name, of, arguments) => filters::test(self, name, of, arguments, span),
            ExprKind::Slice(of, start, stop) => self.slice(of, start.as_deref(), stop.as_deref(), span),
            ExprKind::Call(called, arguments) => self.call(called, arguments, span),
            ExprKind::List(items) => {
                let items = items.iter().map(|item| self.element(item)).collect::<Result<_, _>>()?;
                self.made(Datum::list(items), span)
            }
            ExprKind::Map(entries) => self.map_literal(entries, span),
            ExprKind::Variable(_) | ExprKind::Attribute(..) | ExprKind::Item(..) => self.evaluate(expr),
        }
    }

    /// An expression whose value is kept in a collection.
    fn element(&mut self, expr: &'t Expr) -> Result<Datum, Failure> {
        let datum = self.evaluate(expr)?;
        match datum.kind {
            Kind::Macro(_) | Kind::Namespace(_) | Kind::Fragment(_) => {
                Err(self.wrong(expr.span, format!("{} cannot be kept in a collection", datum.kind_name())))
            }
            _ => Ok(datum),
        }
    }

    fn map_literal(&mut self, entries: &'t [(Expr, Expr)], span: Span) -> Result<Datum, Failure> {
        let mut map = IndexMap::new();
        for (key, value) in entries {
            let name = self.evaluate(key)?;
            let Some(name) = name.as_str() else {
                return Err(self.wrong(key.span, format!("a key must be text, not {}", name.kind_name())));
            };
            map.insert(name.to_owned(), self.element(value)?);
        }
        self.made(Datum::map(map), span)
    }

    /// What a name is bound to.
    fn known(&self, name: &str) -> Option<&Datum> {
        let own = self.blocks[self.visible..].iter().rev().chain(self.blocks.first());
        let found = own.flat_map(|block| block.iter().rev()).find(|(known, _)| *known == name);
        found.map(|(_, datum)| datum).or_else(|| self.globals.get(name))
    }

    fn variable(&self, name: &str, span: Span) -> Result<Datum, Failure> {
        self.known(name).cloned().ok_or_else(|| {
            let names = self.blocks.iter().flatten().map(|(name, _)| *name);
            let names = names.chain(self.globals.keys().map(String::as_str));
            undefined(span, format!("`{name}` is not defined"), did_you_mean(name, names))
        })
    }

    fn attribute(&self, of: &Datum, name: &str, span: Span) -> Result<Datum, Failure> {
        let entries = match &of.kind {
            Kind::Map(map) => &map.entries,
            Kind::Namespace(number) => match self.namespaces.get(*number) {
                Some(entries) => entries,
                None => return Err(self.wrong(span, "the namespace is gone")),
            },
            _ => return Err(undefined(span, format!("{} has no attribute `{name}`", of.kind_name()), None)),
        };
        entries.get(name).cloned().ok_or_else(|| {
            let near = did_you_mean(name, entries.keys().map(String::as_str));
            undefined(span, format!("there is no `{name}` in this map"), near)
        })
    }

    fn item(&self, of: &Datum, key: &Datum, span: Span) -> Result<Datum, Failure> {
        match (&of.kind, &key.kind) {
            (Kind::Map(_) | Kind::Namespace(_), Kind::Text(name)) => match name.as_literal() {
                Some(name) => self.attribute(of, name, span),
                None => Err(self.wrong(span, "a key must be text that is known")),
            },
            (Kind::List(list), Kind::Int(at)) => {
                let length = i64::try_from(list.items.len()).unwrap_or(i64::MAX);
                let index = if *at < 0 { at.saturating_add(length) } else { *at };
                let item = usize::try_from(index).ok().and_then(|index| list.items.get(index));
                let message = || format!("the list has {length} elements and none at {at}");
                item.cloned().ok_or_else(|| undefined(span, message(), None))
            }
            _ => {
                let message = format!("{} has no element by {}", of.kind_name(), key.kind_name());
                Err(undefined(span, message, None))
            }
        }
    }

    fn slice(
        &mut self,
        of: &'t Expr,
        start: Option<&'t Expr>,
        stop: Option<&'t Expr>,
        span: Span,
    ) -> Result<Datum, Failure> {
        let of = self.evaluate(of)?;
        let mut bound = |expr: Option<&'t Expr>| match expr {
            None => Ok(None),
            Some(expr) => self.evaluate(expr).map(|datum| datum.as_int()),
        };
        let (start, stop) = (bound(start)?, bound(stop)?);
        let sliced = operators::slice(&of, start, stop);
        let sliced = sliced.ok_or_else(|| self.wrong(span, format!("{} cannot be sliced", of.kind_name())))?;
        self.made(sliced, span)
    }

    fn filtered(
        &mut self,
        name: &str,
        of: Option<&'t Expr>,
        arguments: &'t Arguments,
        span: Span,
    ) -> Result<Datum, Failure> {
        let Some(of) = of else { return Err(self.wrong(span, "a filter without a value")) };
        let value = self.attempt(of)?;
        let mut given = self.given(name, arguments, span)?;
        if matches!(name, "default" | "d") {
            return filters::default(value, &mut given);
        }
        filters::apply(self, name, &value?, &mut given)
    }

    /// Evaluates the arguments of a call.
    pub(super) fn given(&mut self, name: &str, arguments: &'t Arguments, span: Span) -> Result<Given, Failure> {
        let positional = arguments.positional.iter().map(|argument| self.evaluate(argument));
        let positional = positional.collect::<Result<Vec<_>, _>>()?;
        let named = arguments.named.iter().map(|(name, argument)| Ok((name.clone(), self.evaluate(argument)?)));
        let named = named.collect::<Result<Vec<_>, Failure>>()?;
        Ok(Given::new(name, span, positional, named))
    }

    fn call(&mut self, called: &'t Expr, arguments: &'t Arguments, span: Span) -> Result<Datum, Failure> {
        let ExprKind::Variable(name) = &called.kind else {
            return Err(self.wrong(called.span, "only functions and macros can be called; use a filter"));
        };
        let known = self.known(name).map(|datum| datum.kind.clone());
        let mut given = self.given(name, arguments, span)?;
        match known {
            Some(Kind::Macro(number)) => self.call_macro(number, given),
            Some(_) => Err(self.wrong(called.span, format!("`{name}` cannot be called"))),
            None => self.call_function(name, &mut given, called.span),
        }
    }

    fn call_function(&mut self, name: &str, given: &mut Given, span: Span) -> Result<Datum, Failure> {
        if let Some(result) = filters::function(self, name, given) {
            return result;
        }
        let names = self.host.functions();
        if !names.contains(&name) {
            let near = did_you_mean(name, names.iter().chain(filters::FUNCTIONS).copied());
            return Err(undefined(span, format!("there is no function `{name}`"), near));
        }
        let datum = self.host.call(name, given)?;
        given.finish()?;
        self.made(datum, given.span)
    }
}

/// The error for something that is not defined.
fn undefined(span: Span, message: String, near: Option<&str>) -> Failure {
    let diagnostic = Diagnostic::error(TEMPLATE_UNDEFINED, span, message);
    match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).into(),
        None => diagnostic.into(),
    }
}
