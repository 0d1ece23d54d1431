//! What servers said, as an observation: each declared, recorded or unmanaged address with its live body, and what could not be read.
//!
//! Never: shows a password or a hash of one; calls missing what could not be asked.

use super::acl::{is_switch, live_body};
use super::look::Seen;
use super::parameter::{Class, Kind, canonical, default_of, explains, parameter};
use super::password::{Judge, Known};
use super::target::{Part, Target, beside, is_readable, part};
use super::topology::{Cluster, sentinel_body, watched_body};
use crate::backend::{BackendError, ObserveRequest};
use crate::diag::code::SERVER_MAKES_OTHER;
use crate::model::{Address, Digest, Resource, Tree};
use crate::plan::{Applied, Finding, Gap, Observation, Observed};
use std::collections::{BTreeMap, BTreeSet};

/// What was seen of each server, by its name.
pub type Looks = BTreeMap<String, Result<Seen, BackendError>>;

/// Puts an observation together.
pub struct Account<'a> {
    request: &'a ObserveRequest<'a>,
    targets: &'a BTreeMap<String, Target>,
    looks: &'a Looks,
    desired: BTreeMap<Address, &'a Resource>,
    observation: Observation,
}

/// What was seen of an address.
fn observed(body: Tree, shown: &Tree, ours: bool, component: Option<String>) -> Observed {
    let mark: &[u8] = if ours { b"ours" } else { b"" };
    let fingerprint = Digest::of_pieces([serde_json::to_vec(shown).unwrap_or_default().as_slice(), mark]);
    Observed {
        body,
        text: None,
        executable: false,
        unreadable: None,
        in_the_way: None,
        as_system_would: None,
        fingerprint,
        ours,
        component,
        outputs: BTreeMap::new(),
        changed_by: None,
    }
}

impl<'a> Account<'a> {
    /// Of what was asked for and what was seen.
    pub fn new(request: &'a ObserveRequest<'a>, targets: &'a BTreeMap<String, Target>, looks: &'a Looks) -> Self {
        let desired = request.desired.iter().map(|resource| (resource.address.clone(), resource)).collect();
        Self { request, targets, looks, desired, observation: Observation::default() }
    }

    /// The whole.
    pub fn observation(mut self) -> Observation {
        let recorded = self.request.applied.keys().filter(|address| !self.desired.contains_key(*address));
        let addresses: BTreeSet<Address> = self.desired.keys().chain(recorded).cloned().collect();
        for address in addresses {
            self.address(&address);
        }
        self.unmanaged();
        let only = self.request.only;
        let asked = |address: &Address| only.is_empty() || only.iter().any(|glob| address.matches(glob));
        self.observation.resources.retain(|address, _| asked(address));
        self.observation.gaps.retain(|gap| asked(&gap.address));
        self.observation
    }

    fn address(&mut self, address: &Address) {
        let Some((name, part)) = part(address) else { return };
        if part == Part::Topology {
            return self.topology(address);
        }
        let looks = self.looks;
        let Some(look) = looks.get(&name) else { return };
        match look {
            Err(error) => self.gap(address, error),
            Ok(seen) => match part {
                Part::Config(parameter) => self.parameter(address, &parameter, seen),
                Part::User(user) => self.user(address, &user, seen),
                Part::Sentinel(master) => self.watched(address, &master, seen),
                _ => {}
            },
        }
    }

    fn gap(&mut self, address: &Address, error: &BackendError) {
        self.observation.gaps.push(Gap { address: address.clone(), reason: error.message.clone() });
    }

    fn component(&self, address: &Address) -> Option<String> {
        let desired = self.desired.get(address).and_then(|resource| resource.component.clone());
        desired.or_else(|| self.request.applied.get(address)?.component.clone())
    }

    fn insert(&mut self, address: &Address, body: Tree, shown: &Tree) {
        let component = self.component(address);
        self.observation.resources.insert(address.clone(), observed(body, shown, true, component));
    }

    fn bodies(&self, address: &Address) -> Vec<&'a Tree> {
        let desired = self.desired.get(address).map(|resource| &resource.body);
        let applied: Option<&'a Applied> = self.request.applied.get(address);
        desired.into_iter().chain(applied.map(|applied| &applied.body)).collect()
    }

    fn parameter(&mut self, address: &Address, name: &str, seen: &Seen) {
        let bodies = self.bodies(address);
        let is_desired = self.desired.contains_key(address);
        let known = parameter(name);
        if !is_readable(name) {
            // It is never asked for: the table says how it is compared.
            let shown = Tree::text(name);
            let goes_by_itself = !is_desired && known.is_none_or(|one| one.class == Class::Owned);
            if let Some(body) = bodies.first().filter(|_| !goes_by_itself) {
                self.insert(address, (*body).clone(), &shown);
            }
            return;
        }
        let told = match &seen.config {
            Err(error) => return self.gap(address, error),
            Ok(config) => config.get(name).map(|(_, text)| text),
        };
        let Some(text) = told else {
            if is_desired {
                let reason = format!("this server does not know `{name}`, or does not show it");
                self.observation.gaps.push(Gap { address: address.clone(), reason });
            }
            return;
        };
        let live = project(canonical(known.map_or(Kind::Text, |one| one.kind), text), &bodies);
        let is_default = || {
            let default = seen.version.and_then(|version| default_of(name, version));
            default.is_some_and(|(_, default)| default == live)
        };
        if !is_desired && is_default() {
            return;
        }
        let (body, reason) = worded(name, &live, &bodies);
        self.insert(address, body, &live);
        if let Some(reason) = reason {
            self.observation.findings.push(Finding {
                code: SERVER_MAKES_OTHER.to_string(),
                severity: "note".into(),
                message: format!("{address}: {reason}"),
                source: None,
            });
        }
    }

    fn user(&mut self, address: &Address, name: &str, seen: &Seen) {
        let users = match &seen.users {
            Err(error) => return self.gap(address, error),
            Ok(users) => users,
        };
        let Some(user) = users.get(name) else { return };
        let bodies = self.bodies(address);
        let (desired, applied) = (self.desired.get(address).copied(), self.request.applied.get(address));
        let mut body = live_body(user, &bodies, seen.catalogue.as_ref());
        let is_only_switch = bodies.first().is_some_and(|body| is_switch(body));
        let mut shown = if is_only_switch { body.clone() } else { live_body(user, &[], None) };
        let mut outputs = BTreeMap::new();
        if !is_only_switch {
            let judge = Judge { supply: self.request.supply, desired: desired.map(|one| &one.body), applied };
            match judge.judge(user) {
                Known::Gap(reason) => {
                    return self.observation.gaps.push(Gap { address: address.clone(), reason });
                }
                Known::Seen { fields, mark, label } => {
                    for (key, value) in fields {
                        body.insert(key, value);
                    }
                    shown.insert("label", Tree::text(label));
                    outputs.extend(mark.map(|mark| (super::password::MARK.to_owned(), mark)));
                }
            }
        }
        // No user of a server bears a mark: ours is what is recorded, and what is exactly as declared.
        // The server itself brings the user `default`.
        let ours = applied.is_some() || desired.is_some_and(|resource| resource.body == body || name == "default");
        let mut observed = observed(body, &shown, ours, self.component(address));
        observed.outputs = outputs;
        self.observation.resources.insert(address.clone(), observed);
    }

    fn watched(&mut self, address: &Address, master: &str, seen: &Seen) {
        let Some(declared) = self.desired.get(address).map(|resource| &resource.body) else { return };
        match seen.watched.get(master) {
            Some((known, quorum)) if !known.list().is_empty() => {
                let body = watched_body(declared, known, quorum);
                self.insert(address, body.clone(), &body);
            }
            _ => {}
        }
    }

    /// Users that nobody declared, on servers of which users are declared.
    fn unmanaged(&mut self) {
        for (name, target) in self.targets.iter().filter(|(_, target)| target.asks_users) {
            let Some(Ok(Seen { users: Ok(users), .. })) = self.looks.get(name) else { continue };
            for (user, model) in users.iter().filter(|(user, _)| !target.users.contains(*user) && *user != "default") {
                let address = beside(&target.sample, name, &["acl", user]);
                let body = live_body(model, &[], None);
                let observed = observed(body.clone(), &body, false, None);
                self.observation.resources.insert(address, observed);
            }
        }
    }

    fn topology(&mut self, address: &Address) {
        let Some(resource) = self.desired.get(address).copied() else { return };
        let members: Vec<(&String, &Target)> = members(resource, self.targets).collect();
        let looks = self.looks;
        let mut errors = Vec::new();
        let mut note = |name: &String, error: &BackendError| errors.push(format!("{name}: {}", error.message));
        let mut views = BTreeMap::new();
        let mut roles = BTreeMap::new();
        for (name, _) in &members {
            let (mut view, mut role) = (None, None);
            match looks.get(*name) {
                Some(Ok(seen)) => {
                    match &seen.view {
                        Some(Ok(told)) => view = Some(told.clone()),
                        Some(Err(error)) => note(name, error),
                        None => {}
                    }
                    match &seen.role {
                        Some(Ok(told)) => role = Some(told.clone()),
                        Some(Err(error)) => note(name, error),
                        None => {}
                    }
                }
                Some(Err(error)) => note(name, error),
                None => {}
            }
            views.insert((*name).clone(), view);
            roles.insert((*name).clone(), role);
        }
        let nobody = views.values().all(Option::is_none) && roles.values().all(Option::is_none);
        if nobody {
            let reason = errors.into_iter().next().unwrap_or_else(|| "none of its servers could be asked".into());
            return self.observation.gaps.push(Gap { address: address.clone(), reason });
        }
        let cluster = Cluster { members: &views };
        let (body, masters) = match super::target::mode(&resource.body) {
            super::target::Mode::Cluster => (cluster.body(&resource.body), cluster.masters()),
            super::target::Mode::Sentinel => {
                (sentinel_body(&resource.body, &roles, self.sentinels(resource)), super::topology::masters(&roles))
            }
        };
        if let Some(body) = body {
            self.insert(address, body.clone(), &body);
            if let Some(observed) = self.observation.resources.get_mut(address) {
                observed.outputs.insert(MASTERS.into(), masters.join(","));
            }
        }
    }

    /// How many sentinels there are, where those of the component could be asked.
    fn sentinels(&self, topology: &Resource) -> Option<i64> {
        let of_component = self.targets.iter().filter(|(_, target)| target.component == topology.component);
        let seen = of_component.filter_map(|(name, _)| self.looks.get(name)?.as_ref().ok());
        let others = seen.flat_map(|seen| seen.watched.values()).filter_map(|(master, _)| {
            let (_, number) = master.pairs().find(|(name, _)| name == "num-other-sentinels")?;
            number.text()?.parse::<i64>().ok()
        });
        others.max().map(|others| others + 1)
    }
}

/// The output of a topology that names its masters: who goes last.
pub const MASTERS: &str = "masters";

/// The members of a topology.
pub fn members<'a>(
    topology: &'a Resource,
    targets: &'a BTreeMap<String, Target>,
) -> impl Iterator<Item = (&'a String, &'a Target)> {
    targets.iter().filter(|(_, target)| topology.carriers.iter().any(|carrier| carrier.address == target.carrier))
}

/// What is declared of several things that a server always tells together.
fn project(live: Tree, bodies: &[&Tree]) -> Tree {
    let (Tree::Map(map), Some(Tree::Map(declared))) = (&live, bodies.first()) else { return live };
    Tree::Map(
        map.iter()
            .filter(|(key, _)| declared.contains_key(*key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

/// A live value as it was declared, where the server made it of that; and why.
fn worded(name: &str, live: &Tree, bodies: &[&Tree]) -> (Tree, Option<String>) {
    let explained = bodies.iter().find_map(|body| Some(((*body).clone(), explains(name, body, live)?)));
    match explained {
        Some((body, reason)) if !bodies.contains(&live) => (body, Some(reason)),
        _ => (live.clone(), None),
    }
}
