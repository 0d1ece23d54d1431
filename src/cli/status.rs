//! `driftless status`.

use super::arguments::Status;
use super::output::{Shown, json, print};
use super::session::Session;
use crate::ops::OpsError;
use crate::ops::history::{all_names, status};
use crate::report::{StatusReport, Text, exit, text};

#[derive(serde::Serialize)]
struct Reports<'a> {
    format_version: &'static str,
    kind: &'static str,
    tool_version: &'static str,
    environments: &'a [StatusReport],
}

/// Shows where environments stand.
///
/// # Errors
/// When the state cannot be read.
pub fn run(session: &Session, arguments: &Status) -> Result<u8, OpsError> {
    let project = session.project()?;
    let reports = session.wait_with_progress(async |world| {
        let environments = match arguments.environments.as_slice() {
            [] => all_names(&project, world).await?,
            named => named.to_vec(),
        };
        let mut reports = Vec::new();
        for name in &environments {
            reports.push(status(&project, world, name).await?);
        }
        Ok(reports)
    })?;
    if let (Some(report), 1) = (reports.first(), arguments.environments.len()) {
        print(session, &Shown { human: &|| text::status(report), json: &|| json(report), markdown: None })?;
        return Ok(exit::DONE);
    }
    let all = Reports {
        format_version: "1.0",
        kind: "Statuses",
        tool_version: env!("CARGO_PKG_VERSION"),
        environments: &reports,
    };
    let human = || {
        let mut whole = Text::default();
        for report in &reports {
            whole.spans.extend(text::status(report).spans);
        }
        whole
    };
    print(session, &Shown { human: &human, json: &|| json(&all), markdown: None })?;
    Ok(exit::DONE)
}
