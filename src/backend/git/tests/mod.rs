//! The branch in real repositories: the project's own, others by path, remotes over file://.

mod conforms;
mod ownership;
mod remotes;

use super::{GitBackend, GitTarget, KIND, TABLE, address_of, parse_body, path_of};
use crate::backend::Backend;
use crate::backend::conformance::INSTANCE;
use crate::exec::testing::{Desired, ENVIRONMENT, Loop};
use crate::model::{Address, Resource};
use crate::sys::FixedClock;
use crate::sys::git::{Author, CommitRequest, Edit, Repository};
use crate::sys::process::{Invocation, run};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A project, and the repository that holds the branch.
pub(super) struct Ground {
    pub(super) temporary: tempfile::TempDir,
    /// What the environment file says.
    pub(super) repository: String,
    /// Where the branch is.
    pub(super) there: PathBuf,
    pub(super) path: String,
}

/// Runs git; what it prints.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=Eve", "-c", "user.email=eve@example.org", "-c", "init.defaultBranch=main"];
    let mut invocation = Invocation::new("git", [&identity, arguments].concat(), folder);
    invocation.set = vec![("GIT_CONFIG_NOSYSTEM".into(), "1".into()), ("GIT_CONFIG_GLOBAL".into(), "/dev/null".into())];
    let ended = run(&invocation).unwrap();
    assert!(ended.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&ended.error));
    String::from_utf8(ended.output).unwrap()
}

impl Ground {
    fn new(repository: &str, there: &str, path: &str) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let project = temporary.path().join("project");
        std::fs::create_dir(&project).unwrap();
        git(&project, &["init", "-q"]);
        std::fs::write(project.join("driftless.yaml"), "name: shop\n").unwrap();
        git(&project, &["add", "."]);
        git(&project, &["commit", "-q", "-m", "start"]);
        let repository = repository.replace("TEMP", &temporary.path().to_string_lossy());
        let there = temporary.path().join(there);
        Self { repository, there, path: path.into(), temporary }
    }

    /// A branch of the project's own repository.
    pub(super) fn same() -> Self {
        Self::new(".", "project", "deploy/staging")
    }

    /// A bare repository by path.
    pub(super) fn bare() -> Self {
        let ground = Self::new("../state.git", "state.git", "deploy/staging");
        git(ground.temporary.path(), &["init", "-q", "--bare", "state.git"]);
        ground
    }

    /// A repository with a work tree by path, another branch checked out, and a folder of the branch that is its root.
    pub(super) fn with_work_tree() -> Self {
        let ground = Self::new("TEMP/state", "state", ".");
        git(ground.temporary.path(), &["init", "-q", "state"]);
        ground
    }

    /// A remote.
    pub(super) fn remote() -> Self {
        let ground = Self::new("file://TEMP/state.git", "state.git", "deploy/staging");
        git(ground.temporary.path(), &["init", "-q", "--bare", "state.git"]);
        ground
    }

    pub(super) fn project(&self) -> PathBuf {
        self.temporary.path().join("project")
    }

    pub(super) fn target(&self) -> GitTarget {
        GitTarget {
            root: self.project(),
            cache: self.project().join(".driftless/git"),
            project: "shop".into(),
            environment: ENVIRONMENT.into(),
            instance: INSTANCE.into(),
            siblings: vec![INSTANCE.into()],
            repository: self.repository.clone(),
            branch: "driftless/staging".into(),
            path: self.path.clone(),
            somebody_else_applies: false,
        }
    }

    pub(super) fn backend(&self) -> Arc<dyn Backend> {
        backend(self.target())
    }

    pub(super) fn turn(&self) -> Loop {
        Loop::new([(INSTANCE, self.backend())])
    }

    /// A file of our instance.
    pub(super) fn file(&self, path: &str, text: &str) -> Resource {
        let path = super::join(&self.target().instance_folder(), path);
        Resource {
            text: Some(text.into()),
            ..Resource::new(address_of(&path), Some("cache".into()), parse_body(&path, text))
        }
    }

    pub(super) fn desired(&self, files: &[(&str, &str)]) -> Desired {
        BTreeMap::from([(INSTANCE.to_owned(), files.iter().map(|(path, text)| self.file(path, text)).collect())])
    }

    pub(super) fn tip(&self) -> Option<String> {
        Repository::open(&self.there).unwrap().branch_tip("driftless/staging").unwrap()
    }

    /// Commits by hand.
    pub(super) fn commit(&self, edits: &[(&str, Option<&str>)]) {
        let repository = Repository::open(&self.there).unwrap();
        let tip = repository.branch_tip("driftless/staging").unwrap();
        let edit = |text: Option<&str>| match text {
            Some(text) => Edit::Write { content: text.into(), executable: false },
            None => Edit::Remove,
        };
        let edits = edits.iter().map(|(path, text)| ((*path).to_owned(), edit(*text))).collect();
        let author = Author { name: "Eve".into(), mail: "eve@example.org".into() };
        let message = "By hand";
        let request =
            CommitRequest { parent: tip.as_deref(), edits: &edits, message, author: &author, seconds: 1_800_000_100 };
        let commit = repository.write_commit(&request).unwrap().unwrap();
        assert!(repository.move_branch("driftless/staging", tip.as_deref(), &commit, "by hand").unwrap());
    }

    /// What is in the branch, our manifest left out.
    pub(super) fn content(&self) -> BTreeMap<String, String> {
        let Some(tip) = self.tip() else { return BTreeMap::new() };
        let repository = Repository::open(&self.there).unwrap();
        let entries = repository.entries_below(&tip, "", 1000).unwrap().0;
        let text = |id: &str| String::from_utf8(repository.blob(id, 1 << 20).unwrap()).unwrap();
        let files = entries.into_iter().filter(|entry| !entry.path.ends_with(super::manifest::NAME));
        files.map(|entry| (entry.path, text(&entry.id))).collect()
    }
}

pub(super) fn backend(target: GitTarget) -> Arc<dyn Backend> {
    Arc::new(GitBackend::new(target, Arc::new(FixedClock::at(1_800_000_000))).unwrap())
}

/// The path in the branch of an address.
pub(super) fn path(address: &Address) -> String {
    assert_eq!((address.kind(), TABLE.backend), (KIND, KIND));
    path_of(address)
}
