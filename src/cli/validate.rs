//! `driftless validate`.

use super::arguments::{Format, Validate};
use super::session::{Session, pretty};
use crate::diag::{self, Diagnostic, Severity, Sink, SourceMap};
use crate::ops::validate::{Validated, validate};
use crate::ops::{self, OpsError};

use crate::report::exit;
use serde_json::Value as Json;

/// Compiles and checks environments.
///
/// # Errors
/// When a named one is not there.
pub fn run(session: &Session, arguments: &Validate) -> Result<u8, OpsError> {
    let project = session.project()?;
    for name in &arguments.environments {
        ops::known(&project, name)?;
    }
    let validated = validate(&project, &arguments.environments)?;
    let failed = validated.iter().filter(|one| is_wrong(one, arguments.deny_loss)).count();
    match session.global.output {
        Format::Json => session.terminal.result(&pretty(&json(&validated, arguments.deny_loss))),
        Format::Github => {
            for one in &validated {
                session.terminal.result(&diag::github(&with_losses(one, arguments.deny_loss), &one.sources));
            }
        }
        Format::Human | Format::Markdown => say(session, &validated, arguments.deny_loss),
    }
    Ok(if failed > 0 { exit::ERROR } else { exit::DONE })
}

fn is_wrong(one: &Validated, deny_loss: bool) -> bool {
    one.sink.has_errors() || (deny_loss && !one.losses.is_empty())
}

fn say(session: &Session, validated: &[Validated], deny_loss: bool) {
    for one in validated {
        let sink = with_losses(one, deny_loss);
        session.print_diagnostics(&sink, &one.sources);
        let (errors, all) = (sink.errors(), sink.iter().count());
        let verdict = match (errors, all) {
            (0, 0) => "valid".to_owned(),
            (0, _) => format!("valid, with {}", crate::report::value::counted(all, "finding")),
            (_, _) => crate::report::value::counted(errors, "error"),
        };
        session.terminal.say(&format!("{}: {verdict}", one.environment));
    }
}

/// What the targets cannot express, beside what the compiler says.
fn with_losses(one: &Validated, deny_loss: bool) -> Sink {
    let mut sink = one.sink.clone();
    for (loss, severity) in &one.losses {
        let (severity, help) = match (deny_loss, severity) {
            (true, _) => (Severity::Error, "without `--deny-loss` this is no error"),
            (false, Severity::Note) => (Severity::Note, "the module asks for it; with `--deny-loss` this is an error"),
            (false, severity) => (*severity, "with `--deny-loss` this is an error"),
        };
        let message = format!("{}: {}", loss.instance, loss.message);
        sink.push(Diagnostic::new(diag::TARGET_LOSS, severity, loss.span, message).help(help));
    }
    sink
}

/// All environments' diagnostics as one result.
fn json(validated: &[Validated], deny_loss: bool) -> Json {
    let mut all: Vec<Json> = Vec::new();
    for one in validated {
        let mut result = diag::json(&with_losses(one, deny_loss), &one.sources);
        if let Some(diagnostics) = result.get_mut("diagnostics").and_then(Json::as_array_mut) {
            all.extend(diagnostics.drain(..).filter(|diagnostic| !diagnostic.is_null()));
        }
    }
    let mut seen = Vec::new();
    all.retain(|diagnostic| {
        let new = !seen.contains(diagnostic);
        seen.push(diagnostic.clone());
        new
    });
    let mut result = diag::json(&Sink::default(), &SourceMap::default());
    if let Some(diagnostics) = result.get_mut("diagnostics") {
        *diagnostics = Json::Array(all);
    }
    result
}
