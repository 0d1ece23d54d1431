//! The same thing under another name: renamed in Git, or renamed where it lives.

use super::{Assessed, ResourceClass};
use crate::model::{Address, Moved, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs what is to be made for a renamed component with what was applied for it under its old name.
pub(super) fn find_renamed_components(moved: &[Moved], resources: &mut BTreeMap<Address, Assessed<'_>>) {
    let mut pairs = Vec::new();
    for Moved { from, to } in moved {
        let old = resources.iter().filter(|(_, one)| one.desired.is_none() && one.component == Some(from));
        for (address, _) in old {
            let renamed = rename(address, from, to);
            let is_new =
                |one: &Assessed<'_>| one.desired.is_some() && one.applied.is_none() && one.component == Some(to);
            if resources.get(&renamed).is_some_and(is_new) {
                pairs.push((renamed, address.clone()));
            }
        }
    }
    for (new, old) in pairs {
        if let Some(one) = resources.get_mut(&new) {
            one.moved_from = Some(old);
        }
    }
}

/// The address with the component's name replaced in every segment that begins with it.
fn rename(address: &Address, from: &str, to: &str) -> Address {
    let segments: Vec<String> = address.segments().map(|segment| rename_segment(&segment, from, to)).collect();
    Address::new(address.kind(), address.instance(), segments.iter().map(String::as_str))
}

fn rename_segment(segment: &str, from: &str, to: &str) -> String {
    match segment.strip_prefix(from) {
        Some(rest) if rest.is_empty() || rest.starts_with(['-', '.', '_']) => format!("{to}{rest}"),
        _ => segment.to_owned(),
    }
}

/// Pairs what is missing with something that is not ours and holds exactly the same: somebody renamed it.
pub(super) fn find_renamed_files(resources: &mut BTreeMap<Address, Assessed<'_>>) {
    let mut taken = BTreeSet::new();
    let mut pairs = Vec::new();
    for (address, one) in resources.iter() {
        if one.class != ResourceClass::Missing || one.occupied || one.applied.is_none() {
            continue;
        }
        let same = |(other, candidate): &(&Address, &Assessed<'_>)| {
            candidate.class == ResourceClass::Unmanaged && !taken.contains(*other) && holds_same(one, candidate)
        };
        if let Some((other, _)) = resources.iter().find(same) {
            taken.insert(other.clone());
            pairs.push((address.clone(), other.clone()));
        }
    }
    for (address, other) in pairs {
        resources.remove(&other);
        if let Some(one) = resources.get_mut(&address) {
            one.class = ResourceClass::Moved;
            one.moved_to = Some(other);
        }
    }
}

fn holds_same(gone: &Assessed<'_>, candidate: &Assessed<'_>) -> bool {
    let (Some(applied), Some(observed)) = (gone.applied, candidate.observed) else { return false };
    match (&applied.text, &observed.text) {
        (Some(was), Some(is)) => was == is && !was.trim().is_empty(),
        _ => applied.body == observed.body && applied.body != Tree::Null && !applied.body.is_empty_collection(),
    }
}
