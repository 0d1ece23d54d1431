//! Puts back what a run changed, the last change first.

use super::run::Run;
use super::step::Done;
use super::types::ChangeOutcome;
use crate::backend::{ApplyRecord, BackendError, ErrorClass};
use crate::event::{Ended, Event};
use crate::model::{Address, Resource};
use crate::plan::{Action, Applied, Change};
use std::collections::BTreeMap;

/// Puts back everything in `done`; what was put back is taken out of it.
pub(super) async fn roll_back(run: &Run<'_>, record: &ApplyRecord, done: &mut Vec<Done>) -> Vec<ChangeOutcome> {
    let record = ApplyRecord { why: format!("roll back: {}", record.why), ..record.clone() };
    let mut outcomes = Vec::new();
    let mut kept = Vec::new();
    for one in std::mem::take(done).into_iter().rev() {
        let Some(action) = inverse(&one) else { continue };
        let outcome = put_back(run, &record, &one, action).await;
        if outcome.ended != Ended::Done {
            kept.push(one);
        }
        outcomes.push(outcome);
    }
    kept.reverse();
    *done = kept;
    outcomes
}

/// What undoes a change; none where there is nothing to undo (a goal that was reached stays reached).
fn inverse(done: &Done) -> Option<Action> {
    match done.change.action {
        Action::Create => Some(Action::Delete),
        Action::Delete => Some(Action::Create),
        Action::Keep | Action::Run => None,
        action => Some(action),
    }
}

async fn put_back(run: &Run<'_>, record: &ApplyRecord, done: &Done, action: Action) -> ChangeOutcome {
    let address = &done.change.address;
    let tell = |event: Event| run.context.events.emit(&event);
    tell(Event::ChangeStarted { address: address.clone(), action });
    let result = try_put_back(run, record, done, action).await;
    let (ended, class, help) = match result {
        Ok(()) => (Ended::Done, None, None),
        Err(error) => (Ended::Failed(error.message), Some(error.class), error.help),
    };
    tell(Event::ChangeEnded { address: address.clone(), action, ended: ended.clone() });
    ChangeOutcome { address: address.clone(), action, ended, class, help }
}

async fn try_put_back(run: &Run<'_>, record: &ApplyRecord, done: &Done, action: Action) -> Result<(), BackendError> {
    let address = &done.change.address;
    let before = done.recorded.before.as_ref();
    let unknown = || BackendError::new(ErrorClass::Invalid, "what it was before is not recorded, so it stays as it is");
    let resource = before.map(|before| resource_of(address, before));
    if action != Action::Delete && resource.is_none() {
        return Err(unknown());
    }
    let change = Change {
        action,
        precondition: done.fingerprint.clone(),
        fields: Vec::new(),
        moved_from: None,
        reason: "another change failed".into(),
        ..done.change.clone()
    };
    let resources: BTreeMap<Address, Resource> =
        resource.map(|resource| (address.clone(), resource)).into_iter().collect();
    let outcome = run.attempt(record, &[change], &resources).await.pop();
    let fingerprint = outcome.ok_or_else(unknown)?.result?;
    // What was made where something had been lost is lost again, and still known as applied.
    let kept =
        |before: &Applied| if action == Action::Delete { before.fingerprint.clone() } else { fingerprint.clone() };
    let applied = before.map(|before| Applied { fingerprint: kept(before), ..before.clone() });
    let recorded = run.records.set_applied(address, applied.as_ref()).await;
    recorded.map_err(|error| BackendError::new(ErrorClass::Invalid, error.to_string()))
}

fn resource_of(address: &Address, applied: &Applied) -> Resource {
    Resource {
        text: applied.text.clone(),
        after: applied.after.clone(),
        protect: applied.protect,
        ..Resource::new(address.clone(), applied.component.clone(), applied.body.clone())
    }
}
