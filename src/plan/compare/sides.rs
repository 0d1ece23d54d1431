//! The three sides of one field.

use super::equal::equal;
use crate::model::{Segment, Tree};
use crate::plan::table::CompareKind;
use crate::plan::verdict::{Verdict, verdict};

/// The three sides of one field; none: it is not there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    pub desired: Option<&'a Tree>,
    pub applied: Option<&'a Tree>,
    pub live: Option<&'a Tree>,
}

/// Null, an empty list, a map of nothing but such.
pub(super) fn is_nothing(tree: &Tree) -> bool {
    match tree {
        Tree::Null => true,
        Tree::List(list) => list.is_empty(),
        Tree::Map(map) => map.values().all(is_nothing),
        _ => false,
    }
}

/// Whether two sides cannot be held against each other, since one of them is only a reference.
fn incomparable(a: Option<&Tree>, b: Option<&Tree>) -> bool {
    let reference = |tree: &Tree| matches!(tree, Tree::Text(value) if value.as_literal().is_none());
    let scalar = |tree: &Tree| !matches!(tree, Tree::Map(_) | Tree::List(_));
    let (Some(a), Some(b)) = (a, b) else { return false };
    reference(a) != reference(b) && scalar(a) && scalar(b)
}

impl<'a> Sides<'a> {
    /// Null and empty collections are as good as absent.
    pub fn normalised(self) -> Self {
        let there = |side: Option<&'a Tree>| side.filter(|tree| !is_nothing(tree));
        Self { desired: there(self.desired), applied: there(self.applied), live: there(self.live) }
    }

    pub fn all_same(self) -> bool {
        self.desired == self.live && self.applied == self.live
    }

    pub fn present(self) -> impl Iterator<Item = &'a Tree> {
        [self.desired, self.applied, self.live].into_iter().flatten()
    }

    /// Whether the field is to be told of as a whole: only one side has it, or two have the same and the third has nothing.
    pub fn is_one_difference(self) -> bool {
        match (self.desired, self.applied, self.live) {
            (Some(a), Some(b), None) | (Some(a), None, Some(b)) | (None, Some(a), Some(b)) => a == b,
            (Some(_), Some(_), Some(_)) => false,
            _ => true,
        }
    }

    /// What the sides say, and whether live could not be judged.
    pub fn judge(self, kind: CompareKind) -> (Option<Verdict>, bool) {
        let desired_is_applied = equal(kind, self.desired, self.applied);
        let applied_unknown = incomparable(self.applied, self.live);
        let applied_is_live = applied_unknown || equal(kind, self.applied, self.live);
        let desired_unknown = incomparable(self.desired, self.live);
        let desired_is_live =
            if desired_unknown { desired_is_applied && applied_is_live } else { equal(kind, self.desired, self.live) };
        (verdict(desired_is_applied, desired_is_live, applied_is_live), desired_unknown || applied_unknown)
    }

    /// The parts of the field, where all sides that have it are built alike.
    pub fn children(self, kind: CompareKind) -> Option<Vec<(Segment, Self)>> {
        if self.present().all(|tree| tree.as_map().is_some()) {
            return Some(self.entries());
        }
        if !self.present().all(|tree| tree.as_list().is_some()) {
            return None;
        }
        match kind {
            CompareKind::Set | CompareKind::Unordered => None,
            CompareKind::Keyed(key) => self.elements_by_key(key).or_else(|| self.elements_in_order()),
            CompareKind::NamedOrExact => self.elements_by_key("name").or_else(|| self.elements_in_order()),
            _ => self.elements_in_order(),
        }
    }

    fn map(self, part: impl Fn(&'a Tree) -> Option<&'a Tree>) -> Self {
        let (desired, applied) = (self.desired.and_then(&part), self.applied.and_then(&part));
        Self { desired, applied, live: self.live.and_then(&part) }
    }

    fn entries(self) -> Vec<(Segment, Self)> {
        let mut keys = indexmap::IndexSet::new();
        keys.extend(self.present().filter_map(Tree::as_map).flat_map(indexmap::IndexMap::keys));
        keys.into_iter().map(|key| (Segment::Key(key.clone()), self.map(|tree| tree.get(key)))).collect()
    }

    fn elements_in_order(self) -> Option<Vec<(Segment, Self)>> {
        let mut lengths = self.present().filter_map(Tree::as_list).map(<[Tree]>::len);
        let length = lengths.next()?;
        let at = |index| self.map(move |tree| tree.as_list()?.get(index));
        lengths
            .all(|other| other == length)
            .then(|| (0..length).map(|index| (Segment::Index(index), at(index))).collect())
    }

    fn elements_by_key(self, key: &str) -> Option<Vec<(Segment, Self)>> {
        let [desired, applied, live] = [self.desired, self.applied, self.live].map(|side| keyed(side, key));
        let (desired, applied, live) = (desired?, applied?, live?);
        let mut names = indexmap::IndexSet::new();
        names.extend([&desired, &applied, &live].into_iter().flat_map(indexmap::IndexMap::keys));
        let sides = names.iter().map(|name| {
            let segment = Segment::Keyed { key: key.into(), value: (*name).clone() };
            let side = |elements: &indexmap::IndexMap<String, &'a Tree>| elements.get(*name).copied();
            (segment, Self { desired: side(&desired), applied: side(&applied), live: side(&live) })
        });
        Some(sides.collect())
    }
}

/// Elements by a key of theirs; none where one has none, or two have the same.
fn keyed<'a>(list: Option<&'a Tree>, key: &str) -> Option<indexmap::IndexMap<String, &'a Tree>> {
    let elements = list.and_then(Tree::as_list).unwrap_or_default();
    let mut by_key = indexmap::IndexMap::new();
    for element in elements {
        if by_key.insert(element.get(key)?.scalar_text()?, element).is_some() {
            return None;
        }
    }
    Some(by_key)
}
