//! `driftless adopt`.

use super::apply::{ask_and_go, options};
use super::arguments::Adopt;
use super::session::Session;
use super::set::show;
use crate::ops::adopt::adopt;
use crate::ops::plan::plan;
use crate::ops::{OpsError, Wanted};
use crate::report::exit;

/// Writes live values back into the environment file; takes over what exists without our mark.
///
/// # Errors
/// When nothing differs there, or no value of the environment file gives what is live: then nothing is written.
pub fn run(session: &Session, arguments: &Adopt) -> Result<u8, OpsError> {
    let project = session.project()?;
    let (name, subjects) = (&arguments.environment, &arguments.subjects);
    let adoption = session.wait_with_progress(async |world| adopt(&project, world, name, subjects).await)?;
    if !adoption.edits.edits.is_empty() || adoption.occupied.is_empty() {
        show(session, &adoption.edits)?;
    }
    if adoption.occupied.is_empty() {
        return Ok(exit::DONE);
    }
    let only = adoption.occupied.iter().map(ToString::to_string).collect();
    let wanted = Wanted { remember: true, adopt: true, only, ..Wanted::default() };
    let plan = session.wait_with_progress(async |world| plan(&project, world, name, &wanted).await)?;
    ask_and_go(session, &project, &plan, "adopt", &options(&arguments.lock)?, false)
}
