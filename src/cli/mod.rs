//! Arguments and exit codes; one file a command, each a thin wrapper over `ops`.
//!
//! Never: decides what to change, renders reports, touches the OS beyond what `sys` and `ui` offer.
//!
//! Invariants: stdout carries only what one would pipe; the exit code is derived from what is printed; wrong usage is 64 and a
//! bug of ours 70, never mistaken for a result.

mod adopt;
mod apply;
mod arguments;
mod completions;
mod demo;
mod destroy;
mod diff;
mod doctor;
mod drift;
mod explain;
mod forms;
mod history;
mod init;
mod module;
mod output;
mod plan;
mod preview;
mod reference;
mod render;
mod rollback;
mod schema;
mod session;
mod set;
mod status;
mod validate;

pub use arguments::{Arguments, command};
pub use reference::commands as commands_reference;

use crate::report::exit;
use arguments::Command;
use clap::Parser;
use session::Session;
use std::io::Write as _;

/// Parses the process' arguments, runs the command, and says how it ended.
pub fn main() -> std::process::ExitCode {
    std::panic::set_hook(Box::new(say_bug));
    let code = std::panic::catch_unwind(|| match Arguments::try_parse() {
        Ok(arguments) => run(arguments),
        Err(error) => usage(&error),
    });
    std::process::ExitCode::from(code.unwrap_or(exit::BUG))
}

/// Runs a command. The exit code is that of the result, or of the error, which is printed here and nowhere else.
fn run(arguments: Arguments) -> u8 {
    let session = Session::new(arguments.global);
    if let Err(error) = forms::check(&arguments.command, session.global.output) {
        return session.complain(&error);
    }
    let result = match arguments.command {
        Command::Init(command) => init::run(&session, &command),
        Command::Validate(command) => validate::run(&session, &command),
        Command::Render(command) => render::run(&session, &command),
        Command::Diff(command) => diff::run(&session, &command),
        Command::Plan(command) => plan::run(&session, &command),
        Command::Apply(command) => apply::run(&session, &command),
        Command::Drift(command) => drift::run(&session, &command),
        Command::Adopt(command) => adopt::run(&session, &command),
        Command::Set(command) => set::run(&session, &command),
        Command::Status(command) => status::run(&session, &command),
        Command::History(command) => history::run(&session, &command),
        Command::Rollback(command) => rollback::run(&session, &command),
        Command::Destroy(command) => destroy::run(&session, &command),
        Command::Preview(command) => preview::run(&session, &command),
        Command::Explain(command) => explain::run(&session, &command),
        Command::Module(command) => module::run(&session, &command),
        Command::Schema(command) => schema::run(&session, &command),
        Command::Completions(command) => Ok(completions::run(&session, &command)),
        Command::Doctor => doctor::run(&session),
        Command::Demo(command) => demo::run(&session, &command),
    };
    match result {
        Ok(code) => code,
        Err(error) => session.complain(&error),
    }
}

/// Prints what clap says: help and version are results, everything else is wrong usage.
fn usage(error: &clap::Error) -> u8 {
    drop(error.print());
    if error.use_stderr() { exit::USAGE } else { exit::DONE }
}

fn say_bug(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    let text = format!(
        "error: this is a bug in driftless {version}{place}\n  help: please report it with the command that you ran; a rerun mends what was left half done\n"
    );
    drop(std::io::stderr().write_all(text.as_bytes()));
}
