//! Terraform's language, laid out exactly as `terraform fmt` leaves it.
//!
//! Never: parses, or knows what a block is for.
//!
//! Invariants: text that a user wrote is read back as that text; formatting what is written changes nothing.

#[cfg(test)]
mod tests;
mod text;

use text::{heredoc, key as write_key, quoted, quoted_text};

/// A part of a template string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as a user wrote it.
    Literal(String),
    /// An expression between `${` and `}`: `var.password`.
    Interpolation(String),
}

/// The right side of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text as a user wrote it: quoted and escaped.
    Text(String),
    /// Text as a user wrote it, as a heredoc where that is exact (several lines, the last of them ended), else quoted.
    Lines(String),
    /// Text with expressions in it.
    Template(Vec<Piece>),
    /// Written as it is: `var.replicas`, `[for name in var.members : "${name}-data"]`. Where it has several lines, those after the first
    /// are indented with the attribute, and must be laid out as `terraform fmt` leaves them.
    Raw(String),
    /// `[a, b]`: on one line where it is short and plain, else an element a line.
    List(Vec<Expression>),
    /// `{ key = value }`, an entry a line.
    Object(Vec<(Key, Expression)>),
    /// `name(arguments)`, on one line but for what its last argument has.
    Call(String, Vec<Expression>),
}

/// The key of an object's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Text; written as an identifier where it is one.
    Text(String),
    /// An expression, written in parentheses.
    Raw(String),
}

/// What stands in a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Structure {
    /// `name = value`.
    Attribute(String, Expression),
    /// `kind "label" { body }`.
    Block(Block),
    /// An empty line.
    Blank,
    /// A comment, without its `#`.
    Comment(String),
}

/// A block.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// `resource`, `variable`, `lifecycle`.
    pub kind: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// What is in it.
    pub body: Body,
}

/// The contents of a file or a block.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Body {
    /// In order.
    pub items: Vec<Structure>,
}

impl Body {
    /// Adds an attribute.
    pub fn attribute(&mut self, name: impl Into<String>, value: impl Into<Expression>) -> &mut Self {
        self.items.push(Structure::Attribute(name.into(), value.into()));
        self
    }

    /// Adds a block, with an empty line above it where something stands there.
    pub fn block(&mut self, block: Block) -> &mut Self {
        self.blank();
        self.items.push(Structure::Block(block));
        self
    }

    /// Puts a block above all that stands there, with an empty line between.
    pub fn block_first(&mut self, block: Block) -> &mut Self {
        let rest = std::mem::take(&mut self.items);
        self.items.push(Structure::Block(block));
        if !rest.is_empty() {
            self.items.push(Structure::Blank);
        }
        self.items.extend(rest);
        self
    }

    /// Adds a block right below what stands there.
    pub fn block_close(&mut self, block: Block) -> &mut Self {
        self.items.push(Structure::Block(block));
        self
    }

    /// Adds an empty line, unless nothing or an empty line or a comment stands above it.
    pub fn blank(&mut self) -> &mut Self {
        if !matches!(self.items.last(), None | Some(Structure::Blank | Structure::Comment(_))) {
            self.items.push(Structure::Blank);
        }
        self
    }

    /// Adds a comment, with an empty line above it where a block stands there.
    pub fn comment(&mut self, text: impl Into<String>) -> &mut Self {
        if matches!(self.items.last(), Some(Structure::Block(_))) {
            self.items.push(Structure::Blank);
        }
        self.items.push(Structure::Comment(text.into()));
        self
    }
}

impl Block {
    /// An empty block.
    pub fn new<'a>(kind: &str, labels: impl IntoIterator<Item = &'a str>) -> Self {
        Self { kind: kind.into(), labels: labels.into_iter().map(Into::into).collect(), body: Body::default() }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Expression>) -> Self {
        self.body.attribute(name, value);
        self
    }

    /// Adds a block, with an empty line above it where something stands there.
    #[must_use]
    pub fn with_block(mut self, block: Self) -> Self {
        self.body.block(block);
        self
    }
}

impl Expression {
    /// An expression written as it is.
    pub fn raw(text: impl Into<String>) -> Self {
        Self::Raw(text.into())
    }

    /// Entries under text keys.
    pub fn object<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(entries.into_iter().map(|(key, value)| (Key::Text(key.into()), value)).collect())
    }

    /// A tree of plain data. `text` says what a value becomes.
    pub fn from_tree(tree: &crate::model::Tree, text: &mut dyn FnMut(&crate::model::Value) -> Self) -> Self {
        use crate::model::Tree;
        match tree {
            Tree::Null => Self::Null,
            Tree::Bool(flag) => Self::Bool(*flag),
            Tree::Int(number) => Self::Int(*number),
            Tree::Float(number) => Self::Float(number.0),
            Tree::Text(value) => text(value),
            Tree::List(list) => Self::List(list.iter().map(|element| Self::from_tree(element, text)).collect()),
            Tree::Map(map) => Self::object(map.iter().map(|(key, value)| (key, Self::from_tree(value, text)))),
        }
    }
}

impl From<&str> for Expression {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Expression {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Expression {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Expression {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Expression {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}

/// A file. Ends with a newline where it is not empty.
pub fn write(body: &Body) -> String {
    let mut out = String::with_capacity(2_048);
    write_body(&mut out, body, 0);
    out
}

/// One expression as it stands behind `=` at a column of an attribute that is indented by `indent`.
pub fn write_expression(expression: &Expression, indent: usize) -> String {
    match expression {
        Expression::Null => "null".into(),
        Expression::Bool(flag) => flag.to_string(),
        Expression::Int(number) => number.to_string(),
        Expression::Float(number) => format!("{number:?}"),
        Expression::Text(text) => quoted_text(text),
        Expression::Lines(text) => heredoc(text, indent).unwrap_or_else(|| quoted_text(text)),
        Expression::Template(pieces) => write_template(pieces),
        Expression::Raw(text) => text.replace('\n', &format!("\n{}", " ".repeat(indent))),
        Expression::List(list) => write_list(list, indent),
        Expression::Object(entries) => write_object(entries, indent),
        Expression::Call(name, arguments) => {
            let arguments: Vec<_> = arguments.iter().map(|argument| write_argument(argument, indent)).collect();
            format!("{name}({})", arguments.join(", "))
        }
    }
}

/// What a comma follows: no heredoc.
fn write_argument(expression: &Expression, indent: usize) -> String {
    match expression {
        Expression::Lines(text) => quoted_text(text),
        other => write_expression(other, indent),
    }
}

/// `terraform fmt` turns `"${x}"` into `x`.
fn write_template(pieces: &[Piece]) -> String {
    match pieces {
        [Piece::Interpolation(expression)] => expression.clone(),
        _ => quoted(pieces),
    }
}

fn write_body(out: &mut String, body: &Body, indent: usize) {
    let mut rows: Vec<(String, String)> = Vec::new();
    for item in &body.items {
        if let Structure::Attribute(name, value) = item {
            rows.push((name.clone(), write_expression(value, indent)));
            continue;
        }
        write_rows(out, &rows, indent);
        rows.clear();
        match item {
            Structure::Blank => out.push('\n'),
            Structure::Comment(text) => text.lines().for_each(|line| write_comment(out, line, indent)),
            Structure::Block(block) => write_block(out, block, indent),
            Structure::Attribute(..) => {}
        }
    }
    write_rows(out, &rows, indent);
}

fn write_comment(out: &mut String, line: &str, indent: usize) {
    pad(out, indent);
    out.push_str(if line.is_empty() { "#" } else { "# " });
    out.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
    out.push('\n');
}

fn write_block(out: &mut String, block: &Block, indent: usize) {
    pad(out, indent);
    out.push_str(&block.kind);
    for label in &block.labels {
        out.push(' ');
        out.push_str(&quoted_text(label));
    }
    if block.body.items.is_empty() {
        out.push_str(" {}\n");
        return;
    }
    out.push_str(" {\n");
    write_body(out, &block.body, indent + 2);
    pad(out, indent);
    out.push_str("}\n");
}

/// Writes `name = value` rows: the `=` of neighbours stand in one column. An expression of several lines ends a neighbourhood, but for a
/// heredoc, which counts as one line.
fn write_rows(out: &mut String, rows: &[(String, String)], indent: usize) {
    let mut at = 0;
    while at < rows.len() {
        let run = rows[at..].iter().take_while(|(_, value)| !value.contains('\n') || value.starts_with("<<-")).count();
        let group = &rows[at..at + run.max(1)];
        let width = group.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in group {
            pad(out, indent);
            out.push_str(name);
            pad(out, width - name.chars().count());
            out.push_str(" = ");
            out.push_str(value);
            out.push('\n');
        }
        at += group.len();
    }
}

fn write_list(list: &[Expression], indent: usize) -> String {
    const LONGEST_LINE: usize = 80;
    let collections = list.iter().any(|element| matches!(element, Expression::Object(_) | Expression::List(_)));
    let line: Vec<_> = list.iter().map(|element| write_argument(element, indent + 2)).collect();
    let joined = line.join(", ");
    if list.is_empty() || (!collections && !joined.contains('\n') && indent + joined.len() <= LONGEST_LINE) {
        return format!("[{joined}]");
    }
    let mut out = String::from("[\n");
    for element in line {
        pad(&mut out, indent + 2);
        out.push_str(&element);
        out.push_str(",\n");
    }
    pad(&mut out, indent);
    out.push(']');
    out
}

fn write_object(entries: &[(Key, Expression)], indent: usize) -> String {
    if entries.is_empty() {
        return "{}".into();
    }
    let row = |(key, value): &(Key, Expression)| (write_key(key), write_expression(value, indent + 2));
    let rows: Vec<_> = entries.iter().map(row).collect();
    let mut out = String::from("{\n");
    write_rows(&mut out, &rows, indent + 2);
    pad(&mut out, indent);
    out.push('}');
    out
}

fn pad(out: &mut String, columns: usize) {
    out.extend(std::iter::repeat_n(' ', columns));
}
