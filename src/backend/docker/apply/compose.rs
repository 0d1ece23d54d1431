//! The program `docker compose`: found, and run with the secrets in its environment alone.

use super::Work;
use super::files::COMPOSE_FILE;
use crate::backend::docker::trouble;
use crate::backend::{BackendError, ErrorClass};
use crate::model::{SecretValue, scrub};
use crate::sys::process::{self, Finished, Invocation, ProcessError};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long one run may take. Within it every container of a project may take its time to stop.
pub(super) const RUN_TIMEOUT: Duration = Duration::from_mins(20);

/// How long images may be on their way.
pub(super) const PULL_TIMEOUT: Duration = Duration::from_hours(1);

/// The most bytes of what it prints that are kept.
const OUTPUT_LIMIT: usize = 1 << 20;

/// How many containers are worked on at once.
const PARALLEL: &str = "16";

/// The oldest version that knows `configs.*.content`: <https://docs.docker.com/reference/compose-file/configs/>.
const OLDEST: (u32, u32, u32) = (2, 23, 1);

/// What the docker command reads of the user's own settings: where its configuration and its certificates are, and the way to a registry.
const INHERITED: &[&str] = &[
    "DOCKER_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "DOCKER_API_VERSION",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Variables that a secret cannot be handed over by, since the program itself reads them; a prefix where it ends with `_`.
const TAKEN: &[&str] =
    &["DOCKER_", "COMPOSE_", "BUILDKIT_", "BUILDX_", "XDG_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/// How it is called on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend::docker) struct Program {
    name: &'static str,
    first: &'static [&'static str],
}

const PROGRAMS: [Program; 2] =
    [Program { name: "docker", first: &["compose"] }, Program { name: "docker-compose", first: &[] }];

/// A variable of its environment.
pub(super) type Variable = (String, SecretValue);

/// Whether a secret can be handed over by a variable of that name.
pub(super) fn is_free(variable: &str) -> bool {
    let takes = |taken: &str| variable == taken || (taken.ends_with('_') && variable.starts_with(taken));
    !process::BASE_VARIABLES.contains(&variable) && !TAKEN.iter().any(|taken| takes(taken))
}

impl Work<'_> {
    /// Runs it on the project's file. What it prints to standard error is part of the error, without the secrets.
    pub(super) async fn compose(
        &self,
        arguments: Vec<String>,
        variables: Vec<Variable>,
        timeout: Duration,
    ) -> Result<(), BackendError> {
        let program = self.memory.program.get_or_try_init(find).await?;
        let (program, folder) = (*program, self.target.folder.clone());
        let (project, host) = (self.target.project.clone(), self.engine.host().replacen("http://", "tcp://", 1));
        let lock = Arc::clone(self.lock);
        let secrets: Vec<SecretValue> = variables.iter().map(|(_, value)| value.clone()).collect();
        let run = move || {
            let mut line: Vec<OsString> = program.first.iter().map(OsString::from).collect();
            line.extend(["--ansi", "never", "--project-directory"].map(OsString::from));
            line.extend([folder.clone().into_os_string(), "-f".into(), folder.join(COMPOSE_FILE).into_os_string()]);
            line.extend(["-p".into(), OsString::from(project)]);
            line.extend(arguments.into_iter().map(OsString::from));
            let mut invocation = Invocation::new(program.name, line, &folder);
            invocation.inherit = INHERITED;
            invocation.set = settings(&host);
            let value = |(name, value): Variable| (name, OsString::from_vec(value.expose().to_vec()));
            invocation.set.extend(variables.into_iter().map(value));
            invocation.holds = Some(&lock);
            invocation.timeout = timeout;
            invocation.output_limit = OUTPUT_LIMIT;
            process::run(&invocation)
        };
        match off_the_async_threads(run).await? {
            Ok(finished) if finished.success() => Ok(()),
            Ok(finished) => Err(self.told(&finished, &secrets).await),
            Err(error) => Err(not_run(&error)),
        }
    }

    async fn told(&self, finished: &Finished, secrets: &[SecretValue]) -> BackendError {
        let text = scrub(&String::from_utf8_lossy(&finished.error), secrets.iter());
        let message = trouble::last_words(&text);
        if finished.code.is_none() {
            return BackendError::new(ErrorClass::Transient, "docker compose was killed");
        }
        trouble::explain(self.engine, &format!("docker compose: {message}"), ErrorClass::Invalid).await
    }
}

fn settings(host: &str) -> Vec<(String, OsString)> {
    let all = [
        ("DOCKER_HOST", host),
        ("COMPOSE_IGNORE_ORPHANS", "1"),
        ("COMPOSE_PARALLEL_LIMIT", PARALLEL),
        ("COMPOSE_MENU", "0"),
        ("COMPOSE_EXPERIMENTAL", "0"),
        ("DOCKER_CLI_HINTS", "false"),
    ];
    all.map(|(name, value)| (name.to_owned(), OsString::from(value))).into()
}

async fn off_the_async_threads<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T, BackendError> {
    let ended = tokio::task::spawn_blocking(run).await;
    ended.map_err(|_| BackendError::new(ErrorClass::Transient, "docker compose was not waited for"))
}

fn not_run(error: &ProcessError) -> BackendError {
    let class = match error {
        ProcessError::Missing { .. } => ErrorClass::Unsupported,
        ProcessError::TimedOut { .. } | ProcessError::Run { .. } => ErrorClass::Transient,
    };
    BackendError::new(class, error.to_string())
}

/// Finds it: the plugin of the docker command, else the program of its own.
async fn find() -> Result<Program, BackendError> {
    Ok(found().await?.0)
}

/// Its version, as it tells it.
///
/// # Errors
/// When there is none, or none that is new enough.
pub(in crate::backend::docker) async fn compose_version() -> Result<String, BackendError> {
    Ok(found().await?.1)
}

async fn found() -> Result<(Program, String), BackendError> {
    off_the_async_threads(|| {
        let mut old = None;
        for program in PROGRAMS {
            let arguments = program.first.iter().chain(&["version", "--short"]);
            let mut invocation = Invocation::new(program.name, arguments, Path::new("/"));
            invocation.inherit = INHERITED;
            let Ok(finished) = process::run(&invocation) else { continue };
            let text = String::from_utf8_lossy(&finished.output).trim().to_owned();
            match version(&text).filter(|_| finished.success()) {
                Some(version) if version >= OLDEST => return Ok((program, text)),
                Some(_) => old = Some(text),
                None => {}
            }
        }
        Err(unsupported(old.as_deref()))
    })
    .await?
}

fn unsupported(old: Option<&str>) -> BackendError {
    let (major, minor, patch) = OLDEST;
    let message = match old {
        Some(version) => {
            format!("docker compose {version} is too old: {major}.{minor}.{patch} is the oldest that can do it")
        }
        None => "neither `docker compose` nor `docker-compose` is installed".into(),
    };
    BackendError::new(ErrorClass::Unsupported, message)
        .help("install the Compose plugin: https://docs.docker.com/compose/install/")
}

/// `v2.39.4`, `5.5.0`, `2.40.0-desktop.1`.
fn version(text: &str) -> Option<(u32, u32, u32)> {
    let plain = text.trim_start_matches('v');
    let mut numbers = plain.split(['.', '-', '+']).map(str::parse::<u32>);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_no_secret_takes_a_variable_of_the_program() {
        assert_eq!(version("v2.39.4"), Some((2, 39, 4)));
        assert_eq!(version("2.40.0-desktop.1"), Some((2, 40, 0)));
        assert_eq!(version("Docker version"), None);
        assert!(version("1.29.2").is_some_and(|version| version < OLDEST));
        let free = ["CACHE_APP", "PATHS", "DOCKER"].map(is_free);
        let taken = ["PATH", "HOME", "DOCKER_HOST", "COMPOSE_FILE"].map(is_free);
        assert_eq!((free, taken), ([true; 3], [false; 4]));
    }
}
