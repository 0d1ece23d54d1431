//! Volumes: made with the labels by which Compose takes them for its own, and never removed but where that was asked for.

use super::Work;
use super::course::Course;
use super::guard::not_ours;
use super::networks::{missing, texts};
use super::scene::Scene;
use crate::backend::docker::error::failed;
use crate::backend::docker::names::{Kind, OWNER, PROJECT, VOLUME, is_external, named, on_engine};
use crate::backend::{BackendError, ErrorClass};
use crate::model::{Address, Tree};
use bollard::errors::Error;
use bollard::models::{Volume, VolumeCreateRequest};
use bollard::query_parameters::{ListContainersOptionsBuilder, RemoveVolumeOptionsBuilder};
use std::collections::HashMap;

impl Work<'_> {
    /// Does what is to be done to a volume.
    pub(super) async fn volume(
        &self,
        address: &Address,
        name: &str,
        course: &Course,
        scene: &Scene,
    ) -> Result<(), BackendError> {
        let body = self.body(address);
        let on_engine = on_engine(self.target, name, body);
        match course {
            Course::Delete => self.delete_volume(address, &on_engine).await,
            Course::Make { .. } if body.is_some_and(is_external) => match self.find_volume(&on_engine).await? {
                Some(_) => Ok(()),
                None => Err(missing("volume", &on_engine)),
            },
            Course::Make { anew } => {
                self.refuse_what_is_renamed(address, &on_engine)?;
                if *anew {
                    self.let_go(address, &on_engine, scene).await?;
                    self.delete_volume(address, &on_engine).await?;
                }
                self.create_volume(address, &request(self, name, &on_engine, body)).await
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn find_volume(&self, name: &str) -> Result<Option<Volume>, BackendError> {
        match self.client.inspect_volume(name).await {
            Ok(volume) => Ok(Some(volume)),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(failed("look at the volume", name, &error)),
        }
    }

    async fn create_volume(&self, address: &Address, request: &VolumeCreateRequest) -> Result<(), BackendError> {
        let name = request.name.clone().unwrap_or_default();
        match self.client.create_volume(request.clone()).await {
            // The engine hands out what has the name already.
            Ok(volume) if volume.labels.get(OWNER) != Some(&self.target.owner) => Err(not_ours(address)),
            Ok(_) => Ok(()),
            Err(error) => Err(self.explained("make the volume", &name, &error).await),
        }
    }

    pub(super) async fn delete_volume(&self, address: &Address, name: &str) -> Result<(), BackendError> {
        let Some(volume) = self.find_volume(name).await? else { return Ok(()) };
        if volume.labels.get(OWNER) != Some(&self.target.owner) {
            let error = not_ours(address);
            let help = format!("it was taken over as it is, and is not removed: `docker volume rm {name}` does that");
            return Err(if self.is_adopted(address) { error.help(help) } else { error });
        }
        let options = RemoveVolumeOptionsBuilder::default().force(false).build();
        match self.client.remove_volume(name, Some(options)).await {
            Ok(()) | Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(()),
            Err(error) => {
                let error = failed("remove the volume", name, &error);
                let users = self.users(name).await?;
                if users.is_empty() {
                    return Err(error);
                }
                let message = format!("{} (used by {})", error.message, users.join(", "));
                Err(BackendError::new(ErrorClass::Denied, message).help("remove what uses it"))
            }
        }
    }

    fn is_adopted(&self, address: &Address) -> bool {
        let applied = self.batch.applied.get(address);
        applied.is_some_and(|applied| applied.outputs.contains_key(super::scene::ADOPTED))
    }

    /// The names of the containers that use a volume, the stopped ones too.
    pub(super) async fn users(&self, volume: &str) -> Result<Vec<String>, BackendError> {
        let filters = HashMap::from([("volume".to_owned(), vec![volume.to_owned()])]);
        let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        let listed = self.client.list_containers(Some(options)).await;
        let listed = listed.map_err(|error| failed("list the users of the volume", volume, &error))?;
        let name = |names: Option<Vec<String>>| names?.first().map(|name| name.trim_start_matches('/').to_owned());
        Ok(listed.into_iter().filter_map(|one| name(one.names)).collect())
    }

    /// Removes the containers that use a volume, which are made anew afterwards. Where one of them is not ours, nothing is done.
    async fn let_go(&self, address: &Address, volume: &str, scene: &Scene) -> Result<(), BackendError> {
        let users = self.users(volume).await?;
        let using: Vec<_> = scene.containers.iter().filter(|one| users.contains(&one.name)).collect();
        if let Some(other) = using.iter().find(|one| !one.ours) {
            let message = format!("{address} cannot be made anew while {} uses it", other.name);
            return Err(BackendError::new(ErrorClass::Denied, message).help("remove what uses it"));
        }
        for one in using {
            if let Some(inspected) = self.inspect(&one.id).await? {
                self.stop(&one.id, &inspected).await?;
                self.remove(&one.id, &one.name).await?;
            }
        }
        Ok(())
    }

    /// The services that use a volume.
    pub(super) fn services_with(&self, volume: &Address) -> Vec<Address> {
        let Some((Kind::Volume, name)) = named(volume) else { return Vec::new() };
        let uses = |mount: &Tree| {
            mount.get("type").and_then(Tree::as_str) == Some("volume")
                && mount.get("source").and_then(Tree::as_str) == Some(&name)
        };
        let is_user = |address: &&Address| {
            let mounts = self.batch.resources.get(*address).and_then(|resource| resource.body.get("volumes"));
            address.instance() == volume.instance()
                && mounts.and_then(Tree::as_list).is_some_and(|all| all.iter().any(uses))
        };
        self.batch.resources.keys().filter(is_user).cloned().collect()
    }

    /// A volume has no other name: what the old one holds would not be in the new one.
    fn refuse_what_is_renamed(&self, address: &Address, on_engine: &str) -> Result<(), BackendError> {
        let change = self.batch.changes.iter().find(|change| change.address == *address);
        let Some(old) = change.and_then(|change| change.moved_from.as_ref()) else { return Ok(()) };
        let message = format!("the engine cannot rename a volume: what {old} holds would not be in {on_engine}");
        Err(BackendError::new(ErrorClass::Unsupported, message)
            .help("copy what it holds, then declare the new name without `moved`"))
    }
}

fn request(work: &Work<'_>, name: &str, on_engine: &str, body: Option<&Tree>) -> VolumeCreateRequest {
    let get = |key: &str| body.and_then(|body| body.get(key));
    let mut labels = texts(get("labels")).unwrap_or_default();
    labels.insert(PROJECT.into(), work.target.project.clone());
    labels.insert(VOLUME.into(), name.into());
    VolumeCreateRequest {
        name: Some(on_engine.into()),
        driver: get("driver").and_then(Tree::as_str).map(str::to_owned),
        driver_opts: texts(get("driver_opts")),
        labels: Some(labels),
        ..VolumeCreateRequest::default()
    }
}
