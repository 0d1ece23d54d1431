//! Networks: made with the labels by which Compose takes them for its own.

use super::Work;
use super::course::Course;
use super::guard::not_ours;
use super::scene::Scene;
use crate::backend::docker::error::failed;
use crate::backend::docker::names::{NETWORK, OWNER, PROJECT, is_external, on_engine};
use crate::backend::{BackendError, ErrorClass};
use crate::model::{Address, Tree};
use bollard::errors::Error;
use bollard::models::{
    EndpointSettings, Ipam, IpamConfig, NetworkConnectRequest, NetworkCreateRequest, NetworkDisconnectRequest,
    NetworkInspect,
};
use std::collections::HashMap;

impl Work<'_> {
    /// Does what is to be done to a network.
    pub(super) async fn network(
        &self,
        address: &Address,
        name: &str,
        course: &Course,
        scene: &Scene,
    ) -> Result<(), BackendError> {
        let body = self.body(address);
        let on_engine = on_engine(self.target, name, body);
        match course {
            Course::Delete => match self.find_network(&on_engine).await? {
                Some(network) => self.delete_network(address, &network).await,
                None => Ok(()),
            },
            Course::Make { .. } if body.is_some_and(is_external) => match self.find_network(&on_engine).await? {
                Some(_) => Ok(()),
                None => Err(missing("network", &on_engine)),
            },
            Course::Make { anew: false } => self.create_network(&request(self, name, &on_engine, body)).await,
            Course::Make { anew: true } => {
                self.replace_network(address, &request(self, name, &on_engine, body), scene).await
            }
            _ => Ok(()),
        }
    }

    /// What is declared of an address, or was when it was applied.
    pub(super) fn body(&self, address: &Address) -> Option<&Tree> {
        let declared = self.batch.resources.get(address).map(|resource| &resource.body);
        declared.or_else(|| self.batch.applied.get(address).map(|applied| &applied.body))
    }

    async fn find_network(&self, name: &str) -> Result<Option<NetworkInspect>, BackendError> {
        match self.client.inspect_network(name, None).await {
            Ok(network) => Ok(Some(network)),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(failed("look at the network", name, &error)),
        }
    }

    async fn create_network(&self, request: &NetworkCreateRequest) -> Result<(), BackendError> {
        match self.client.create_network(request.clone()).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explained("make the network", &request.name, &error).await),
        }
    }

    async fn delete_network(&self, address: &Address, network: &NetworkInspect) -> Result<(), BackendError> {
        if !is_marked(network, &self.target.owner) {
            return Err(not_ours(address));
        }
        let (id, name) = (network.id.as_deref().unwrap_or_default(), network.name.as_deref().unwrap_or_default());
        match self.client.remove_network(id).await {
            Ok(()) | Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(()),
            Err(error) => {
                let attached: Vec<_> =
                    network.containers.iter().flatten().filter_map(|(_, one)| one.name.clone()).collect();
                let error = failed("remove the network", name, &error);
                if attached.is_empty() {
                    return Err(error);
                }
                let message = format!("{} (attached: {})", error.message, attached.join(", "));
                Err(BackendError::new(ErrorClass::Denied, message).help("detach what is not part of the environment"))
            }
        }
    }

    /// Makes a network anew: ours are detached and attached again as they were; where somebody else is attached, nothing is done.
    async fn replace_network(
        &self,
        address: &Address,
        request: &NetworkCreateRequest,
        scene: &Scene,
    ) -> Result<(), BackendError> {
        let Some(network) = self.find_network(&request.name).await? else { return self.create_network(request).await };
        let attached = self.attached(&request.name, &network, scene).await?;
        for (id, endpoint) in &attached {
            let detach = NetworkDisconnectRequest { container: id.clone(), force: Some(true) };
            let done = self.client.disconnect_network(&request.name, detach).await;
            done.map_err(|error| failed("detach a container from", &request.name, &error))?;
            debug_assert!(endpoint.endpoint_id.is_none());
        }
        self.delete_network(address, &network).await?;
        self.create_network(request).await?;
        for (id, endpoint) in attached {
            let attach = NetworkConnectRequest { container: id, endpoint_config: Some(endpoint) };
            if let Err(error) = self.client.connect_network(&request.name, attach).await {
                return Err(self.explained("attach a container to", &request.name, &error).await);
            }
        }
        Ok(())
    }

    /// The containers that are attached to a network, the stopped ones too, and how.
    async fn attached(
        &self,
        name: &str,
        network: &NetworkInspect,
        scene: &Scene,
    ) -> Result<Vec<(String, EndpointSettings)>, BackendError> {
        let mut attached = Vec::new();
        for container in &scene.containers {
            let is_active = network.containers.as_ref().is_some_and(|active| active.contains_key(&container.id));
            if !container.ours && is_active {
                let message = format!("{name} cannot be made anew while {} is attached to it", container.name);
                return Err(BackendError::new(ErrorClass::Denied, message).help("detach it first"));
            }
            let inspected = if container.ours { self.inspect(&container.id).await? } else { None };
            let mut networks = inspected.and_then(|one| one.network_settings?.networks).unwrap_or_default();
            attached.extend(networks.remove(name).map(|endpoint| (container.id.clone(), asked(endpoint))));
        }
        Ok(attached)
    }
}

/// What was asked of an endpoint, without what the engine made of it.
fn asked(endpoint: EndpointSettings) -> EndpointSettings {
    EndpointSettings {
        ipam_config: endpoint.ipam_config,
        aliases: endpoint.aliases,
        driver_opts: endpoint.driver_opts,
        gw_priority: endpoint.gw_priority,
        ..EndpointSettings::default()
    }
}

fn is_marked(network: &NetworkInspect, owner: &str) -> bool {
    network.labels.as_ref().and_then(|labels| labels.get(OWNER)).is_some_and(|mark| mark == owner)
}

/// What somebody else was to make.
pub(super) fn missing(kind: &str, name: &str) -> BackendError {
    let message = format!("the {kind} {name} is declared to be somebody else's, and is not there");
    BackendError::new(ErrorClass::NotFound, message).help(format!("make it: `docker {kind} create {name}`"))
}

/// The entries of a map as the engine takes them.
pub(super) fn texts(tree: Option<&Tree>) -> Option<HashMap<String, String>> {
    let map = tree?.as_map()?;
    Some(map.iter().filter_map(|(key, value)| Some((key.clone(), value.scalar_text()?))).collect())
}

fn request(work: &Work<'_>, name: &str, on_engine: &str, body: Option<&Tree>) -> NetworkCreateRequest {
    let get = |key: &str| body.and_then(|body| body.get(key));
    let text = |key: &str| get(key).and_then(Tree::as_str).map(str::to_owned);
    let flag = |key: &str| match get(key) {
        Some(Tree::Bool(flag)) => Some(*flag),
        _ => None,
    };
    let mut labels = texts(get("labels")).unwrap_or_default();
    labels.insert(PROJECT.into(), work.target.project.clone());
    labels.insert(NETWORK.into(), name.into());
    NetworkCreateRequest {
        name: on_engine.into(),
        driver: text("driver"),
        internal: flag("internal"),
        attachable: flag("attachable"),
        enable_ipv4: flag("enable_ipv4"),
        enable_ipv6: flag("enable_ipv6"),
        options: texts(get("driver_opts")),
        ipam: get("ipam").map(ipam),
        labels: Some(labels),
        ..NetworkCreateRequest::default()
    }
}

fn ipam(tree: &Tree) -> Ipam {
    let text = |tree: &Tree, key: &str| tree.get(key).and_then(Tree::scalar_text);
    let pool = |pool: &Tree| IpamConfig {
        subnet: text(pool, "subnet"),
        ip_range: text(pool, "ip_range"),
        gateway: text(pool, "gateway"),
        auxiliary_addresses: texts(pool.get("aux_addresses")),
    };
    Ipam {
        driver: text(tree, "driver"),
        config: tree.get("config").and_then(Tree::as_list).map(|pools| pools.iter().map(pool).collect()),
        options: texts(tree.get("options")),
    }
}
