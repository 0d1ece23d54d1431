//! Template text to [`Statement`]s: the parser's tree, checked and owned.

use super::Failure;
use super::syntax::{Arguments, Comparison, Expr, ExprKind, Loop, Macro, Operator, Statement, Target, constant};
use crate::diag::code::{TEMPLATE_LIMIT, TEMPLATE_SYNTAX, TEMPLATE_UNSUPPORTED};
use crate::diag::{Diagnostic, FileId, Span};
use minijinja::machinery::{Token, ast, parse, tokenize};
use minijinja::syntax::SyntaxConfig;

/// How long a template may be, in bytes.
const LONGEST: usize = 512 << 10;
/// How many tokens one tag may have: the parser's tree is as deep as an expression is long.
const TOKENS_IN_A_TAG: usize = 4_000;
/// How many `elif` a template may have: each is a level of the parser's tree.
const ALTERNATIVES: usize = 200;
/// How deep an expression or statement may be nested.
const DEPTH: usize = 80;

/// A template being read.
pub(super) struct Reading<'a> {
    file: FileId,
    source: &'a str,
    depth: usize,
    /// The macros found so far.
    pub macros: Vec<Macro>,
}

/// Reads a template.
pub(super) fn read(source: &str, file: FileId) -> Result<(Vec<Statement>, Vec<Macro>), Failure> {
    let mut reading = Reading { file, source, depth: 0, macros: Vec::new() };
    reading.check_size()?;
    let config = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    let config = config.map_err(|error| reading.syntax_error(&error))?;
    reading.check_tokens(&config)?;
    let tree = parse(source, "template", config).map_err(|error| reading.syntax_error(&error))?;
    let body = match &tree {
        ast::Stmt::Template(template) => reading.statements(&template.children)?,
        other => reading.statements(std::slice::from_ref(other))?,
    };
    Ok((body, reading.macros))
}

impl Reading<'_> {
    /// A construct that module templates do not have.
    pub(super) fn refuse(span: Span, what: &str) -> Failure {
        let message = format!("{what} cannot be used in a template of a module");
        Diagnostic::error(TEMPLATE_UNSUPPORTED, span, message).into()
    }

    fn limit(span: Span, message: String) -> Failure {
        Diagnostic::error(TEMPLATE_LIMIT, span, message).help("split the template into several files").into()
    }

    fn check_size(&self) -> Result<(), Failure> {
        if self.source.len() > LONGEST {
            let message = format!("the template has {} bytes, and {LONGEST} is the limit", self.source.len());
            return Err(Self::limit(Span::start_of(self.file), message));
        }
        let Some(at) = self.source.find(super::writer::is_mark) else { return Ok(()) };
        let end = at + self.source[at..].chars().next().map_or(0, char::len_utf8);
        Err(Self::refuse(self.bytes(at, end), "the characters U+E000 and U+E001"))
    }

    fn check_tokens(&self, config: &SyntaxConfig) -> Result<(), Failure> {
        let (mut in_tag, mut alternatives) = (0, 0);
        for token in tokenize(self.source, false, config.clone()) {
            // The parser reports what cannot be split into tokens, with the same place.
            let Ok((token, span)) = token else { return Ok(()) };
            let span = self.bytes(span.start_offset as usize, span.end_offset as usize);
            match token {
                Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => in_tag = 0,
                Token::Ident("elif") => alternatives += 1,
                _ => in_tag += 1,
            }
            if in_tag > TOKENS_IN_A_TAG {
                return Err(Self::limit(span, format!("more than {TOKENS_IN_A_TAG} words in one tag")));
            }
            if alternatives > ALTERNATIVES {
                return Err(Self::limit(span, format!("more than {ALTERNATIVES} `elif` in one template")));
            }
        }
        Ok(())
    }

    fn syntax_error(&self, error: &minijinja::Error) -> Failure {
        let range = error.range().unwrap_or(0..0);
        let span = self.bytes(range.start, range.end);
        let message = error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned);
        Diagnostic::error(TEMPLATE_SYNTAX, span, format!("the template cannot be read: {message}")).into()
    }

    /// A span of bytes, moved onto character boundaries and into the text.
    fn bytes(&self, start: usize, end: usize) -> Span {
        let floor = |mut at: usize| {
            at = at.min(self.source.len());
            while !self.source.is_char_boundary(at) {
                at -= 1;
            }
            u32::try_from(at).unwrap_or(u32::MAX)
        };
        Span::new(self.file, floor(start), floor(end.max(start)))
    }

    fn span(&self, span: minijinja::machinery::Span) -> Span {
        self.bytes(span.start_offset as usize, span.end_offset as usize)
    }

    fn deeper<T>(&mut self, span: Span, read: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Self::limit(span, format!("nested more than {DEPTH} levels deep")));
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn statements(&mut self, statements: &[ast::Stmt<'_>]) -> Result<Vec<Statement>, Failure> {
        statements.iter().map(|statement| self.statement(statement)).collect()
    }

    fn statement(&mut self, statement: &ast::Stmt<'_>) -> Result<Statement, Failure> {
        use ast::Stmt;
        Ok(match statement {
            Stmt::EmitExpr(emit) => Statement::Emit(self.expression(&emit.expr)?),
            Stmt::EmitRaw(raw) => {
                let start = (raw.raw.as_ptr() as usize).saturating_sub(self.source.as_ptr() as usize);
                Statement::Raw(raw.raw.to_owned(), self.bytes(start, start + raw.raw.len()))
            }
            Stmt::ForLoop(of) => self.deeper(self.span(of.span()), |this| this.for_loop(of))?,
            Stmt::IfCond(of) => self.deeper(self.span(of.span()), |this| {
                let test = this.expression(&of.expr)?;
                Ok(Statement::If(test, this.statements(&of.true_body)?, this.statements(&of.false_body)?))
            })?,
            Stmt::WithBlock(of) => self.deeper(self.span(of.span()), |this| this.with(of))?,
            Stmt::Set(of) => Statement::Set(self.target(&of.target)?, self.expression(&of.expr)?),
            Stmt::SetBlock(of) => self.deeper(self.span(of.span()), |this| {
                let filter = of.filter.as_ref().map(|filter| this.expression(filter)).transpose()?;
                Ok(Statement::Capture(
                    this.target(&of.target)?,
                    filter,
                    this.statements(&of.body)?,
                    this.span(of.span()),
                ))
            })?,
            Stmt::FilterBlock(of) => self.deeper(self.span(of.span()), |this| {
                Ok(Statement::Filter(this.expression(&of.filter)?, this.statements(&of.body)?))
            })?,
            Stmt::Macro(of) => self.deeper(self.span(of.span()), |this| this.macro_declaration(of))?,
            Stmt::Do(of) => {
                let span = self.span(of.call.span());
                Statement::Do(Expr { kind: self.call(&of.call)?, span })
            }
            Stmt::Continue(_) => Statement::Continue,
            Stmt::Break(_) => Statement::Break,
            other => return Err(self.unsupported(other)),
        })
    }

    fn unsupported(&self, statement: &ast::Stmt<'_>) -> Failure {
        use ast::Stmt;
        let (span, name) = match statement {
            Stmt::AutoEscape(of) => (of.span(), "`autoescape`"),
            Stmt::Block(of) => (of.span(), "`block`"),
            Stmt::Import(of) => (of.span(), "`import`"),
            Stmt::FromImport(of) => (of.span(), "`import`"),
            Stmt::Extends(of) => (of.span(), "`extends`"),
            Stmt::Include(of) => (of.span(), "`include`"),
            Stmt::CallBlock(of) => (of.macro_decl.span(), "`call`"),
            _ => return Self::refuse(Span::start_of(self.file), "this statement"),
        };
        Self::refuse(self.span(span), name)
    }

    fn for_loop(&mut self, of: &ast::ForLoop<'_>) -> Result<Statement, Failure> {
        let iterable = self.expression(&of.iter)?;
        if of.recursive {
            return Err(Self::refuse(iterable.span, "a recursive loop"));
        }
        Ok(Statement::For(Box::new(Loop {
            target: self.target(&of.target)?,
            iterable,
            condition: of.filter_expr.as_ref().map(|test| self.expression(test)).transpose()?,
            body: self.statements(&of.body)?,
            otherwise: self.statements(&of.else_body)?,
        })))
    }

    fn with(&mut self, of: &ast::WithBlock<'_>) -> Result<Statement, Failure> {
        let assignments =
            of.assignments.iter().map(|(target, value)| Ok((self.target(target)?, self.expression(value)?)));
        let assignments = assignments.collect::<Result<_, Failure>>()?;
        Ok(Statement::With(assignments, self.statements(&of.body)?))
    }

    fn macro_declaration(&mut self, of: &ast::Macro<'_>) -> Result<Statement, Failure> {
        let mut parameters = Vec::new();
        let without_default = of.args.len().saturating_sub(of.defaults.len());
        for (at, parameter) in of.args.iter().enumerate() {
            let ast::Expr::Var(variable) = parameter else {
                return Err(Self::refuse(self.span(parameter.span()), "a parameter of this form"));
            };
            let default = at.checked_sub(without_default).and_then(|at| of.defaults.get(at));
            let default = default.map(|default| self.expression(default)).transpose()?;
            parameters.push((variable.id.to_owned(), default));
        }
        let body = self.statements(&of.body)?;
        self.macros.push(Macro { parameters, body });
        Ok(Statement::Macro(of.name.to_owned(), self.macros.len() - 1))
    }

    fn target(&mut self, target: &ast::Expr<'_>) -> Result<Target, Failure> {
        let span = self.span(target.span());
        match target {
            ast::Expr::Var(variable) => Ok(Target::Variable(variable.id.to_owned())),
            ast::Expr::GetAttr(of) => match &of.expr {
                ast::Expr::Var(variable) => Ok(Target::Attribute(variable.id.to_owned(), of.name.to_owned(), span)),
                _ => Err(Self::refuse(span, "an assignment to this")),
            },
            ast::Expr::List(of) => self.several(&of.items, span),
            ast::Expr::Tuple(of) => self.several(&of.items, span),
            _ => Err(Self::refuse(span, "an assignment to this")),
        }
    }

    fn several(&mut self, items: &[ast::Expr<'_>], span: Span) -> Result<Target, Failure> {
        let targets = self.deeper(span, |this| items.iter().map(|item| this.target(item)).collect())?;
        Ok(Target::Several(targets, span))
    }

    fn expression(&mut self, expression: &ast::Expr<'_>) -> Result<Expr, Failure> {
        let span = self.span(expression.span());
        let kind = self.deeper(span, |this| this.expression_kind(expression, span))?;
        Ok(Expr { span: from_first_operand(&kind, span), kind })
    }

    fn boxed(&mut self, expression: &ast::Expr<'_>) -> Result<Box<Expr>, Failure> {
        self.expression(expression).map(Box::new)
    }

    fn optional(&mut self, expression: Option<&ast::Expr<'_>>) -> Result<Option<Box<Expr>>, Failure> {
        expression.map(|expression| self.boxed(expression)).transpose()
    }

    fn expression_kind(&mut self, expression: &ast::Expr<'_>, span: Span) -> Result<ExprKind, Failure> {
        use ast::Expr as Parsed;
        Ok(match expression {
            Parsed::Var(of) => ExprKind::Variable(of.id.to_owned()),
            Parsed::Const(of) => ExprKind::Constant(constant(&of.value, span)?),
            Parsed::Slice(of) if of.step.is_some() => return Err(Self::refuse(span, "a slice with a step")),
            Parsed::Slice(of) => ExprKind::Slice(
                self.boxed(&of.expr)?,
                self.optional(of.start.as_ref())?,
                self.optional(of.stop.as_ref())?,
            ),
            Parsed::UnaryOp(of) => match of.op {
                ast::UnaryOpKind::Not => ExprKind::Not(self.boxed(&of.expr)?),
                ast::UnaryOpKind::Neg => ExprKind::Negative(self.boxed(&of.expr)?),
            },
            Parsed::BinOp(of) => self.binary(of)?,
            Parsed::Compare(of) => {
                let operands =
                    of.ops.iter().map(|operand| Ok((comparison(operand.op), self.expression(&operand.expr)?)));
                let operands = operands.collect::<Result<_, Failure>>()?;
                ExprKind::Compare(self.boxed(&of.expr)?, operands)
            }
            Parsed::IfExpr(of) => ExprKind::Choice {
                test: self.boxed(&of.test_expr)?,
                then: self.boxed(&of.true_expr)?,
                otherwise: self.optional(of.false_expr.as_ref())?,
            },
            Parsed::Filter(of) => {
                ExprKind::Filter(of.name.to_owned(), self.optional(of.expr.as_ref())?, self.arguments(&of.args, span)?)
            }
            Parsed::Test(of) => {
                ExprKind::Test(of.name.to_owned(), self.boxed(&of.expr)?, self.arguments(&of.args, span)?)
            }
            Parsed::GetAttr(of) => ExprKind::Attribute(self.boxed(&of.expr)?, of.name.to_owned()),
            Parsed::GetItem(of) => ExprKind::Item(self.boxed(&of.expr)?, self.boxed(&of.subscript_expr)?),
            Parsed::Call(of) => self.call(of)?,
            Parsed::List(of) => ExprKind::List(self.expressions(&of.items)?),
            Parsed::Tuple(of) => ExprKind::List(self.expressions(&of.items)?),
            Parsed::Map(of) => {
                let entries = of.keys.iter().zip(&of.values);
                let entries = entries.map(|(key, value)| Ok((self.expression(key)?, self.expression(value)?)));
                ExprKind::Map(entries.collect::<Result<_, Failure>>()?)
            }
        })
    }

    fn expressions(&mut self, expressions: &[ast::Expr<'_>]) -> Result<Vec<Expr>, Failure> {
        expressions.iter().map(|expression| self.expression(expression)).collect()
    }

    fn binary(&mut self, of: &ast::BinOp<'_>) -> Result<ExprKind, Failure> {
        use ast::BinOpKind as Kind;
        let left = self.boxed(&of.left)?;
        let right = self.boxed(&of.right)?;
        let compare = |comparison, left, right: Box<Expr>| ExprKind::Compare(left, vec![(comparison, *right)]);
        let operator = match of.op {
            Kind::ScAnd => return Ok(ExprKind::Logic(true, left, right)),
            Kind::ScOr => return Ok(ExprKind::Logic(false, left, right)),
            Kind::Eq => return Ok(compare(Comparison::Equal, left, right)),
            Kind::Ne => return Ok(compare(Comparison::Different, left, right)),
            Kind::Lt => return Ok(compare(Comparison::Less, left, right)),
            Kind::Lte => return Ok(compare(Comparison::AtMost, left, right)),
            Kind::Gt => return Ok(compare(Comparison::Greater, left, right)),
            Kind::Gte => return Ok(compare(Comparison::AtLeast, left, right)),
            Kind::In => return Ok(compare(Comparison::In, left, right)),
            Kind::Add => Operator::Add,
            Kind::Sub => Operator::Subtract,
            Kind::Mul => Operator::Multiply,
            Kind::Div => Operator::Divide,
            Kind::FloorDiv => Operator::FloorDivide,
            Kind::Rem => Operator::Remainder,
            Kind::Pow => Operator::Power,
            Kind::Concat => Operator::Concatenate,
        };
        Ok(ExprKind::Binary(operator, left, right))
    }

    fn call(&mut self, of: &ast::Call<'_>) -> Result<ExprKind, Failure> {
        let called = self.boxed(&of.expr)?;
        let span = called.span;
        Ok(ExprKind::Call(called, self.arguments(&of.args, span)?))
    }

    fn arguments(&mut self, arguments: &[ast::CallArg<'_>], span: Span) -> Result<Arguments, Failure> {
        let mut read = Arguments::default();
        for argument in arguments {
            match argument {
                ast::CallArg::Pos(value) => read.positional.push(self.expression(value)?),
                ast::CallArg::Kwarg(name, value) => read.named.push(((*name).to_owned(), self.expression(value)?)),
                ast::CallArg::PosSplat(_) | ast::CallArg::KwargSplat(_) => {
                    return Err(Self::refuse(span, "an argument list from a variable"));
                }
            }
        }
        Ok(read)
    }
}

/// The parser lets an expression of operands begin with the tag that it stands in.
fn from_first_operand(kind: &ExprKind, span: Span) -> Span {
    let first = match kind {
        ExprKind::Binary(_, first, _) | ExprKind::Logic(_, first, _) | ExprKind::Compare(first, _) => first.span,
        ExprKind::Choice { then, .. } => then.span,
        _ => span,
    };
    Span::new(span.file, first.start.max(span.start), span.end.max(first.end))
}

const fn comparison(kind: ast::CompareOpKind) -> Comparison {
    match kind {
        ast::CompareOpKind::Eq => Comparison::Equal,
        ast::CompareOpKind::Ne => Comparison::Different,
        ast::CompareOpKind::Lt => Comparison::Less,
        ast::CompareOpKind::Lte => Comparison::AtMost,
        ast::CompareOpKind::Gt => Comparison::Greater,
        ast::CompareOpKind::Gte => Comparison::AtLeast,
        ast::CompareOpKind::In => Comparison::In,
        ast::CompareOpKind::NotIn => Comparison::NotIn,
    }
}
