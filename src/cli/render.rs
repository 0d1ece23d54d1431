//! `driftless render`.

use super::arguments::{Format, Render};
use super::output::json;
use super::session::Session;
use crate::ops::render::{Difference, Request, Written, render};
use crate::ops::{self, OpsError};
use crate::report::exit;
use crate::report::value::counted;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Report<'a> {
    format_version: &'static str,
    kind: &'static str,
    tool_version: &'static str,
    environments: Vec<Environment<'a>>,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "named as in the JSON")]
struct Environment<'a> {
    environment: &'a str,
    files: &'a BTreeMap<String, Difference>,
    unchanged: usize,
    losses: &'a [crate::plan::Finding],
}

/// Writes artifacts, or compares them with what is there.
///
/// # Errors
/// When files have errors, or the folder cannot be read or written.
pub fn run(session: &Session, arguments: &Render) -> Result<u8, OpsError> {
    let project = session.project()?;
    let environments = ops::chosen(&project, &arguments.environments, arguments.all)?;
    let out = session.path(&arguments.out);
    let request = Request {
        environments: &environments,
        targets: &arguments.target,
        out: &out,
        check: arguments.check,
        deny_loss: arguments.deny_loss,
    };
    let written = render(&project, &request)?;
    if session.global.output == Format::Json {
        session.terminal.result(&json(&report(&written))?);
    } else {
        say(session, arguments, &written);
    }
    let differs = written.iter().any(|one| !one.files.is_empty());
    Ok(if arguments.check && differs { exit::CHANGES } else { exit::DONE })
}

fn report(written: &[Written]) -> Report<'_> {
    let environments = written.iter().map(|one| Environment {
        environment: &one.environment,
        files: &one.files,
        unchanged: one.unchanged,
        losses: &one.losses,
    });
    Report {
        format_version: "1.0",
        kind: "Render",
        tool_version: env!("CARGO_PKG_VERSION"),
        environments: environments.collect(),
    }
}

fn say(session: &Session, arguments: &Render, written: &[Written]) {
    for one in written {
        for loss in &one.losses {
            let place =
                loss.source.as_ref().map_or(String::new(), |at| format!("{}:{}:{}: ", at.file, at.line, at.column));
            session.terminal.say(&format!("{place}{}: {}", loss.severity, loss.message));
        }
        if arguments.check {
            for (path, difference) in &one.files {
                session.terminal.result(&format!("{} {path}\n", symbol(*difference)));
            }
        }
        let changed = one.files.len();
        let verb = if arguments.check { "differ" } else { "written" };
        session.terminal.say(&format!(
            "{}: {} {verb}, {} unchanged",
            one.environment,
            counted(changed, "file"),
            one.unchanged
        ));
    }
}

const fn symbol(difference: Difference) -> char {
    match difference {
        Difference::Added => '+',
        Difference::Changed => '~',
        Difference::Removed => '-',
    }
}
