//! Merges of modules and users over the objects of a component.

use super::scope::texts;
use super::{Object, Scope};
use crate::diag::{Diagnostic, SECRET_IN_ARGUMENT, Sink, Span};
use crate::model::{Component, Model, Patch, Tree, Value};
use crate::render::endpoint::Endpoints;
use crate::render::merge::{Guard, merge_component};
use indexmap::IndexMap;

/// What an object is known by.
const GUARDS: &[Guard] = &[
    Guard { objects: "*/*", path: &["kind"] },
    Guard { objects: "*/*", path: &["metadata", "name"] },
    Guard { objects: "*/*", path: &["metadata", "namespace"] },
    Guard { objects: "*/*", path: &["metadata", "labels", "driftless.dev/*"] },
    Guard { objects: "*/*", path: &["metadata", "labels", "app.kubernetes.io/name"] },
    Guard { objects: "*/*", path: &["metadata", "labels", "app.kubernetes.io/instance"] },
    Guard { objects: "*/*", path: &["spec", "selector"] },
    Guard { objects: "*/*", path: &["spec", "serviceName"] },
    Guard { objects: "*/*", path: &["spec", "template", "metadata", "labels", "driftless.dev/*"] },
    Guard { objects: "*/*", path: &["spec", "template", "metadata", "labels", "app.kubernetes.io/name"] },
    Guard { objects: "*/*", path: &["spec", "template", "metadata", "labels", "app.kubernetes.io/instance"] },
];

/// The objects with everything merged in that the component says for this kind of target; objects that a module adds come last.
pub(super) fn merge(
    model: &Model,
    component: &Component,
    kind: &str,
    scope: &Scope,
    objects: Vec<Object>,
    sink: &mut Sink,
) -> Vec<Object> {
    if !component.overrides.contains_key(kind) && !component.patches.contains_key(kind) {
        return objects;
    }
    let resolved = resolved(model, component, kind, scope, sink);
    let mut bodies: IndexMap<_, _> = objects.iter().map(|object| (object.key(), object.body.clone())).collect();
    merge_component(&resolved, kind, &mut bodies, '/', GUARDS, sink);
    let mut known: IndexMap<_, _> = objects.into_iter().map(|object| (object.key(), object)).collect();
    let merged = bodies.into_iter().map(|(key, body)| match known.shift_remove(&key) {
        Some(object) => Object { body, ..object },
        None => added(component, scope, &key, body),
    });
    merged.collect()
}

/// An object that a module brings: what it does not say of its identity is said here.
fn added(component: &Component, scope: &Scope, key: &str, mut body: Tree) -> Object {
    let (kind, name) = key.split_once('/').unwrap_or((key, &component.name));
    let metadata = body.get("metadata").cloned().unwrap_or_else(Tree::map);
    let mut all = scope.metadata(&component.name, &component.name, name, Vec::new());
    let mut labels = texts(&scope.labels(&component.name, &component.name));
    if let (Tree::Map(labels), Some(Tree::Map(own))) = (&mut labels, metadata.get("labels")) {
        labels.extend(own.clone());
    }
    if let (Tree::Map(all), Tree::Map(own)) = (&mut all, metadata) {
        all.extend(own);
        all.insert("labels".into(), labels);
    }
    body.insert("kind", kind);
    body.insert("metadata", all);
    Object { component: Some(component.name.clone()), workload: None, body, protect: component.protect }
}

/// The component with no endpoint left in its merges.
fn resolved(model: &Model, component: &Component, kind: &str, scope: &Scope, sink: &mut Sink) -> Component {
    let endpoints = Endpoints { model, consumer: component, naming: scope };
    let mut tree = |tree: &Tree, span: Span| {
        let resolved = endpoints.resolve_tree(tree, span, sink);
        without_secrets(resolved, span, sink)
    };
    let overrides = component.overrides.get(kind).into_iter().flatten();
    let overrides = overrides.map(|(name, object)| (name.clone(), tree(object, component.module_span))).collect();
    let patches = component.patches.get(kind).into_iter().flatten();
    let patches = patches.map(|patch| Patch { merge: tree(&patch.merge, patch.span), ..patch.clone() }).collect();
    Component {
        overrides: [(kind.to_owned(), overrides)].into(),
        patches: [(kind.to_owned(), patches)].into(),
        ..component.clone()
    }
}

fn without_secrets(tree: Tree, span: Span, sink: &mut Sink) -> Tree {
    if !tree.is_sensitive() {
        return tree;
    }
    let message = "a secret cannot stand in an object: whoever can list objects would read it";
    sink.push(Diagnostic::error(SECRET_IN_ARGUMENT, span, message).help("refer to it with a secretKeyRef"));
    blank(tree)
}

fn blank(tree: Tree) -> Tree {
    match tree {
        Tree::Text(value) if value.is_sensitive() => Tree::Text(Value::literal(value.display())),
        Tree::List(list) => Tree::List(list.into_iter().map(blank).collect()),
        Tree::Map(map) => Tree::Map(map.into_iter().map(|(key, value)| (key, blank(value))).collect()),
        other => other,
    }
}
