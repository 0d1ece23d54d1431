//! `driftless preview list`.

use super::super::arguments::PreviewList;
use super::super::output::{Shown, json, print};
use super::super::session::Session;
use crate::ops::OpsError;
use crate::ops::preview::list::list;
use crate::report::text;

/// Shows the previews that are recorded, and those that are known by their marks alone.
///
/// # Errors
/// When there is no such environment, or the state cannot be read.
pub fn run(session: &Session, arguments: &PreviewList) -> Result<u8, OpsError> {
    let project = session.project()?;
    let report = session.wait_with_progress(async |world| list(&project, world, &arguments.environments).await)?;
    print(session, &Shown { human: &|| text::previews(&report), json: &|| json(&report), markdown: None })?;
    Ok(report.exit_code())
}
