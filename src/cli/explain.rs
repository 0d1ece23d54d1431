//! `driftless explain`.

use super::arguments::Explain;
use super::output::{Shown, json, print};
use super::session::Session;
use crate::diag;
use crate::ops::OpsError;
use crate::ops::explain::{Explanation, explain};
use crate::report::{Style, Text, exit};

/// Explains a code, or where a value comes from.
///
/// # Errors
/// When there is no such code, environment, address or field.
pub fn run(session: &Session, arguments: &Explain) -> Result<u8, OpsError> {
    match &arguments.path {
        None => code(session, &arguments.subject),
        Some(path) => value(session, &arguments.subject, path),
    }
}

fn code(session: &Session, code: &str) -> Result<u8, OpsError> {
    let Some(page) = diag::page(code) else {
        let codes = diag::CODES.iter().copied().flatten().map(|page| page.code.0);
        let near = diag::did_you_mean(code, codes).map(|near| format!("did you mean `{near}`? "));
        return Err(OpsError::usage(
            format!("there is no diagnostic `{code}`"),
            format!("{}for a value: `driftless explain ENV ADDRESS#FIELD`", near.unwrap_or_default()),
        ));
    };
    session.terminal.result(&format!("{}: {}\n\n{}\n", page.code, page.title, page.text));
    Ok(exit::DONE)
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
        let path = field.path.to_string();
        text.push_foreign(Style::Plain, if path.is_empty() { "(all of it)" } else { &path });
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
