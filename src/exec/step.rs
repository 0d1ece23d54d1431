//! One batch of one writer: looked at again where that is needed, applied, recorded, waited for.

use super::condition::{differs, look, unread};
use super::lease::still_ours;
use super::record::applied_of;
use super::retry::Attempts;
use super::types::{ChangeOutcome, Interruption};
use super::under_way::{Changed, Run};
use crate::backend::{Backend, BackendError, Batch, ErrorClass, Health, Outcome};
use crate::event::{Ended, Event};
use crate::model::{Address, Applier, Digest, Resource};
use crate::plan::{Action, Applied, Change};
use crate::seam::{BoxFuture, all};
use crate::state::StateError;
use crate::state::record::{Artifacts, Records};
use std::borrow::Cow;
use std::collections::BTreeMap;
use tokio::time::{Instant, sleep};

/// What became of a batch.
pub(super) struct Step {
    pub(super) outcomes: Vec<(usize, ChangeOutcome)>,
    pub(super) made: Vec<Made>,
    pub(super) interruption: Option<Interruption>,
}

/// A change that was made: also one that never got well.
pub(super) struct Made {
    pub(super) change: Change,
    /// What is there now; none: nothing, or a goal that is no resource.
    pub(super) after: Option<Resource>,
    /// What it is seen as.
    pub(super) fingerprint: Option<Digest>,
}

/// What became of one change so far; none: it was not begun.
type Tried = Option<Result<(), BackendError>>;

/// Why a change ended: how, the class of a failure, what to do about it.
type End = (Ended, Option<ErrorClass>, Option<String>);

impl Run<'_> {
    /// Makes the changes at some places of the plan, all of one writer.
    pub(super) async fn step(&self, batch: Vec<usize>, touched: Changed) -> Step {
        let mut step = Step { outcomes: Vec::new(), made: Vec::new(), interruption: None };
        let changes: Vec<Change> = batch.iter().map(|at| self.request.plan.changes[*at].clone()).collect();
        let mut tried: Vec<Tried> = vec![None; changes.len()];
        if let Err(interruption) = still_ours(self.context, self.lease).await {
            step.interruption = Some(interruption);
        } else {
            self.look_again(&changes, &touched, &mut tried).await;
            self.apply(&changes, &self.applied_by_now(&touched), &mut tried, &mut step).await;
        }
        let ends = all(changes.iter().zip(tried).map(|(change, tried)| {
            let end: BoxFuture<'_, End> = Box::pin(self.settle(change, tried));
            end
        }))
        .await;
        for ((at, change), (ended, class, help)) in batch.into_iter().zip(&changes).zip(ends) {
            step.outcomes.push((at, self.end(change, ended, class, help)));
        }
        step
    }

    /// Whether what was looked at before the first change still is what it was. What this run itself touched, or what comes before or
    /// around it, is not looked at; nor in the first round, which follows the first look; nor what is written as a whole, since such a
    /// backend looks for itself.
    async fn look_again(&self, changes: &[Change], touched: &Changed, tried: &mut [Tried]) {
        let mut by_applier: BTreeMap<Applier, Vec<(usize, &Change)>> = BTreeMap::new();
        for (at, change) in changes.iter().enumerate().filter(|(_, change)| self.is_looked_at(change, touched)) {
            by_applier.entry(change.applier()).or_default().push((at, change));
        }
        for (applier, wanted) in by_applier {
            let only: Vec<&Change> = wanted.iter().map(|(_, change)| *change).collect();
            let looked = look(self.context, self.request, &applier, &only).await;
            for (at, change) in wanted {
                let refused = match &looked {
                    Err(error) => Some(error.clone()),
                    Ok(observation) => unread(observation, change)
                        .map(|gap| BackendError::new(ErrorClass::Transient, gap.reason))
                        .or_else(|| {
                            differs(observation, change).map(|how| BackendError::new(ErrorClass::Conflict, how))
                        }),
                };
                if let Some(error) = refused {
                    tried[at] = Some(Err(error));
                }
            }
        }
    }

    fn is_looked_at(&self, change: &Change, touched: &Changed) -> bool {
        let backend = self.request.backends.get(&change.applier());
        let looks_itself = backend.is_none_or(|backend| backend.capabilities().atomic);
        let resource = self.request.plan.resources.get(&change.address);
        let carriers = resource.iter().flat_map(|resource| &resource.carriers).map(|carrier| &carrier.address);
        let mut near = carriers.chain(&change.after).chain([&change.address]);
        !touched.is_empty() && !looks_itself && !near.any(|address| touched.contains(address))
    }

    /// Applies what is not refused yet, trying transient failures again.
    async fn apply(
        &self,
        changes: &[Change],
        applied: &BTreeMap<Address, Applied>,
        tried: &mut [Tried],
        step: &mut Step,
    ) {
        let mut open: Vec<usize> = (0..changes.len()).filter(|at| tried[*at].is_none()).collect();
        for at in &open {
            let (address, action) = (changes[*at].address.clone(), changes[*at].action);
            self.context.events.emit(&Event::ChangeStarted { address, action });
        }
        let (plan, mut attempts) = (self.request.plan, Attempts::new(self.request.options.retry));
        while !open.is_empty() {
            let batch: Vec<Change> = open.iter().map(|at| changes[*at].clone()).collect();
            let outcomes = self.attempt(&batch, &plan.resources, &self.seen.cursors, &plan.artifacts, applied).await;
            let mut again = None;
            for (at, outcome) in std::mem::take(&mut open).into_iter().zip(outcomes) {
                let result = match outcome.result {
                    Ok(fingerprint) => {
                        self.made(&changes[at], fingerprint, outcome.outputs, step).await;
                        Ok(())
                    }
                    Err(error) => Err(error),
                };
                if let Some(error) = result.as_ref().err().filter(|error| error.class == ErrorClass::Transient) {
                    open.push(at);
                    again = Some(error.clone());
                }
                tried[at] = Some(result);
            }
            let (Some(error), None) = (again, &step.interruption) else { return };
            let subject = open.first().map_or_else(String::new, |at| changes[*at].address.to_string());
            if !attempts.again(self.context, &subject, &error).await {
                return;
            }
            if let Err(interruption) = still_ours(self.context, self.lease).await {
                step.interruption = Some(interruption);
                return;
            }
        }
    }

    /// What was last applied: before this run, and what it has made so far.
    fn applied_by_now(&self, touched: &Changed) -> Cow<'_, BTreeMap<Address, Applied>> {
        let mut applied = Cow::Borrowed(&self.before);
        for change in self.request.plan.doing().filter(|change| touched.contains(&change.address)) {
            let resource = self.request.plan.resources.get(&change.address);
            match resource.filter(|_| change.action != Action::Delete) {
                Some(resource) => {
                    let made = applied_of(self.request, &change.instance, resource, None, BTreeMap::new());
                    applied.to_mut().entry(change.address.clone()).or_insert(made);
                }
                None => drop(applied.to_mut().remove(&change.address)),
            }
        }
        applied
    }

    /// One attempt at some changes of one writer; one outcome for each, in their order.
    pub(super) async fn attempt(
        &self,
        changes: &[Change],
        resources: &BTreeMap<Address, Resource>,
        cursors: &BTreeMap<Applier, String>,
        artifacts: &Artifacts,
        applied: &BTreeMap<Address, Applied>,
    ) -> Vec<Outcome> {
        let all_failed = |error: &BackendError| {
            let failed = |change: &Change| Outcome {
                address: change.address.clone(),
                result: Err(error.clone()),
                outputs: BTreeMap::new(),
            };
            changes.iter().map(failed).collect()
        };
        let Some(first) = changes.first().map(Change::applier) else { return Vec::new() };
        let Some(backend) = self.request.backends.get(&first) else {
            return all_failed(&BackendError::new(ErrorClass::Unsupported, "its target instance is not there"));
        };
        let (plan, none) = (self.request.plan, BTreeMap::new());
        let batch = Batch {
            changes,
            resources,
            applied,
            ticket: plan.tickets.iter().find(|ticket| ticket.instance == first.instance),
            cursor: cursors.get(&first).or_else(|| plan.cursors.get(&first)).map(String::as_str),
            generation: self.generation_before(&first, backend.as_ref()),
            forgotten: &self.forgotten,
            artifacts: artifacts.get(&first.instance).unwrap_or(&none),
            supply: self.request.supply,
            record: &self.record,
        };
        match backend.apply(self.context, batch).await {
            Ok(outcomes) if outcomes.iter().map(|one| &one.address).eq(changes.iter().map(|one| &one.address)) => {
                outcomes
            }
            Ok(_) => all_failed(&BackendError::new(ErrorClass::Invalid, "the backend did not say what became of it")),
            Err(error) => all_failed(&error),
        }
    }

    /// The newest apply that an instance remembered when it was planned, where it remembers that.
    pub(super) fn generation_before(&self, applier: &Applier, backend: &dyn Backend) -> Option<u64> {
        let known = self.request.plan.generations.get(applier).copied();
        backend.capabilities().remembers_applied.then(|| known.unwrap_or_default())
    }

    /// Remembers that a change was made.
    async fn made(
        &self,
        change: &Change,
        fingerprint: Option<Digest>,
        outputs: BTreeMap<String, String>,
        step: &mut Step,
    ) {
        let resource = self.request.plan.resources.get(&change.address);
        let after = resource.filter(|_| change.action != Action::Delete).cloned();
        if let Err(error) = self.remember(change, after.as_ref(), fingerprint.clone(), outputs).await {
            step.interruption = Some(Interruption::State(error));
        }
        step.made.push(Made { change: change.clone(), after, fingerprint });
    }

    async fn remember(
        &self,
        change: &Change,
        after: Option<&Resource>,
        fingerprint: Option<Digest>,
        outputs: BTreeMap<String, String>,
    ) -> Result<(), StateError> {
        // A goal that is no resource leaves nothing to remember.
        if after.is_none() && change.action == Action::Run {
            return Ok(());
        }
        let applied = after.map(|resource| applied_of(self.request, &change.instance, resource, fingerprint, outputs));
        let records = Records::of(self.request.store, &self.request.plan.environment);
        records.set_applied(&change.address, applied.as_ref()).await?;
        self.context.events.emit(&Event::Recorded { address: change.address.clone() });
        Ok(())
    }

    /// Waits until what was changed is well.
    async fn settle(&self, change: &Change, tried: Tried) -> End {
        match tried {
            None => (Ended::Skipped("it was not begun".into()), None, None),
            Some(Err(error)) => (Ended::Failed(error.message), Some(error.class), error.help),
            Some(Ok(())) if change.action == Action::Delete => (Ended::Done, None, None),
            Some(Ok(())) => self.wait_until_well(change).await,
        }
    }

    async fn wait_until_well(&self, change: &Change) -> End {
        let ill = |reason: String| (Ended::Failed(reason), None, None);
        let Some(backend) = self.request.backends.get(&change.applier()) else { return (Ended::Done, None, None) };
        let deadline = Instant::now() + self.request.options.health_timeout;
        let mut told = None;
        loop {
            let missing = match backend.probe(self.context, &change.address).await {
                Ok(Health::Healthy) => return (Ended::Done, None, None),
                Ok(Health::Progressing(missing)) => missing,
                Ok(Health::Failed(reason)) => return ill(reason),
                Err(error) if error.class == ErrorClass::Unsupported => return (Ended::Done, None, None),
                Err(error) if error.class == ErrorClass::Transient => error.message,
                Err(error) => return (Ended::Failed(error.message), Some(error.class), error.help),
            };
            if *self.context.cancelled.borrow() {
                return ill(format!("stopped before it was well: {missing}"));
            }
            if Instant::now() >= deadline {
                let seconds = self.request.options.health_timeout.as_secs();
                return ill(format!("not well after {seconds} seconds: {missing}"));
            }
            if told.as_ref() != Some(&missing) {
                let (address, reason) = (change.address.clone(), missing.clone());
                self.context.events.emit(&Event::HealthWaiting { address, reason });
                told = Some(missing);
            }
            sleep(self.request.options.health_pause).await;
        }
    }
}
