//! What may be done: to what bears our mark, and is what it was when the plan was made.

use super::Work;
use super::scene::Scene;
use crate::backend::docker::names::named;
use crate::backend::{BackendError, ErrorClass};
use crate::model::Address;
use crate::plan::{Action, Change, Observed, holds};

/// Refuses what could not be read, what moved, and what is not ours.
pub(super) fn check(work: &Work<'_>, change: &Change, scene: &Scene) -> Result<(), BackendError> {
    let address = &change.address;
    if let Some(gap) = scene.observation.gaps.iter().find(|gap| holds(&gap.address, address)) {
        return Err(BackendError::new(ErrorClass::Transient, format!("{address} cannot be read: {}", gap.reason)));
    }
    let observed = scene.observed(address);
    is_as_planned(work, change, observed, scene)?;
    match observed {
        Some(observed) if !observed.ours && change.action != Action::Adopt => Err(not_ours(address)),
        _ => Ok(()),
    }
}

fn is_as_planned(
    work: &Work<'_>,
    change: &Change,
    observed: Option<&Observed>,
    scene: &Scene,
) -> Result<(), BackendError> {
    let there = observed.map(|observed| &observed.fingerprint);
    let by_this_apply = work.memory.left(&change.address).is_some_and(|left| {
        // What was begun and not seen again may be anything. The containers that were made moments ago may have ended since; others are
        // somebody else's.
        let service = named(&change.address).map(|(_, service)| service).unwrap_or_default();
        let now = scene.of_service(&service).map(|one| one.id.clone()).collect();
        left.fingerprint.is_none()
            || left.fingerprint.as_ref() == there
            || (!left.containers.is_empty() && left.containers == now)
    });
    if there == change.precondition.as_ref() || by_this_apply {
        return Ok(());
    }
    let message = format!("{} was changed by somebody else since the plan was made", change.address);
    Err(BackendError::new(ErrorClass::Conflict, message).help("plan again"))
}

/// Refuses what is not ours.
pub(super) fn not_ours(address: &Address) -> BackendError {
    let message = format!("what stands in the place of {address} does not bear our mark");
    BackendError::new(ErrorClass::Denied, message)
        .help(format!("`driftless apply ENV --only {address} --adopt` takes it over"))
}

/// After a deletion.
pub(super) fn still_there(address: &Address) -> BackendError {
    BackendError::new(ErrorClass::Transient, format!("{address} is still there"))
}

/// After something was made.
pub(super) fn not_there(address: &Address, after: &Scene) -> BackendError {
    let gap = after.observation.gaps.iter().find(|gap| holds(&gap.address, address));
    let why = gap.map_or_else(|| "it is not there".to_owned(), |gap| gap.reason.clone());
    BackendError::new(ErrorClass::Transient, format!("{address} was made and cannot be seen: {why}"))
}
