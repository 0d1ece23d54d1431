//! `driftless drift`.

use super::arguments::{Drift, Guards};
use super::output::{Shown, json, print};
use super::plan::wanted;
use super::session::Session;
use crate::drift::{DriftReport, DriftReports};
use crate::ops::OpsError;
use crate::ops::chosen;
use crate::ops::drift::drift;
use crate::ops::history::all_names;
use crate::report::text::DriftOptions;
use crate::report::{exit, markdown, text};

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
