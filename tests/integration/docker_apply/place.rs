//! A project whose environment is applied to an engine.

use super::support::Project;
use super::support::engine::{self, Engine};
use super::support::project::{Run, run};
use super::support::tools;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// The file of the environment.
pub const FILE: &str = "environments/dev.yaml";

/// The image of every container here.
pub const IMAGE: &str = "local/docker-apply:1";

/// What the secret is.
pub const SECRET: &str = "canary-of-the-engine-5Kq";

/// Two services, of which one has two replicas and a health check and comes after the other, and a job that comes last.
const ENVIRONMENT: &str = r#"apiVersion: driftless/v1
kind: Environment
name: dev
target: compose
targets:
  compose: {apply: docker, project: PROJECT}
secrets:
  app: {env: APP_SECRET}
components:
  api:
    module: service
    with:
      image: IMAGE
      command: [sh, -c, "trap exit TERM; while :; do sleep 1; done"]
      env: {LOG_LEVEL: info, PASSWORD: "${secret.app}"}
      ports: {http: {port: 80, expose: node}}
      files: {conf: {path: /etc/app.conf, content: "a 1\nb 2\n", format: lines, effect: runtime}}
      volumes: {data: {path: /var/data}}
      resources: {memory: {request: 16Mi, limit: 64Mi}}
  web:
    module: service
    with:
      image: IMAGE
      command: [redis-server, --save, ""]
      replicas: 2
      needs: {api: started}
      probes: {readiness: {exec: [redis-cli, ping], interval: 1s}}
  init:
    module: job
    with:
      image: IMAGE
      command: [sh, -c, "echo done"]
      needs: {web: healthy}
"#;

/// A project, and what it is on the engine.
pub struct Place<'engine> {
    pub engine: &'engine Engine,
    pub name: engine::Project<'engine>,
    pub project: Project,
}

/// What a container is: its identifier and when it was started.
pub type Containers = BTreeMap<String, (String, String)>;

impl<'engine> Place<'engine> {
    /// A project that is not applied yet.
    pub fn new(engine: &'engine Engine) -> Self {
        Self::with(engine, ENVIRONMENT)
    }

    /// A project of an environment.
    pub fn with(engine: &'engine Engine, environment: &str) -> Self {
        have_image(engine);
        let name = engine.project("apply");
        let text = environment.replace("PROJECT", name.name()).replace("IMAGE", IMAGE);
        // Another project's mark would be ours, too.
        let settings = format!("apiVersion: driftless/v1\nkind: Project\nname: {}\n", name.name());
        let files = [("driftless.yaml", settings.as_str()), (".gitignore", ".driftless/\n"), (FILE, text.as_str())];
        Self { engine, project: Project::with(&files), name }
    }

    /// A project that is applied.
    pub fn applied(engine: &'engine Engine) -> Self {
        let place = Self::new(engine);
        place.run(&["apply", "dev", "--yes"]).expect(0);
        place
    }

    /// The program with this engine, ready to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        self.engine.lend(&mut command).env("APP_SECRET", SECRET);
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Run {
        run(&mut self.command(arguments))
    }

    /// What a container, network or volume is called.
    pub fn called(&self, name: &str) -> String {
        let separator = if matches!(name, "dev" | "api-data") { "_" } else { "-" };
        format!("{}{separator}{name}", self.name.name())
    }

    /// Runs `docker`, with `PROJECT` for the name of the project.
    #[track_caller]
    pub fn docker(&self, line: &str) -> String {
        let line = line.replace("PROJECT", self.name.name());
        self.engine.docker(&line.split(' ').collect::<Vec<_>>())
    }

    /// The containers of the project, by what they are called without it.
    pub fn containers(&self) -> Containers {
        let filter = format!("label=com.docker.compose.project={}", self.name.name());
        let ids = self.engine.lines(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]);
        let one = |id: String| {
            let seen = self.engine.inspect(&id);
            let text = |json: &Json| json.as_str().unwrap().to_owned();
            let name = text(&seen["Name"]).replacen(&format!("/{}-", self.name.name()), "", 1);
            (name, (id, text(&seen["State"]["StartedAt"])))
        };
        ids.into_iter().map(one).collect()
    }

    /// Asserts that there is nothing to do and nothing has drifted.
    #[track_caller]
    pub fn assert_in_sync(&self) {
        self.run(&["plan", "dev", "--detailed-exitcode"]).expect(0);
        self.run(&["drift", "dev"]).expect(0);
    }

    /// Asserts that `docker compose up` by hand, in the folder of the rendered file, does nothing to what runs. A job that has ended it runs
    /// again, in the same container.
    #[track_caller]
    pub fn assert_as_compose_has_it(&self) {
        let folder = self.project.at(".driftless/run/dev/compose");
        let without_job = |mut containers: Containers| {
            containers.remove("init-1");
            containers
        };
        let before = without_job(self.containers());
        for compose in [tools::beside("oldest/bin"), tools::folder().to_owned()] {
            let mut up = Command::new(compose.join("docker-compose"));
            self.engine.lend(&mut up).args(["up", "--detach"]).current_dir(&folder).env("APP", SECRET);
            tools::succeed(&mut up);
            assert_eq!(without_job(self.containers()), before, "{}", compose.display());
        }
    }
}

/// Makes the image once on each engine: made again it is another one, and the tag of what runs has moved.
fn have_image(engine: &Engine) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if !engine.command(&["image", "inspect", IMAGE]).output().unwrap().status.success() {
        engine.image(IMAGE, &["ENV PATH=/usr/local/bin:/usr/bin:/bin"]);
    }
}

/// What each change of a plan does, by address.
pub fn actions(run: &Run) -> BTreeMap<String, String> {
    let plan = run.json();
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    let changes = plan["changes"].as_array().unwrap().iter().filter(|change| change["action"] != "keep");
    changes.map(|change| (text(&change["address"]), text(&change["action"]))).collect()
}
