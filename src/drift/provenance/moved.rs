//! Which fields a changed leaf moved.

use super::{Changed, Content, Rendering};
use crate::model::{Address, FieldPath, Segment, Tree};
use crate::plan::{Question, lines};
use std::collections::{BTreeMap, BTreeSet};

/// The fields that are asked for, and what they are when nothing is changed.
pub(super) struct Asked<'a> {
    base: &'a Rendering,
    /// The numbers and questions of each address.
    by_address: BTreeMap<&'a Address, Vec<(usize, &'a Question)>>,
}

/// What one change moved.
pub(super) struct Moves {
    /// The wanted fields that moved.
    pub fields: Vec<Moved>,
    /// How many fields moved in all.
    pub total: usize,
}

/// A wanted field that moved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    /// Its number.
    pub field: usize,
    /// Whether its resource is still there.
    pub keeps_address: bool,
    /// Whether the lines moved that are asked for.
    pub moves_lines: bool,
    /// Whether the field is still there, with another value.
    pub keeps_field: bool,
}

impl<'a> Asked<'a> {
    /// Fields by number, of which only some are asked for.
    pub fn new(base: &'a Rendering, wanted: &'a [Question], only: &BTreeSet<usize>) -> Self {
        let mut by_address: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, question) in wanted.iter().enumerate().filter(|(at, _)| only.contains(at)) {
            by_address.entry(&question.address).or_default().push((at, question));
        }
        Self { base, by_address }
    }

    pub fn moved_by(&self, changed: &Changed) -> Moves {
        let mut moves = Moves { fields: Vec::new(), total: 0 };
        for (address, after) in changed {
            match (self.base.get(address), after) {
                (Some(before), Some(after)) if before == after => {}
                (Some(before), Some(after)) => self.changed(address, before, after, &mut moves),
                (None, None) => {}
                (before, after) => {
                    moves.total += before.or(after.as_ref()).map_or(0, |(body, _)| size(body).max(1));
                    let asked = self.by_address.get(address).into_iter().flatten().filter(|_| before.is_some());
                    let gone =
                        |at: usize| Moved { field: at, keeps_address: false, moves_lines: true, keeps_field: false };
                    moves.fields.extend(asked.map(|(at, _)| gone(*at)));
                }
            }
        }
        moves
    }

    fn changed(&self, address: &Address, before: &Content, after: &Content, moves: &mut Moves) {
        let asked = self.by_address.get(address).map_or(&[][..], Vec::as_slice);
        let in_text = before.0 == after.0 || asked.iter().any(|(_, question)| lines_of(&question.path).is_some());
        let text = |content: &'_ Content| content.1.clone().unwrap_or_default();
        let lines = if in_text { lines::moved(&text(before), &text(after)) } else { BTreeSet::new() };
        moves.total += if before.0 == after.0 { lines.len().max(1) } else { differing(&before.0, &after.0) };
        for (at, question) in asked {
            let keeps_field = lines_of(&question.path).is_some() || question.path.lookup(&after.0).is_some();
            let (is_moved, moves_lines) = match lines_of(&question.path) {
                Some((first, last)) => (lines.range(first..=last.max(first)).next().is_some(), true),
                None => moved_value(question, &before.0, &after.0),
            };
            if is_moved {
                moves.fields.push(Moved { field: *at, keeps_address: true, moves_lines, keeps_field });
            }
        }
    }
}

/// Whether a value moved, and whether the lines of it did that are asked for.
fn moved_value(question: &Question, before: &Tree, after: &Tree) -> (bool, bool) {
    let (before, after) = (question.path.lookup(before), question.path.lookup(after));
    if before == after {
        return (false, false);
    }
    let text = |tree: &Tree| if let Tree::Text(value) = tree { Some(value.display()) } else { None };
    let lines = match (before.and_then(text), after.and_then(text)) {
        (Some(before), Some(after)) if !question.lines.is_empty() => lines::moved(&before, &after),
        _ => return (true, true),
    };
    (true, !lines.is_disjoint(&question.lines))
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
