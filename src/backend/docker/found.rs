//! Containers as the engine lists them.

use super::error::failed;
use super::names::{NUMBER, ONE_OFF, OWNER, PROJECT, SERVICE};
use super::{DockerTarget, Engine};
use crate::backend::BackendError;
use bollard::models::ContainerSummary;
use bollard::query_parameters::ListContainersOptionsBuilder;
use std::collections::HashMap;

/// A container of the engine, whoever it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: String,
    /// Without the slash.
    pub(super) name: String,
    /// The service that it is of, where it is one of our project.
    pub(super) service: Option<String>,
    /// Its number among those of its service.
    pub(super) number: u32,
    /// Whether it bears our mark.
    pub(super) ours: bool,
    /// `running`, `exited`, `created`, ...
    pub(super) state: String,
}

impl Found {
    fn of(target: &DockerTarget, summary: ContainerSummary) -> Option<Self> {
        let labels = summary.labels.unwrap_or_default();
        let label = |key: &str| labels.get(key).map(String::as_str);
        let is_of_project = label(PROJECT) == Some(&target.project) && label(ONE_OFF) != Some("True");
        let names = summary.names.unwrap_or_default();
        // A link gives a container names with two slashes.
        let name = names.iter().map(|name| name.trim_start_matches('/')).find(|name| !name.contains('/'));
        Some(Self {
            id: summary.id?,
            name: name.unwrap_or_default().to_owned(),
            service: label(SERVICE).filter(|_| is_of_project).map(str::to_owned),
            number: label(NUMBER).and_then(|number| number.parse().ok()).unwrap_or(0),
            ours: label(OWNER) == Some(&target.owner),
            state: summary.state.map(|state| state.to_string()).unwrap_or_default(),
        })
    }

    /// Whether it is what a re-creation that died has left: Compose makes the new container under such a name, and renames it once the old one
    /// is gone.
    pub(super) fn is_half_made(&self) -> bool {
        let prefix = self.name.split_once('_').map(|(prefix, _)| prefix);
        self.state == "created"
            && prefix.is_some_and(|prefix| prefix.len() == 12 && prefix.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }

    /// What it will be called, or is.
    pub(super) fn proper_name(&self) -> &str {
        if self.is_half_made() { &self.name[13..] } else { &self.name }
    }
}

/// All containers of the engine, the running and the others, sorted by service and number.
pub(super) async fn containers(engine: &Engine, target: &DockerTarget) -> Result<Vec<Found>, BackendError> {
    list(engine, target, &HashMap::new()).await
}

/// The containers of one service.
pub(super) async fn of_service(
    engine: &Engine,
    target: &DockerTarget,
    service: &str,
) -> Result<Vec<Found>, BackendError> {
    let labels = vec![format!("{PROJECT}={}", target.project), format!("{SERVICE}={service}")];
    let mut found = list(engine, target, &HashMap::from([("label".to_owned(), labels)])).await?;
    found.retain(|one| one.service.is_some());
    Ok(found)
}

async fn list(
    engine: &Engine,
    target: &DockerTarget,
    filters: &HashMap<String, Vec<String>>,
) -> Result<Vec<Found>, BackendError> {
    let options = ListContainersOptionsBuilder::default().all(true).filters(filters).build();
    let listed = engine.client().await?.list_containers(Some(options)).await;
    let listed = listed.map_err(|error| failed("list the containers of", engine.host(), &error))?;
    let mut found: Vec<Found> = listed.into_iter().filter_map(|summary| Found::of(target, summary)).collect();
    found.sort_by(|a, b| (&a.service, a.number, &a.name).cmp(&(&b.service, b.number, &b.name)));
    Ok(found)
}
