//! `driftless preview down`.

use super::super::apply::options;
use super::super::arguments::PreviewDown;
use super::super::output::{Shown, json, print};
use super::super::session::Session;
use super::show_plan;
use crate::ops::OpsError;
use crate::ops::preview::down::{prepare, run as take_down};
use crate::report::text;
use crate::report::value::counted;

/// Takes the environment of a pull request away, with its volumes.
///
/// # Errors
/// When nothing is known of such an environment, or as those of a plan and a run.
pub fn run(session: &Session, arguments: &PreviewDown) -> Result<u8, OpsError> {
    let project = session.project()?;
    let options = options(&arguments.lock)?;
    let (base, number) = (&arguments.environment, arguments.number);
    let going = session.wait_with_progress(async |world| prepare(&project, world, base, number).await)?;
    if let Some(plan) = &going.plan {
        show_plan(session, plan)?;
        if plan.has_changes() {
            let changes = counted(plan.doing().count(), "change");
            session.confirm(&format!("\nTake {} away, its volumes too, with {changes}?", going.name))?;
        }
    }
    let report = session.wait_with_progress(async |world| take_down(&project, world, &going, &options).await)?;
    print(session, &Shown { human: &|| text::removal(&report), json: &|| json(&report), markdown: None })?;
    if !report.removal.left.is_empty() {
        let left: Vec<String> = report.removal.left.iter().map(ToString::to_string).collect();
        let message =
            format!("{} bears the mark of {} still: {}", counted(left.len(), "thing"), going.name, left.join(", "));
        session.terminal.error(&message, Some("run the same command again; what stays then is kept by somebody else"));
    }
    Ok(report.exit_code())
}
