//! Where a preview is reached: the ports that its containers have on the machine, as they report them.

use crate::model::{Address, Component, Exposure, Model, Port, Protocol};
use crate::plan::Observed;
use serde::Serialize;

/// The beginning of the outputs that say where a port is published: `port/<container port>/<protocol>` = `HOST_IP:PORT`.
const OUTPUT: &str = "port/";

/// A port that can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// The component.
    pub component: Option<String>,
    /// What has the port.
    pub address: Address,
    /// What the port is called; none: it is not declared.
    pub name: Option<String>,
    /// Its number inside.
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// Where it is reached: `127.0.0.1:49153`.
    pub reached_at: String,
    /// The same as an address of the web, for a port that speaks HTTP as far as its declaration says.
    pub url: Option<String>,
}

/// The ports that are reached, by address and number. What is said of a port and cannot be read is none.
pub fn endpoints<'a>(
    observed: impl IntoIterator<Item = (&'a Address, &'a Observed)>,
    model: Option<&Model>,
) -> Vec<Endpoint> {
    let mut endpoints: Vec<Endpoint> = observed
        .into_iter()
        .filter(|(_, observed)| observed.ours)
        .flat_map(|(address, observed)| of_one(address, observed, model))
        .collect();
    endpoints.sort_by(|a, b| (&a.address, a.port, &a.protocol).cmp(&(&b.address, b.port, &b.protocol)));
    endpoints
}

fn of_one(address: &Address, observed: &Observed, model: Option<&Model>) -> Vec<Endpoint> {
    let component = observed.component.as_ref();
    let declared = component.zip(model).and_then(|(name, model)| model.components.get(name));
    let endpoint = |(key, reached_at): (&String, &String)| {
        let (port, protocol) = key.strip_prefix(OUTPUT)?.split_once('/')?;
        let port: u16 = port.parse().ok()?;
        let is_place =
            reached_at.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        let known = declared.and_then(|component| port_of(component, port, protocol));
        let url = known.and_then(|(name, port)| scheme(name, port)).map(|scheme| format!("{scheme}://{reached_at}"));
        is_place.then(|| Endpoint {
            component: component.cloned(),
            address: address.clone(),
            name: known.map(|(name, _)| name.to_owned()),
            port,
            protocol: protocol.into(),
            reached_at: reached_at.clone(),
            url,
        })
    };
    observed.outputs.iter().filter_map(endpoint).collect()
}

fn port_of<'a>(component: &'a Component, number: u16, protocol: &str) -> Option<(&'a str, &'a Port)> {
    let wanted = if protocol == "udp" { Protocol::Udp } else { Protocol::Tcp };
    let mut ports = component.workloads.values().flat_map(|workload| &workload.ports);
    let found = ports.find(|(_, port)| port.number == number && port.protocol == wanted);
    found.map(|(name, port)| (name.as_str(), port))
}

/// What a port speaks: HTTP where it has an HTTP entrance, or is called like it.
fn scheme(name: &str, port: &Port) -> Option<&'static str> {
    match (name, &port.exposure) {
        ("https", _) => Some("https"),
        ("http", _) | (_, Exposure::Public { .. }) => Some("http"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Tree, fixture};
    use std::collections::BTreeMap;

    fn observed(component: &str, ours: bool, outputs: &[(&str, &str)]) -> Observed {
        Observed {
            body: Tree::map(),
            text: None,
            executable: false,
            unreadable: None,
            in_the_way: None,
            as_system_would: None,
            fingerprint: Digest::of(""),
            ours,
            component: Some(component.into()),
            outputs: outputs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            changed_by: None,
        }
    }

    #[test]
    fn a_port_is_where_its_container_says() {
        let mut model = fixture::shop("compose", Tree::map());
        let ports = &mut model.components["api"].workloads["api"].ports;
        ports.clear();
        let node = |number, protocol| Port { number, protocol, exposure: Exposure::Node { port: None } };
        ports.insert("http".into(), node(8080, Protocol::Tcp));
        ports.insert("dns".into(), node(53, Protocol::Udp));
        let address = |name: &str| Address::new("x", None, ["container", name]);
        let outputs = [
            ("port/8080/tcp", "127.0.0.1:49153"),
            ("port/53/udp", "[::1]:49154"),
            ("port/9000/tcp", "127.0.0.1:49155"),
            ("port/x/tcp", "127.0.0.1:1"),
            ("port/70000/tcp", "127.0.0.1:1"),
            ("port/81/tcp", "nowhere"),
            ("port/82/tcp", ":1"),
            ("other", "127.0.0.1:2"),
        ];
        let seen = BTreeMap::from([
            (address("api"), observed("api", true, &outputs)),
            (address("foreign"), observed("api", false, &outputs)),
        ]);
        let said: Vec<_> = endpoints(&seen, Some(&model))
            .into_iter()
            .map(|one| (one.name.unwrap_or_default(), one.port, one.reached_at, one.url.unwrap_or_default()))
            .collect();
        let expected = [
            ("dns", 53, "[::1]:49154", ""),
            ("http", 8080, "127.0.0.1:49153", "http://127.0.0.1:49153"),
            ("", 9000, "127.0.0.1:49155", ""),
        ];
        assert_eq!(said, expected.map(|(name, port, at, url)| (name.to_owned(), port, at.to_owned(), url.to_owned())));
        assert!(endpoints(&seen, None).iter().all(|one| one.name.is_none() && one.url.is_none()));
    }
}
