//! A cluster as its members see it.

use super::nodes::Seen;
use crate::model::Tree;
use std::collections::{BTreeMap, BTreeSet};

/// The slots of every cluster.
pub const SLOTS: u32 = 16384;

/// What one member sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// Its own id.
    pub id: String,
    /// Whether it says `cluster_state:ok`.
    pub is_ok: bool,
    /// Whether it has what its master has, as far as that was asked.
    pub in_sync: bool,
    /// Its own address as whoever asked it came in, where that was asked.
    pub address: Option<(String, u16)>,
    /// All nodes that it knows, itself included.
    pub nodes: Vec<Seen>,
}

impl View {
    /// How it sees itself.
    pub fn myself(&self) -> Option<&Seen> {
        self.nodes.iter().find(|node| node.is("myself"))
    }
}

/// All members by name; none: it could not be asked.
#[derive(Debug, Clone, Copy)]
pub struct Cluster<'a> {
    /// The members.
    pub members: &'a BTreeMap<String, Option<View>>,
}

impl<'a> Cluster<'a> {
    /// The views that there are.
    pub fn views(self) -> impl Iterator<Item = (&'a String, &'a View)> {
        self.members.iter().filter_map(|(name, view)| Some((name, view.as_ref()?)))
    }

    /// The view that knows most.
    pub fn widest(self) -> Option<&'a View> {
        let held = |view: &View| view.nodes.iter().map(Seen::count).sum::<u32>();
        self.views().map(|(_, view)| view).max_by_key(|view| (held(view), view.is_ok, view.nodes.len()))
    }

    /// The member whose id it is, or whose name it announces.
    pub fn member(self, node: &Seen) -> Option<&'a str> {
        let by_id = self.views().find(|(_, view)| view.id == node.id).map(|(name, _)| name.as_str());
        let unseen = || {
            let label = node.label()?;
            self.members.iter().find(|(name, view)| view.is_none() && *name == label).map(|(name, _)| name.as_str())
        };
        by_id.or_else(unseen)
    }

    /// Whether a node takes part: neither it nor anybody who is well says otherwise.
    pub fn is_well(self, node: &Seen) -> bool {
        let failed = |view: &View| view.nodes.iter().any(|other| other.id == node.id && other.is("fail"));
        let others = || self.views().filter(|(_, view)| view.is_ok && view.id != node.id);
        !["fail", "noaddr", "handshake"].iter().any(|flag| node.is(flag)) && !others().any(|(_, view)| failed(view))
    }

    /// How people call a node.
    pub fn called(self, node: &Seen) -> String {
        let short = || node.id.chars().take(8).collect();
        self.member(node).or_else(|| node.label()).map_or_else(short, str::to_owned)
    }

    /// The masters that hold slots, in the widest view.
    pub fn shards(self) -> Vec<&'a Seen> {
        let nodes = self.widest().map(|view| view.nodes.as_slice()).unwrap_or_default();
        nodes.iter().filter(|node| node.is("master") && node.count() > 0).collect()
    }

    /// The replicas of a master that take part, in the widest view.
    pub fn replicas(self, master: &Seen) -> impl Iterator<Item = &'a Seen> + use<'a> {
        let id = master.id.clone();
        let nodes = self.widest().map(|view| view.nodes.as_slice()).unwrap_or_default();
        nodes.iter().filter(move |node| node.master.as_deref() == Some(&id) && self.is_well(node))
    }

    /// The names of members that are masters.
    pub fn masters(self) -> Vec<String> {
        let is_master = |view: &View| view.myself().is_some_and(|node| node.is("master") && node.count() > 0);
        self.views().filter(|(_, view)| is_master(view)).map(|(name, _)| name.clone()).collect()
    }

    /// The body of the topology: what is declared, as far as it is so, and each trouble. None: there is no cluster, or nobody to ask.
    pub fn body(self, declared: &Tree) -> Option<Tree> {
        let shards = self.shards();
        if shards.is_empty() {
            return None;
        }
        let mut body = Tree::from([("mode", Tree::text("cluster"))]);
        body.insert("shards", Tree::Int(i64::try_from(shards.len()).unwrap_or_default()));
        let wanted = declared.get("replicas_per_shard");
        let wanted = if let Some(Tree::Int(number)) = wanted { *number } else { 0 };
        body.insert("replicas_per_shard", Tree::Int(self.replicas_per_shard(&shards, wanted)));
        let covered: u32 = shards.iter().map(|node| node.count()).sum();
        if covered < SLOTS {
            body.insert("uncovered_slots", SLOTS - covered);
        }
        for (field, names) in self.troubles(&shards) {
            if !names.is_empty() {
                body.insert(field, Tree::List(names.into_iter().map(Tree::text).collect()));
            }
        }
        Some(body)
    }

    /// The least of any shard where that is less than is wanted, else the most.
    fn replicas_per_shard(self, shards: &[&Seen], wanted: i64) -> i64 {
        let counts = || shards.iter().map(|master| i64::try_from(self.replicas(master).count()).unwrap_or_default());
        let least = counts().min().unwrap_or_default();
        if least < wanted { least } else { counts().max().unwrap_or_default() }
    }

    fn troubles(self, shards: &[&Seen]) -> Vec<(&'static str, BTreeSet<String>)> {
        let nodes = || self.widest().into_iter().flat_map(|view| &view.nodes);
        let named = |nodes: Vec<&Seen>| nodes.into_iter().map(|node| self.called(node)).collect::<BTreeSet<_>>();
        let is_member = |node: &&Seen| self.member(node).is_some();
        let failed = nodes().filter(|node| !self.is_well(node)).filter(is_member).collect();
        let unknown = nodes().filter(|node| !is_member(node)).collect();
        let same_epoch = |node: &&&Seen| {
            let twins = |other: &&&Seen| other.epoch == node.epoch && other.id != node.id;
            node.epoch != 0 && shards.iter().any(|other| twins(&other))
        };
        let collisions = shards.iter().filter(same_epoch).copied().collect();
        let not_ok = self.views().filter(|(_, view)| !view.is_ok).map(|(name, _)| name.clone()).collect();
        vec![
            ("failed_nodes", named(failed)),
            ("unknown_nodes", named(unknown)),
            ("open_slots", self.open_slots().iter().map(ToString::to_string).collect()),
            ("epoch_collisions", named(collisions)),
            ("apart", self.apart()),
            ("state_not_ok", not_ok),
        ]
    }

    /// Slots that are on their way from one master to another.
    pub fn open_slots(self) -> BTreeSet<u16> {
        let own = self.views().filter_map(|(_, view)| view.myself());
        own.flat_map(|node| node.migrating.iter().chain(&node.importing).map(|(slot, _)| *slot)).collect()
    }

    /// Members that do not know of all others, or of whom the others do not know.
    pub fn apart(self) -> BTreeSet<String> {
        let Some(widest) = self.widest() else { return BTreeSet::new() };
        let knows = |view: &View, id: &str| view.nodes.iter().any(|node| node.id == id && !node.is("handshake"));
        let all: Vec<&str> = self.views().map(|(_, view)| view.id.as_str()).collect();
        let is_apart =
            |view: &View| !knows(widest, &view.id) || all.iter().any(|id| !knows(view, id) && knows(widest, id));
        self.views().filter(|(_, view)| is_apart(view)).map(|(name, _)| name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::nodes::nodes;
    use super::*;
    use serde_json::{Value as Json, json};

    /// Three masters and a replica of each, `lines` put in place of what each says of all.
    fn members(change: impl Fn(usize, String) -> String) -> BTreeMap<String, Option<View>> {
        let view = |at: usize| {
            let line = |of: usize| {
                let (slots, master) = match of {
                    0 => ("0-5460", "-"),
                    1 => ("5461-10922", "-"),
                    2 => ("10923-16383", "-"),
                    3 => ("", "id0"),
                    4 => ("", "id1"),
                    _ => ("", "id2"),
                };
                let role = if of < 3 { "master" } else { "slave" };
                let me = if of == at { "myself," } else { "" };
                format!("id{of} 10.0.0.{of}:6379@16379,c-{of} {me}{role} {master} 0 0 {} connected {slots}", of + 1)
            };
            let text = change(at, (0..6).map(line).collect::<Vec<_>>().join("\n"));
            View { id: format!("id{at}"), is_ok: true, in_sync: true, address: None, nodes: nodes(&text) }
        };
        (0..6).map(|at| (format!("c-{at}"), Some(view(at)))).collect()
    }

    fn body(members: &BTreeMap<String, Option<View>>) -> Option<Json> {
        let declared = Tree::from_json(&json!({"mode": "cluster", "shards": 3, "replicas_per_shard": 1}));
        Cluster { members }.body(&declared).map(|body| body.to_public_json())
    }

    fn well() -> Json {
        json!({"mode": "cluster", "shards": 3, "replicas_per_shard": 1})
    }

    fn with(more: &Json) -> Json {
        let mut all = well();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    }

    #[test]
    fn what_is_well_is_as_declared_whoever_is_master() {
        assert_eq!(body(&members(|_, text| text)), Some(well()));
        let moved = members(|_, text| {
            let text =
                text.replace("c-0 myself,master - 0 0 1 connected 0-5460", "c-0 myself,slave id3 0 0 9 connected ");
            let text = text.replace("c-0 master - 0 0 1 connected 0-5460", "c-0 slave id3 0 0 9 connected ");
            let text =
                text.replace("c-3 myself,slave id0 0 0 4 connected", "c-3 myself,master - 0 0 9 connected 0-5460");
            text.replace("c-3 slave id0 0 0 4 connected", "c-3 master - 0 0 9 connected 0-5460")
        });
        assert_eq!(body(&moved), Some(well()));
        assert_eq!(Cluster { members: &moved }.masters(), ["c-1", "c-2", "c-3"]);
        let mut unseen = members(|_, text| text);
        unseen.insert("c-4".into(), None);
        assert_eq!(body(&unseen), Some(well()), "one that cannot be asked is well as long as the others say so");
    }

    #[test]
    fn each_trouble_has_its_field() {
        let failed = members(|_, text| text.replace("c-5 slave", "c-5 slave,fail"));
        assert_eq!(body(&failed), Some(with(&json!({"replicas_per_shard": 0, "failed_nodes": ["c-5"]}))));
        let stranger = members(|_, text| text + "\nffffffffff 10.0.0.9:6379@16379 master - 0 0 0 connected");
        assert_eq!(body(&stranger), Some(with(&json!({"unknown_nodes": ["ffffffff"]}))));
        let twins = members(|_, text| text.replace("0 0 2 connected 5461", "0 0 1 connected 5461"));
        assert_eq!(body(&twins), Some(with(&json!({"epoch_collisions": ["c-0", "c-1"]}))));
        let open = members(|at, text| if at == 0 { text.replace("0-5460", "0-5460 [5->-id1]") } else { text });
        assert_eq!(body(&open), Some(with(&json!({"open_slots": ["5"]}))));
        let hole = members(|_, text| text.replace("0-5460", "0-5459"));
        assert_eq!(body(&hole), Some(with(&json!({"uncovered_slots": 1}))));
        let alone = members(|at, text| if at == 5 { text.lines().last().unwrap().to_owned() } else { text });
        assert_eq!(body(&alone), Some(with(&json!({"apart": ["c-5"]}))));
        let mut ill = members(|_, text| text);
        ill.get_mut("c-1").unwrap().as_mut().unwrap().is_ok = false;
        assert_eq!(body(&ill), Some(with(&json!({"state_not_ok": ["c-1"]}))));
    }

    #[test]
    fn without_slots_there_is_no_cluster() {
        let fresh = members(|at, _| format!("id{at} :6379@16379 myself,master - 0 0 0 connected"));
        assert_eq!(body(&fresh), None);
        assert_eq!(body(&BTreeMap::from([("c-0".to_owned(), None)])), None);
    }
}
