//! `drift --watch`: a look whenever something stirs, a report whenever what is to be reported has changed.

use super::drift::of_look;
use super::error::OpsError;
use super::look::Look;
use super::prepared::Prepared;
use super::project::Project;
use super::remembered::Remembered;
use super::wanted::Wanted;
use super::world::World;
use crate::backend::{Backend, Stir, Watch};
use crate::drift::{ClosedDrift, DriftReport, ResourceClass};
use crate::model::{Address, FieldPath};
use crate::plan::ChangedBy;
use crate::seam::{BoxFuture, next_ended};
use crate::state::record::Records;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How long more is waited for after something stirred: what one command of somebody does comes in one report.
const TOGETHER: Duration = Duration::from_millis(25);

/// How often it is looked whether somebody still applies, and whether Git has moved.
const PAUSE: Duration = Duration::from_millis(500);

/// How it is watched.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The longest time between two looks.
    pub interval: Duration,
    /// Whether resources that are in sync are listed too.
    pub all_resources: bool,
}

/// Watches an environment until it is told to stop; `tell` gets the first report, and each that says something else than the one before it.
///
/// # Errors
/// When the environment cannot be looked at in the first place.
pub async fn watch(
    project: &Project,
    world: &World<'_>,
    name: &str,
    wanted: &Wanted,
    settings: Settings,
    tell: &mut (dyn FnMut(&DriftReport) + Send),
) -> Result<(), OpsError> {
    let mut memory = Memory::default();
    while !*world.cancelled.borrow() {
        let project = &*super::preview::subject(project, world, name).await?;
        let remembered = Remembered::of(project, world, name).await?;
        let prepared = Prepared::of(project, world, &remembered)?;
        let eye = Eye { project, world, wanted, settings, prepared: &prepared };
        eye.until_git_moves(&mut memory, tell).await?;
    }
    Ok(())
}

/// What was told, and what stirred since.
#[derive(Default)]
struct Memory {
    told: Option<DriftReport>,
    generation: u64,
    stirs: BTreeMap<Address, Stir>,
}

/// Watches one revision.
struct Eye<'a> {
    project: &'a Project,
    world: &'a World<'a>,
    wanted: &'a Wanted,
    settings: Settings,
    prepared: &'a Prepared,
}

/// A backend and how it is listened to; none: it is polled, or cannot be reached at the moment.
type Listener<'a> = (&'a dyn Backend, Option<Box<dyn Watch>>);

impl Eye<'_> {
    async fn until_git_moves(
        &self,
        memory: &mut Memory,
        tell: &mut (dyn FnMut(&DriftReport) + Send),
    ) -> Result<(), OpsError> {
        let backends = self.prepared.backends.iter().chain(self.prepared.backends.observers());
        let mut listeners: Vec<Listener<'_>> = backends.map(|(_, backend)| (backend.as_ref(), None)).collect();
        loop {
            // Listening begins before the look: what happens in between is not lost.
            listen(&mut listeners).await;
            self.until_nobody_applies().await?;
            let report = self.look(memory).await?;
            if let Some(report) = memory.news(report) {
                tell(&report);
            }
            if !self.until_something_stirs(&mut listeners, memory).await {
                return Ok(());
            }
        }
    }

    /// What is between two states on purpose is no drift.
    async fn until_nobody_applies(&self) -> Result<(), OpsError> {
        let store = self.world.store(self.project)?;
        let lease = Records::of(store.as_ref(), &self.prepared.scope.environment).lease_name();
        while store.holder(&lease).await?.is_some() && !*self.world.cancelled.borrow() {
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn look(&self, memory: &mut Memory) -> Result<DriftReport, OpsError> {
        let remembered = Remembered::of(self.project, self.world, &self.prepared.scope.environment).await?;
        let generation = remembered.generation;
        let look = Look::of_prepared(self.project, self.world, remembered, self.prepared, self.wanted).await?;
        let mut report = of_look(self.project, &look, self.wanted, self.settings.all_resources).await?;
        memory.close(&look, generation, &mut report);
        memory.say_when(&mut report);
        Ok(report)
    }

    /// Waits; false where what Git declares, or who is to stop, has moved.
    async fn until_something_stirs(&self, listeners: &mut [Listener<'_>], memory: &mut Memory) -> bool {
        let latest = Instant::now() + self.settings.interval;
        loop {
            let mut cancelled = self.world.cancelled.clone();
            let unheard = listeners.iter().any(|(_, watch)| watch.is_none());
            tokio::select! {
                heard = next(listeners) => {
                    if memory.heard(heard, listeners) {
                        while let Ok(more) = timeout(TOGETHER, next(listeners)).await {
                            memory.heard(more, listeners);
                        }
                        return true;
                    }
                }
                () = sleep_until(latest) => return !self.git_has_moved(true),
                () = sleep(PAUSE) => {
                    if self.git_has_moved(false) {
                        return false;
                    }
                    if unheard && listen(listeners).await {
                        return true;
                    }
                }
                _ = cancelled.wait_for(|stop| *stop) => return false,
            }
        }
    }

    /// Whether there is another commit; thoroughly: whether any file that goes into the environment is another.
    fn git_has_moved(&self, thoroughly: bool) -> bool {
        let compiled = &self.prepared.compiled.revision;
        let head = self.project.repository().ok().flatten().and_then(|repository| repository.head().ok().flatten());
        if head != compiled.commit {
            return true;
        }
        let again = || super::environment::compile(self.project, &self.prepared.scope.environment);
        thoroughly && again().map_or(true, |again| again.revision != *compiled)
    }
}

/// Listens where nobody listens yet; whether that began somewhere.
async fn listen(listeners: &mut [Listener<'_>]) -> bool {
    let mut began = false;
    for (backend, watch) in listeners.iter_mut().filter(|(_, watch)| watch.is_none()) {
        if let Ok(Some(new)) = backend.watch().await {
            *watch = Some(new);
            began = true;
        }
    }
    began
}

/// What the first of them hears, and which it was. Never returns where nobody listens.
async fn next(listeners: &mut [Listener<'_>]) -> (usize, Option<Stir>) {
    let mut all: Vec<(usize, BoxFuture<'_, Option<Stir>>)> = Vec::new();
    for (at, (_, watch)) in listeners.iter_mut().enumerate() {
        if let Some(watch) = watch {
            all.push((at, Box::pin(async { watch.next().await.ok() })));
        }
    }
    next_ended(&mut all).await
}

impl Memory {
    /// Takes in what was heard; who cannot listen any more is asked anew. Whether it is a reason to look.
    fn heard(&mut self, (at, stir): (usize, Option<Stir>), listeners: &mut [Listener<'_>]) -> bool {
        match stir {
            Some(stir) => drop(self.stirs.insert(stir.address.clone(), stir)),
            None => listeners[at].1 = None,
        }
        true
    }

    /// Says which drifts that were told are no more, and how they went.
    fn close(&mut self, look: &Look, generation: u64, report: &mut DriftReport) {
        let applied = self.told.is_some() && generation != self.generation;
        self.generation = generation;
        let open: BTreeSet<_> = drifts(report).into_keys().collect();
        let told = self.told.as_ref().map(drifts).unwrap_or_default();
        let carriers = look.carriers();
        for ((address, path), first_seen) in told {
            if open.contains(&(address.clone(), path.clone())) || !report.is_judged(&address) {
                continue;
            }
            let lives_in = carriers.get(&address).into_iter().flatten().chain([&address]);
            let began = lives_in.filter_map(|address| self.stirs.get(address)).any(|stir| stir.began);
            let how = match (applied, began) {
                (true, _) => format!("put back by apply {generation}"),
                (false, true) => "reverted by restart".to_owned(),
                (false, false) => "it is as declared again".to_owned(),
            };
            let closed_at = report.observed_at.clone();
            report.closed.push(ClosedDrift { address, path, first_seen, closed_at, how });
        }
    }

    /// Puts in when it stirred, where the look does not know better.
    fn say_when(&self, report: &mut DriftReport) {
        for resource in &mut report.resources {
            let Some(stir) = self.stirs.get(&resource.address) else { continue };
            let by = || ChangedBy { who: None, when: Some(stir.when.clone()), evidence: Some(stir.evidence.clone()) };
            for field in resource.fields.iter_mut().filter(|field| field.changed_by == ChangedBy::default()) {
                field.changed_by = by();
            }
            if resource.fields.is_empty() && resource.class.is_drift() {
                resource.changed_by.get_or_insert_with(by);
            }
        }
    }

    /// The report, where it says something else than the one before.
    fn news(&mut self, report: DriftReport) -> Option<DriftReport> {
        let old = self.told.as_ref().map(plain);
        if old.is_some_and(|old| old == plain(&report)) {
            return None;
        }
        self.told = Some(report.clone());
        // What is told is told: what comes next has its own reasons.
        let open: BTreeSet<Address> = drifts(&report).into_keys().map(|(address, _)| address).collect();
        self.stirs.retain(|address, _| open.contains(address));
        Some(report)
    }
}

/// What a report says, without what is another each time.
fn plain(report: &DriftReport) -> DriftReport {
    let mut plain = DriftReport { observed_at: String::new(), closed: Vec::new(), ..report.clone() };
    for resource in &mut plain.resources {
        (resource.changed_by, resource.first_seen) = (None, None);
        for field in &mut resource.fields {
            (field.changed_by, field.first_seen) = (ChangedBy::default(), None);
        }
    }
    plain
}

/// The drifts of a report, with since when each is seen; the empty path is the resource itself.
fn drifts(report: &DriftReport) -> BTreeMap<(Address, FieldPath), Option<String>> {
    let mut all = BTreeMap::new();
    for resource in report.resources.iter().filter(|one| one.class.is_drift() || one.class == ResourceClass::Unmanaged)
    {
        for field in &resource.fields {
            all.insert((resource.address.clone(), field.path.clone()), field.first_seen.clone());
        }
        if resource.fields.is_empty() {
            all.insert((resource.address.clone(), FieldPath::default()), resource.first_seen.clone());
        }
    }
    all
}
