//! A drift report as a comment or an issue.

use super::super::escape::{block, code, html, markdown};
use super::super::text::{
    class_word, counts_of_drift, effect_of, has_drifted, place_of, short, sign_of_class, verdict_of, who_of,
};
use super::super::value::{edits, field_name, is_long, shown};
use super::{MOST_FIELDS, Page, add, details, heading, list, more_fields};
use crate::drift::{DriftField, DriftReport, DriftReports, Remedy, ResourceClass, ResourceDrift};

/// The reports of several environments, at most `limit` characters in all.
pub fn drifts(reports: &DriftReports, limit: usize) -> String {
    let mut page = Page::new(limit);
    for report in &reports.reports {
        fill(&mut page, report);
    }
    page.finish("part", "driftless drift --all")
}

/// The report of one environment, at most `limit` characters.
pub fn drift(report: &DriftReport, limit: usize) -> String {
    let mut page = Page::new(limit);
    fill(&mut page, report);
    page.finish("part", &format!("driftless drift {}", report.environment.replace('`', "")))
}

fn fill(page: &mut Page, report: &DriftReport) {
    page.head(&heading(3, &format!("{} {}", markdown(&report.environment), verdict_of(report).0)));
    let commit = report
        .revision
        .commit
        .as_deref()
        .map(|commit| format!("compared with {}, ", code(&short(commit))))
        .unwrap_or_default();
    page.head(&format!(
        "{} ({commit}looked at {})\n\n",
        counts_of_drift(&report.summary),
        markdown(&report.observed_at)
    ));
    for one in report.resources.iter().filter(|one| one.class != ResourceClass::Unknown) {
        page.block(&resource(one));
    }
    let gaps = report.gaps.iter().map(|gap| format!("{}: {}", code(&gap.address.to_string()), markdown(&gap.reason)));
    page.block(&list("Not known", gaps));
    let ignored = report.ignored.iter().map(|one| {
        let path = one.path.to_string();
        let path = if path.is_empty() { String::new() } else { format!(" {}", code(&path)) };
        format!("{}{path}: {}", code(&one.address.to_string()), markdown(&one.rule))
    });
    let ignored = list("By rule", ignored);
    if !ignored.is_empty() {
        page.block(&details("Not reported", &ignored));
    }
    page.block(&list(
        "Worth knowing",
        report.findings.iter().map(|finding| format!("{} {}", finding.code, markdown(&finding.message))),
    ));
}

fn resource(resource: &ResourceDrift) -> String {
    let summary = format!(
        "{} <code>{}</code>: {}",
        sign_of_class(resource.class).0,
        html(&resource.address.to_string()),
        class_word(resource.class)
    );
    let mut body = String::new();
    if let Some(reason) = &resource.reason {
        add(&mut body, &format!("{}\n\n", markdown(reason)));
    }
    let told = &resource.fields[..resource.fields.len().min(MOST_FIELDS)];
    let rows: Vec<String> = told.iter().flat_map(rows).collect();
    if !rows.is_empty() {
        body.push_str(&block("diff", &rows));
    }
    for field in told {
        body.push_str(&about(field));
    }
    body.push_str(&more_fields(resource.fields.len() - told.len()));
    if let Some(source) = &resource.source {
        add(&mut body, &format!("- declared at {}\n", code(&place_of(source))));
    }
    if let Some(words) = resource.changed_by.as_ref().and_then(who_of) {
        add(&mut body, &format!("- changed {}\n", markdown(&words)));
    }
    if let Some(since) = &resource.first_seen {
        add(&mut body, &format!("- seen since {}\n", markdown(since)));
    }
    body.push_str(&remedies(resource));
    for consequence in &resource.consequences {
        add(
            &mut body,
            &format!("- hence {}: {}\n", code(&consequence.address.to_string()), markdown(&consequence.reason)),
        );
    }
    details(&summary, &body)
}

fn rows(field: &DriftField) -> Vec<String> {
    let path = field_name(&field.path);
    if !has_drifted(field) {
        return vec![format!("! {path}: {} -> {}, pending", shown(&field.live), shown(&field.declared))];
    }
    if is_long(&path, &field.declared, &field.live) {
        return hunk(&path, &edits(&field.declared, &field.live));
    }
    let mut rows = Vec::new();
    if !field.declared.is_null() {
        rows.push(format!("- {path}: {}", shown(&field.declared)));
    }
    if !field.live.is_null() {
        rows.push(format!("+ {path}: {}", shown(&field.live)));
    }
    rows
}

/// Lines that differ, under their path.
pub(super) fn hunk(path: &str, edits: &[(char, String)]) -> Vec<String> {
    let head = std::iter::once(format!("@@ {path} @@"));
    head.chain(edits.iter().map(|(sign, line)| format!("{sign} {line}"))).collect()
}

fn about(field: &DriftField) -> String {
    let mut words = Vec::new();
    if let Some(source) = &field.source {
        words.push(format!("declared at {}", code(&place_of(source))));
    }
    if let Some(who) = who_of(&field.changed_by) {
        words.push(format!("changed {}", markdown(&who)));
    }
    if let Some(since) = &field.first_seen {
        words.push(format!("seen since {}", markdown(since)));
    }
    if words.is_empty() {
        String::new()
    } else {
        format!("- {}: {}\n", code(&field_name(&field.path)), words.join("; "))
    }
}

/// One line for each command, with what the strongest remedy by it takes.
fn remedies(resource: &ResourceDrift) -> String {
    let mut by_command: indexmap::IndexMap<&str, &Remedy> = indexmap::IndexMap::new();
    let drifted = resource.fields.iter().filter(|field| has_drifted(field)).map(|field| &field.remedy);
    for remedy in drifted.chain(&resource.remedy) {
        let known = by_command.entry(&remedy.command).or_insert(remedy);
        if remedy.kind > known.kind {
            *known = remedy;
        }
    }
    by_command.values().map(|remedy| remedy_line(remedy)).collect()
}

fn remedy_line(remedy: &Remedy) -> String {
    match (&remedy.by_hand, effect_of(remedy)) {
        (Some(by_hand), _) => format!("- by hand: {}; then {}\n", markdown(by_hand), code(&remedy.command)),
        (None, Some(effect)) => format!("- {}: {effect}\n", code(&remedy.command)),
        (None, None) => format!("- {}\n", code(&remedy.command)),
    }
}
