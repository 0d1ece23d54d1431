//! What a file may hold, as data: keys, types, which must be there, words for people.
//!
//! One description drives the check of a node, the JSON Schema, and the reference pages, so that they cannot disagree. Modules describe
//! their inputs in the same terms.

mod check;
mod form;
pub mod json_schema;
pub mod markdown;
mod range;

pub use check::{Mode, check};
pub use form::{Form, Pattern, PatternError};
pub use range::Range;

/// The type of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Text, of a length in characters.
    Text {
        /// How many characters.
        length: Range,
        /// What it must match.
        pattern: Option<Pattern>,
    },
    /// Text of a known form.
    Form(Form),
    /// A whole number.
    Int(Range),
    /// `true` or `false`.
    Bool,
    /// One of some words.
    Enum {
        /// Those that there are.
        values: Vec<String>,
        /// Those that a later version will know.
        later: Vec<String>,
    },
    /// A number of bytes, `512Mi` or `1500`; the range is in bytes.
    Quantity(Range),
    /// CPUs, `250m` or `0.5`; the range is in thousandths of one.
    Cpu(Range),
    /// A time, `90s` or `1h30m`; the range is in seconds.
    Duration(Range),
    /// A TCP or UDP port, 1 to 65535.
    Port,
    /// Text that holds a reference: never the secret itself.
    Secret,
    /// Text, a number or a boolean, each taken as its text.
    Scalar,
    /// Anything.
    Any,
    /// A mapping with free keys.
    Map {
        /// What the keys may be.
        keys: Option<Names>,
        /// The type of the values.
        values: Box<Self>,
        /// How many entries.
        size: Range,
    },
    /// A list.
    List {
        /// The type of the elements.
        elements: Box<Self>,
        /// How many elements.
        size: Range,
    },
    /// One value, or a list of such.
    OneOrMany(Box<Self>),
    /// A mapping with known keys.
    Object(Object),
    /// A mapping whose known keys depend on the word under one of them, which defaults to the mapping's own name.
    Tagged {
        /// The key that decides.
        key: &'static str,
        /// The known keys, by word.
        variants: Vec<(&'static str, Object)>,
    },
}

/// What the keys of a mapping may be.
#[derive(Debug, Clone, PartialEq)]
pub enum Names {
    /// Text of a known form.
    Form(Form),
    /// Text that matches.
    Pattern(Pattern),
}

/// A mapping with known keys.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object {
    /// What people call it: `the environment file`, `a component`; empty where the key that it stands under says it.
    pub title: String,
    /// Its keys, in the order of the reference page.
    pub keys: Vec<Key>,
    /// Whether exactly one of the keys must be there.
    pub exactly_one: bool,
    /// Whether text in its place is a secret that somebody wrote down.
    pub guards_secret: bool,
}

/// A known key.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The key.
    pub name: String,
    /// What it is for, one or two sentences.
    pub docs: String,
    /// The type of its value.
    pub ty: Type,
    /// Whether it must be there.
    pub required: bool,
    /// What holds where it is not there, as people would write it.
    pub default: Option<String>,
    /// Whether references are resolved in its value and below.
    pub references: bool,
    /// Whether only a later version will know it.
    pub later: bool,
}

impl Key {
    /// A key that may be left out.
    pub fn new(name: &str, ty: Type, docs: &str) -> Self {
        let (name, docs) = (name.into(), docs.into());
        Self { name, docs, ty, required: false, default: None, references: false, later: false }
    }

    /// A key that a later version will know; using it is an error that says so.
    pub fn later(name: &str) -> Self {
        Self { later: true, ..Self::new(name, Type::Any, "") }
    }

    /// It must be there.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What holds where it is not there.
    #[must_use]
    pub fn default(mut self, default: &str) -> Self {
        self.default = Some(default.into());
        self
    }

    /// References are resolved in it.
    #[must_use]
    pub fn references(mut self) -> Self {
        self.references = true;
        self
    }
}

impl Object {
    /// A mapping with known keys.
    pub fn new(title: &str, keys: impl IntoIterator<Item = Key>) -> Self {
        Self { title: title.into(), keys: keys.into_iter().collect(), exactly_one: false, guards_secret: false }
    }

    /// Exactly one of its keys must be there.
    #[must_use]
    pub fn exactly_one(mut self) -> Self {
        self.exactly_one = true;
        self
    }

    /// Text in its place is a secret that somebody wrote down.
    #[must_use]
    pub fn guards_secret(mut self) -> Self {
        self.guards_secret = true;
        self
    }

    /// The key of a name.
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The keys that this version knows.
    pub fn known(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(|key| !key.later)
    }
}

impl Names {
    /// Whether a key may be called so.
    pub fn accepts(&self, name: &str) -> bool {
        match self {
            Self::Form(form) => form.accepts(name),
            Self::Pattern(pattern) => pattern.matches(name),
        }
    }

    /// What messages and pages call it, with an article.
    pub fn describe(&self) -> String {
        match self {
            Self::Form(form) => form.describe().into(),
            Self::Pattern(pattern) => format!("text that matches `{}`", pattern.source()),
        }
    }
}

impl Type {
    /// Any text.
    pub const fn text() -> Self {
        Self::Text { length: Range::ANY, pattern: None }
    }

    /// Text that is not empty.
    pub const fn word() -> Self {
        Self::Text { length: Range::at_least(1), pattern: None }
    }

    /// Any whole number from `min` on.
    pub const fn int_from(min: i64) -> Self {
        Self::Int(Range::at_least(min))
    }

    /// One of some words.
    pub fn one_of<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Enum { values: values.into_iter().map(Into::into).collect(), later: Vec::new() }
    }

    /// A mapping with free keys.
    pub fn map(keys: Option<Form>, values: Self) -> Self {
        Self::Map { keys: keys.map(Names::Form), values: Box::new(values), size: Range::ANY }
    }

    /// A list.
    pub fn list(elements: Self) -> Self {
        Self::List { elements: Box::new(elements), size: Range::ANY }
    }

    /// Whether a value is a scalar.
    pub const fn is_scalar(&self) -> bool {
        !matches!(
            self,
            Self::Any
                | Self::Map { .. }
                | Self::List { .. }
                | Self::OneOrMany(_)
                | Self::Object(_)
                | Self::Tagged { .. }
        )
    }

    /// What messages and pages call it, with an article.
    pub fn describe(&self) -> String {
        match self {
            Self::Text { .. } => "text".into(),
            Self::Form(form) => form.describe().into(),
            Self::Int(range) if *range == Range::ANY => "a whole number".into(),
            Self::Int(range) => format!("a whole number {}", range.words(|number| number.to_string())),
            Self::Bool => "`true` or `false`".into(),
            Self::Enum { values, .. } => one_of(values),
            Self::Quantity(_) => "a number of bytes like `512Mi`".into(),
            Self::Cpu(_) => "a number of CPUs like `0.5` or `250m`".into(),
            Self::Duration(_) => "a duration like `90s` or `1h30m`".into(),
            Self::Port => "a port from 1 to 65535".into(),
            Self::Secret => "a reference to a secret like `${secret.NAME}`".into(),
            Self::Scalar => "text, a number or a boolean".into(),
            Self::Any => "anything".into(),
            Self::Map { .. } | Self::Object(_) | Self::Tagged { .. } => "a mapping".into(),
            Self::List { .. } => "a list".into(),
            Self::OneOrMany(ty) => format!("{} or a list of such", ty.describe()),
        }
    }
}

/// `` `a`, `b` or `c` ``.
pub fn one_of<T: AsRef<str>>(words: &[T]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{}`", word.as_ref())).collect();
    match quoted.split_last() {
        None => "nothing".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
