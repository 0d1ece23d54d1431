//! The module of one component.

use super::container::{self, Field, Surroundings, literal_block};
use super::group::{Group, Repetition};
use super::volume::{members_local, volumes};
use super::{PROVIDERS, address, common_labels, index, project};
use crate::diag::{Sink, Span};
use crate::model::{Component, Instance, Model, Resource, Tree, Value};
use crate::render::FileTree;
use crate::render::endpoint::Endpoints;
use crate::render::engine::{Engine, NetworkNames, UnitFile};
use crate::render::merge::{Guard, merge_component, merge_instance};
use crate::render::terraform::hcl::{self, Block, Body, Expression, Structure};
use crate::render::terraform::root::{self, Variable, identifier};
use indexmap::IndexMap;

/// Arguments that are nested blocks.
const BLOCKS: &[&str] = &[
    "capabilities",
    "device_requests",
    "devices",
    "healthcheck",
    "host",
    "ipam_config",
    "labels",
    "mounts",
    "networks_advanced",
    "ports",
    "ulimit",
    "upload",
    "volumes",
];

/// What no patch may touch.
const GUARDS: &[Guard] = &[
    Guard { objects: "docker_container.*", path: &["name"] },
    Guard { objects: "docker_volume.*", path: &["name"] },
    Guard { objects: "*.*", path: &["labels"] },
];

/// A resource block and the instances of it.
#[derive(Debug, Clone)]
struct Lowered {
    kind: String,
    label: String,
    repetition: Repetition,
    /// `for_each` or `count`.
    repeat: Option<(&'static str, Expression)>,
    /// The arguments of each instance, by key; the first one says how they are written.
    instances: IndexMap<String, Vec<Field>>,
    /// Blocks that are no arguments.
    extra: Vec<Structure>,
    /// What it waits for within the module, as references.
    needs: Vec<String>,
}

/// The module of one component.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// Its variables.
    pub variables: Vec<Variable>,
    /// Its outputs, and whether they are sensitive.
    pub outputs: Vec<(String, bool)>,
    /// What is lost beyond what an engine loses.
    pub losses: Vec<(Span, String)>,
    main: Body,
    output_body: Body,
    files: IndexMap<String, String>,
    lowered: Vec<Lowered>,
    /// The bodies after all patches, by block and key.
    bodies: Vec<Vec<(String, Tree)>>,
    protect: bool,
}

/// Lowers a component.
pub fn lower(
    model: &Model,
    component: &Component,
    groups: &[Group<'_, '_>],
    engine: &Engine<'_>,
    sink: &mut Sink,
) -> Module {
    let Some(instance) = model.instances.get(&component.instance) else { return Module::default() };
    let project = project(model, instance);
    let common = common_labels(model);
    let mut module = Module { protect: component.protect, ..Module::default() };
    let (paths, files) = files(groups);
    module.files = files;
    let images = images(groups);
    module.lowered.extend(images.iter().map(|(label, (group, image))| lower_image(label, group, image)));
    for block in volumes(component, groups, project, &common) {
        let repeat = (block.repetition == Repetition::Members)
            .then(|| ("for_each", Expression::Raw(format!("local.{}", block.members))));
        module.lowered.push(Lowered {
            kind: "docker_volume".into(),
            label: block.label,
            repetition: block.repetition,
            repeat,
            instances: block.instances,
            extra: Vec::new(),
            needs: Vec::new(),
        });
    }
    for group in groups {
        let label = images.iter().find(|(_, (_, image))| Some(image) == group.units.first().map(|unit| &unit.image));
        let around = (project, label.map_or("this", |(label, _)| label.as_str()), &paths, &common);
        module.lowered.push(lower_group(component, group, groups, around));
    }
    patch(component, &mut module, sink);
    let outputs = outputs(model, component, sink);
    write_main(&mut module, groups);
    write_outputs(&mut module, component, &outputs);
    choose_variables(&mut module, groups, engine, &outputs);
    module
}

/// The images, by the label of their resource: one for each that differs from the main one.
fn images(groups: &[Group<'_, '_>]) -> IndexMap<String, (String, Value)> {
    let mut images: IndexMap<String, (String, Value)> = IndexMap::new();
    for group in groups {
        let Some(unit) = group.units.first() else { continue };
        if !images.values().any(|(_, image)| *image == unit.image) {
            images.insert(group.name.clone(), (group.prefix.clone(), unit.image.clone()));
        }
    }
    images
}

fn lower_image(label: &str, prefix: &str, image: &Value) -> Lowered {
    let name = if image.as_literal().is_some() {
        Field::driven("name", image.clone(), &format!("{prefix}image"))
    } else {
        Field::literal("name", image.clone())
    };
    let fields = vec![name, Field::literal("keep_locally", true)];
    Lowered {
        kind: "docker_image".into(),
        label: label.into(),
        repetition: Repetition::Single,
        repeat: None,
        instances: [(String::new(), fields)].into_iter().collect(),
        extra: Vec::new(),
        needs: Vec::new(),
    }
}

/// The paths of files in the module by their name in the instance, and their texts by path.
fn files(groups: &[Group<'_, '_>]) -> (IndexMap<String, String>, IndexMap<String, String>) {
    let all: Vec<&UnitFile> = groups.iter().flat_map(|group| &group.units).flat_map(|unit| &unit.files).collect();
    let base = |file: &UnitFile| file.path.rsplit('/').next().unwrap_or(&file.path).to_owned();
    let (mut paths, mut texts) = (IndexMap::new(), IndexMap::new());
    for file in &all {
        let Some(text) = file.content.as_literal() else { continue };
        let shared = all.iter().any(|other| other.name != file.name && base(other) == base(file));
        let plain =
            |name: &str| name.replace(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'), "-");
        let path = format!("files/{}", plain(&if shared { file.name.clone() } else { base(file) }));
        texts.insert(path.clone(), text.to_owned());
        paths.insert(file.name.clone(), path);
    }
    (paths, texts)
}

type Around<'s> = (&'s str, &'s str, &'s IndexMap<String, String>, &'s IndexMap<String, Tree>);

fn lower_group(
    component: &Component,
    group: &Group<'_, '_>,
    groups: &[Group<'_, '_>],
    (project, image_label, file_paths, labels): Around<'_>,
) -> Lowered {
    let mut instances = IndexMap::new();
    for unit in &group.units {
        for key in group.keys(unit) {
            let address = format!("terraform:{}", group.path(component, "docker_container", &key));
            let around = Surroundings { project, image_label, file_paths, labels, address: &address };
            let fields = container::fields(group, unit, &key, around);
            instances.insert(key, fields);
        }
    }
    let repeat = match group.repetition {
        Repetition::Single => None,
        Repetition::Count => Some(("count", Expression::Raw(format!("var.{}replicas", group.prefix)))),
        Repetition::Members => Some(("for_each", Expression::Raw(format!("local.{}", members_local(group))))),
    };
    let is_job = group.units.first().is_some_and(|unit| unit.is_job());
    Lowered {
        kind: "docker_container".into(),
        label: group.name.clone(),
        repetition: group.repetition,
        repeat,
        instances,
        extra: if is_job { vec![Structure::Block(must_succeed(group))] } else { Vec::new() },
        needs: needs(group, groups),
    }
}

fn must_succeed(group: &Group<'_, '_>) -> Block {
    let name = group.units.first().map_or("", |unit| unit.name.as_str());
    let postcondition = Block::new("postcondition", [])
        .with("condition", Expression::raw("self.exit_code == 0"))
        .with("error_message", format!("{name} did not end with 0."));
    let mut lifecycle = Block::new("lifecycle", []);
    lifecycle.body.block(postcondition);
    lifecycle
}

/// The other containers of the module that a group waits for, beyond those that it refers to.
fn needs(group: &Group<'_, '_>, groups: &[Group<'_, '_>]) -> Vec<String> {
    let wanted = |other: &&Group<'_, '_>| {
        let named = |name: &String| other.units.iter().any(|unit| unit.name == *name);
        other.name != group.name
            && group.units.iter().any(|unit| unit.depends_on.keys().any(named) && unit.shares.is_none())
    };
    groups.iter().filter(wanted).map(|other| format!("docker_container.{}", other.name)).collect()
}

fn tree_of(fields: &[Field]) -> Tree {
    Tree::Map(fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect())
}

/// Merges what module and user say: over the first instance of each block with diagnostics, over the others alike.
fn patch(component: &Component, module: &mut Module, sink: &mut Sink) {
    let name = |lowered: &Lowered| format!("{}.{}", lowered.kind, lowered.label);
    let first = |lowered: &Lowered| lowered.instances.values().next().map_or_else(Tree::map, |fields| tree_of(fields));
    let mut objects: IndexMap<String, Tree> =
        module.lowered.iter().map(|lowered| (name(lowered), first(lowered))).collect();
    merge_component(component, "terraform", &mut objects, '.', GUARDS, sink);
    for (added, body) in objects.iter().skip(module.lowered.len()) {
        module.lowered.extend(brought(added, body));
    }
    for lowered in &module.lowered {
        let name = name(lowered);
        let mut bodies = Vec::new();
        for (at, (key, fields)) in lowered.instances.iter().enumerate() {
            let patched = if at == 0 { objects.get(&name).cloned() } else { None };
            let mut body = patched.unwrap_or_else(|| merged(component, &name, tree_of(fields)));
            follow(&mut body, fields);
            bodies.push((key.clone(), body));
        }
        module.bodies.push(bodies);
    }
}

/// A resource that the component's module brings, written as it is.
fn brought(name: &str, body: &Tree) -> Option<Lowered> {
    let (kind, label) = name.split_once('.')?;
    let field =
        |(key, value): (&String, &Tree)| Field { written: literal(key, value), ..Field::literal(key, value.clone()) };
    let fields = body.as_map()?.iter().map(field).collect();
    Some(Lowered {
        kind: kind.into(),
        label: label.into(),
        repetition: Repetition::Single,
        repeat: None,
        instances: [(String::new(), fields)].into_iter().collect(),
        extra: Vec::new(),
        needs: Vec::new(),
    })
}

/// What is written as another argument's variable moves with it.
fn follow(body: &mut Tree, fields: &[Field]) {
    for field in fields {
        let Some(leader) = field.follows.and_then(|leader| body.get(leader)).cloned() else { continue };
        if body.get(&field.name) == Some(&field.value) {
            body.insert(field.name.clone(), leader);
        }
    }
}

fn merged(component: &Component, name: &str, mut body: Tree) -> Tree {
    merge_instance(component, "terraform", name, &mut body, '.', GUARDS);
    body
}

fn write_main(module: &mut Module, groups: &[Group<'_, '_>]) {
    let mut main = Body::default();
    let mut locals = Block::new("locals", []);
    let mut written = Vec::new();
    for group in groups.iter().filter(|group| group.repetition == Repetition::Members) {
        let name = members_local(group);
        if !written.contains(&name) {
            let members = group.units.iter().map(|unit| Expression::Text(Group::member_key(unit))).collect();
            locals.body.attribute(&name, Expression::Call("toset".into(), vec![Expression::List(members)]));
            written.push(name);
        }
    }
    if !written.is_empty() {
        main.block(locals);
    }
    for (lowered, bodies) in module.lowered.iter().zip(&module.bodies) {
        main.block(write_resource(lowered, bodies.first().map(|(_, body)| body)));
    }
    module.main = main;
}

fn write_resource(lowered: &Lowered, patched: Option<&Tree>) -> Block {
    let mut block = Block::new("resource", [lowered.kind.as_str(), lowered.label.as_str()]);
    if let Some((kind, expression)) = &lowered.repeat {
        block.body.attribute(*kind, expression.clone());
        block.body.blank();
    }
    let fields = lowered.instances.values().next().map(Vec::as_slice).unwrap_or_default();
    let mut nested = Vec::new();
    for (key, value) in patched.and_then(Tree::as_map).into_iter().flatten() {
        let known = fields
            .iter()
            .find(|field| field.name == *key && (field.is_driven || follows(field, patched) || field.value == *value));
        for structure in known.map_or_else(|| literal(key, value), |field| field.written.clone()) {
            match structure {
                Structure::Attribute(name, expression) => _ = block.body.attribute(name, expression),
                other => nested.push(other),
            }
        }
    }
    for structure in nested.into_iter().chain(lowered.extra.iter().cloned()) {
        block.body.blank();
        block.body.items.push(structure);
    }
    if !lowered.needs.is_empty() {
        let needs = lowered.needs.iter().map(|need| Expression::Raw(need.clone())).collect();
        block.body.blank();
        block.body.attribute("depends_on", Expression::List(needs));
    }
    block
}

fn follows(field: &Field, body: Option<&Tree>) -> bool {
    let leader = field.follows.and_then(|leader| body?.get(leader));
    leader.is_some() && leader == body.and_then(|body| body.get(&field.name))
}

fn literal(key: &str, value: &Tree) -> Vec<Structure> {
    match value {
        Tree::List(list) if BLOCKS.contains(&key) => {
            list.iter().map(|body| Structure::Block(literal_block(key, body))).collect()
        }
        Tree::Map(_) if BLOCKS.contains(&key) => vec![Structure::Block(literal_block(key, value))],
        _ => vec![Structure::Attribute(key.into(), root::tree_expression(value))],
    }
}

fn outputs(model: &Model, component: &Component, sink: &mut Sink) -> Vec<(String, Value, bool)> {
    let endpoints = Endpoints { model, consumer: component, naming: &NetworkNames };
    let resolve = |(name, output): (&String, &crate::model::Output)| {
        let value = endpoints.resolve(&output.value, component.span, sink);
        let sensitive = output.sensitive || value.is_sensitive();
        (name.clone(), value, sensitive)
    };
    component.outputs.iter().map(resolve).collect()
}

fn write_outputs(module: &mut Module, component: &Component, outputs: &[(String, Value, bool)]) {
    for (name, value, sensitive) in outputs {
        let label = identifier(name);
        let mut block = Block::new("output", [label.as_str()])
            .with("description", format!("What {} reports as {name}.", component.name))
            .with("value", root::expression(value));
        if *sensitive {
            block.body.attribute("sensitive", true);
        }
        module.output_body.block(block);
        module.outputs.push((name.clone(), *sensitive));
    }
}

/// The variables that the module's texts use.
fn choose_variables(
    module: &mut Module,
    groups: &[Group<'_, '_>],
    engine: &Engine<'_>,
    outputs: &[(String, Value, bool)],
) {
    let mut variables = vec![
        Variable::wired("name", "string", "What the names of containers and volumes begin with.", "var.name"),
        Variable::wired("network", "string", "The network that the containers join.", "docker_network.this.name"),
        Variable::wired("labels", "map(string)", "Labels of every object.", "local.labels"),
    ];
    for group in groups {
        variables.extend(tuned(group, &module.lowered, &module.bodies));
        if let Some(unit) = group.units.first().filter(|unit| rounds(unit.container)) {
            let given = ["resources", "memory"].into_iter().find(|input| unit.component.inputs.contains_key(*input));
            let message = format!("the provider counts memory in MiB: that of `{}` is rounded up", unit.name);
            module.losses.push((unit.component.place_of(given.unwrap_or_default()), message));
        }
    }
    let secrets = engine.secrets.values().map(|secret| &secret.content);
    let values = groups.iter().flat_map(|group| &group.units).flat_map(|unit| {
        let words = unit.entrypoint.iter().chain(&unit.command).flatten();
        words.chain(unit.environment.values()).chain(unit.files.iter().map(|file| &file.content))
    });
    variables.extend(root::part_variables(secrets.chain(values).chain(outputs.iter().map(|(_, value, _)| value))));
    let (main, written) = (hcl::write(&module.main), hcl::write(&module.output_body));
    module.variables = root::used(variables, &[&main, &written]);
}

fn rounds(container: &crate::model::Container) -> bool {
    container.resources.memory_limit_bytes.is_some_and(|bytes| !bytes.is_multiple_of(1 << 20))
}

/// What people tune of a group; the defaults are what patches leave.
fn tuned(group: &Group<'_, '_>, lowered: &[Lowered], bodies: &[Vec<(String, Tree)>]) -> Vec<Variable> {
    let Some(unit) = group.units.first() else { return Vec::new() };
    let prefix = &group.prefix;
    let body_of = |kind: &str| {
        let at = lowered.iter().position(|block| block.kind == kind && block.label == group.name)?;
        bodies.get(at)?.first().map(|(_, body)| body)
    };
    let image = body_of("docker_image").and_then(|body| body.get("name")).filter(|image| image.as_str().is_some());
    let mut variables = Vec::new();
    if let Some(image) = image {
        let description = format!("The image of {}.", unit.container.name);
        variables.push(Variable::tuned(format!("{prefix}image"), "string", description, root::tree_expression(image)));
    }
    let argument = |name: &str| body_of("docker_container").and_then(|body| body.get(name)).map(root::tree_expression);
    if let Some(memory) = argument("memory") {
        let name = format!("{prefix}memory_mib");
        let variable = Variable::tuned(
            &name,
            "number",
            format!("Memory that {} may use at most, in MiB.", unit.workload.name),
            memory,
        );
        variables.push(variable.valid(format!("var.{name} >= 6"), "An engine gives a container at least 6 MiB."));
    }
    if let Some(cpus) = argument("cpus") {
        let name = format!("{prefix}cpus");
        let description = format!("CPUs that {} may use at most.", unit.workload.name);
        let variable = Variable::tuned(&name, "string", description, cpus);
        variables.push(variable.valid(format!("can(tonumber(var.{name}))"), "Give a number of CPUs, such as 0.5."));
    }
    if group.repetition == Repetition::Count {
        let name = format!("{prefix}replicas");
        let description = format!("How many containers of {} run.", unit.workload.name);
        let variable = Variable::tuned(&name, "number", description, Expression::Int(i64::from(unit.replicas)));
        let condition = format!("var.{name} >= 0 && floor(var.{name}) == var.{name}");
        variables.push(variable.valid(condition, "Give a whole number that is not negative."));
    }
    let known = unit.environment.iter().filter(|(_, value)| value.as_literal().is_some());
    let clear = known.map(|(name, value)| (name.clone(), root::expression(value)));
    let description = format!("Environment of {}. No secrets: these are files.", unit.container.name);
    let environment = root::labels(clear);
    variables.push(Variable::tuned(format!("{prefix}environment"), "map(string)", description, environment));
    variables
}

/// Adds the module's files.
pub fn write(component: &Component, module: &Module, files: &mut FileTree) {
    let folder = format!("modules/{}", component.name);
    let mut insert = |name: &str, text: String| files.insert(format!("{folder}/{name}"), Some(&component.name), text);
    insert("versions.tf", hcl::write(&root::versions(PROVIDERS, None)));
    let mut variables = Body::default();
    for variable in &module.variables {
        variables.block(variable.in_module());
    }
    insert("variables.tf", hcl::write(&variables));
    insert("main.tf", hcl::write(&module.main));
    if !module.outputs.is_empty() {
        insert("outputs.tf", hcl::write(&module.output_body));
    }
    for (path, text) in &module.files {
        insert(path, text.clone());
    }
}

impl Module {
    /// What Terraform manages for the component.
    pub fn resources(&self, component: &Component, instance: &Instance) -> Vec<Resource> {
        let mut resources = Vec::new();
        let path = |lowered: &Lowered, key: &str| {
            let index = index(lowered.repetition, key);
            format!("module.{}.{}.{}{index}", identifier(&component.name), lowered.kind, lowered.label)
        };
        for (lowered, bodies) in self.lowered.iter().zip(&self.bodies) {
            for (key, body) in bodies {
                let address = address(instance, &path(lowered, key));
                let mut resource = Resource::new(address, Some(component.name.clone()), body.clone());
                resource.protect = self.protect && lowered.kind == "docker_volume";
                resources.push(resource);
            }
        }
        resources
    }
}
