//! Containers that one block describes.

use super::index;
use crate::model::{Component, WorkloadKind};
use crate::render::engine::{Engine, Unit};
use crate::render::terraform::root::identifier;

/// How a block is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    /// Not at all.
    Single,
    /// `count`.
    Count,
    /// `for_each` over the names of members.
    Members,
}

/// Containers that one block describes.
#[derive(Debug, Clone)]
pub struct Group<'g, 'a> {
    /// The block's label.
    pub name: String,
    /// What its variables begin with; empty for the main one.
    pub prefix: String,
    /// How it is repeated.
    pub repetition: Repetition,
    /// The containers; at least one.
    pub units: Vec<&'g Unit<'a>>,
}

impl<'g, 'a> Group<'g, 'a> {
    /// The group that a container alone would be.
    pub fn of(unit: &'g Unit<'a>) -> Self {
        let component = &unit.component.name;
        let suffix = unit.workload.name.strip_prefix(component.as_str()).unwrap_or(&unit.workload.name);
        let mut words = vec![suffix.trim_start_matches('-')];
        if unit.shares.is_some() {
            words.push(&unit.container.name);
        }
        words.retain(|word| !word.is_empty());
        let label = identifier(&words.join("_"));
        let repetition = match (unit.member, unit.workload.kind) {
            (Some(_), _) => Repetition::Members,
            (None, WorkloadKind::Job) => Repetition::Single,
            (None, _) => Repetition::Count,
        };
        let (name, prefix) =
            if words.is_empty() { ("this".into(), String::new()) } else { (label.clone(), format!("{label}_")) };
        Self { name, prefix, repetition, units: vec![unit] }
    }

    /// The keys of a container: several where it stands for replicas without identity.
    pub fn keys(&self, unit: &Unit<'_>) -> Vec<String> {
        match self.repetition {
            Repetition::Single => vec![String::new()],
            Repetition::Count => (0..unit.replicas).map(|at| at.to_string()).collect(),
            Repetition::Members => vec![Self::member_key(unit)],
        }
    }

    /// The name by which a member is known: that of its main container.
    pub fn member_key(unit: &Unit<'_>) -> String {
        unit.shares.clone().unwrap_or_else(|| unit.name.clone())
    }

    /// The path of one instance: `module.cache.docker_container.this["cache-0"]`.
    pub fn path(&self, component: &Component, kind: &str, key: &str) -> String {
        format!("module.{}.{kind}.{}{}", identifier(&component.name), self.name, index(self.repetition, key))
    }
}

/// The groups of a component, in order.
pub fn groups<'g, 'a>(component: &Component, engine: &'g Engine<'a>) -> Vec<Group<'g, 'a>> {
    let mut groups: Vec<Group<'g, 'a>> = Vec::new();
    for unit in engine.units.iter().filter(|unit| unit.component.name == component.name) {
        let group = Group::of(unit);
        match groups.iter_mut().find(|known| known.name == group.name) {
            Some(known) => known.units.push(unit),
            None => groups.push(group),
        }
    }
    groups
}
