//! The files of a Git tree at a revision: no work tree, no filters, nothing that is not committed.

use super::error::GitError;
use super::repository::{EntryKind, Repository, TreeEntry};
use crate::compile::{Entry, FileError, Files};
use crate::sys::worktree::{is_plain_path, within_limit};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most symbolic links on one path.
const MAX_LINKS: usize = 40;

/// Read-only access to a folder of a commit. Symbolic links are followed where they stay below it.
pub struct GitTree {
    repository: Mutex<Repository>,
    commit: String,
    prefix: String,
}

impl GitTree {
    /// The files of `folder`'s repository at a revision, below that folder.
    ///
    /// # Errors
    /// When there is no repository or no such revision.
    pub fn open(folder: &Path, revision: &str) -> Result<Self, GitError> {
        let repository = Repository::discover(folder)?;
        let commit = repository.resolve(revision)?;
        let prefix = repository.prefix_of(folder).unwrap_or_default();
        Ok(Self { repository: Mutex::new(repository), commit, prefix })
    }

    /// The commit.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    fn repository(&self) -> MutexGuard<'_, Repository> {
        self.repository.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn full(&self, path: &str) -> String {
        match (self.prefix.as_str(), path) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}/{path}"),
        }
    }

    /// The entry that a path leads to through symbolic links; none for the root.
    fn resolve(&self, repository: &Repository, path: &str) -> Result<Option<TreeEntry>, FileError> {
        if !path.is_empty() && !is_plain_path(path) {
            return Err(FileError::Outside);
        }
        let mut ahead: VecDeque<String> = path.split('/').filter(|part| !part.is_empty()).map(Into::into).collect();
        let mut walked: Vec<String> = Vec::new();
        let mut found = None;
        let mut links = 0;
        while let Some(part) = ahead.pop_front() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    walked.pop().ok_or(FileError::Outside)?;
                    found = None;
                    continue;
                }
                _ => walked.push(part),
            }
            let full = self.full(&walked.join("/"));
            let entry = repository.entry_at(&self.commit, &full).map_err(|error| unreadable(&error))?;
            let entry = entry.ok_or(FileError::NotFound)?;
            if entry.kind == EntryKind::Link {
                links += 1;
                if links > MAX_LINKS {
                    return Err(FileError::Unreadable("too many symbolic links".into()));
                }
                walked.pop();
                for part in link_target(repository, &entry)?.rsplit('/') {
                    ahead.push_front(part.to_owned());
                }
                found = None;
            } else {
                found = Some(entry);
            }
        }
        if found.is_none() && !walked.is_empty() {
            let full = self.full(&walked.join("/"));
            found = repository.entry_at(&self.commit, &full).map_err(|error| unreadable(&error))?;
        }
        Ok(found)
    }
}

fn link_target(repository: &Repository, entry: &TreeEntry) -> Result<String, FileError> {
    let target = repository.blob(&entry.id, 4096).map_err(|error| unreadable(&error))?;
    let target = String::from_utf8(target).map_err(|_| FileError::Outside)?;
    if target.starts_with('/') { Err(FileError::Outside) } else { Ok(target) }
}

fn unreadable(error: &GitError) -> FileError {
    FileError::Unreadable(error.to_string())
}

impl Files for GitTree {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let repository = self.repository();
        let entry = self.resolve(&repository, path)?.ok_or(FileError::NotAFile)?;
        if !matches!(entry.kind, EntryKind::File { .. }) {
            return Err(FileError::NotAFile);
        }
        within_limit(repository.blob_size(&entry.id).unwrap_or(0))?;
        repository.blob(&entry.id, u64::MAX).map_err(|error| unreadable(&error))
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        let repository = self.repository();
        let real = match self.resolve(&repository, folder) {
            Err(FileError::NotFound) => return Ok(Vec::new()),
            Ok(Some(entry)) => entry.path,
            Ok(None) => self.prefix.clone(),
            Err(error) => return Err(error),
        };
        let entries = repository.entries_in(&self.commit, &real).map_err(|error| unreadable(&error))?;
        let mut listed = Vec::new();
        for entry in entries {
            let name = entry.path.rsplit('/').next().unwrap_or_default().to_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let is_folder = match entry.kind {
                EntryKind::Folder => true,
                EntryKind::Link => self
                    .resolve(&repository, &path)
                    .is_ok_and(|target| target.is_none_or(|target| target.kind == EntryKind::Folder)),
                _ => false,
            };
            listed.push(Entry { name, is_folder });
        }
        listed.sort();
        Ok(listed)
    }
}
