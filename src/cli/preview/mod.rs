//! `driftless preview`: one file for each of its commands.

mod down;
mod list;
mod reap;
mod up;

use super::arguments::Preview;
use super::session::Session;
use crate::ops::OpsError;
use crate::report::text;

/// Brings the environment of a pull request up or down, lists all of them, or takes those away whose time is over.
///
/// # Errors
/// Those of the command.
pub fn run(session: &Session, command: &Preview) -> Result<u8, OpsError> {
    match command {
        Preview::Up(arguments) => up::run(session, arguments),
        Preview::Down(arguments) => down::run(session, arguments),
        Preview::List(arguments) => list::run(session, arguments),
        Preview::Reap(arguments) => reap::run(session, arguments),
    }
}

/// Shows a plan beside the result: what is printed as that is the preview.
fn show_plan(session: &Session, plan: &crate::plan::Plan) -> Result<(), OpsError> {
    let (_, digest) = crate::ops::plan::saved(plan)?;
    let report = crate::report::PlanReport::new(plan, &digest);
    session.terminal.say(text::plan(&report).plain().trim_end());
    Ok(())
}
