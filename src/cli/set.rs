//! `driftless set`.

use super::arguments::{Format, Set};
use super::output::json;
use super::session::Session;
use crate::ops::OpsError;
use crate::ops::set::{Edits, set};
use crate::report::exit;

/// Edits inputs in an environment file.
///
/// # Errors
/// When an assignment makes no sense, or the environment would not be valid with it: then nothing is written.
pub fn run(session: &Session, arguments: &Set) -> Result<u8, OpsError> {
    let project = session.project()?;
    let edits = match set(&project, &arguments.environment, &arguments.assignments) {
        Err(error @ OpsError::Files { .. }) => {
            session.complain(&error);
            let message = format!("nothing was written: with this {} would not be valid", arguments.environment);
            return Err(OpsError::refused(message, "the lines above are shown as they would be"));
        }
        other => other?,
    };
    show(session, &edits)?;
    Ok(exit::DONE)
}

/// Says what was edited.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn show(session: &Session, edits: &Edits) -> Result<(), OpsError> {
    if session.global.output == Format::Json {
        session.terminal.result(&json(edits)?);
        return Ok(());
    }
    for edit in &edits.edits {
        let place = format!("{}:{}:{}", edit.file, edit.line, edit.column);
        let before = edit.before.as_deref().unwrap_or("(nothing)");
        session.terminal.say(&format!("{place}: {}: {before} -> {}", edit.path, edit.after));
    }
    Ok(())
}
