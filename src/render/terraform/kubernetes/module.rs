//! The module of one component.

use super::expressions::Linked;
use super::provider::TYPES;
use super::{PROVIDERS, address, schema, write};
use crate::diag::{Sink, Span};
use crate::model::{Component, Instance, Loss, Model, Resource, Tree, Value};
use crate::render::FileTree;
use crate::render::endpoint::Endpoints;
use crate::render::kubernetes::{Lowered, Object, Scope};
use crate::render::merge::{Guard, merge_component};
use crate::render::terraform::hcl::{self, Block, Body, Expression, Structure};
use crate::render::terraform::root::{self, Variable, identifier};
use indexmap::IndexMap;

/// What no patch may touch.
const GUARDS: &[Guard] = &[
    Guard { objects: "*.*", path: &["metadata", "name"] },
    Guard { objects: "*.*", path: &["metadata", "namespace"] },
    Guard { objects: "*.*", path: &["metadata", "labels", "driftless.dev/*"] },
    Guard { objects: "*.*", path: &["spec", "selector"] },
    Guard { objects: "*.*", path: &["spec", "service_name"] },
];

/// One resource of a module.
struct Item<'a> {
    kind: &'static str,
    label: String,
    shape: &'static schema::Block,
    object: &'a Object,
    tree: Tree,
}

/// The module of one component.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// Its variables.
    pub variables: Vec<Variable>,
    /// Its outputs, and whether they are sensitive.
    pub outputs: Vec<(String, bool)>,
    main: Body,
    output_body: Body,
    bodies: Vec<(String, Tree, bool)>,
}

/// Where an argument comes from: the patch that names it, else the component.
fn place_of_argument(component: &Component, path: &str) -> Span {
    fn names(tree: &Tree, key: &str) -> bool {
        match tree {
            Tree::Map(map) => map.iter().any(|(name, value)| name == key || names(value, key)),
            Tree::List(list) => list.iter().any(|element| names(element, key)),
            _ => false,
        }
    }
    let key = path.rsplit('.').next().unwrap_or(path);
    let patches = component.patches.get("terraform").into_iter().flatten();
    patches.filter(|patch| names(&patch.merge, key)).map(|patch| patch.span).next().unwrap_or(component.span)
}

/// Lowers a component.
pub fn lower(
    model: &Model,
    component: &Component,
    scope: &Scope,
    lowered: &Lowered,
    losses: &mut Vec<Loss>,
    sink: &mut Sink,
) -> Module {
    let mut unknown = Vec::new();
    let own = lowered.objects.iter().filter(|object| object.component.as_deref() == Some(component.name.as_str()));
    let items: Vec<_> = own.filter_map(|object| item(object, &mut unknown)).collect();
    let mut trees: IndexMap<_, _> =
        items.iter().map(|item| (format!("{}.{}", item.kind, item.label), item.tree.clone())).collect();
    merge_component(component, "terraform", &mut trees, '.', GUARDS, sink);
    let siblings: Vec<_> = items.iter().map(|item| (item.kind, item.object.name().to_owned())).collect();
    let mut module = Module::default();
    let mut variables = shared_variables(lowered, scope);
    for (key, tree) in &trees {
        let Some(item) = items.iter().find(|item| *key == format!("{}.{}", item.kind, item.label)) else {
            module.main.block(foreign(key, tree));
            module.bodies.push((key.clone(), tree.clone(), component.protect));
            continue;
        };
        let linked = Linked::new(scope, item.object, &siblings, tree);
        let body = write::body(item.shape, tree, "", &linked.expressions, &mut unknown);
        module.main.block(resource(component, item, body));
        module.bodies.push((key.clone(), tree.clone(), item.object.protect));
        variables.extend(linked.variables);
    }
    let lose_at = |span: Span, message: String| Loss {
        component: component.name.clone(),
        instance: component.instance.clone(),
        message,
        span,
        address: None,
    };
    let lose = |message: String| lose_at(component.span, message);
    losses.extend(unknown.iter().map(|path| {
        let message = format!("the provider for Kubernetes has no argument for `{path}`: it is left out");
        lose_at(place_of_argument(component, path), message)
    }));
    let supplied = lowered.objects.iter().any(super::is_secret);
    let outputs = outputs(model, component, scope, sink);
    for (name, value) in outputs {
        if value.secrets().next().is_some() && !supplied {
            losses.push(lose(format!(
                "the output `{name}` holds a secret, which Terraform does not know here: it is left out"
            )));
            continue;
        }
        module.output(component, &name, &value);
    }
    variables.extend(root::part_variables(
        values(&trees).into_iter().chain(component.outputs.values().map(|output| &output.value)),
    ));
    let main = hcl::write(&module.main);
    let locals = locals(component, scope, &items, &main);
    if !locals.body.items.is_empty() {
        module.main.block_first(locals);
    }
    let (main, written) = (hcl::write(&module.main), hcl::write(&module.output_body));
    module.variables = root::used(variables, &[&main, &written]);
    module
}

/// An object in the provider's terms; none where it has no typed resource for it.
fn item<'a>(object: &'a Object, unknown: &mut Vec<String>) -> Option<Item<'a>> {
    let Some((_, kind, shape)) = TYPES.iter().find(|(known, _, _)| *known == object.kind()) else {
        unknown.push(object.key());
        return None;
    };
    let mut body = object.body.clone();
    without_sidecars(&mut body, unknown);
    let mut tree = shape.convert(&body, "", unknown);
    if let Some(annotations) = tree.get("metadata").and_then(|metadata| metadata.get("annotations")).cloned() {
        let rest = without_helm(annotations);
        if let Some(Tree::Map(metadata)) = tree.as_map_mut().and_then(|tree| tree.get_mut("metadata")) {
            match rest {
                Some(rest) => _ = metadata.insert("annotations".into(), rest),
                None => _ = metadata.shift_remove("annotations"),
            }
        }
    }
    match object.kind() {
        "Job" => tree.insert("wait_for_completion", true),
        // A claim that is bound only when its first pod comes would be waited for in vain.
        "PersistentVolumeClaim" => tree.insert("wait_until_bound", false),
        _ => {}
    }
    Some(Item { kind, label: identifier(object.name()), shape, object, tree })
}

/// The provider cannot say that an init container goes on: the job would wait for its end.
fn without_sidecars(body: &mut Tree, unknown: &mut Vec<String>) {
    let pod = ["spec", "template", "spec"].into_iter().try_fold(body, |tree, key| tree.as_map_mut()?.get_mut(key));
    let Some(Tree::Map(pod)) = pod else { return };
    let Some(Tree::List(containers)) = pod.get_mut("initContainers") else { return };
    containers.retain(|container| {
        let goes_on = container.get("restartPolicy").is_some();
        if goes_on {
            let name = container.get("name").and_then(Tree::as_str).unwrap_or_default();
            unknown.push(format!("spec.template.spec.initContainers[name={name}] (restartPolicy: Always)"));
        }
        !goes_on
    });
    if containers.is_empty() {
        pod.shift_remove("initContainers");
    }
}

fn without_helm(annotations: Tree) -> Option<Tree> {
    let Tree::Map(annotations) = annotations else { return None };
    let rest: IndexMap<_, _> = annotations.into_iter().filter(|(key, _)| !key.starts_with("helm.sh/")).collect();
    (!rest.is_empty()).then_some(Tree::Map(rest))
}

fn resource(component: &Component, item: &Item<'_>, body: Vec<Structure>) -> Block {
    let mut block = Block::new("resource", [item.kind, item.label.as_str()]);
    write::push(&mut block, body);
    if matches!(item.object.kind(), "Job" | "Deployment" | "StatefulSet") {
        let mut timeouts = Block::new("timeouts", []).with("create", "15m");
        timeouts.body.attribute("update", "15m");
        block.body.block(timeouts);
        let needs = needs(component, item);
        if !needs.is_empty() {
            block.body.blank().attribute("depends_on", Expression::List(needs));
        }
    }
    block
}

/// The workloads of the same component that must be well before.
fn needs(component: &Component, item: &Item<'_>) -> Vec<Expression> {
    let workload = item.object.workload.as_ref().and_then(|name| component.workloads.get(name));
    let needs =
        workload.into_iter().flat_map(|workload| &workload.needs).filter(|need| need.component == component.name);
    let label = |name: &str| {
        let kind = match component.workloads.get(name)?.kind {
            crate::model::WorkloadKind::Service => "deployment",
            crate::model::WorkloadKind::Stateful => "stateful_set",
            crate::model::WorkloadKind::Job => "job",
        };
        Some(Expression::Raw(format!("kubernetes_{kind}_v1.{}", identifier(name))))
    };
    needs.filter_map(|need| label(&need.workload)).collect()
}

/// A resource that only a module or a patch speaks of: maps are blocks.
fn foreign(key: &str, tree: &Tree) -> Block {
    let (kind, label) = key.split_once('.').unwrap_or((key, "this"));
    let mut block = Block::new("resource", [kind, label]);
    foreign_body(&mut block, tree);
    block
}

fn foreign_body(block: &mut Block, tree: &Tree) {
    for (key, value) in tree.as_map().into_iter().flatten() {
        let elements = match value {
            Tree::Map(_) => std::slice::from_ref(value),
            Tree::List(list) if !list.is_empty() && list.iter().all(|element| element.as_map().is_some()) => list,
            _ => {
                block.body.attribute(key, root::tree_expression(value));
                continue;
            }
        };
        for element in elements {
            let mut inner = Block::new(key, []);
            foreign_body(&mut inner, element);
            block.body.block(inner);
        }
    }
}

/// Labels and selectors of each workload, those that the resources' text reads.
fn locals(component: &Component, scope: &Scope, items: &[Item<'_>], text: &str) -> Block {
    let mut block = Block::new("locals", []);
    let mut written: Vec<&str> = Vec::new();
    for workload in items.iter().filter_map(|item| item.object.workload.as_deref()) {
        if written.contains(&workload) {
            continue;
        }
        written.push(workload);
        let shared = scope.shared_labels();
        let own = scope.labels(&component.name, workload).into_iter().filter(|(key, _)| !shared.contains_key(key));
        let own = root::labels(own.map(|(key, value)| (key, Expression::Text(value))));
        let name = identifier(workload);
        let selector = scope.selector(workload).into_iter().map(|(key, value)| (key, Expression::Text(value)));
        let labels = Expression::Call("merge".into(), vec![Expression::raw("var.labels"), own]);
        for (name, value) in [(format!("{name}_labels"), labels), (format!("{name}_selector"), root::labels(selector))]
        {
            if root::mentions(text, &format!("local.{name}")) {
                block.body.attribute(name, value);
            }
        }
    }
    block
}

fn shared_variables(lowered: &Lowered, _scope: &Scope) -> Vec<Variable> {
    let secret = if lowered.objects.iter().any(super::is_secret) {
        "kubernetes_secret_v1.secrets.metadata[0].name"
    } else {
        "var.secret_name"
    };
    vec![
        Variable::wired("namespace", "string", "The namespace of all objects.", "var.namespace"),
        Variable::wired("labels", "map(string)", "Labels of every object.", "local.labels"),
        Variable::wired("secret_name", "string", "The Secret that containers read secrets from.", secret),
    ]
}

fn outputs(model: &Model, component: &Component, scope: &Scope, sink: &mut Sink) -> Vec<(String, Value)> {
    let endpoints = Endpoints { model, consumer: component, naming: scope };
    let resolve = |(name, output): (&String, &crate::model::Output)| {
        (name.clone(), endpoints.resolve(&output.value, component.span, sink))
    };
    component.outputs.iter().map(resolve).collect()
}

/// All values that are not known.
fn values(trees: &IndexMap<String, Tree>) -> Vec<&Value> {
    fn collect<'t>(tree: &'t Tree, found: &mut Vec<&'t Value>) {
        match tree {
            Tree::Text(value) if value.as_literal().is_none() => found.push(value),
            Tree::List(list) => list.iter().for_each(|element| collect(element, found)),
            Tree::Map(map) => map.values().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    trees.values().for_each(|tree| collect(tree, &mut found));
    found
}

impl Module {
    fn output(&mut self, component: &Component, name: &str, value: &Value) {
        let label = identifier(name);
        let sensitive = value.is_sensitive() || component.outputs.get(name).is_some_and(|output| output.sensitive);
        let mut block = Block::new("output", [label.as_str()])
            .with("description", format!("What {} reports as {name}.", component.name))
            .with("value", root::expression(value));
        if sensitive {
            block.body.attribute("sensitive", true);
        }
        self.output_body.block(block);
        self.outputs.push((name.to_owned(), sensitive));
    }

    /// Adds the module's files.
    pub fn write(&self, component: &Component, files: &mut FileTree) {
        let mut insert = |name: &str, body: &Body| {
            files.insert(format!("modules/{}/{name}", component.name), Some(&component.name), hcl::write(body));
        };
        insert("versions.tf", &root::versions(PROVIDERS, None));
        let mut variables = Body::default();
        for variable in &self.variables {
            variables.block(variable.in_module());
        }
        insert("variables.tf", &variables);
        insert("main.tf", &self.main);
        if !self.outputs.is_empty() {
            insert("outputs.tf", &self.output_body);
        }
    }

    /// What Terraform manages for the component.
    pub fn resources(&self, component: &Component, instance: &Instance) -> Vec<Resource> {
        let resource = |(key, tree, protect): &(String, Tree, bool)| {
            let address = address(instance, &format!("module.{}.{key}", identifier(&component.name)));
            Resource { protect: *protect, ..Resource::new(address, Some(component.name.clone()), tree.clone()) }
        };
        self.bodies.iter().map(resource).collect()
    }
}
