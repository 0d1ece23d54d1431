//! One run, from the lease to the record.

use super::condition::{check_generation, check_preconditions};
use super::lease;
use super::rollback::roll_back;
use super::schedule::{Schedule, Status};
use super::step::{Done, Step};
use super::types::{ChangeOutcome, ExecError, Execution, Interruption, OnFailure, Request};
use crate::backend::{ApplyRecord, BoxFuture, Context};
use crate::event::{Ended, Event};
use crate::model::{Address, Digest};
use crate::plan::{Action, Applied, Change};
use crate::state::Lease;
use crate::state::record::{RecordedChange, Records, RevisionOutcome, RevisionRecord};
use crate::sys::rfc3339;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::Poll;

/// Runs a plan: takes the lease, looks whether the plan still fits, makes the changes in their order, records each as it succeeds.
///
/// A run that is killed at any point can be made again from a new plan: nothing is applied twice, and no lock is left. The first
/// cancellation finishes what is in flight.
///
/// # Errors
/// [`ExecError`]: nothing was changed. What goes wrong later is in the [`Execution`].
pub async fn execute(context: &Context<'_>, request: Request<'_>) -> Result<Execution, ExecError> {
    for change in request.plan.changes.iter().filter(|change| change.action != Action::Keep) {
        if request.backends.get(&change.instance).is_none() {
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
    check_preconditions(context, request).await?;
    let records = Records::of(request.store, &request.plan.environment);
    let recorded = records.applied().await?;
    record_converged(context, request, &records, &recorded).await?;
    if request.plan.changes.iter().all(|change| change.action == Action::Keep) {
        return Ok(Execution {
            outcomes: Vec::new(),
            generation: None,
            interruption: None,
            rolled_back: Vec::new(),
            complete: true,
        });
    }
    let record = begin(context, request, &records).await?;
    let mut before = recorded;
    before.extend(request.plan.applied.clone());
    Run { context, request, lease, records, before, record }.go().await
}

/// Records what was found to be as declared already, so that the next compare knows it as applied.
async fn record_converged(
    context: &Context<'_>,
    request: &Request<'_>,
    records: &Records<'_>,
    recorded: &BTreeMap<Address, Applied>,
) -> Result<(), ExecError> {
    let plan = request.plan;
    let asked_for = |change: &Change| {
        let named = |glob: &String| change.address.matches(glob) || change.component.as_ref() == Some(glob);
        plan.only.is_empty() || plan.only.iter().any(named)
    };
    for change in plan.changes.iter().filter(|change| change.action == Action::Keep && asked_for(change)) {
        let resource = plan.resources.get(&change.address).filter(|resource| !resource.observed_only);
        let (Some(resource), Some(fingerprint)) = (resource, &change.precondition) else { continue };
        let known = recorded.get(&change.address);
        let same = |known: &Applied| known.body == resource.body && known.text == resource.text;
        if !change.fields.is_empty() || known.is_some_and(same) {
            continue;
        }
        let applied = super::step::applied_of(request, resource, Some(fingerprint.clone()), BTreeMap::new());
        records.set_applied(&change.address, Some(&applied)).await?;
        context.events.emit(&Event::Recorded { address: change.address.clone() });
    }
    Ok(())
}

async fn begin(
    context: &Context<'_>,
    request: &Request<'_>,
    records: &Records<'_>,
) -> Result<RevisionRecord, ExecError> {
    let plan = request.plan;
    let mut artifacts = BTreeMap::new();
    for (instance, files) in &plan.artifacts {
        let mut kept: BTreeMap<String, Digest> = BTreeMap::new();
        for (path, text) in files {
            kept.insert(path.clone(), records.keep_text(text).await?);
        }
        artifacts.insert(instance.clone(), kept);
        context.events.emit(&Event::ArtifactsWritten { instance: instance.clone() });
    }
    let record = RevisionRecord {
        generation: plan.generation + 1,
        revision: plan.revision.clone(),
        plan: request.digest.clone(),
        who: request.who.into(),
        when: rfc3339(request.clock.now()),
        why: request.why.into(),
        outcome: RevisionOutcome::Running,
        only: plan.only.clone(),
        changes: Vec::new(),
        resources: records.keep_resources(&plan.resources).await?,
        artifacts,
    };
    records.begin_revision(&record).await?;
    Ok(record)
}

/// A run under way.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) request: &'a Request<'a>,
    pub(super) lease: &'a dyn Lease,
    pub(super) records: Records<'a>,
    /// What was applied before this run.
    pub(super) before: BTreeMap<Address, Applied>,
    record: RevisionRecord,
}

/// What a run has done so far.
#[derive(Default)]
struct Progress {
    outcomes: BTreeMap<usize, ChangeOutcome>,
    done: Vec<Done>,
    interruption: Option<Interruption>,
}

impl Run<'_> {
    async fn go(mut self) -> Result<Execution, ExecError> {
        let apply_record = self.apply_record();
        let mut progress = self.make_changes(&apply_record).await;
        let failed = progress.outcomes.values().any(|outcome| outcome.ended != Ended::Done);
        let roll = failed && progress.interruption.is_none() && self.request.options.on_failure == OnFailure::Rollback;
        let rolled_back = if roll { roll_back(&self, &apply_record, &mut progress.done).await } else { Vec::new() };
        self.record.outcome = match (failed, roll && rolled_back.iter().all(|one| one.ended == Ended::Done)) {
            (_, true) => RevisionOutcome::RolledBack,
            (true, _) => RevisionOutcome::Partial,
            (false, _) => RevisionOutcome::Applied,
        };
        self.record.changes = progress.done.into_iter().map(|done| done.recorded).collect();
        match self.records.update_revision(&self.record).await {
            Ok(()) => self.context.events.emit(&Event::RevisionRecorded { generation: self.record.generation }),
            Err(error) => progress.interruption = progress.interruption.or(Some(Interruption::State(error))),
        }
        Ok(Execution {
            outcomes: progress.outcomes.into_values().collect(),
            generation: Some(self.record.generation),
            complete: !failed && progress.interruption.is_none(),
            interruption: progress.interruption,
            rolled_back,
        })
    }

    fn apply_record(&self) -> ApplyRecord {
        ApplyRecord {
            who: self.request.who.into(),
            why: self.request.why.into(),
            revision: self.request.plan.revision.clone(),
            plan_digest: self.request.digest.clone(),
            environment: self.request.plan.environment.clone(),
            project: self.request.plan.project.clone(),
            generation: self.record.generation,
        }
    }

    async fn make_changes(&self, record: &ApplyRecord) -> Progress {
        let mut schedule = Schedule::new(self.request);
        let mut progress = Progress::default();
        let mut running: Vec<(usize, BoxFuture<'_, Step>)> = Vec::new();
        loop {
            for (at, blocker) in schedule.skip_blocked() {
                self.skip(&mut progress, at, &format!("{blocker} comes first, and was not done"));
            }
            let stop = self.stops(&progress);
            if stop.is_none() {
                for (writer, batch) in schedule.start() {
                    running.push((writer, Box::pin(self.step(record, batch))));
                }
            }
            if running.is_empty() {
                let reason = stop.unwrap_or("the changes before it wait for each other");
                for at in schedule.abandon() {
                    self.skip(&mut progress, at, reason);
                }
                return progress;
            }
            let (writer, ended) = next_ended(&mut running).await;
            let status = |outcome: &ChangeOutcome| match outcome.ended {
                Ended::Done => Status::Done,
                Ended::Failed(_) => Status::Failed,
                Ended::Skipped(_) => Status::Skipped,
            };
            schedule.finish(writer, ended.outcomes.iter().map(|(at, outcome)| (*at, status(outcome))));
            progress.outcomes.extend(ended.outcomes);
            progress.done.extend(ended.done);
            progress.interruption = progress.interruption.or(ended.interruption);
        }
    }

    /// Why nothing more is started.
    fn stops(&self, progress: &Progress) -> Option<&'static str> {
        let failed = || progress.outcomes.values().any(|outcome| matches!(outcome.ended, Ended::Failed(_)));
        match &progress.interruption {
            Some(Interruption::Cancelled) => Some("the run was cancelled"),
            Some(Interruption::LeaseLost { .. }) => Some("the lease was lost"),
            Some(Interruption::State(_)) => Some("the state could not be written"),
            None if self.request.options.on_failure != OnFailure::Keep && failed() => Some("another change failed"),
            None => None,
        }
    }

    fn skip(&self, progress: &mut Progress, at: usize, reason: &str) {
        let change = &self.request.plan.changes[at];
        let ended = Ended::Skipped(reason.into());
        self.context.events.emit(&Event::ChangeEnded {
            address: change.address.clone(),
            action: change.action,
            ended: ended.clone(),
        });
        let outcome =
            ChangeOutcome { address: change.address.clone(), action: change.action, ended, class: None, help: None };
        progress.outcomes.insert(at, outcome);
    }

    /// What this run did to an address, for its record.
    pub(super) fn recorded(&self, change: &Change, after: Option<Applied>) -> RecordedChange {
        let before = self.before.get(&change.address).cloned();
        RecordedChange { address: change.address.clone(), action: change.action, before, after }
    }
}

/// Waits until one of several futures ends, and takes it out.
async fn next_ended<T>(running: &mut Vec<(usize, BoxFuture<'_, T>)>) -> (usize, T) {
    poll_fn(|context| {
        for at in 0..running.len() {
            if let Poll::Ready(value) = running[at].1.as_mut().poll(context) {
                let (key, _) = running.swap_remove(at);
                return Poll::Ready((key, value));
            }
        }
        Poll::Pending
    })
    .await
}
