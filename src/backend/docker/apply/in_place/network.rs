//! The networks that a container is attached to, with its names and addresses there.

use crate::backend::BackendError;
use crate::backend::docker::apply::Work;
use crate::backend::docker::error::failed;
use crate::backend::docker::found::Found;
use crate::backend::docker::names::{self, Kind};
use crate::model::{Address, Tree};
use bollard::models::{
    ContainerInspectResponse, EndpointIpamConfig, EndpointSettings, NetworkConnectRequest, NetworkDisconnectRequest,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl Work<'_> {
    /// Attaches a container as it is declared: what is wrong is detached first, what is too much goes.
    pub(super) async fn attach(
        &self,
        container: &Found,
        inspected: &ContainerInspectResponse,
        body: &Tree,
        address: &Address,
    ) -> Result<(), BackendError> {
        let wanted = self.endpoints(container, body, address);
        let live =
            inspected.network_settings.as_ref().and_then(|settings| settings.networks.clone()).unwrap_or_default();
        for (name, endpoint) in live.iter().collect::<BTreeMap<_, _>>() {
            let right = match wanted.get(name) {
                Some(wanted) => is_as(wanted, endpoint) && self.is_same_network(name, endpoint).await?,
                None => false,
            };
            if !right {
                self.detach(container, name).await?;
            }
        }
        let now = self.inspect(&container.id).await?.and_then(|now| now.network_settings?.networks).unwrap_or_default();
        for (name, endpoint) in wanted {
            if now.contains_key(&name) {
                continue;
            }
            let request = NetworkConnectRequest { container: container.id.clone(), endpoint_config: Some(endpoint) };
            if let Err(error) = self.client.connect_network(&name, request).await {
                return Err(self.explained("attach", &format!("{} to {name}", container.name), &error).await);
            }
        }
        Ok(())
    }

    /// Whether the network that a container is attached to is the one that has the name now.
    async fn is_same_network(&self, name: &str, endpoint: &EndpointSettings) -> Result<bool, BackendError> {
        let Some(attached) = endpoint.network_id.as_ref().filter(|id| !id.is_empty()) else { return Ok(true) };
        match self.client.inspect_network(name, None).await {
            Ok(network) => Ok(network.id.as_ref() == Some(attached)),
            Err(error) => Err(failed("look at the network", name, &error)),
        }
    }

    async fn detach(&self, container: &Found, network: &str) -> Result<(), BackendError> {
        // A network that is gone can only be let go by force.
        let request = NetworkDisconnectRequest { container: container.id.clone(), force: Some(true) };
        let done = self.client.disconnect_network(network, request).await;
        done.map_err(|error| failed("detach", &format!("{} from {network}", container.name), &error))
    }

    /// How a container of a service is attached, by the networks' names on the engine.
    fn endpoints(&self, container: &Found, body: &Tree, address: &Address) -> BTreeMap<String, EndpointSettings> {
        let attached = body.get("networks").and_then(Tree::as_map).into_iter().flatten();
        let one = |(name, settings): (&String, &Tree)| {
            let network = names::address(self.target, Kind::Network, name, address);
            let network = self.batch.resources.get(&network).map(|resource| &resource.body);
            (names::on_engine(self.target, name, network), self.endpoint(container, settings))
        };
        attached.map(one).collect()
    }

    /// As Compose makes it: the container's own name and its service's are names there, too.
    fn endpoint(&self, container: &Found, settings: &Tree) -> EndpointSettings {
        let text = |key: &str| settings.get(key).and_then(Tree::as_str).map(str::to_owned);
        let list = |key: &str| -> Vec<String> {
            let list = settings.get(key).and_then(Tree::as_list).into_iter().flatten();
            list.filter_map(Tree::scalar_text).collect()
        };
        let service = container.service.clone().unwrap_or_default();
        let mut aliases = vec![format!("{}-{service}-{}", self.target.project, container.number), service];
        aliases.extend(list("aliases"));
        let (v4, v6, local) = (text("ipv4_address"), text("ipv6_address"), list("link_local_ips"));
        let fixed = v4.is_some() || v6.is_some() || !local.is_empty();
        let ipam = EndpointIpamConfig { ipv4_address: v4, ipv6_address: v6, link_local_ips: Some(local) };
        let options = settings.get("driver_opts").and_then(Tree::as_map).map(|options| {
            options
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), value.scalar_text()?)))
                .collect::<HashMap<_, _>>()
        });
        let priority = match settings.get("gw_priority") {
            Some(Tree::Int(priority)) => Some(*priority),
            _ => None,
        };
        EndpointSettings {
            aliases: Some(aliases),
            ipam_config: fixed.then_some(ipam),
            driver_opts: options,
            gw_priority: priority,
            mac_address: text("mac_address"),
            ..EndpointSettings::default()
        }
    }
}

/// Whether an endpoint is as it must be. The engine adds names of its own below API 1.45: the container's short id.
fn is_as(wanted: &EndpointSettings, live: &EndpointSettings) -> bool {
    let set = |names: &Option<Vec<String>>| names.iter().flatten().cloned().collect::<BTreeSet<_>>();
    let (ours, theirs) = (set(&wanted.aliases), set(&live.aliases));
    let mut added = theirs.difference(&ours);
    let is_id = |name: &&String| name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fixed = |endpoint: &EndpointSettings| {
        let ipam = endpoint.ipam_config.clone().unwrap_or_default();
        let plain = |text: Option<String>| text.filter(|text| !text.is_empty());
        (plain(ipam.ipv4_address), plain(ipam.ipv6_address), set(&ipam.link_local_ips))
    };
    let options = |endpoint: &EndpointSettings| endpoint.driver_opts.clone().unwrap_or_default();
    let address = wanted.mac_address.is_none() || wanted.mac_address == live.mac_address;
    ours.is_subset(&theirs)
        && added.all(|name| is_id(&name))
        && fixed(wanted) == fixed(live)
        && options(wanted) == options(live)
        && wanted.gw_priority.unwrap_or(0) == live.gw_priority.unwrap_or(0)
        && address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_right_with_what_the_engine_adds_and_wrong_with_what_it_lacks() {
        let endpoint = |aliases: &[&str]| EndpointSettings {
            aliases: Some(aliases.iter().map(|&name| name.to_owned()).collect()),
            ..EndpointSettings::default()
        };
        let wanted = endpoint(&["shop-api-1", "api", "web"]);
        assert!(is_as(&wanted, &endpoint(&["api", "web", "shop-api-1", "0123456789ab"])));
        assert!(!is_as(&wanted, &endpoint(&["shop-api-1", "api"])));
        assert!(!is_as(&wanted, &endpoint(&["shop-api-1", "api", "web", "more"])));
        let fixed = EndpointIpamConfig { ipv4_address: Some("10.0.0.9".into()), ..EndpointIpamConfig::default() };
        assert!(!is_as(&wanted, &EndpointSettings { ipam_config: Some(fixed), ..wanted.clone() }));
    }
}
