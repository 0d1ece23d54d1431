//! The next step of a cluster towards a goal. Pure: from what its members see.

use super::super::topology::{Cluster, Seen, View};
use crate::model::Tree;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The slots of every cluster.
const SLOTS: usize = 16384;

/// What is to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// The whole as it is declared.
    Whole,
    /// One member takes part, in sync.
    Member(String),
    /// One member is nobody's master.
    HandedOver(String),
}

/// Slots on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The id of who has them.
    pub from: String,
    /// The id of who gets them.
    pub to: String,
    /// Which.
    pub slots: Vec<u16>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A member is introduced to another: who, to whom (its host and port).
    Meet(String, (String, u16)),
    /// A member becomes the replica of a master's id.
    Replicate(String, String),
    /// A member takes over from its master.
    TakeOver(String),
    /// Slots move.
    Move(Move),
    /// Every member forgets an id.
    Forget(String),
    /// Something is under way; what.
    Wait(String),
    /// It cannot be reached; why.
    Stuck(String),
    /// It is reached.
    Done,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |id: &str| id.chars().take(8).collect::<String>();
        match self {
            Self::Meet(name, _) => write!(f, "{name} is yet to meet the others"),
            Self::Replicate(name, master) => write!(f, "{name} is yet to follow {}", short(master)),
            Self::TakeOver(name) => write!(f, "{name} is yet to take over from its master"),
            Self::Move(slots) => write!(f, "{} slots are yet to move", slots.slots.len()),
            Self::Forget(id) => write!(f, "the node {} is yet to be forgotten", short(id)),
            Self::Wait(missing) | Self::Stuck(missing) => f.write_str(missing),
            Self::Done => f.write_str("nothing is missing"),
        }
    }
}

/// The next step. `spreading`: slots are being spread already, and are spread to the end.
pub fn next(cluster: Cluster<'_>, declared: &Tree, goal: &Goal, retired: &BTreeSet<String>, spreading: bool) -> Step {
    let sight = Sight { cluster, declared, retired, spreading };
    if cluster.shards().is_empty() {
        return Step::Done;
    }
    let step = match goal {
        Goal::HandedOver(name) => return sight.hand_over(name).unwrap_or(Step::Done),
        Goal::Member(name) => sight.finish_moves().or_else(|| sight.join(name)),
        Goal::Whole => sight.whole(),
    };
    step.or_else(|| sight.unwell(goal)).unwrap_or(Step::Done)
}

struct Sight<'a> {
    cluster: Cluster<'a>,
    declared: &'a Tree,
    retired: &'a BTreeSet<String>,
    spreading: bool,
}

impl<'a> Sight<'a> {
    fn number(&self, key: &str) -> usize {
        match self.declared.get(key) {
            Some(Tree::Int(number)) => usize::try_from(*number).unwrap_or_default(),
            _ => 0,
        }
    }

    fn nodes(&self) -> impl Iterator<Item = &'a Seen> + use<'a> {
        self.cluster.widest().into_iter().flat_map(|view| &view.nodes)
    }

    fn view(&self, name: &str) -> Option<&'a View> {
        self.cluster.members.get(name)?.as_ref()
    }

    /// A member as the widest view has it.
    fn node(&self, name: &str) -> Option<&'a Seen> {
        let view = self.view(name)?;
        self.nodes().find(|node| node.id == view.id)
    }

    fn hand_over(&self, name: &str) -> Option<Step> {
        let own = self.view(name)?.myself()?;
        if !own.is("master") || own.count() == 0 {
            return None;
        }
        // Without a replica there is nobody to hand over to.
        let heirs: Vec<&Seen> = self.cluster.replicas(own).filter(|heir| heir.connected || heir.is("myself")).collect();
        let heir = heirs.into_iter().find_map(|heir| self.cluster.member(heir))?;
        Some(Step::TakeOver(heir.to_owned()))
    }

    /// A slot that was left open is closed before anything else.
    fn finish_moves(&self) -> Option<Step> {
        for (_, view) in self.cluster.views() {
            let Some(own) = view.myself() else { continue };
            let out = own.migrating.first().map(|(slot, to)| (*slot, own.id.clone(), to.clone()));
            let owner = |slot: u16| self.nodes().find(|node| node.each_slot().any(|one| one == slot));
            let into = own.importing.first().map(|(slot, from)| {
                let from = owner(*slot).map_or_else(|| from.clone(), |node| node.id.clone());
                (*slot, from, own.id.clone())
            });
            if let Some((slot, from, to)) = out.or(into).filter(|(_, from, to)| from != to) {
                return Some(Step::Move(Move { from, to, slots: vec![slot] }));
            }
        }
        None
    }

    /// What one member lacks.
    fn join(&self, name: &str) -> Option<Step> {
        let Some(view) = self.view(name) else { return Some(Step::Wait(format!("{name} does not answer"))) };
        if let Some(step) = self.meet(name, view) {
            return Some(step);
        }
        let Some(node) = self.node(name) else { return Some(Step::Wait(format!("{name} is not known yet"))) };
        if node.is("handshake") || node.is("noaddr") {
            return Some(Step::Wait(format!("{name} is being introduced")));
        }
        if let Some(step) = self.follow(name, node) {
            return Some(step);
        }
        if !view.in_sync {
            return Some(Step::Wait(format!("{name} is not in sync with its master")));
        }
        self.forget(|old| old.label() == Some(name))
    }

    /// A member that knows nobody, or that nobody knows or finds, is introduced to one of the many.
    fn meet(&self, name: &str, view: &View) -> Option<Step> {
        let widest = self.cluster.widest()?;
        let knows = |view: &View, id: &str| view.nodes.iter().any(|node| node.id == id);
        let finds = |view: &View, id: &str| view.nodes.iter().any(|node| node.id == id && node.connected);
        let is_known = knows(widest, &view.id) && knows(view, &widest.id);
        let is_found = finds(widest, &view.id) || finds(view, &widest.id);
        if view.id == widest.id || (is_known && is_found) {
            return None;
        }
        let step = |(host, port): (String, u16)| Step::Meet(name.to_owned(), (host, port));
        let stuck = || Step::Stuck(format!("nobody knows the address of a member that {name} could meet"));
        Some(self.place(widest, view, is_known).map_or_else(stuck, step))
    }

    /// Where a member is that others find. A node does not tell its own address, and what others knew of it may be no longer true.
    fn place(&self, widest: &View, asking: &View, is_known: bool) -> Option<(String, u16)> {
        let is_loopback = |host: &str| host.starts_with("127.") || host == "::1";
        let remote = self.nodes().any(|node| !node.host.is_empty() && !is_loopback(&node.host));
        // Who was asked inside its carrier saw only itself.
        let own = widest.address.clone().filter(|(host, _)| !(remote && is_loopback(host)));
        let known = self.nodes().filter(|node| !node.host.is_empty() && node.connected && !node.is("fail"));
        let mut members = known.filter(|node| node.id != asking.id && self.cluster.member(node).is_some());
        let told = members.next().map(|node| (node.host.clone(), node.port));
        if is_known { own.or(told) } else { told.or(own) }
    }

    /// A member without slots that is nobody's replica follows a master, unless masters are missing.
    fn follow(&self, name: &str, node: &Seen) -> Option<Step> {
        let kept = self.kept();
        let master_of = |id: &str| kept.iter().any(|master| master.id == id);
        if node.is("master") && (node.count() > 0 || master_of(&node.id)) {
            return None;
        }
        if let Some(master) = node.master.as_deref().filter(|master| master_of(master)) {
            let own = self.view(name).and_then(View::myself);
            let follows = own.is_some_and(|own| own.master.as_deref() == Some(master));
            return (!follows).then(|| Step::Wait(format!("{name} is beginning to follow")));
        }
        let neediest =
            kept.iter().filter(|master| master.count() > 0).min_by_key(|master| self.replicas(master).count())?;
        Some(Step::Replicate(name.to_owned(), neediest.id.clone()))
    }

    /// The replicas of a master that are members.
    fn replicas(&self, master: &Seen) -> impl Iterator<Item = &'a Seen> + use<'a> {
        let cluster = self.cluster;
        cluster.replicas(master).filter(move |node| cluster.member(node).is_some())
    }

    /// The members that are to be masters: those with slots, then those without, by name; as many as are declared.
    fn kept(&self) -> Vec<&'a Seen> {
        let mut masters: Vec<(bool, String, &Seen)> = self
            .nodes()
            .filter(|node| node.is("master") && !node.is("fail"))
            .filter_map(|node| Some((node.count() == 0, self.cluster.member(node)?.to_owned(), node)))
            .collect();
        masters.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        masters.into_iter().take(self.number("shards")).map(|(.., node)| node).collect()
    }

    fn whole(&self) -> Option<Step> {
        if let Some(step) = self.finish_moves() {
            return Some(step);
        }
        for (name, view) in self.cluster.views() {
            if let Some(step) = self.meet(name, view) {
                return Some(step);
            }
        }
        if self.nodes().any(|node| node.is("handshake")) || !self.cluster.apart().is_empty() {
            return Some(Step::Wait("the members do not all know each other yet".into()));
        }
        // A server that does not know yet who has which slots takes no keys.
        if let Some((name, _)) = self.cluster.views().find(|(_, view)| !view.is_ok) {
            return Some(Step::Wait(format!("{name} says that the cluster is not well")));
        }
        if let Some(step) = self.spread() {
            return Some(step);
        }
        for (name, _) in self.cluster.views() {
            if let Some(step) = self.node(name).and_then(|node| self.follow(name, node)) {
                return Some(step);
            }
        }
        self.even_replicas().or_else(|| self.forget(|_| true))
    }

    /// Brings the slots to the masters that are kept.
    fn spread(&self) -> Option<Step> {
        let kept = self.kept();
        let holders = || self.nodes().filter(|node| node.is("master") && node.count() > 0);
        let is_kept = |node: &Seen| kept.iter().any(|one| one.id == node.id);
        if kept.len() < self.number("shards") {
            // One that goes and has a replica that stays: that one takes over, and nothing has to move.
            let heir = holders().filter(|node| !is_kept(node)).find_map(|node| self.replicas(node).next());
            let missing =
                format!("{} masters are declared, and there are servers for {}", self.number("shards"), kept.len());
            return Some(match heir.and_then(|heir| self.cluster.member(heir)) {
                Some(name) => Step::TakeOver(name.to_owned()),
                None if self.cluster.members.values().any(Option::is_none) => {
                    Step::Wait("not every member answers".into())
                }
                None => Step::Stuck(missing),
            });
        }
        if kept.is_empty() {
            return None;
        }
        let share = |at: usize| SLOTS / kept.len() + usize::from(at < SLOTS % kept.len());
        let quota: BTreeMap<&str, usize> =
            kept.iter().enumerate().map(|(at, node)| (node.id.as_str(), share(at))).collect();
        let has = |node: &Seen| usize::try_from(node.count()).unwrap_or_default();
        let over = |node: &Seen| has(node).saturating_sub(quota.get(node.id.as_str()).copied().unwrap_or_default());
        let under = |node: &Seen| quota.get(node.id.as_str()).copied().unwrap_or_default().saturating_sub(has(node));
        // What is uneven by a little was perhaps meant so.
        let tolerance = if self.spreading { 1 } else { SLOTS / kept.len() / 10 };
        if kept.iter().all(|node| under(node) <= tolerance) && holders().all(&is_kept) {
            return None;
        }
        let from = holders().max_by_key(|node| (!is_kept(node), over(node)))?;
        let to = kept.iter().max_by_key(|node| under(node))?;
        let number = over(from).min(under(to));
        let slots: Vec<u16> = from.each_slot().rev().take(number).collect();
        (number > 0).then(|| Step::Move(Move { from: from.id.clone(), to: to.id.clone(), slots }))
    }

    /// A replica of a shard that has too many goes to one that has too few.
    fn even_replicas(&self) -> Option<Step> {
        let wanted = self.number("replicas_per_shard");
        let shards = self.cluster.shards();
        let poor = shards.iter().find(|master| self.replicas(master).count() < wanted)?;
        let rich = shards.iter().find(|master| self.replicas(master).count() > wanted)?;
        let moved = self.replicas(rich).filter_map(|node| self.cluster.member(node)).max()?;
        Some(Step::Replicate(moved.to_owned(), poor.id.clone()))
    }

    /// Forgets a node that is no member any more: it was retired, or it is what a member was before it lost its data.
    fn forget(&self, is_meant: impl Fn(&Seen) -> bool) -> Option<Step> {
        let gone = |node: &&Seen| {
            let label = node.label().unwrap_or_default();
            let was_member = self.cluster.members.get(label).is_some_and(Option::is_some) && node.is("fail");
            self.cluster.member(node).is_none() && (was_member || self.retired.contains(label))
        };
        let node = self.nodes().filter(gone).find(|node| is_meant(node))?;
        if node.count() > 0 {
            return Some(Step::Wait(format!("{} still holds slots", self.cluster.called(node))));
        }
        Some(Step::Forget(node.id.clone()))
    }

    /// What has to come right by itself.
    fn unwell(&self, goal: &Goal) -> Option<Step> {
        let is_asked = |name: &String| !matches!(goal, Goal::Member(member) if member != name);
        let ill = self.cluster.views().find(|(name, view)| is_asked(name) && !view.is_ok);
        if let Some((name, _)) = ill {
            return Some(Step::Wait(format!("{name} says that the cluster is not well")));
        }
        let failing =
            |node: &&Seen| self.cluster.member(node).is_some_and(|name| is_asked(&name.to_owned())) && node.is("fail");
        if let Some(node) = self.nodes().find(failing) {
            return Some(Step::Wait(format!("{} is taken for failed", self.cluster.called(node))));
        }
        let stranger = self.nodes().find(|node| self.cluster.member(node).is_none());
        if let (Goal::Whole, Some(node)) = (goal, stranger) {
            let name = self.cluster.called(node);
            if self.cluster.members.contains_key(&name) {
                return Some(Step::Wait(format!("what {name} was before is not yet taken for failed")));
            }
            return Some(Step::Stuck(format!(
                "{name} takes part and is not declared: nobody but you can say what becomes of it"
            )));
        }
        if *goal == Goal::Whole && self.cluster.body(self.declared).as_ref() != Some(self.declared) {
            return Some(Step::Wait("the cluster is not yet as it is declared".into()));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::topology::nodes;
    use super::*;
    use serde_json::json;

    /// Members `c-N` with the id `idN`; a line for each node of the widest view: its number, role, master, slots.
    fn members(count: usize, lines: &[(usize, &str, &str, &str)]) -> BTreeMap<String, Option<View>> {
        let view = |at: usize| {
            let line = |(of, role, master, slots): &(usize, &str, &str, &str)| {
                let me = if *of == at { "myself," } else { "" };
                format!("id{of} 10.0.0.{of}:6379@16379,c-{of} {me}{role} {master} 0 0 {} connected {slots}", of + 1)
            };
            let text: Vec<String> = lines.iter().map(line).collect();
            View { id: format!("id{at}"), is_ok: true, in_sync: true, address: None, nodes: nodes(&text.join("\n")) }
        };
        (0..count).map(|at| (format!("c-{at}"), Some(view(at)))).collect()
    }

    fn step(members: &BTreeMap<String, Option<View>>, shards: i64, goal: &Goal, retired: &[&str]) -> String {
        let declared = Tree::from_json(&json!({"mode": "cluster", "shards": shards, "replicas_per_shard": 1}));
        let retired = retired.iter().map(|name| (*name).to_owned()).collect();
        match next(Cluster { members }, &declared, goal, &retired, false) {
            Step::Move(slots) => {
                format!("{} -> {}: {} from {}", slots.from, slots.to, slots.slots.len(), slots.slots[0])
            }
            Step::Meet(name, (host, port)) => format!("{name} meets {host}:{port}"),
            Step::Replicate(name, master) => format!("{name} follows {master}"),
            Step::TakeOver(name) => format!("{name} takes over"),
            Step::Forget(id) => format!("forget {id}"),
            other => other.to_string(),
        }
    }

    const DONE: &str = "nothing is missing";
    const WELL: [(usize, &str, &str, &str); 6] = [
        (0, "master", "-", "0-5460"),
        (1, "master", "-", "5461-10922"),
        (2, "master", "-", "10923-16383"),
        (3, "slave", "id0", ""),
        (4, "slave", "id1", ""),
        (5, "slave", "id2", ""),
    ];

    fn with(
        more: &[(usize, &'static str, &'static str, &'static str)],
    ) -> Vec<(usize, &'static str, &'static str, &'static str)> {
        let kept = WELL.iter().filter(|line| !more.iter().any(|other| other.0 == line.0));
        let mut all: Vec<_> = kept.chain(more).copied().collect();
        all.sort_by_key(|line| line.0);
        all
    }

    #[test]
    fn what_is_well_needs_nothing_and_a_master_hands_over() {
        let well = members(6, &WELL);
        assert_eq!(step(&well, 3, &Goal::Whole, &[]), DONE);
        assert_eq!(step(&well, 3, &Goal::Member("c-4".into()), &[]), DONE);
        assert_eq!(step(&well, 3, &Goal::HandedOver("c-1".into()), &[]), "c-4 takes over");
        assert_eq!(step(&well, 3, &Goal::HandedOver("c-4".into()), &[]), DONE);
        let alone = members(6, &with(&[(4, "slave,fail", "id1", "")]));
        assert_eq!(step(&alone, 3, &Goal::HandedOver("c-1".into()), &[]), DONE, "there is nobody to hand over to");
        let fresh = members(6, &[(0, "master", "-", "")]);
        assert_eq!(step(&fresh, 3, &Goal::Whole, &[]), DONE, "it is formed by what is rendered");
    }

    #[test]
    fn a_shard_more_gets_its_share_and_a_replica() {
        let grown = members(8, &with(&[(6, "master", "-", ""), (7, "master", "-", "")]));
        assert_eq!(step(&grown, 4, &Goal::Whole, &[]), "id1 -> id6: 1366 from 10922");
        let even = [
            (0, "master", "-", "0-4095"),
            (1, "master", "-", "5461-9556"),
            (2, "master", "-", "10923-15018"),
            (6, "master", "-", "4096-5460 9557-10922 15019-16383"),
            (7, "master", "-", ""),
        ];
        assert_eq!(step(&members(8, &with(&even)), 4, &Goal::Whole, &[]), "c-7 follows id6");
    }

    #[test]
    fn what_goes_is_taken_over_drained_and_forgotten() {
        let four = [
            (0, "master", "-", "0-4095"),
            (1, "master", "-", "5461-9556"),
            (2, "master", "-", "10923-15018"),
            (6, "master", "-", "4096-5460 9557-10922 15019-16383"),
            (7, "slave", "id6", ""),
        ];
        let mut shrunk = members(8, &with(&four));
        shrunk.retain(|name, _| !["c-6", "c-7"].contains(&name.as_str()));
        let retired = ["c-6", "c-7"];
        assert_eq!(step(&shrunk, 3, &Goal::Whole, &retired), "id6 -> id0: 1366 from 16383");
        let mut drained = members(8, &with(&[(6, "master", "-", ""), (7, "slave", "id6", "")]));
        drained.retain(|name, _| !["c-6", "c-7"].contains(&name.as_str()));
        assert_eq!(step(&drained, 3, &Goal::Whole, &retired), "forget id6");
        let stuck = "c-6 takes part and is not declared: nobody but you can say what becomes of it";
        assert_eq!(step(&drained, 3, &Goal::Whole, &[]), stuck, "nobody recorded that it was ours");
        let led = [(2, "slave", "id6", ""), (6, "master", "-", "10923-16383")];
        let mut led = members(7, &with(&led));
        led.retain(|name, _| name != "c-6");
        assert_eq!(step(&led, 3, &Goal::Whole, &["c-6"]), "c-2 takes over");
    }

    #[test]
    fn a_member_without_its_data_meets_follows_and_its_old_id_is_forgotten() {
        let mut lost = members(6, &with(&[(3, "slave,fail", "id0", "")]));
        let own = nodes("new :6379@16379,c-3 myself,master - 0 0 0 connected");
        lost.insert(
            "c-3".into(),
            Some(View { id: "new".into(), is_ok: false, in_sync: true, address: None, nodes: own }),
        );
        let goal = Goal::Member("c-3".into());
        assert_eq!(step(&lost, 3, &goal, &[]), "c-3 meets 10.0.0.0:6379");
        for view in lost.values_mut().flatten() {
            let me = if view.id == "new" { "myself," } else { "" };
            if view.id == "new" {
                view.nodes = members(6, &with(&[(3, "slave,fail", "id0", "")]))["c-0"].clone().unwrap().nodes;
                view.nodes.iter_mut().for_each(|node| node.flags.retain(|flag| flag != "myself"));
            }
            view.nodes.extend(nodes(&format!("new 10.0.0.9:6379@16379,c-3 {me}master - 0 0 0 connected")));
        }
        assert_eq!(step(&lost, 3, &goal, &[]), "c-3 follows id0");
        for view in lost.values_mut().flatten() {
            view.is_ok = true;
            let node = view.nodes.iter_mut().find(|node| node.id == "new").unwrap();
            node.master = Some("id0".into());
            node.flags.retain(|flag| flag != "master");
            node.flags.push("slave".into());
        }
        assert_eq!(step(&lost, 3, &goal, &[]), "forget id3");
    }

    #[test]
    fn an_open_slot_is_closed_first() {
        let mut open = members(6, &WELL);
        let view = open.get_mut("c-1").unwrap().as_mut().unwrap();
        view.nodes.iter_mut().find(|node| node.is("myself")).unwrap().importing.push((5, "id9".into()));
        assert_eq!(step(&open, 3, &Goal::Whole, &[]), "id0 -> id1: 1 from 5");
    }
}
