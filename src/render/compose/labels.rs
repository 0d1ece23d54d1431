//! The labels by which our objects are known.

use crate::model::{Address, Component, Environment, Instance, Tree};
use indexmap::IndexMap;

/// Makes labels.
pub struct Labels<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The instance.
    pub instance: &'a Instance,
}

/// The address of an object of the engine.
pub fn address(instance: &Instance, kind: &str, name: &str) -> Address {
    Address::new("docker", instance.address_name(), [kind, name])
}

impl Labels<'_> {
    /// Labels of one object: the environment's own, and our mark. None of them changes with a commit.
    pub fn of(&self, component: Option<&Component>, kind: &str, name: &str) -> Tree {
        let mut labels: IndexMap<String, Tree> =
            self.environment.labels.iter().map(|(key, value)| (key.clone(), Tree::text(value.clone()))).collect();
        let owner = format!("{}/{}", self.environment.project, self.environment.name);
        labels.insert("driftless.dev/owner".into(), Tree::text(owner));
        if let Some(component) = component {
            labels.insert("driftless.dev/component".into(), Tree::text(component.name.clone()));
        }
        let address = address(self.instance, kind, name).to_string();
        labels.insert("driftless.dev/address".into(), Tree::text(address));
        Tree::Map(labels)
    }
}
