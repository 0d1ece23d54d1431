//! Makes containers, and makes them anew: through `docker compose up`.

use super::compose::RUN_TIMEOUT;
use super::course::Course;
use super::files::COMPOSE_FILE;
use super::scene::Scene;
use super::{Courses, Results, Work};
use crate::backend::docker::error::failed;
use crate::backend::docker::found::{Found, containers};
use crate::backend::docker::names::{Kind, named};
use crate::backend::{BackendError, ErrorClass};
use crate::model::{Address, Tree};
use bollard::query_parameters::{RemoveContainerOptionsBuilder, RenameContainerOptionsBuilder};
use std::collections::{BTreeMap, BTreeSet};

impl Work<'_> {
    /// Makes all containers that are to be made: those made anew in one run, the others in another.
    pub(super) async fn up(&self, courses: &Courses, scene: &Scene, results: &mut Results) {
        for force in [true, false] {
            let is_wanted = |(_, course): &(&Address, &Course)| **course == Course::Up { force };
            let mut wanted: Vec<Address> =
                courses.iter().filter(is_wanted).map(|(address, _)| address.clone()).collect();
            wanted.retain(|address| !results.contains_key(address));
            let mut ready = Vec::new();
            for address in wanted {
                match self.prepare(&address, scene).await {
                    Ok(()) => ready.push(address),
                    Err(error) => _ = results.insert(address, Err(error)),
                }
            }
            if !ready.is_empty() {
                results.extend(self.up_all(&ready, force, scene).await);
            }
        }
    }

    /// Refuses where Compose would touch what is not ours, and clears away what a run that died has left.
    async fn prepare(&self, address: &Address, scene: &Scene) -> Result<(), BackendError> {
        let Some((_, service)) = named(address) else { return Ok(()) };
        if !crate::sys::file::is_file(&self.target.folder.join(COMPOSE_FILE)) || self.batch.artifacts.is_empty() {
            let message = format!("{address} cannot be made: its rendered {COMPOSE_FILE} is not known");
            return Err(BackendError::new(ErrorClass::Invalid, message));
        }
        if let Some(other) = scene.of_service(&service).find(|one| !one.ours && !self.adopts(address)) {
            let message =
                format!("container {} has Compose's labels of the service `{service}`, and not our mark", other.name);
            let help = format!("Compose would take it for one of ours: remove it (`docker rm -f {}`)", other.name);
            return Err(BackendError::new(ErrorClass::Denied, message).help(help));
        }
        self.memory.begin(address, self.is_job(address));
        for half in scene.of_service(&service).filter(|one| one.is_half_made()) {
            self.settle_half_made(half, scene).await?;
        }
        Ok(())
    }

    /// What a re-creation that died has left is in the way of the one that stands, and what holds the data where none does.
    async fn settle_half_made(&self, half: &Found, scene: &Scene) -> Result<(), BackendError> {
        let name = half.proper_name();
        let done = if scene.containers.iter().any(|one| one.name == name) {
            let options = RemoveContainerOptionsBuilder::default().v(false).build();
            self.client.remove_container(&half.id, Some(options)).await
        } else {
            let options = RenameContainerOptionsBuilder::default().name(name).build();
            self.client.rename_container(&half.id, options).await
        };
        done.map_err(|error| failed("clear away", &half.name, &error))
    }

    async fn up_all(&self, addresses: &[Address], force: bool, scene: &Scene) -> Results {
        let done = |addresses: &[Address]| addresses.iter().map(|address| (address.clone(), Ok(()))).collect();
        let Err(error) = self.up_once(addresses, force).await else { return done(addresses) };
        let failed = |addresses: &[Address], error: &BackendError| -> Results {
            addresses.iter().map(|address| (address.clone(), Err(error.clone()))).collect()
        };
        if error.class == ErrorClass::Transient || addresses.len() == 1 {
            return self.judged(failed(addresses, &error), force, scene).await;
        }
        // One of them makes all of the run fail: each by itself says which.
        let mut results = self.judged(failed(addresses, &error), force, scene).await;
        let again: Vec<Address> =
            results.iter().filter(|(_, result)| result.is_err()).map(|(address, _)| address.clone()).collect();
        for address in again {
            let one = std::slice::from_ref(&address);
            let result = self.up_once(one, force).await;
            results.insert(address, result);
        }
        results
    }

    async fn up_once(&self, addresses: &[Address], force: bool) -> Result<(), BackendError> {
        let variables = self.variables(addresses)?;
        let mut arguments: Vec<String> = ["up", "--detach", "--no-deps", "--quiet-pull"].map(str::to_owned).into();
        if force {
            arguments.push("--force-recreate".into());
        }
        arguments.extend(addresses.iter().filter_map(|address| named(address).map(|(_, service)| service)));
        self.compose(arguments, variables, RUN_TIMEOUT).await
    }

    /// How many containers a service has.
    fn replicas(&self, address: &Address) -> usize {
        let body = self.batch.resources.get(address).map(|resource| &resource.body);
        let declared = body.and_then(|body| body.get("deploy")?.get("replicas").or_else(|| body.get("scale")));
        match declared {
            Some(Tree::Int(number)) => usize::try_from(*number).unwrap_or(0),
            _ => 1,
        }
    }

    /// What was made before the run failed is made.
    async fn judged(&self, failed: Results, force: bool, before: &Scene) -> Results {
        let Ok(now) = containers(self.engine, self.target).await else { return failed };
        let ids = |all: &[Found], service: &str| -> BTreeMap<String, String> {
            let of = all.iter().filter(|one| one.service.as_deref() == Some(service));
            of.map(|one| (one.id.clone(), one.state.clone())).collect()
        };
        let is_made = |address: &Address| {
            let Some((Kind::Container, service)) = named(address) else { return false };
            let (old, new) = (ids(&before.containers, &service), ids(&now, &service));
            let old: BTreeSet<&String> = old.keys().collect();
            let began = new.values().all(|state| state != "created");
            new.len() == self.replicas(address) && began && (!force || new.keys().all(|id| !old.contains(id)))
        };
        let judged = |(address, result): (Address, Result<(), BackendError>)| {
            let result = if is_made(&address) { Ok(()) } else { result };
            (address, result)
        };
        failed.into_iter().map(judged).collect()
    }
}
