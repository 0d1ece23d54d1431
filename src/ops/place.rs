//! The place in Git of rendered fields: the compiler and the targets, perturbed one leaf at a time.

use super::environment::Compiled;
use super::project::Project;
use super::rendering::source;
use crate::backend::table::Backends;
use crate::compile::leaf::{self, Leaf as CompiledLeaf};
use crate::compile::{Baseline, Edit, Loaded, Recompiled};
use crate::diag::Sink;
use crate::drift::provenance::{Changed, Content, Leaf, Perturbable, Rendering};
use crate::model::{Address, Component, Instance, Model, Resource};
use crate::plan::{Question, Source};
use crate::render::{FileTree, Rendered, Templates, target, targets};
use std::collections::{BTreeMap, BTreeSet};

/// The resources that stand for what an instance is rendered to: each file gives its own, and native resources give theirs, whatever the
/// others are. None: nothing stands for this instance.
pub type Desired<'a> = Box<dyn Fn(&str, &Rendered) -> Option<Vec<Resource>> + Sync + 'a>;

/// An environment whose leaves can be changed one at a time.
pub struct Places<'a> {
    baseline: Option<Baseline<'a>>,
    templates: &'a dyn Templates,
    desired: Desired<'a>,
    leaves: Vec<CompiledLeaf>,
    instances: BTreeMap<String, Base>,
    rendering: Rendering,
    components: BTreeMap<Address, Option<String>>,
}

/// An instance as it is when nothing is changed.
struct Base {
    rendered: Rendered,
    /// The addresses of each file's resources.
    of_files: BTreeMap<String, Vec<Address>>,
    /// The addresses of the native resources.
    native: Vec<Address>,
}

impl Base {
    fn gives(&self, address: &Address) -> bool {
        self.native.contains(address) || self.of_files.values().any(|addresses| addresses.contains(address))
    }
}

impl<'a> Places<'a> {
    /// For what a compiled environment renders to through these backends.
    pub fn new(project: &'a Project, compiled: &'a Compiled, backends: &'a Backends) -> Self {
        let desired = |instance: &str, rendered: &Rendered| {
            let observed = backends.observers().filter(|(applier, _)| applier.instance == instance);
            let all: Vec<_> = backends.of_instance(instance).chain(observed).collect();
            let resources = all.iter().flat_map(|(_, backend)| backend.desired(instance, rendered));
            (!all.is_empty()).then(|| resources.collect())
        };
        Self::of(&compiled.loaded, &project.templates, Box::new(desired))
    }

    /// For what was loaded, with these templates; `desired` says which resources stand for what is rendered.
    pub fn of(loaded: &'a Loaded, templates: &'a dyn Templates, desired: Desired<'a>) -> Self {
        let (instances, rendering, components) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let baseline = Baseline::new(loaded);
        let mut places = Self { baseline, templates, desired, leaves: Vec::new(), instances, rendering, components };
        places.remember();
        places
    }

    fn remember(&mut self) {
        let Some(baseline) = &self.baseline else { return };
        let model = baseline.model();
        let instances: Vec<(String, Rendered)> = model
            .used_instances()
            .filter_map(|instance| Some((instance.name.clone(), self.rendered(model, instance)?)))
            .collect();
        let kinds = model.used_kinds();
        self.leaves = leaves(baseline.loaded(), &kinds);
        for (name, rendered) in instances {
            let mut base = Base { rendered, of_files: BTreeMap::new(), native: Vec::new() };
            for path in base.rendered.files.files.keys() {
                let resources = self.resources(&name, &part(&base.rendered, |other| other == path, false));
                base.of_files.insert(path.clone(), resources.iter().map(|one| one.address.clone()).collect());
                self.known(resources);
            }
            let resources = self.resources(&name, &part(&base.rendered, |_| false, true));
            base.native = resources.iter().map(|one| one.address.clone()).collect();
            self.known(resources);
            self.instances.insert(name, base);
        }
    }

    fn known(&mut self, resources: Vec<Resource>) {
        for resource in resources {
            self.components.insert(resource.address.clone(), resource.component.clone());
            self.rendering.insert(resource.address.clone(), content(resource));
        }
    }

    fn rendered(&self, model: &Model, instance: &Instance) -> Option<Rendered> {
        Some(target(&instance.kind)?.render(model, instance, self.templates, &mut Sink::default()))
    }

    fn resources(&self, instance: &str, rendered: &Rendered) -> Vec<Resource> {
        (self.desired)(instance, rendered).unwrap_or_default()
    }

    /// What another model changes.
    fn changes(&self, model: &Model) -> Changed {
        let mut changed = Changed::new();
        let now: BTreeMap<&str, &Instance> =
            model.used_instances().map(|instance| (instance.name.as_str(), instance)).collect();
        let names: BTreeSet<&str> = self.instances.keys().map(String::as_str).chain(now.keys().copied()).collect();
        let mut added = Vec::new();
        for name in names {
            let after = now.get(name).and_then(|instance| self.rendered(model, instance));
            added.extend(self.changed(name, after, &mut changed));
        }
        // An address that went from one instance to another is not gone.
        changed.extend(added.into_iter().map(|one| (one.address.clone(), Some(content(one)))));
        changed
    }

    /// Whether a change moves one of these fields.
    fn moves_any(&self, changed: &Changed, asked: &[&Question]) -> bool {
        asked.iter().any(|question| match (self.rendering.get(&question.address), changed.get(&question.address)) {
            (_, None) => false,
            (Some(before), Some(Some(after))) if before.0 == after.0 => before.1 != after.1,
            (Some(before), Some(Some(after))) => {
                let of_tree = |content: &Content| question.path.lookup(&content.0).cloned();
                of_tree(before).is_none() || of_tree(before) != of_tree(after)
            }
            _ => true,
        })
    }

    /// What another model changes of an instance. Only what was rendered differently is looked at: the rest stands for the same.
    /// What is not there any more is put into `gone`.
    fn changed(&self, name: &str, after: Option<Rendered>, gone: &mut Changed) -> Vec<Resource> {
        let nothing = Rendered::default();
        let base = self.instances.get(name);
        let before = base.map_or(&nothing, |base| &base.rendered);
        let after = after.unwrap_or_default();
        let moved = |path: &str| before.files.files.get(path) != after.files.files.get(path);
        let native = before.resources != after.resources;
        if let Some(base) = base {
            let files = base.of_files.iter().filter(|(path, _)| moved(path)).flat_map(|(_, addresses)| addresses);
            let addresses = files.chain(base.native.iter().filter(|_| native));
            gone.extend(addresses.map(|address| (address.clone(), None)));
        }
        self.resources(name, &part(&after, moved, native))
    }
}

/// Some files of what was rendered, with its native resources or without.
fn part(rendered: &Rendered, files: impl Fn(&str) -> bool, native: bool) -> Rendered {
    let files = rendered.files.files.iter().filter(|(path, _)| files(path));
    let files = files.map(|(path, artifact)| (path.clone(), artifact.clone())).collect();
    let resources = if native { rendered.resources.clone() } else { Vec::new() };
    Rendered { files: FileTree { files }, resources, losses: Vec::new() }
}

fn content(resource: Resource) -> Content {
    (resource.body, resource.text)
}

/// The leaves but for those of files that modules bring for kinds of target to which no component goes.
fn leaves(loaded: &Loaded, kinds: &BTreeSet<&str>) -> Vec<CompiledLeaf> {
    let mut all = leaf::leaves(loaded);
    let others: Vec<_> = targets().iter().map(|target| target.kind()).filter(|kind| !kinds.contains(kind)).collect();
    let unused = |leaf: &CompiledLeaf| {
        let path = loaded.sources.path(leaf.span.file).split('/').collect::<Vec<_>>();
        matches!(path.as_slice(), ["modules", _, "targets", kind, ..] if others.contains(kind))
    };
    all.retain(|leaf| !unused(leaf));
    all
}

impl Perturbable for Places<'_> {
    type Edit = Edit;

    /// Those of components that could be gone, and give others anything else, without one of the fields moving.
    fn idle(&self, asked: &[&Question]) -> BTreeSet<usize> {
        let Some(baseline) = &self.baseline else { return BTreeSet::new() };
        let loaded = baseline.loaded();
        let components = baseline.model().components.values();
        let (idle, busy): (Vec<&Component>, Vec<&Component>) = components.partition(|component| {
            let without = baseline.without(&component.name);
            without.is_some_and(|model| !self.moves_any(&self.changes(&model), asked))
        });
        let is_idle = |leaf: &CompiledLeaf| match (&leaf.component, loaded.sources.path(leaf.span.file)) {
            (Some(name), _) => idle.iter().any(|component| component.name == *name),
            (None, path) => match path.split('/').collect::<Vec<_>>().as_slice() {
                ["modules", module, _, ..] => busy.iter().all(|component| component.module.name != *module),
                _ => false,
            },
        };
        (0..self.leaves.len()).filter(|at| is_idle(&self.leaves[*at])).collect()
    }

    fn leaves(&self) -> Vec<Leaf> {
        let Some(baseline) = &self.baseline else { return Vec::new() };
        let sources = &baseline.loaded().sources;
        let leaf = |leaf: &CompiledLeaf| Leaf {
            place: source(sources, leaf.span),
            in_repository: sources.in_repository(leaf.span.file),
            layer: leaf.layer,
        };
        self.leaves.iter().map(leaf).collect()
    }

    fn edits(&self, leaf: usize) -> Vec<Edit> {
        let one = self.leaves.get(leaf).zip(self.baseline.as_ref());
        one.map(|(one, baseline)| leaf::edits(baseline.loaded(), one)).unwrap_or_default()
    }

    fn base(&self) -> Option<&Rendering> {
        self.baseline.as_ref().map(|_| &self.rendering)
    }

    fn render(&self, edit: &Edit) -> Option<Changed> {
        match self.baseline.as_ref()?.recompile(edit) {
            Recompiled::Broken => None,
            Recompiled::Same => Some(Changed::new()),
            Recompiled::Changed(model) => Some(self.changes(&model)),
        }
    }

    fn owner(&self, address: &Address) -> Option<Source> {
        let baseline = self.baseline.as_ref()?;
        let model = baseline.model();
        let component = self.components.get(address).and_then(Option::as_ref);
        let span = match component.and_then(|name| model.components.get(name)) {
            Some(component) => component.module_span,
            None => {
                let owner = self.instances.iter().find(|(_, base)| base.gives(address)).map(|(name, _)| name.as_str());
                let instance = address.instance().or(owner).and_then(|name| model.instances.get(name));
                instance.or_else(|| model.instances.values().next()).map(|instance| instance.span)?
            }
        };
        Some(source(&baseline.loaded().sources, span))
    }
}
