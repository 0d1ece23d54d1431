//! `driftless rollback`.

use super::apply::{ask_and_go, options};
use super::arguments::Rollback;
use super::session::Session;
use crate::ops::OpsError;
use crate::ops::plan::Wanted;
use crate::ops::rollback::rollback;

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
        ..Wanted::default()
    };
    let (plan, to) = session.wait_with_progress(async |world| {
        rollback(&project, world, &arguments.environment, arguments.to, &wanted).await
    })?;
    ask_and_go(session, &project, &plan, &format!("rollback to {to}"), &options, false)
}
