//! A name for what a test makes on an engine that it shares, and the end of all that bears it.

use super::Engine;
use crate::support::tools::text;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What Compose and driftless mark with the name of their project.
const LABEL: &str = "com.docker.compose.project";
/// What the names of tests begin with; the id of their process follows.
const PREFIX: &str = "dt";

/// A name that no other test has. All that bears it as its Compose project goes when it is dropped.
pub struct Project<'engine> {
    engine: &'engine Engine,
    name: String,
}

impl<'engine> Project<'engine> {
    pub(super) fn new(engine: &'engine Engine, name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::SeqCst);
        Self { engine, name: format!("{PREFIX}{}x{count}-{name}", std::process::id()) }
    }

    /// The name: small letters, digits, dashes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All containers, networks and volumes of the project: `container ID`. The engine must answer.
    #[track_caller]
    pub fn left(&self) -> Vec<String> {
        self.engine.docker(&["version"]);
        left(self.engine, &format!("{LABEL}={}", self.name))
    }
}

impl Drop for Project<'_> {
    fn drop(&mut self) {
        self.engine.reap(&format!("{LABEL}={}", self.name));
    }
}

impl Engine {
    /// Removes all containers, networks and volumes that bear a label (`name` or `name=value`), as far as the engine still can.
    pub fn reap(&self, label: &str) {
        for line in left(self, label) {
            let (kind, id) = line.split_once(' ').unwrap();
            let forced: &[&str] = if kind == "container" { &["--force", "--volumes"] } else { &[] };
            // What a container takes with it is gone when its turn comes.
            let _ = self.command(&[&[kind, "rm"], forced, &[id]].concat()).output();
        }
    }
}

fn left(engine: &Engine, label: &str) -> Vec<String> {
    let filter = format!("label={label}");
    let of = |kind: &str, options: &[&str]| {
        let output = engine.command(&[&[kind, "ls", "--quiet", "--filter", &filter], options].concat()).output();
        let ids = text(&output.map(|output| output.stdout).unwrap_or_default());
        ids.lines().map(|id| format!("{kind} {id}")).collect::<Vec<_>>()
    };
    [of("container", &["--all"]), of("network", &[]), of("volume", &[])].concat()
}

/// Removes what tests of processes that are gone left on an engine that outlived them.
pub(super) fn reap_of_the_gone(engine: &Engine) {
    let format = format!("{{{{.Label \"{LABEL}\"}}}}");
    let mut names = Vec::new();
    for kind in ["container", "network", "volume"] {
        let all: &[&str] = if kind == "container" { &["--all"] } else { &[] };
        names.extend(engine.lines(&[&[kind, "ls", "--format", &format], all].concat()));
    }
    names.sort();
    names.dedup();
    for name in names {
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('x')).map(|(process, _)| process);
        let is_gone = |process: &str| {
            !process.is_empty()
                && process.bytes().all(|byte| byte.is_ascii_digit())
                && !Path::new("/proc").join(process).exists()
        };
        if process.is_some_and(is_gone) {
            engine.reap(&format!("{LABEL}={name}"));
        }
    }
}
