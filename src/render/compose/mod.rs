//! Compose: one `compose.yaml` for an instance, and the containers, networks and volumes that it stands for.
//!
//! Never: writes a relative path of the machine, or a secret anywhere but as a reference to the environment of who runs it.
//!
//! Invariants: whatever a user writes reaches the container unchanged (`$` is doubled); the resources are what `docker compose config`
//! reads out of the file.

mod duration;
mod file;
mod labels;
mod normalise;
mod resources;
mod service;
#[cfg(test)]
mod tests;

pub(crate) use duration::{parse_bytes, seconds};
pub(crate) use normalise::file_entries;

use super::engine::{self, Engine};
use super::merge::{Guard, merge_component};
use super::{Rendered, Target, Templates};
use crate::diag::Sink;
use crate::model::{Component, Instance, Model, Tree};
use indexmap::IndexMap;

/// The Compose target.
#[derive(Debug, Clone, Copy)]
pub struct Compose;

/// What no patch may touch.
const GUARDS: &[Guard] = &[
    Guard { objects: "services.*", path: &["labels", "driftless.dev/*"] },
    Guard { objects: "volumes.*", path: &["labels", "driftless.dev/*"] },
    Guard { objects: "networks.*", path: &["labels", "driftless.dev/*"] },
    Guard { objects: "services.*", path: &["container_name"] },
    Guard { objects: "volumes.*", path: &["name"] },
    Guard { objects: "networks.*", path: &["name"] },
];

/// The lowered objects of an instance, in the vocabulary of the file; nothing in them is escaped.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lowered {
    /// The project's name.
    pub project: String,
    /// The network's name.
    pub network: String,
    /// `services.NAME`, `volumes.NAME`, `networks.NAME`, `configs.NAME`.
    pub objects: IndexMap<String, Tree>,
    /// Whose each object is; none: everybody's.
    pub owners: IndexMap<String, String>,
}

impl Lowered {
    fn insert(&mut self, section: &str, name: &str, owner: Option<&Component>, object: Tree) {
        let key = format!("{section}.{name}");
        if let Some(component) = owner {
            self.owners.insert(key.clone(), component.name.clone());
        }
        self.objects.insert(key, object);
    }

    /// The objects of a section, by name.
    pub fn section<'s>(&'s self, section: &'s str) -> impl Iterator<Item = (&'s str, &'s Tree)> {
        self.objects.iter().filter_map(move |(key, object)| {
            let name = key.strip_prefix(section)?.strip_prefix('.')?;
            Some((name, object))
        })
    }

    /// The component that an object belongs to.
    pub fn owner(&self, section: &str, name: &str) -> Option<&str> {
        self.owners.get(&format!("{section}.{name}")).map(String::as_str)
    }
}

impl Target for Compose {
    fn kind(&self) -> &'static str {
        "compose"
    }

    fn render(&self, model: &Model, instance: &Instance, templates: &dyn Templates, sink: &mut Sink) -> Rendered {
        if model.components.values().all(|component| component.instance != instance.name) {
            return Rendered::default();
        }
        let engine = engine::lower(model, instance, sink);
        let mut lowered = lower(model, instance, &engine);
        patch(model, instance, &mut lowered, sink);
        let mut rendered = Rendered { losses: engine.losses.clone(), ..Rendered::default() };
        rendered.files.insert("compose.yaml", None, file::write(&lowered, &engine, templates));
        rendered.resources = resources::resources(model, instance, &lowered, &engine);
        rendered
    }
}

fn lower(model: &Model, instance: &Instance, engine: &Engine<'_>) -> Lowered {
    let environment = &model.environment;
    let default = || format!("{}-{}", environment.project, environment.name);
    let project = instance.setting("project").map_or_else(default, str::to_owned);
    let mut lowered = Lowered { project, network: environment.name.clone(), ..Lowered::default() };
    let labels = labels::Labels { environment, instance };
    for unit in &engine.units {
        let service = service::lower(unit, &lowered.network, &labels);
        lowered.insert("services", &unit.name, Some(unit.component), service);
        for file in &unit.files {
            let content = Tree::from([("content", Tree::Text(file.content.clone()))]);
            lowered.insert("configs", &file.name, Some(unit.component), content);
        }
    }
    let network = Tree::from([("labels", labels.of(None, "network", &lowered.network))]);
    lowered.insert("networks", &lowered.network.clone(), None, network);
    for (name, volume) in &engine.volumes {
        let labels = labels.of(Some(volume.component), "volume", name);
        lowered.insert("volumes", name, Some(volume.component), Tree::from([("labels", labels)]));
    }
    lowered
}

/// Merges what modules and users say over the objects of each component, and over those that are everybody's.
fn patch(model: &Model, instance: &Instance, lowered: &mut Lowered, sink: &mut Sink) {
    let labels = labels::Labels { environment: &model.environment, instance };
    for component in model.components_of(instance) {
        if !component.overrides.contains_key("compose") && !component.patches.contains_key("compose") {
            continue;
        }
        let is_ours = |key: &String| lowered.owners.get(key).is_none_or(|owner| *owner == component.name);
        let keys: Vec<String> = lowered.objects.keys().filter(|key| is_ours(key)).cloned().collect();
        let mut objects: IndexMap<String, Tree> =
            keys.iter().filter_map(|key| Some((key.clone(), lowered.objects.get(key)?.clone()))).collect();
        for name in merge_component(component, "compose", &mut objects, '.', GUARDS, sink) {
            let Some(mut object) = objects.get(&name).cloned() else { continue };
            if !lowered.objects.contains_key(&name) {
                lowered.owners.insert(name.clone(), component.name.clone());
                adopt(&mut object, &name, component, &labels, &lowered.network);
            }
            lowered.objects.insert(name, object);
        }
    }
}

/// Gives an object that a module brings our mark, and a service the environment's network.
fn adopt(object: &mut Tree, key: &str, component: &Component, labels: &labels::Labels<'_>, network: &str) {
    let Some((section, name)) = key.split_once('.') else { return };
    let kind = match section {
        "services" => "container",
        "volumes" => "volume",
        "networks" => "network",
        _ => return,
    };
    let mut all = object.get("labels").cloned().unwrap_or_else(Tree::map);
    for (key, value) in labels.of(Some(component), kind, name).as_map().into_iter().flatten() {
        all.insert(key, value.clone());
    }
    object.insert("labels", all);
    if kind == "container" && object.get("networks").is_none() && object.get("network_mode").is_none() {
        object.insert("networks", Tree::from([(network, Tree::map())]));
    }
}
