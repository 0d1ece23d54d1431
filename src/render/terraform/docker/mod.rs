//! Terraform on a Docker engine, with the provider kreuzwerker/docker.
//!
//! Never: puts a secret into a container's environment: it would be read by whoever inspects the container.
//!
//! Invariants: what the engine would fill in by itself (swap) is written, since the second plan would not be empty otherwise.

mod container;
mod group;
mod module;
#[cfg(test)]
mod tests;
mod volume;

use super::hcl::{self, Block, Body, Expression};
use super::root::{self, Variable};
use crate::diag::{Diagnostic, NAME_COLLISION, Sink, Span};
use crate::model::{Address, Carrier, Component, Instance, Loss, Model, Reach, Resource, Tree, Workload};
use crate::render::engine::{self, Engine};
use crate::render::{Rendered, Templates, live};
use group::{Group, Repetition};
use indexmap::IndexSet;

/// The provider: its local name, source and versions.
const PROVIDERS: &[(&str, &str, &str)] = &[("docker", "kreuzwerker/docker", ">= 3.6.0, < 5.0.0")];

const SECRETS_IN_STATE: &str = "Terraform keeps what it uploads in its state, secrets included: keep the state where only those may read it who may know them";

/// Renders an instance.
pub fn render(model: &Model, instance: &Instance, _templates: &dyn Templates, sink: &mut Sink) -> Rendered {
    if model.components.values().all(|component| component.instance != instance.name) {
        return Rendered::default();
    }
    let engine = engine::lower(model, instance, sink);
    let mut rendered = Rendered { losses: engine.losses.clone(), ..Rendered::default() };
    let mut calls = Vec::new();
    rendered.resources.push(network(model, instance));
    for component in model.components_of(instance) {
        let groups = group::groups(component, &engine);
        let module = module::lower(model, component, &groups, &engine, sink);
        let lose = |(span, message): &(Span, String)| Loss {
            component: component.name.clone(),
            instance: instance.name.clone(),
            message: message.clone(),
            span: *span,
            address: None,
        };
        rendered.losses.extend(module.losses.iter().map(lose));
        if module.variables.iter().any(|variable| variable.sensitive) {
            rendered.losses.push(lose(&(instance.span, SECRETS_IN_STATE.to_owned())));
        }
        module::write(component, &module, &mut rendered.files);
        rendered.resources.extend(module.resources(component, instance));
        calls.push((component, module));
    }
    write_root(model, instance, &engine, &calls, &mut rendered, sink);
    let carriers = |workload: &Workload, member: Option<u32>| carriers(instance, &engine, workload, member);
    rendered.resources.extend(live::resources(model, instance, &carriers));
    rendered
}

/// The address of something that Terraform manages.
fn address(instance: &Instance, path: &str) -> Address {
    Address::new("terraform", instance.address_name(), [path])
}

fn project<'a>(model: &'a Model, instance: &'a Instance) -> &'a str {
    instance.setting("project").unwrap_or(&model.environment.name)
}

fn network(model: &Model, instance: &Instance) -> Resource {
    let mut labels = common_labels(model);
    labels.insert("driftless.dev/address".into(), Tree::text("terraform:docker_network.this"));
    let labels: Vec<Tree> = labels.into_iter().map(|(key, value)| container::label(&key, value)).collect();
    let body = Tree::from([("name", Tree::text(project(model, instance))), ("labels", Tree::List(labels))]);
    Resource::new(address(instance, "docker_network.this"), None, body)
}

fn common_labels(model: &Model) -> indexmap::IndexMap<String, Tree> {
    let environment = &model.environment;
    let mut labels: indexmap::IndexMap<String, Tree> =
        environment.labels.iter().map(|(key, value)| (key.clone(), Tree::text(value.clone()))).collect();
    let owner = format!("{}/{}", environment.project, environment.name);
    labels.insert("driftless.dev/owner".into(), Tree::text(owner));
    labels
}

fn write_root(
    model: &Model,
    instance: &Instance,
    engine: &Engine<'_>,
    calls: &[(&Component, module::Module)],
    rendered: &mut Rendered,
    sink: &mut Sink,
) {
    let mut versions = root::versions(PROVIDERS, Some(instance));
    versions.block(Block::new("provider", ["docker"]).with("host", Expression::raw("var.docker_host")));
    rendered.files.insert("versions.tf", None, hcl::write(&versions));
    rendered.files.insert("variables.tf", None, hcl::write(&root_variables(model, instance, calls, sink)));
    rendered.files.insert("main.tf", None, hcl::write(&root_main(model, engine, calls)));
    let mut outputs = Body::default();
    for (component, module) in calls {
        for (name, sensitive) in &module.outputs {
            let path = format!("module.{}.{}", root::identifier(&component.name), root::identifier(name));
            let label = root::root_name(&component.name, &root::identifier(name));
            let mut block = Block::new("output", [label.as_str()])
                .with("description", format!("What {} reports as {name}.", component.name))
                .with("value", Expression::Raw(path));
            if *sensitive {
                block.body.attribute("sensitive", true);
            }
            outputs.block(block);
        }
    }
    if !outputs.items.is_empty() {
        rendered.files.insert("outputs.tf", None, hcl::write(&outputs));
    }
}

fn root_variables(model: &Model, instance: &Instance, calls: &[(&Component, module::Module)], sink: &mut Sink) -> Body {
    let host = instance.setting("host").unwrap_or("unix:///var/run/docker.sock");
    let text = |name: &str, description: &str, default: &str| {
        Block::new("variable", [name])
            .with("description", description)
            .with("type", Expression::raw("string"))
            .with("default", default)
    };
    let mut body = Body::default();
    body.block(text("docker_host", "The engine's address.", host));
    body.block(text(
        "name",
        "What the network is called, and what the names of containers and volumes begin with.",
        project(model, instance),
    ));
    let mut seen: IndexSet<String> = ["docker_host".to_owned(), "name".to_owned()].into_iter().collect();
    for (component, module) in calls {
        for variable in module.variables.iter().filter(|variable| variable.from.is_none()) {
            let name = root::root_name(&component.name, &variable.name);
            if !seen.insert(name.clone()) {
                let message = format!("two variables of the root would be called `{name}`");
                sink.push(Diagnostic::error(NAME_COLLISION, component.span, message));
            }
            body.block(variable.in_root(&component.name));
        }
    }
    // Secrets and what other tools report are handed over under one name to all modules.
    let shared = calls.iter().flat_map(|(_, module)| &module.variables);
    for variable in
        shared.filter(|variable| variable.from.as_ref().is_some_and(|from| *from == format!("var.{}", variable.name)))
    {
        if variable.name != "name" && seen.insert(variable.name.clone()) {
            body.block(Variable { validation: None, ..variable.clone() }.in_module());
        }
    }
    body
}

fn root_main(model: &Model, engine: &Engine<'_>, calls: &[(&Component, module::Module)]) -> Body {
    let mut body = Body::default();
    let labels = common_labels(model).into_iter().map(|(key, value)| (key, root::tree_expression(&value)));
    body.block(Block::new("locals", []).with("labels", root::labels(labels)));
    let mut network = Block::new("resource", ["docker_network", "this"]).with("name", Expression::raw("var.name"));
    let address = [("driftless.dev/address".to_owned(), Expression::from("terraform:docker_network.this"))];
    network.body.block(container::labels_block("local.labels", address));
    body.block(network);
    for (component, module) in calls {
        body.block(root::module_call(component, &module.variables, &module_needs(component, engine)));
    }
    body
}

/// The components whose containers those of `component` wait for.
fn module_needs(component: &Component, engine: &Engine<'_>) -> Vec<String> {
    let own = engine.units.iter().filter(|unit| unit.component.name == component.name);
    let mut components = IndexSet::new();
    for name in own.flat_map(|unit| unit.depends_on.keys()) {
        let Some(unit) = engine.units.iter().find(|unit| unit.name == *name) else { continue };
        if unit.component.name != component.name {
            components.insert(unit.component.name.clone());
        }
    }
    components.into_iter().collect()
}

fn carriers(instance: &Instance, engine: &Engine<'_>, workload: &Workload, member: Option<u32>) -> Vec<Carrier> {
    let is_main = |unit: &&engine::Unit<'_>| unit.workload.name == workload.name && unit.shares.is_none();
    let units = engine.units.iter().filter(is_main).filter(|unit| member.is_none() || unit.member == member);
    let mut carriers = Vec::new();
    for unit in units {
        let group = Group::of(unit);
        let port = workload.ports.values().next();
        let reach = port.map(|port| Reach {
            port: port.number,
            published: unit.ports.iter().find(|open| open.target == port.number).and_then(|open| open.published),
            login: None,
        });
        for key in group.keys(unit) {
            let address = address(instance, &group.path(unit.component, "docker_container", &key));
            carriers.push(Carrier { address, reach: reach.clone() });
        }
    }
    carriers
}

/// The index of one instance of a repeated block.
fn index(repetition: Repetition, key: &str) -> String {
    match repetition {
        Repetition::Single => String::new(),
        Repetition::Count => format!("[{key}]"),
        Repetition::Members => format!("[\"{key}\"]"),
    }
}
