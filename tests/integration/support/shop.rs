//! A small environment on two target instances, the place that its branch lies in, and somebody who edits that branch by hand.

use super::project::{Project, git_in};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The project file.
pub const PROJECT: &str = "apiVersion: driftless/v1\nkind: Project\nname: shop\n";

/// The environment file; `GIT` stands for where the branch lies.
const ENVIRONMENT: &str = "\
apiVersion: driftless/v1
kind: Environment
name: dev
target: compose
targets:
  compose: {}
  edge: {kind: compose, project: shop-edge}
GIT
components:
  api:
    module: service
    with:
      image: ghcr.io/shop/api:1.4.2
      env:
        LOG_LEVEL: info
        GREETING: hello
  worker:
    module: service
    target: edge
    with:
      image: ghcr.io/shop/worker:2.0.0
";

/// Where the environment file lies.
pub const FILE: &str = "environments/dev.yaml";
/// The branch.
pub const BRANCH: &str = "driftless/dev";
/// The rendered file of the first instance, in the branch.
pub const API: &str = "deploy/dev/compose/compose.yaml";
/// That of the second.
pub const WORKER: &str = "deploy/dev/edge/compose.yaml";
/// What says which files are ours.
pub const MANIFEST: &str = "deploy/dev/.driftless-manifest";

/// Where the branch lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the project's own repository.
    Here,
    /// In another repository with a work tree, named by its path.
    Folder,
    /// In a bare repository, named by a `file://` address.
    Remote,
}

/// A project, and the repository that its branch lies in.
pub struct Shop {
    /// The project.
    pub project: Project,
    elsewhere: Option<tempfile::TempDir>,
}

/// What a branch holds: mode and content by path.
pub type Branch = BTreeMap<String, (String, String)>;

impl Shop {
    /// A project that nothing was applied of.
    pub fn new(place: Place) -> Self {
        let elsewhere = (place != Place::Here).then(|| tempfile::tempdir().unwrap());
        let address = elsewhere.as_ref().map(|folder| folder.path().display().to_string());
        let repository = match (place, &elsewhere) {
            (Place::Folder, Some(folder)) => {
                git_in(folder.path(), &["init", "-q", "-b", "main"]);
                git_in(
                    folder.path(),
                    &[
                        "-c",
                        "user.name=Ops",
                        "-c",
                        "user.email=ops@shop.example",
                        "commit",
                        "-q",
                        "--allow-empty",
                        "-m",
                        "start",
                    ],
                );
                address.unwrap()
            }
            (Place::Remote, Some(folder)) => {
                git_in(folder.path(), &["init", "-q", "--bare", "-b", "main"]);
                format!("file://{}", address.unwrap())
            }
            _ => ".".to_owned(),
        };
        let git = format!("git: {{repository: {}, path: deploy/dev}}", json!(repository));
        let project = Project::with(&[("driftless.yaml", PROJECT), (FILE, &ENVIRONMENT.replace("GIT", &git))]);
        Self { project, elsewhere }
    }

    /// A project whose environment was applied.
    pub fn applied(place: Place) -> Self {
        let shop = Self::new(place);
        shop.project.run(&["apply", "dev", "--yes"]).expect(0);
        shop
    }

    /// The repository that has the branch.
    pub fn repository(&self) -> PathBuf {
        self.elsewhere.as_ref().map_or(self.project.path(), |folder| folder.path()).to_owned()
    }

    /// What a git command prints in the repository that has the branch.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        git_in(&self.repository(), arguments)
    }

    /// The branch's commit.
    #[track_caller]
    pub fn tip(&self) -> String {
        self.git(&["rev-parse", &format!("refs/heads/{BRANCH}")]).trim().to_owned()
    }

    /// Everything in the branch.
    #[track_caller]
    pub fn branch(&self) -> Branch {
        let listed = self.git(&["ls-tree", "-r", "-z", BRANCH]);
        let entry = |line: &str| {
            let (about, path) = line.split_once('\t').unwrap();
            let mode = about.split(' ').next().unwrap().to_owned();
            (path.to_owned(), (mode, self.git(&["show", &format!("{BRANCH}:{path}")])))
        };
        listed.split('\0').filter(|line| !line.is_empty()).map(entry).collect()
    }

    /// Everything in the branch but the manifest.
    pub fn files(&self) -> Branch {
        let mut branch = self.branch();
        branch.remove(MANIFEST);
        branch
    }

    /// Somebody else edits a clone of the branch, commits and pushes that, with force; the commit. The clone's folder is handed to `edit`.
    #[track_caller]
    pub fn by_hand(&self, message: &str, edit: impl FnOnce(&Path)) -> String {
        let clone = tempfile::tempdir().unwrap();
        let from = self.repository().display().to_string();
        git_in(clone.path(), &["clone", "-q", "-b", BRANCH, &from, "."]);
        git_in(clone.path(), &["config", "user.name", "Hal Hand"]);
        git_in(clone.path(), &["config", "user.email", "hal@shop.example"]);
        edit(clone.path());
        git_in(clone.path(), &["add", "-A"]);
        if !git_in(clone.path(), &["status", "--porcelain"]).is_empty() {
            git_in(clone.path(), &["commit", "-q", "-m", message]);
        }
        git_in(clone.path(), &["push", "-q", "--force", "origin", &format!("HEAD:{BRANCH}")]);
        git_in(clone.path(), &["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// The JSON report of drift, which must end with `code`.
    #[track_caller]
    pub fn drift(&self, code: i32) -> Json {
        self.project.run(&["drift", "dev", "--output", "json"]).expect(code).json()
    }

    /// Applies, and then insists that there is nothing left to do.
    #[track_caller]
    pub fn heal(&self) {
        self.project.run(&["apply", "dev", "--yes", "--why", "heal"]).expect(0);
        self.nothing_to_do();
    }

    /// Insists that a plan is empty.
    #[track_caller]
    pub fn nothing_to_do(&self) {
        let plan = self.project.run(&["plan", "dev", "--detailed-exitcode", "--output", "json"]).expect(0).json();
        let actions: Vec<&Json> = plan["changes"].as_array().unwrap().iter().map(|change| &change["action"]).collect();
        assert!(actions.iter().all(|action| *action == "keep"), "{actions:?}");
        assert_eq!(plan["summary"]["keep"], actions.len());
    }
}

/// Replaces text that must be in a file.
#[track_caller]
pub fn replace(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{} has no `{from}`:\n{text}", file.display());
    std::fs::write(file, text.replacen(from, to, 1)).unwrap();
}

/// Where `needle` begins in a text, as a report says it: line and column, from 1.
#[track_caller]
pub fn position(text: &str, needle: &str) -> (usize, usize) {
    let found =
        text.lines().enumerate().find_map(|(at, line)| Some((at + 1, line[..line.find(needle)?].chars().count() + 1)));
    found.unwrap_or_else(|| panic!("no `{needle}` in\n{text}"))
}
