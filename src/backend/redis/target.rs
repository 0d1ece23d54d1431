//! Whom to ask what: the addresses that are declared or recorded, gathered by the server that knows of them.
//!
//! Never: asks.

use super::acl;
use super::parameter::{Class, canonical_name, parameter};
use crate::model::{Address, Login, Resource, Tree};
use crate::plan::Applied;
use std::collections::{BTreeMap, BTreeSet};

/// What an address means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A parameter, by its canonical name.
    Config(String),
    /// A user.
    User(String),
    /// What a sentinel knows of a master, by the name of that.
    Sentinel(String),
    /// All servers together.
    Topology,
    /// A goal: the server is nobody's master.
    HandedOver,
    /// A goal: the server is part of the whole, and in sync.
    Joined,
    /// A goal: the server takes new passwords beside old ones.
    Rotating,
    /// A goal: the server takes a user's declared password alone.
    Retired(String),
}

/// The server and the part of it that an address means; none: none that is known here.
pub fn part(address: &Address) -> Option<(String, Part)> {
    let segments: Vec<String> = address.segments().collect();
    let [node, rest @ ..] = segments.as_slice() else { return None };
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let part = match words.as_slice() {
        ["config", name] => Part::Config(canonical_name(name)),
        ["acl", name] => Part::User((*name).to_owned()),
        ["sentinel", name] => Part::Sentinel((*name).to_owned()),
        ["topology"] => Part::Topology,
        ["handed-over"] => Part::HandedOver,
        ["joined"] => Part::Joined,
        ["rotating"] => Part::Rotating,
        ["retired", name] => Part::Retired((*name).to_owned()),
        _ => return None,
    };
    Some((node.clone(), part))
}

/// The address of something of a server, beside another address.
pub fn beside(address: &Address, node: &str, path: &[&str]) -> Address {
    Address::new(address.kind(), address.instance(), std::iter::once(node).chain(path.iter().copied()))
}

/// How several servers are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A cluster of shards.
    Cluster,
    /// A master with replicas that sentinels watch.
    Sentinel,
}

/// How the servers of a topology are one.
pub fn mode(body: &Tree) -> Mode {
    let sentinel = body.get("mode").and_then(Tree::as_str) == Some("sentinel");
    if sentinel { Mode::Sentinel } else { Mode::Cluster }
}

/// One server, and what it is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name in addresses.
    pub name: String,
    /// An address of its, to make others beside.
    pub sample: Address,
    /// What it lives in.
    pub carrier: Address,
    /// Its port there.
    pub port: u16,
    /// As whom it is asked.
    pub login: Option<Login>,
    /// Whose it is.
    pub component: Option<String>,
    /// Parameters, by canonical name.
    pub parameters: BTreeSet<String>,
    /// Users that are declared or recorded.
    pub users: BTreeSet<String>,
    /// Whether users are asked for.
    pub asks_users: bool,
    /// What it is a member of.
    pub member: Option<Mode>,
    /// The masters that it watches, where it is a sentinel.
    pub watched: BTreeSet<String>,
}

impl Target {
    fn note(&mut self, part: Part) {
        match part {
            Part::Config(name) => drop(self.parameters.insert(name)),
            Part::User(name) => {
                self.users.insert(name);
                self.asks_users = true;
            }
            Part::Sentinel(name) => drop(self.watched.insert(name)),
            _ => {}
        }
    }

    /// Parameters that can be asked for: no passwords, and nothing that follows from where the server runs.
    pub fn readable(&self) -> impl Iterator<Item = &String> {
        self.parameters.iter().filter(|name| is_readable(name))
    }
}

/// Where nothing at all is declared any more, the servers that were known before are asked about what is recorded, and about users.
pub fn former(known: &BTreeMap<String, Target>, applied: &BTreeMap<Address, Applied>) -> BTreeMap<String, Target> {
    let mut targets = BTreeMap::new();
    for (name, target) in known.iter().filter(|(_, target)| target.asks_users) {
        let (users, parameters) = (BTreeSet::new(), BTreeSet::new());
        let mut former = Target { users, parameters, member: None, watched: BTreeSet::new(), ..target.clone() };
        let recorded = applied.keys().filter_map(part).filter(|(node, _)| node == name);
        recorded.for_each(|(_, part)| former.note(part));
        targets.insert(name.clone(), former);
    }
    targets
}

/// Whether a parameter is ever asked for.
pub fn is_readable(name: &str) -> bool {
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    plain && parameter(name).is_none_or(|one| !matches!(one.class, Class::Owned | Class::Sensitive))
}

/// The servers of resources, by name; `applied` adds what was declared once to servers that still are.
pub fn targets<'a>(
    desired: impl IntoIterator<Item = &'a Resource> + Clone,
    applied: &BTreeMap<Address, Applied>,
) -> BTreeMap<String, Target> {
    let mut targets: BTreeMap<String, Target> = BTreeMap::new();
    let mut topologies = Vec::new();
    for resource in desired {
        match (part(&resource.address), resource.carriers.as_slice()) {
            (Some((_, Part::Topology)), _) => topologies.push(resource),
            (Some((name, part)), [carrier]) => {
                let Some(reach) = &carrier.reach else { continue };
                let target = targets.entry(name.clone()).or_insert_with(|| Target {
                    login: reach.login.clone(),
                    ..blank(&name, resource, &carrier.address, reach.port)
                });
                target.note(part);
            }
            _ => {}
        }
    }
    for topology in topologies {
        for carrier in &topology.carriers {
            let Some(reach) = &carrier.reach else { continue };
            let known = targets.values_mut().find(|target| target.carrier == carrier.address);
            if let Some(target) = known {
                target.member = Some(mode(&topology.body));
                continue;
            }
            let name = carrier.address.segments().last().unwrap_or_default();
            let mut target = blank(&name, topology, &carrier.address, reach.port);
            target.login.clone_from(&reach.login);
            target.member = Some(mode(&topology.body));
            targets.insert(name, target);
        }
    }
    for address in applied.keys() {
        let Some((name, part)) = part(address) else { continue };
        if let Some(target) = targets.get_mut(&name) {
            target.note(part);
        }
    }
    targets
}

fn blank(name: &str, resource: &Resource, carrier: &Address, port: u16) -> Target {
    Target {
        name: name.to_owned(),
        sample: resource.address.clone(),
        carrier: carrier.clone(),
        port,
        login: None,
        component: resource.component.clone(),
        parameters: BTreeSet::new(),
        users: BTreeSet::new(),
        asks_users: false,
        member: None,
        watched: BTreeSet::new(),
    }
}

/// The canonical form of a declared resource: the name that all spellings of its parameter share, the value that all texts share.
pub fn canonical(resource: &Resource) -> Resource {
    let mut resource = resource.clone();
    match part(&resource.address) {
        Some((node, Part::Config(name))) => {
            resource.address = beside(&resource.address, &node, &["config", &name]);
            resource.body = canonical_value(&name, &resource.body);
        }
        Some((_, Part::User(_))) => resource.body = acl::declared(&resource.body),
        _ => {}
    }
    resource
}

fn canonical_value(name: &str, body: &Tree) -> Tree {
    let Some(text) = body.scalar_text() else { return body.clone() };
    let Some(known) = parameter(name) else { return Tree::text(text) };
    // As it would stand in a configuration file: `""` is no text.
    let quoted = text.contains(['"', '\'']);
    let plain = quoted.then(|| super::parameter::arguments(&text)).flatten().map(|all| all.join(" "));
    super::parameter::canonical(known.kind, plain.as_deref().unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Carrier, Reach};
    use serde_json::json;

    fn resource(address: &str, body: &serde_json::Value, carriers: &[&str]) -> Resource {
        let mut resource = Resource::new(address.parse().unwrap(), Some("cache".into()), Tree::from_json(body));
        let reach = Some(Reach { port: 6379, published: None, login: None });
        let carrier = |address: &&str| Carrier { address: address.parse().unwrap(), reach: reach.clone() };
        resource.carriers = carriers.iter().map(carrier).collect();
        resource
    }

    #[test]
    fn declared_values_and_names_become_canonical() {
        let cases = [
            ("redis:c-0/config/maxmemory", json!("1gb"), "redis:c-0/config/maxmemory", json!(1_073_741_824)),
            ("redis:c-0/config/SLAVE-read-only", json!("YES"), "redis:c-0/config/replica-read-only", json!("yes")),
            ("redis:c-0/config/save", json!("\"\""), "redis:c-0/config/save", json!("")),
            ("redis:c-0/config/hz", json!("10"), "redis:c-0/config/hz", json!(10)),
            ("redis:c-0/config/made-up", json!(10), "redis:c-0/config/made-up", json!("10")),
            (
                "redis:c-0/config/client-output-buffer-limit",
                json!("slave 1mb 1mb 60"),
                "redis:c-0/config/client-output-buffer-limit",
                json!({"replica": "1048576 1048576 60"}),
            ),
            (
                "redis:c/topology",
                json!({"mode": "cluster", "shards": 3}),
                "redis:c/topology",
                json!({"mode": "cluster", "shards": 3}),
            ),
        ];
        for (address, body, expected_address, expected) in cases {
            let found = canonical(&resource(address, &body, &[]));
            assert_eq!(
                (found.address.to_string().as_str(), found.body),
                (expected_address, Tree::from_json(&expected))
            );
        }
    }

    #[test]
    fn servers_are_asked_what_is_declared_or_recorded_of_them() {
        let desired = [
            resource("redis:c-0/config/maxmemory", &json!(1), &["docker:container/c-0"]),
            resource("redis:c-0/config/masterauth", &json!("x"), &["docker:container/c-0"]),
            resource("redis:c-0/acl/app", &json!({"rules": "+get"}), &["docker:container/c-0"]),
            resource(
                "redis:c/topology",
                &json!({"mode": "cluster"}),
                &["docker:container/c-0", "docker:container/c-1"],
            ),
        ];
        let applied = |address: &str| {
            (
                address.parse().unwrap(),
                crate::plan::Applied {
                    component: None,
                    instance: None,
                    body: Tree::Null,
                    text: None,
                    executable: false,
                    revision: None,
                    fingerprint: None,
                    protect: false,
                    outputs: BTreeMap::new(),
                    secrets: BTreeMap::new(),
                    after: vec![],
                },
            )
        };
        let applied = BTreeMap::from([applied("redis:c-0/config/hz"), applied("redis:gone-0/config/hz")]);
        let found = targets(&desired, &applied);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["c-0", "c-1"]);
        let first = &found["c-0"];
        assert_eq!(first.readable().collect::<Vec<_>>(), ["hz", "maxmemory"]);
        assert_eq!((&first.users, first.member), (&BTreeSet::from(["app".to_owned()]), Some(Mode::Cluster)));
        assert_eq!((found["c-1"].parameters.len(), found["c-1"].member), (0, Some(Mode::Cluster)));
    }
}
