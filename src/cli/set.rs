//! `driftless set`.

use super::arguments::Set;
use super::session::Session;
use crate::ops::OpsError;
use crate::ops::set::set;
use crate::report::exit;

/// Edits inputs in an environment file.
///
/// # Errors
/// When an assignment makes no sense, or the environment would not compile with it: then nothing is written.
pub fn run(session: &Session, arguments: &Set) -> Result<u8, OpsError> {
    let project = session.project()?;
    let edits = set(&project, &arguments.environment, &arguments.assignments)?;
    for edit in edits {
        session.terminal.say(&format!("{}: {}: {} -> {}", edit.place, edit.path, edit.before, edit.after));
    }
    Ok(exit::DONE)
}
