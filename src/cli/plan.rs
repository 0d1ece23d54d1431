//! `driftless plan`.

use super::arguments::{Guards, PlanArguments, Scope};
use super::output::{Shown, json, print};
use super::session::Session;
use crate::ops::OpsError;
use crate::ops::Wanted;
use crate::ops::plan::{plan, saved};
use crate::plan::Plan;
use crate::report::{PlanReport, markdown, text};
use crate::sys::file;

/// Shows what apply would change, and saves the plan where that is asked for.
///
/// # Errors
/// When files have errors, a live system cannot be looked at, or the plan is refused.
pub fn run(session: &Session, arguments: &PlanArguments) -> Result<u8, OpsError> {
    let project = session.project()?;
    let remember = arguments.out.is_some();
    let wanted = Wanted { destroy: arguments.destroy, remember, ..wanted(&arguments.scope, &arguments.guards) };
    let plan =
        session.wait_with_progress(async |world| plan(&project, world, &arguments.environment, &wanted).await)?;
    let (bytes, digest) = saved(&plan)?;
    print_plan(session, &plan, &digest)?;
    if let Some(path) = &arguments.out {
        let full = session.path(path);
        file::write_atomically(&full, &bytes).map_err(|error| OpsError::File {
            action: "write",
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        session.terminal.say(&format!(
            "saved to {}; apply it with `driftless apply {} --digest {digest}`",
            path.display(),
            path.display()
        ));
    }
    Ok(plan.exit_code(arguments.detailed_exitcode))
}

/// Prints a plan in the form that was asked for.
pub fn print_plan(session: &Session, plan: &Plan, digest: &crate::model::Digest) -> Result<(), OpsError> {
    let report = PlanReport::new(plan, digest);
    let shown = Shown {
        human: &|| text::plan(&report),
        json: &|| json(&report),
        markdown: Some(&|| markdown::plan(&report, markdown::MAX_CHARACTERS)),
    };
    print(session, &shown)
}

/// What limits and guards a plan, from the command line.
pub fn wanted(scope: &Scope, guards: &Guards) -> Wanted {
    Wanted {
        only: scope.only.clone(),
        components: scope.component.clone(),
        targets: scope.target.clone(),
        allow_empty: guards.allow_empty,
        max_deletions: guards.max_deletions,
        adopt: guards.adopt,
        ..Wanted::default()
    }
}
