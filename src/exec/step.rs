//! One batch of one writer: applied, recorded, waited for.

use super::lease::still_ours;
use super::retry::Attempts;
use super::run::Run;
use super::types::{ChangeOutcome, Interruption, Request};
use crate::backend::{ApplyRecord, Backend, BackendError, Batch, ErrorClass, Health, Outcome};
use crate::event::{Ended, Event};
use crate::model::{Address, Digest, Resource};
use crate::plan::{Action, Applied, Change};
use crate::state::StateError;
use crate::state::record::RecordedChange;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::{Instant, sleep};

/// What became of a batch.
pub(super) struct Step {
    pub(super) outcomes: Vec<(usize, ChangeOutcome)>,
    pub(super) done: Vec<Done>,
    pub(super) interruption: Option<Interruption>,
}

/// A change that was made: also one whose health never came.
pub(super) struct Done {
    pub(super) change: Change,
    pub(super) recorded: RecordedChange,
    pub(super) fingerprint: Option<Digest>,
}

/// What is remembered of a resource that was applied.
pub(super) fn applied_of(
    request: &Request<'_>,
    resource: &Resource,
    fingerprint: Option<Digest>,
    outputs: BTreeMap<String, String>,
) -> Applied {
    let carriers = resource.carriers.iter().map(|carrier| &carrier.address);
    let mut after: Vec<Address> = resource.after.iter().chain(carriers).cloned().collect();
    after.sort();
    after.dedup();
    Applied {
        component: resource.component.clone(),
        body: resource.body.clone(),
        text: resource.text.clone(),
        revision: Some(request.plan.revision.clone()),
        fingerprint,
        protect: resource.protect,
        outputs,
        secrets: request.secrets.get(&resource.address).cloned().unwrap_or_default(),
        after,
    }
}

impl Run<'_> {
    /// Makes the changes at some places of the plan, all of one writer.
    pub(super) async fn step(&self, record: &ApplyRecord, batch: Vec<usize>) -> Step {
        let mut step = Step { outcomes: Vec::new(), done: Vec::new(), interruption: None };
        let changes: Vec<Change> = batch.iter().map(|at| self.request.plan.changes[*at].clone()).collect();
        let applied = self.apply(record, &changes, &mut step).await;
        for ((at, change), result) in batch.into_iter().zip(&changes).zip(applied) {
            let (ended, class, help) = match result {
                Some(Ok(())) => self.settle(change).await,
                Some(Err(error)) => (Ended::Failed(error.message), Some(error.class), error.help),
                None => (Ended::Skipped("it was not begun".into()), None, None),
            };
            let (address, action) = (change.address.clone(), change.action);
            self.context.events.emit(&Event::ChangeEnded { address: address.clone(), action, ended: ended.clone() });
            step.outcomes.push((at, ChangeOutcome { address, action, ended, class, help }));
        }
        step
    }

    /// Applies changes, trying transient failures again; for each what became of it, none where it was not begun.
    async fn apply(
        &self,
        record: &ApplyRecord,
        changes: &[Change],
        step: &mut Step,
    ) -> Vec<Option<Result<(), BackendError>>> {
        let mut results: Vec<Option<Result<(), BackendError>>> = vec![None; changes.len()];
        let mut open: Vec<usize> = (0..changes.len()).collect();
        let mut attempts = Attempts::new(self.request.options.retry);
        let mut begun = false;
        loop {
            if let Err(interruption) = still_ours(self.context, self.lease).await {
                step.interruption = Some(interruption);
                return results;
            }
            if !begun {
                for change in changes {
                    self.started(change);
                }
                begun = true;
            }
            let tried: Vec<Change> = open.iter().map(|at| changes[*at].clone()).collect();
            let outcomes = self.attempt(record, &tried, &self.request.plan.resources).await;
            let mut again = None;
            for (at, outcome) in std::mem::take(&mut open).into_iter().zip(outcomes) {
                match outcome.result {
                    Ok(fingerprint) => {
                        let done = self.record(&changes[at], fingerprint, outcome.outputs).await;
                        results[at] = Some(Ok(()));
                        match done {
                            Ok(done) => step.done.push(done),
                            Err(error) => step.interruption = Some(Interruption::State(error)),
                        }
                    }
                    Err(error) => {
                        if error.class == ErrorClass::Transient {
                            open.push(at);
                            again = Some(error.clone());
                        }
                        results[at] = Some(Err(error));
                    }
                }
            }
            let Some(error) = again.filter(|_| step.interruption.is_none()) else { return results };
            let subject = tried.first().map_or_else(String::new, |change| change.address.to_string());
            if !attempts.again(self.context, &subject, &error).await {
                return results;
            }
        }
    }

    fn started(&self, change: &Change) {
        self.context.events.emit(&Event::ChangeStarted { address: change.address.clone(), action: change.action });
    }

    /// One attempt at some changes of one writer; one outcome for each, in their order.
    pub(super) async fn attempt(
        &self,
        record: &ApplyRecord,
        changes: &[Change],
        resources: &BTreeMap<Address, Resource>,
    ) -> Vec<Outcome> {
        let all_failed = |error: &BackendError| {
            let failed = |change: &Change| Outcome {
                address: change.address.clone(),
                result: Err(error.clone()),
                outputs: BTreeMap::new(),
            };
            changes.iter().map(failed).collect()
        };
        let Some((first, backend)) = self.backend_of(changes) else {
            return all_failed(&BackendError::new(ErrorClass::Unsupported, "its target instance is not there"));
        };
        let plan = self.request.plan;
        let batch = Batch {
            changes,
            resources,
            applied: &self.before,
            ticket: plan.tickets.iter().find(|ticket| ticket.instance == first.instance),
            cursor: plan.cursors.get(&first.instance).map(String::as_str),
            record,
        };
        match backend.apply(self.context, batch).await {
            Ok(outcomes) if outcomes.len() == changes.len() => outcomes,
            Ok(_) => all_failed(&BackendError::new(ErrorClass::Invalid, "the backend did not say what became of it")),
            Err(error) => all_failed(&error),
        }
    }

    fn backend_of<'b>(&'b self, changes: &'b [Change]) -> Option<(&'b Change, &'b Arc<dyn Backend>)> {
        let first = changes.first()?;
        Some((first, self.request.backends.get(&first.instance)?))
    }

    async fn record(
        &self,
        change: &Change,
        fingerprint: Option<Digest>,
        outputs: BTreeMap<String, String>,
    ) -> Result<Done, StateError> {
        let resource = self.request.plan.resources.get(&change.address);
        let resource = resource.filter(|_| !matches!(change.action, Action::Delete | Action::Run));
        let after = resource.map(|resource| applied_of(self.request, resource, fingerprint.clone(), outputs));
        // A `run` on a declared address brings it to what is declared; one on an address of its own leaves nothing to remember.
        let ensured = self.request.plan.resources.get(&change.address).filter(|_| change.action == Action::Run);
        let after = after.or_else(|| {
            ensured.map(|resource| applied_of(self.request, resource, fingerprint.clone(), BTreeMap::new()))
        });
        if after.is_some() || change.action == Action::Delete {
            self.records.set_applied(&change.address, after.as_ref()).await?;
            self.context.events.emit(&Event::Recorded { address: change.address.clone() });
        }
        Ok(Done { change: change.clone(), recorded: self.recorded(change, after), fingerprint })
    }

    /// Waits until what was changed is well.
    async fn settle(&self, change: &Change) -> (Ended, Option<ErrorClass>, Option<String>) {
        let Some(backend) = self.request.backends.get(&change.instance).filter(|_| change.action != Action::Delete)
        else {
            return (Ended::Done, None, None);
        };
        let deadline = Instant::now() + self.request.options.health_timeout;
        let mut told = None;
        loop {
            let missing = match backend.probe(self.context, &change.address).await {
                Ok(Health::Healthy) => return (Ended::Done, None, None),
                Ok(Health::Progressing(missing)) => missing,
                Ok(Health::Failed(reason)) => return (Ended::Failed(reason), None, None),
                Err(error) if error.class == ErrorClass::Unsupported => return (Ended::Done, None, None),
                Err(error) if error.class == ErrorClass::Transient => error.message,
                Err(error) => return (Ended::Failed(error.message), Some(error.class), error.help),
            };
            if Instant::now() >= deadline {
                let seconds = self.request.options.health_timeout.as_secs();
                return (Ended::Failed(format!("not well after {seconds} seconds: {missing}")), None, None);
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
