//! What applying to an engine needs of this machine: that the engine answers, and Docker Compose.

use super::connect::Engine;
use super::error::failed;
use crate::backend::{BackendError, Need};

/// What an engine needs, each looked for now.
pub async fn needs(engine: &Engine) -> Vec<Need> {
    vec![
        Need { subject: "engine", found: version(engine).await },
        Need { subject: "docker compose", found: super::apply::compose_version().await },
    ]
}

/// `28.5.2 at unix:///var/run/docker.sock`.
async fn version(engine: &Engine) -> Result<String, BackendError> {
    let client = engine.client().await?;
    let version = client.version().await.map_err(|error| failed("ask the engine", engine.host(), &error))?;
    Ok(format!("{} at {}", version.version.unwrap_or_else(|| "an unknown version".into()), engine.host()))
}
