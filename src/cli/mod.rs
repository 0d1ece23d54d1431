//! Arguments and exit codes; one file a command, each a thin wrapper over `ops`.
//!
//! Never: decides what to change, renders reports, touches the OS beyond what `sys` and `ui` offer.
//!
//! Invariants: stdout carries only what one would pipe; the exit code is derived from what is printed; wrong usage is 64 and a
//! bug of ours 70, never mistaken for a result.

mod arguments;
mod exit;

pub use arguments::{Arguments, command};
pub use exit::ExitCode;

use clap::Parser;

/// Parses the process' arguments, runs the command, and says how it ended.
pub fn main() -> std::process::ExitCode {
    exit::guarded(|| match Arguments::try_parse() {
        Ok(arguments) => arguments.run(),
        Err(error) => exit::usage(&error),
    })
}
