//! Puts back what a run changed, the last change first; what a backend writes as a whole goes back as a whole.

use super::condition::look;
use super::record::{Journal, resource_of};
use super::step::Made;
use super::types::ChangeOutcome;
use super::under_way::Run;
use crate::backend::{BackendError, ErrorClass};
use crate::event::{Ended, Event};
use crate::model::{Address, Applier, Digest, Resource};
use crate::plan::{Action, Applied, Change};
use crate::state::StateError;
use crate::state::record::{Artifacts, Records};
use std::collections::BTreeMap;

/// One change back.
struct Back {
    change: Change,
    /// What was there before; none: nothing.
    before: Option<Resource>,
    applied: Option<Applied>,
}

/// Puts back everything that was made.
pub(super) async fn roll_back(run: &Run<'_>, journal: &mut Journal<'_>, made: &[Made]) -> Vec<ChangeOutcome> {
    let mut outcomes = Vec::new();
    // What needs the files says so itself where they cannot be had.
    let artifacts = artifacts_before(run).await.unwrap_or_default();
    for batch in batches(run, made) {
        for change in batch.iter().map(|back| &back.change) {
            let (address, action) = (change.address.clone(), change.action);
            run.context.events.emit(&Event::ChangeStarted { address, action });
        }
        let results = put_back(run, &batch, &artifacts).await;
        for (back, result) in batch.into_iter().zip(results) {
            let result = match result {
                Ok(fingerprint) => remember(run, &back, fingerprint).await,
                Err(error) => Err(error),
            };
            let outcome = match result {
                Ok(()) => {
                    journal.put_back(&back.change.address, back.before.clone());
                    run.end(&back.change, Ended::Done, None, None)
                }
                Err(error) => run.end(&back.change, Ended::Failed(error.message), Some(error.class), error.help),
            };
            outcomes.push(outcome);
        }
    }
    outcomes
}

/// The changes back: the last first; neighbours of one writer that writes as a whole together.
fn batches(run: &Run<'_>, made: &[Made]) -> Vec<Vec<Back>> {
    let mut batches: Vec<(Option<usize>, Vec<Back>)> = Vec::new();
    let writers = run.request.backends.writers();
    for made in made.iter().rev() {
        let Some(back) = back_of(run, made) else { continue };
        let applier = back.change.applier();
        let atomic = run.request.backends.get(&applier).is_some_and(|backend| backend.capabilities().atomic);
        let writer = writers.iter().position(|appliers| atomic && appliers.contains(&&applier));
        match batches.last_mut() {
            Some((last, batch)) if writer.is_some() && *last == writer => batch.push(back),
            _ => batches.push((writer, vec![back])),
        }
    }
    batches.into_iter().map(|(_, batch)| batch).collect()
}

/// What undoes a change; none where there is nothing to undo (a goal that was reached stays reached, data that was made stays).
fn back_of(run: &Run<'_>, made: &Made) -> Option<Back> {
    let address = &made.change.address;
    let protect = made.after.as_ref().is_some_and(|resource| resource.protect);
    let action = match made.change.action {
        Action::Create if protect => return None,
        Action::Create => Action::Delete,
        Action::Delete => Action::Create,
        Action::Keep | Action::Run | Action::Adopt => return None,
        action @ (Action::Update | Action::Restart | Action::Replace) => action,
    };
    let applied = run.before.get(address).cloned();
    let before = match action {
        Action::Delete => None,
        _ => applied.as_ref().map(|applied| resource_of(address, applied)).or_else(|| as_seen(run, address)),
    };
    let change = Change {
        action,
        precondition: made.fingerprint.clone(),
        fields: Vec::new(),
        after: Vec::new(),
        moved_from: None,
        reason: "another change failed".into(),
        ..made.change.clone()
    };
    Some(Back { change, before, applied: applied.filter(|_| action != Action::Delete) })
}

/// A file is what it was seen as, where nothing else remembers it.
fn as_seen(run: &Run<'_>, address: &Address) -> Option<Resource> {
    let observed = run.seen.live.get(address).filter(|observed| observed.text.is_some())?;
    let resource = Resource::new(address.clone(), observed.component.clone(), observed.body.clone());
    Some(Resource { text: observed.text.clone(), ..resource })
}

/// The rendered files of the newest apply before this one that came to its end.
async fn artifacts_before(run: &Run<'_>) -> Result<Artifacts, StateError> {
    let records = Records::of(run.request.store, &run.request.plan.environment);
    let all = records.revisions(usize::MAX).await?;
    let before = all.iter().find(|record| record.generation < run.record.generation && record.resources.is_some());
    match before {
        Some(record) => records.artifacts_of(record).await,
        None => Ok(Artifacts::new()),
    }
}

async fn put_back(run: &Run<'_>, batch: &[Back], artifacts: &Artifacts) -> Vec<Result<Option<Digest>, BackendError>> {
    let unknown = |back: &&Back| back.change.action != Action::Delete && back.before.is_none();
    if let Some(back) = batch.iter().find(unknown) {
        let message = format!("what {} was before is not recorded, so it stays as it is", back.change.address);
        return refused(batch, &BackendError::new(ErrorClass::Invalid, message));
    }
    if let Err(interruption) = super::lease::still_ours(run.context, run.lease).await {
        return refused(batch, &BackendError::new(ErrorClass::Denied, interruption.to_string()));
    }
    let cursors = match cursors(run, batch).await {
        Ok(cursors) => cursors,
        Err(error) => return refused(batch, &error),
    };
    let changes: Vec<Change> = batch.iter().map(|back| back.change.clone()).collect();
    let resources: BTreeMap<Address, Resource> =
        batch.iter().filter_map(|back| Some((back.change.address.clone(), back.before.clone()?))).collect();
    let outcomes = run.attempt(&changes, &resources, &cursors, artifacts, &run.before).await;
    outcomes.into_iter().map(|outcome| outcome.result).collect()
}

fn refused(batch: &[Back], error: &BackendError) -> Vec<Result<Option<Digest>, BackendError>> {
    batch.iter().map(|_| Err(error.clone())).collect()
}

/// What the instances of a batch are now: this run moved them.
async fn cursors(run: &Run<'_>, batch: &[Back]) -> Result<BTreeMap<Applier, String>, BackendError> {
    let mut cursors = BTreeMap::new();
    for back in batch {
        let applier = back.change.applier();
        if cursors.contains_key(&applier) || !run.seen.cursors.contains_key(&applier) {
            continue;
        }
        let seen = look(run.context, run.request, &applier, &[&back.change]).await?;
        cursors.extend(seen.cursor.map(|cursor| (applier, cursor)));
    }
    Ok(cursors)
}

async fn remember(run: &Run<'_>, back: &Back, fingerprint: Option<Digest>) -> Result<(), BackendError> {
    let applied = back.applied.as_ref().map(|applied| Applied { fingerprint, ..applied.clone() });
    let records = Records::of(run.request.store, &run.request.plan.environment);
    let recorded = records.set_applied(&back.change.address, applied.as_ref()).await;
    recorded.map_err(|error| BackendError::new(ErrorClass::Invalid, error.to_string()))?;
    run.context.events.emit(&Event::Recorded { address: back.change.address.clone() });
    Ok(())
}
