//! A result on standard output in the form that was asked for, and in files beside it.

use super::arguments::Format;
use super::session::Session;
use crate::ops::OpsError;
use crate::report::Text;
use crate::sys::file;
use std::path::Path;

/// A result in all its forms; each is made only when it is asked for.
pub struct Shown<'a> {
    /// For people.
    pub human: &'a dyn Fn() -> Text,
    /// For programs.
    pub json: &'a dyn Fn() -> Result<String, OpsError>,
    /// For a comment on a pull request.
    pub markdown: Option<&'a dyn Fn() -> String>,
}

/// Prints a result, and writes it to the files that `--report` names.
///
/// # Errors
/// When a form was asked for that the command does not have (64), or a file cannot be written.
pub fn print(session: &Session, result: &Shown<'_>) -> Result<(), OpsError> {
    for path in &session.global.report {
        let text = in_form(result, form_of(path)?)?;
        let full = session.path(path);
        file::write_artifact(&full, text.as_bytes(), false).map_err(|error| OpsError::File {
            action: "write",
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
    }
    match session.global.output {
        Format::Human => session.terminal.styled(&(result.human)()),
        other => session.terminal.result(&in_form(result, other)?),
    }
    Ok(())
}

fn in_form(result: &Shown<'_>, form: Format) -> Result<String, OpsError> {
    match form {
        Format::Human => Ok((result.human)().plain()),
        Format::Json => (result.json)(),
        Format::Markdown => match result.markdown {
            Some(markdown) => Ok(markdown()),
            None => Err(OpsError::usage("this command has no markdown form", "use `human` or `json`")),
        },
        Format::Github => {
            Err(OpsError::usage("only `validate` has the form `github`", "use `human`, `json` or `markdown`"))
        }
    }
}

fn form_of(path: &Path) -> Result<Format, OpsError> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Ok(Format::Json),
        Some("md") => Ok(Format::Markdown),
        Some("txt") => Ok(Format::Human),
        _ => Err(OpsError::usage(
            format!("`--report {}` has no known extension", path.display()),
            "use .json, .md or .txt",
        )),
    }
}

/// Something as JSON.
///
/// # Errors
/// Never for the reports of this program: their keys are text.
pub fn json(report: &impl serde::Serialize) -> Result<String, OpsError> {
    crate::report::json::pretty(report).map_err(|error| {
        OpsError::refused(format!("the report cannot be written as JSON: {error}"), "please report this")
    })
}
