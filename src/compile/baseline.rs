//! What an environment compiles to without an edit, kept so that an edit costs only what it reaches.
//!
//! A component is lowered by its module from its inputs alone: where these, and the module's own files, are what they were, so is the
//! component. Nothing is guessed: what is taken over is what would have been made again.

use super::edit::{Edit, Edited};
use super::load::Loaded;
use super::lower::{LoweredComponent, Request};
use super::stages;
use crate::diag::Sink;
use crate::model::{Model, Part, Patch, Value};
use crate::spec::environment::ComponentEntry;
use crate::spec::module::ModuleFile;
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// An environment that was compiled, and can be compiled again with edits.
#[derive(Debug)]
pub struct Baseline<'a> {
    loaded: &'a Loaded,
    model: Model,
    lowerings: Lowerings,
}

/// What became of an edit.
#[derive(Debug)]
pub enum Recompiled {
    /// The model is what it was.
    Same,
    /// The model is another one.
    Changed(Box<Model>),
    /// It does not compile any more.
    Broken,
}

impl<'a> Baseline<'a> {
    /// Compiles what was loaded. None where it has errors.
    pub fn new(loaded: &'a Loaded) -> Option<Self> {
        if !loaded.complete || loaded.sink.has_errors() {
            return None;
        }
        let mut lowerings = Lowerings::default();
        let memory = Memory::Writing(&mut lowerings);
        let model = stages::build(loaded, &Edited::unchanged(loaded), memory, &mut Sink::default())?;
        Some(Self { loaded, model, lowerings })
    }

    /// The model without an edit.
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// What it was compiled from.
    pub const fn loaded(&self) -> &'a Loaded {
        self.loaded
    }

    /// Compiles with an edit: the same model that [`compile`](super::compile) gives.
    pub fn recompile(&self, edit: &Edit) -> Recompiled {
        let Some(edited) = Edited::new(self.loaded, edit) else { return Recompiled::Broken };
        match stages::build(self.loaded, &edited, Memory::Reading(&self.lowerings, None), &mut Sink::default()) {
            None => Recompiled::Broken,
            Some(model) if model == self.model => Recompiled::Same,
            Some(model) => Recompiled::Changed(Box::new(model)),
        }
    }
}

impl Baseline<'_> {
    /// The model without a component, and as if its outputs were others: what stays the same in it is nothing that the component has a say
    /// in. None where the rest cannot do with other outputs.
    pub fn without(&self, component: &str) -> Option<Model> {
        let memory = Memory::Reading(&self.lowerings, Some(component));
        let mut model = stages::build(self.loaded, &Edited::unchanged(self.loaded), memory, &mut Sink::default())?;
        model.components.shift_remove(component);
        Some(model)
    }
}

/// What each component was lowered to, and from what.
pub(super) type Lowerings = BTreeMap<String, Lowering>;

/// What one component was lowered to, and from what.
#[derive(Debug)]
pub(super) struct Lowering {
    entry: ComponentEntry,
    declared: Declared,
    inputs: super::template::Datum,
    patches: IndexMap<String, Vec<Patch>>,
    instance: String,
    lowered: LoweredComponent,
}

/// What lowering reads of a module's declaration beside the inputs.
#[derive(Debug, PartialEq)]
struct Declared(String, String, IndexMap<String, crate::spec::module::OutputEntry>);

impl Declared {
    fn is(&self, file: &ModuleFile) -> bool {
        self.0 == file.name && self.1 == file.version && self.2 == file.outputs
    }
}

/// Whether lowerings are remembered.
pub(super) enum Memory<'a> {
    /// They are not.
    None,
    /// They are, for later.
    Writing(&'a mut Lowerings),
    /// They were. The outputs of the named component read differently for others.
    Reading(&'a Lowerings, Option<&'a str>),
}

impl Memory<'_> {
    /// The component that the same request was lowered to.
    pub(super) fn recall(
        &self,
        request: &Request<'_>,
        patches: &IndexMap<String, Vec<Patch>>,
    ) -> Option<LoweredComponent> {
        let Self::Reading(lowerings, _) = self else { return None };
        let known = lowerings.get(request.name)?;
        let same = !request.edited.has_template_of(request.module)
            && known.declared.is(request.declared)
            && known.instance == request.instance
            && known.entry == *request.entry
            && known.patches == *patches
            && known.inputs == request.inputs;
        same.then(|| known.lowered.clone())
    }

    /// An output of a component as others are to see it.
    pub(super) fn seen(&self, component: &str, mut value: Value) -> Value {
        if matches!(self, Self::Reading(_, Some(altered)) if *altered == component) {
            value.push(Part::Literal("x".into()));
        }
        value
    }

    /// Remembers what a request was lowered to.
    pub(super) fn keep(&mut self, request: &Request<'_>, lowered: &LoweredComponent) {
        let Self::Writing(lowerings) = self else { return };
        let declared = request.declared;
        let lowering = Lowering {
            entry: request.entry.clone(),
            declared: Declared(declared.name.clone(), declared.version.clone(), declared.outputs.clone()),
            inputs: request.inputs.clone(),
            patches: lowered.component.patches.clone(),
            instance: request.instance.to_owned(),
            lowered: lowered.clone(),
        };
        lowerings.insert(request.name.to_owned(), lowering);
    }
}
