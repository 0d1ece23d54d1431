//! A live system that does as it is told, and counts.

use crate::backend::{
    Backend, BackendError, Batch, Capabilities, Context, ErrorClass, Granularity, Health, ObserveRequest, Outcome,
};
use crate::model::{Address, Digest, Effect, Resource, Tree};
use crate::plan::{Action, Added, CompareKind, CompareTable, Observation, Observed, Row};
use crate::render::Rendered;
use crate::seam::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

static TABLE: CompareTable = CompareTable {
    backend: "live",
    rows: &[Row {
        pattern: "**",
        kind: CompareKind::Exact,
        repair: Effect::Runtime,
        change: Effect::Runtime,
        added: Added::Drift,
    }],
};

#[derive(Default)]
struct Inner {
    contents: BTreeMap<String, String>,
    writes: BTreeMap<String, usize>,
    failures: Vec<(String, ErrorClass)>,
    health: BTreeMap<String, Vec<Health>>,
    batches: Vec<Vec<String>>,
    after_write: Option<(String, Box<dyn Fn() + Send>)>,
}

/// The system. Clones are the same one.
#[derive(Clone, Default)]
pub(super) struct Live {
    inner: Arc<Mutex<Inner>>,
    pub(super) atomic: bool,
}

pub(super) fn fingerprint(text: &str) -> Digest {
    Digest::of(text)
}

impl Live {
    pub(super) fn instance(&self, _name: &str) -> Self {
        self.clone()
    }

    pub(super) fn contents(&self) -> BTreeMap<String, String> {
        self.inner.lock().unwrap().contents.clone()
    }

    pub(super) fn put(&self, name: &str, text: &str) {
        self.inner.lock().unwrap().contents.insert(name.into(), text.into());
    }

    /// The next attempt at `name` fails.
    pub(super) fn fail(&self, name: &str, class: ErrorClass) {
        self.inner.lock().unwrap().failures.push((name.into(), class));
    }

    /// What the next looks at `name` see; after them it is well.
    pub(super) fn health(&self, name: &str, health: Vec<Health>) {
        self.inner.lock().unwrap().health.insert(name.into(), health);
    }

    /// Does something right after `name` was written.
    pub(super) fn after(&self, name: &str, what: impl Fn() + Send + 'static) {
        self.inner.lock().unwrap().after_write = Some((name.into(), Box::new(what)));
    }

    pub(super) fn writes(&self) -> BTreeMap<String, usize> {
        self.inner.lock().unwrap().writes.clone()
    }

    pub(super) fn batches(&self) -> Vec<Vec<String>> {
        self.inner.lock().unwrap().batches.clone()
    }

    fn failure(&self, name: &str) -> Option<BackendError> {
        let mut inner = self.inner.lock().unwrap();
        let at = inner.failures.iter().position(|(failing, _)| failing == name)?;
        let (_, class) = inner.failures.remove(at);
        Some(BackendError::new(class, format!("{name} broke")))
    }

    fn write(&self, name: &str, text: Option<&str>) {
        let mut inner = self.inner.lock().unwrap();
        if inner.contents.get(name).map(String::as_str) != text {
            *inner.writes.entry(name.into()).or_default() += 1;
        }
        match text {
            Some(text) => drop(inner.contents.insert(name.into(), text.into())),
            None => drop(inner.contents.remove(name)),
        }
        let then = inner.after_write.take_if(|(after, _)| after == name);
        drop(inner);
        if let Some((_, then)) = then {
            then();
        }
    }

    fn apply_all(&self, batch: Batch<'_>) -> Result<Vec<Outcome>, BackendError> {
        let names: Vec<String> = batch.changes.iter().map(|change| change.address.path().to_owned()).collect();
        self.inner.lock().unwrap().batches.push(names.clone());
        if self.atomic
            && let Some(error) = names.iter().find_map(|name| self.failure(name))
        {
            return Err(error);
        }
        let one = |(change, name): (&crate::plan::Change, String)| {
            let resource = batch.resources.get(&change.address).filter(|_| change.action != Action::Delete);
            let text = resource.and_then(|resource| resource.body.as_str()).map(str::to_owned);
            let result = match self.failure(&name) {
                Some(error) => Err(error),
                None => {
                    self.write(&name, text.as_deref());
                    Ok(text.map(|text| fingerprint(&text)))
                }
            };
            Outcome { address: change.address.clone(), result, outputs: BTreeMap::new() }
        };
        Ok(batch.changes.iter().zip(names).map(one).collect())
    }
}

impl Backend for Live {
    fn name(&self) -> &'static str {
        "live"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            granularity: Granularity::Address,
            atomic: self.atomic,
            supplies_secrets: false,
            remembers_applied: false,
        }
    }

    fn writer(&self) -> Option<&str> {
        self.atomic.then_some("live")
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
        Box::pin(async move {
            if let Some(error) = self.failure("observe") {
                return Err(error);
            }
            let mut observation = Observation::default();
            for (name, text) in self.contents() {
                let address = super::address(&name);
                if !request.only.iter().any(|glob| address.matches(glob)) {
                    continue;
                }
                let observed = Observed {
                    body: Tree::text(text.clone()),
                    text: None,
                    executable: false,
                    unreadable: None,
                    in_the_way: None,
                    as_system_would: None,
                    fingerprint: fingerprint(&text),
                    ours: true,
                    component: None,
                    outputs: BTreeMap::new(),
                    changed_by: None,
                };
                observation.resources.insert(address, observed);
            }
            Ok(observation)
        })
    }

    fn apply<'a>(
        &'a self,
        _context: &'a Context<'a>,
        batch: Batch<'a>,
    ) -> BoxFuture<'a, Result<Vec<Outcome>, BackendError>> {
        Box::pin(async move { self.apply_all(batch) })
    }

    fn probe<'a>(
        &'a self,
        _context: &'a Context<'a>,
        address: &'a Address,
    ) -> BoxFuture<'a, Result<Health, BackendError>> {
        let mut inner = self.inner.lock().unwrap();
        let seen = inner.health.get_mut(address.path()).filter(|seen| !seen.is_empty()).map(|seen| seen.remove(0));
        Box::pin(async move { Ok(seen.unwrap_or(Health::Healthy)) })
    }
}
