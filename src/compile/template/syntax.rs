//! A template as it is evaluated: what the parser gives, owned, without what module templates do not have.

use super::datum::{Datum, Kind};
use super::reading::Reading;
use crate::diag::Span;

/// An expression and its place.
#[derive(Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug)]
pub enum ExprKind {
    /// A variable.
    Variable(String),
    /// A constant.
    Constant(Datum),
    /// `not x`.
    Not(Box<Expr>),
    /// `-x`.
    Negative(Box<Expr>),
    /// `x op y`.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `x and y` (true) or `x or y` (false).
    Logic(bool, Box<Expr>, Box<Expr>),
    /// `x < y < z`.
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    /// `x if test else y`.
    Choice {
        /// The test.
        test: Box<Expr>,
        /// What it is if the test holds.
        then: Box<Expr>,
        /// What it is otherwise.
        otherwise: Option<Box<Expr>>,
    },
    /// `x|name(arguments)`; without `x` in a filter block.
    Filter(String, Option<Box<Expr>>, Arguments),
    /// `x is name(arguments)`.
    Test(String, Box<Expr>, Arguments),
    /// `x.name`.
    Attribute(Box<Expr>, String),
    /// `x[y]`.
    Item(Box<Expr>, Box<Expr>),
    /// `x[start:stop]`.
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `x(arguments)`.
    Call(Box<Expr>, Arguments),
    /// `[x, y]`.
    List(Vec<Expr>),
    /// `{x: y}`.
    Map(Vec<(Expr, Expr)>),
}

/// The arguments of a call.
#[derive(Debug, Default)]
pub struct Arguments {
    /// Those without a name.
    pub positional: Vec<Expr>,
    /// Those with a name.
    pub named: Vec<(String, Expr)>,
}

/// An operator of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `//`.
    FloorDivide,
    /// `%`.
    Remainder,
    /// `**`.
    Power,
    /// `~`.
    Concatenate,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`.
    Equal,
    /// `!=`.
    Different,
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `>`.
    Greater,
    /// `>=`.
    AtLeast,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
}

/// A statement.
#[derive(Debug)]
pub enum Statement {
    /// `{{ x }}`.
    Emit(Expr),
    /// Text as it stands.
    Raw(String, Span),
    /// `{% for %}`.
    For(Box<Loop>),
    /// `{% if %}`.
    If(Expr, Vec<Statement>, Vec<Statement>),
    /// `{% with %}`.
    With(Vec<(Target, Expr)>, Vec<Statement>),
    /// `{% set x = y %}`.
    Set(Target, Expr),
    /// `{% set x %}...{% endset %}`.
    Capture(Target, Option<Expr>, Vec<Statement>, Span),
    /// `{% filter x %}...{% endfilter %}`.
    Filter(Expr, Vec<Statement>),
    /// `{% macro x() %}`.
    Macro(String, usize),
    /// `{% do x() %}`.
    Do(Expr),
    /// `{% continue %}`.
    Continue,
    /// `{% break %}`.
    Break,
}

/// A `for` loop.
#[derive(Debug)]
pub struct Loop {
    /// What an element is bound to.
    pub target: Target,
    /// What is walked.
    pub iterable: Expr,
    /// Which elements count.
    pub condition: Option<Expr>,
    /// What is done for each.
    pub body: Vec<Statement>,
    /// What is done if there is none.
    pub otherwise: Vec<Statement>,
}

/// What is assigned to.
#[derive(Debug)]
pub enum Target {
    /// A variable.
    Variable(String),
    /// An attribute of a namespace.
    Attribute(String, String, Span),
    /// Several at once.
    Several(Vec<Target>, Span),
}

/// A macro.
#[derive(Debug)]
pub struct Macro {
    /// Its parameters, and what they are where they are not given.
    pub parameters: Vec<(String, Option<Expr>)>,
    /// What it writes.
    pub body: Vec<Statement>,
}

/// A constant of the parser as a value.
pub(super) fn constant(value: &minijinja::Value, span: Span) -> Result<Datum, super::Failure> {
    use minijinja::value::ValueKind;
    let kind = match value.kind() {
        ValueKind::None => Kind::Null,
        ValueKind::Bool => Kind::Bool(value.is_true()),
        ValueKind::Number => match i64::try_from(value.clone()) {
            Ok(number) if value.is_integer() => Kind::Int(number),
            _ => float(value).ok_or_else(|| Reading::refuse(span, "a number that is too large"))?,
        },
        ValueKind::String => return Ok(Datum::text(value.as_str().unwrap_or_default())),
        _ => return Err(Reading::refuse(span, "a constant of this kind")),
    };
    Ok(kind.into())
}

fn float(value: &minijinja::Value) -> Option<Kind> {
    let number = f64::try_from(value.clone()).ok()?;
    (number.is_finite() && !value.is_integer()).then_some(Kind::Float(number))
}
