//! `driftless init`.

use super::arguments::Init;
use super::session::Session;
use crate::ops::{OpsError, init};
use crate::report::exit;

/// Scaffolds a project.
///
/// # Errors
/// When the folder is a project already, or cannot be written to.
pub fn run(session: &Session, arguments: &Init) -> Result<u8, OpsError> {
    let done = init::init(&session.path(&arguments.folder))?;
    for path in &done.written {
        session.terminal.say(&format!("wrote {path}"));
    }
    for path in &done.kept {
        session.terminal.say(&format!("kept {path}, which was there"));
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
