//! Exit codes, and which one wins where several hold.

use crate::drift::{DriftReport, DriftReports};
use crate::plan::Plan;

/// Done, nothing to report.
pub const DONE: u8 = 0;
/// An error.
pub const ERROR: u8 = 1;
/// Changes, or drift.
pub const CHANGES: u8 = 2;
/// Something could not be read, or was only partly applied.
pub const INCOMPLETE: u8 = 3;
/// Denied by policy.
pub const DENIED: u8 = 4;
/// A stale or altered plan.
pub const STALE: u8 = 5;
/// Locked by someone else.
pub const LOCKED: u8 = 6;
/// Wrong usage.
pub const USAGE: u8 = 64;
/// A bug in driftless.
pub const BUG: u8 = 70;

/// From the strongest to the weakest.
const ORDER: [u8; 9] = [BUG, USAGE, ERROR, LOCKED, STALE, DENIED, INCOMPLETE, CHANGES, DONE];

/// The stronger of two codes. A code that is none of ours (a signal's) goes before all.
pub const fn stronger(a: u8, b: u8) -> u8 {
    if strength(a) <= strength(b) { a } else { b }
}

const fn strength(code: u8) -> usize {
    let mut at = 0;
    while at < ORDER.len() {
        if ORDER[at] == code {
            return at + 1;
        }
        at += 1;
    }
    0
}

impl DriftReport {
    /// 2 where something drifted, 3 where something could not be read.
    pub const fn exit_code(&self) -> u8 {
        stronger(if self.drifted { CHANGES } else { DONE }, if self.complete { DONE } else { INCOMPLETE })
    }
}

impl Plan {
    /// 3 where something could not be read or planned; with `detailed`, 2 where there are changes.
    pub fn exit_code(&self, detailed: bool) -> u8 {
        let changes = if detailed && self.has_changes() { CHANGES } else { DONE };
        stronger(changes, if self.is_complete() { DONE } else { INCOMPLETE })
    }
}

impl DriftReports {
    /// The strongest of all reports' codes.
    pub fn exit_code(&self) -> u8 {
        self.reports.iter().map(DriftReport::exit_code).fold(DONE, stronger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stronger_code_wins_whatever_the_order() {
        for (at, strong) in ORDER.into_iter().enumerate() {
            for weak in &ORDER[at..] {
                assert_eq!((stronger(strong, *weak), stronger(*weak, strong)), (strong, strong));
            }
        }
        assert_eq!(stronger(DONE, 130), 130);
    }
}
