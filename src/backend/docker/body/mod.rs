//! What the engine says of a container, network or volume, as the body of the resource that declares it.
//!
//! Never: asks the engine; looks at a clock.
//!
//! Invariants: what an image, the engine or Compose fills in where nothing is declared is not in a body; what somebody else did is.

mod declared;
mod limits;
mod mounts;
mod network;
mod notation;
mod object;
mod ports;
mod process;
mod security;
mod shape;
#[cfg(test)]
mod tests;

pub use declared::resource as declared;
pub use object::{network as network_body, volume as volume_body};
pub use ports::outputs;

use crate::model::Tree;
use bollard::models::{ContainerConfig, ContainerInspectResponse, HostConfig, ImageInspect, SystemInfo};
use shape::Shape;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;

/// What is around a container: without it, identifiers say nothing.
#[derive(Debug, Default)]
pub struct Scene {
    /// The name of the Compose project.
    pub project: String,
    /// The folder of the file: relative paths in it begin there.
    pub folder: PathBuf,
    /// The services of containers, by the container's identifier.
    pub services: BTreeMap<String, String>,
    /// The identifiers of the networks that exist, by name.
    pub networks: BTreeMap<String, BTreeSet<String>>,
    /// The names that are declared for networks and volumes, `network/NAME` and `volume/NAME`.
    pub declared: BTreeSet<String>,
    /// What the engine can do, where that matters.
    pub engine: Option<SystemInfo>,
}

impl Scene {
    /// The name of a network or volume as the file says it: Compose puts the project's before it. What only looks like one of ours is told
    /// apart.
    fn short_name(&self, kind: &str, actual: &str) -> String {
        let declared = |name: &str| self.declared.contains(&format!("{kind}/{name}"));
        let ours = actual.strip_prefix(&self.project).and_then(|rest| rest.strip_prefix('_'));
        match ours {
            Some(name) => name.to_owned(),
            None if declared(actual) => format!("name={actual}"),
            None => actual.to_owned(),
        }
    }

    /// `container:ID` as `service:NAME`, as long as that container is one of ours.
    fn shared(&self, mode: &str) -> String {
        let service = mode.strip_prefix("container:").and_then(|id| self.services.get(id));
        service.map_or_else(|| mode.to_owned(), |service| format!("service:{service}"))
    }
}

/// A container as it was seen.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// What the engine says of it.
    pub container: &'a ContainerInspectResponse,
    /// What its image brings.
    pub image: &'a ImageInspect,
    /// What its image is to be called.
    pub image_name: &'a str,
    /// Its service.
    pub service: &'a str,
    /// What is around it.
    pub scene: &'a Scene,
    /// What was last declared of it: it tells what is said from what is filled in.
    pub declared: &'a Tree,
}

static NO_CONFIG: LazyLock<ContainerConfig> = LazyLock::new(ContainerConfig::default);
static NO_HOST: LazyLock<HostConfig> = LazyLock::new(HostConfig::default);

impl<'a> Sight<'a> {
    fn config(&self) -> &'a ContainerConfig {
        self.container.config.as_ref().unwrap_or(&NO_CONFIG)
    }

    fn host(&self) -> &'a HostConfig {
        self.container.host_config.as_ref().unwrap_or(&NO_HOST)
    }

    fn id(&self) -> &'a str {
        self.container.id.as_deref().unwrap_or_default()
    }

    /// Its name, as people know it.
    pub fn name(&self) -> &'a str {
        self.container.name.as_deref().unwrap_or_default().trim_start_matches('/')
    }

    /// Whether what the engine can do has to be known to read it.
    pub fn needs_engine(&self) -> bool {
        limits::may_be_unsupported(self) || process::may_be_a_default(self)
    }
}

/// Keys of a service that leave nothing in a container that could be compared: what is declared holds.
const NOT_LIVE: &[&str] = &[
    "attach",
    "build",
    "credential_spec",
    "depends_on",
    "develop",
    "env_file",
    "extends",
    "external_links",
    "gpus",
    "label_file",
    "links",
    "models",
    "post_start",
    "pre_stop",
    "profiles",
    "provider",
    "pull_policy",
    "pull_refresh_after",
    "use_api_socket",
];

/// The body of a container; without the files in it.
pub fn container(sight: &Sight<'_>, desired: &Tree) -> Tree {
    let mut shape = Shape::new(sight.declared, Tree::map());
    shape.put("image", sight.image_name);
    process::put(&mut shape, sight);
    network::put(&mut shape, sight);
    mounts::put(&mut shape, sight);
    limits::put(&mut shape, sight);
    security::put(&mut shape, sight);
    let mut body = shape.finish();
    for key in NOT_LIVE {
        if let Some(value) = desired.get(key) {
            body.insert(*key, value.clone());
        }
    }
    let swarm_only = desired.get("deploy").and_then(Tree::as_map).into_iter().flatten();
    for (key, value) in swarm_only.filter(|(key, _)| !matches!(key.as_str(), "resources" | "replicas")) {
        put_in(&mut body, "deploy", key, value);
    }
    body
}

/// What can become different of a container that stays the one that it is; health and its way to start again are not of it. Says the same
/// whatever is declared.
pub fn changeable(sight: &Sight<'_>) -> Tree {
    let sight = &Sight { declared: &Tree::Null, ..*sight };
    let mut shape = Shape::new(sight.declared, Tree::map());
    shape.put("container_name", sight.name());
    network::attached(&mut shape, sight);
    limits::put(&mut shape, sight);
    process::restart(&mut shape, sight);
    let status = sight.container.state.as_ref().and_then(|state| state.status);
    let status = status.map(|status| status.to_string()).unwrap_or_default();
    shape.put("state", if status == "restarting" { "running" } else { status.as_str() });
    shape.finish()
}

fn put_in(body: &mut Tree, section: &str, key: &str, value: &Tree) {
    if let Tree::Map(map) = body {
        map.entry(section.to_owned()).or_insert_with(Tree::map).insert(key, value.clone());
    }
}

/// A list of texts.
fn list(texts: Option<&Vec<String>>) -> Tree {
    Tree::from(texts.cloned().unwrap_or_default())
}

/// A map of texts in the order of its keys.
fn map(texts: Option<&std::collections::HashMap<String, String>>) -> Tree {
    let sorted: BTreeMap<_, _> = texts.into_iter().flatten().collect();
    Tree::Map(sorted.into_iter().map(|(key, value)| (key.clone(), Tree::text(value.clone()))).collect())
}
