//! Networks and volumes.

use super::map;
use super::shape::Shape;
use crate::model::Tree;
use bollard::models::{Ipam, Network, Volume};
use indexmap::IndexMap;
use std::collections::HashMap;

/// What Compose and the engine write for themselves.
const TOOLS_LABELS: &[&str] = &["com.docker.compose.", "com.docker.volume.anonymous"];

/// What some engines write among the options of every network.
const ENGINES_OPTIONS: &[&str] = &["com.docker.network.enable_ipv4", "com.docker.network.enable_ipv6", "isolate"];

/// The body of a network.
pub fn network(network: &Network, declared: &Tree) -> Tree {
    let mut shape = Shape::new(declared, Tree::map());
    let driver = network.driver.as_deref().unwrap_or_default();
    shape.put_unless("driver", driver, matches!(driver, "" | "bridge" | "nat"));
    shape.put("driver_opts", without(network.options.as_ref(), ENGINES_OPTIONS, declared.get("driver_opts")));
    let flags = [("internal", network.internal, false), ("attachable", network.attachable, false)];
    let addresses = [("enable_ipv4", network.enable_ipv4, true), ("enable_ipv6", network.enable_ipv6, false)];
    for (key, flag, usual) in flags.into_iter().chain(addresses) {
        let flag = flag.unwrap_or(usual);
        shape.put_unless(key, flag, flag == usual);
    }
    if let Some(addresses) = &network.ipam {
        ipam(&mut shape, addresses);
    }
    shape.put("labels", without(network.labels.as_ref(), TOOLS_LABELS, declared.get("labels")));
    shape.finish()
}

/// Without a declared subnet the engine takes one that is free; without a declared gateway the first address.
fn ipam(shape: &mut Shape<'_>, live: &Ipam) {
    let driver = live.driver.as_deref().unwrap_or_default();
    shape.put_unless("ipam.driver", driver, matches!(driver, "" | "default"));
    shape.put("ipam.options", map(live.options.as_ref()));
    let Some(declared) = shape.declares("ipam.config").and_then(Tree::as_list) else { return };
    let subnets = live.config.iter().flatten().enumerate().map(|(at, config)| {
        let mut subnet = Shape::new(declared.get(at).unwrap_or(&Tree::Null), Tree::map());
        let parts = [("subnet", &config.subnet), ("gateway", &config.gateway), ("ip_range", &config.ip_range)];
        for (key, text) in parts {
            let text = text.as_deref().unwrap_or_default();
            subnet.put_unless(key, text, text.is_empty() || key == "gateway");
        }
        subnet.put("aux_addresses", map(config.auxiliary_addresses.as_ref()));
        subnet.finish()
    });
    let subnets: Vec<Tree> = subnets.collect();
    shape.put("ipam.config", Tree::List(subnets));
}

/// The body of a volume.
pub fn volume(volume: &Volume, declared: &Tree) -> Tree {
    let mut shape = Shape::new(declared, Tree::map());
    shape.put_unless("driver", volume.driver.as_str(), matches!(volume.driver.as_str(), "" | "local"));
    shape.put("driver_opts", map(Some(&volume.options)));
    shape.put("labels", without(Some(&volume.labels), TOOLS_LABELS, declared.get("labels")));
    shape.finish()
}

/// A map of texts without those that tools write, unless they are declared.
fn without(texts: Option<&HashMap<String, String>>, tools: &[&str], declared: Option<&Tree>) -> Tree {
    let Tree::Map(map) = map(texts) else { return Tree::map() };
    let is_kept = |key: &String| {
        !tools.iter().any(|prefix| key.starts_with(prefix))
            || declared.is_some_and(|declared| declared.get(key).is_some())
    };
    Tree::Map(map.into_iter().filter(|(key, _)| is_kept(key)).collect::<IndexMap<_, _>>())
}
