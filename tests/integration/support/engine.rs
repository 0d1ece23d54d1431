//! A Docker engine to test on: one of today that the tests of a process share, the oldest that is supported, and engines of a
//! test's own, to be restarted and broken. None is the machine's: `tests/tools/engine.sh` starts and ends them, and they end with
//! the process that started them, however it ends. `DRIFTLESS_TEST_DOCKER` names another engine to use as the shared one.

mod image;
mod project;
mod supervisor;

use super::tools;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use project::Project;
use supervisor::Supervisor;

/// An engine that answers.
pub struct Engine {
    host: String,
    commands: PathBuf,
    /// The first two numbers of the addresses that tests may name.
    subnets: (u8, u8),
    named: AtomicUsize,
    supervisor: Option<Supervisor>,
}

impl Engine {
    /// The engine of today, with the Compose of today. It is shared by all tests of this process: what a test makes on it bears a
    /// name of its own ([`Self::project`]), and nobody restarts it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Engine> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var("DRIFTLESS_TEST_DOCKER") {
            Ok(host) => Self::at(&host),
            Err(_) => Self::own(&[]),
        })
    }

    /// The oldest engine that is supported, with the oldest Compose: shared as well.
    pub fn oldest() -> &'static Self {
        static OLDEST: OnceLock<Engine> = OnceLock::new();
        OLDEST.get_or_init(|| Self::own(&["--oldest"]))
    }

    /// An engine for one test, which ends when it is dropped. The options are those of `engine.sh`.
    pub fn own(options: &[&str]) -> Self {
        let commands = tools::folder();
        let commands = if options.contains(&"--oldest") { tools::beside("oldest/bin") } else { commands.to_owned() };
        let supervisor = Supervisor::start(options);
        let subnets = supervisor.subnets();
        Self { host: supervisor.host(), commands, subnets, named: AtomicUsize::new(0), supervisor: Some(supervisor) }
    }

    /// An engine that somebody else runs. What tests of processes that are gone left on it is removed.
    pub fn at(host: &str) -> Self {
        let commands = tools::folder().to_owned();
        let named = AtomicUsize::new(0);
        let engine = Self { host: host.to_owned(), commands, subnets: (10, 199), named, supervisor: None };
        project::reap_of_the_gone(&engine);
        engine
    }

    /// What `DOCKER_HOST` must be.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Lets a command use this engine: its address, and its `docker` and `docker-compose` before all others.
    pub fn lend<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.commands.clone()).chain(std::env::split_paths(&path));
        command.env("DOCKER_HOST", &self.host).env("PATH", std::env::join_paths(folders).unwrap());
        command.env_remove("DOCKER_CONTEXT").env_remove("DOCKER_CONFIG").env_remove("DOCKER_API_VERSION")
    }

    /// `docker` on this engine, ready to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.commands.join("docker"));
        self.lend(&mut command).args(arguments).stdin(std::process::Stdio::null());
        command
    }

    /// What `docker` prints on this engine; it must succeed.
    #[track_caller]
    pub fn docker(&self, arguments: &[&str]) -> String {
        tools::succeed(&mut self.command(arguments)).trim_end().to_owned()
    }

    /// What `docker compose` prints in a folder; it must succeed.
    #[track_caller]
    pub fn compose(&self, at: &Path, arguments: &[&str]) -> String {
        let mut command = self.command(&["compose"]);
        tools::succeed(command.args(arguments).current_dir(at))
    }

    /// What the engine knows of a container, a network, a volume or an image.
    #[track_caller]
    pub fn inspect(&self, name: &str) -> Json {
        let printed = self.docker(&["inspect", name]);
        let mut all: Vec<Json> = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
        assert_eq!(all.len(), 1, "{name}: {printed}");
        all.remove(0)
    }

    /// The lines that `docker` prints.
    #[track_caller]
    pub fn lines(&self, arguments: &[&str]) -> Vec<String> {
        self.docker(arguments).lines().map(str::to_owned).collect()
    }

    /// A subnet of 14 addresses that nobody else names: `10.200.128.16/28`.
    pub fn subnet(&self) -> String {
        let number = self.named.fetch_add(1, Ordering::SeqCst);
        assert!(number < 2048, "this engine has no more subnets");
        format!("{}.{}.{}.{}/28", self.subnets.0, self.subnets.1, 128 + number / 16, number % 16 * 16)
    }

    /// What Compose is to call a project of this test; all of it is removed when the project is dropped.
    pub fn project(&self, name: &str) -> Project<'_> {
        Project::new(self, name)
    }

    /// Ends the engine as its service would, its containers with it unless it was started with `--live-restore`, and starts it.
    pub fn restart(&self) {
        self.supervisor().say("restart");
    }

    /// Kills the engine and starts it. Without `--live-restore` it ends the containers that ran on.
    pub fn crash(&self) {
        self.supervisor().say("crash");
    }

    /// Kills the engine; its containers run on.
    pub fn kill(&self) {
        self.supervisor().say("kill");
    }

    /// Starts the engine that was killed.
    pub fn start(&self) {
        self.supervisor().say("start");
    }

    /// The folder that holds all that it has.
    pub fn folder(&self) -> &Path {
        self.supervisor().folder()
    }

    /// A command among the engine's processes, whose ids are the ones that the engine tells: `kill -STOP 114`.
    pub fn inside(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.supervisor().id().to_string(), "--pid", "--mount", "--"]).args(arguments);
        command
    }

    /// Whoever holds the engine.
    pub fn supervisor(&self) -> &Supervisor {
        self.supervisor.as_ref().unwrap_or_else(|| panic!("{} is not ours to restart or to look into", self.host))
    }
}
