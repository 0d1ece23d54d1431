//! `driftless completions`.

use super::arguments::{Completions, command};
use super::session::Session;
use crate::report::exit;

/// Prints a completion script.
pub fn run(session: &Session, arguments: &Completions) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "driftless", &mut script);
    session.terminal.result(&String::from_utf8_lossy(&script));
    exit::DONE
}
