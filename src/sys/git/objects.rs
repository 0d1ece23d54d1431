//! Trees and commits, written into the object database; and the one reference update that makes them count.

use super::error::GitError;
use super::repository::{Repository, parse_id};
use git2::{ErrorCode, Oid, Signature, Time, Tree};
use std::collections::BTreeMap;

/// How long a lock of a reference is taken for one that somebody holds: longer than any write of it takes, shorter than a run tries.
const OLD_LOCK: std::time::Duration = std::time::Duration::from_secs(3);

/// What becomes of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// This file stands there.
    Write {
        /// Its bytes.
        content: Vec<u8>,
        /// Whether it is a program.
        executable: bool,
    },
    /// Nothing stands there.
    Remove,
}

/// Who writes a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The mail address.
    pub mail: String,
}

/// A commit to write.
#[derive(Debug, Clone)]
pub struct CommitRequest<'a> {
    /// What it comes after; none: the first of its branch.
    pub parent: Option<&'a str>,
    /// What differs from the parent, by path.
    pub edits: &'a BTreeMap<String, Edit>,
    /// The message.
    pub message: &'a str,
    /// Who writes it.
    pub author: &'a Author,
    /// When, in seconds since 1970.
    pub seconds: i64,
}

/// What references of branches begin with.
pub(super) const HEADS: &str = "refs/heads/";

/// Whether two branches cannot be beside each other: Git keeps them as files, and `a` cannot be a file and the folder of `a/b`.
pub(super) fn is_in_the_way(branch: &str, other: &str) -> bool {
    let below = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    below(branch, other) || below(other, branch)
}

impl Repository {
    /// Writes a commit's objects and tells its id; none where nothing would differ from the parent.
    ///
    /// # Errors
    /// [`GitError::InTheWay`], or when an object cannot be written.
    pub fn write_commit(&self, request: &CommitRequest<'_>) -> Result<Option<String>, GitError> {
        let action = "write a commit";
        let parent = request.parent.map(parse_id).transpose()?.map(|id| self.inner.find_commit(id)).transpose();
        let parent = parent.map_err(GitError::of(action))?;
        let base = parent.as_ref().map(git2::Commit::tree).transpose().map_err(GitError::of(action))?;
        let edits: Vec<_> = request.edits.iter().map(|(path, edit)| (path.as_str(), edit)).collect();
        let tree = match self.write_tree(base.as_ref(), "", &edits)? {
            Some(tree) => tree,
            None => self.inner.treebuilder(None).and_then(|empty| empty.write()).map_err(GitError::of(action))?,
        };
        if base.as_ref().is_some_and(|base| base.id() == tree) || (base.is_none() && edits.is_empty()) {
            return Ok(None);
        }
        let tree = self.inner.find_tree(tree).map_err(GitError::of(action))?;
        let author = Signature::new(&request.author.name, &request.author.mail, &Time::new(request.seconds, 0));
        let author = author.map_err(GitError::of(action))?;
        let parents: Vec<_> = parent.iter().collect();
        let id = self.inner.commit(None, &author, &author, request.message, &tree, &parents);
        id.map(|id| Some(id.to_string())).map_err(GitError::of(action))
    }

    /// Moves a branch from one commit (none: it is not there) to another, as one step. False: it was not there any more.
    ///
    /// # Errors
    /// When the reference cannot be written.
    pub fn move_branch(&self, branch: &str, from: Option<&str>, to: &str, why: &str) -> Result<bool, GitError> {
        let name = format!("refs/heads/{branch}");
        let to = parse_id(to)?;
        let moved = match from {
            Some(from) => self.inner.reference_matching(&name, to, true, parse_id(from)?, why),
            None => self.inner.reference(&name, to, false, why),
        };
        let Err(error) = moved else { return Ok(true) };
        // libgit2 says the same of it as of a branch that somebody else has just made.
        if let Some(other) = self.branch_in_the_way(branch)? {
            return Err(GitError::BranchInTheWay { branch: branch.into(), other });
        }
        match error.code() {
            ErrorCode::Modified | ErrorCode::Exists | ErrorCode::NotFound => Ok(false),
            // Somebody else is writing it at this moment, or died over it.
            ErrorCode::Locked => {
                self.break_old_lock(&name);
                Ok(false)
            }
            _ => Err(GitError::of("move the branch")(error)),
        }
    }

    /// A branch beside which another one cannot be.
    fn branch_in_the_way(&self, branch: &str) -> Result<Option<String>, GitError> {
        let action = "list the branches";
        let names = self.inner.references_glob("refs/heads/*").map_err(GitError::of(action))?;
        for reference in names {
            let reference = reference.map_err(GitError::of(action))?;
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            if let Some(other) = name.strip_prefix(HEADS).filter(|other| is_in_the_way(branch, other)) {
                return Ok(Some(other.to_owned()));
            }
        }
        Ok(None)
    }

    /// Removes the lock of a reference that nobody can be writing any more: it takes a moment, and who dies in it leaves the lock behind.
    fn break_old_lock(&self, name: &str) {
        let lock = self.inner.commondir().join(format!("{name}.lock"));
        let age = std::fs::metadata(&lock).and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > OLD_LOCK) {
            drop(std::fs::remove_file(lock));
        }
    }

    /// One level of a tree with some edits; none where nothing is left in it.
    fn write_tree(&self, base: Option<&Tree<'_>>, at: &str, edits: &[(&str, &Edit)]) -> Result<Option<Oid>, GitError> {
        let action = "write a tree";
        let mut builder = self.inner.treebuilder(base).map_err(GitError::of(action))?;
        let mut below: BTreeMap<&str, Vec<(&str, &Edit)>> = BTreeMap::new();
        for (path, edit) in edits {
            match path.split_once('/') {
                Some((folder, rest)) => below.entry(folder).or_default().push((rest, edit)),
                None => self.edit_entry(&mut builder, base, at, (path, edit))?,
            }
        }
        for (name, edits) in below {
            let there = base.and_then(|base| base.get_name(name));
            let folder = there.as_ref().filter(|entry| entry.filemode() == 0o040_000);
            if there.is_some() && folder.is_none() && edits.iter().any(|(_, edit)| **edit != Edit::Remove) {
                return Err(GitError::InTheWay { path: format!("{at}{name}") });
            }
            if there.is_some() && folder.is_none() {
                continue;
            }
            let base =
                folder.map(|entry| self.inner.find_tree(entry.id())).transpose().map_err(GitError::of(action))?;
            match self.write_tree(base.as_ref(), &format!("{at}{name}/"), &edits)? {
                Some(tree) => drop(builder.insert(name, tree, 0o040_000).map_err(GitError::of(action))?),
                None if there.is_some() => builder.remove(name).map_err(GitError::of(action))?,
                None => {}
            }
        }
        if builder.is_empty() { Ok(None) } else { builder.write().map(Some).map_err(GitError::of(action)) }
    }

    fn edit_entry(
        &self,
        builder: &mut git2::TreeBuilder<'_>,
        base: Option<&Tree<'_>>,
        at: &str,
        (name, edit): (&str, &Edit),
    ) -> Result<(), GitError> {
        let action = "write a tree";
        let there = base.and_then(|base| base.get_name(name)).map(|entry| entry.filemode());
        if matches!(there, Some(0o040_000 | 0o160_000)) {
            return Err(GitError::InTheWay { path: format!("{at}{name}") });
        }
        match edit {
            Edit::Write { content, executable } => {
                let blob = self.inner.blob(content).map_err(GitError::of(action))?;
                let mode = if *executable { 0o100_755 } else { 0o100_644 };
                builder.insert(name, blob, mode).map_err(GitError::of(action))?;
            }
            Edit::Remove if there.is_some() => builder.remove(name).map_err(GitError::of(action))?,
            Edit::Remove => {}
        }
        Ok(())
    }
}
