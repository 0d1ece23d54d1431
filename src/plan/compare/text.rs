//! Compares the exact texts of files, line by line, where their trees say nothing.

use super::{Compared, Comparison, Field, FieldClass};
use crate::model::Effect;
use crate::model::{FieldPath, Tree};
use crate::plan::verdict::Verdict;
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};
use std::ops::Range;

/// More lines than this, after what both begin and end with alike, are one block: a bound on work, not on time, so that the answer is always the same.
const MOST_LINES: usize = 4_000;

/// Adds the lines on which the texts differ, where the trees do not explain it.
pub(super) fn compare_texts(comparison: &Comparison<'_>, compared: &mut Compared) {
    let text = |content: Option<super::Content<'_>>| content.and_then(|content| content.text.map(str::to_owned));
    let texts = [comparison.desired, comparison.applied, comparison.live].map(text);
    let [Some(desired), applied, Some(live)] = texts else { return };
    let applied = applied.unwrap_or_else(|| desired.clone());
    if compared.has_drift() || !compared.silenced.is_empty() {
        return;
    }
    if desired == live {
        compared.converged |= applied != desired;
        return;
    }
    let explained = !compared.fields.is_empty();
    let [desired, applied, live] = super::file::compare_endings(comparison, compared, [desired, applied, live]);
    let mut hunks = Hunks::new(&desired, &applied, &live);
    hunks.emit(comparison, compared, explained);
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
        let [desired, applied, live] =
            [desired, applied, live].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
        let mut blunt = false;
        let by_git = differences(&applied, &desired, &mut blunt).into_iter().map(|op| op.new_range()).collect();
        let by_live = differences(&applied, &live, &mut blunt).into_iter().map(|op| op.new_range()).collect();
        Self { desired, live, by_git, by_live, blunt }
    }

    /// `explained`: the trees tell what Git changed.
    fn emit(&mut self, comparison: &Comparison<'_>, compared: &mut Compared, explained: bool) {
        for op in self.differences() {
            let by_live = touches(&self.by_live, &op.new_range());
            let by_git = touches(&self.by_git, &op.old_range());
            if explained && (by_git || !by_live) {
                continue;
            }
            let verdict = match (by_live, by_git) {
                (true, false) => Verdict::Drift,
                (false, true) => Verdict::Pending,
                _ => Verdict::DriftAndPending,
            };
            self.hunk(comparison, compared, &op, verdict);
        }
    }

    /// Where what is desired and what is live differ. What is scattered all over the file is one block.
    fn differences(&mut self) -> Vec<DiffOp> {
        let ops = differences(&self.desired, &self.live, &mut self.blunt);
        let (Some(first), Some(last)) = (ops.first(), ops.last()) else { return ops };
        if ops.len() <= MOST_HUNKS {
            return ops;
        }
        self.blunt = true;
        let (old, new) = (first.old_range().start..last.old_range().end, first.new_range().start..last.new_range().end);
        vec![DiffOp::Replace { old_index: old.start, old_len: old.len(), new_index: new.start, new_len: new.len() }]
    }

    fn hunk(&self, comparison: &Comparison<'_>, compared: &mut Compared, op: &DiffOp, verdict: Verdict) {
        let path = lines(&op.old_range(), self.desired.len());
        let silenced = if verdict.is_drift() { (comparison.silence)(&path) } else { None };
        if let Some(rule) = silenced {
            compared.silenced.push(super::Silenced { path, rule, by_user: true });
            return;
        }
        let (declared, live) = shown(self.desired[op.old_range()].concat(), self.live[op.new_range()].concat());
        let row = comparison.table.row(comparison.address, &path);
        let class = match op.tag() {
            DiffTag::Delete => FieldClass::Removed,
            DiffTag::Insert => FieldClass::Added,
            _ => FieldClass::Changed,
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

/// The differences of two lists of lines. No clock decides when to stop looking: what is too large is one block.
fn differences(old: &[&str], new: &[&str], blunt: &mut bool) -> Vec<DiffOp> {
    let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[before..], &new[before..]);
    let after = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - after], &new_rest[..new_rest.len() - after]);
    if old_middle.len() + new_middle.len() > MOST_LINES {
        *blunt = true;
        return vec![block(before, old_middle.len(), new_middle.len())];
    }
    let ops = capture_diff_slices(Algorithm::Myers, old_middle, new_middle);
    ops.into_iter().filter(|op| op.tag() != DiffTag::Equal).map(|op| shifted(&op, before)).collect()
}

const fn block(start: usize, old_len: usize, new_len: usize) -> DiffOp {
    match (old_len, new_len) {
        (_, 0) => DiffOp::Delete { old_index: start, old_len, new_index: start },
        (0, _) => DiffOp::Insert { old_index: start, new_index: start, new_len },
        _ => DiffOp::Replace { old_index: start, old_len, new_index: start, new_len },
    }
}

fn shifted(op: &DiffOp, by: usize) -> DiffOp {
    let (old, new) = (op.old_range(), op.new_range());
    let mut moved = block(0, old.len(), new.len());
    match &mut moved {
        DiffOp::Delete { old_index, new_index, .. }
        | DiffOp::Insert { old_index, new_index, .. }
        | DiffOp::Replace { old_index, new_index, .. }
        | DiffOp::Equal { old_index, new_index, .. } => {
            *old_index = old.start + by;
            *new_index = new.start + by;
        }
    }
    moved
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
