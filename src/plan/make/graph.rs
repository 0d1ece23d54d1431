//! The order of changes: each after those it waits for.

use crate::model::Address;
use crate::plan::assess::Assessment;
use crate::plan::error::PlanError;
use crate::plan::types::{Action, Change};
use std::collections::{BTreeMap, BTreeSet};

/// What each address waits for.
pub(super) type Edges = BTreeMap<Address, BTreeSet<Address>>;

/// One change in its place.
pub(super) struct Place {
    pub address: Address,
    pub wave: u32,
    pub after: Vec<Address>,
}

/// What is made comes after what it needs; what is deleted comes after all that needed it.
pub(super) fn edges(changes: &BTreeMap<Address, Change>, assessment: &Assessment<'_>) -> Edges {
    let mut edges = Edges::new();
    let goes = |address: &Address| changes.get(address).is_some_and(|change| change.action == Action::Delete);
    for (address, one) in &assessment.resources {
        if let Some(desired) = one.desired {
            let carriers = desired.carriers.iter().map(|carrier| &carrier.address);
            // What goes is no longer needed by anything, whatever was written.
            let needed = desired.after.iter().chain(carriers).filter(|needed| !goes(needed));
            edges.entry(address.clone()).or_default().extend(needed.cloned());
        }
        for needed in one.applied.iter().flat_map(|applied| &applied.after).filter(|needed| goes(needed)) {
            edges.entry(needed.clone()).or_default().insert(address.clone());
        }
    }
    for (address, before) in &mut edges {
        before.remove(address);
    }
    edges
}

/// The changes in order: by wave, then by address.
pub(super) fn order(changes: &BTreeMap<Address, Change>, edges: &Edges) -> Result<Vec<Place>, PlanError> {
    let mut waiting: BTreeMap<&Address, BTreeSet<&Address>> = BTreeMap::new();
    for address in changes.keys() {
        let before = edges.get(address).into_iter().flatten().filter(|other| changes.contains_key(*other));
        waiting.insert(address, before.collect());
    }
    let mut waves: BTreeMap<&Address, u32> = BTreeMap::new();
    let mut places = Vec::new();
    for wave in 0.. {
        let ready: Vec<&Address> = waiting
            .iter()
            .filter(|(_, before)| before.iter().all(|other| waves.contains_key(other)))
            .map(|(address, _)| *address)
            .collect();
        if ready.is_empty() {
            break;
        }
        for address in &ready {
            let before = waiting.remove(address).unwrap_or_default();
            let after = before.into_iter().cloned().collect();
            places.push(Place { address: (*address).clone(), wave, after });
        }
        waves.extend(ready.into_iter().map(|address| (address, wave)));
    }
    if waiting.is_empty() { Ok(places) } else { Err(PlanError::Cycle { cycle: cycle(&waiting) }) }
}

/// One circle among changes that all wait: goes back from the first until an address comes up again.
fn cycle(waiting: &BTreeMap<&Address, BTreeSet<&Address>>) -> Vec<Address> {
    let mut way: Vec<&Address> = Vec::new();
    let mut next = waiting.keys().next().copied();
    while let Some(address) = next {
        if let Some(start) = way.iter().position(|seen| *seen == address) {
            let mut circle: Vec<Address> = way[start..].iter().rev().map(|address| (*address).clone()).collect();
            let least = circle.iter().enumerate().min_by_key(|(_, address)| *address).map_or(0, |(at, _)| at);
            circle.rotate_left(least);
            return circle;
        }
        way.push(address);
        next = waiting.get(address).and_then(|before| before.iter().copied().find(|other| waiting.contains_key(other)));
    }
    Vec::new()
}
