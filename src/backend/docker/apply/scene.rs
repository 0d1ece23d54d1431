//! What is there: as the plan sees it, and the containers themselves.

use super::Work;
use crate::backend::docker::found::{Found, containers};
use crate::backend::docker::memory::Left;
use crate::backend::docker::names::{Kind, named};
use crate::backend::docker::observe::{self, Quiet};
use crate::backend::{BackendError, ObserveRequest};
use crate::model::{Address, Resource};
use crate::plan::{Action, Observation, Observed};
use std::collections::{BTreeMap, BTreeSet};

/// One look.
#[derive(Default)]
pub(super) struct Scene {
    /// As the plan sees it.
    pub(super) observation: Observation,
    /// All containers of the engine.
    pub(super) containers: Vec<Found>,
}

impl Scene {
    /// What is at an address.
    pub(super) fn observed(&self, address: &Address) -> Option<&Observed> {
        self.observation.resources.get(address)
    }

    /// The containers of a service, whoever made them.
    pub(super) fn of_service<'s>(&'s self, service: &'s str) -> impl Iterator<Item = &'s Found> {
        self.containers.iter().filter(move |one| one.service.as_deref() == Some(service))
    }

    /// What has the name that a container of a service will have, and is none of the service.
    pub(super) fn occupant(&self, project: &str, service: &str) -> Option<&Found> {
        let name = format!("{project}-{service}-1");
        self.containers.iter().find(|one| one.name == name && one.service.as_deref() != Some(service))
    }
}

impl Work<'_> {
    /// Looks at some addresses.
    pub(super) async fn look(&self, addresses: BTreeSet<Address>) -> Result<Scene, BackendError> {
        let desired: Vec<Resource> =
            addresses.iter().filter_map(|address| self.batch.resources.get(address)).cloned().collect();
        let only: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let request = ObserveRequest {
            environment: &self.batch.record.environment,
            desired: &desired,
            applied: self.batch.applied,
            only: &only,
            supply: self.batch.supply,
        };
        // It is our turn, and none of our programs runs: nobody is making anything just now.
        let observation = observe::observe(self.engine, self.target, request, Quiet(true)).await?;
        Ok(Scene { observation, containers: containers(self.engine, self.target).await? })
    }

    /// Remembers how everything was left that this apply did something to.
    pub(super) async fn leave(&self, after: &Scene) {
        for address in self.memory.begun() {
            let fingerprint = after.observed(&address).map(|seen| seen.fingerprint.clone());
            let mut left = Left { fingerprint, ..Left::default() };
            if let Some((Kind::Container, service)) = named(&address) {
                for one in after.of_service(&service) {
                    left.containers.insert(one.id.clone());
                    left.failures.extend(self.failures(one).await);
                }
            }
            self.memory.leave(&address, left);
        }
    }

    /// How many health checks of a container have failed in a row, where any has.
    async fn failures(&self, container: &Found) -> Option<(String, i64)> {
        let inspected = self.client.inspect_container(&container.id, None).await.ok()?;
        let streak = inspected.state?.health?.failing_streak?;
        (streak > 0).then(|| (container.id.clone(), streak))
    }

    /// What is recorded beside what is observed: a volume or network cannot be given our mark, so that it is ours is remembered.
    pub(super) fn outputs(&self, action: Action, address: &Address, after: &Scene) -> BTreeMap<String, String> {
        let Some((Kind::Network | Kind::Volume, _)) = named(address) else { return BTreeMap::new() };
        let before = self.batch.applied.get(address).and_then(|applied| applied.outputs.get(ADOPTED));
        let adopts = action == Action::Adopt && after.observed(address).is_some_and(|seen| !seen.ours);
        let adopted = before.cloned().or_else(|| adopts.then(|| "true".to_owned()));
        adopted.map(|adopted| (ADOPTED.to_owned(), adopted)).into_iter().collect()
    }
}

/// The output that says that a thing without our mark was taken over.
pub(super) const ADOPTED: &str = "adopted";
