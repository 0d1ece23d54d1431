//! History and status on a terminal.

use super::super::history::HistoryReport;
use super::super::status::StatusReport;
use super::super::style::{Style, Text};
use super::super::value::counted;
use super::{padded, revision, revision_of, short};

/// The applies of an environment, newest first.
pub fn history(report: &HistoryReport) -> Text {
    let mut text = Text::default();
    if report.entries.is_empty() {
        text.push_foreign(Style::Heading, &report.environment).push(Style::Plain, " was never applied").end();
        return text;
    }
    let who_width = report.entries.iter().map(|entry| entry.who.chars().count()).max().unwrap_or(0).min(40);
    let number_width = report.entries.iter().map(|entry| entry.generation.to_string().len()).max().unwrap_or(0);
    for entry in &report.entries {
        let commit = entry.commit.as_deref().map_or_else(|| "-------".into(), short);
        let dirty = if entry.dirty { "*" } else { " " };
        let style = if entry.outcome == "done" { Style::Good } else { Style::Warning };
        text.push(Style::Heading, format!("{:>number_width$}  ", entry.generation))
            .push_foreign(Style::Plain, &entry.applied_at);
        text.push(Style::Plain, "  ").push_foreign(Style::Place, &format!("{commit}{dirty}")).push(Style::Plain, "  ");
        text.push_foreign(Style::Plain, &padded(&entry.who, who_width)).push(Style::Plain, "  ");
        text.push_foreign(style, &entry.outcome).push(Style::Plain, format!(", {}", counted(entry.changes, "change")));
        text.push(Style::Plain, "  ").push_foreign(Style::Faint, &entry.why);
        text.push(Style::Faint, format!("  plan {}", entry.plan_digest.short())).end();
    }
    text
}

/// Where an environment stands.
pub fn status(report: &StatusReport) -> Text {
    let mut text = Text::default();
    text.push_foreign(Style::Heading, &report.environment).end();
    let mut line = |label: &str, style: Style, content: &str| {
        text.push(Style::Faint, format!("  {label:9} ")).push_foreign(style, content).end();
    };
    match (&report.revision, &report.problem) {
        (None, Some(problem)) => line("Git", Style::Warning, problem),
        (known, _) => line("Git", Style::Plain, &known.as_ref().map_or_else(|| "its file is gone".into(), revision)),
    }
    match &report.last_apply {
        None => line("applied", Style::Warning, "never"),
        Some(last) => {
            let from = revision_of(last.commit.as_deref(), last.dirty);
            let style = if last.outcome == "done" { Style::Good } else { Style::Warning };
            line(
                "applied",
                style,
                &format!("{}, {from} by {} at {} ({})", last.generation, last.who, last.applied_at, last.outcome),
            );
        }
    }
    if let Some(pending @ 1..) = report.pending {
        let words = format!("{}: `driftless plan {}`", counted(pending, "resource"), report.environment);
        line("pending", Style::Warning, &words);
    }
    if let Some(commit) = &report.pinned_to {
        line("pinned", Style::Warning, &format!("to {} by a rollback, until Git has a newer commit", short(commit)));
    }
    if let Some(holder) = &report.locked_by {
        line("locked", Style::Warning, &format!("by {holder}"));
    }
    for instance in &report.instances {
        let applied = counted(instance.applied, "resource");
        let words =
            format!("{} through {} to {}, {applied} applied", instance.target, instance.backend, instance.destination);
        line(&instance.instance, Style::Plain, &words);
    }
    text
}
