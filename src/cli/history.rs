//! `driftless history`.

use super::arguments::History;
use super::output::{Shown, json, print};
use super::session::Session;
use crate::ops::OpsError;
use crate::ops::history::history;
use crate::report::{exit, text};

/// Shows past applies.
///
/// # Errors
/// When the state cannot be read.
pub fn run(session: &Session, arguments: &History) -> Result<u8, OpsError> {
    let project = session.project()?;
    let number = usize::try_from(arguments.number).unwrap_or(usize::MAX);
    let report =
        session.wait_with_progress(async |world| history(&project, world, &arguments.environment, number).await)?;
    print(session, &Shown { human: &|| text::history(&report), json: &|| json(&report), markdown: None })?;
    Ok(exit::DONE)
}
