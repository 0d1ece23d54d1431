//! `COMPONENT.INPUT=VALUE`: which input is meant, and what its value is by the type that the module declares.

use super::error::OpsError;
use crate::compile::Loaded;
use crate::diag::{Sink, SourceMap, did_you_mean};
use crate::model::{FieldPath, Segment};
use crate::spec::edit::NewScalar;
use crate::spec::module::{Input, InputType};
use crate::spec::{Node, NodeKind, Scalar, ScalarStyle};
use indexmap::IndexMap;

/// An assignment.
pub(super) struct Assignment<'a> {
    /// The input as it was written: `api.image`.
    pub name: String,
    /// Its path in the environment file: `components.api.with.image`.
    pub target: FieldPath,
    value: &'a str,
    /// The type of what is set, as far as a module declares it.
    ty: Option<InputType>,
}

/// What is written into the file.
pub(super) enum NewInput {
    /// One value.
    Scalar(NewScalar),
    /// All elements of a list.
    List(Vec<NewScalar>),
}

impl<'a> Assignment<'a> {
    /// Reads an assignment for an environment.
    ///
    /// # Errors
    /// When it is none (64), or there is no such component or input.
    pub fn parse(written: &'a str, loaded: &Loaded) -> Result<Self, OpsError> {
        let malformed = || {
            OpsError::usage(
                format!("`{written}` is no assignment"),
                "write COMPONENT.INPUT=VALUE, for example `api.image=ghcr.io/shop/api:1.5.0`",
            )
        };
        let (name, value) = written.split_once('=').ok_or_else(malformed)?;
        let path: FieldPath = name.parse().map_err(|_| malformed())?;
        let [Segment::Key(component), input @ ..] = path.0.as_slice() else { return Err(malformed()) };
        if input.is_empty() {
            return Err(malformed());
        }
        known_component(loaded, component)?;
        let ty = match module_of(loaded, component) {
            Some((module, inputs)) => type_at(inputs, input).map_err(|unknown| unknown.error(name, module))?.cloned(),
            None => None,
        };
        let mut target = FieldPath::keys(["components", component, "with"]);
        target.0.extend_from_slice(input);
        Ok(Self { name: name.to_owned(), target, value, ty })
    }

    /// The value, as its type writes it. What is written like text stays text where the type leaves that open (`version: "7.4"`).
    ///
    /// # Errors
    /// When a list or a mapping is given one value (64).
    pub fn value(&self, before: Option<&Node>) -> Result<NewInput, OpsError> {
        let name = &self.name;
        let was_text = before.is_some_and(|node| matches!(node.kind, NodeKind::Scalar { scalar: Scalar::Text, .. }));
        match &self.ty {
            Some(InputType::List { elements, .. }) => {
                let values = list(self.value, elements).ok_or_else(|| {
                    OpsError::usage(
                        format!("`{name}` is a list, and `{}` is none", self.value),
                        format!("write all of it, like '{name}=[\"a\", \"b c\"]', or one element: `{name}[0]=a`"),
                    )
                })?;
                Ok(NewInput::List(values))
            }
            Some(InputType::Map { .. } | InputType::Object(_)) => Err(OpsError::usage(
                format!("`{name}` is a mapping, and `{}` is one value", self.value),
                format!("set one of its keys: `{name}.KEY=VALUE`"),
            )),
            Some(InputType::Scalar | InputType::Any) | None if was_text => {
                Ok(NewInput::Scalar(NewScalar::text(self.value)))
            }
            Some(ty) => Ok(NewInput::Scalar(ty.scalar(self.value))),
            None => Ok(NewInput::Scalar(NewScalar::plain(self.value))),
        }
    }
}

/// The scalars of a list in brackets.
fn list(text: &str, ty: &InputType) -> Option<Vec<NewScalar>> {
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let file = sources.add("", text);
    let node = crate::spec::parse(file, &sources, &mut sink)?;
    let NodeKind::List(elements) = node.kind else { return None };
    let scalar = |element: &Node| match &element.kind {
        NodeKind::Scalar { text, style: ScalarStyle::Plain, .. } => Some(ty.scalar(text)),
        NodeKind::Scalar { text, .. } => Some(NewScalar::text(text)),
        _ => None,
    };
    elements.iter().map(scalar).collect::<Option<_>>().filter(|_| !sink.has_errors())
}

fn known_component(loaded: &Loaded, component: &str) -> Result<(), OpsError> {
    let components = loaded.layers.iter().filter_map(|layer| layer.node.get("components")).flat_map(Node::entries);
    let names: Vec<&str> = components.map(|entry| entry.key.as_str()).collect();
    if names.contains(&component) || !loaded.complete {
        return Ok(());
    }
    let help = did_you_mean(component, names.iter().copied())
        .map_or_else(|| format!("there are: {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
    Err(OpsError::refused(format!("{} has no component `{component}`", loaded.environment), help))
}

/// The module of a component and what it declares, where that is known.
fn module_of<'l>(loaded: &'l Loaded, component: &str) -> Option<(&'l str, &'l IndexMap<String, Input>)> {
    let layers = loaded.layers.iter().rev();
    let mut names =
        layers.filter_map(|layer| layer.node.get("components")?.get(component)?.get("module")?.scalar_text());
    let (_, name, module) = loaded.modules.get_full(names.next()?)?;
    Some((name, &module.file.inputs))
}

/// A key that no input and no field is called by.
struct Unknown<'l> {
    key: &'l str,
    known: Vec<&'l str>,
}

impl Unknown<'_> {
    fn error(&self, name: &str, module: &str) -> OpsError {
        let help = did_you_mean(self.key, self.known.iter().copied())
            .map_or_else(|| format!("there are: {}", self.known.join(", ")), |near| format!("did you mean `{near}`?"));
        OpsError::refused(format!("`{name}`: the module `{module}` has no input `{}`", self.key), help)
    }
}

/// The type of what stands at a path below a module's inputs; none where the module leaves it open.
fn type_at<'l>(inputs: &'l IndexMap<String, Input>, path: &'l [Segment]) -> Result<Option<&'l InputType>, Unknown<'l>> {
    let Some((Segment::Key(key), rest)) = path.split_first() else { return Ok(None) };
    let Some(input) = inputs.get(key) else {
        return Err(Unknown { key, known: inputs.keys().map(String::as_str).collect() });
    };
    let (mut ty, mut rest) = (&input.ty, rest);
    while let Some((segment, below)) = rest.split_first() {
        ty = match (ty, segment) {
            (InputType::Object(fields), _) => return type_at(fields, rest),
            (InputType::Map { values, .. }, Segment::Key(_)) => values,
            (InputType::List { elements, .. }, Segment::Index(_)) => elements,
            _ => return Ok(None),
        };
        rest = below;
    }
    Ok(Some(ty))
}
