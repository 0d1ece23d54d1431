//! The values of secrets are nowhere: neither in what is written, nor in what is said, nor in what programs are started with.

use super::support::Project;
use super::support::canary::{Canaries, Watch};
use super::support::project::{Run, git_in, run};
use super::support::shop::{FILE, PROJECT};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const FROM_VARIABLE: &str = "Canary+7f3a/9c&e b=5%d1";
const FROM_FILE: &str = "Kanarie/2b6d+41?a c=9%e0";
const SECRET_FILE: &str = "cache.secret";
const ALL: &[&str] = &["compose", "helm", "terraform", "ansible"];

/// The head of an environment file.
const HEAD: &str = "\
apiVersion: driftless/v1
kind: Environment
name: NAME
target: compose
targets:
  compose: {}
  helm: {}
  terraform: {platform: kubernetes}
  ansible: {}
  live: {kind: compose, project: shop-live, apply: memory}
git: {repository: REMOTE, path: deploy/NAME}
components:
";

/// An environment with a Redis with two passwords on each of some targets, and with a service that is handed one on this machine.
fn environment(name: &str, targets: &[&str], remote: &Path) -> String {
    let mut text = HEAD.replace("REMOTE", &format!("\"file://{}\"", remote.display())).replace("NAME", name);
    for target in targets {
        text += &format!(
            "  on-{target}:\n    module: redis\n    target: {target}\n    with:\n      memory: 64Mi\n      \
             password: \"${{secret.from-variable}}\"\n      \
             users: {{app: {{rules: \"~app:* +@read\", password: \"${{secret.from-file}}\"}}}}\n"
        );
    }
    text += "  on-live:\n    module: service\n    target: live\n    with:\n      image: x:1\n      \
             secret_files: {/run/key: \"${secret.from-variable}\"}\n";
    text + &format!("secrets:\n  from-variable: {{env: CACHE_PASSWORD}}\n  from-file: {{file: {SECRET_FILE}}}\n")
}

/// A project with secrets, everything around it that is watched, and what it said.
struct Vault {
    project: Project,
    remote: tempfile::TempDir,
    /// Temporary files, the program that stands before git, and what that noted.
    around: tempfile::TempDir,
    canaries: Canaries,
    said: usize,
}

impl Vault {
    fn new() -> Self {
        let (remote, around) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        git_in(remote.path(), &["init", "-q", "--bare", "-b", "main"]);
        let ignored = format!("{SECRET_FILE}\nout/\n*.plan\nreport.*\n");
        let (small, whole) = (environment("dev", &["compose"], remote.path()), environment("all", ALL, remote.path()));
        let files =
            [("driftless.yaml", PROJECT), (FILE, &small), ("environments/all.yaml", &whole), (".gitignore", &ignored)];
        let project = Project::with(&files);
        project.write(SECRET_FILE, format!("{FROM_FILE}\n"));
        let canaries = Canaries::of(&[FROM_VARIABLE, FROM_FILE]);
        std::fs::create_dir(around.path().join("temporary")).unwrap();
        let vault = Self { project, remote, around, canaries, said: 0 };
        vault.stand_before_git();
        vault
    }

    /// A `git` that notes its arguments and its environment before it is the real one.
    fn stand_before_git(&self) {
        let folder = self.around.path().join("bin");
        std::fs::create_dir(&folder).unwrap();
        let real = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|at| at.join("git"))
            .find(|at| at.is_file())
            .unwrap();
        let noted = self.noted();
        let script = format!(
            "#!/bin/sh\n{{ tr '\\0' '\\n' < /proc/$$/environ; printf '%s\\n' \"$@\"; }} >> '{}'\nexec '{}' \"$@\"\n",
            noted.display(),
            real.display()
        );
        std::fs::write(folder.join("git"), script).unwrap();
        std::fs::set_permissions(folder.join("git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn noted(&self) -> PathBuf {
        self.around.path().join("noted")
    }

    fn temporary(&self) -> PathBuf {
        self.around.path().join("temporary")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        let path = format!("{}:{}", self.around.path().join("bin").display(), std::env::var("PATH").unwrap());
        command.env("CACHE_PASSWORD", FROM_VARIABLE).env("TMPDIR", self.temporary()).env("PATH", path);
        command
    }

    /// Runs the program; what it says must not hold a canary.
    #[track_caller]
    fn run(&mut self, arguments: &[&str]) -> Run {
        let ended = run(&mut self.command(arguments));
        self.listen(arguments, &ended);
        ended
    }

    #[track_caller]
    fn listen(&mut self, arguments: &[&str], ended: &Run) {
        for (stream, text) in [("standard output", &ended.out), ("standard error", &ended.err)] {
            self.canaries.assert_not_in(&format!("{stream} of {arguments:?}"), text.as_bytes());
            self.said += text.len();
        }
    }

    /// Nothing that lies anywhere holds a canary.
    #[track_caller]
    fn assert_nowhere(&self) {
        let mut git_folders = vec![self.project.at(".git"), self.remote.path().to_owned()];
        let cache = self.project.at(".driftless/git");
        let cached = std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        git_folders.extend(cached);
        assert!(git_folders.len() >= 3, "{git_folders:?}");
        for folder in git_folders {
            let bytes = self.canaries.assert_not_in_objects(&folder);
            assert!(bytes > 1000, "{} has hardly any objects", folder.display());
        }
        let files = self.canaries.assert_not_below(self.project.path(), &[self.project.at(SECRET_FILE)]);
        assert!(files > 50, "{files} files are not what a project has");
        self.canaries.assert_not_below(self.remote.path(), &[]);
        self.canaries.assert_not_below(self.around.path(), &[]);
        assert!(std::fs::metadata(self.noted()).unwrap().len() > 1000, "git was hardly started");
    }

    /// Somebody else takes our file out of the branch.
    fn by_hand(&self) {
        let clone = tempfile::tempdir().unwrap();
        git_in(clone.path(), &["clone", "-q", "-b", "driftless/dev", self.remote.path().to_str().unwrap(), "."]);
        std::fs::remove_file(clone.path().join("deploy/dev/compose/compose.yaml")).unwrap();
        git_in(
            clone.path(),
            &["-c", "user.name=Hal", "-c", "user.email=hal@shop.example", "commit", "-q", "-a", "-m", "by hand"],
        );
        git_in(clone.path(), &["push", "-q"]);
    }
}

#[test]
fn a_password_is_nowhere() {
    let mut vault = Vault::new();
    let watch = Watch::start(vault.canaries.clone(), vault.temporary(), env!("CARGO_BIN_EXE_driftless").into());
    all_that_works(&mut vault);
    all_that_fails(&mut vault);
    let seen = watch.stop();
    assert_eq!(seen.leaks, std::collections::BTreeSet::new());
    assert!(!seen.processes.is_empty(), "no process was seen");
    assert!(vault.said > 10_000, "hardly anything was said");
    vault.assert_nowhere();
}

fn all_that_works(vault: &mut Vault) {
    vault.run(&["validate", "-vv"]).expect(0);
    vault.run(&["render", "--all", "--out", "out"]).expect(0);
    vault.run(&["plan", "all", "--out", "all.plan", "--output", "json"]).expect(0);
    vault.run(&["apply", "all.plan", "--yes", "--events", "-vv"]).expect(0);
    vault.run(&["drift", "all", "--all-resources", "--output", "json"]).expect(0);
    vault
        .run(&[
            "plan",
            "dev",
            "--out",
            "saved.plan",
            "--output",
            "json",
            "--report",
            "report.json",
            "--report",
            "report.md",
            "--report",
            "report.txt",
        ])
        .expect(0);
    vault.run(&["apply", "saved.plan", "--yes", "--events", "-vv"]).expect(0);
    vault.run(&["plan", "dev", "--detailed-exitcode"]).expect(0);
    vault.run(&["drift", "dev", "--all-resources", "--output", "json"]).expect(0);
    vault.by_hand();
    vault.run(&["drift", "dev", "--output", "markdown", "--report", "report.json"]).expect(2);
    vault.run(&["apply", "dev", "--yes", "-vv"]).expect(0);
    vault.run(&["set", "dev", "on-compose.memory=128Mi"]).expect(0);
    vault.project.commit("more memory");
    vault.run(&["diff", "dev", "--from", "HEAD~1", "--to", "HEAD"]).expect(2);
    vault.project.edit(FILE, "memory: 128Mi", "memory: 64Mi");
    vault.project.commit("less memory");
    vault.run(&["rollback", "dev", "--yes"]).expect(0);
    for command in [
        &["status"][..],
        &["history", "dev"],
        &["history", "dev", "--output", "json"],
        &["doctor"],
        &["module", "show", "redis"],
    ] {
        vault.run(command);
    }
}

fn all_that_fails(vault: &mut Vault) {
    let good = vault.project.read(FILE);
    // A wrong type, beside a secret and in its place, and a secret that nobody declares.
    for (from, to) in [
        ("memory: 64Mi", "memory: [lots]"),
        ("password: \"${secret.from-variable}\"", "password: {a: b}"),
        ("password: \"${secret.from-variable}\"", "password: \"${secret.other}\""),
        ("memory: 64Mi", "memory: \"${secret.from-variable}\""),
        ("{env: CACHE_PASSWORD}", "{env: [CACHE_PASSWORD]}"),
    ] {
        vault.project.edit(FILE, from, to);
        for command in [
            &["validate", "dev"][..],
            &["validate", "dev", "--output", "json"],
            &["plan", "dev"],
            &["apply", "dev", "--yes"],
            &["drift", "dev"],
        ] {
            vault.run(command).expect(1);
        }
        vault.project.write(FILE, &good);
    }
    vault.by_hand();
    // A remote that refuses, and says what it knows; one that is not there.
    let hook = vault.remote.path().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\nenv >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    vault.run(&["apply", "dev", "--yes", "--events"]).expect(1);
    std::fs::remove_file(&hook).unwrap();
    let away = vault.remote.path().with_extension("away");
    std::fs::rename(vault.remote.path(), &away).unwrap();
    vault.run(&["plan", "dev"]).expect(3);
    vault.run(&["drift", "dev"]).expect(3);
    vault.run(&["apply", "dev", "--yes"]).expect(3);
    std::fs::rename(&away, vault.remote.path()).unwrap();
    // A source that is not there: what is only written to Git does not need it, and nothing else says it.
    let mut command = vault.command(&["apply", "dev", "--yes"]);
    let ended = run(command.env_remove("CACHE_PASSWORD"));
    vault.listen(&["apply without its sources"], &ended);
    vault.run(&["apply", "dev", "--yes"]).expect(0);
    vault.run(&["destroy", "dev", "--yes", "--delete-data"]).expect(0);
}

/// A password that somebody wrote into the file itself is not repeated.
#[test]
fn a_password_in_the_environment_file_is_not_repeated() {
    let vault = Vault::new();
    let good = vault.project.read(FILE);
    for wrong in ["password: 'CANARY'", "password: ['CANARY']", "password: {value: 'CANARY'}"] {
        let text = good.replacen("password: \"${secret.from-variable}\"", &wrong.replace("CANARY", FROM_VARIABLE), 1);
        vault.project.write(FILE, text);
        for command in [
            &["validate", "dev"][..],
            &["validate", "dev", "--output", "json"],
            &["validate", "dev", "--output", "github"],
            &["plan", "dev"],
        ] {
            let ended = vault.project.run(command);
            assert_ne!((wrong, ended.code), (wrong, Some(0)), "{}", ended.out);
            vault.canaries.assert_not_in(wrong, ended.out.as_bytes());
            vault.canaries.assert_not_in(wrong, ended.err.as_bytes());
        }
    }
}
