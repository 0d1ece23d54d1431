//! The stages after loading, in their order.

use super::edit::Edited;
use super::input::InputReader;
use super::load::Loaded;
use super::lower::{LoweredComponent, Request, lower};
use super::lowerings::Memory;
use super::order;
use super::preview;
use super::scope::{Names, Scope, unknown};
use super::settings;
use crate::diag::{Diagnostic, Sink, Span, code};
use crate::model::{Component, Condition, Dependency, Model, Part, Patch, Value, Workload, WorkloadKind};
use crate::spec::environment::{ComponentEntry, EnvironmentFile};
use crate::spec::{Node, NodeKind, merge};
use indexmap::IndexMap;

/// Merge: the layers become one node; for a preview with the inputs that previews have.
pub fn merge_layers(edited: &Edited<'_>, is_preview: bool) -> Node {
    let empty = Node { kind: NodeKind::Map(Vec::new()), span: Span::start_of(crate::diag::FileId(0)) };
    let merged = edited.layers.iter().fold(empty, |below, layer| merge(below, (**layer).clone()));
    let merged = if is_preview { preview::with_inputs(merged, &edited.layers) } else { merged };
    super::patch::restore(merged, &edited.layers)
}

/// Resolve, lower, order: the model of a merged file. None where something is wrong with it.
pub(super) fn build(loaded: &Loaded, edited: &Edited<'_>, memory: Memory<'_>, sink: &mut Sink) -> Option<Model> {
    let merged = merge_layers(edited, loaded.preview.is_some());
    let mut file = EnvironmentFile::from_node(&merged, sink);
    if loaded.preview.is_some() {
        preview::retarget(loaded, &mut file, sink);
    }
    let names = Names { environment: &loaded.environment, preview: loaded.preview.as_ref() };
    let scope = Scope::new(names, &file.variables, &file.secrets, &loaded.sources, sink);
    let mut builder = Builder { loaded, edited, file: &file, scope: &scope, lowered: IndexMap::new(), memory, sink };
    builder.components();
    // What an edit asks for may not have been loaded: then nothing is said, and there is no model all the same.
    let is_whole = builder.lowered.values().all(Option::is_some);
    let mut components = builder.finish();
    if loaded.preview.is_some() {
        preview::settle(&mut components);
    }
    let environment = settings::environment(loaded, edited, &file, &scope, sink)?;
    let instances = settings::instances(loaded, &file, &scope, &components, sink);
    let secrets = settings::secrets(&file);
    if components.is_empty() && !sink.has_errors() {
        let message = format!("the environment `{}` has no components", loaded.environment);
        let place = loaded.layers.last().map(|layer| Span::start_of(layer.file));
        sink.push(Diagnostic::new(code::EMPTY_ENVIRONMENT, crate::diag::Severity::Note, place, message));
    }
    (is_whole && !sink.has_errors()).then_some(Model { environment, instances, components, secrets })
}

struct Builder<'a> {
    loaded: &'a Loaded,
    edited: &'a Edited<'a>,
    file: &'a EnvironmentFile,
    scope: &'a Scope<'a>,
    /// What was lowered; none where a component could not be.
    lowered: IndexMap<String, Option<LoweredComponent>>,
    memory: Memory<'a>,
    sink: &'a mut Sink,
}

impl Builder<'_> {
    /// Lowers all components, each after those that it refers to.
    fn components(&mut self) {
        let file = self.file;
        let enabled = file.components.iter().filter(|(_, entry)| entry.enabled);
        let mut graph = order::Graph::default();
        for (name, entry) in enabled {
            let mut found = Vec::new();
            let patches = entry.patch.values().flatten().map(|patch| &patch.merge);
            for node in entry.with.iter().chain(patches) {
                super::scope::references(node, &self.loaded.sources, &mut found);
            }
            graph.add(name, found.into_iter().filter(|(of, _)| file.components.get(of).is_some_and(|of| of.enabled)));
        }
        let (sorted, cycles) = graph.sort();
        for cycle in cycles {
            self.sink.push(cycle);
        }
        for name in sorted {
            if let Some(entry) = file.components.get(&name) {
                let lowered = self.component(&name, entry);
                self.lowered.insert(name, lowered);
            }
        }
    }

    fn component(&mut self, name: &str, entry: &ComponentEntry) -> Option<LoweredComponent> {
        // What follows from a name that is none, or a module of the wrong type, would be said of files that are right.
        if self.sink.has_error_at(entry.name_span) || self.sink.has_error_at(entry.module.span) {
            return None;
        }
        let module_name = &entry.module.value;
        let Some(module) = self.loaded.modules.get(module_name) else {
            // A module that exists and could not be read has been reported.
            if !self.loaded.known_modules.contains(module_name) {
                let known = self.loaded.known_modules.iter().map(String::as_str);
                let help = "`driftless module list` shows those that there are";
                let mut diagnostic = unknown("module", module_name, entry.module.span, known, help);
                diagnostic.code = code::UNKNOWN_MODULE;
                self.sink.push(diagnostic);
            }
            return None;
        };
        let declared = self.edited.module_file(module);
        let before = self.sink.errors();
        let mut own = Sink::default();
        let given = entry.with.as_ref().map(|with| self.scope.substitute(with, self.sink));
        declared.check_inputs(given.as_ref(), entry.name_span, &mut own);
        self.sink.append(own);
        let (lowered, file, scope, memory) = (&self.lowered, self.file, self.scope, &self.memory);
        let outputs = |of: &str, output: &str, span: Span, sink: &mut Sink| {
            Some(memory.seen(of, output_of(lowered, file, name, of, output, span, sink)?))
        };
        let mut reader = InputReader { scope, outputs: &outputs, sink: self.sink, failed: false };
        let inputs = reader.inputs(&declared.inputs, given.as_ref());
        let patches = patches(entry, scope, &mut reader);
        if reader.failed || self.sink.errors() > before {
            return None;
        }
        let instance = settings::instance_name(file, entry);
        let environment = &self.loaded.environment;
        let request = Request { name, entry, module, declared, edited: self.edited, inputs, environment, instance };
        if let Some(known) = self.memory.recall(&request, &patches) {
            return Some(known);
        }
        let mut lowered = lower(&request, &self.loaded.sources, self.sink)?;
        lowered.component.patches = patches;
        lowered.component.secrets = secrets_of(&lowered.component);
        self.memory.keep(&request, &lowered);
        Some(lowered)
    }

    /// Settles what waits for what, and puts the components in order.
    fn finish(self) -> IndexMap<String, Component> {
        let Self { file, mut lowered, sink, .. } = self;
        let complete = lowered.values().all(Option::is_some);
        let mut graph = order::Graph::default();
        let mut settled: Vec<(String, String, Vec<Dependency>)> = Vec::new();
        for (name, component) in &lowered {
            let Some(component) = component else { continue };
            let mut before: Vec<(String, Span)> = Vec::new();
            for workload in component.component.workloads.values() {
                let mut needs = Vec::new();
                for need in component.needs.iter().filter(|need| need.workload == workload.name) {
                    let found = dependencies(need, &lowered, file, complete, sink);
                    before.extend(found.iter().map(|of| (of.component.clone(), need.span)));
                    needs.extend(found);
                }
                for of in reached(workload, name) {
                    before.push((of.clone(), component.component.span));
                    if needs.iter().all(|need: &Dependency| need.component != of) {
                        needs.extend(lowered.get(&of).into_iter().flatten().flat_map(ready));
                    }
                }
                settled.push((name.clone(), workload.name.clone(), needs));
            }
            before.retain(|(of, _)| of != name);
            graph.add(name, before.into_iter());
        }
        for (component, workload, needs) in settled {
            let component = lowered.get_mut(&component).and_then(Option::as_mut);
            if let Some(workload) = component.and_then(|of| of.component.workloads.get_mut(&workload)) {
                workload.needs = needs;
            }
        }
        let (sorted, cycles) = graph.sort();
        for cycle in cycles {
            sink.push(cycle);
        }
        let components = sorted.into_iter().filter_map(|name| {
            let lowered = lowered.get_mut(&name)?.take()?;
            Some((name, lowered.component))
        });
        let components: IndexMap<String, Component> = components.collect();
        unique_workloads(&components, sink);
        components
    }
}

/// The value of an output, or why there is none.
fn output_of(
    lowered: &IndexMap<String, Option<LoweredComponent>>,
    file: &EnvironmentFile,
    from: &str,
    of: &str,
    output: &str,
    span: Span,
    sink: &mut Sink,
) -> Option<Value> {
    let Some(entry) = file.components.get(of) else {
        let known = file.components.keys().map(String::as_str);
        sink.push(unknown(
            "component",
            of,
            span,
            known,
            "a variable is `${var.NAME}`, a component `${COMPONENT.OUTPUT}`",
        ));
        return None;
    };
    if !entry.enabled {
        let message = format!("the component `{of}` is not enabled");
        sink.push(
            Diagnostic::error(code::DISABLED_COMPONENT, span, message)
                .label(entry.name_span, "it is switched off here")
                .help("enable it, or remove what refers to it"),
        );
        return None;
    }
    if of == from {
        let message = format!("`{of}` refers to its own output");
        sink.push(Diagnostic::error(code::COMPONENT_CYCLE, span, message));
        return None;
    }
    // A component that could not be lowered, or waits in a circle, has been reported.
    let of = &lowered.get(of)?.as_ref()?.component;
    let Some(found) = of.outputs.get(output) else {
        let known: Vec<_> = of.outputs.keys().map(String::as_str).collect();
        let help =
            if known.is_empty() { "it has none".to_owned() } else { format!("its outputs: {}", known.join(", ")) };
        let mut diagnostic = unknown("output", output, span, known.iter().copied(), &help);
        diagnostic.message = format!("`{}` has no output `{output}`", of.name);
        sink.push(diagnostic);
        return None;
    };
    Some(found.value.clone())
}

fn patches(entry: &ComponentEntry, scope: &Scope<'_>, reader: &mut InputReader<'_>) -> IndexMap<String, Vec<Patch>> {
    let mut by_kind = IndexMap::new();
    for (kind, patches) in &entry.patch {
        let read = patches.iter().map(|patch| {
            let merge = scope.substitute(&patch.merge, reader.sink);
            Patch { objects: patch.objects.value.clone(), merge: reader.tree(&merge), span: patch.objects.span }
        });
        by_kind.insert(kind.clone(), read.collect());
    }
    by_kind
}

/// What a workload waits for by one of its needs.
fn dependencies(
    need: &super::document::Need,
    lowered: &IndexMap<String, Option<LoweredComponent>>,
    file: &EnvironmentFile,
    complete: bool,
    sink: &mut Sink,
) -> Vec<Dependency> {
    let Some(Some(of)) = lowered.get(&need.component) else {
        if !complete && file.components.get(&need.component).is_some_and(|entry| entry.enabled) {
            return Vec::new();
        }
        let known = file.components.iter().filter(|(_, entry)| entry.enabled).map(|(name, _)| name.as_str());
        let mut diagnostic =
            unknown("component", &need.component, need.span, known, "`needs` names components of the environment");
        diagnostic.code = code::NEEDS;
        sink.push(diagnostic);
        return Vec::new();
    };
    let (Some(workload), Some(condition)) = (&need.of, need.condition) else { return ready(of) };
    if !of.component.workloads.contains_key(workload) {
        let known = of.component.workloads.keys().map(String::as_str);
        let mut diagnostic =
            unknown("workload", workload, need.span, known, "`needs` names workloads of the component");
        diagnostic.code = code::NEEDS;
        sink.push(diagnostic);
        return Vec::new();
    }
    vec![Dependency { component: need.component.clone(), workload: workload.clone(), condition }]
}

/// What others wait for: what the component says, else its main workload: completed, healthy if it has a readiness probe, or started.
fn ready(of: &LoweredComponent) -> Vec<Dependency> {
    let component = of.component.name.clone();
    if !of.ready.is_empty() {
        let said = of.ready.iter();
        return said
            .map(|(workload, condition)| Dependency {
                component: component.clone(),
                workload: workload.clone(),
                condition: *condition,
            })
            .collect();
    }
    let main = of.component.workloads.values().next();
    main.map(|workload| Dependency { component, workload: workload.name.clone(), condition: well(workload) })
        .into_iter()
        .collect()
}

fn well(workload: &Workload) -> Condition {
    let has_readiness = workload.containers.iter().any(|container| container.probes.readiness.is_some());
    match workload.kind {
        WorkloadKind::Job => Condition::Completed,
        _ if has_readiness => Condition::Healthy,
        _ => Condition::Started,
    }
}

/// The other components whose addresses or outputs are part of a workload, in order.
fn reached(workload: &Workload, own: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in values(workload) {
        for part in value.parts() {
            if let Part::Endpoint { component, .. } | Part::Deferred { component, .. } = part
                && component != own
                && !found.contains(component)
            {
                found.push(component.clone());
            }
        }
    }
    found
}

/// All values of a workload.
pub fn values(workload: &Workload) -> impl Iterator<Item = &Value> {
    workload.containers.iter().flat_map(|container| {
        let lists = container.command.iter().chain(&container.args).flatten();
        let files = container.files.values().map(|file| &file.content);
        let secrets = container.secret_files.iter().map(|file| &file.content);
        std::iter::once(&container.image).chain(lists).chain(container.env.values()).chain(files).chain(secrets)
    })
}

/// The names of the secrets in a component, in the order in which they are met.
fn secrets_of(component: &Component) -> Vec<String> {
    let login = component.login.iter().flat_map(|login| login.read.iter().chain(&login.write)).map(|(_, value)| value);
    let outputs = component.outputs.values().map(|output| &output.value);
    let all = component.workloads.values().flat_map(values).chain(login).chain(outputs);
    let mut names: Vec<String> = Vec::new();
    let mut add = |value: &Value| {
        for name in value.secrets() {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    };
    all.for_each(&mut add);
    let trees = component.live.iter().map(|live| &live.value);
    let merges = component.patches.values().flatten().map(|patch| &patch.merge);
    let objects = component.overrides.values().flat_map(IndexMap::values);
    trees.chain(merges).chain(objects).for_each(|tree| tree_values(tree, &mut add));
    names
}

fn tree_values(tree: &crate::model::Tree, each: &mut impl FnMut(&Value)) {
    use crate::model::Tree;
    match tree {
        Tree::Text(value) => each(value),
        Tree::List(items) => items.iter().for_each(|item| tree_values(item, each)),
        Tree::Map(entries) => entries.values().for_each(|value| tree_values(value, each)),
        _ => {}
    }
}

fn unique_workloads(components: &IndexMap<String, Component>, sink: &mut Sink) {
    let mut seen: IndexMap<&str, &Component> = IndexMap::new();
    for component in components.values() {
        for name in component.workloads.keys() {
            if let Some(other) = seen.insert(name, component) {
                let message = format!("`{}` and `{}` both have a workload called `{name}`", other.name, component.name);
                let diagnostic = Diagnostic::error(code::DUPLICATE_WORKLOAD, component.span, message);
                sink.push(diagnostic.label(other.span, "the other component").help("rename one of the components"));
            }
        }
    }
}
