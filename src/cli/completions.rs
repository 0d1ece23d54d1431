//! `driftless completions`.

use super::arguments::{Completions, command};
use super::session::Session;
use crate::ops::OpsError;
use crate::report::exit;

/// Prints a completion script.
///
/// # Errors
/// Never.
pub fn run(session: &Session, arguments: &Completions) -> Result<u8, OpsError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "driftless", &mut script);
    session.terminal.result(&String::from_utf8_lossy(&script));
    Ok(exit::DONE)
}
