//! A plan on a terminal.

use super::super::plan::{PlanChange, PlanField, PlanReport};
use super::super::style::{Style, Text};
use super::super::value::{field_name, is_long, shown};
use super::{MOST_FIELDS, edited, findings, gaps, more_fields, padded, place_of_source, revision};
use crate::plan::{Action, Summary};

/// A plan on a terminal; what is kept is only counted.
pub fn plan(report: &PlanReport) -> Text {
    let mut text = Text::default();
    let doing = report.changes.iter().filter(|change| change.action != Action::Keep);
    let name = if report.destroy { "Plan to destroy " } else { "Plan for " };
    text.push(Style::Heading, name).push_foreign(Style::Heading, &report.environment);
    text.push(Style::Plain, " at ").push_foreign(Style::Plain, &revision(&report.revision)).push(Style::Plain, ": ");
    text.push(Style::Plain, counts(&report.summary)).end();
    for one in &report.destinations {
        text.push(Style::Faint, "  to ").push_foreign(Style::Faint, &one.destination).end();
    }
    for one in doing {
        change(&mut text, one);
    }
    for deferred in &report.deferred {
        text.end().push(Style::Warning, "  ? ").push_foreign(Style::Heading, &deferred.instance);
        text.push(Style::Plain, " can be planned once this is known: ")
            .push_foreign(Style::Plain, &deferred.waits_for)
            .end();
    }
    gaps(&mut text, &report.gaps);
    let (own, of_modules) = report.losses();
    findings(&mut text, "What the targets cannot express:", &own);
    if let Some(line) = of_modules {
        text.end().push_foreign(Style::Faint, &line).end();
    }
    findings(&mut text, "Worth knowing:", &report.findings);
    text.end().push(Style::Faint, format!("Digest {}", report.digest)).end();
    text
}

/// `1 to create, 2 to update, 12 to keep`.
pub(in crate::report) fn counts(summary: &Summary) -> String {
    let Summary { create, update, replace, restart, delete, keep, unknown, run, adopt } = *summary;
    let counts = [
        (create, "to create"),
        (update, "to update"),
        (restart, "to change and restart"),
        (replace, "to make anew"),
        (delete, "to delete"),
        (run, "to run"),
        (adopt, "to take over"),
        (unknown, "not known"),
    ];
    let words: Vec<String> =
        counts.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")).collect();
    if words.is_empty() {
        return format!("nothing to do, {keep} as declared");
    }
    format!("{}, {keep} to keep", words.join(", "))
}

/// The sign and the style of an action.
pub(in crate::report) const fn sign(action: Action) -> (&'static str, Style) {
    match action {
        Action::Create | Action::Adopt => ("+", Style::Added),
        Action::Delete => ("-", Style::Removed),
        Action::Replace => ("-/+", Style::Removed),
        Action::Update | Action::Restart => ("~", Style::Changed),
        Action::Run => (">", Style::Changed),
        Action::Keep => (" ", Style::Faint),
    }
}

fn change(text: &mut Text, change: &PlanChange) {
    let (sign, style) = sign(change.action);
    text.end().push(style, format!("  {sign:3} ")).push_foreign(Style::Heading, &change.address.to_string());
    if let Some(component) = &change.component {
        text.push(Style::Plain, "  (").push_foreign(Style::Plain, component).push(Style::Plain, ")");
    }
    if change.disruptive {
        text.push(Style::Warning, "  interrupts what runs");
    }
    text.end().push(Style::Plain, "      ").push_foreign(Style::Faint, &change.reason).end();
    let told = &change.fields[..change.fields.len().min(MOST_FIELDS)];
    let width = told.iter().map(|field| field_name(&field.path).chars().count()).max().unwrap_or(0).min(60);
    for one in told {
        field(text, one, width);
    }
    more_fields(text, change.fields.len() - told.len());
    for step in &change.steps {
        text.push(Style::Plain, "      * ").push_foreign(Style::Plain, step).end();
    }
}

fn field(text: &mut Text, field: &PlanField, width: usize) {
    let (sign, style) = match (field.before.is_null(), field.after.is_null() && !field.after_unknown) {
        (true, false) => ("+", Style::Added),
        (false, true) => ("-", Style::Removed),
        _ => ("~", Style::Changed),
    };
    let path = field_name(&field.path);
    text.push(style, format!("      {sign} ")).push_foreign(Style::Plain, &padded(&path, width));
    if is_long(&path, &field.before, &field.after) {
        source(text, field);
        text.end();
        edited(text, "          ", &field.before, &field.after);
        return;
    }
    let after = if field.after_unknown { "(known after apply)".into() } else { shown(&field.after) };
    text.push(Style::Plain, "  ").push_foreign(Style::Removed, &shown(&field.before)).push(Style::Plain, " -> ");
    text.push_foreign(Style::Added, &after);
    source(text, field);
    text.end();
}

fn source(text: &mut Text, field: &PlanField) {
    if let Some(source) = &field.source {
        text.push(Style::Plain, "  ").push_foreign(Style::Place, &place_of_source(source));
    }
}
