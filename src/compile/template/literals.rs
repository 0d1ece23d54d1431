//! What a template says literally: constants of expressions, and its own text.

use super::Template;
use super::datum::Kind;
use super::syntax::{Arguments, Expr, ExprKind, Statement};
use crate::diag::Span;

impl Template {
    /// The places of all constants that are text, numbers or booleans, in order.
    pub fn constants(&self) -> Vec<Span> {
        let mut found = Found::default();
        found.statements(&self.body);
        self.macro_bodies(&mut found);
        found.constants.sort_unstable();
        found.constants.dedup();
        found.constants
    }

    /// The places of all text that stands outside of tags, in order.
    pub fn raw_texts(&self) -> Vec<Span> {
        let mut found = Found::default();
        found.statements(&self.body);
        self.macro_bodies(&mut found);
        found.raw.sort_unstable();
        found.raw
    }

    fn macro_bodies(&self, found: &mut Found) {
        for declaration in &self.macros {
            found.statements(&declaration.body);
            declaration
                .parameters
                .iter()
                .filter_map(|(_, default)| default.as_ref())
                .for_each(|default| found.expr(default));
        }
    }
}

#[derive(Default)]
struct Found {
    constants: Vec<Span>,
    raw: Vec<Span>,
}

impl Found {
    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            match statement {
                Statement::Raw(_, span) => self.raw.push(*span),
                Statement::Emit(expr) | Statement::Do(expr) | Statement::Set(_, expr) => {
                    self.expr(expr);
                }
                Statement::If(test, then, otherwise) => {
                    self.expr(test);
                    self.statements(then);
                    self.statements(otherwise);
                }
                Statement::For(of) => {
                    self.expr(&of.iterable);
                    of.condition.iter().for_each(|test| self.expr(test));
                    self.statements(&of.body);
                    self.statements(&of.otherwise);
                }
                Statement::With(assignments, body) => {
                    assignments.iter().for_each(|(_, value)| self.expr(value));
                    self.statements(body);
                }
                Statement::Capture(_, filter, body, _) => {
                    filter.iter().for_each(|filter| self.expr(filter));
                    self.statements(body);
                }
                Statement::Filter(filter, body) => {
                    self.expr(filter);
                    self.statements(body);
                }
                Statement::Macro(..) | Statement::Continue | Statement::Break => {}
            }
        }
    }

    fn arguments(&mut self, arguments: &Arguments) {
        arguments.positional.iter().for_each(|argument| self.expr(argument));
        arguments.named.iter().for_each(|(_, argument)| self.expr(argument));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Constant(datum) => {
                if !matches!(datum.kind, Kind::Null) {
                    self.constants.push(expr.span);
                }
            }
            ExprKind::Variable(_) => {}
            ExprKind::Not(of) | ExprKind::Negative(of) | ExprKind::Attribute(of, _) => self.expr(of),
            ExprKind::Binary(_, left, right) | ExprKind::Logic(_, left, right) | ExprKind::Item(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Compare(first, operands) => {
                self.expr(first);
                operands.iter().for_each(|(_, operand)| self.expr(operand));
            }
            ExprKind::Choice { test, then, otherwise } => {
                self.expr(test);
                self.expr(then);
                otherwise.iter().for_each(|otherwise| self.expr(otherwise));
            }
            ExprKind::Filter(_, of, arguments) => {
                of.iter().for_each(|of| self.expr(of));
                self.arguments(arguments);
            }
            ExprKind::Test(_, of, arguments) => {
                self.expr(of);
                self.arguments(arguments);
            }
            ExprKind::Slice(of, start, stop) => {
                self.expr(of);
                start.iter().chain(stop).for_each(|bound| self.expr(bound));
            }
            ExprKind::Call(called, arguments) => {
                self.expr(called);
                self.arguments(arguments);
            }
            ExprKind::List(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.expr(key);
                self.expr(value);
            }),
        }
    }
}
