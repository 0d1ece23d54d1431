//! `driftless diff`.

use super::arguments::Diff;
use super::output::{Shown, json, print};
use super::session::Session;
use crate::ops::OpsError;
use crate::ops::diff::{EnvironmentDiff, diff};
use crate::report::{Style, Text, exit};
use serde::Serialize;

#[derive(Serialize)]
struct Report<'a> {
    format_version: &'static str,
    kind: &'static str,
    tool_version: &'static str,
    from: &'a str,
    to: Option<&'a str>,
    environments: &'a [EnvironmentDiff],
}

/// Compares what is rendered at two revisions.
///
/// # Errors
/// When a revision is not there, or an environment has errors at one of them.
pub fn run(session: &Session, arguments: &Diff) -> Result<u8, OpsError> {
    let project = session.project()?;
    let environments = diff(&project, &arguments.environments, &arguments.from, arguments.to.as_deref())?;
    let report = Report {
        format_version: "1.0",
        kind: "Diff",
        tool_version: env!("CARGO_PKG_VERSION"),
        from: &arguments.from,
        to: arguments.to.as_deref(),
        environments: &environments,
    };
    let shown =
        Shown { human: &|| text(&environments), json: &|| json(&report), markdown: Some(&|| markdown(&environments)) };
    print(session, &shown)?;
    let differs = environments.iter().any(|one| !one.files.is_empty());
    Ok(if differs { exit::CHANGES } else { exit::DONE })
}

fn text(environments: &[EnvironmentDiff]) -> Text {
    let mut text = Text::default();
    for one in environments.iter().filter(|one| !one.files.is_empty()) {
        text.push(Style::Heading, one.environment.as_str()).end();
        for line in one.files.iter().flat_map(|file| file.diff.lines()) {
            let style = match line.as_bytes().first() {
                Some(b'+') => Style::Added,
                Some(b'-') => Style::Removed,
                Some(b'@') => Style::Faint,
                _ => Style::Plain,
            };
            text.push_foreign(style, line).end();
        }
    }
    text
}

fn markdown(environments: &[EnvironmentDiff]) -> String {
    let mut page = String::new();
    for one in environments.iter().filter(|one| !one.files.is_empty()) {
        page.push_str(&format!("### {}\n\n", crate::report::escape::markdown(&one.environment)));
        for file in &one.files {
            let lines: Vec<String> = file.diff.lines().map(str::to_owned).collect();
            page.push_str(&crate::report::escape::block("diff", &lines));
        }
    }
    page
}
