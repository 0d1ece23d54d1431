//! One run, from the lease to the record.

use super::condition::{check_generation, check_preconditions};
use super::lease;
use super::record::{Journal, applied_before, forget_place, newest_died, record_converged, remember_place};
use super::retry::Attempts;
use super::rollback::roll_back;
use super::schedule::{Schedule, Status};
use super::step::{Made, Step};
use super::types::{ChangeOutcome, ExecError, Execution, Interruption, OnFailure, Request};
use super::under_way::Run;
use crate::backend::{ApplyRecord, Backend, BackendError, Batch, Context};
use crate::event::{Ended, Event};
use crate::model::{Address, Applier};
use crate::plan::Action;
use crate::seam::{BoxFuture, next_ended};
use crate::state::record::Records;
use crate::state::{Lease, StateError};
use std::collections::{BTreeMap, BTreeSet};

/// Runs a plan: takes the lease, looks whether the plan still fits, makes the changes in their order, records each as it succeeds.
///
/// A run that is killed at any point can be made again from a new plan: nothing is applied twice, and no lock is left. The first
/// cancellation finishes what is in flight.
///
/// # Errors
/// [`ExecError`]: nothing was changed. What goes wrong later is in the [`Execution`].
pub async fn execute(context: &Context<'_>, request: Request<'_>) -> Result<Execution, ExecError> {
    for change in request.plan.changes.iter().filter(|change| change.action != Action::Keep) {
        if request.backends.get(&change.applier()).is_none() {
            return Err(ExecError::UnknownInstance { instance: change.instance.clone() });
        }
    }
    let lease = lease::take(context, &request).await?;
    let result = under_lease(context, &request, lease.as_ref()).await;
    drop(lease);
    context.events.emit(&Event::LeaseReleased);
    result
}

async fn under_lease(context: &Context<'_>, request: &Request<'_>, lease: &dyn Lease) -> Result<Execution, ExecError> {
    check_generation(request).await?;
    let mut seen = check_preconditions(context, request).await?;
    if *context.cancelled.borrow() {
        return Err(ExecError::Cancelled);
    }
    remember_place(request).await?;
    let recorded = Records::of(request.store, &request.plan.environment).applied().await?;
    let converged = record_converged(context, request, &recorded).await?;
    // After a run that died there is its end to be recorded, whatever it has left to do.
    let died = newest_died(request, &recorded, &mut seen).await?;
    if !request.plan.has_changes() && seen.gone.is_empty() && !died {
        forget_place(request).await?;
        return Ok(Execution {
            outcomes: Vec::new(),
            generation: None,
            interruption: None,
            rolled_back: Vec::new(),
            complete: true,
        });
    }
    let before = applied_before(request, recorded, &seen);
    let forgotten: BTreeSet<Address> = seen.gone.keys().cloned().collect();
    let record = ApplyRecord {
        who: request.who.into(),
        why: request.why.into(),
        revision: request.plan.revision.clone(),
        plan_digest: request.digest.clone(),
        environment: request.plan.environment.clone(),
        project: request.plan.project.clone(),
        generation: request.plan.newest_generation() + 1,
    };
    let run = Run { context, request, lease, seen, before, forgotten, record };
    run.tell_who_only_forgets().await.map_err(ExecError::Observe)?;
    let journal = Journal::begin(context, request, &run.before, converged, &run.forgotten).await?;
    Ok(run.go(journal).await)
}

/// Nothing is written where something is only forgotten.
static NO_FILES: BTreeMap<String, String> = BTreeMap::new();

/// What a run has done so far.
#[derive(Default)]
struct Progress {
    outcomes: BTreeMap<usize, ChangeOutcome>,
    made: Vec<Made>,
    interruption: Option<Interruption>,
}

impl Progress {
    fn failed(&self) -> bool {
        self.outcomes.values().any(|outcome| matches!(outcome.ended, Ended::Failed(_)))
    }
}

impl Run<'_> {
    async fn go(self, mut journal: Journal<'_>) -> Execution {
        let mut progress = match self.forget().await {
            Ok(()) => self.make_changes().await,
            Err(error) => self.nothing_begun(Interruption::State(error)),
        };
        for made in &progress.made {
            journal.made(&made.change, made.after.as_ref());
        }
        let roll = progress.failed()
            && progress.interruption.is_none()
            && self.request.options.on_failure == OnFailure::Rollback;
        let rolled_back = if roll { roll_back(&self, &mut journal, &progress.made).await } else { Vec::new() };
        let outcomes: Vec<ChangeOutcome> = std::mem::take(&mut progress.outcomes).into_values().collect();
        let generation = journal.record.generation;
        let mut complete =
            outcomes.iter().all(|outcome| outcome.ended == Ended::Done) && progress.interruption.is_none();
        if let Err(error) = self.close(journal, &outcomes, progress.interruption.as_ref(), complete).await {
            progress.interruption = progress.interruption.or(Some(Interruption::State(error)));
            complete = false;
        }
        Execution { complete, outcomes, generation: Some(generation), interruption: progress.interruption, rolled_back }
    }

    /// Writes the record's last form.
    async fn close(
        &self,
        journal: Journal<'_>,
        outcomes: &[ChangeOutcome],
        interruption: Option<&Interruption>,
        complete: bool,
    ) -> Result<(), StateError> {
        let generation = journal.end(self.request, outcomes, interruption).await?;
        self.context.events.emit(&Event::RevisionRecorded { generation });
        if complete { forget_place(self.request).await } else { Ok(()) }
    }

    fn nothing_begun(&self, interruption: Interruption) -> Progress {
        let mut progress = Progress::default();
        for at in Schedule::new(self.request).abandon() {
            self.skip(&mut progress, at, "the state could not be written");
        }
        progress.interruption = Some(interruption);
        progress
    }

    /// Tells backends that remember by themselves what to forget, where they have nothing else to do: the others are told with that.
    async fn tell_who_only_forgets(&self) -> Result<(), BackendError> {
        for appliers in self.request.backends.writers() {
            let busy = self.request.plan.doing().any(|change| appliers.contains(&&change.applier()));
            let forgets = |one: &&Applier| self.seen.gone.values().any(|applier| applier == *one);
            let applier = appliers.iter().copied().find(forgets).filter(|_| !busy);
            let backend = applier.and_then(|applier| Some((applier, self.request.backends.get(applier)?)));
            let Some((applier, backend)) = backend.filter(|(_, one)| one.capabilities().remembers_applied) else {
                continue;
            };
            let mut attempts = Attempts::new(self.request.options.retry);
            while let Err(error) = backend.apply(self.context, self.forgetting(applier, backend.as_ref())).await {
                if !attempts.again(self.context, &applier.instance, &error).await {
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn forgetting<'b>(&'b self, applier: &'b Applier, backend: &dyn Backend) -> Batch<'b> {
        Batch {
            changes: &[],
            resources: &self.request.plan.resources,
            applied: &self.before,
            ticket: None,
            cursor: self.seen.cursors.get(applier).map(String::as_str),
            generation: self.generation_before(applier, backend),
            forgotten: &self.forgotten,
            artifacts: &NO_FILES,
            supply: self.request.supply,
            record: &self.record,
        }
    }

    /// Forgets what is gone on both sides.
    async fn forget(&self) -> Result<(), StateError> {
        let records = Records::of(self.request.store, &self.request.plan.environment);
        for address in &self.forgotten {
            records.set_applied(address, None).await?;
            self.context.events.emit(&Event::Recorded { address: address.clone() });
        }
        Ok(())
    }

    async fn make_changes(&self) -> Progress {
        let mut schedule = Schedule::new(self.request);
        let mut progress = Progress::default();
        let mut running: Vec<(usize, BoxFuture<'_, Step>)> = Vec::new();
        loop {
            for (at, blocker) in schedule.skip_blocked() {
                self.skip(&mut progress, at, &format!("{blocker} comes first, and was not done"));
            }
            let halt = self.stops(&progress);
            if halt.is_none() {
                for (writer, batch) in schedule.start() {
                    let changed = progress.made.iter().map(|made| made.change.address.clone()).collect();
                    running.push((writer, Box::pin(self.step(batch, changed))));
                }
            }
            if running.is_empty() {
                let reason = halt.unwrap_or("the changes before it wait for each other");
                for at in schedule.abandon() {
                    self.skip(&mut progress, at, reason);
                }
                return progress;
            }
            let (writer, step) = next_ended(&mut running).await;
            schedule.finish(writer, step.outcomes.iter().map(|(at, outcome)| (*at, status(&outcome.ended))));
            progress.outcomes.extend(step.outcomes);
            progress.made.extend(step.made);
            progress.interruption = progress.interruption.or(step.interruption);
        }
    }

    /// Why nothing more is started.
    fn stops(&self, progress: &Progress) -> Option<&'static str> {
        match &progress.interruption {
            Some(Interruption::Cancelled) => Some("the run was told to stop"),
            Some(Interruption::LeaseLost { .. }) => Some("the lease was lost"),
            Some(Interruption::State(_)) => Some("the state could not be written"),
            None if self.request.options.on_failure != OnFailure::Keep && progress.failed() => {
                Some("another change failed")
            }
            None => None,
        }
    }

    fn skip(&self, progress: &mut Progress, at: usize, reason: &str) {
        let change = &self.request.plan.changes[at];
        let outcome = self.end(change, Ended::Skipped(reason.into()), None, None);
        progress.outcomes.insert(at, outcome);
    }
}

const fn status(ended: &Ended) -> Status {
    match ended {
        Ended::Done => Status::Done,
        Ended::Failed(_) => Status::Failed,
        Ended::Skipped(_) => Status::Skipped,
    }
}
