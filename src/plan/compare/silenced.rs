//! Where silenced fields stand in the text of a file.

use super::Silenced;
use crate::plan::lines::Hunk;
use crate::spec::edit::find;
use std::ops::Range;

/// The lines on which silenced fields stand, of what must be and of what is.
#[derive(Default)]
pub(super) struct Lines {
    desired: Vec<Range<usize>>,
    live: Vec<Range<usize>>,
}

impl Lines {
    /// None where a silenced field is in neither text: nobody can say then which lines it explains.
    pub(super) fn of(silenced: &[Silenced], desired: &str, live: &str) -> Option<Self> {
        let mut lines = Self::default();
        for one in silenced {
            let (desired, live) = (lines_in(desired, one), lines_in(live, one));
            if desired.is_none() && live.is_none() {
                return None;
            }
            lines.desired.extend(desired);
            lines.live.extend(live);
        }
        Some(lines)
    }

    /// Whether a difference is at or beside a silenced field: to write one in another style, or to take it away, touches its neighbours.
    pub(super) fn explain(&self, hunk: &Hunk) -> bool {
        let near = |ranges: &[Range<usize>], range: &Range<usize>| {
            ranges.iter().any(|one| range.start <= one.end && one.start <= range.end)
        };
        near(&self.desired, &hunk.before) || near(&self.live, &hunk.after)
    }
}

fn lines_in(text: &str, silenced: &Silenced) -> Option<Range<usize>> {
    let (node, sources) = find(text, &silenced.path)?;
    let place = sources.place(node.span);
    let line = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    Some(line(place.line).saturating_sub(1)..line(place.end_line))
}
