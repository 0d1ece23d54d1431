//! `driftless preview up`.

use super::super::apply::options;
use super::super::arguments::PreviewUp;
use super::super::output::{Shown, json, print};
use super::super::session::Session;
use super::show_plan;
use crate::ops::OpsError;
use crate::ops::preview::up::{Told, prepare, run as bring_up};
use crate::report::text;
use crate::report::value::counted;

/// Plans, asks and applies the environment of a pull request, and prints where it is reached.
///
/// # Errors
/// When what is told is refused, there is no room, or as those of a plan and a run.
pub fn run(session: &Session, arguments: &PreviewUp) -> Result<u8, OpsError> {
    let project = session.project()?;
    let options = options(&arguments.lock)?;
    let told = Told {
        base: &arguments.environment,
        number: arguments.number,
        branch: arguments.branch.as_deref(),
        sha: arguments.sha.as_deref(),
    };
    let prepared = session.wait_with_progress(async |world| prepare(&project, world, &told).await)?;
    let plan = &prepared.plan;
    show_plan(session, plan)?;
    if plan.has_changes() {
        let changes = counted(plan.doing().count(), "change");
        session.confirm(&format!("\nApply {changes} to {}?", plan.environment))?;
    }
    let report = session.wait_with_progress(async |world| bring_up(world, &prepared, &options).await)?;
    print(session, &Shown { human: &|| text::preview(&report), json: &|| json(&report), markdown: None })?;
    Ok(report.exit_code())
}
