//! A live system in memory, or in a folder of small files where it must outlive its process: for tests, demonstrations, and as the
//! plainest reading of the seam. Takes resources of every kind.
//!
//! Never: interprets a body.
//!
//! Invariants: one address is one atomic write; what does not bear our mark is neither changed nor deleted.

mod fault;
mod store;
#[cfg(test)]
mod tests;

pub use fault::{Fault, Trouble};
pub use store::LiveThing;

use super::{
    Backend, BackendError, Batch, Capabilities, Context, ErrorClass, Granularity, Health, Marked, ObserveRequest,
    Outcome,
};
use crate::model::{Address, Digest, Effect, Resource};
use crate::plan::{Action, Added, Change, CompareKind, CompareTable, Gap, Observation, Observed, Row};
use crate::render::Rendered;
use crate::seam::BoxFuture;
use fault::Faults;
use std::collections::BTreeMap;
use std::path::PathBuf;
use store::Store;

/// How its fields are compared: as they are.
pub static TABLE: CompareTable = CompareTable {
    backend: "memory",
    rows: &[Row {
        pattern: "**",
        kind: CompareKind::Exact,
        repair: Effect::Runtime,
        change: Effect::Runtime,
        added: Added::Drift,
    }],
};

/// A live system. Clones are the same system.
#[derive(Clone)]
pub struct MemoryBackend {
    owner: String,
    store: Store,
    /// The folder of all systems, this one among them: `ENVIRONMENT/INSTANCE`.
    neighbours: Option<PathBuf>,
    faults: Faults,
}

impl MemoryBackend {
    /// A system that lives as long as its last clone. `owner` is our mark: `<project>/<environment>`.
    pub fn new(owner: &str) -> Self {
        Self { owner: owner.into(), store: Store::in_memory(), neighbours: None, faults: Faults::default() }
    }

    /// A system that lives in a folder, one file an address.
    pub fn in_folder(owner: &str, folder: PathBuf) -> Self {
        Self { owner: owner.into(), store: Store::in_folder(folder), neighbours: None, faults: Faults::default() }
    }

    /// The same system beside others in a folder (`ENVIRONMENT/INSTANCE`): who asks for marks is told of theirs too.
    #[must_use]
    pub fn among(self, neighbours: PathBuf) -> Self {
        Self { neighbours: Some(neighbours), ..self }
    }

    /// The same system, seen by another owner.
    #[must_use]
    pub fn owned_by(&self, owner: &str) -> Self {
        Self { owner: owner.into(), ..self.clone() }
    }

    /// Everything in it, by address.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn things(&self) -> Result<BTreeMap<Address, LiveThing>, BackendError> {
        self.store.all()
    }

    /// Puts something there behind everybody's back.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn put(&self, thing: &LiveThing) -> Result<(), BackendError> {
        self.store.put(thing)
    }

    /// Takes something away behind everybody's back.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn take(&self, address: &Address) -> Result<(), BackendError> {
        self.store.remove(address)
    }

    /// Makes something go wrong from now on.
    pub fn inject(&self, fault: Fault) {
        self.faults.add(fault);
    }

    /// How often an address was written or deleted by an apply.
    pub fn writes(&self, address: &Address) -> usize {
        self.faults.writes(address)
    }

    fn look(&self, request: ObserveRequest<'_>) -> Result<Observation, BackendError> {
        if let Some(error) = self.faults.observing() {
            return Err(error);
        }
        let wanted =
            |address: &Address| request.only.is_empty() || request.only.iter().any(|glob| address.matches(glob));
        let mut observation = Observation::default();
        for (address, thing) in self.store.all()?.into_iter().filter(|(address, _)| wanted(address)) {
            match self.faults.reading(&address) {
                Some(reason) => observation.gaps.push(Gap { address, reason }),
                None => {
                    observation.resources.insert(address, self.observed(thing));
                }
            }
        }
        Ok(observation)
    }

    fn marks(&self, prefix: &str) -> Result<Marked, BackendError> {
        if let Some(error) = self.faults.observing() {
            return Err(error);
        }
        let mut things = self.store.all()?.into_values().collect::<Vec<_>>();
        if let Some(folder) = &self.neighbours {
            things.extend(store::all_below(folder)?);
        }
        let mut marked = Marked::new();
        for thing in things {
            if let Some(owner) = thing.owner.filter(|owner| owner.starts_with(prefix)) {
                marked.entry(owner).or_default().insert(thing.address);
            }
        }
        Ok(marked)
    }

    fn observed(&self, thing: LiveThing) -> Observed {
        Observed {
            fingerprint: thing.fingerprint(),
            ours: thing.owner.as_deref() == Some(&self.owner),
            component: thing.component,
            body: thing.body,
            text: thing.text,
            executable: false,
            unreadable: None,
            in_the_way: None,
            as_system_would: None,
            outputs: BTreeMap::new(),
            changed_by: None,
        }
    }

    fn apply_one(&self, change: &Change, resource: Option<&Resource>) -> Result<Option<Digest>, BackendError> {
        self.faults.applying(&change.address)?;
        let there = self.store.get(&change.address)?;
        let foreign = there.as_ref().is_some_and(|thing| thing.owner.as_deref() != Some(&self.owner));
        if foreign && change.action != Action::Adopt {
            return Err(BackendError::new(ErrorClass::Denied, format!("{} is not ours", change.address))
                .help("`driftless apply ENV --adopt` takes it over"));
        }
        let Some(resource) = resource.filter(|_| change.action != Action::Delete) else {
            return self.delete(change, there.as_ref());
        };
        let thing = LiveThing {
            address: change.address.clone(),
            owner: Some(self.owner.clone()),
            component: resource.component.clone(),
            body: resource.body.clone(),
            text: resource.text.clone(),
        };
        let fingerprint = Some(thing.fingerprint());
        if there.as_ref() != Some(&thing) {
            expect(change, there.as_ref())?;
            self.faults.count(&change.address);
            self.store.put(&thing)?;
        }
        Ok(fingerprint)
    }

    fn delete(&self, change: &Change, there: Option<&LiveThing>) -> Result<Option<Digest>, BackendError> {
        match change.action {
            Action::Delete if there.is_none() => Ok(None),
            Action::Delete => {
                expect(change, there)?;
                self.faults.count(&change.address);
                self.store.remove(&change.address).map(|()| None)
            }
            // A goal that is no resource: there is nothing that could be written.
            Action::Run => Ok(None),
            _ => Err(BackendError::new(ErrorClass::Invalid, format!("{} has no body to apply", change.address))),
        }
    }
}

/// Refuses where somebody was faster. A goal is reached from wherever one is.
fn expect(change: &Change, there: Option<&LiveThing>) -> Result<(), BackendError> {
    let there = there.map(LiveThing::fingerprint);
    if change.action == Action::Run || there == change.precondition {
        return Ok(());
    }
    Err(BackendError::new(ErrorClass::Conflict, format!("{} was changed by somebody else", change.address)))
}

impl Backend for MemoryBackend {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            granularity: Granularity::Address,
            atomic: false,
            supplies_secrets: false,
            remembers_applied: false,
        }
    }

    /// It takes resources of every kind.
    fn owns(&self, instance: &str, address: &Address) -> bool {
        address.instance().is_none_or(|name| name == instance)
    }

    fn table(&self) -> &'static CompareTable {
        &TABLE
    }

    fn desired(&self, _instance: &str, rendered: &Rendered) -> Vec<Resource> {
        rendered.resources.clone()
    }

    fn observe<'a>(
        &'a self,
        _context: &'a Context<'a>,
        request: ObserveRequest<'a>,
    ) -> BoxFuture<'a, Result<Observation, BackendError>> {
        Box::pin(async move { self.look(request) })
    }

    fn marked<'a>(
        &'a self,
        _context: &'a Context<'a>,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<Option<Marked>, BackendError>> {
        Box::pin(async move { self.marks(prefix).map(Some) })
    }

    fn apply<'a>(
        &'a self,
        _context: &'a Context<'a>,
        batch: Batch<'a>,
    ) -> BoxFuture<'a, Result<Vec<Outcome>, BackendError>> {
        Box::pin(async move {
            let outcome = |change: &Change| Outcome {
                address: change.address.clone(),
                result: self.apply_one(change, batch.resources.get(&change.address)),
                outputs: BTreeMap::new(),
            };
            Ok(batch.changes.iter().map(outcome).collect())
        })
    }

    fn probe<'a>(
        &'a self,
        _context: &'a Context<'a>,
        address: &'a Address,
    ) -> BoxFuture<'a, Result<Health, BackendError>> {
        Box::pin(async move { Ok(self.faults.health(address)) })
    }
}
