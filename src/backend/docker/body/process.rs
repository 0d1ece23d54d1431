//! What runs in a container: program, environment, labels, health, how it ends and whether it runs.

use super::notation::{duration, platform};
use super::shape::Shape;
use super::{Sight, list, map};
use crate::model::Tree;
use bollard::models::{ContainerStateStatusEnum, HealthConfig, HealthStatusEnum, RestartPolicyNameEnum};
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// Labels that Compose and the desktop application write for themselves.
const TOOLS_LABELS: &[&str] = &["com.docker.compose.", "desktop.docker.io/"];

/// The engine's log driver where nothing else is set up.
const USUAL_LOG_DRIVER: &str = "json-file";

/// The engine's runtime where nothing else is set up.
const USUAL_RUNTIME: &str = "runc";

pub fn put(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let (config, host) = (sight.config(), sight.host());
    name(shape, sight);
    program(shape, sight);
    environment(shape, sight);
    labels(shape, sight);
    health(shape, sight);
    if let Some(seconds) = config.stop_timeout {
        shape.put("stop_grace_period", duration(seconds.saturating_mul(1_000_000_000)));
    }
    restart(shape, sight);
    state(shape, sight);
    for (key, flag) in [("tty", config.tty), ("stdin_open", config.open_stdin), ("init", host.init)] {
        let flag = flag.unwrap_or_default();
        shape.put_unless(key, flag, !flag);
    }
    logging(shape, sight);
    let runtime = host.runtime.clone().unwrap_or_default();
    let usual = runtime.is_empty() || runtime == USUAL_RUNTIME || Some(&runtime) == default_runtime(sight);
    shape.put_unless("runtime", runtime, usual);
    let annotations = map(host.annotations.as_ref());
    shape.put("annotations", annotations);
}

/// Compose gives a container that it makes anew a name of its own until the old one is gone.
fn name(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let usual = format!("{}-{}-", sight.scene.project, sight.service);
    let number = sight.name().strip_prefix(&usual);
    let is_usual = number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()));
    shape.put_unless("container_name", sight.name(), is_usual);
}

fn program(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let config = sight.config();
    let image = sight.image.config.clone().unwrap_or_default();
    let same = |live: Option<&Vec<String>>, image: Option<&Vec<String>>| {
        live.map_or(&[][..], Vec::as_slice) == image.map_or(&[][..], Vec::as_slice)
    };
    let (entrypoint, command) = (config.entrypoint.as_ref(), config.cmd.as_ref());
    shape.put_unless("entrypoint", list(entrypoint), same(entrypoint, image.entrypoint.as_ref()));
    shape.put_unless("command", list(command), same(command, image.cmd.as_ref()));
    let texts = [
        ("user", &config.user, &image.user),
        ("working_dir", &config.working_dir, &image.working_dir),
        ("stop_signal", &config.stop_signal, &image.stop_signal),
    ];
    for (key, live, image) in texts {
        let (live, image) = (live.as_deref().unwrap_or_default(), image.as_deref().unwrap_or_default());
        shape.put_unless(key, live, live == image || live.is_empty());
    }
    if let Some(declared) = shape.declares("platform").and_then(Tree::as_str) {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        let image = sight.image;
        let full = format!("{}/{}/{}", part(&image.os), part(&image.architecture), part(&image.variant));
        let live = platform(full.trim_end_matches('/'));
        // A variant that is not asked for is of no interest.
        let is_wider = live.strip_prefix(declared).is_some_and(|rest| rest.starts_with('/'));
        shape.put("platform", if is_wider { declared.to_owned() } else { live });
    }
}

fn entry(line: &str) -> (&str, &str) {
    line.split_once('=').unwrap_or((line, ""))
}

fn environment(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let from_image = sight.image.config.as_ref().and_then(|config| config.env.as_ref());
    let image: BTreeMap<&str, &str> = from_image.into_iter().flatten().map(|line| entry(line)).collect();
    let declared = shape.declares("environment").and_then(Tree::as_map);
    // What such a file says is not known here: only what is declared beside it can be compared.
    let by_file = shape.declares("env_file").is_some();
    let mut live = IndexMap::new();
    for line in sight.config().env.iter().flatten() {
        let (key, value) = entry(line);
        let keep = match declared.and_then(|declared| declared.get(key)) {
            // Without a value it is that of whoever started it.
            Some(Tree::Null) => false,
            Some(_) => true,
            None => !by_file && image.get(key) != Some(&value),
        };
        if keep {
            live.insert(key.to_owned(), Tree::text(value));
        }
    }
    shape.put("environment", Tree::Map(live));
}

fn labels(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let image = sight.image.config.as_ref().and_then(|config| config.labels.as_ref());
    let declared = shape.declares("labels").and_then(Tree::as_map);
    let mut live = BTreeMap::new();
    for (key, value) in sight.config().labels.iter().flatten() {
        let of_tool = TOOLS_LABELS.iter().any(|prefix| key.starts_with(prefix));
        let of_image = image.and_then(|labels| labels.get(key)) == Some(value);
        if declared.is_some_and(|declared| declared.contains_key(key)) || !(of_tool || of_image) {
            live.insert(key.clone(), Tree::text(value.clone()));
        }
    }
    shape.put("labels", Tree::Map(live.into_iter().collect()));
}

/// Fields that are not declared are the image's, then the engine's.
fn health(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let live = sight.config().healthcheck.clone().unwrap_or_default();
    let image = sight.image.config.as_ref().and_then(|config| config.healthcheck.clone()).unwrap_or_default();
    let test = live.test.clone().unwrap_or_default();
    if test.first().is_some_and(|first| first == "NONE") {
        return shape.put("healthcheck.disable", true);
    }
    let same_test = test == image.test.clone().unwrap_or_default();
    shape.put_unless("healthcheck.test", Tree::from(test), same_test);
    for (key, live, image) in
        times(&live).into_iter().zip(times(&image)).map(|((key, live), (_, image))| (key, live, image))
    {
        shape.put_unless(&format!("healthcheck.{key}"), duration(live), live == image || live == 0);
    }
    let (retries, same) = (live.retries.unwrap_or_default(), live.retries == image.retries);
    shape.put_unless("healthcheck.retries", Tree::Int(retries), same || retries == 0);
}

fn times(check: &HealthConfig) -> [(&'static str, i64); 4] {
    [
        ("interval", check.interval.unwrap_or_default()),
        ("timeout", check.timeout.unwrap_or_default()),
        ("start_period", check.start_period.unwrap_or_default()),
        ("start_interval", check.start_interval.unwrap_or_default()),
    ]
}

fn restart_policy(sight: &Sight<'_>) -> String {
    let policy = sight.host().restart_policy.as_ref();
    let count = policy.and_then(|policy| policy.maximum_retry_count).unwrap_or_default();
    match policy.and_then(|policy| policy.name) {
        None | Some(RestartPolicyNameEnum::EMPTY | RestartPolicyNameEnum::NO) => "no".into(),
        Some(RestartPolicyNameEnum::ON_FAILURE) if count > 0 => format!("on-failure:{count}"),
        Some(name) => name.to_string(),
    }
}

/// What happens when it ends.
pub fn restart(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let policy = restart_policy(sight);
    let is_none = policy == "no";
    shape.put_unless("restart", policy, is_none);
}

/// `running`, `paused`, `exited`, `restarting`, `created`, `dead`; for a job that did not end well `failed`; and beside it that it is not
/// healthy.
fn state(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let live = sight.container.state.clone().unwrap_or_default();
    let status = live.status.unwrap_or(ContainerStateStatusEnum::EMPTY);
    let is_job = shape.declares("state").and_then(Tree::as_str) == Some("exited");
    let failed = live.exit_code.unwrap_or_default() != 0;
    let state = match status {
        ContainerStateStatusEnum::EXITED if is_job => if failed { "failed" } else { "exited" }.into(),
        // It ended by itself, and nothing was to start it again.
        ContainerStateStatusEnum::EXITED if !failed && may_end(shape.declared()) => "running".into(),
        other => other.to_string(),
    };
    shape.put("state", state);
    let ill = live.health.and_then(|health| health.status) == Some(HealthStatusEnum::UNHEALTHY);
    if ill && status == ContainerStateStatusEnum::RUNNING {
        shape.put("health", "unhealthy");
    }
}

fn may_end(declared: &Tree) -> bool {
    let policy = declared.get("restart").and_then(Tree::as_str).unwrap_or("no");
    policy == "no" || policy.starts_with("on-failure")
}

fn log_driver<'a>(sight: &Sight<'a>) -> &'a str {
    sight.host().log_config.as_ref().and_then(|log| log.typ.as_deref()).unwrap_or_default()
}

fn logging(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let driver = log_driver(sight);
    let engine = sight.scene.engine.as_ref().and_then(|engine| engine.logging_driver.as_deref());
    let is_default = driver.is_empty() || driver == engine.unwrap_or(USUAL_LOG_DRIVER);
    shape.put_unless("logging.driver", driver, is_default);
    let options = map(sight.host().log_config.as_ref().and_then(|log| log.config.as_ref()));
    shape.put_unless("logging.options", options, is_default && shape.declares("logging").is_none());
}

fn default_runtime<'a>(sight: &Sight<'a>) -> Option<&'a String> {
    sight.scene.engine.as_ref()?.default_runtime.as_ref()
}

/// Whether the engine has to say what it does where nothing is declared.
pub fn may_be_a_default(sight: &Sight<'_>) -> bool {
    let declares = |key: &str| sight.declared.get(key).is_some();
    let driver = log_driver(sight);
    let runtime = sight.host().runtime.as_deref().unwrap_or_default();
    let unusual = |live: &str, usual: &str| !live.is_empty() && live != usual;
    (!declares("logging") && unusual(driver, USUAL_LOG_DRIVER))
        || (!declares("runtime") && unusual(runtime, USUAL_RUNTIME))
}
