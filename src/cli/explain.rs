//! `driftless explain`.

use super::arguments::{Explain, Format};
use super::output::{Shown, json, print};
use super::session::Session;
use crate::diag;
use crate::model::{FieldPath, Segment};
use crate::ops::explain::{Explanation, addresses, explain};
use crate::ops::{self, OpsError};
use crate::report::{Style, Text, exit};
use serde::Serialize;

/// Explains a code, where a value comes from, or what can be asked of an environment.
///
/// # Errors
/// When there is no such code, environment, address, field or line.
pub fn run(session: &Session, arguments: &Explain) -> Result<u8, OpsError> {
    match (&arguments.path, diag::page(&arguments.subject)) {
        (Some(path), _) => value(session, &arguments.subject, path),
        (None, Some(page)) => code(session, page),
        (None, None) => environment(session, &arguments.subject),
    }
}

#[derive(Serialize)]
struct PageReport {
    format_version: &'static str,
    kind: &'static str,
    tool_version: &'static str,
    code: &'static str,
    title: &'static str,
    text: &'static str,
}

fn code(session: &Session, page: &'static diag::CodePage) -> Result<u8, OpsError> {
    if session.global.output == Format::Human {
        session.terminal.result(&format!("{}: {}\n\n{}\n", page.code, page.title, page.text));
        return Ok(exit::DONE);
    }
    let page = PageReport {
        format_version: "1.0",
        kind: "CodePage",
        tool_version: env!("CARGO_PKG_VERSION"),
        code: page.code.0,
        title: page.title,
        text: page.text,
    };
    session.terminal.result(&json(&page)?);
    Ok(exit::DONE)
}

/// The addresses that can be asked for.
fn environment(session: &Session, name: &str) -> Result<u8, OpsError> {
    let project = session.project();
    let Some(project) = project.ok().filter(|project| ops::known(project, name).is_ok()) else {
        return Err(unknown(session, name));
    };
    let found = session.wait_with_progress(async |world| addresses(&project, world, name).await)?;
    let human = || {
        let mut text = Text::default();
        for address in &found.addresses {
            text.push_foreign(Style::Place, &address.to_string()).end();
        }
        text
    };
    print(session, &Shown { human: &human, json: &|| json(&found), markdown: None })?;
    session.terminal.say(&format!(
        "\nWhere a value of one comes from: `driftless explain {name} ADDRESS#FIELD`, or `driftless explain {name} FILE:LINE`."
    ));
    Ok(exit::DONE)
}

fn unknown(session: &Session, subject: &str) -> OpsError {
    let environments = session.project().and_then(|project| ops::names(&project.files)).unwrap_or_default();
    let codes = diag::CODES.iter().copied().flatten().map(|page| page.code.0);
    let near = diag::did_you_mean(subject, codes.chain(environments.iter().map(String::as_str)));
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    OpsError::usage(
        format!("`{subject}` is neither the code of a diagnostic nor an environment"),
        format!("{near}for a value: `driftless explain ENV ADDRESS#FIELD`, or `driftless explain ENV FILE:LINE`"),
    )
}

fn value(session: &Session, environment: &str, path: &str) -> Result<u8, OpsError> {
    let project = session.project()?;
    let explanation = session.wait_with_progress(async |world| explain(&project, world, environment, path).await)?;
    print(session, &Shown { human: &|| text(&explanation), json: &|| json(&explanation), markdown: None })?;
    Ok(exit::DONE)
}

fn text(explanation: &Explanation) -> Text {
    let mut text = Text::default();
    text.push(Style::Heading, explanation.address.to_string()).end();
    for field in &explanation.fields {
        text.push_foreign(Style::Plain, &name(&field.path));
        text.push(Style::Plain, " = ").push_foreign(Style::Changed, &crate::report::value::shown(&field.value)).end();
        for (at, hop) in field.hops.iter().enumerate() {
            let word = if at == 0 { "    from " } else { "     via " };
            let file = hop.file.replace(crate::plan::BUILT_IN, "built-in ");
            let place = format!("{file}:{}:{}", hop.line, hop.column);
            text.push(Style::Faint, word).push_foreign(Style::Place, &place);
            text.push(Style::Faint, "  ").push_foreign(Style::Faint, hop.text.trim()).end();
        }
    }
    text
}

fn name(path: &FieldPath) -> String {
    match path.0.as_slice() {
        [] => "(all of it)".into(),
        [_, Segment::Lines(first, last)] if first == last => format!("line {first}"),
        _ => path.to_string(),
    }
}
