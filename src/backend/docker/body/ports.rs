//! Ports: what is published where, and what is only said to be open.

use super::notation::{port_range, set, texts};
use crate::model::Tree;
use bollard::models::{PortBinding, PortMap};
use std::collections::{BTreeMap, BTreeSet};

/// A published port: its protocol, its number inside, the address and number outside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Published {
    target: u16,
    protocol: String,
    host_ip: String,
    outside: String,
}

impl Published {
    fn into_tree(self) -> Tree {
        let mut tree = Tree::map();
        for (key, text) in [("host_ip", self.host_ip), ("published", self.outside)] {
            if !text.is_empty() {
                tree.insert(key, text);
            }
        }
        tree.insert("target", self.target);
        tree.insert("protocol", self.protocol);
        tree
    }
}

/// What is declared: a range is one entry a port, and to be open everywhere needs no address.
pub fn declared(value: &Tree) -> Tree {
    let Tree::List(list) = value else { return value.clone() };
    let known: Option<Vec<Vec<Published>>> = list.iter().map(one_declared).collect();
    known.map_or_else(|| value.clone(), |ports| tree(ports.into_iter().flatten()))
}

fn tree(ports: impl Iterator<Item = Published>) -> Tree {
    let ports: BTreeSet<Published> = ports.collect();
    Tree::List(ports.into_iter().map(Published::into_tree).collect())
}

fn one_declared(value: &Tree) -> Option<Vec<Published>> {
    let part = |key: &str| value.get(key).and_then(Tree::scalar_text);
    let (host_ip, published, target, protocol) = match value.scalar_text() {
        Some(short) => split(&short),
        None => (part("host_ip"), part("published"), part("target")?, part("protocol")),
    };
    let (first, last) = port_range(&target)?;
    let outside = published.as_deref().filter(|text| *text != "0").unwrap_or_default();
    let outsides = port_range(outside).filter(|(from, to)| to - from == last - first);
    let one = |at: u16| Published {
        target: first + at,
        protocol: protocol.clone().unwrap_or_else(|| "tcp".into()),
        host_ip: everywhere(host_ip.as_deref().unwrap_or_default()),
        outside: outsides.map_or_else(|| outside.to_owned(), |(from, _)| (from + at).to_string()),
    };
    Some((0..=last - first).map(one).collect())
}

/// `[HOST_IP:][PUBLISHED:]TARGET[/PROTOCOL]`.
fn split(short: &str) -> (Option<String>, Option<String>, String, Option<String>) {
    let (rest, protocol) = short.split_once('/').map_or((short, None), |(rest, protocol)| (rest, Some(protocol)));
    let Some((before, target)) = rest.rsplit_once(':') else {
        return (None, None, rest.into(), protocol.map(Into::into));
    };
    let (host_ip, published) = before.rsplit_once(':').map_or((None, before), |(ip, port)| (Some(ip), port));
    (host_ip.map(Into::into), Some(published.into()), target.into(), protocol.map(Into::into))
}

/// Every address of the machine: none has to be named.
fn everywhere(host_ip: &str) -> String {
    let plain = host_ip.trim_start_matches('[').trim_end_matches(']');
    if matches!(plain, "0.0.0.0" | "::") { String::new() } else { plain.to_owned() }
}

/// What a container was made to publish; what it is published at is another matter.
pub fn live(bindings: Option<&PortMap>) -> Tree {
    let all = bindings.into_iter().flatten().filter_map(|(port, bindings)| {
        let (target, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        Some((target.parse::<u16>().ok()?, protocol, bindings.as_ref()?))
    });
    let one = |target: u16, protocol: &str, binding: &PortBinding| Published {
        target,
        protocol: protocol.to_owned(),
        host_ip: everywhere(binding.host_ip.as_deref().unwrap_or_default()),
        outside: binding.host_port.clone().filter(|port| port != "0").unwrap_or_default(),
    };
    tree(
        all.flat_map(|(target, protocol, bindings)| bindings.iter().map(move |binding| one(target, protocol, binding))),
    )
}

/// Where the ports of a running container are published: `port/6379/tcp` and `127.0.0.1:32768`. What is open everywhere is reached on
/// this machine's own address.
pub fn outputs(ports: Option<&PortMap>) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    for (port, bindings) in ports.into_iter().flatten() {
        for binding in bindings.iter().flatten() {
            let Some(number) = binding.host_port.as_deref().filter(|port| !port.is_empty()) else { continue };
            let address = match everywhere(binding.host_ip.as_deref().unwrap_or_default()) {
                everywhere if everywhere.is_empty() => "127.0.0.1".to_owned(),
                six if six.contains(':') => format!("[{six}]"),
                four => four,
            };
            let place = format!("{address}:{number}");
            let known = outputs.entry(format!("port/{port}")).or_insert_with(|| place.clone());
            if place < *known {
                *known = place;
            }
        }
    }
    outputs
}

/// `80`, `80/tcp` and `80-81/udp` as one text a port.
pub fn exposed(value: &Tree) -> Tree {
    let Tree::List(list) = texts(value) else { return value.clone() };
    let each = |one: &Tree| {
        let (range, protocol) = one.as_str().map(|text| text.split_once('/').unwrap_or((text, "tcp")))?;
        let (first, last) = port_range(range)?;
        Some((first..=last).map(|port| format!("{port}/{protocol}")).collect::<Vec<_>>())
    };
    let all: Option<Vec<Vec<String>>> = list.iter().map(each).collect();
    all.map_or_else(|| value.clone(), |all| set(all.into_iter().flatten()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_port_is_one_whatever_its_notation() {
        let cases = [
            (json!(["8000-8001:80-81"]), json!([[80, "8000", null], [81, "8001", null]])),
            (
                json!([{"target": 80, "published": 8080, "host_ip": "0.0.0.0"}, "8080:80/tcp"]),
                json!([[80, "8080", null]]),
            ),
            (json!(["127.0.0.1::80", "[::1]:1:81"]), json!([[80, null, "127.0.0.1"], [81, "1", "::1"]])),
            (json!(["8000-8010:80", 90]), json!([[80, "8000-8010", null], [90, null, null]])),
        ];
        for (short, expected) in cases {
            let found = declared(&Tree::from_json(&short)).to_public_json();
            let found: Vec<_> =
                found.as_array().unwrap().iter().map(|p| json!([p["target"], p["published"], p["host_ip"]])).collect();
            assert_eq!(json!(found), expected, "{short}");
        }
        let ports: PortMap = serde_json::from_value(json!({"80/tcp": [
            {"HostIp": "0.0.0.0", "HostPort": "32768"}, {"HostIp": "::", "HostPort": "32768"}], "81/tcp": null}))
        .unwrap();
        let outputs = outputs(Some(&ports));
        assert_eq!(outputs.into_iter().collect::<Vec<_>>(), [("port/80/tcp".into(), "127.0.0.1:32768".into())]);
        assert_eq!(exposed(&Tree::from(vec!["80", "81-82/udp"])), Tree::from(vec!["80/tcp", "81/udp", "82/udp"]));
    }
}
