//! Whether a plan still fits: the store it was made with, and what each address was. Looked at before the first change.

use super::retry::Attempts;
use super::types::{ExecError, Request};
use crate::backend::{Context, ObserveRequest};
use crate::event::Event;
use crate::model::Resource;
use crate::plan::{Action, Change, Gap, Observation};
use crate::state::record::Records;
use std::collections::BTreeMap;

/// Refuses a plan that was made with another store, or before another apply.
pub(super) async fn check_generation(request: &Request<'_>) -> Result<(), ExecError> {
    let plan = request.plan;
    let lineage = request.store.lineage().await?;
    let generation = Records::of(request.store, &plan.environment).generation().await?;
    let mut reasons = Vec::new();
    if plan.lineage.is_some() && plan.lineage != lineage {
        reasons.push("it was made with another state store".into());
    }
    if plan.generation != generation {
        reasons.push(format!(
            "it was made after apply {}, and apply {generation} of `{}` was made since",
            plan.generation, plan.environment
        ));
    }
    if reasons.is_empty() { Ok(()) } else { Err(ExecError::Stale { reasons }) }
}

/// Looks at everything that changes, and refuses the plan where something is not what it was.
pub(super) async fn check_preconditions(context: &Context<'_>, request: &Request<'_>) -> Result<(), ExecError> {
    let mut by_instance: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in request.plan.changes.iter().filter(|change| change.action != Action::Keep) {
        by_instance.entry(&change.instance).or_default().push(change);
    }
    let (mut reasons, mut gaps) = (Vec::new(), Vec::new());
    for (instance, changes) in by_instance {
        let observation = look(context, request, instance, &changes).await?;
        for change in changes {
            match unread(&observation, change) {
                Some(gap) => gaps.push(gap),
                None => reasons.extend(moved(&observation, change)),
            }
        }
    }
    if !reasons.is_empty() {
        return Err(ExecError::Stale { reasons });
    }
    if !gaps.is_empty() {
        return Err(ExecError::Unreadable { gaps });
    }
    context.events.emit(&Event::PreconditionsHeld);
    Ok(())
}

async fn look(
    context: &Context<'_>,
    request: &Request<'_>,
    instance: &str,
    changes: &[&Change],
) -> Result<Observation, ExecError> {
    let plan = request.plan;
    let backend = request.backends.get(instance);
    let backend = backend.ok_or_else(|| ExecError::UnknownInstance { instance: instance.into() })?;
    let desired: Vec<Resource> =
        changes.iter().filter_map(|change| plan.resources.get(&change.address)).cloned().collect();
    let only: Vec<String> = changes.iter().map(|change| change.address.to_string()).collect();
    let mut attempts = Attempts::new(request.options.retry);
    loop {
        let asked =
            ObserveRequest { environment: &plan.environment, desired: &desired, applied: &plan.applied, only: &only };
        match backend.observe(context, asked).await {
            Ok(observation) => return Ok(observation),
            Err(error) => {
                if !attempts.again(context, instance, &error).await {
                    return Err(ExecError::Observe(error));
                }
            }
        }
    }
}

/// What could not be read of an address that changes. What lives in something that is yet to be made cannot be read, and is brought to
/// its goal whatever it is.
fn unread(observation: &Observation, change: &Change) -> Option<Gap> {
    if change.action == Action::Run {
        return None;
    }
    let gap = observation.gaps.iter().find(|gap| crate::plan::assess::holds(&gap.address, &change.address))?;
    Some(Gap { address: change.address.clone(), reason: gap.reason.clone() })
}

fn moved(observation: &Observation, change: &Change) -> Option<String> {
    let there = observation.resources.get(&change.address).map(|observed| &observed.fingerprint);
    let address = &change.address;
    match (&change.precondition, there) {
        (None, _) if change.action == Action::Run => None,
        (Some(planned), Some(there)) if planned == there => None,
        (None, None) => None,
        (Some(_), Some(_)) => Some(format!("{address} is not what it was when the plan was made")),
        (Some(_), None) => Some(format!("{address} is not there any more")),
        (None, Some(_)) => Some(format!("{address} was not there when the plan was made")),
    }
}
