//! Compares the exact texts of files, line by line, where their trees say nothing.

use super::silenced::Lines;
use super::{Compared, Comparison, Field, FieldClass};
use crate::model::Effect;
use crate::model::{FieldPath, Tree};
use crate::plan::lines::{Hunk, differences, split};
use crate::plan::verdict::Verdict;
use std::ops::Range;

/// Adds the lines on which the texts differ, where the trees do not explain it.
pub(super) fn compare_texts(comparison: &Comparison<'_>, compared: &mut Compared) {
    let text = |content: Option<super::Content<'_>>| content.and_then(|content| content.text.map(str::to_owned));
    let texts = [comparison.desired, comparison.applied, comparison.live].map(text);
    let [Some(desired), applied, Some(live)] = texts else { return };
    let applied = applied.unwrap_or_else(|| desired.clone());
    if compared.has_drift() {
        return;
    }
    if desired == live {
        compared.converged |= applied != desired;
        return;
    }
    let Some(silenced) = Lines::of(&compared.silenced, &desired, &live) else { return };
    let explained = !compared.fields.is_empty();
    let [desired, applied, live] = super::file::compare_endings(comparison, compared, [desired, applied, live]);
    let mut hunks = Hunks::new(&desired, &applied, &live);
    hunks.emit(comparison, compared, explained, &silenced);
    compared.blunt |= hunks.blunt;
}

/// More places than this at which two texts differ are one block.
const MOST_HUNKS: usize = 100;

struct Hunks<'a> {
    desired: Vec<&'a str>,
    live: Vec<&'a str>,
    /// Ranges of desired lines that are not as applied, and of live lines that are not.
    by_git: Vec<Range<usize>>,
    by_live: Vec<Range<usize>>,
    blunt: bool,
}

impl<'a> Hunks<'a> {
    fn new(desired: &'a str, applied: &'a str, live: &'a str) -> Self {
        let [desired, applied, live] = [desired, applied, live].map(split);
        let [by_git, by_live] = [&desired, &live].map(|side| differences(&applied, side));
        let blunt = by_git.blunt || by_live.blunt;
        let [by_git, by_live] = [by_git, by_live].map(|found| found.hunks.into_iter().map(|hunk| hunk.after).collect());
        Self { desired, live, by_git, by_live, blunt }
    }

    /// `explained`: the trees tell what Git changed. What stands at a silenced field is that field's difference.
    fn emit(&mut self, comparison: &Comparison<'_>, compared: &mut Compared, explained: bool, silenced: &Lines) {
        for hunk in self.hunks() {
            if silenced.explain(&hunk) {
                continue;
            }
            let by_live = touches(&self.by_live, &hunk.after);
            let by_git = touches(&self.by_git, &hunk.before);
            if explained && (by_git || !by_live) {
                continue;
            }
            let verdict = match (by_live, by_git) {
                (true, false) => Verdict::Drift,
                (false, true) => Verdict::Pending,
                _ => Verdict::DriftAndPending,
            };
            self.hunk(comparison, compared, &hunk, verdict);
        }
    }

    /// Where what is desired and what is live differ. What is scattered all over the file is one block.
    fn hunks(&mut self) -> Vec<Hunk> {
        let found = differences(&self.desired, &self.live);
        self.blunt |= found.blunt;
        let (Some(first), Some(last)) = (found.hunks.first(), found.hunks.last()) else { return found.hunks };
        if found.hunks.len() <= MOST_HUNKS {
            return found.hunks;
        }
        self.blunt = true;
        vec![Hunk { before: first.before.start..last.before.end, after: first.after.start..last.after.end }]
    }

    fn hunk(&self, comparison: &Comparison<'_>, compared: &mut Compared, hunk: &Hunk, verdict: Verdict) {
        let path = lines(&hunk.before, self.desired.len());
        let silenced = if verdict.is_drift() { (comparison.silence)(&path) } else { None };
        if let Some(rule) = silenced {
            compared.silenced.push(super::Silenced { path, rule, by_user: true });
            return;
        }
        let (declared, live) =
            shown(self.desired[hunk.before.clone()].concat(), self.live[hunk.after.clone()].concat());
        let row = comparison.table.row(comparison.address, &path);
        let class = match (hunk.before.is_empty(), hunk.after.is_empty()) {
            (_, true) => FieldClass::Removed,
            (true, false) => FieldClass::Added,
            (false, false) => FieldClass::Changed,
        };
        compared.fields.push(Field {
            path,
            class: if verdict.is_drift() { class } else { seen_from_applied(class) },
            verdict,
            applied: if verdict == Verdict::Drift {
                declared.clone()
            } else if verdict == Verdict::Pending {
                live.clone()
            } else {
                None
            },
            declared,
            live,
            sensitive: false,
            declared_unknown: false,
            repair: row.map_or(Effect::Replace, |row| row.repair),
            change: row.map_or(Effect::Replace, |row| row.change),
        });
    }
}

const fn seen_from_applied(class: FieldClass) -> FieldClass {
    match class {
        FieldClass::Changed => FieldClass::Changed,
        FieldClass::Added => FieldClass::Removed,
        FieldClass::Removed => FieldClass::Added,
    }
}

/// Whether ranges have a line in common; an empty one lies between two lines and touches both.
fn touches(ranges: &[Range<usize>], range: &Range<usize>) -> bool {
    let reach = |other: &Range<usize>| usize::from(other.is_empty() || range.is_empty());
    ranges.iter().any(|other| other.start < range.end + reach(other) && range.start < other.end + reach(other))
}

/// Lines of the declared file, counting from 1. What was put between two lines is named by both; at an end of the file by that line.
fn lines(range: &Range<usize>, total: usize) -> FieldPath {
    if range.is_empty() {
        return FieldPath::lines(range.start.max(1), (range.start + 1).min(total).max(1));
    }
    FieldPath::lines(range.start + 1, range.end)
}

/// What is shown of lines: without the last line break, unless that is all that differs. None: no lines.
fn shown(declared: String, live: String) -> (Option<Tree>, Option<Tree>) {
    let ended = declared.ends_with('\n') == live.ends_with('\n') || declared.is_empty() || live.is_empty();
    let side = |text: String| {
        let bare = if ended { text.strip_suffix('\n').unwrap_or(&text) } else { &text };
        (!text.is_empty()).then(|| Tree::text(bare))
    };
    (side(declared), side(live))
}
