//! `driftless rollback`.

use super::apply::{go, options, show};
use super::arguments::Rollback;
use super::session::Session;
use crate::ops::OpsError;
use crate::ops::Wanted;
use crate::ops::rollback::{hold, hold_as, rollback};
use crate::plan::Plan;
use crate::report::value::counted;

/// Goes back to what an earlier apply left.
///
/// # Errors
/// When there is no such apply, or as those of a plan and a run.
pub fn run(session: &Session, arguments: &Rollback) -> Result<u8, OpsError> {
    let project = session.project()?;
    let options = options(&arguments.lock)?;
    let wanted = Wanted {
        allow_empty: arguments.guards.allow_empty,
        max_deletions: arguments.guards.max_deletions,
        adopt: arguments.guards.adopt,
        remember: true,
        ..Wanted::default()
    };
    let (plan, to) = session.wait_with_progress(async |world| {
        rollback(&project, world, &arguments.environment, arguments.to, &wanted).await
    })?;
    show(session, &plan)?;
    session.confirm(&question(&plan, to))?;
    let (name, why) = (&arguments.environment, format!("rollback to {to}"));
    // Held before it is applied: a rollback that is cut short is finished by the next apply, not undone by it.
    let before = session.wait_with_progress(async |world| hold(&project, world, name, to, &why).await)?;
    let done = go(session, &project, &plan, &why, &options, false);
    if done.is_ok() {
        session.terminal.say(&format!("{name}: held at what apply {to} left, until a newer commit comes"));
    } else {
        session.wait_with_progress(async |world| hold_as(&project, world, name, before.as_ref()).await)?;
    }
    done
}

/// Where nothing differs it is a question too: from now on the environment does not follow Git.
fn question(plan: &Plan, to: u64) -> String {
    let name = &plan.environment;
    let hold = format!("hold it at what apply {to} left, until a newer commit comes?");
    match plan.doing().count() {
        0 => format!("\nNothing of {name} differs. Still {hold}"),
        changes => format!("\nApply {} to {name}, and {hold}", counted(changes, "change")),
    }
}
