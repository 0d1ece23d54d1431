//! Which lines of two texts differ.

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};
use std::collections::BTreeSet;
use std::ops::Range;

/// More lines than this, after what both begin and end with alike, are one block: a bound on work, not on time, so that the answer is
/// always the same.
const MOST_LINES: usize = 4_000;

/// A stretch of lines that differs, as ranges of lines that count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// What of the first text is not in the second.
    pub before: Range<usize>,
    /// What stands there in the second.
    pub after: Range<usize>,
}

/// The lines of a text, with their ends.
pub fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Where lines differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differences {
    /// In order.
    pub hunks: Vec<Hunk>,
    /// Whether that was too much to be looked at line by line.
    pub blunt: bool,
}

/// Finds where lines differ.
pub fn differences(before: &[&str], after: &[&str]) -> Differences {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (old, new) = (&before[start..], &after[start..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    let moved = |range: Range<usize>| start + range.start..start + range.end;
    if old.len() + new.len() > MOST_LINES {
        let all = Hunk { before: moved(0..old.len()), after: moved(0..new.len()) };
        return Differences { hunks: vec![all], blunt: true };
    }
    let differs = |op: &DiffOp| op.tag() != DiffTag::Equal;
    let ops = capture_diff_slices(Algorithm::Myers, old, new).into_iter().filter(differs);
    let hunks = ops.map(|op| Hunk { before: moved(op.old_range()), after: moved(op.new_range()) }).collect();
    Differences { hunks, blunt: false }
}

/// The lines of the first text, counting from 1, that the second has not as they are.
pub fn moved(before: &str, after: &str) -> BTreeSet<usize> {
    let found = differences(&split(before), &split(after));
    found.hunks.into_iter().flat_map(|hunk| hunk.before).map(|line| line + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_found() {
        assert_eq!(moved("a\nb\nc\n", "a\nB\nc\n"), BTreeSet::from([2]));
        assert_eq!(moved("a\nb\nc\n", "a\nc\n"), BTreeSet::from([2]));
        assert_eq!(moved("a\nc\n", "a\nb\nc\n"), BTreeSet::new());
        assert_eq!(moved("a\nb", "a\nb"), BTreeSet::new());
        let found = differences(&["a", "b", "c", "d"], &["a", "x", "y", "c"]);
        let hunks = vec![Hunk { before: 1..2, after: 1..3 }, Hunk { before: 3..4, after: 4..4 }];
        assert_eq!(found, Differences { hunks, blunt: false });
        let long = |word: &str| (0..5_000).map(|line| format!("{word}{line}\n")).collect::<String>();
        assert_eq!(moved(&format!("same\n{}", long("a")), &format!("same\n{}", long("b"))).len(), 5_000);
    }
}
