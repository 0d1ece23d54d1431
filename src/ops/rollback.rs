//! `rollback`: the stored resources of an earlier apply, through the same plan and run.

use super::environment::compile;
use super::error::OpsError;
use super::look::Look;
use super::plan::plan_from;
use super::project::Project;
use super::remembered::Remembered;
use super::wanted::Wanted;
use super::world::World;
use crate::model::Digest;
use crate::plan::Plan;
use crate::report::exit;
use crate::state::record::{Pin, Records, RevisionRecord, RunOutcome};

/// Plans the way back to an earlier apply (its number), or to the one before the last; also tells that number.
///
/// # Errors
/// When there is no such apply, or as those of a plan.
pub async fn rollback(
    project: &Project,
    world: &World<'_>,
    name: &str,
    to: Option<u64>,
    wanted: &Wanted,
) -> Result<(Plan, u64), OpsError> {
    let project = &*super::preview::subject(project, world, name).await?;
    let remembered = Remembered::of(project, world, name).await?;
    let record = wanted_record(&remembered, to).await?;
    let look = Look::of_stored(project, world, remembered, &record, wanted).await?;
    Ok((plan_from(project, world, &look, wanted)?, record.generation))
}

/// Holds an environment at what an apply left until a newer commit comes; what it was held at before.
///
/// # Errors
/// When the state cannot be read or written.
pub async fn hold(
    project: &Project,
    world: &World<'_>,
    name: &str,
    generation: u64,
    why: &str,
) -> Result<Option<Pin>, OpsError> {
    let project = &*super::preview::subject(project, world, name).await?;
    let store = world.store(project)?;
    let records = Records::of(store.as_ref(), name);
    let before = records.pin().await?;
    let (at_commit, at_digest) = match compile(project, name) {
        Ok(compiled) => (compiled.revision.commit, compiled.revision.digest),
        // What has errors is no environment that could be applied; the commit that mends it is newer.
        Err(_) => (None, Digest::of("")),
    };
    let (who, when) = (world.who(project)?, crate::sys::rfc3339(world.clock.now()));
    records.set_pin(Some(&Pin { generation, at_commit, at_digest, who, why: why.into(), when })).await?;
    Ok(before)
}

/// Holds it as before.
///
/// # Errors
/// When the state cannot be written.
pub async fn hold_as(project: &Project, world: &World<'_>, name: &str, before: Option<&Pin>) -> Result<(), OpsError> {
    let store = world.store(project)?;
    Ok(Records::of(store.as_ref(), name).set_pin(before).await?)
}

async fn wanted_record(remembered: &Remembered, to: Option<u64>) -> Result<RevisionRecord, OpsError> {
    let (records, name) = (remembered.records(), &remembered.environment);
    let refused =
        |message: String, help: String| OpsError::Refused { message, help: Some(help), exit_code: exit::ERROR };
    let history = format!("see `driftless history {name}`");
    if let Some(number) = to {
        let record = records.revision(number).await?;
        return record.ok_or_else(|| refused(format!("{name} has no apply {number}"), history));
    }
    let revisions = records.revisions(usize::MAX).await?;
    let mut done = revisions.into_iter().filter(|record| record.outcome == RunOutcome::Done);
    // What a rollback applied is an earlier apply again: the next one goes on from there, not back to what was left.
    let current = match &remembered.pin {
        Some(pin) => Some(pin.generation),
        None => done.next().map(|newest| newest.generation),
    };
    done.find(|record| current.is_some_and(|current| record.generation < current))
        .ok_or_else(|| refused(format!("{name} has no earlier apply to go back to"), history))
}
