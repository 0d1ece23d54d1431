//! Lowers the model to Kubernetes objects: what the Helm chart, Terraform's `kubernetes` platform and the native backend all stand for.
//!
//! Never: writes a file, knows a chart or a Terraform resource.
//!
//! Invariants: the same model gives the same objects in the same order; a selector and a claim template never change with a version or
//! a label; no body holds a secret's value; what a user wrote arrives in the container as it was written.

mod checksum;
mod container;
pub mod expansion;
#[cfg(test)]
pub mod fixture;
mod mount;
pub mod network;
mod patch;
mod pod;
pub mod resource;
pub mod scope;
pub mod secret;
pub mod storage;
mod tree;
mod workload;

use crate::diag::Sink;
use crate::model::{Component, Instance, Loss, Model, Tree, Value};
use std::collections::BTreeMap;

pub use checksum::CONFIG_CHECKSUM;
pub use scope::{Manager, Scope};

/// One lowered object.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The component that it belongs to; none where it holds several.
    pub component: Option<String>,
    /// The workload that it serves.
    pub workload: Option<String>,
    /// All of it: `apiVersion`, `kind`, `metadata`, `spec`, ...
    pub body: Tree,
    /// Whether a change that loses its data is refused.
    pub protect: bool,
}

impl Object {
    /// Its kind.
    pub fn kind(&self) -> &str {
        self.body.get("kind").and_then(Tree::as_str).unwrap_or_default()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.body.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Tree::as_str).unwrap_or_default()
    }

    /// Its API group; empty for the core.
    pub fn group(&self) -> &str {
        let version = self.body.get("apiVersion").and_then(Tree::as_str).unwrap_or_default();
        version.split_once('/').map_or("", |(group, _)| group)
    }

    /// What patches know it by: `Deployment/api`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.kind(), self.name())
    }
}

/// What lowering makes of one instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lowered {
    /// The objects: those of a component before those of the components that refer to it; what a workload needs before it.
    pub objects: Vec<Object>,
    /// What the objects refer to in the Secret, by key. A key whose value has several parts is a file that is put together.
    pub secrets: BTreeMap<String, Value>,
    /// What Kubernetes cannot express.
    pub losses: Vec<Loss>,
}

/// Lowers the components of an instance, with what their modules bring for `kind` of target and what their users patch merged in.
///
/// `kind` is the name under which overrides and patches are looked up.
pub fn lower(model: &Model, instance: &Instance, manager: Manager, kind: &str, sink: &mut Sink) -> (Scope, Lowered) {
    let scope = Scope::new(model, instance, manager);
    let mut lowered = Lowered::default();
    for component in model.components_of(instance) {
        let Lowered { losses, secrets, .. } = &mut lowered;
        let mut lowering = Lowering { model, instance, scope: &scope, component, losses, secrets, sink };
        let objects = lowering.component();
        lowered.objects.extend(patch::merge(model, component, kind, &scope, objects, sink));
    }
    checksum::annotate(&mut lowered.objects, model);
    let secret = secret::object(&scope, instance, &lowered.secrets);
    lowered.objects.splice(..0, secret);
    scope::check_names(&lowered.objects, model, sink);
    (scope, lowered)
}

/// The lowering of one component.
struct Lowering<'a> {
    model: &'a Model,
    instance: &'a Instance,
    scope: &'a Scope,
    component: &'a Component,
    losses: &'a mut Vec<Loss>,
    secrets: &'a mut BTreeMap<String, Value>,
    sink: &'a mut Sink,
}

impl Lowering<'_> {
    fn component(&mut self) -> Vec<Object> {
        self.component.workloads.values().flat_map(|workload| self.workload(workload)).collect()
    }

    fn object(&self, workload: &str, body: Tree) -> Object {
        Object { component: Some(self.component.name.clone()), workload: Some(workload.into()), body, protect: false }
    }

    fn lose(&mut self, input: &str, message: String) {
        self.losses.push(Loss {
            component: self.component.name.clone(),
            instance: self.instance.name.clone(),
            message,
            span: self.component.place_of(input),
            address: None,
        });
    }
}
