//! What the engine tells of by itself: its stream of events.

use super::{DockerTarget, Engine};
use crate::backend::{BackendError, ErrorClass, Stir, Watch};
use crate::model::Address;
use crate::seam::BoxFuture;
use crate::sys::clock::rfc3339_of_seconds;
use bollard::Docker;
use bollard::errors::Error;
use bollard::models::{EventMessage, EventMessageTypeEnum};
use bollard::query_parameters::{EventsOptionsBuilder, InspectContainerOptions};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use std::collections::HashMap;
use std::sync::Arc;

/// What is listened for: what a health check runs every few seconds is not. <https://docs.docker.com/reference/cli/docker/system/events/>.
const ACTIONS: &[&str] = &[
    "connect",
    "create",
    "destroy",
    "die",
    "disconnect",
    "health_status",
    "oom",
    "pause",
    "remove",
    "rename",
    "start",
    "stop",
    "unpause",
    "update",
];

/// Listens to an engine.
pub(super) struct DockerWatch {
    place: Place,
    events: BoxStream<'static, Result<EventMessage, Error>>,
}

/// What is listened to.
struct Place {
    client: Docker,
    target: Arc<DockerTarget>,
}

/// Begins to listen.
pub(super) async fn watch(engine: &Engine, target: &Arc<DockerTarget>) -> Result<DockerWatch, BackendError> {
    let client = engine.client().await?.clone();
    // A stream is asked for with the first wait only: that somebody listens is shown by an answer.
    client.ping().await.map_err(|error| super::error::failed("listen to the engine", engine.host(), &error))?;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let filters = HashMap::from([("type", words(&["container", "network", "volume"])), ("event", words(ACTIONS))]);
    let options = EventsOptionsBuilder::default().filters(&filters).build();
    let events = client.events(Some(options)).boxed();
    Ok(DockerWatch { place: Place { client, target: Arc::clone(target) }, events })
}

impl Watch for DockerWatch {
    fn next(&mut self) -> BoxFuture<'_, Result<Stir, BackendError>> {
        Box::pin(async {
            loop {
                let event = match self.events.next().await {
                    Some(Ok(event)) => event,
                    Some(Err(error)) => return Err(super::error::failed("listen to", "the engine", &error)),
                    None => return Err(BackendError::new(ErrorClass::Transient, "the engine has hung up")),
                };
                if let Some(stir) = self.place.stir(&event).await {
                    return Ok(stir);
                }
            }
        })
    }
}

impl Place {
    /// What an event tells; none: it is of something that is none of ours.
    async fn stir(&self, event: &EventMessage) -> Option<Stir> {
        let actor = event.actor.as_ref()?;
        let attributes = actor.attributes.as_ref()?;
        let action = event.action.as_deref()?;
        let address = match event.typ? {
            EventMessageTypeEnum::CONTAINER => self.container(attributes)?,
            EventMessageTypeEnum::NETWORK => match attributes.get("container") {
                Some(id) => self.connected(id, attributes).await?,
                None => self.named("network", attributes.get("name")?)?,
            },
            EventMessageTypeEnum::VOLUME => self.named("volume", actor.id.as_deref()?)?,
            _ => return None,
        };
        // `health_status: healthy` says more than the kind of event does.
        let evidence = format!("docker event: {action}");
        let when = rfc3339_of_seconds(event.time?)?;
        Some(Stir { address, evidence, when, began: action == "start" })
    }

    fn container(&self, labels: &HashMap<String, String>) -> Option<Address> {
        let of_project = labels.get("com.docker.compose.project") == Some(&self.target.project);
        let ours = labels.get("driftless.dev/owner") == Some(&self.target.owner);
        if !(of_project || ours) {
            return None;
        }
        let marked = labels.get("driftless.dev/address").filter(|_| ours).and_then(|address| address.parse().ok());
        marked.or_else(|| Some(self.target.address("container", &format!("name={}", labels.get("name")?))))
    }

    /// A container that was attached to a network of ours, or one of ours that was attached to any.
    async fn connected(&self, id: &str, network: &HashMap<String, String>) -> Option<Address> {
        let seen = self.client.inspect_container(id, None::<InspectContainerOptions>).await.ok();
        let labels = seen.and_then(|seen| seen.config?.labels).unwrap_or_default();
        self.container(&labels).or_else(|| self.named("network", network.get("name")?))
    }

    /// A network or volume of the project, by the name that Compose gives it.
    fn named(&self, kind: &str, name: &str) -> Option<Address> {
        let short = name.strip_prefix(self.target.project.as_str())?.strip_prefix('_')?;
        Some(self.target.address(kind, short))
    }
}
