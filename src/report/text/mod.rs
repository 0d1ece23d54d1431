//! Reports as people read them on a terminal.

mod drift;
mod history;
mod plan;
mod preview;

pub use drift::{DriftOptions, drift, drifts};
pub use history::{history, status};
pub use plan::plan;
pub use preview::{preview, previews, reap, removal};

pub(super) use drift::{counts as counts_of_drift, effect as effect_of, place as place_of, sign as sign_of_class};
pub(super) use drift::{has_drifted, verdict as verdict_of, who as who_of, word as class_word};
pub(super) use plan::{counts as counts_of_plan, sign as sign_of_action};

use super::style::{Style, Text};
use crate::model::Revision;
use crate::plan::{BUILT_IN, Finding, Gap, Source};

/// A revision in a few characters: `1a2b3c4`, `1a2b3c4 and uncommitted changes`.
fn revision(revision: &Revision) -> String {
    revision_of(revision.commit.as_deref(), revision.dirty)
}

fn revision_of(commit: Option<&str>, dirty: bool) -> String {
    match (commit, dirty) {
        (Some(commit), false) => short(commit),
        (Some(commit), true) => format!("{} and uncommitted changes", short(commit)),
        // Outside of a repository nothing can differ from a commit.
        (None, true) => "files before the first commit".into(),
        (None, false) => "files outside a repository".into(),
    }
}

/// The first seven characters of a commit.
pub(super) fn short(commit: &str) -> String {
    commit.chars().take(7).collect()
}

pub(super) fn place_of_source(source: &Source) -> String {
    format!("{}:{}:{}", file(&source.file), source.line, source.column)
}

/// A file in words: one that is part of the program is said to be that.
fn file(path: &str) -> String {
    path.strip_prefix(BUILT_IN).map_or_else(|| path.to_owned(), |path| format!("built-in {path}"))
}

/// `word` and spaces up to a width, counted in characters.
fn padded(word: &str, width: usize) -> String {
    format!("{word:width$}")
}

/// How many fields of one resource are shown.
const MOST_FIELDS: usize = 100;

/// That some fields are not shown.
fn more_fields(text: &mut Text, number: usize) {
    if number > 0 {
        let fields = super::value::counted(number, "more field");
        text.push(Style::Faint, format!("    and {fields}; --output json has all")).end();
    }
}

/// How two long texts differ, a line each.
fn edited(text: &mut Text, indent: &str, before: &serde_json::Value, after: &serde_json::Value) {
    for (sign, line) in super::value::edits(before, after) {
        let style = match sign {
            '-' => Style::Removed,
            '+' => Style::Added,
            _ => Style::Faint,
        };
        text.push(style, format!("{indent}{sign} ")).push_foreign(style, &line).end();
    }
}

fn gaps(text: &mut Text, gaps: &[Gap]) {
    if gaps.is_empty() {
        return;
    }
    text.end().push(Style::Warning, "Not known:").end();
    for gap in gaps {
        text.push(Style::Warning, "  ? ")
            .push_foreign(Style::Heading, &gap.address.to_string())
            .push(Style::Plain, "  ");
        text.push_foreign(Style::Plain, &gap.reason).end();
    }
}

fn findings(text: &mut Text, heading: &str, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    text.end().push(Style::Heading, heading).end();
    for finding in findings {
        text.push(Style::Warning, format!("  {} ", finding.code)).push_foreign(Style::Plain, &finding.message);
        if let Some(source) = &finding.source {
            text.push(Style::Plain, "  ").push_foreign(Style::Place, &place_of_source(source));
        }
        text.end();
    }
}

#[cfg(test)]
pub(crate) mod tests;
