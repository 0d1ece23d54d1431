//! `driftless demo`: the whole loop in a folder of its own, with the very commands that a user runs.

use super::arguments::{Arguments, Demo, DemoBackend};
use super::session::Session;
use crate::compile::MAX_FILE_BYTES;
use crate::ops::{OpsError, init};
use crate::report::{Style, Text, exit};
use crate::sys::file;
use crate::sys::process::{Invocation, run as run_program};
use clap::Parser as _;
use std::path::{Path, PathBuf};

/// The branch and the file of the demo's own project.
const BRANCH: &str = "driftless/shop";
const ARTIFACT: &str = "deploy/shop/compose/compose.yaml";

/// Shows the whole loop.
///
/// # Errors
/// When git (or docker) is missing, the folder is not empty, or a step does not end as it should.
pub fn run(session: &Session, arguments: &Demo) -> Result<u8, OpsError> {
    let folder = folder(session, arguments.folder.as_deref())?;
    let show = Show { session, folder: &folder };
    match arguments.backend {
        DemoBackend::Git => on_git(&show)?,
        DemoBackend::Docker => on_docker(&show)?,
    }
    Ok(exit::DONE)
}

fn on_git(show: &Show<'_>) -> Result<(), OpsError> {
    show.title("A project: a Redis cluster and two services, one environment file over a base");
    show.scaffold("templates/demo", "The shop")?;
    show.step("validate shop", exit::DONE)?;
    show.title("Four targets from one file");
    show.step("render shop --target compose --target helm --target terraform --target ansible --out out", exit::DONE)?;
    show.title("What an apply would do, and the apply: a commit on a branch that Argo CD, Flux or a person follows");
    show.step("plan shop", exit::DONE)?;
    show.step("apply shop --yes --quiet", exit::DONE)?;
    show.step("drift shop", exit::DONE)?;
    show.title("Somebody edits what was applied, behind our back");
    tamper(show)?;
    show.title("The drift, with the line of Git that it contradicts");
    show.step("drift shop", exit::CHANGES)?;
    show.title("Healed, and nothing is left to do");
    show.step("apply shop --yes --quiet", exit::DONE)?;
    show.step("plan shop --detailed-exitcode", exit::DONE)?;
    show.close("driftless explain shop 'git:deploy/shop/compose/compose.yaml#services.cache-0'");
    Ok(())
}

/// What stays is told at the end, with the command that takes it away.
fn on_docker(show: &Show<'_>) -> Result<(), OpsError> {
    // Before anything is written: an engine that does not answer would be a gap in every later step.
    show.program("docker", &["DOCKER_*"], &["version"])?;
    show.title("A project: a Redis cluster of six containers");
    show.scaffold("templates/demo-docker", "The cache")?;
    show.step("validate cache", exit::DONE)?;
    show.title("The cluster comes up on the Docker Engine, and nothing is left to do");
    show.step("apply cache --yes", exit::DONE)?;
    show.step("plan cache --detailed-exitcode", exit::DONE)?;
    show.step("drift cache", exit::DONE)?;
    show.title("Somebody gives one container more memory, and stops another one");
    let container = |number: u32| format!("demo-cache-cache-{number}-1");
    show.docker(&["update", "--memory", "96m", "--memory-swap", "96m", &container(1)])?;
    show.docker(&["stop", &container(2)])?;
    show.title("The drift, with the line of Git that it contradicts");
    show.step("drift cache", exit::CHANGES)?;
    show.title("Healed in place: no other container was touched");
    show.step("apply cache --yes --quiet", exit::DONE)?;
    show.step("drift cache", exit::DONE)?;
    show.close("driftless destroy cache --delete-data");
    Ok(())
}

fn folder(session: &Session, directory: Option<&Path>) -> Result<PathBuf, OpsError> {
    let failed = |path: &Path, error: &std::io::Error| OpsError::File {
        action: "make",
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let Some(directory) = directory else {
        let made = file::make_temporary_folder("driftless-demo-");
        return made.map_err(|error| failed(Path::new("a temporary folder"), &error));
    };
    let path = session.path(directory);
    file::make_folder(&path).map_err(|error| failed(&path, &error))?;
    let empty = file::list(&path).map_err(|error| failed(&path, &error))?.is_empty();
    if empty {
        // The steps work there, where a relative path would lead elsewhere.
        file::real(&path).map_err(|error| failed(&path, &error))
    } else {
        Err(OpsError::refused(format!("{} is not empty", path.display()), "name another folder, or none"))
    }
}

/// Changes the memory limit of one node on the branch, as somebody else, in a work tree that is removed again.
fn tamper(show: &Show<'_>) -> Result<(), OpsError> {
    let elsewhere = show.folder.join(".git").join("elsewhere");
    let path = elsewhere.to_string_lossy().into_owned();
    show.git(&["worktree", "add", "--quiet", &path, BRANCH])?;
    let artifact = elsewhere.join(ARTIFACT);
    let failed =
        |error: std::io::Error| OpsError::File { action: "edit", path: ARTIFACT.into(), reason: error.to_string() };
    let bytes = file::read(&artifact, MAX_FILE_BYTES).map_err(failed)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let edited = text.replacen("maxmemory-policy allkeys-lru", "maxmemory-policy noeviction", 1);
    file::write_artifact(&artifact, edited.as_bytes(), false).map_err(failed)?;
    let message = "quick fix at 03:00";
    show.git(&[
        "-C",
        &path,
        "-c",
        "user.name=Hal Hand",
        "-c",
        "user.email=hal@shop.example",
        "commit",
        "--quiet",
        "--all",
        "--message",
        message,
    ])?;
    show.git(&["worktree", "remove", "--force", &path])
}

struct Show<'a> {
    session: &'a Session,
    folder: &'a Path,
}

impl Show<'_> {
    fn title(&self, title: &str) {
        let mut text = Text::default();
        text.end().push(Style::Heading, format!("# {title}")).end();
        self.session.terminal.styled(&text);
    }

    /// Runs a command of driftless as a user would, and insists on how it ends.
    fn step(&self, command: &str, expected: u8) -> Result<(), OpsError> {
        let mut text = Text::default();
        text.push(Style::Faint, "$ ").push(Style::Command, format!("driftless {command}")).end();
        self.session.terminal.styled(&text);
        let words = ["driftless"].into_iter().chain(command.split(' '));
        let parsed = Arguments::try_parse_from(words)
            .map_err(|error| OpsError::refused(error.to_string(), "please report this"))?;
        let mut arguments = parsed;
        arguments.global.directory = Some(self.folder.to_owned());
        arguments.global.color = self.session.global.color;
        arguments.global.quiet |= self.session.global.quiet;
        let code = super::run(arguments);
        if code == expected {
            return Ok(());
        }
        Err(OpsError::refused(
            format!("`driftless {command}` ended with {code} and not with {expected}"),
            format!("look into {}", self.folder.display()),
        ))
    }

    /// A project in a repository, committed.
    fn scaffold(&self, name: &str, message: &str) -> Result<(), OpsError> {
        init::scaffold(self.folder, name)?;
        self.git(&["init", "--quiet", "--initial-branch", "main"])?;
        self.git(&["add", "--all"])?;
        let author = ["-c", "user.name=Ann Author", "-c", "user.email=ann@shop.example"];
        self.git(&[author.as_slice(), &["commit", "--quiet", "--message", message]].concat())
    }

    fn git(&self, arguments: &[&str]) -> Result<(), OpsError> {
        self.program("git", &[], arguments)
    }

    /// As somebody at the terminal would, who has no driftless.
    fn docker(&self, arguments: &[&str]) -> Result<(), OpsError> {
        let mut text = Text::default();
        text.push(Style::Faint, "$ ").push(Style::Command, format!("docker {}", arguments.join(" "))).end();
        self.session.terminal.styled(&text);
        self.program("docker", &["DOCKER_*"], arguments)
    }

    fn program(&self, name: &str, inherit: &[&str], arguments: &[&str]) -> Result<(), OpsError> {
        let invocation = Invocation { inherit, ..Invocation::new(name, arguments.iter().copied(), self.folder) };
        let finished = run_program(&invocation)
            .map_err(|error| OpsError::refused(error.to_string(), format!("the demo needs {name}")))?;
        if finished.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&finished.error);
        Err(OpsError::refused(
            format!("{name} {}: {}", arguments.first().unwrap_or(&""), said.trim()),
            format!("the demo needs a {name} that works"),
        ))
    }

    fn close(&self, next: &str) {
        let mut text = Text::default();
        text.end().push(Style::Good, "That was the whole loop. ").push(Style::Plain, "The project is in ");
        text.push(Style::Place, self.folder.display().to_string()).push(Style::Plain, ".").end();
        text.push(Style::Plain, "Try there: ").push(Style::Command, next).end();
        text.push(Style::Plain, "Or your own: ").push(Style::Command, "driftless init my-project").end();
        self.session.terminal.styled(&text);
    }
}
