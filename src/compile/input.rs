//! The inputs of a component as values of its module's templates: typed, references kept, defaults filled in.

use super::scope::{Outputs, Scope};
use super::template::{Datum, Kind};
use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Float, Tree, Value};
use crate::spec::module::{Input, InputType};
use crate::spec::{Node, NodeKind, Scalar};
use indexmap::IndexMap;

/// Turns checked and substituted nodes into values.
pub struct InputReader<'a> {
    /// What references mean.
    pub scope: &'a Scope<'a>,
    /// What other components give.
    pub outputs: Outputs<'a>,
    /// What is wrong.
    pub sink: &'a mut Sink,
    /// Whether a value could not be had, which has been reported.
    pub failed: bool,
}

impl InputReader<'_> {
    /// All inputs of a module: given, defaults, and nothing where there is neither. A mapping with fields that have defaults needs a default
    /// of its own (`{}`) for them to hold where it is not given.
    pub fn inputs(&mut self, declared: &IndexMap<String, Input>, given: Option<&Node>) -> Datum {
        let mut values = IndexMap::new();
        let mut keys = IndexMap::new();
        for (name, input) in declared {
            let entry = given.into_iter().flat_map(Node::entries).find(|entry| entry.key == *name);
            let entry = entry.filter(|entry| !entry.value.is_null());
            let value = match (entry, &input.default) {
                (Some(entry), _) => {
                    keys.insert(name.clone(), entry.key_span);
                    self.datum(&input.ty, &entry.value)
                }
                (None, Some(default)) => self.datum(&input.ty, default),
                (None, None) => Kind::Null.into(),
            };
            values.insert(name.clone(), value);
        }
        Datum::map_with_keys(values, keys).at(given.map(|given| given.span))
    }

    fn datum(&mut self, ty: &InputType, node: &Node) -> Datum {
        let datum = match (ty, &node.kind) {
            (InputType::Object(fields), NodeKind::Map(_)) => self.inputs(fields, Some(node)),
            (InputType::Map { values, .. }, NodeKind::Map(_)) => self.map(values, node),
            (InputType::List { elements, .. }, NodeKind::List(items)) => {
                Datum::list(items.iter().map(|item| self.datum(elements, item)).collect())
            }
            (InputType::Any, NodeKind::Map(_)) => self.map(&InputType::Any, node),
            (InputType::Any, NodeKind::List(items)) => {
                Datum::list(items.iter().map(|item| self.datum(&InputType::Any, item)).collect())
            }
            (_, NodeKind::Scalar { .. }) => self.scalar(ty, node),
            // The check of the types has reported it.
            _ => self.fail(),
        };
        datum.at(Some(node.span))
    }

    fn map(&mut self, values: &InputType, node: &Node) -> Datum {
        let mut entries = IndexMap::new();
        let mut keys = IndexMap::new();
        for entry in node.entries() {
            keys.insert(entry.key.clone(), entry.key_span);
            entries.insert(entry.key.clone(), self.datum(values, &entry.value));
        }
        Datum::map_with_keys(entries, keys)
    }

    fn fail(&mut self) -> Datum {
        self.failed = true;
        Kind::Null.into()
    }

    fn scalar(&mut self, ty: &InputType, node: &Node) -> Datum {
        let NodeKind::Scalar { text, scalar, .. } = &node.kind else { return self.fail() };
        if text.contains("${") {
            let Some(value) = self.scope.value(node, self.outputs, self.sink) else { return self.fail() };
            return self.referring(ty, node, value);
        }
        match (ty, scalar) {
            (_, Scalar::Null) => Kind::Null.into(),
            (InputType::Bool | InputType::Any, Scalar::Bool(flag)) => Kind::Bool(*flag).into(),
            (InputType::Int(_) | InputType::Port | InputType::Any, Scalar::Int(number)) => Kind::Int(*number).into(),
            (InputType::Any, Scalar::Float(number)) => Kind::Float(*number).into(),
            (InputType::Int(_) | InputType::Port | InputType::Bool, _) => self.fail(),
            _ => Datum::text(text.clone()),
        }
    }

    /// A scalar with a reference, now that it is known what it refers to.
    fn referring(&mut self, ty: &InputType, node: &Node, value: Value) -> Datum {
        let literal = value.as_literal();
        let parsed = match ty {
            InputType::Int(_) | InputType::Port => literal.and_then(|text| text.parse().ok()).map(Kind::Int),
            InputType::Bool => literal.and_then(|text| text.parse().ok()).map(Kind::Bool),
            InputType::Enum(_) | InputType::Quantity(_) | InputType::Cpu(_) | InputType::Duration(_) => {
                literal.map(|_| Datum::value(value.clone()).kind)
            }
            _ => return Datum::value(value),
        };
        if let Some(kind) = parsed {
            return kind.into();
        }
        let message = match literal {
            Some(_) => "the value that is referred to does not fit here".to_owned(),
            None => format!("`{}` is known only after an apply, and this value is needed to compile", value.display()),
        };
        let help = "write the value here, or refer to a variable: `${var.NAME}`";
        self.sink.push(Diagnostic::error(code::NOT_KNOWN_YET, node.span, message).help(help));
        self.fail()
    }

    /// Any data as a tree of the model.
    pub fn tree(&mut self, node: &Node) -> Tree {
        match &node.kind {
            NodeKind::List(items) => Tree::List(items.iter().map(|item| self.tree(item)).collect()),
            NodeKind::Map(entries) => {
                Tree::Map(entries.iter().map(|entry| (entry.key.clone(), self.tree(&entry.value))).collect())
            }
            NodeKind::Scalar { scalar, .. } => match scalar {
                Scalar::Null => Tree::Null,
                Scalar::Bool(flag) => Tree::Bool(*flag),
                Scalar::Int(number) => Tree::Int(*number),
                Scalar::Float(number) => Tree::Float(Float(*number)),
                Scalar::Text => {
                    let value = self.scope.value(node, self.outputs, self.sink);
                    self.failed |= value.is_none();
                    value.map_or(Tree::Null, Tree::Text)
                }
            },
        }
    }
}
