//! `driftless doctor`.

use super::output::{Shown, json, print};
use super::session::Session;
use crate::ops::OpsError;
use crate::ops::doctor::{Level, doctor};
use crate::report::{Style, Text, exit};

/// Says what this machine and project lack.
///
/// # Errors
/// Never: what is wrong is in the report.
pub fn run(session: &Session) -> Result<u8, OpsError> {
    let project = session.project();
    let report = session.wait_with_progress(async |world| Ok(doctor(project.as_ref().ok(), world).await))?;
    if let Err(error) = &project {
        session.complain(error);
    }
    let human = || {
        let mut text = Text::default();
        for check in &report.checks {
            let (style, word) = match check.level {
                Level::Good => (Style::Good, "ok   "),
                Level::Note => (Style::Plain, "note "),
                Level::Warning => (Style::Warning, "warn "),
                Level::Error => (Style::Removed, "error"),
            };
            text.push(style, word).push(Style::Heading, format!(" {:<15}", check.subject));
            text.push_foreign(Style::Plain, &check.message).end();
            if let Some(help) = &check.help {
                text.push(Style::Faint, format!("{:22}", "")).push_foreign(Style::Faint, help).end();
            }
        }
        text
    };
    print(session, &Shown { human: &human, json: &|| json(&report), markdown: None })?;
    let failed = project.is_err() || report.checks.iter().any(|check| check.level == Level::Error);
    Ok(if failed { exit::ERROR } else { exit::DONE })
}
