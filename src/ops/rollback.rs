//! `rollback`: the stored resources of an earlier apply, through the same plan and run.

use super::error::OpsError;
use super::look::Look;
use super::plan::{Wanted, plan_from};
use super::project::Project;
use super::world::World;
use crate::plan::Plan;
use crate::report::exit;
use crate::state::record::{Records, RevisionRecord, RunOutcome};

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
    let store = world.store(project)?;
    let records = Records::of(store.as_ref(), name);
    let record = wanted_record(&records, name, to).await?;
    let resources = records.resources_after(&record).await?;
    let look = Look::of_stored(project, world, name, resources, record.revision.clone()).await?;
    Ok((plan_from(project, world, &look, wanted)?, record.generation))
}

async fn wanted_record(records: &Records<'_>, name: &str, to: Option<u64>) -> Result<RevisionRecord, OpsError> {
    let refused =
        |message: String, help: String| OpsError::Refused { message, help: Some(help), exit_code: exit::ERROR };
    let history = format!("see `driftless history {name}`");
    if let Some(number) = to {
        let record = records.revision(number).await?;
        return record.ok_or_else(|| refused(format!("{name} has no apply {number}"), history));
    }
    let revisions = records.revisions(usize::MAX).await?;
    let done = revisions.into_iter().filter(|record| record.outcome == RunOutcome::Done);
    done.into_iter().nth(1).ok_or_else(|| refused(format!("{name} has no earlier apply to go back to"), history))
}
