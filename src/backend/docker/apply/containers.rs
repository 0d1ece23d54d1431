//! Containers that go, are put back in place, or are restarted: through the engine's API.

use super::Work;
use super::course::{Course, Repair};
use super::guard::not_ours;
use super::scene::Scene;
use crate::backend::docker::error::failed;
use crate::backend::docker::found::Found;
use crate::backend::docker::trouble;
use crate::backend::{BackendError, ErrorClass};
use crate::model::Address;
use bollard::Docker;
use bollard::errors::Error;
use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{RemoveContainerOptionsBuilder, RestartContainerOptions, StopContainerOptions};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a container may take to stop where nothing is declared, in seconds: <https://docs.docker.com/reference/cli/docker/container/stop/>.
const DEFAULT_GRACE_SECONDS: u64 = 10;

/// How much longer than that the engine may take to answer.
const ANSWER: Duration = Duration::from_mins(1);

impl Work<'_> {
    /// Does what can be done to the containers of a service without Compose.
    pub(super) async fn container(
        &self,
        address: &Address,
        service: &str,
        course: &Course,
        scene: &Scene,
    ) -> Result<(), BackendError> {
        match course {
            Course::Delete => {
                for one in scene.of_service(service) {
                    self.delete(address, one).await?;
                }
                Ok(())
            }
            Course::InPlace { repairs, restart, .. } => self.in_place(address, service, repairs, *restart, scene).await,
            Course::Nothing | Course::Make { .. } | Course::Up { .. } | Course::Adopt => Ok(()),
        }
    }

    async fn in_place(
        &self,
        address: &Address,
        service: &str,
        repairs: &BTreeSet<Repair>,
        restart: bool,
        scene: &Scene,
    ) -> Result<(), BackendError> {
        let mut started = false;
        for one in scene.of_service(service) {
            if !one.ours {
                return Err(not_ours(address));
            }
            for repair in repairs {
                started |= self.repair(address, one, repair).await?;
            }
            if restart {
                self.restart(one).await?;
                started = true;
            }
        }
        if started { self.restart_sharers(address, scene).await } else { Ok(()) }
    }

    /// Stops and removes one container. Its volumes stay.
    async fn delete(&self, address: &Address, container: &Found) -> Result<(), BackendError> {
        // The name may be another one's by now, the id is not.
        let Some(inspected) = self.inspect(&container.id).await? else { return Ok(()) };
        if !self.bears_our_mark(&inspected) {
            return Err(not_ours(address));
        }
        self.stop(&container.id, &inspected).await?;
        self.remove(&container.id, &container.name).await
    }

    /// Removes a container that is stopped.
    pub(super) async fn remove(&self, id: &str, name: &str) -> Result<(), BackendError> {
        let options = RemoveContainerOptionsBuilder::default().v(false).build();
        match self.client.remove_container(id, Some(options)).await {
            Err(error) if !is_gone(&error) => Err(failed("remove", name, &error)),
            _ => Ok(()),
        }
    }

    /// Stops a container within the time that it asks for.
    pub(super) async fn stop(&self, id: &str, inspected: &ContainerInspectResponse) -> Result<(), BackendError> {
        match self.patient(inspected).stop_container(id, None::<StopContainerOptions>).await {
            Err(error) if !is_gone(&error) => Err(failed("stop", id, &error)),
            _ => Ok(()),
        }
    }

    /// Restarts a container.
    pub(super) async fn restart(&self, container: &Found) -> Result<(), BackendError> {
        let Some(inspected) = self.inspect(&container.id).await? else { return Ok(()) };
        let done = self.patient(&inspected).restart_container(&container.id, None::<RestartContainerOptions>).await;
        match done {
            Ok(()) => Ok(()),
            Err(error) => Err(self.explained("restart", &container.name, &error).await),
        }
    }

    /// What the engine says, with who is in the way.
    pub(super) async fn explained(&self, action: &str, what: &str, error: &Error) -> BackendError {
        let error = failed(action, what, error);
        let explained = trouble::explain(self.engine, &error.message, error.class).await;
        // Only the engine itself knows that somebody else was faster.
        let class = if error.class == ErrorClass::NotFound { error.class } else { explained.class };
        BackendError { class, ..explained }
    }

    /// The client, with the patience that a container asks for.
    fn patient(&self, inspected: &ContainerInspectResponse) -> Docker {
        let grace = inspected.config.as_ref().and_then(|config| config.stop_timeout);
        let grace = grace.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(DEFAULT_GRACE_SECONDS);
        self.client.clone().with_timeout(Duration::from_secs(grace) + ANSWER)
    }

    /// A container as it is now; none: it is gone.
    pub(super) async fn inspect(&self, id: &str) -> Result<Option<ContainerInspectResponse>, BackendError> {
        match self.client.inspect_container(id, None).await {
            Ok(inspected) => Ok(Some(inspected)),
            Err(error) => {
                let error = failed("look at", id, &error);
                if error.class == ErrorClass::NotFound { Ok(None) } else { Err(error) }
            }
        }
    }

    /// Whether a container bears our mark.
    pub(super) fn bears_our_mark(&self, inspected: &ContainerInspectResponse) -> bool {
        let labels = inspected.config.as_ref().and_then(|config| config.labels.as_ref());
        labels.and_then(|labels| labels.get(super::super::names::OWNER)) == Some(&self.target.owner)
    }
}

/// Not there, or on its way out.
fn is_gone(error: &Error) -> bool {
    match error {
        Error::DockerResponseServerError { status_code: 404, .. } => true,
        Error::DockerResponseServerError { status_code: 409, message } => message.contains("is already in progress"),
        _ => false,
    }
}
