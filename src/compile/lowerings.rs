//! What components were lowered to, remembered so that the same request is not lowered again.

use super::lower::{LoweredComponent, Request};
use crate::model::{Part, Patch, Value};
use crate::spec::environment::ComponentEntry;
use crate::spec::module::ModuleFile;
use indexmap::IndexMap;
use std::collections::BTreeMap;

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
