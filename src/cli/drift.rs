//! `driftless drift`.

use super::apply::duration;
use super::arguments::{Drift, Format, Guards};
use super::output::{Shown, json, print};
use super::plan::wanted;
use super::session::Session;
use crate::drift::{DriftReport, DriftReports};
use crate::event::Silent;
use crate::ops::OpsError;
use crate::ops::drift::drift;
use crate::ops::history::all_names;
use crate::ops::watch::{Settings, watch};
use crate::ops::{Project, Wanted, chosen};
use crate::report::text::DriftOptions;
use crate::report::{exit, markdown, text};
use std::time::Duration;

/// Compares live systems with Git.
///
/// # Errors
/// When files have errors, or a live system cannot be looked at.
pub fn run(session: &Session, arguments: &Drift) -> Result<u8, OpsError> {
    let project = session.project()?;
    let environments = if arguments.all {
        session.wait_with_progress(async |world| all_names(&project, world).await)?
    } else {
        chosen(&project, &arguments.environments, false)?
    };
    let wanted = wanted(&arguments.scope, &Guards::default());
    if arguments.watch {
        return watched(session, &project, &environments, &wanted, arguments);
    }
    let mut reports = Vec::new();
    let mut failed = exit::DONE;
    let mut unmatched = Vec::new();
    for name in &environments {
        let one = session
            .wait_with_progress(async |world| drift(&project, world, name, &wanted, arguments.all_resources).await);
        match one {
            Ok(report) => reports.push(report),
            Err(error @ OpsError::NothingMatches { .. }) => unmatched.push(error),
            // One environment that cannot be looked at does not hide what is to be said of the others.
            Err(error) if environments.len() > 1 => {
                failed = exit::stronger(failed, session.complain(&error));
                session.terminal.error(&format!("{name} is not compared"), None);
            }
            Err(error) => return Err(error),
        }
    }
    // What one environment does not have may be of another; what none has is a slip of the pen.
    if let Some(error) = unmatched.pop().filter(|_| reports.is_empty()) {
        return Err(error);
    }
    let options = DriftOptions { show_ignored: arguments.show_ignored };
    let code = match <[DriftReport; 1]>::try_from(reports) {
        Ok([report]) if environments.len() == 1 => {
            show_one(session, &report, options)?;
            report.exit_code()
        }
        Ok([report]) => show_all(session, vec![report], options)?,
        Err(reports) => show_all(session, reports, options)?,
    };
    Ok(exit::stronger(failed, code))
}

/// Watches one environment until a signal comes: 128 and its number.
fn watched(
    session: &Session,
    project: &Project,
    environments: &[String],
    wanted: &Wanted,
    arguments: &Drift,
) -> Result<u8, OpsError> {
    let [name] = environments else {
        return Err(OpsError::usage("`--watch` watches one environment", "name it: `driftless drift ENV --watch`"));
    };
    let interval = duration("--interval", &arguments.interval)?.max(Duration::from_secs(1));
    let settings = Settings { interval, all_resources: arguments.all_resources };
    let options = DriftOptions { show_ignored: arguments.show_ignored };
    let mut failed = None;
    let mut tell = |report: &DriftReport| {
        let shown = match session.global.output {
            Format::Json => line(report).map(|line| session.terminal.result(&line)),
            _ => show_one(session, report, options),
        };
        failed = failed.take().or(shown.err());
    };
    session.wait(&Silent, async |world| watch(project, world, name, wanted, settings, &mut tell).await)?;
    match failed {
        Some(error) => Err(error),
        None => Ok(Session::stopped_by().unwrap_or(exit::DONE)),
    }
}

/// A report as one line of JSON.
fn line(report: &DriftReport) -> Result<String, OpsError> {
    let encoded = serde_json::to_string(report);
    encoded.map(|text| text + "\n").map_err(|error| OpsError::refused(error.to_string(), "please report this"))
}

fn show_one(session: &Session, report: &DriftReport, options: DriftOptions) -> Result<(), OpsError> {
    let shown = Shown {
        human: &|| text::drift(report, options),
        json: &|| json(report),
        markdown: Some(&|| markdown::drift(report, markdown::MAX_CHARACTERS)),
    };
    print(session, &shown)
}

fn show_all(session: &Session, reports: Vec<DriftReport>, options: DriftOptions) -> Result<u8, OpsError> {
    let reports = DriftReports::new(reports);
    let shown = Shown {
        human: &|| text::drifts(&reports, options),
        json: &|| json(&reports),
        markdown: Some(&|| markdown::drifts(&reports, markdown::MAX_CHARACTERS)),
    };
    print(session, &shown)?;
    Ok(reports.exit_code())
}
