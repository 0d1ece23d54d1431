//! `driftless destroy`.

use super::apply::{ask_and_go, options};
use super::arguments::Destroy;
use super::session::Session;
use crate::ops::OpsError;
use crate::ops::Wanted;
use crate::ops::destroy::destroy;

/// Deletes what an environment has.
///
/// # Errors
/// When nothing is known of it, or as those of a plan and a run.
pub fn run(session: &Session, arguments: &Destroy) -> Result<u8, OpsError> {
    let project = session.project()?;
    let options = options(&arguments.lock)?;
    let wanted = Wanted { destroy: true, delete_data: arguments.delete_data, ..Wanted::default() };
    let plan =
        session.wait_with_progress(async |world| destroy(&project, world, &arguments.environment, &wanted).await)?;
    ask_and_go(session, &project, &plan, "destroy", &options, false)
}
