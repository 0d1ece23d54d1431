//! `driftless preview reap`.

use super::super::apply::options;
use super::super::arguments::PreviewReap;
use super::super::output::{Shown, json, print};
use super::super::session::Session;
use crate::ops::OpsError;
use crate::ops::preview::reap::{prepare, run as reap};
use crate::report::text;
use crate::report::value::counted;

/// Takes the previews away whose records say that their time is over.
///
/// # Errors
/// When there is no such environment, or the state cannot be read.
pub fn run(session: &Session, arguments: &PreviewReap) -> Result<u8, OpsError> {
    let project = session.project()?;
    let options = options(&arguments.lock)?;
    let (environments, budget) = (&arguments.environments, arguments.max_deletions);
    let reaping = session.wait_with_progress(async |world| prepare(&project, world, environments, budget).await)?;
    if !reaping.going.is_empty() {
        let names: Vec<&str> = reaping.going.iter().map(|going| going.name.as_str()).collect();
        let previews = counted(names.len(), "preview");
        session.confirm(&format!("Take {previews} away, with their volumes: {}?", names.join(", ")))?;
    }
    let report = session.wait_with_progress(async |world| Ok(reap(&project, world, reaping, &options).await))?;
    print(session, &Shown { human: &|| text::reap(&report), json: &|| json(&report), markdown: None })?;
    Ok(report.exit_code())
}
