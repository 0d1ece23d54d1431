//! Puts a container back without making it anew.

mod file;
mod limits;
mod network;

use super::Work;
use super::course::Repair;
use crate::backend::BackendError;
use crate::backend::docker::error::failed;
use crate::backend::docker::found::Found;
use crate::model::{Address, Tree};
use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum as Status};
use bollard::query_parameters::{RenameContainerOptionsBuilder, StartContainerOptions};

impl Work<'_> {
    /// Does one repair of one container; whether it was started for it.
    pub(super) async fn repair(
        &self,
        address: &Address,
        container: &Found,
        repair: &Repair,
    ) -> Result<bool, BackendError> {
        // What was there a moment ago and is gone is looked for again by the next plan.
        let Some(inspected) = self.inspect(&container.id).await? else {
            let message = format!("container {} went away", container.name);
            return Err(BackendError::new(crate::backend::ErrorClass::Transient, message));
        };
        if !self.bears_our_mark(&inspected) {
            return Err(super::guard::not_ours(address));
        }
        let none = Tree::map();
        let body = self.batch.resources.get(address).map_or(&none, |resource| &resource.body);
        match repair {
            Repair::Name => self.rename(container).await?,
            Repair::Limits => self.limit(container, &inspected, body).await?,
            Repair::Networks => self.attach(container, &inspected, body, address).await?,
            Repair::Config(name) => self.put_config(container, name, body).await?,
            Repair::Secret(name) => self.put_secret(container, name, body).await?,
            Repair::State => return self.start(container, &inspected).await,
        }
        Ok(false)
    }

    async fn rename(&self, container: &Found) -> Result<(), BackendError> {
        let (Some(service), number) = (&container.service, container.number) else { return Ok(()) };
        let name = format!("{}-{service}-{number}", self.target.project);
        if container.name == name {
            return Ok(());
        }
        let options = RenameContainerOptionsBuilder::default().name(&name).build();
        match self.client.rename_container(&container.id, options).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.explained("rename", &container.name, &error).await),
        }
    }

    /// Makes it run; whether it did not. One that is paused is not running for the engine, and refuses to be started.
    async fn start(&self, container: &Found, inspected: &ContainerInspectResponse) -> Result<bool, BackendError> {
        let status = inspected.state.as_ref().and_then(|state| state.status);
        match status {
            Some(Status::RUNNING | Status::RESTARTING) => Ok(false),
            Some(Status::PAUSED) => {
                let done = self.client.unpause_container(&container.id).await;
                done.map_err(|error| failed("unpause", &container.name, &error))?;
                Ok(false)
            }
            _ => match self.client.start_container(&container.id, None::<StartContainerOptions>).await {
                Ok(()) => Ok(true),
                Err(error) => Err(self.explained("start", &container.name, &error).await),
            },
        }
    }
}
