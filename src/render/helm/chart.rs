//! What the templates of one chart share while they are made.

use super::expression;
use super::values::Values;
use crate::model::{Part, Tree, Value};
use crate::render::kubernetes::{Lowered, Scope};
use crate::render::yaml::Node;
use serde_json::json;
use std::collections::BTreeSet;

/// Sections of values.yaml that no workload may take the name of.
const RESERVED: &[&str] = &["global", "imagePullSecrets", "outputs", "secrets"];

/// A chart in the making.
pub struct Chart<'a> {
    /// Its name: the environment's.
    pub name: &'a str,
    /// What its objects share.
    pub scope: &'a Scope,
    /// Its values so far.
    pub values: Values,
    outputs: BTreeSet<(String, String)>,
}

impl<'a> Chart<'a> {
    /// A chart without templates.
    pub fn new(scope: &'a Scope, lowered: &Lowered) -> Self {
        let mut chart = Self { name: &scope.environment, scope, values: Values::default(), outputs: BTreeSet::new() };
        if lowered.objects.iter().any(|object| object.body.get("spec").is_some_and(has_pods)) {
            let comment = "Secrets with credentials of image registries";
            let schema = json!({"type": "array", "items": {"type": "object", "required": ["name"],
                "properties": {"name": {"type": "string"}}, "additionalProperties": false}});
            chart.values.declare(&path(&["imagePullSecrets"]), comment, Tree::List(Vec::new()), schema);
        }
        chart.declare_secrets(lowered);
        chart
    }

    fn declare_secrets(&mut self, lowered: &Lowered) {
        let names: BTreeSet<_> = lowered.secrets.values().flat_map(Value::parts).filter_map(secret_key).collect();
        if names.is_empty() {
            return;
        }
        let comment = "What containers read secrets from. Values are never part of the chart";
        self.values.describe(&path(&["secrets"]), comment);
        let comment = "Name of the Secret in the release's namespace. It has to hold the keys below";
        let name = Tree::text(self.scope.secret.clone());
        self.values.declare(&path(&["secrets", "name"]), comment, name, json!({"type": "string", "minLength": 1}));
        let comment = "Where values are given, the chart makes that Secret of them. Give them when installing (`--set-file`, or `--values -` on standard input)";
        self.values.describe(&path(&["secrets", "values"]), comment);
        for name in names {
            self.values.declare(&path(&["secrets", "values", &name]), "", Tree::text(""), json!({"type": "string"}));
        }
    }

    /// The value of the chart that stands for a part.
    pub fn part(&mut self, part: &Part) -> Vec<String> {
        if let Some(key) = secret_key(part) {
            return path(&["secrets", "values", &key]);
        }
        let Part::Deferred { component, output, .. } = part else { return path(&["outputs"]) };
        let found = path(&["outputs", component, output]);
        if self.outputs.insert((component.clone(), output.clone())) {
            let comment = "What other components have reported";
            self.values.describe(&path(&["outputs"]), comment);
            self.values.declare(&found, "", Tree::text(""), json!({"type": "string"}));
        }
        found
    }

    /// A value in a template.
    pub fn text(&mut self, value: &Value) -> Node {
        expression::value(value, &mut |part| self.part(part))
    }

    /// A body as a template without any value of the chart in it.
    pub fn template(&mut self, body: &Tree) -> Node {
        let mut node = Node::from_tree(body, &mut |value| self.text(value));
        expression::escape_keys(&mut node);
        node
    }
}

fn has_pods(spec: &Tree) -> bool {
    spec.get("template").is_some()
}

/// The name under which `secrets.values` knows a part.
fn secret_key(part: &Part) -> Option<String> {
    crate::render::kubernetes::secret::key(part)
}

/// A path of names.
pub fn path(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The section of a workload: its name in camel case. Two names never give one section.
pub fn section(name: &str) -> String {
    let mut section = String::new();
    let mut hyphen = false;
    for character in name.chars() {
        match (hyphen, character) {
            (true, 'a'..='z') => section.push(character.to_ascii_uppercase()),
            (true, '-') => section.push('_'),
            (true, _) => section.extend(['_', character]),
            (false, '-') => {}
            (false, _) => section.push(character),
        }
        hyphen = character == '-';
    }
    if section.starts_with(|first: char| first.is_ascii_digit()) {
        section.insert(0, '_');
    }
    if RESERVED.contains(&section.as_str()) {
        section.push('_');
    }
    section
}
