//! One backend of a target instance, looked at.

use super::judge::{Judged, judge};
use super::secrets::Secrets;
use crate::backend::{Backend, Procedure};
use crate::model::{Address, Resource, Scope};
use crate::plan::{Applied, InstanceInput, Observation};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One backend of a target instance, looked at.
pub struct Group {
    /// The instance's name.
    pub name: String,
    /// The kind of target.
    pub kind: String,
    /// Its backend.
    pub backend: Arc<dyn Backend>,
    /// What must be.
    pub desired: Vec<Resource>,
    /// What is.
    pub observation: Observation,
    /// What was last applied, as the state knows it.
    pub applied: BTreeMap<Address, Applied>,
    /// Rendered files that the backend writes beside what it applies.
    pub artifacts: BTreeMap<String, String>,
    /// The same with keyed digests in the places of secrets, where it holds any.
    pub judged: Option<Judged>,
}

impl Group {
    /// One backend, with what it looked at.
    pub fn new(
        (name, scope): (&str, &Scope),
        backend: &Arc<dyn Backend>,
        desired: Vec<Resource>,
        observation: Observation,
        applied: BTreeMap<Address, Applied>,
        artifacts: BTreeMap<String, String>,
        secrets: &Secrets,
    ) -> Self {
        let kind = scope.instances.iter().find(|one| one.name == name).map_or("", |one| one.kind.as_str());
        let mut group = Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            backend: Arc::clone(backend),
            desired,
            observation,
            applied,
            artifacts,
            judged: None,
        };
        group.judge(secrets);
        group
    }

    /// Puts digests into the places of secrets, after what was applied has become known.
    pub fn judge(&mut self, secrets: &Secrets) {
        self.judged = judge(secrets, &self.desired, &self.observation, &self.applied);
    }

    /// As plan takes it.
    pub fn input<'a>(&'a self, procedures: &'a [&'a dyn Procedure]) -> InstanceInput<'a> {
        let judged = self.judged.as_ref();
        InstanceInput {
            name: &self.name,
            kind: &self.kind,
            backend: self.backend.name(),
            granularity: self.backend.capabilities().granularity,
            table: self.backend.table(),
            desired: judged.map_or(&self.desired, |judged| &judged.desired),
            observation: judged.map_or(&self.observation, |judged| &judged.observation),
            applied: judged.map_or(&self.applied, |judged| &judged.applied),
            procedures,
            artifacts: &self.artifacts,
        }
    }
}
