//! Where a container is attached, how it is called there, and what it can reach.

use super::notation::set;
use super::shape::Shape;
use super::{Sight, list, map, ports};
use crate::model::Tree;
use bollard::models::EndpointSettings;
use std::collections::BTreeMap;

/// How many digits of an identifier the engine makes a name of.
const SHORT_ID: usize = 12;

pub fn put(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    mode(shape, sight);
    names(shape, sight);
    attached(shape, sight);
    shape.put("ports", ports::live(sight.host().port_bindings.as_ref()));
    exposed(shape, sight);
    let host = sight.host();
    shape.put("dns", list(host.dns.as_ref()));
    shape.put("dns_search", list(host.dns_search.as_ref()));
    shape.put("dns_opt", list(host.dns_options.as_ref()));
    shape.put("extra_hosts", set(host.extra_hosts.clone().unwrap_or_default()));
    shape.put("sysctls", map(host.sysctls.as_ref()));
}

/// Without a mode it is the name of the first network that it is attached to; `default` is the engine's own.
fn mode(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let live = sight.host().network_mode.as_deref().unwrap_or_default();
    let known = |name: &str, ids: &std::collections::BTreeSet<String>| name == live || ids.contains(live);
    let is_network = sight.scene.networks.iter().any(|(name, ids)| known(name, ids))
        && !matches!(live, "bridge" | "host" | "none" | "nat");
    let declared = shape.declares("network_mode").and_then(Tree::as_str);
    let mode = match (live, declared) {
        ("default" | "bridge" | "nat", Some("default" | "bridge")) => declared.unwrap_or(live).to_owned(),
        _ => sight.scene.shared(live),
    };
    // Without a mode of its own a container that is attached to nothing says what it would be attached to.
    let declares_networks = shape.declares("networks").is_some() && !mode.contains(':');
    let is_filled_in = live.is_empty() || is_network || (declares_networks && !matches!(live, "host" | "none"));
    shape.put_unless("network_mode", mode, is_filled_in);
}

fn names(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let config = sight.config();
    let hostname = config.hostname.as_deref().unwrap_or_default();
    let mode = sight.host().network_mode.as_deref().unwrap_or_default();
    let is_id = hostname.len() == SHORT_ID && hostname.chars().all(|c| c.is_ascii_hexdigit());
    let is_others = mode == "host" || mode.starts_with("container:");
    shape.put_unless("hostname", hostname, hostname.is_empty() || is_id || is_others);
    let domain = config.domainname.as_deref().unwrap_or_default();
    shape.put_unless("domainname", domain, domain.is_empty() || is_others);
}

/// Where it is attached, and how.
pub fn attached(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let settings = sight.container.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    let endpoints: BTreeMap<_, _> = settings.into_iter().flatten().collect();
    // The engine's own networks are joined by the mode.
    let by_mode = |name: &str| {
        Some(name) == sight.host().network_mode.as_deref() && matches!(name, "bridge" | "host" | "none")
            || (name == "bridge" && sight.host().network_mode.as_deref() == Some("default"))
    };
    let mut networks = Tree::map();
    for (name, endpoint) in endpoints {
        if is_there(sight, name, endpoint) && !by_mode(name) {
            let short = sight.scene.short_name("network", name);
            let declared = shape.declares("networks").and_then(|networks| networks.get(&short));
            networks.insert(short, self::endpoint(sight, endpoint, declared));
        }
    }
    if let Some(declared) = shape.declares("mac_address") {
        let live = |network: &Tree| network.get("mac_address").cloned();
        let found = networks.as_map().into_iter().flatten().find_map(|(_, network)| live(network));
        shape.put("mac_address", found.unwrap_or_else(|| declared.clone()));
    }
    shape.put("networks", networks);
}

/// Whether the network is still the one that it was attached to: one that was made anew under the same name is not.
fn is_there(sight: &Sight<'_>, name: &str, endpoint: &EndpointSettings) -> bool {
    let id = endpoint.network_id.as_deref().unwrap_or_default();
    let known = sight.scene.networks.get(name);
    id.is_empty() || id == name || known.is_some_and(|ids| ids.contains(id))
}

fn endpoint(sight: &Sight<'_>, endpoint: &EndpointSettings, declared: Option<&Tree>) -> Tree {
    let mut shape = Shape::new(declared.unwrap_or(&Tree::Null), Tree::map());
    let aliases = aliases(sight, endpoint);
    shape.put_unless("aliases", aliases.clone(), aliases.is_empty_collection());
    let ipam = endpoint.ipam_config.clone().unwrap_or_default();
    for (key, address) in [("ipv4_address", ipam.ipv4_address), ("ipv6_address", ipam.ipv6_address)] {
        if let Some(address) = address.filter(|address| !address.is_empty()) {
            shape.put(key, address);
        }
    }
    let own = list(ipam.link_local_ips.as_ref());
    shape.put_unless("link_local_ips", own.clone(), own.is_empty_collection());
    let options = map(endpoint.driver_opts.as_ref());
    shape.put_unless("driver_opts", options.clone(), options.is_empty_collection());
    shape.put("gw_priority", Tree::Int(endpoint.gw_priority.unwrap_or_default()));
    // A container that does not run has none unless it was given one.
    if shape.declares("mac_address").is_some() {
        match endpoint.mac_address.as_deref().filter(|address| !address.is_empty()) {
            Some(address) => shape.put("mac_address", address),
            None => shape.keep("mac_address"),
        }
    }
    for only_at_start in ["priority", "interface_name"] {
        shape.keep(only_at_start);
    }
    shape.finish()
}

/// Its names there, but for those that the engine and Compose give to every container: its own name, and the beginning of its identifier.
fn aliases(sight: &Sight<'_>, endpoint: &EndpointSettings) -> Tree {
    let names = endpoint.aliases.clone().unwrap_or_default();
    let declared = sight.declared.get("hostname").and_then(Tree::as_str);
    let own = |name: &String| {
        let is_id = name.len() == SHORT_ID && sight.id().starts_with(name.as_str());
        let was_id = name.len() == SHORT_ID && name.chars().all(|c| c.is_ascii_hexdigit());
        let usual = name.strip_prefix(&format!("{}-{}-", sight.scene.project, sight.service));
        let is_usual = usual.is_some_and(|number| number.chars().all(|c| c.is_ascii_digit()));
        let is_hostname = declared == Some(name.as_str()) && name != sight.service;
        is_id || was_id || is_usual || is_hostname || name == sight.name()
    };
    let names: Vec<String> = names.into_iter().filter(|name| !own(name)).collect();
    // It is known by its own name at least; without any name here a network that it should not be on would look like none.
    set(if names.is_empty() { vec![sight.name().to_owned()] } else { names })
}

/// What is open, but for what the image says and what is published.
fn exposed(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let config = sight.image.config.as_ref();
    let image = config.and_then(|config| config.exposed_ports.clone()).unwrap_or_default();
    let published = sight.host().port_bindings.as_ref();
    let declared = shape.declares("expose").and_then(Tree::as_list).unwrap_or_default();
    let is_declared = |port: &String| declared.iter().any(|one| one.as_str() == Some(port));
    let known = |port: &String| image.contains(port) || published.is_some_and(|ports| ports.contains_key(port));
    let live = sight.config().exposed_ports.clone().unwrap_or_default();
    shape.put("expose", set(live.into_iter().filter(|port| is_declared(port) || !known(port))));
}
