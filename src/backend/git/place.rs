//! The repository that holds the branch: the project's own, or another one.

use super::GitTarget;
use crate::backend::{BackendError, ErrorClass};
use crate::model::Digest;
use crate::sys::file::FileLock;
use crate::sys::git::{Pushed, Remote, Repository};
use std::path::{Path, PathBuf};

/// Where a branch is fetched to.
fn fetched(branch: &str) -> String {
    format!("refs/driftless/{branch}")
}

/// Where the branch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the project's own repository.
    Same,
    /// In another one: what is fetched from it and what is pushed to it lies in a bare repository of ours.
    Elsewhere { remote: Remote, cache: PathBuf },
}

/// What the branch is at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// The Git folder that has its objects.
    pub(super) folder: PathBuf,
    /// Its tip; none: there is no such branch.
    pub(super) tip: Option<String>,
    /// What must still be true when it is moved: not the tip where the branch is only known from a fetch so far.
    expected: Option<String>,
}

impl Place {
    pub(super) fn of(target: &GitTarget) -> Result<Self, BackendError> {
        if target.repository == "." {
            return Ok(Self::Same);
        }
        let remote = Remote::parse(&target.root, &target.repository)?;
        let cache = target.cache.join(Digest::of(remote.url()).short());
        Ok(Self::Elsewhere { remote, cache })
    }

    /// What people call it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Same => "this repository",
            Self::Elsewhere { remote, .. } => remote.url(),
        }
    }

    /// Looks at the branch, fetching what is not here.
    pub(super) fn look(&self, target: &GitTarget) -> Result<(Repository, Snapshot), BackendError> {
        match self {
            Self::Same => look_here(target),
            Self::Elsewhere { remote, cache } => look_elsewhere(target, remote, cache),
        }
    }

    /// Moves the branch to a commit, if it still is what it was.
    pub(super) fn publish(
        &self,
        target: &GitTarget,
        snapshot: &Snapshot,
        commit: &str,
    ) -> Result<Pushed, BackendError> {
        let (branch, expected) = (target.branch.as_str(), snapshot.expected.as_deref());
        match self {
            Self::Same => {
                let repository = Repository::open(&snapshot.folder)?;
                if let Some(folder) = repository.checked_out_in(branch)? {
                    return Err(checked_out(branch, &folder));
                }
                let why = format!("driftless: apply {}", target.environment);
                let moved = repository.move_branch(branch, expected, commit, &why)?;
                Ok(if moved { Pushed::Done } else { Pushed::LeaseLost })
            }
            Self::Elsewhere { remote, cache } => Ok(remote.push(cache, commit, branch, expected)?),
        }
    }
}

fn checked_out(branch: &str, folder: &Path) -> BackendError {
    let message =
        format!("branch `{branch}` is checked out in {}, and to move it would leave that behind", folder.display());
    BackendError::new(ErrorClass::Denied, message)
        .help("check out another branch there, or set `git.branch` to another one")
}

fn look_here(target: &GitTarget) -> Result<(Repository, Snapshot), BackendError> {
    let repository = Repository::discover(&target.root)?;
    let expected = repository.branch_tip(&target.branch)?;
    let tip = match &expected {
        Some(tip) => Some(tip.clone()),
        // A fresh clone knows the branch by what it fetched alone; git's own checkout would begin there too.
        None => repository.reference(&format!("refs/remotes/origin/{}", target.branch))?,
    };
    let folder = repository.git_folder().to_owned();
    Ok((repository, Snapshot { folder, tip, expected }))
}

fn look_elsewhere(target: &GitTarget, remote: &Remote, cache: &Path) -> Result<(Repository, Snapshot), BackendError> {
    let lock = cache.with_extension("lock");
    let unusable = |error: std::io::Error| {
        BackendError::new(ErrorClass::Invalid, format!("{} cannot be used: {error}", cache.display()))
    };
    let _lock = FileLock::acquire(&lock).map_err(unusable)?;
    let repository = Repository::open_or_create_bare(cache)?;
    let Some(mut tip) = remote.tip(cache, &target.branch)? else {
        return Ok((repository, Snapshot { folder: cache.to_owned(), tip: None, expected: None }));
    };
    let reference = fetched(&target.branch);
    if !repository.has(&tip) {
        remote.fetch(cache, &target.branch, &reference)?;
        // It may have been moved since it was asked for.
        tip = repository.reference(&reference)?.unwrap_or(tip);
    }
    let snapshot = Snapshot { folder: cache.to_owned(), tip: Some(tip.clone()), expected: Some(tip) };
    Ok((repository, snapshot))
}
