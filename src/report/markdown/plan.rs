//! A plan as a comment.

use super::super::escape::{block, code, html, markdown};
use super::super::plan::{PlanChange, PlanField, PlanReport};
use super::super::text::{counts_of_plan, place_of_source, short, sign_of_action};
use super::super::value::{edits, field_name, is_long, shown};
use super::{MOST_FIELDS, Page, add, details, heading, list, more_fields};
use crate::plan::Action;

/// A plan as a comment, at most `limit` characters.
pub fn plan(report: &PlanReport, limit: usize) -> String {
    let mut page = Page::new(limit);
    let verb = if report.destroy { "Plan to destroy" } else { "Plan for" };
    page.head(&heading(3, &format!("{verb} {}", markdown(&report.environment))));
    let commit = report
        .revision
        .commit
        .as_deref()
        .map(|commit| format!("commit {}, ", code(&short(commit))))
        .unwrap_or_default();
    page.head(&format!("{} ({commit}digest {})\n\n", counts_of_plan(&report.summary), code(report.digest.as_str())));
    for change in report.changes.iter().filter(|change| change.action != Action::Keep) {
        page.block(&one_change(change));
    }
    for gap in &report.gaps {
        page.block(&format!("- **not known**: {}: {}\n", code(&gap.address.to_string()), markdown(&gap.reason)));
    }
    for deferred in &report.deferred {
        page.block(&format!("- **later**: {} waits for {}\n", code(&deferred.instance), code(&deferred.waits_for)));
    }
    let findings = |findings: &[crate::plan::Finding]| {
        let items: Vec<String> =
            findings.iter().map(|finding| format!("{} {}", finding.code, markdown(&finding.message))).collect();
        items.into_iter()
    };
    let (own, of_modules) = report.losses();
    page.block(&list("What the targets cannot express", findings(&own)));
    if let Some(line) = of_modules {
        page.block(&format!("{}\n\n", markdown(&line)));
    }
    page.block(&list("Worth knowing", findings(&report.findings)));
    page.finish("part", &format!("driftless plan {}", report.environment.replace('`', "")))
}

fn one_change(change: &PlanChange) -> String {
    let (sign, _) = sign_of_action(change.action);
    let disruptive = if change.disruptive { ", interrupts what runs" } else { "" };
    let summary =
        format!("{sign} <code>{}</code>: {}{disruptive}", html(&change.address.to_string()), html(&change.reason));
    let mut body = String::new();
    let told = &change.fields[..change.fields.len().min(MOST_FIELDS)];
    let rows: Vec<String> = told.iter().flat_map(field).collect();
    if !rows.is_empty() {
        body.push_str(&block("diff", &rows));
    }
    let places = told.iter().filter_map(|field| Some((field, field.source.as_ref()?)));
    for (field, source) in places {
        add(&mut body, &format!("- {}: {}\n", code(&field_name(&field.path)), code(&place_of_source(source))));
    }
    body.push_str(&more_fields(change.fields.len() - told.len()));
    for step in &change.steps {
        add(&mut body, &format!("- {}\n", markdown(step)));
    }
    details(&summary, &body)
}

fn field(field: &PlanField) -> Vec<String> {
    let path = field_name(&field.path);
    let after = if field.after_unknown { "(known after apply)".into() } else { shown(&field.after) };
    if is_long(&path, &field.before, &field.after) {
        return super::drift::hunk(&path, &edits(&field.before, &field.after));
    }
    let mut rows = Vec::new();
    if !field.before.is_null() {
        rows.push(format!("- {path}: {}", shown(&field.before)));
    }
    if !field.after.is_null() || field.after_unknown {
        rows.push(format!("+ {path}: {after}"));
    }
    rows
}
