//! How a container is.

use super::error::failed;
use super::found::{Found, of_service};
use super::memory::{Left, Memory};
use super::names::{Kind, named, on_engine};
use super::{DockerTarget, Engine};
use crate::backend::{BackendError, ErrorClass, Health};
use crate::model::Address;
use bollard::container::LogOutput;
use bollard::models::{ContainerInspectResponse, ContainerState, ContainerStateStatusEnum as Status, HealthStatusEnum};
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt;
use std::time::Duration;

/// How long a container without a health check must have run without an end to be well.
const STEADY: Duration = Duration::from_millis(500);

/// How often a container may have been restarted by the engine before nobody waits for it any more.
const MOST_RESTARTS: i64 = 3;

/// How many lines of its log are told of a container that failed.
const LOG_LINES: usize = 20;

/// The most bytes of a log that are read.
const LOG_LIMIT_BYTES: usize = 64 << 10;

/// One look at how an address is.
pub(super) async fn probe(
    engine: &Engine,
    target: &DockerTarget,
    memory: &Memory,
    address: &Address,
) -> Result<Health, BackendError> {
    let look = Look { engine, target, memory, address };
    match named(address) {
        Some((Kind::Container, service)) => look.containers(&service).await,
        Some((kind, name)) => look.thing(kind, &name).await,
        None => Err(BackendError::new(ErrorClass::Unsupported, format!("{address} is not looked after here"))),
    }
}

struct Look<'a> {
    engine: &'a Engine,
    target: &'a DockerTarget,
    memory: &'a Memory,
    address: &'a Address,
}

impl Look<'_> {
    /// A network or volume is well where it is.
    async fn thing(&self, kind: Kind, name: &str) -> Result<Health, BackendError> {
        let client = self.engine.client().await?;
        // What has a name of its own is known by its labels alone; it was seen right after it was made.
        let name = on_engine(self.target, name, None);
        let found = match kind {
            Kind::Volume => client.inspect_volume(&name).await.map(|_| ()),
            _ => client.inspect_network(&name, None).await.map(|_| ()),
        };
        match found.map_err(|error| failed("look at", &name, &error)) {
            Err(error) if error.class != ErrorClass::NotFound => Err(error),
            _ => Ok(Health::Healthy),
        }
    }

    async fn containers(&self, service: &str) -> Result<Health, BackendError> {
        let found = of_service(self.engine, self.target, service).await?;
        let left = self.memory.left(self.address);
        if found.is_empty() {
            return Ok(Health::Progressing("it is not there yet".into()));
        }
        let mut missing = None;
        let several = found.len() > 1;
        for one in &found {
            let told = |reason: String| if several { format!("{}: {reason}", one.name) } else { reason };
            match self.container(one, left.as_ref()).await? {
                Health::Healthy => {}
                Health::Progressing(reason) => missing = missing.or(Some(told(reason))),
                Health::Failed(reason) => return Ok(Health::Failed(told(reason))),
            }
        }
        Ok(missing.map_or(Health::Healthy, Health::Progressing))
    }

    async fn container(&self, found: &Found, left: Option<&Left>) -> Result<Health, BackendError> {
        let inspected = self.engine.client().await?.inspect_container(&found.id, None).await;
        let inspected = match inspected.map_err(|error| failed("look at", &found.name, &error)) {
            Err(error) if error.class == ErrorClass::NotFound => {
                return Ok(Health::Progressing("it is being made anew".into()));
            }
            other => other?,
        };
        let state = inspected.state.clone().unwrap_or_default();
        let is_job = left.is_some_and(|left| left.is_job);
        match state.status {
            Some(Status::RUNNING) if is_job => Ok(Health::Progressing("it has not come to its end yet".into())),
            Some(Status::RUNNING) => self.running(found, &inspected, &state, left).await,
            Some(Status::RESTARTING) => self.restarting(found, &inspected, &state).await,
            Some(Status::EXITED | Status::DEAD) if state.exit_code == Some(0) && (is_job || left.is_none()) => {
                Ok(Health::Healthy)
            }
            Some(Status::EXITED | Status::DEAD) => self.failed(found, ended(&state)).await,
            Some(Status::PAUSED) => Ok(Health::Failed("it is paused".into())),
            Some(Status::REMOVING) => Ok(Health::Progressing("it is being removed".into())),
            _ if state.error.as_ref().is_some_and(|error| !error.is_empty()) => {
                let why = state.error.clone().unwrap_or_default();
                self.failed(found, format!("it does not start: {}", self.memory.scrub(&why))).await
            }
            _ => Ok(Health::Progressing("it has not started yet".into())),
        }
    }

    async fn running(
        &self,
        found: &Found,
        inspected: &ContainerInspectResponse,
        state: &ContainerState,
        left: Option<&Left>,
    ) -> Result<Health, BackendError> {
        let Some(health) = state.health.as_ref().filter(|health| is_checked(health.status)) else {
            let run = format!("{} {}", found.id, state.started_at.as_deref().unwrap_or_default());
            let key = format!("{}/{}", self.address, found.id);
            return Ok(if self.memory.seen_running(&key, &run) >= STEADY {
                Health::Healthy
            } else {
                Health::Progressing("it has only just started".into())
            });
        };
        if health.status == Some(HealthStatusEnum::HEALTHY) {
            return Ok(Health::Healthy);
        }
        let retries = inspected.config.as_ref().and_then(|config| config.healthcheck.as_ref()?.retries);
        let retries = retries.filter(|retries| *retries > 0).unwrap_or(3);
        let streak = health.failing_streak.unwrap_or(0);
        // What failed before it was put back in place says nothing of how it is now.
        let before = left.and_then(|left| left.failures.get(&found.id)).copied().unwrap_or(0);
        let counted = if streak >= before { streak - before } else { streak };
        let last = health.log.iter().flatten().next_back().and_then(|result| result.output.as_ref());
        let last = last.and_then(|output| output.lines().rfind(|line| !line.trim().is_empty())).unwrap_or_default();
        let told = format!("health check: {counted} of {retries} failures");
        let told = if last.is_empty() { told } else { format!("{told}: {}", self.memory.scrub(last.trim())) };
        let unhealthy = health.status == Some(HealthStatusEnum::UNHEALTHY) && counted >= retries;
        if unhealthy { self.failed(found, told).await } else { Ok(Health::Progressing(told)) }
    }

    async fn restarting(
        &self,
        found: &Found,
        inspected: &ContainerInspectResponse,
        state: &ContainerState,
    ) -> Result<Health, BackendError> {
        let restarts = inspected.restart_count.unwrap_or(0);
        let reason = ended(state);
        if restarts < MOST_RESTARTS {
            return Ok(Health::Progressing(format!("{reason}, and is started again")));
        }
        self.failed(found, format!("{reason}, again after {restarts} restarts")).await
    }

    /// With the last lines of its log, without the secrets.
    async fn failed(&self, found: &Found, reason: String) -> Result<Health, BackendError> {
        // Who did not hand the secrets over does not know what to cut out of the lines.
        if self.memory.left(self.address).is_none() {
            return Ok(Health::Failed(reason));
        }
        let lines = self.log(found).await.unwrap_or_default();
        if lines.is_empty() {
            return Ok(Health::Failed(reason));
        }
        let lines: String = lines.lines().map(|line| format!("\n    {line}")).collect();
        Ok(Health::Failed(format!("{reason}{}", self.memory.scrub(&lines))))
    }

    async fn log(&self, found: &Found) -> Result<String, BackendError> {
        let tail = LOG_LINES.to_string();
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&tail).build();
        let mut log = Box::pin(self.engine.client().await?.logs(&found.id, Some(options)));
        let mut bytes = Vec::new();
        while let Some(Ok(output)) = log.next().await {
            bytes.extend_from_slice(&LogOutput::into_bytes(output));
            if bytes.len() > LOG_LIMIT_BYTES {
                bytes.truncate(LOG_LIMIT_BYTES);
                break;
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let clean = |line: &str| line.chars().filter(|c| !c.is_control() || *c == '\t').collect::<String>();
        let lines: Vec<String> = text.lines().map(clean).collect();
        Ok(lines[lines.len().saturating_sub(LOG_LINES)..].join("\n"))
    }
}

const fn is_checked(status: Option<HealthStatusEnum>) -> bool {
    matches!(status, Some(HealthStatusEnum::STARTING | HealthStatusEnum::HEALTHY | HealthStatusEnum::UNHEALTHY))
}

fn ended(state: &ContainerState) -> String {
    let code = state.exit_code.unwrap_or(0);
    let memory = if state.oom_killed == Some(true) { " for want of memory" } else { "" };
    match code {
        129..=165 => format!("it was ended{memory} by signal {} (exit code {code})", code - 128),
        _ => format!("it ended{memory} with exit code {code}"),
    }
}
