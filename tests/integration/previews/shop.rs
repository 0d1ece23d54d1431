//! A project with previews, and the operations that the commands stand on, with a clock that stands still.

use super::place::Place;
use crate::support::project::run;
use crate::support::{Project, Run};
use driftless::event::Silent;
use driftless::exec::Options;
use driftless::ops::preview::up::Told;
use driftless::ops::preview::{down, list, reap, up};
use driftless::ops::{self, OpsError, World};
use driftless::sys::{FixedClock, FixedVariables};
use serde_json::Value as Json;
use std::sync::Arc;

/// The seconds since 1970 at which every scenario begins.
pub const START: i64 = 1_900_000_000;
/// How long a preview lives.
pub const TTL: i64 = 3_600;
/// The file of the environment.
pub const FILE: &str = "environments/dev.yaml";

/// A project on a place.
pub struct Shop<'p> {
    /// The project.
    pub project: Project,
    /// Where it runs.
    pub place: &'p dyn Place,
    clock: Arc<FixedClock>,
}

fn environment(place: &dyn Place, max: u32) -> String {
    format!(
        "apiVersion: driftless/v1\nkind: Environment\ntarget: compose\ntargets:\n  compose: {{{}, project: {}-dev}}\ncomponents:\n  \
         api:\n    module: service\n    with:\n      image: api:1\n      ports: {{http: {{port: 8080, expose: {{node: {}}}}}}}\n      volumes: \
         {{data: {{path: /data}}}}\npreview: {{target: compose, ttl: {TTL}s, max: {max}, url: \"https://pr-${{preview.number}}.x\", with: {{api: {{env: \
         {{BRANCH: \"b-${{preview.branch}}\"}}}}}}}}\n",
        place.target(),
        place.name(),
        place.port()
    )
}

impl<'p> Shop<'p> {
    /// The environment `dev`, applied.
    pub fn new(place: &'p dyn Place, max: u32) -> Self {
        let files = [
            ("driftless.yaml", format!("apiVersion: driftless/v1\nkind: Project\nname: {}\n", place.name())),
            (FILE, environment(place, max)),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let shop = Self { project: Project::with(&files), place, clock: Arc::new(FixedClock::at(START)) };
        shop.run(&["apply", "dev", "--yes"]).expect(0);
        shop
    }

    /// Runs the program where it finds the place.
    pub fn run(&self, arguments: &[&str]) -> Run {
        run(self.project.command(arguments).envs(self.place.variables()))
    }

    /// The mark of an environment.
    pub fn owner(&self, environment: &str) -> String {
        format!("{}/{environment}", self.place.name())
    }

    /// Sets the clock to so many seconds after the start.
    pub fn at(&self, seconds: i64) {
        self.clock.set(START + seconds);
    }

    /// The commit of the work tree.
    pub fn commit(&self) -> String {
        self.project.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn go<T>(&self, work: impl AsyncFnOnce(&ops::Project, &World<'_>) -> Result<T, OpsError>) -> Result<T, OpsError> {
        let (_keep, cancelled) = tokio::sync::watch::channel(false);
        let clock: Arc<dyn driftless::sys::Clock> = Arc::<FixedClock>::clone(&self.clock);
        let world =
            World { clock, variables: Arc::new(FixedVariables(self.place.variables())), events: &Silent, cancelled };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let project = ops::Project::open(self.project.path())?;
            work(&project, &world).await
        })
    }

    /// Brings a preview up: its report and exit code.
    pub fn try_up(&self, number: u32, branch: Option<&str>, sha: Option<&str>) -> Result<(Json, u8), OpsError> {
        self.go(async |project, world| {
            let told = Told { base: "dev", number, branch, sha };
            let prepared = up::prepare(project, world, &told).await?;
            let report = up::run(world, &prepared, &Options::default()).await?;
            Ok((serde_json::to_value(&report).unwrap(), report.exit_code()))
        })
    }

    /// Brings a preview up; it must succeed.
    #[track_caller]
    pub fn up(&self, number: u32) -> Json {
        let (report, code) = self.try_up(number, Some("feature"), None).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(code, 0, "{report:#}");
        report
    }

    /// Takes a preview down: its report and exit code.
    #[track_caller]
    pub fn down(&self, number: u32) -> (Json, u8) {
        let done = self.go(async |project, world| {
            let going = down::prepare(project, world, "dev", number).await?;
            let report = down::run(project, world, &going, &Options::default()).await?;
            Ok((serde_json::to_value(&report).unwrap(), report.exit_code()))
        });
        done.unwrap_or_else(|error| panic!("{error}"))
    }

    /// All previews: the report and its exit code.
    #[track_caller]
    pub fn list(&self) -> (Json, u8) {
        let done = self.go(async |project, world| {
            let report = list::list(project, world, &[]).await?;
            Ok((serde_json::to_value(&report).unwrap(), report.exit_code()))
        });
        done.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Takes away what is over: the report and its exit code.
    #[track_caller]
    pub fn reap(&self) -> (Json, u8) {
        let done = self.go(async |project, world| {
            let reaping = reap::prepare(project, world, &[], 10).await?;
            let report = reap::run(project, world, reaping, &Options::default()).await;
            Ok((serde_json::to_value(&report).unwrap(), report.exit_code()))
        });
        done.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The environments of the project whose mark something bears, seen from outside.
    pub fn owners(&self) -> Vec<String> {
        let prefix = self.owner("");
        let own = |owner: String| owner.strip_prefix(&prefix).map(str::to_owned);
        self.place.marked(&self.project).into_keys().filter_map(own).collect()
    }

    /// The base environment, exactly.
    pub fn base(&self) -> String {
        let base = self.place.exactly(&self.project, &self.owner("dev"));
        assert!(!base.is_empty());
        base
    }
}
