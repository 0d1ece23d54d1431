//! Who committed what, and when.

use super::error::GitError;
use super::repository::{Repository, parse_id};
use git2::{Oid, Sort};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The most commits that are walked.
const MAX_COMMITS: usize = 200_000;

/// The most trees that are kept at a time.
const MAX_TREES: usize = 1000;

/// A commit, without its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub id: String,
    /// `Name <mail>`.
    pub author: String,
    /// Seconds since 1970 at which it was written.
    pub seconds: i64,
    /// Its message.
    pub message: String,
}

impl CommitInfo {
    fn of(commit: &git2::Commit<'_>) -> Self {
        let author = commit.author();
        let name = String::from_utf8_lossy(author.name_bytes());
        let mail = String::from_utf8_lossy(author.email_bytes());
        Self {
            id: commit.id().to_string(),
            author: format!("{name} <{mail}>"),
            seconds: author.when().seconds(),
            message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
        }
    }
}

impl Repository {
    /// The newest commit of a branch's history of which `wanted` makes something; none where there is none.
    ///
    /// # Errors
    /// When history cannot be read, or is longer than anything sane; what `wanted` says.
    pub fn find_in_history<T, E: From<GitError>>(
        &self,
        tip: &str,
        mut wanted: impl FnMut(&CommitInfo) -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        for id in self.walk(tip)? {
            let info = CommitInfo::of(&self.commit(id?)?);
            if let Some(found) = wanted(&info)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Whether a commit is another one or one that came before it. A commit that is not here is none.
    pub fn is_in_history(&self, commit: &str, tip: &str) -> bool {
        let (Ok(commit), Ok(tip)) = (Oid::from_str(commit), Oid::from_str(tip)) else { return false };
        commit == tip || self.inner.graph_descendant_of(tip, commit).unwrap_or(false)
    }

    /// For each path, the newest commit that made it what it is at `tip`. Paths that are not there are left out.
    ///
    /// # Errors
    /// When history cannot be read, or is longer than anything sane.
    pub fn last_changes(&self, tip: &str, paths: &[&str]) -> Result<BTreeMap<String, CommitInfo>, GitError> {
        let top = self.commit(parse_id(tip)?)?;
        let trees = Trees::of(self);
        let mut open: BTreeMap<&str, (Oid, i32)> =
            paths.iter().filter_map(|path| Some((*path, trees.entry_id(&top, path)?))).collect();
        let mut found = BTreeMap::new();
        for id in self.walk(tip)? {
            if open.is_empty() {
                break;
            }
            let commit = self.commit(id?)?;
            trees.forget_some();
            let parents: Vec<_> = commit.parents().collect();
            // Made here: it has it, and no parent does.
            let made_here = |path: &str, wanted: (Oid, i32)| {
                trees.entry_id(&commit, path) == Some(wanted)
                    && !parents.iter().any(|parent| trees.entry_id(parent, path) == Some(wanted))
            };
            let made: Vec<_> = open.iter().filter(|(path, id)| made_here(path, **id)).map(|(path, _)| *path).collect();
            for path in made {
                open.remove(path);
                found.insert(path.to_owned(), CommitInfo::of(&commit));
            }
        }
        Ok(found)
    }

    /// For each path, the newest commit since another one that took it away: it has none, and all that it comes after have. Paths of which
    /// there is no such commit are left out.
    ///
    /// # Errors
    /// When history cannot be read, or is longer than anything sane.
    pub fn removals(&self, since: &str, tip: &str, paths: &[&str]) -> Result<BTreeMap<String, CommitInfo>, GitError> {
        let mut open: BTreeSet<&str> = paths.iter().copied().collect();
        let mut found = BTreeMap::new();
        if open.is_empty() {
            return Ok(found);
        }
        let since = parse_id(since)?;
        let trees = Trees::of(self);
        for id in self.walk(tip)? {
            let id = id?;
            if open.is_empty() || id == since {
                break;
            }
            let commit = self.commit(id)?;
            trees.forget_some();
            let parents: Vec<_> = commit.parents().collect();
            let has = |commit: &git2::Commit<'_>, path: &str| trees.entry_id(commit, path).is_some();
            let taken = |path: &&&str| {
                !parents.is_empty() && !has(&commit, path) && parents.iter().all(|parent| has(parent, path))
            };
            let removed: Vec<&str> = open.iter().filter(taken).copied().collect();
            for path in removed {
                open.remove(path);
                found.insert(path.to_owned(), CommitInfo::of(&commit));
            }
        }
        Ok(found)
    }

    fn commit(&self, id: Oid) -> Result<git2::Commit<'_>, GitError> {
        self.inner.find_commit(id).map_err(GitError::of("read a commit"))
    }

    fn walk(&self, tip: &str) -> Result<impl Iterator<Item = Result<Oid, GitError>>, GitError> {
        let action = "read the history";
        let mut walk = self.inner.revwalk().map_err(GitError::of(action))?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME).map_err(GitError::of(action))?;
        walk.push(parse_id(tip)?).map_err(GitError::of(action))?;
        Ok(walk.enumerate().map(move |(at, id)| {
            if at >= MAX_COMMITS {
                let reason = format!("it has more than {MAX_COMMITS} commits");
                return Err(GitError::Other { action, reason });
            }
            id.map_err(GitError::of(action))
        }))
    }
}

/// Trees that were read: thousands of paths share their folders, and libgit2 reads a large tree again for each of them.
struct Trees<'r> {
    repository: &'r git2::Repository,
    read: RefCell<BTreeMap<Oid, Option<git2::Tree<'r>>>>,
}

impl<'r> Trees<'r> {
    fn of(repository: &'r Repository) -> Self {
        Self { repository: &repository.inner, read: RefCell::default() }
    }

    /// Keeps memory bounded in a long history.
    fn forget_some(&self) {
        let mut read = self.read.borrow_mut();
        if read.len() > MAX_TREES {
            read.clear();
        }
    }

    /// What stands at a path of a commit.
    fn entry_id(&self, commit: &git2::Commit<'_>, path: &str) -> Option<(Oid, i32)> {
        let mut read = self.read.borrow_mut();
        let mut tree = commit.tree_id();
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let known = read.entry(tree).or_insert_with(|| self.repository.find_tree(tree).ok());
            let (id, mode) = known.as_ref()?.get_name(part).map(|entry| (entry.id(), entry.filemode()))?;
            if parts.peek().is_none() {
                return Some((id, mode));
            }
            tree = id;
        }
        None
    }
}
