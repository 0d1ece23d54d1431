//! The sides of a compare with keyed digests in the places of secrets: what Git declares, what was applied, what is live.
//!
//! A digest stands where a reference stands, as one that no environment file can name: nothing that reads trees has to know of it, and
//! what is sensitive stays so.

use super::secrets::{Secrets, is_secret, texts};
use crate::model::{Address, FieldPath, Part, Resource, Segment, Tree, Value};
use crate::plan::{Applied, Gap, Observation};
use std::collections::{BTreeMap, BTreeSet};

/// One instance as it is compared.
pub struct Judged {
    /// What must be.
    pub desired: Vec<Resource>,
    /// What is.
    pub observation: Observation,
    /// What was last applied.
    pub applied: BTreeMap<Address, Applied>,
    /// The fields whose secret has another value at its source than was applied.
    pub moved: BTreeMap<Address, BTreeSet<String>>,
    /// Whether every secret was compared.
    pub complete: bool,
}

/// Puts digests into the places of the secrets of an instance; none where it holds none.
pub fn judge(
    secrets: &Secrets,
    desired: &[Resource],
    observation: &Observation,
    applied: &BTreeMap<Address, Applied>,
) -> Option<Judged> {
    let holds = |resource: &&Resource| texts(&resource.body).values().any(|value| is_secret(value));
    desired.iter().find(holds)?;
    let mut judged = Judged {
        desired: desired.to_vec(),
        observation: observation.clone(),
        applied: applied.clone(),
        moved: BTreeMap::new(),
        complete: true,
    };
    for at in 0..judged.desired.len() {
        judged.one(secrets, at);
    }
    Some(judged)
}

/// What stands in the places of the secrets of one resource, by field path.
#[derive(Default)]
struct Marks {
    desired: BTreeMap<String, Tree>,
    applied: BTreeMap<String, Tree>,
    live: BTreeMap<String, Tree>,
    moved: BTreeSet<String>,
    gap: Option<String>,
    unjudged: bool,
}

impl Judged {
    fn one(&mut self, secrets: &Secrets, at: usize) {
        let resource = &self.desired[at];
        let address = resource.address.clone();
        let applied = self.observation.applied.as_ref().unwrap_or(&self.applied).get(&address);
        let live = self.observation.resources.get(&address).map(|observed| &observed.body);
        let marks = marks(secrets, &resource.body, applied, live);
        self.complete &= !marks.unjudged;
        if let Some(reason) = marks.gap {
            self.observation.gaps.push(Gap { address: address.clone(), reason });
        }
        if !marks.moved.is_empty() {
            self.moved.insert(address.clone(), marks.moved);
        }
        self.desired[at].body = with(&self.desired[at].body, &FieldPath::default(), &marks.desired);
        let applied = self.observation.applied.as_mut().unwrap_or(&mut self.applied).get_mut(&address);
        if let Some(applied) = applied {
            applied.body = with(&applied.body, &FieldPath::default(), &marks.applied);
        }
        if let Some(observed) = self.observation.resources.get_mut(&address) {
            observed.body = with(&observed.body, &FieldPath::default(), &marks.live);
            let wanted = observed.as_system_would.take();
            observed.as_system_would = wanted.map(|tree| with(&tree, &FieldPath::default(), &marks.desired));
        }
    }
}

fn marks(secrets: &Secrets, desired: &Tree, applied: Option<&Applied>, live: Option<&Tree>) -> Marks {
    let mut marks = Marks::default();
    let was = applied.map(|applied| texts(&applied.body)).unwrap_or_default();
    let is = live.map(texts).unwrap_or_default();
    for (path, value) in texts(desired).into_iter().filter(|(_, value)| is_secret(value)) {
        let same = was.get(&path) == Some(&value);
        let before = applied.filter(|_| same).and_then(|applied| applied.secrets.get(&path)).cloned();
        let now = secrets.digest(value).and_then(Result::ok);
        // Live is judged by what was applied where the source cannot be read; a live reference by that too, since it shows no value.
        let shown = is.get(&path).and_then(|live| live.as_literal());
        marks.unjudged |= now.is_none() || (live.is_some() && before.is_none() && shown.is_none());
        let Some(digest) = now.clone().or_else(|| before.clone()) else {
            let missing = secrets.missing(value).filter(|_| shown.is_some());
            marks.gap = marks.gap.or(missing.map(|error| format!("{error}, and what was applied is not recorded")));
            continue;
        };
        if before.as_ref().is_some_and(|before| now.is_some() && *before != digest) {
            marks.moved.insert(path.clone());
        }
        let last = mark(before.as_ref().unwrap_or(&digest));
        match (shown.and_then(|text| secrets.digest_of_text(text)), is.get(&path)) {
            (Some(live), _) => drop(marks.live.insert(path.clone(), mark(&live))),
            (None, Some(live)) if *live == value => drop(marks.live.insert(path.clone(), last.clone())),
            _ => {}
        }
        if same {
            marks.applied.insert(path.clone(), last);
        }
        marks.desired.insert(path, mark(&digest));
    }
    marks
}

fn mark(digest: &str) -> Tree {
    Tree::Text(Value::from_parts([Part::Secret(digest.into())]))
}

/// A tree with other leaves at some paths.
fn with(tree: &Tree, path: &FieldPath, leaves: &BTreeMap<String, Tree>) -> Tree {
    if leaves.is_empty() {
        return tree.clone();
    }
    match tree {
        Tree::List(list) => {
            let one = |(at, tree)| with(tree, &path.join(Segment::Index(at)), leaves);
            Tree::List(list.iter().enumerate().map(one).collect())
        }
        Tree::Map(map) => {
            let one = |(key, tree): (&String, &Tree)| (key.clone(), with(tree, &path.key(key.as_str()), leaves));
            Tree::Map(map.iter().map(one).collect())
        }
        leaf => leaves.get(&path.to_string()).unwrap_or(leaf).clone(),
    }
}
