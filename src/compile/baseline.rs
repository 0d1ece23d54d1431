//! What an environment compiles to without an edit, kept so that an edit costs only what it reaches.
//!
//! A component is lowered by its module from its inputs alone: where these, and the module's own files, are what they were, so is the
//! component. Nothing is guessed: what is taken over is what would have been made again.

use super::edit::{Edit, Edited};
use super::load::Loaded;
use super::lowerings::{Lowerings, Memory};
use super::stages;
use crate::diag::Sink;
use crate::model::Model;

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
