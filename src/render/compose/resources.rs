//! The containers, networks and volumes that the file stands for.

use super::labels::address;
use super::{Lowered, normalise};
use crate::model::{Address, Carrier, Effect, FieldPath, Instance, Model, Reach, Resource, Tree, Workload, glob};
use crate::render::engine::{Engine, main_units};
use crate::render::live;
use std::collections::BTreeMap;

/// All resources of an instance: networks, volumes, containers, and what the software in these must report.
pub fn resources(model: &Model, instance: &Instance, lowered: &Lowered, engine: &Engine<'_>) -> Vec<Resource> {
    let mut resources = Vec::new();
    for (section, kind) in [("networks", "network"), ("volumes", "volume")] {
        for (name, object) in lowered.section(section) {
            let component = lowered.owner(section, name);
            let mut resource = Resource::new(address(instance, kind, name), component.map(Into::into), object.clone());
            resource.protect = kind == "volume" && component.is_some_and(|name| protects(model, name));
            resources.push(resource);
        }
    }
    for (name, service) in lowered.section("services") {
        resources.push(container(instance, lowered, engine, name, service));
    }
    let carriers = |workload: &Workload, member: Option<u32>| carriers(instance, engine, workload, member);
    resources.extend(live::resources(model, instance, &carriers));
    resources
}

fn protects(model: &Model, component: &str) -> bool {
    model.components.get(component).is_some_and(|component| component.protect)
}

fn container(instance: &Instance, lowered: &Lowered, engine: &Engine<'_>, name: &str, service: &Tree) -> Resource {
    let mut body = normalise::body(service, lowered, engine);
    let is_job = engine.units.iter().any(|unit| unit.name == name && unit.is_job());
    body.insert("state", if is_job { "exited" } else { "running" });
    let after = after(instance, &body);
    let component = lowered.owner("services", name).map(Into::into);
    let mut resource = Resource::new(address(instance, "container", name), component, body);
    resource.after = after;
    resource.effects = effects(&resource.body, engine);
    resource
}

/// What a change of single entries of files takes: a file whose entries are told apart is read by who can be told of them.
fn effects(body: &Tree, engine: &Engine<'_>) -> BTreeMap<FieldPath, Effect> {
    let mut effects = BTreeMap::new();
    let files = || engine.units.iter().flat_map(|unit| &unit.files);
    for (name, content) in body.get("configs").and_then(Tree::as_map).into_iter().flatten() {
        let Some(file) = files().find(|file| file.name == *name && !file.entries.is_empty()) else { continue };
        for key in content.as_map().into_iter().flat_map(|entries| entries.keys()) {
            let rule = file.entries.iter().find(|entry| glob::matches(&entry.key, key, '\0'));
            if let Some(rule) = rule {
                effects.insert(FieldPath::keys(["configs", name, key]), rule.effect);
            }
        }
    }
    effects
}

fn after(instance: &Instance, body: &Tree) -> Vec<Address> {
    let keys = |key: &str| body.get(key).and_then(Tree::as_map).into_iter().flat_map(|map| map.keys().cloned());
    let mut after: Vec<Address> = keys("networks").map(|name| address(instance, "network", &name)).collect();
    for mount in body.get("volumes").and_then(Tree::as_list).into_iter().flatten() {
        let is_volume = mount.get("type").and_then(Tree::as_str) == Some("volume");
        if let Some(name) = mount.get("source").and_then(Tree::as_str).filter(|_| is_volume) {
            after.push(address(instance, "volume", name));
        }
    }
    after.extend(keys("depends_on").map(|name| address(instance, "container", &name)));
    after
}

/// The containers of a workload, or of one member, and how one gets at them.
fn carriers(instance: &Instance, engine: &Engine<'_>, workload: &Workload, member: Option<u32>) -> Vec<Carrier> {
    let names = main_units(workload);
    let wanted = |at: usize| member.is_none_or(|member| member as usize == at);
    let chosen = names.iter().enumerate().filter(|(at, _)| wanted(*at));
    let carrier = |name: &String| {
        let unit = engine.units.iter().find(|unit| unit.name == *name);
        let port = workload.ports.values().next();
        let reach = port.map(|port| Reach {
            port: port.number,
            published: unit.and_then(|unit| unit.ports.iter().find(|open| open.target == port.number)?.published),
            login: None,
        });
        Carrier { address: address(instance, "container", name), reach }
    };
    chosen.map(|(_, name)| carrier(name)).collect()
}
