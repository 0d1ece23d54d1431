//! Which fields a changed leaf moved.

use super::Rendering;
use crate::model::{Address, FieldPath, Segment, Tree};
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::collections::{BTreeMap, BTreeSet};

/// More lines than this, after what both begin and end with alike, all count as moved.
const MOST_LINES: usize = 4_000;

/// The fields that are asked for, and what they are when nothing is changed.
pub(super) struct Asked<'a> {
    base: &'a Rendering,
    /// The numbers and paths of the wanted fields of each address.
    by_address: BTreeMap<&'a Address, Vec<(usize, &'a FieldPath)>>,
}

/// What one change moved.
pub(super) struct Moves {
    /// The numbers of wanted fields, and whether their resource is still there.
    pub fields: Vec<(usize, bool)>,
    /// How many fields moved in all.
    pub total: usize,
}

impl<'a> Asked<'a> {
    /// Fields by number, of which only some are asked for.
    pub fn new(base: &'a Rendering, wanted: &'a [(Address, FieldPath)], only: &BTreeSet<usize>) -> Self {
        let mut by_address: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, (address, path)) in wanted.iter().enumerate().filter(|(at, _)| only.contains(at)) {
            by_address.entry(address).or_default().push((at, path));
        }
        Self { base, by_address }
    }

    pub fn moved_by(&self, rendering: &Rendering) -> Moves {
        let mut moves = Moves { fields: Vec::new(), total: 0 };
        let addresses: BTreeSet<&Address> = self.base.keys().chain(rendering.keys()).collect();
        for address in addresses {
            match (self.base.get(address), rendering.get(address)) {
                (Some(before), Some(after)) if before == after => {}
                (Some(before), Some(after)) => self.changed(address, before, after, &mut moves),
                (before, after) => {
                    moves.total += before.or(after).map_or(0, |(body, _)| size(body).max(1));
                    let asked = self.by_address.get(address).into_iter().flatten();
                    moves.fields.extend(asked.filter(|_| before.is_some()).map(|(at, _)| (*at, false)));
                }
            }
        }
        moves
    }

    fn changed(
        &self,
        address: &Address,
        before: &(Tree, Option<String>),
        after: &(Tree, Option<String>),
        moves: &mut Moves,
    ) {
        let asked = self.by_address.get(address).map_or(&[][..], Vec::as_slice);
        let in_text = before.0 == after.0 || asked.iter().any(|(_, path)| lines_of(path).is_some());
        let lines = if in_text { moved_lines(before.1.as_deref(), after.1.as_deref()) } else { BTreeSet::new() };
        moves.total += if before.0 == after.0 { lines.len().max(1) } else { differing(&before.0, &after.0) };
        for (at, path) in asked {
            let is_moved = match lines_of(path) {
                Some((first, last)) => lines.range(first..=last.max(first)).next().is_some(),
                None => path.lookup(&before.0) != path.lookup(&after.0),
            };
            if is_moved {
                moves.fields.push((*at, true));
            }
        }
    }
}

fn lines_of(path: &FieldPath) -> Option<(usize, usize)> {
    path.0
        .iter()
        .find_map(|segment| if let Segment::Lines(first, last) = segment { Some((*first, *last)) } else { None })
}

/// How many scalars a tree holds.
fn size(tree: &Tree) -> usize {
    match tree {
        Tree::List(list) => list.iter().map(size).sum(),
        Tree::Map(map) => map.values().map(size).sum(),
        _ => 1,
    }
}

/// How many scalars two trees differ in.
fn differing(a: &Tree, b: &Tree) -> usize {
    match (a, b) {
        _ if a == b => 0,
        (Tree::Map(a), Tree::Map(b)) => {
            let in_a =
                a.iter().map(|(key, value)| b.get(key).map_or_else(|| size(value), |other| differing(value, other)));
            let in_b = b.iter().filter(|(key, _)| !a.contains_key(*key)).map(|(_, value)| size(value));
            in_a.chain(in_b).sum()
        }
        (Tree::List(a), Tree::List(b)) => {
            let shared: usize = a.iter().zip(b).map(|(a, b)| differing(a, b)).sum();
            let common = a.len().min(b.len());
            shared + a[common..].iter().chain(&b[common..]).map(size).sum::<usize>()
        }
        _ => size(a).max(size(b)).max(1),
    }
}

/// The lines of the first text, counting from 1, that the second has not as they are.
fn moved_lines(before: Option<&str>, after: Option<&str>) -> BTreeSet<usize> {
    let split =
        |text: Option<&str>| text.unwrap_or_default().split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (split(before), split(after));
    let same_start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[same_start..], &new[same_start..]);
    let same_end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - same_end], &new[..new.len() - same_end]);
    if old.len() + new.len() > MOST_LINES {
        return (same_start + 1..=same_start + old.len()).collect();
    }
    let ops = capture_diff_slices(Algorithm::Myers, old, new);
    let moved = ops.into_iter().filter(|op| op.tag() != DiffTag::Equal).flat_map(|op| op.old_range());
    moved.map(|line| same_start + line + 1).collect()
}
