//! `driftless init`.

use super::arguments::{Format, Init};
use super::output::json;
use super::session::Session;
use crate::ops::{OpsError, init};
use crate::report::exit;

/// Scaffolds a project.
///
/// # Errors
/// When the folder is a project already, or cannot be written to.
pub fn run(session: &Session, arguments: &Init) -> Result<u8, OpsError> {
    let done = init::init(&session.path(&arguments.folder))?;
    if session.global.output == Format::Json {
        session.terminal.result(&json(&done)?);
        return Ok(exit::DONE);
    }
    for path in &done.written {
        session.terminal.say(&format!("wrote {path}"));
    }
    for path in &done.kept {
        session.terminal.say(&format!("kept {path}, which was there"));
    }
    if done.made_repository {
        session.terminal.say("made a Git repository, since there was none around it");
    }
    let enter = match arguments.folder.to_str() {
        Some(".") | None => String::new(),
        Some(folder) => format!("cd {folder} && "),
    };
    session
        .terminal
        .say(&format!("\nTry `{enter}driftless plan dev`; then `driftless apply dev` and `driftless drift dev`."));
    Ok(exit::DONE)
}
