//! A drift report on a terminal: what a tired engineer reads at three in the morning.

use super::super::style::{Style, Text};
use super::super::value::{field_name, is_long, shown};
use super::{MOST_FIELDS, edited, findings, gaps, more_fields, padded, revision, short};
use crate::drift::{
    DriftField, DriftReport, DriftReports, DriftSummary, Place, Remedy, RemedyKind, ResourceClass, ResourceDrift,
};
use crate::plan::{ChangedBy, FieldClass};

/// How many places beside the source are shown.
const MOST_VIA: usize = 3;

/// What of a drift report is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct DriftOptions {
    /// Whether what is ignored is listed with the rules, not only counted.
    pub show_ignored: bool,
}

/// The reports of several environments.
pub fn drifts(reports: &DriftReports, options: DriftOptions) -> Text {
    let mut text = Text::default();
    for (at, report) in reports.reports.iter().enumerate() {
        if at > 0 {
            text.end();
        }
        text.spans.extend(drift(report, options).spans);
    }
    text
}

/// The report of one environment.
pub fn drift(report: &DriftReport, options: DriftOptions) -> Text {
    let mut text = Text::default();
    heading(&mut text, report);
    for one in report.resources.iter().filter(|one| one.class != ResourceClass::Unknown) {
        resource(&mut text, one);
    }
    closed(&mut text, report);
    gaps(&mut text, &report.gaps);
    ignored(&mut text, report, options);
    findings(&mut text, "Worth knowing:", &report.findings);
    if !report.secrets_judged {
        text.end().push(Style::Warning, "Secrets were not compared with their sources.").end();
    }
    text
}

/// What was reported before and is so no more.
fn closed(text: &mut Text, report: &DriftReport) {
    if !report.closed.is_empty() {
        text.end().push(Style::Good, "Gone by now:").end();
    }
    for one in &report.closed {
        let path = one.path.to_string();
        text.push(Style::Plain, "  ").push_foreign(Style::Plain, &one.address.to_string());
        if !path.is_empty() {
            text.push(Style::Plain, " ").push_foreign(Style::Plain, &path);
        }
        text.push_foreign(Style::Faint, &format!(": {}", one.how));
        if let Some(since) = &one.first_seen {
            text.push_foreign(Style::Faint, &format!(", seen since {since}"));
        }
        text.end();
    }
}

fn heading(text: &mut Text, report: &DriftReport) {
    let (words, style) = verdict(report);
    text.push_foreign(Style::Heading, &report.environment).push(Style::Plain, " ").push(style, words);
    text.push(Style::Plain, format!(": {}", counts(&report.summary))).end();
    text.push(Style::Faint, "  compared with ").push_foreign(Style::Faint, &revision(&report.revision));
    text.push(Style::Faint, ", looked at ").push_foreign(Style::Faint, &report.observed_at);
    if report.baseline == crate::drift::Baseline::Desired {
        text.push(Style::Warning, "; not all that was applied is recorded, Git stands in for it");
    }
    text.end();
}

/// What the report comes to, in words.
pub(in crate::report) const fn verdict(report: &DriftReport) -> (&'static str, Style) {
    match (report.drifted, report.complete) {
        (false, true) if report.summary.pending > 0 => ("has not drifted", Style::Good),
        (true, _) => ("has drifted", Style::Removed),
        (false, false) => ("could not be read in full", Style::Warning),
        (false, true) => ("is in sync", Style::Good),
    }
}

/// `1 changed, 12 in sync`.
pub(in crate::report) fn counts(summary: &DriftSummary) -> String {
    let DriftSummary { in_sync, changed, missing, unmanaged, moved, pending, ignored, unknown, consequences } =
        *summary;
    let counts = [
        (changed, "changed"),
        (missing, "missing"),
        (moved, "moved"),
        (unknown, "unknown"),
        (consequences, "only follow from these"),
        (pending, "pending"),
        (unmanaged, "unmanaged"),
        (ignored, "ignored"),
    ];
    let counted = counts.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}"));
    counted.chain([format!("{in_sync} in sync")]).collect::<Vec<_>>().join(", ")
}

/// The sign and the style of a class.
pub(in crate::report) const fn sign(class: ResourceClass) -> (&'static str, Style) {
    match class {
        ResourceClass::InSync => ("=", Style::Good),
        ResourceClass::Changed | ResourceClass::Moved => ("~", Style::Changed),
        ResourceClass::Missing => ("-", Style::Removed),
        ResourceClass::Unmanaged => ("+", Style::Faint),
        ResourceClass::Pending => (">", Style::Faint),
        ResourceClass::Ignored => (".", Style::Faint),
        ResourceClass::Unknown => ("?", Style::Warning),
    }
}

/// A class in words.
pub(in crate::report) const fn word(class: ResourceClass) -> &'static str {
    match class {
        ResourceClass::InSync => "in sync",
        ResourceClass::Changed => "changed",
        ResourceClass::Missing => "missing",
        ResourceClass::Unmanaged => "unmanaged",
        ResourceClass::Moved => "moved",
        ResourceClass::Pending => "pending",
        ResourceClass::Ignored => "ignored",
        ResourceClass::Unknown => "unknown",
    }
}

fn resource(text: &mut Text, resource: &ResourceDrift) {
    let (sign, style) = sign(resource.class);
    text.end().push(style, format!("{sign} ")).push_foreign(Style::Heading, &resource.address.to_string());
    text.push(style, format!("  {}", word(resource.class)));
    if let Some(component) = &resource.component {
        text.push(Style::Plain, "  (").push_foreign(Style::Plain, component).push(Style::Plain, ")");
    }
    text.end();
    if let Some(reason) = &resource.reason {
        text.push(Style::Plain, "    ").push_foreign(Style::Plain, reason).end();
    }
    let shared = Shared::of(resource);
    let told = &resource.fields[..resource.fields.len().min(MOST_FIELDS)];
    let width = told.iter().map(|field| field_name(&field.path).chars().count()).max().unwrap_or(0).min(60);
    for one in told {
        field(text, one, width, &shared);
    }
    more_fields(text, resource.fields.len() - told.len());
    if let Some(source) = &resource.source {
        labelled(text, "declared", Style::Place, &place(source));
    }
    about(text, shared.changed_by.as_ref(), shared.first_seen.as_deref(), shared.remedy.as_ref());
    for consequence in &resource.consequences {
        labelled(text, "hence", Style::Plain, &format!("{}  {}", consequence.address, consequence.reason));
    }
}

/// What holds for all that drifted of a resource, so that it is said once.
struct Shared {
    changed_by: Option<ChangedBy>,
    first_seen: Option<String>,
    remedy: Option<Remedy>,
}

impl Shared {
    fn of(resource: &ResourceDrift) -> Self {
        let fields = || resource.fields.iter().filter(|field| has_drifted(field));
        let Some(first) = fields().next() else {
            let ResourceDrift { changed_by, first_seen, remedy, .. } = resource.clone();
            return Self { changed_by, first_seen, remedy };
        };
        // One command puts all of it back; what it takes is what the strongest of them takes.
        let same_command = fields().all(|field| field.remedy.command == first.remedy.command);
        let strongest = fields().map(|field| &field.remedy).max_by_key(|remedy| remedy.kind);
        Self {
            changed_by: fields().all(|field| field.changed_by == first.changed_by).then(|| first.changed_by.clone()),
            first_seen: first.first_seen.clone().filter(|_| fields().all(|field| field.first_seen == first.first_seen)),
            remedy: strongest.filter(|_| same_command).cloned(),
        }
    }
}

/// Whether live is what nobody declared; else only Git has moved on.
pub(in crate::report) fn has_drifted(field: &DriftField) -> bool {
    !field.pending || field.applied != field.live
}

fn field(text: &mut Text, field: &DriftField, width: usize, shared: &Shared) {
    let drifted = has_drifted(field);
    let (sign, style) = match (drifted, field.class) {
        (false, _) => (">", Style::Faint),
        (true, FieldClass::Changed) => ("~", Style::Changed),
        (true, FieldClass::Added) => ("+", Style::Added),
        (true, FieldClass::Removed) => ("-", Style::Removed),
    };
    let path = field_name(&field.path);
    text.push(style, format!("  {sign} ")).push_foreign(Style::Plain, &padded(&path, width));
    // What drifted went from what is declared to what is live; what is pending goes the other way.
    let (from, to) = if drifted { (&field.declared, &field.live) } else { (&field.live, &field.declared) };
    if is_long(&path, from, to) {
        text.end();
        edited(text, "      ", from, to);
    } else {
        text.push(Style::Plain, "  ").push_foreign(Style::Removed, &shown(from)).push(Style::Plain, " -> ");
        text.push_foreign(Style::Added, &shown(to)).end();
    }
    if field.pending {
        let applied = if drifted { format!("; {} was applied", shown(&field.applied)) } else { String::new() };
        inner(text, "pending", Style::Plain, &format!("declared anew{applied}"));
    }
    declared(text, field);
    if drifted {
        let changed_by = Some(&field.changed_by).filter(|_| shared.changed_by.is_none());
        let first_seen = field.first_seen.as_deref().filter(|_| shared.first_seen.is_none());
        about(text, changed_by, first_seen, Some(&field.remedy).filter(|_| shared.remedy.is_none()));
    }
}

/// A line about a resource; one about a field of it is further in.
fn labelled(text: &mut Text, label: &str, style: Style, content: &str) {
    text.push(Style::Faint, format!("    {label:9} ")).push_foreign(style, content).end();
}

fn inner(text: &mut Text, label: &str, style: Style, content: &str) {
    text.push(Style::Plain, "    ");
    labelled(text, label, style, content);
}

fn declared(text: &mut Text, field: &DriftField) {
    if let Some(source) = &field.source {
        inner(text, "declared", Style::Place, &place(source));
    }
    for other in field.via.iter().take(MOST_VIA) {
        inner(text, "via", Style::Place, &place(other));
    }
    let more = field.via.len().saturating_sub(MOST_VIA) + field.via_more;
    if more > 0 {
        inner(text, "", Style::Faint, &format!("and {more} more"));
    }
}

fn about(text: &mut Text, changed_by: Option<&ChangedBy>, first_seen: Option<&str>, remedy: Option<&Remedy>) {
    if let Some(words) = changed_by.and_then(who) {
        labelled(text, "changed", Style::Plain, &words);
    }
    if let Some(since) = first_seen {
        labelled(text, "seen", Style::Plain, &format!("since {since}"));
    }
    if let Some(remedy) = remedy {
        if let Some(by_hand) = &remedy.by_hand {
            labelled(text, "by hand", Style::Plain, by_hand);
        }
        labelled(text, if remedy.by_hand.is_some() { "then" } else { "put back" }, Style::Command, &remedy.command);
        if let Some(effect) = effect(remedy) {
            labelled(text, "", Style::Faint, effect);
        }
    }
}

/// What a remedy does, in words; none where somebody does it by hand.
pub(in crate::report) const fn effect(remedy: &Remedy) -> Option<&'static str> {
    Some(match (remedy.kind, remedy.deploys_pending) {
        (RemedyKind::Runtime, false) => "nothing stops",
        (RemedyKind::Runtime, true) => "nothing stops; brings what was changed in Git, too",
        (RemedyKind::Restart, false) => "restarts what runs",
        (RemedyKind::Restart, true) => "restarts what runs; brings what was changed in Git, too",
        (RemedyKind::Replace, false) => "makes it anew",
        (RemedyKind::Replace, true) => "makes it anew; brings what was changed in Git, too",
        (RemedyKind::Manual, _) => return None,
    })
}

/// Who and when, as far as it is known.
pub(in crate::report) fn who(changed_by: &ChangedBy) -> Option<String> {
    let parts = [
        changed_by.who.as_ref().map(|who| format!("by {who}")),
        changed_by.when.as_ref().map(|when| format!("at {when}")),
        changed_by.evidence.as_ref().map(|evidence| format!("({evidence})")),
    ];
    let words: Vec<String> = parts.into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// A place and who wrote that line.
pub(in crate::report) fn place(place: &Place) -> String {
    let known = [place.commit.as_deref().map(short), place.author.clone()];
    let known: Vec<String> = known.into_iter().flatten().collect();
    let known = if known.is_empty() { place.unknown_because.clone().into_iter().collect() } else { known };
    let at = format!("{}:{}:{}", super::file(&place.file), place.line, place.column);
    if known.is_empty() { at } else { format!("{at}  ({})", known.join(", ")) }
}

fn ignored(text: &mut Text, report: &DriftReport, options: DriftOptions) {
    if report.ignored.is_empty() {
        return;
    }
    if !options.show_ignored {
        let number = report.ignored.len();
        text.end()
            .push(
                Style::Faint,
                format!(
                    "{} not reported by rule; --show-ignored lists them",
                    super::super::value::counted(number, "difference")
                ),
            )
            .end();
        return;
    }
    text.end().push(Style::Heading, "Not reported, by rule:").end();
    for one in &report.ignored {
        let path = one.path.to_string();
        text.push(Style::Plain, "  . ").push_foreign(Style::Plain, &one.address.to_string());
        text.push(Style::Plain, if path.is_empty() { "" } else { "  " }).push_foreign(Style::Plain, &path);
        text.push(Style::Plain, "  ").push_foreign(Style::Faint, &one.rule).end();
    }
}
