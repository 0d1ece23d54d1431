//! One look at a project: its containers, networks and volumes as the engine shows them, and the files in containers.
//!
//! Never: changes anything; runs anything in a container; waits for something to become different.
//!
//! Invariants: what could not be read is a gap for what it is of; no secret is in what is seen but where one is declared.

mod concealed;
mod contents;
mod identity;
mod inspected;
mod listing;
mod marks;
mod objects;
mod reading;
mod replicas;
mod unseen;
mod wanted;

use super::body::Scene;
use super::error::failed;
use super::{DockerTarget, Engine};
use crate::backend::{BackendError, ObserveRequest};
use crate::model::{Address, Digest, Part, Tree, Value};
use crate::plan::{Gap, Observation, Observed};
use bollard::models::{ContainerSummary, Network, Volume};
use bollard::query_parameters::{ListContainersOptionsBuilder, ListNetworksOptions, ListVolumesOptions};
use concealed::Concealed;
use inspected::Body;
use listing::{Listed, Listing};
use std::collections::{BTreeMap, BTreeSet};
use wanted::{Declared, Kind, Wanted};

pub(super) use marks::marked;

/// Whether nobody is at work: then what is half made stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quiet(pub(super) bool);

/// Looks.
pub(super) async fn observe(
    engine: &Engine,
    target: &DockerTarget,
    request: ObserveRequest<'_>,
    Quiet(is_quiet): Quiet,
) -> Result<Observation, BackendError> {
    let wanted = Wanted::of(target, &request, is_quiet);
    let listed = Lists::of(engine).await?;
    let listing = Listing::of(&wanted, &listed.containers);
    let mut look = Look {
        engine,
        wanted: &wanted,
        concealed: concealed_of(&request),
        scene: scene(&wanted, &listing, &listed.networks),
        seen: Observation::default(),
    };
    look.containers(&listing).await?;
    objects::networks(&mut look, &listed.networks);
    objects::volumes(&mut look, &listed.volumes);
    Ok(look.seen)
}

/// What the engine lists: one moment of it.
struct Lists {
    containers: Vec<ContainerSummary>,
    networks: Vec<Network>,
    volumes: Vec<Volume>,
}

impl Lists {
    async fn of(engine: &Engine) -> Result<Self, BackendError> {
        let client = engine.client().await?;
        let every = ListContainersOptionsBuilder::default().all(true).build();
        let error = |what: &'static str| move |error| failed(what, engine.host(), &error);
        let (containers, networks, volumes) = tokio::join!(
            client.list_containers(Some(every)),
            client.list_networks(None::<ListNetworksOptions>),
            client.list_volumes(None::<ListVolumesOptions>),
        );
        Ok(Self {
            containers: containers.map_err(error("list the containers of"))?,
            networks: networks.map_err(error("list the networks of"))?,
            volumes: volumes.map_err(error("list the volumes of"))?.volumes.unwrap_or_default(),
        })
    }
}

fn scene(wanted: &Wanted<'_>, listing: &Listing, networks: &[Network]) -> Scene {
    let mut by_name: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for network in networks {
        let (Some(name), Some(id)) = (&network.name, &network.id) else { continue };
        by_name.entry(name.clone()).or_default().insert(id.clone());
    }
    Scene {
        project: wanted.target.project.clone(),
        folder: wanted.target.folder.clone(),
        services: listing.services.clone(),
        networks: by_name,
        declared: wanted.objects(),
        engine: None,
    }
}

/// The secrets that might be seen. One that cannot be read cannot be told from anything else.
fn concealed_of(request: &ObserveRequest<'_>) -> Concealed {
    let mut references: BTreeSet<&[Part]> = BTreeSet::new();
    for resource in request.desired {
        collect_references(&resource.body, &mut references);
    }
    let mut concealed = Concealed::default();
    for parts in references {
        if let Ok(secret) = request.supply.fill(&Value::from_parts(parts.iter().cloned())) {
            concealed.add(secret);
        }
    }
    concealed
}

fn collect_references<'a>(tree: &'a Tree, found: &mut BTreeSet<&'a [Part]>) {
    match tree {
        Tree::Text(value) if value.is_sensitive() => {
            // A mixed value is known by each of its secrets, wherever these stand.
            found.insert(value.parts());
            found.extend(value.parts().iter().filter(|part| matches!(part, Part::Secret(_))).map(std::slice::from_ref));
        }
        Tree::List(list) => list.iter().for_each(|tree| collect_references(tree, found)),
        Tree::Map(map) => map.values().for_each(|tree| collect_references(tree, found)),
        _ => {}
    }
}

/// A look that is under way.
struct Look<'a> {
    engine: &'a Engine,
    wanted: &'a Wanted<'a>,
    concealed: Concealed,
    scene: Scene,
    seen: Observation,
}

impl Look<'_> {
    async fn containers(&mut self, listing: &Listing) -> Result<(), BackendError> {
        let mut asked: Vec<(&str, &Listed)> = Vec::new();
        for (service, containers) in &listing.ours {
            if self.asks_for(service) {
                asked.extend(containers.iter().map(|one| (service.as_str(), one)));
            }
        }
        asked.extend(
            listing
                .occupants
                .iter()
                .map(|(service, one)| (service.as_str(), one))
                .filter(|(service, _)| self.asks_for(service)),
        );
        let inspected = inspected::Inspected::of(self.engine, self.wanted, &asked).await?;
        self.scene.engine = inspected.engine_where_it_matters(self, &asked).await?;
        let now = inspected::now(self.scene.engine.as_ref());
        for (service, containers) in &listing.ours {
            if !self.asks_for(service) {
                continue;
            }
            match replicas::observed(self, service, containers, &inspected, now) {
                Ok(body) => {
                    let component = containers.first().and_then(|listed| listed.component.clone());
                    let declared = self.wanted.declared(Kind::Container, service);
                    self.insert(
                        self.wanted.address(Kind::Container, service),
                        declared,
                        Seen { body, ours: true, component },
                    );
                }
                Err(reason) => self.gap(service, reason),
            }
        }
        for (service, occupant) in &listing.occupants {
            if !self.asks_for(service) {
                continue;
            }
            match inspected.body(self, service, occupant) {
                Ok(body) => {
                    let seen = Seen { body, ours: false, component: occupant.component.clone() };
                    self.insert(self.wanted.address(Kind::Container, service), Declared::default(), seen);
                }
                Err(reason) => self.gap(service, reason),
            }
        }
        for stranger in &listing.strangers {
            let address = self.wanted.stranger(Kind::Container, &stranger.name);
            let state = stranger.state.to_string();
            let tree =
                Tree::from([("image", Tree::text(stranger.image.clone())), ("state", Tree::text(state.clone()))]);
            let body = Body { tree, print: format!("{} {state}", stranger.id), ..Body::default() };
            self.insert(address, Declared::default(), Seen { body, ..Seen::default() });
        }
        unseen::put(self, listing);
        Ok(())
    }

    fn asks_for(&self, service: &str) -> bool {
        self.wanted.asks_for(&self.wanted.address(Kind::Container, service))
    }

    fn gap(&mut self, service: &str, reason: String) {
        self.seen.gaps.push(Gap { address: self.wanted.address(Kind::Container, service), reason });
    }

    /// Takes down what was seen at an address, if that is asked for.
    fn insert(&mut self, address: Address, declared: Declared<'_>, seen: Seen) {
        if !self.wanted.asks_for(&address) {
            return;
        }
        let desired = declared.desired.map(|resource| &resource.body);
        let applied = declared.applied.map(|applied| &applied.body);
        let observed = Observed {
            body: self.concealed.in_tree(&seen.body.tree, desired, applied),
            text: None,
            executable: false,
            unreadable: None,
            in_the_way: None,
            as_system_would: None,
            fingerprint: Digest::of(&seen.body.print),
            ours: seen.ours,
            component: seen.component,
            outputs: seen.body.outputs,
            changed_by: None,
        };
        self.seen.resources.insert(address, observed);
    }
}

/// What was seen of one thing.
#[derive(Default)]
struct Seen {
    body: Body,
    ours: bool,
    component: Option<String>,
}
