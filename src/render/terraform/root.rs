//! What the roots and modules of all platforms have in common: variables, module calls, where the state lies.

use super::hcl::{Block, Body, Expression, Key};
use crate::model::{Component, Instance, Part, Tree, Value};
use crate::render::terraform::hcl::Piece;

/// A variable of a module, and of the root where it stands as `COMPONENT_NAME`.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name in the module.
    pub name: String,
    /// What it is, a sentence.
    pub description: String,
    /// Its type, `list(string)`.
    pub kind: &'static str,
    /// What it is where nobody says otherwise; none: it has to be given.
    pub default: Option<Expression>,
    /// Whether it is never shown.
    pub sensitive: bool,
    /// A condition and what is said where it does not hold.
    pub validation: Option<(String, String)>,
    /// What the root hands over, where that is no variable of the root's own.
    pub from: Option<String>,
}

impl Variable {
    /// A variable that people tune.
    pub fn tuned(
        name: impl Into<String>,
        kind: &'static str,
        description: impl Into<String>,
        default: Expression,
    ) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            kind,
            default: Some(default),
            sensitive: false,
            validation: None,
            from: None,
        }
    }

    /// A variable that the root hands over.
    pub fn wired(name: &str, kind: &'static str, description: &str, from: &str) -> Self {
        Self { default: None, from: Some(from.into()), ..Self::tuned(name, kind, description, Expression::Null) }
    }

    /// A secret: of the root, handed over under the same name.
    pub fn secret(name: &str) -> Self {
        let variable = secret_variable(name);
        let from = format!("var.{variable}");
        let description = format!("The secret {name}.");
        Self {
            sensitive: true,
            default: None,
            from: Some(from),
            ..Self::tuned(variable, "string", description, Expression::Null)
        }
    }

    /// Adds a condition.
    #[must_use]
    pub fn valid(mut self, condition: impl Into<String>, message: impl Into<String>) -> Self {
        self.validation = Some((condition.into(), message.into()));
        self
    }

    /// The block that declares it in a module: without a default, which the root has.
    pub fn in_module(&self) -> Block {
        let mut block = self.block(&self.name, None);
        if let Some((condition, message)) = &self.validation {
            let validation = Block::new("validation", [])
                .with("condition", Expression::raw(condition.clone()))
                .with("error_message", message.as_str());
            block.body.block(validation);
        }
        block
    }

    /// The block that declares it in the root.
    pub fn in_root(&self, component: &str) -> Block {
        self.block(&root_name(component, &self.name), self.default.as_ref())
    }

    fn block(&self, name: &str, default: Option<&Expression>) -> Block {
        let mut block = Block::new("variable", [name])
            .with("description", self.description.as_str())
            .with("type", Expression::raw(self.kind));
        if self.sensitive {
            block.body.attribute("sensitive", true);
        }
        if let Some(default) = default {
            block.body.attribute("default", default.clone());
        }
        block
    }

    /// What the root hands over.
    pub fn argument(&self, component: &str) -> Expression {
        let own = || format!("var.{}", root_name(component, &self.name));
        Expression::Raw(self.from.clone().unwrap_or_else(own))
    }
}

/// A name as an identifier: `cache-app` is `cache_app`.
pub fn identifier(name: &str) -> String {
    let snake = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    if snake.starts_with(|c: char| c.is_ascii_digit()) { format!("_{snake}") } else { snake }
}

/// The root's name of a component's variable.
pub fn root_name(component: &str, variable: &str) -> String {
    format!("{}_{variable}", identifier(component))
}

/// The variable of a secret, in root and modules alike.
pub fn secret_variable(name: &str) -> String {
    format!("secret_{}", identifier(name))
}

/// The variable of a value that another tool reports, in root and modules alike.
pub fn deferred_variable(component: &str, output: &str) -> String {
    format!("known_{}_{}", identifier(component), identifier(output))
}

/// A value as an expression: secrets and deferred parts are variables of the module.
pub fn expression(value: &Value) -> Expression {
    if let Some(text) = value.as_literal() {
        return Expression::Text(text.to_owned());
    }
    let piece = |part: &Part| match part {
        Part::Secret(name) => Piece::Interpolation(format!("var.{}", secret_variable(name))),
        Part::Deferred { component, output, .. } => {
            Piece::Interpolation(format!("var.{}", deferred_variable(component, output)))
        }
        other => Piece::Literal(Value::from_parts([other.clone()]).display()),
    };
    Expression::Template(value.parts().iter().map(piece).collect())
}

/// A tree as an expression.
pub fn tree_expression(tree: &Tree) -> Expression {
    Expression::from_tree(tree, &mut expression)
}

/// The variables that the parts of a component's values need.
pub fn part_variables<'v>(values: impl IntoIterator<Item = &'v Value>) -> Vec<Variable> {
    let mut variables: Vec<Variable> = Vec::new();
    for part in values.into_iter().flat_map(Value::parts) {
        let variable = match part {
            Part::Secret(name) => Variable::secret(name),
            Part::Deferred { component, output, sensitive } => {
                let name = deferred_variable(component, output);
                let from = format!("var.{name}");
                let description = format!("What {component} reports as {output}.");
                Variable { sensitive: *sensitive, ..Variable::wired(&name, "string", &description, &from) }
            }
            _ => continue,
        };
        if !variables.iter().any(|known| known.name == variable.name) {
            variables.push(variable);
        }
    }
    variables
}

/// `terraform { required_version, required_providers, backend }`.
pub fn versions(providers: &[(&str, &str, &str)], backend: Option<&Instance>) -> Body {
    let mut terraform = Block::new("terraform", []).with("required_version", ">= 1.5");
    if let Some(Tree::Map(backends)) = backend.and_then(|instance| instance.settings.get("backend")) {
        for (kind, settings) in backends {
            let mut block = Block::new("backend", [kind.as_str()]);
            for (key, value) in settings.as_map().into_iter().flatten() {
                block.body.attribute(key, tree_expression(value));
            }
            terraform.body.block(block);
        }
    }
    let mut required = Block::new("required_providers", []);
    for (name, source, version) in providers {
        let provider =
            Expression::object([("source", Expression::from(*source)), ("version", Expression::from(*version))]);
        required.body.attribute(*name, provider);
    }
    terraform.body.block(required);
    let mut body = Body::default();
    body.block(terraform);
    body
}

/// `module "cache" { source = ..., ... }`.
pub fn module_call(component: &Component, variables: &[Variable], after: &[String]) -> Block {
    let name = identifier(&component.name);
    let mut block = Block::new("module", [name.as_str()]).with("source", format!("./modules/{}", component.name));
    block.body.blank();
    for variable in variables {
        block.body.attribute(&variable.name, variable.argument(&component.name));
    }
    if !after.is_empty() {
        let modules = after.iter().map(|name| Expression::Raw(format!("module.{}", identifier(name)))).collect();
        block.body.blank();
        block.body.attribute("depends_on", Expression::List(modules));
    }
    block
}

/// Which of the variables a text uses.
pub fn used(variables: Vec<Variable>, texts: &[&str]) -> Vec<Variable> {
    let uses = |variable: &Variable| texts.iter().any(|text| mentions(text, &format!("var.{}", variable.name)));
    variables.into_iter().filter(uses).collect()
}

/// Whether a text reads a name (`var.image`, `local.labels`).
pub fn mentions(text: &str, wanted: &str) -> bool {
    text.match_indices(wanted).any(|(at, _)| {
        let rest = &text[at + wanted.len()..];
        !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    })
}

/// An object with text keys of any kind.
pub fn labels(entries: impl IntoIterator<Item = (String, Expression)>) -> Expression {
    Expression::Object(entries.into_iter().map(|(key, value)| (Key::Text(key), value)).collect())
}
