//! The place in Git of rendered fields: the compiler and the targets, perturbed one leaf at a time.

use super::environment::Compiled;
use super::project::Project;
use super::rendering::source;
use crate::backend::table::Backends;
use crate::compile::leaf::{self, Leaf as CompiledLeaf};
use crate::compile::{self, Edit};
use crate::diag::Sink;
use crate::drift::provenance::{Leaf, Perturbable, Rendering};
use crate::model::{Address, Model};
use crate::plan::Source;
use crate::render::target;
use std::collections::{BTreeMap, BTreeSet};

/// An environment whose leaves can be changed one at a time.
pub struct Places<'a> {
    project: &'a Project,
    compiled: &'a Compiled,
    backends: &'a Backends,
    leaves: Vec<CompiledLeaf>,
    components: BTreeMap<Address, Option<String>>,
}

impl<'a> Places<'a> {
    /// For what a compiled environment renders to through these backends.
    pub fn new(project: &'a Project, compiled: &'a Compiled, backends: &'a Backends) -> Self {
        let leaves = leaf::leaves(&compiled.loaded);
        let mut places = Self { project, compiled, backends, leaves, components: BTreeMap::new() };
        places.components =
            places.resources(&compiled.model).into_iter().map(|(address, one)| (address, one.0)).collect();
        places
    }

    fn resources(&self, model: &Model) -> BTreeMap<Address, (Option<String>, crate::model::Tree, Option<String>)> {
        let mut all = BTreeMap::new();
        let mut sink = Sink::default();
        for instance in model.instances.values() {
            let used = model.components.values().any(|component| component.instance == instance.name);
            let (Some(target), Some(backend), true) = (target(&instance.kind), self.backends.get(&instance.name), used)
            else {
                continue;
            };
            let rendered = target.render(model, instance, &self.project.templates, &mut sink);
            for resource in backend.desired(&instance.name, &rendered) {
                all.insert(resource.address, (resource.component, resource.body, resource.text));
            }
        }
        all
    }
}

impl Perturbable for Places<'_> {
    type Edit = Edit;

    fn leaves(&self, _addresses: &BTreeSet<Address>) -> Vec<Leaf> {
        let sources = &self.compiled.sources;
        let leaf = |leaf: &CompiledLeaf| Leaf {
            place: source(sources, leaf.span),
            in_repository: sources.in_repository(leaf.span.file),
            layer: leaf.layer,
        };
        self.leaves.iter().map(leaf).collect()
    }

    fn edits(&self, leaf: usize) -> Vec<Edit> {
        self.leaves.get(leaf).map(|one| leaf::edits(&self.compiled.loaded, one)).unwrap_or_default()
    }

    fn render(&self, edit: Option<&Edit>) -> Option<Rendering> {
        let model = match edit {
            None => self.compiled.model.clone(),
            Some(edit) => compile::compile(&self.compiled.loaded, Some(edit)).model?,
        };
        let all = self.resources(&model).into_iter();
        Some(all.map(|(address, (_, body, text))| (address, (body, text))).collect())
    }

    fn owner(&self, address: &Address) -> Option<Source> {
        let model = &self.compiled.model;
        let component = self.components.get(address).and_then(Option::as_ref);
        let span = match component.and_then(|name| model.components.get(name)) {
            Some(component) => component.module_span,
            None => {
                let instance = address.instance().or_else(|| self.backends.owner(address)).and_then(|name| model.instances.get(name));
                instance.or_else(|| model.instances.values().next()).map(|instance| instance.span)?
            }
        };
        Some(source(&self.compiled.sources, span))
    }
}
