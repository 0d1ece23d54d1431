//! `doctor`: what this machine and project lack, before it matters.

use super::environment::compile_files;
use super::project::Project;
use super::world::World;
use crate::backend::{Need, table};
use crate::model::Scope;
use crate::render::targets;
use crate::state::StateStore as _;
use crate::state::fs::FsStore;
use crate::sys::process::{Invocation, run};
use serde::Serialize;
use std::path::Path;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// Something will not work as well as it could.
    Warning,
    /// Something will not work.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What.
    pub subject: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct DoctorReport {
    /// `1.0`.
    pub format_version: &'static str,
    /// `Doctor`.
    pub kind: &'static str,
    /// The version of driftless.
    pub tool_version: &'static str,
    /// What was looked at.
    pub checks: Vec<Check>,
}

/// Looks at the machine, and at the project where there is one.
pub async fn doctor(project: Option<&Project>, world: &World<'_>) -> DoctorReport {
    let folder = project.map_or_else(|| Path::new("."), |project| project.root.as_path());
    let mut checks = vec![git_program(folder)];
    checks.extend(targets().iter().map(|target| tool(folder, target.kind())));
    if let Some(project) = project {
        checks.push(repository(project));
        checks.push(identity(project, world));
        checks.push(state(project).await);
        checks.push(environments(project));
        checks.extend(needs(project, world).await);
    }
    DoctorReport { format_version: "1.0", kind: "Doctor", tool_version: env!("CARGO_PKG_VERSION"), checks }
}

fn check(subject: &'static str, level: Level, message: impl Into<String>) -> Check {
    Check { subject, level, message: message.into(), help: None }
}

fn version(folder: &Path, program: &str, arguments: &[&str]) -> Option<String> {
    let finished = run(&Invocation::new(program, arguments.iter().copied(), folder)).ok()?;
    let text = String::from_utf8_lossy(&finished.output).lines().next()?.trim().to_owned();
    (finished.success() && !text.is_empty()).then_some(text)
}

fn git_program(folder: &Path) -> Check {
    match version(folder, "git", &["--version"]) {
        Some(version) => check("git", Level::Good, version),
        None => Check {
            help: Some("install git: it fetches, pushes, and says who wrote a line".into()),
            ..check("git", Level::Error, "there is no git program on the PATH")
        },
    }
}

/// The tool that reads what a target renders: needed by whoever applies it, not by driftless.
fn tool(folder: &Path, kind: &'static str) -> Check {
    let (program, arguments): (&str, &[&str]) = match kind {
        "compose" => ("docker", &["compose", "version"]),
        "helm" => ("helm", &["version", "--short"]),
        "terraform" => ("terraform", &["version"]),
        _ => ("ansible-playbook", &["--version"]),
    };
    match version(folder, program, arguments) {
        Some(version) => check(kind, Level::Good, version),
        None => Check {
            help: Some("rendering and `apply: git` do not need it".into()),
            ..check(kind, Level::Note, format!("`{program}` is not on the PATH or does not run"))
        },
    }
}

fn repository(project: &Project) -> Check {
    match project.repository() {
        Ok(Some(repository)) if repository.is_shallow() => Check {
            help: Some("fetch all of it (`git fetch --unshallow`, or fetch-depth: 0 in CI)".into()),
            ..check("repository", Level::Warning, "history is cut off: reports cannot say who wrote a line")
        },
        Ok(Some(repository)) => match repository.head() {
            Ok(Some(commit)) => {
                check("repository", Level::Good, format!("at commit {}", commit.get(..12).unwrap_or(&commit)))
            }
            Ok(None) => check("repository", Level::Note, "nothing is committed yet"),
            Err(error) => check("repository", Level::Error, error.to_string()),
        },
        Ok(None) => Check {
            help: Some("`git init`: plans then carry a commit, and `apply: git` has somewhere to write".into()),
            ..check("repository", Level::Warning, "the project lies in no Git repository")
        },
        Err(error) => check("repository", Level::Error, error.to_string()),
    }
}

fn identity(project: &Project, world: &World<'_>) -> Check {
    match world.who(project) {
        Ok(who) if who.contains('@') => check("identity", Level::Good, who),
        Ok(who) => Check {
            help: Some("`git config user.name` and `user.email`: commits and the history say who applied".into()),
            ..check("identity", Level::Warning, format!("commits will say `{who}`"))
        },
        Err(error) => check("identity", Level::Error, error.to_string()),
    }
}

async fn state(project: &Project) -> Check {
    let store = FsStore::new(&project.local_folder());
    if !store.was_written() {
        return Check {
            help: Some(
                "with `apply: git` the branch remembers what was applied; history and rollback need the state".into(),
            ),
            ..check(
                "state",
                Level::Note,
                format!("{} is local and empty: nothing was applied from this checkout", project.settings.state.path),
            )
        };
    }
    match store.lineage().await {
        Ok(lineage) => {
            check("state", Level::Good, format!("{} ({})", project.settings.state.path, lineage.unwrap_or_default()))
        }
        Err(error) => check("state", Level::Error, error.to_string()),
    }
}

/// What applying needs where an environment says so: what is wrong with its file is for `validate` to say.
async fn needs(project: &Project, world: &World<'_>) -> Vec<Check> {
    let names = super::environment::names(&project.files).unwrap_or_default();
    let compiled = names.iter().filter_map(|name| compile_files(project, name).ok());
    let instances: Vec<_> = compiled.flat_map(|compiled| Scope::of(&compiled.model).instances()).collect();
    let needs = table::needs(&instances, &super::look::surroundings(project, world)).await;
    let check = |need: Need| match need.found {
        Ok(found) => check(need.subject, Level::Good, found),
        Err(error) => Check { help: error.help, ..check(need.subject, Level::Error, error.message) },
    };
    needs.into_iter().map(check).collect()
}

fn environments(project: &Project) -> Check {
    match super::environment::names(&project.files) {
        Ok(names) if names.is_empty() => Check {
            help: Some("`driftless init` shows what one looks like".into()),
            ..check("environments", Level::Warning, "there is none in environments/")
        },
        Ok(names) => check("environments", Level::Good, names.join(", ")),
        Err(error) => check("environments", Level::Error, error.to_string()),
    }
}
