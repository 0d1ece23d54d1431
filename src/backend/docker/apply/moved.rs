//! A volume under another name: the engine cannot rename one, so what the old one holds is copied into the new one before the old one goes.
//!
//! The engine reads and writes a volume through a container that mounts it. This one is never started.

use super::Work;
use super::scene::Scene;
use crate::backend::docker::error::failed;
use crate::backend::docker::names::{Kind, OWNER, named, on_engine};
use crate::backend::{BackendError, ErrorClass};
use crate::event::Event;
use crate::model::{Address, Tree};
use bollard::body_try_stream;
use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType, MountVolumeOptions};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, DownloadFromContainerOptionsBuilder, RemoveContainerOptionsBuilder,
    UploadToContainerOptionsBuilder,
};
use futures_util::StreamExt;
use std::collections::HashMap;
use std::time::Duration;

/// How long a volume may take to be copied.
const PATIENCE: Duration = Duration::from_hours(1);

impl Work<'_> {
    /// Copies what the volume held under its old name, where it had one.
    pub(super) async fn fill_from_old(&self, address: &Address, new: &str, scene: &Scene) -> Result<(), BackendError> {
        let change = self.batch.changes.iter().find(|change| change.address == *address);
        let Some(from) = change.and_then(|change| change.moved_from.as_ref()) else { return Ok(()) };
        let Some((Kind::Volume, name)) = named(from) else { return Ok(()) };
        let old = on_engine(self.target, &name, self.body(from));
        if self.find_volume(&old).await?.is_none() {
            return Ok(());
        }
        let message = format!("copying what {old} holds");
        self.context.events.emit(&Event::ChangeProgress { address: Some(address.clone()), message });
        self.quieten(&old, scene).await?;
        let image = self.image_for(address)?;
        let helper = self.helper(&image, &old, new).await?;
        let copied = self.copy(&helper, &old).await;
        self.remove(&helper, &helper).await?;
        if copied.is_err() {
            // Half of it must not be taken for all of it.
            self.delete_volume(address, new).await?;
        }
        copied
    }

    /// Stops what writes to a volume: its containers go anyway.
    async fn quieten(&self, volume: &str, scene: &Scene) -> Result<(), BackendError> {
        let users = self.users(volume).await?;
        for one in scene.containers.iter().filter(|one| users.contains(&one.name)) {
            let Some(inspected) = self.inspect(&one.id).await? else { continue };
            if inspected.state.as_ref().and_then(|state| state.running) != Some(true) {
                continue;
            }
            if !self.bears_our_mark(&inspected) {
                let message = format!("{volume} cannot be moved while {} uses it", one.name);
                return Err(BackendError::new(ErrorClass::Denied, message).help("stop what uses it"));
            }
            self.stop(&one.id, &inspected).await?;
        }
        Ok(())
    }

    /// An image that is there: that of a service which mounts the new volume.
    fn image_for(&self, volume: &Address) -> Result<String, BackendError> {
        let image = |address: &Address| {
            self.batch.resources.get(address)?.body.get("image").and_then(Tree::as_str).map(str::to_owned)
        };
        let none = || BackendError::new(ErrorClass::Unsupported, format!("no service mounts {volume}"));
        self.services_with(volume).iter().find_map(image).ok_or_else(none)
    }

    async fn helper(&self, image: &str, old: &str, new: &str) -> Result<String, BackendError> {
        let name = format!("{new}-move");
        // One that a run which died has left.
        let forced = RemoveContainerOptionsBuilder::default().force(true).build();
        if let Some(left) = self.inspect(&name).await? {
            if !self.bears_our_mark(&left) {
                return Err(BackendError::new(ErrorClass::Denied, format!("container {name} is in the way")));
            }
            let removed = self.client.remove_container(&name, Some(forced)).await;
            removed.map_err(|error| failed("remove", &name, &error))?;
        }
        let mount = |source: &str, target: &str, read_only: bool| Mount {
            target: Some(target.into()),
            source: Some(source.into()),
            typ: Some(MountType::VOLUME),
            read_only: Some(read_only),
            volume_options: Some(MountVolumeOptions { no_copy: Some(true), ..MountVolumeOptions::default() }),
            ..Mount::default()
        };
        let body = ContainerCreateBody {
            image: Some(image.into()),
            cmd: Some(vec!["true".into()]),
            labels: Some(HashMap::from([(OWNER.to_owned(), self.target.owner.clone())])),
            host_config: Some(HostConfig {
                mounts: Some(vec![mount(old, "/from", true), mount(new, "/to", false)]),
                network_mode: Some("none".into()),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(&name).build();
        let made = self.client.create_container(Some(options), body).await;
        made.map(|made| made.id).map_err(|error| failed("make", &name, &error))
    }

    async fn copy(&self, helper: &str, old: &str) -> Result<(), BackendError> {
        let client = self.client.clone().with_timeout(PATIENCE);
        let from = DownloadFromContainerOptionsBuilder::default().path("/from/.").build();
        let bytes = client.download_from_container(helper, Some(from));
        let bytes = bytes.map(|chunk| chunk.map_err(std::io::Error::other));
        let to = UploadToContainerOptionsBuilder::default().path("/to").build();
        let copied = client.upload_to_container(helper, Some(to), body_try_stream(bytes)).await;
        copied.map_err(|error| failed("copy the volume", old, &error))
    }
}
