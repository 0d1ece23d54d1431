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

/// The next step.
pub fn next(cluster: Cluster<'_>, declared: &Tree, goal: &Goal, retired: &BTreeSet<String>) -> Step {
    let sight = Sight { cluster, declared, retired };
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
            let into = own.importing.first().and_then(|(slot, from)| {
                let from = owner(*slot).map_or_else(|| from.clone(), |node| node.id.clone());
                Some((*slot, from, own.id.clone()))
            });
            if let Some((slot, from, to)) = out.or(into) {
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

    /// A member that knows nobody, or that nobody knows, is introduced to one of the many.
    fn meet(&self, name: &str, view: &View) -> Option<Step> {
        let widest = self.cluster.widest()?;
        let knows = |view: &View, id: &str| view.nodes.iter().any(|node| node.id == id);
        if view.id == widest.id || (knows(widest, &view.id) && knows(view, &widest.id)) {
            return None;
        }
        // A node does not tell its own address: others know it.
        let known = self.nodes().filter(|node| !node.host.is_empty() && node.connected && !node.is("fail"));
        let mut members = known.filter(|node| node.id != view.id && self.cluster.member(node).is_some());
        let Some(host) = members.next() else {
            return Some(Step::Stuck("no address of another member is known".into()));
        };
        Some(Step::Meet(name.to_owned(), (host.host.clone(), host.port)))
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
        if kept.iter().all(|node| node.count() > 0) && holders().all(|node| is_kept(node)) {
            return None;
        }
        let share = |at: usize| SLOTS / kept.len() + usize::from(at < SLOTS % kept.len());
        let quota: BTreeMap<&str, usize> =
            kept.iter().enumerate().map(|(at, node)| (node.id.as_str(), share(at))).collect();
        let has = |node: &Seen| usize::try_from(node.count()).unwrap_or_default();
        let over = |node: &Seen| has(node).saturating_sub(quota.get(node.id.as_str()).copied().unwrap_or_default());
        let under = |node: &Seen| quota.get(node.id.as_str()).copied().unwrap_or_default().saturating_sub(has(node));
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
        if *goal == Goal::Whole && self.cluster.body(self.declared).as_ref() != Some(self.declared) {
            return Some(Step::Wait("the cluster is not yet as it is declared".into()));
        }
        None
    }
}
