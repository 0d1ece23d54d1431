//! The steps around changes of what servers run in: one server at a time, replicas first, each master only after another has taken over.
//!
//! Never: changes what others decided; asks a server.
//!
//! Invariants: pure; only goals are added, so that roles that moved since the plan make it slower, not wrong.

use super::observe::MASTERS;
use super::target::{Part, beside, part};
use crate::backend::{Around, Expansion, Procedure};
use crate::model::{Address, Resource, Tree};
use crate::plan::{Action, Change};
use std::collections::{BTreeMap, BTreeSet};

/// The steps.
pub struct Steps;

/// A server whose carrier changes.
struct Moved<'a> {
    name: String,
    carrier: &'a Change,
    /// Whether it runs now, and is stopped by the change.
    stops: bool,
    is_master: bool,
}

impl Procedure for Steps {
    fn expand(&self, around: &Around<'_>) -> Expansion {
        let mut expansion = Expansion::default();
        let changes: BTreeMap<&Address, &Change> =
            around.changes.iter().map(|change| (&change.address, change)).collect();
        for topology in around.desired.iter().filter(|one| matches!(part(&one.address), Some((_, Part::Topology)))) {
            around_members(around, topology, &changes, &mut expansion);
        }
        retire(around, &mut expansion);
        wait_for_restarts(around, &changes, &mut expansion);
        expansion
    }
}

fn run(pattern: &Resource, instance: &str, address: Address, after: Vec<Address>, step: &str, reason: &str) -> Change {
    Change {
        address,
        component: pattern.component.clone(),
        backend: super::table::KIND.into(),
        instance: instance.into(),
        action: Action::Run,
        after,
        wave: 0,
        reason: reason.into(),
        disruptive: false,
        steps: vec![step.into()],
        precondition: None,
        fields: Vec::new(),
        moved_from: None,
    }
}

/// Whether a change interrupts what runs there.
fn stops(change: &Change) -> bool {
    change.disruptive || matches!(change.action, Action::Replace | Action::Restart)
}

/// Whether a change starts what does not run.
fn starts(change: &Change) -> bool {
    change.action == Action::Create || change.fields.iter().any(|field| field.path.to_string() == "state")
}

/// The name of each member of a topology, by its carrier.
fn names(around: &Around<'_>, topology: &Resource) -> BTreeMap<Address, String> {
    let single = around
        .desired
        .iter()
        .filter(|one| one.carriers.len() == 1 && !matches!(part(&one.address), Some((_, Part::Topology))));
    let named = single.filter_map(|one| Some((one.carriers[0].address.clone(), part(&one.address)?.0)));
    let known: BTreeMap<Address, String> = named.collect();
    let members = topology.carriers.iter().map(|carrier| {
        let last = || carrier.address.segments().last().unwrap_or_default();
        (carrier.address.clone(), known.get(&carrier.address).cloned().unwrap_or_else(last))
    });
    members.collect()
}

fn moved<'a>(around: &Around<'_>, topology: &Resource, changes: &BTreeMap<&Address, &'a Change>) -> Vec<Moved<'a>> {
    let outputs = around.observation.resources.get(&topology.address).map(|observed| &observed.outputs);
    let masters = outputs.and_then(|outputs| outputs.get(MASTERS)).map(String::as_str).unwrap_or_default();
    let masters: BTreeSet<&str> = masters.split(',').collect();
    let seen = |name: &str| {
        let of_node = |address: &Address| part(address).is_some_and(|(node, _)| node == name);
        !around.observation.gaps.iter().any(|gap| of_node(&gap.address))
    };
    let mut moved: Vec<Moved<'_>> = names(around, topology)
        .into_iter()
        .filter_map(|(address, name)| {
            let carrier = *changes.get(&address)?;
            let stops = stops(carrier) && !starts(carrier) && seen(&name);
            (stops || starts(carrier) || self::stops(carrier)).then(|| Moved {
                is_master: masters.contains(name.as_str()),
                name,
                carrier,
                stops,
            })
        })
        .filter(|one| one.carrier.action != Action::Delete)
        .collect();
    // What does not run comes back first: it is a replica that others may need. Masters go last.
    moved.sort_by(|one, other| (one.stops, one.is_master, &one.name).cmp(&(other.stops, other.is_master, &other.name)));
    moved
}

fn around_members(
    around: &Around<'_>,
    topology: &Resource,
    changes: &BTreeMap<&Address, &Change>,
    expansion: &mut Expansion,
) {
    let members = moved(around, topology, changes);
    let instance = around.changes.iter().find(|change| change.address == topology.address);
    let instance = instance.or_else(|| members.first().map(|one| one.carrier)).map(|change| change.instance.clone());
    let Some(instance) = instance else { return };
    let rotating = rotating(around, topology, &members, &instance, expansion);
    let mut before: Vec<Address> = Vec::new();
    for one in &members {
        let address = |goal: &str| beside(&topology.address, &one.name, &[goal]);
        let (handed_over, joined) = (address("handed-over"), address("joined"));
        let first: Vec<Address> = before.iter().chain(&rotating).cloned().collect();
        let carrier = one.carrier.address.clone();
        if one.stops {
            let step = "let a replica take over, if it is a master";
            let reason = format!("{carrier} is stopped after it");
            expansion.runs.push(run(topology, &instance, handed_over.clone(), first, step, &reason));
            expansion.edges.push((handed_over, carrier.clone()));
        } else {
            expansion.edges.extend(first.into_iter().map(|first| (first, carrier.clone())));
        }
        let reason = format!("{carrier} was made or started before it");
        expansion.runs.push(run(
            topology,
            &instance,
            joined.clone(),
            vec![carrier],
            "wait until it is part of the whole, and in sync",
            &reason,
        ));
        // What is made for the first time is made at once; what runs goes one after the other.
        if one.stops {
            before = vec![joined];
        } else {
            before.push(joined);
            if is_new(around, topology) {
                before.clear();
            }
        }
    }
}

/// Whether the whole is yet to be made.
fn is_new(around: &Around<'_>, topology: &Resource) -> bool {
    !around.observation.resources.contains_key(&topology.address)
}

/// New passwords are taken beside the old ones before the first server restarts with the new ones alone.
fn rotating(
    around: &Around<'_>,
    topology: &Resource,
    members: &[Moved<'_>],
    instance: &str,
    expansion: &mut Expansion,
) -> Vec<Address> {
    if !members.iter().any(|one| one.stops) {
        return Vec::new();
    }
    let names = names(around, topology);
    let mut rotating = BTreeSet::new();
    for resource in around.desired {
        let Some((node, Part::User(_))) = part(&resource.address) else { continue };
        if names.values().any(|name| *name == node) && is_rotated(around, resource) {
            rotating.insert(beside(&topology.address, &node, &["rotating"]));
        }
    }
    for address in &rotating {
        let reason = "a secret has another value at its source";
        expansion.runs.push(run(
            topology,
            instance,
            address.clone(),
            Vec::new(),
            "take the new passwords beside the old ones",
            reason,
        ));
    }
    rotating.into_iter().collect()
}

/// Whether the password of a user stands for another value than is live.
fn is_rotated(around: &Around<'_>, resource: &Resource) -> bool {
    let live = around.observation.resources.get(&resource.address).and_then(|observed| observed.body.get("password"));
    let declared = resource.body.get("password");
    declared.zip(live).is_some_and(|(declared, live)| matches!(declared, Tree::Text(_)) && declared != live)
}

/// Once everybody else is changed, the old password of a user that got a new one is taken away.
fn retire(around: &Around<'_>, expansion: &mut Expansion) {
    for change in around.changes.iter().filter(|change| matches!(change.action, Action::Update | Action::Adopt)) {
        let Some((node, Part::User(user))) = part(&change.address) else { continue };
        let Some(resource) = around.desired.iter().find(|one| one.address == change.address) else { continue };
        if !change.fields.iter().any(|field| field.path.to_string() == "password") {
            continue;
        }
        let others =
            around.changes.iter().filter(|other| other.backend != super::table::KIND && other.action != Action::Keep);
        let mut after: Vec<Address> = others.map(|other| other.address.clone()).collect();
        after.push(change.address.clone());
        let address = beside(&change.address, &node, &["retired", &user]);
        let reason = "nobody needs the old password any more";
        expansion.runs.push(run(
            resource,
            &change.instance,
            address,
            after,
            "leave it the declared password alone",
            reason,
        ));
    }
}

/// What only a restart takes away is gone once its server was restarted.
fn wait_for_restarts(around: &Around<'_>, changes: &BTreeMap<&Address, &Change>, expansion: &mut Expansion) {
    for change in around.changes.iter().filter(|change| change.action == Action::Delete) {
        if !matches!(part(&change.address), Some((_, Part::Config(_)))) {
            continue;
        }
        let after = around.applied.get(&change.address).map(|applied| applied.after.as_slice()).unwrap_or_default();
        for carrier in after
            .iter()
            .filter(|carrier| changes.get(carrier).is_some_and(|other| stops(other) && other.action != Action::Delete))
        {
            expansion.edges.push((carrier.clone(), change.address.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Carrier, Digest, FieldPath, Part as ValuePart, Reach, Value};
    use crate::plan::{Applied, FieldChange, Gap, Observation, Observed};
    use serde_json::json;

    const SIX: usize = 6;

    fn container(at: usize) -> Address {
        format!("docker:container/c-{at}").parse().unwrap()
    }

    fn carrier(at: usize) -> Carrier {
        Carrier { address: container(at), reach: Some(Reach { port: 6379, published: None, login: None }) }
    }

    fn desired() -> Vec<Resource> {
        let body = Tree::from_json(&json!({"mode": "cluster", "shards": 3, "replicas_per_shard": 1}));
        let mut topology = Resource::new("redis:c/topology".parse().unwrap(), Some("c".into()), body);
        topology.carriers = (0..SIX).map(carrier).collect();
        let user = |at: usize| {
            let password = Tree::Text(Value::from_parts([ValuePart::Secret("new".into())]));
            let body = Tree::from([("enabled", Tree::Bool(true)), ("password", password)]);
            let mut user = Resource::new(format!("redis:c-{at}/acl/app").parse().unwrap(), Some("c".into()), body);
            user.carriers = vec![carrier(at)];
            user
        };
        std::iter::once(topology).chain((0..SIX).map(user)).collect()
    }

    fn observed(body: &Tree, masters: &str) -> Observed {
        Observed {
            body: body.clone(),
            text: None,
            executable: false,
            unreadable: None,
            in_the_way: None,
            as_system_would: None,
            fingerprint: Digest::of("x"),
            ours: true,
            component: None,
            outputs: BTreeMap::from([(MASTERS.to_owned(), masters.to_owned())]),
            changed_by: None,
        }
    }

    fn observation(desired: &[Resource], masters: &str) -> Observation {
        let seen = desired.iter().map(|one| (one.address.clone(), observed(&one.body, masters)));
        Observation { resources: seen.collect(), ..Observation::default() }
    }

    fn change(address: Address, action: Action) -> Change {
        Change {
            address,
            component: Some("c".into()),
            backend: "docker".into(),
            instance: "compose".into(),
            action,
            after: vec![],
            wave: 0,
            reason: "a test".into(),
            disruptive: matches!(action, Action::Replace | Action::Restart),
            steps: vec![],
            precondition: None,
            fields: vec![],
            moved_from: None,
        }
    }

    fn field(path: &str) -> FieldChange {
        FieldChange {
            path: path.parse::<FieldPath>().unwrap(),
            before: None,
            after: None,
            after_unknown: false,
            sensitive: false,
            source: None,
            via: vec![],
            via_more: 0,
        }
    }

    /// Each run with what comes before it, and each carrier with what comes before that.
    fn expanded(changes: &[Change], desired: &[Resource], observation: &Observation) -> Vec<String> {
        let applied: BTreeMap<Address, Applied> = BTreeMap::new();
        let expansion = Steps.expand(&Around { changes, desired, applied: &applied, observation });
        assert!(expansion.runs.iter().all(|run| run.action == Action::Run && run.backend == "redis"));
        let list = |after: &[Address]| after.iter().map(|one| one.path().to_owned()).collect::<Vec<_>>().join(" ");
        let runs = expansion.runs.iter().map(|run| format!("{} <- {}", run.address.path(), list(&run.after)));
        let edges = expansion.edges.iter().map(|(first, then)| format!("{} <- {}", then.path(), first.path()));
        runs.chain(edges).collect()
    }

    #[test]
    fn one_server_after_the_other_replicas_first_and_masters_last() {
        let desired = desired();
        let changes: Vec<Change> = [0, 1, 3].map(|at| change(container(at), Action::Replace)).into();
        let found = expanded(&changes, &desired, &observation(&desired, "c-0,c-2,c-4"));
        let expected = [
            "c-1/handed-over <- ",
            "c-1/joined <- container/c-1",
            "c-3/handed-over <- c-1/joined",
            "c-3/joined <- container/c-3",
            "c-0/handed-over <- c-3/joined",
            "c-0/joined <- container/c-0",
            "container/c-1 <- c-1/handed-over",
            "container/c-3 <- c-3/handed-over",
            "container/c-0 <- c-0/handed-over",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_does_not_run_comes_back_before_anything_is_stopped() {
        let desired = desired();
        let mut started = change(container(5), Action::Update);
        started.fields.push(field("state"));
        let changes = [change(container(0), Action::Restart), started, change(container(3), Action::Create)];
        let mut seen = observation(&desired, "c-0");
        let gap = |at: usize| Gap { address: format!("redis:c-{at}/acl/app").parse().unwrap(), reason: "gone".into() };
        seen.gaps = vec![gap(3), gap(5)];
        let found = expanded(&changes, &desired, &seen);
        let expected = [
            "c-3/joined <- container/c-3",
            "c-5/joined <- container/c-5",
            "c-0/handed-over <- c-3/joined c-5/joined",
            "c-0/joined <- container/c-0",
            "container/c-5 <- c-3/joined",
            "container/c-0 <- c-0/handed-over",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_new_whole_is_made_at_once() {
        let desired = desired();
        let changes: Vec<Change> = (0..SIX).map(|at| change(container(at), Action::Create)).collect();
        let found = expanded(&changes, &desired, &Observation::default());
        let expected: Vec<String> = (0..SIX).map(|at| format!("c-{at}/joined <- container/c-{at}")).collect();
        assert_eq!(found, expected);
        assert_eq!(expanded(&[], &desired, &observation(&desired, "")), Vec::<String>::new());
        let keep = [change(container(0), Action::Keep)];
        assert_eq!(expanded(&keep, &desired, &observation(&desired, "")), Vec::<String>::new());
    }

    #[test]
    fn new_passwords_are_taken_before_the_first_restart_and_old_ones_go_after_everything() {
        let desired = desired();
        let mut seen = observation(&desired, "c-0");
        let old = Tree::Text(Value::from_parts([ValuePart::Secret("old".into())]));
        for at in 0..SIX {
            let user = format!("redis:c-{at}/acl/app").parse().unwrap();
            seen.resources.get_mut(&user).unwrap().body.insert("password", old.clone());
        }
        let found = expanded(&[change(container(1), Action::Replace)], &desired, &seen);
        let all = "c-0/rotating c-1/rotating c-2/rotating c-3/rotating c-4/rotating c-5/rotating";
        assert_eq!(found[6], format!("c-1/handed-over <- {all}"));
        let mut user = change("redis:c-1/acl/app".parse().unwrap(), Action::Update);
        user.backend = "redis".into();
        user.fields.push(field("password"));
        let consumer = change("docker:container/api".parse().unwrap(), Action::Replace);
        let found = expanded(&[consumer, user], &desired, &seen);
        assert_eq!(found, ["c-1/retired/app <- container/api c-1/acl/app"]);
    }
}
