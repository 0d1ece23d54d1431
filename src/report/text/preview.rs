//! Previews on a terminal.

use super::super::preview::{
    PreviewReport, PreviewStatus, PreviewsReport, ReapReport, Removal, RemovalReport, RunReport, Unlisted,
};
use super::super::style::{Style, Text};
use super::super::value::counted;
use super::{padded, short};
use crate::preview::Standing;

/// A preview that was brought up: where it is reached comes last, where one looks.
pub fn preview(report: &PreviewReport) -> Text {
    let mut text = Text::default();
    let status = &report.preview;
    let word = if report.created { "new" } else { "updated" };
    text.push_foreign(Style::Heading, &status.name).push(Style::Plain, format!("  {word}"));
    text.push(Style::Plain, format!(", {}", counted(report.run.changed.len(), "change")));
    if let Some(expires) = &status.expires_at {
        text.push(Style::Faint, "  expires ").push_foreign(Style::Faint, expires);
    }
    text.end();
    run(&mut text, &report.run);
    for endpoint in &report.endpoints {
        let inside = endpoint.name.as_deref().map_or_else(|| endpoint.port.to_string(), str::to_owned);
        let of = endpoint.component.clone().unwrap_or_else(|| endpoint.address.to_string());
        text.push(Style::Plain, "  ").push_foreign(Style::Plain, &format!("{of} {inside}")).push(Style::Plain, "  ");
        text.push_foreign(Style::Place, endpoint.url.as_ref().unwrap_or(&endpoint.reached_at)).end();
    }
    if let Some(url) = &status.url {
        text.push(Style::Plain, "  url  ").push_foreign(Style::Place, url).end();
    }
    if let Some(note) = &report.note {
        text.push(Style::Plain, "  ").push_foreign(Style::Warning, note).end();
    }
    text
}

fn run(text: &mut Text, run: &RunReport) {
    for failed in &run.failed {
        text.push(Style::Removed, "  failed  ").push_foreign(Style::Heading, &failed.address.to_string());
        text.push(Style::Plain, "  ").push_foreign(Style::Plain, &failed.reason).end();
    }
    if let Some(reason) = &run.interrupted {
        text.push(Style::Warning, "  ").push_foreign(Style::Warning, reason).end();
    }
    for remaining in &run.remaining {
        text.push(Style::Warning, "  still to do  ").push_foreign(Style::Plain, remaining).end();
    }
}

/// All previews.
pub fn previews(report: &PreviewsReport) -> Text {
    let mut text = Text::default();
    if report.previews.is_empty() && report.complete {
        text.push(Style::Plain, "there are no previews").end();
    }
    let width = report.previews.iter().map(|one| one.name.chars().count()).max().unwrap_or(0);
    for one in &report.previews {
        line(&mut text, one, width);
    }
    unlisted(&mut text, &report.unlisted);
    text
}

fn line(text: &mut Text, one: &PreviewStatus, width: usize) {
    let style = match one.standing {
        Standing::Active => Style::Good,
        Standing::Expired | Standing::Closed | Standing::Unrecorded => Style::Warning,
    };
    text.push_foreign(Style::Heading, &padded(&one.name, width)).push(Style::Plain, "  ");
    text.push(style, padded(one.standing.as_str(), "unrecorded".len()));
    if let Some(count) = one.resources {
        text.push(Style::Plain, format!("  {}", counted(count, "resource")));
    }
    if let Some(commit) = &one.commit {
        text.push(Style::Plain, "  ").push_foreign(Style::Place, &short(commit));
    }
    if let Some(branch) = &one.branch {
        text.push(Style::Plain, "  ").push_foreign(Style::Plain, branch);
    }
    match (&one.expires_at, one.standing) {
        (Some(expires), Standing::Active | Standing::Expired) => {
            let word = if one.standing == Standing::Active { "expires" } else { "since" };
            text.push(Style::Faint, format!("  {word} ")).push_foreign(Style::Faint, expires);
        }
        (None, Standing::Unrecorded) => {
            let command = format!("driftless preview down {} --number {}", one.environment, one.number);
            text.push(Style::Faint, "  nothing is recorded of it; ").push_foreign(Style::Command, &command);
        }
        _ => {}
    }
    text.end();
}

fn unlisted(text: &mut Text, unlisted: &[Unlisted]) {
    for one in unlisted {
        text.push(Style::Warning, "? ").push_foreign(Style::Heading, &one.environment);
        text.push(Style::Plain, "  could not be listed: ").push_foreign(Style::Plain, &one.reason).end();
    }
}

/// A preview that was taken away.
pub fn removal(report: &RemovalReport) -> Text {
    let mut text = Text::default();
    removed(&mut text, &report.removal);
    text
}

fn removed(text: &mut Text, removal: &Removal) {
    text.push_foreign(Style::Heading, &removal.name).push(Style::Plain, "  ");
    text.push(Style::Plain, format!("{} removed, ", removal.run.changed.len()));
    if removal.is_proved() {
        text.push(Style::Good, "nothing with its mark is left").end();
    } else if let Some(error) = &removal.error {
        text.push(Style::Removed, "it could not be taken away: ").push_foreign(Style::Plain, error).end();
    } else {
        text.push(Style::Warning, "it is not proved that nothing is left").end();
    }
    run(text, &removal.run);
    for address in &removal.left {
        text.push(Style::Removed, "  left  ").push_foreign(Style::Heading, &address.to_string()).end();
    }
    for gap in &removal.gaps {
        text.push(Style::Warning, "  ? ").push_foreign(Style::Heading, &gap.address.to_string());
        text.push(Style::Plain, "  ").push_foreign(Style::Plain, &gap.reason).end();
    }
}

/// Previews that were taken away since their time was over.
pub fn reap(report: &ReapReport) -> Text {
    let mut text = Text::default();
    report.reaped.iter().for_each(|one| removed(&mut text, one));
    for held in &report.held {
        text.push_foreign(Style::Heading, &held.name).push(Style::Warning, "  held: ");
        text.push_foreign(Style::Plain, &held.reason).end();
    }
    for name in &report.unrecorded {
        text.push_foreign(Style::Heading, name).push(Style::Warning, "  nothing is recorded of it: it stays").end();
    }
    if report.reaped.is_empty() && report.held.is_empty() {
        text.push(Style::Plain, format!("nothing to take away, {} in use", counted(report.stays.len(), "preview")))
            .end();
    }
    unlisted(&mut text, &report.unlisted);
    text
}
