//! The inputs of a module: their types, and what a value must be.

use crate::diag::{Sink, Span};
use crate::spec::edit::NewScalar;
use crate::spec::node::Node;
use crate::spec::shape::{Form, Key, Mode, Names, Object, Pattern, Range, Type, check};
use indexmap::IndexMap;

/// An input, or a field of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The type of its value.
    pub ty: InputType,
    /// What it is for.
    pub docs: String,
    /// What holds where it is not given.
    pub default: Option<Node>,
    /// Whether it must be given.
    pub required: bool,
    /// Whether a change of it is refused once it is deployed.
    pub immutable: bool,
    /// The place of its name.
    pub name_span: Span,
}

/// The type of an input.
#[derive(Debug, Clone, PartialEq)]
pub enum InputType {
    /// Text, of a length in characters.
    String {
        /// How many characters.
        length: Range,
        /// What all of it must match.
        pattern: Option<Pattern>,
    },
    /// A whole number.
    Int(Range),
    /// `true` or `false`.
    Bool,
    /// One of some words.
    Enum(Vec<String>),
    /// Bytes.
    Quantity(Range),
    /// Thousandths of a CPU.
    Cpu(Range),
    /// Seconds.
    Duration(Range),
    /// A port.
    Port,
    /// A container image reference.
    Image,
    /// Text with a reference; the value is sensitive.
    Secret,
    /// A mapping with free keys.
    Map {
        /// The type of the values.
        values: Box<Self>,
        /// What all of each key must match.
        keys: Option<Pattern>,
        /// How many entries.
        size: Range,
    },
    /// A list.
    List {
        /// The type of the elements.
        elements: Box<Self>,
        /// How many.
        size: Range,
    },
    /// A mapping with known keys.
    Object(IndexMap<String, Input>),
    /// Text, a number or a boolean, each taken as its text.
    Scalar,
    /// Anything.
    Any,
}

impl InputType {
    /// Checks a value. `name` is what messages call it. Text with a reference is accepted for every scalar, since only what it becomes
    /// can be checked.
    pub fn check(&self, name: &str, node: &Node, sink: &mut Sink) {
        check(&self.shape(), name, node, Mode::Whole, true, sink);
    }

    /// A value of this type as it is to be written into a file: `7.10` stays text where text is expected, and a number where one is.
    pub fn scalar(&self, text: &str) -> NewScalar {
        match self {
            Self::Int(_) | Self::Port | Self::Bool | Self::Quantity(_) | Self::Cpu(_) | Self::Scalar | Self::Any => {
                NewScalar::plain(text)
            }
            _ => NewScalar::text(text),
        }
    }

    /// The type in the terms of the shape of files.
    pub fn shape(&self) -> Type {
        match self {
            Self::String { length, pattern } => Type::Text { length: *length, pattern: pattern.clone() },
            Self::Int(range) => Type::Int(*range),
            Self::Bool => Type::Bool,
            Self::Enum(values) => Type::Enum { values: values.clone(), later: Vec::new() },
            Self::Quantity(range) => Type::Quantity(*range),
            Self::Cpu(range) => Type::Cpu(*range),
            Self::Duration(range) => Type::Duration(*range),
            Self::Port => Type::Port,
            Self::Image => Type::Form(Form::Image),
            Self::Secret => Type::Secret,
            Self::Map { values, keys, size } => {
                Type::Map { keys: keys.clone().map(Names::Pattern), values: Box::new(values.shape()), size: *size }
            }
            Self::List { elements, size } => Type::List { elements: Box::new(elements.shape()), size: *size },
            Self::Object(fields) => object("", fields),
            Self::Scalar => Type::Scalar,
            Self::Any => Type::Any,
        }
    }
}

/// A mapping of inputs in the terms of the shape of files.
pub fn object(title: &str, inputs: &IndexMap<String, Input>) -> Type {
    let key = |(name, input): (&String, &Input)| {
        let key = Key::new(name, input.ty.shape(), &input.docs).references();
        Key { required: input.required, default: input.default.as_ref().map(crate::spec::shape::markdown::flow), ..key }
    };
    Type::Object(Object::new(title, inputs.iter().map(key)))
}
