//! Which of several movers is the source.

use super::Leaf;
use crate::plan::{Located, Source};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A leaf one change of which moved a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mover {
    /// Its number.
    pub leaf: usize,
    /// Whether the field's resource was still there.
    pub keeps_address: bool,
    /// Whether it moves the lines that are asked for, where some are.
    pub moves_lines: bool,
    /// Whether the field was still there, with another value.
    pub keeps_field: bool,
    /// How many fields moved in all.
    pub total: usize,
}

/// Smaller goes first: removes the address, moves other lines, cannot be edited, how many fields move, layer, document order.
type Rank = (bool, bool, bool, usize, Reverse<u32>, usize);

/// First those that change the value and keep the address, then those that add or remove it. Among the former, what moves the lines that
/// are asked for goes before what moves other lines of the same text, and what a user can edit before what nobody can: a constant of the
/// library beside an input is no place to send anyone. Then the fewest other fields moved, the later merge layer, and document order.
///
/// Where the first one cannot be edited, the source is the place that stands for the whole of the resource. What the library fixes, and
/// what can only make the field go away, is no step on the way of its value.
pub(super) fn rank(leaves: &[Leaf], movers: &[Mover], owner: Option<Source>) -> Located {
    let mut best: BTreeMap<usize, Rank> = BTreeMap::new();
    let mut steps: BTreeSet<usize> = BTreeSet::new();
    for mover in movers {
        let Some(leaf) = leaves.get(mover.leaf) else { continue };
        let hidden = mover.keeps_address && !leaf.in_repository;
        let key = (!mover.keeps_address, !mover.moves_lines, hidden, mover.total, Reverse(leaf.layer), mover.leaf);
        if leaf.in_repository || mover.keeps_field {
            steps.insert(mover.leaf);
        }
        best.entry(mover.leaf).and_modify(|known| *known = (*known).min(key)).or_insert(key);
    }
    let mut ranked: Vec<_> = best.into_values().collect();
    ranked.sort_unstable();
    let ranked: Vec<(usize, &Leaf)> = ranked.into_iter().filter_map(|key| Some((key.5, leaves.get(key.5)?))).collect();
    let editable = ranked.first().is_some_and(|(_, leaf)| leaf.in_repository);
    let mut places = ranked.into_iter().filter(|(at, _)| steps.contains(at)).map(|(_, leaf)| leaf.place.clone());
    let source = if editable { places.next() } else { owner };
    let mut via = Vec::new();
    for place in places {
        if Some(&place) != source.as_ref() && !via.contains(&place) {
            via.push(place);
        }
    }
    Located { source, via }
}
