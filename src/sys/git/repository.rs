//! A repository: its references, and its trees at a revision.

use super::error::GitError;
use crate::sys::Variables;
use git2::{ErrorCode, ObjectType, Oid, StatusOptions};
use std::path::{Path, PathBuf};

/// An open repository.
pub struct Repository {
    pub(super) inner: git2::Repository,
}

/// What stands at a path of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A file.
    File {
        /// Whether it is a program.
        executable: bool,
    },
    /// A symbolic link.
    Link,
    /// A folder.
    Folder,
    /// Another repository.
    Submodule,
}

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its path from the root of the tree.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// The id of its object.
    pub id: String,
}

impl Repository {
    /// The repository that a folder lies in.
    ///
    /// # Errors
    /// [`GitError::NoRepository`], [`GitError::Format`].
    pub fn discover(folder: &Path) -> Result<Self, GitError> {
        match git2::Repository::discover(folder) {
            Ok(inner) => Ok(Self { inner }),
            Err(error) => Err(open_error(folder, &error)),
        }
    }

    /// The repository whose folder or Git folder this is.
    ///
    /// # Errors
    /// [`GitError::NoRepository`], [`GitError::Format`].
    pub fn open(folder: &Path) -> Result<Self, GitError> {
        match git2::Repository::open(folder) {
            Ok(inner) => Ok(Self { inner }),
            Err(error) => Err(open_error(folder, &error)),
        }
    }

    /// Makes a repository in a folder that lies in none, as `git init` does; the first branch is what Git is configured with, else `main`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(folder: &Path) -> Result<Self, GitError> {
        let mut options = git2::RepositoryInitOptions::new();
        options.no_reinit(true);
        if setting("init.defaultBranch").is_none() {
            options.initial_head("main");
        }
        let made = git2::Repository::init_opts(folder, &options);
        made.map(|inner| Self { inner }).map_err(GitError::of("make a repository"))
    }

    /// A bare repository of ours, made where there is none.
    ///
    /// # Errors
    /// When it can neither be opened nor made.
    pub fn open_or_create_bare(folder: &Path) -> Result<Self, GitError> {
        if folder.join("HEAD").is_file() {
            return Self::open(folder);
        }
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(true).external_template(false).mkpath(true);
        let made = git2::Repository::init_opts(folder, &options);
        made.map(|inner| Self { inner }).map_err(GitError::of("make a repository for what is fetched"))
    }

    /// Its work tree; none where it is bare.
    pub fn work_folder(&self) -> Option<&Path> {
        self.inner.workdir()
    }

    /// Its Git folder.
    pub fn git_folder(&self) -> &Path {
        self.inner.path()
    }

    /// The path of a folder from the root of the work tree, with `/`, empty for the root itself; none where it lies elsewhere.
    pub fn prefix_of(&self, folder: &Path) -> Option<String> {
        let root = self.work_folder()?.canonicalize().ok()?;
        let folder = folder.canonicalize().ok()?;
        let parts: Option<Vec<_>> = folder.strip_prefix(root).ok()?.iter().map(|part| part.to_str()).collect();
        Some(parts?.join("/"))
    }

    /// Whether history is cut off.
    pub fn is_shallow(&self) -> bool {
        self.inner.is_shallow()
    }

    /// The commit that is checked out; none before the first one.
    ///
    /// # Errors
    /// When HEAD cannot be read.
    pub fn head(&self) -> Result<Option<String>, GitError> {
        self.reference("HEAD")
    }

    /// The commit that a revision (`HEAD~2`, a branch, a tag, an id) means.
    ///
    /// # Errors
    /// [`GitError::Revision`].
    pub fn resolve(&self, revision: &str) -> Result<String, GitError> {
        let object = self.inner.revparse_single(revision).and_then(|object| object.peel(ObjectType::Commit));
        object.map(|commit| commit.id().to_string()).map_err(|_| GitError::Revision { revision: revision.into() })
    }

    /// The tip of a branch; none where there is no such branch.
    ///
    /// # Errors
    /// When the reference cannot be read.
    pub fn branch_tip(&self, branch: &str) -> Result<Option<String>, GitError> {
        self.reference(&format!("refs/heads/{branch}"))
    }

    /// The commit of a reference; none where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is no commit.
    pub fn reference(&self, name: &str) -> Result<Option<String>, GitError> {
        match self.inner.find_reference(name).and_then(|reference| reference.peel_to_commit()) {
            Ok(commit) => Ok(Some(commit.id().to_string())),
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::UnbornBranch) => Ok(None),
            Err(error) => Err(GitError::of("read a reference")(error)),
        }
    }

    /// Whether an object is here.
    pub fn has(&self, id: &str) -> bool {
        let odb = self.inner.odb();
        Oid::from_str(id).is_ok_and(|id| odb.is_ok_and(|odb| odb.exists(id)))
    }

    /// The work tree in which a branch is checked out, if it is in any.
    ///
    /// # Errors
    /// When the work trees cannot be listed.
    pub fn checked_out_in(&self, branch: &str) -> Result<Option<PathBuf>, GitError> {
        let action = "look for work trees";
        let main = git2::Repository::open(self.inner.commondir()).map_err(GitError::of(action))?;
        let mut repositories = vec![main];
        for name in self.inner.worktrees().map_err(GitError::of(action))?.iter().flatten().flatten() {
            // A work tree whose folder is gone has nothing checked out.
            let tree = self.inner.find_worktree(name).and_then(|tree| git2::Repository::open_from_worktree(&tree));
            repositories.extend(tree.ok());
        }
        let wanted = format!("refs/heads/{branch}");
        let is_there = |repository: &git2::Repository| {
            let head = repository.find_reference("HEAD").ok()?;
            let target = head.symbolic_target().ok().flatten()?;
            (target == wanted).then(|| repository.workdir().map(Path::to_path_buf)).flatten()
        };
        Ok(repositories.iter().find_map(is_there))
    }

    /// Which of some paths differ from the commit that is checked out: in the work tree or the index, or not committed at all. Sorted.
    ///
    /// # Errors
    /// When the work tree cannot be compared.
    pub fn dirty(&self, paths: &[String]) -> Result<Vec<String>, GitError> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let mut options = StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).include_ignored(true).recurse_ignored_dirs(true);
        options.disable_pathspec_match(true).include_unmodified(false).update_index(false);
        for path in paths {
            options.pathspec(path);
        }
        let statuses = self.inner.statuses(Some(&mut options)).map_err(GitError::of("compare the work tree"))?;
        let mut dirty: Vec<String> =
            statuses.iter().map(|entry| String::from_utf8_lossy(entry.path_bytes()).into_owned()).collect();
        dirty.retain(|path| paths.contains(path));
        dirty.sort();
        dirty.dedup();
        Ok(dirty)
    }

    /// What stands at a path of a commit; none where nothing does.
    ///
    /// # Errors
    /// When the commit or a tree of it cannot be read.
    pub fn entry_at(&self, commit: &str, path: &str) -> Result<Option<TreeEntry>, GitError> {
        let tree = self.tree_of(commit)?;
        match tree.get_path(Path::new(path)) {
            Ok(entry) => Ok(Some(entry_of(path.to_owned(), &entry))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(GitError::of("read a tree")(error)),
        }
    }

    /// The entries of a folder of a commit, sorted by name; none where there is no such folder. The empty path is the root.
    ///
    /// # Errors
    /// When the commit or a tree of it cannot be read.
    pub fn entries_in(&self, commit: &str, folder: &str) -> Result<Vec<TreeEntry>, GitError> {
        Ok(self.folder_of(commit, folder)?.map(|tree| entries_of(&tree, folder)).unwrap_or_default())
    }

    /// A folder of a commit; none where there is no such folder. The empty path is the root.
    fn folder_of(&self, commit: &str, folder: &str) -> Result<Option<git2::Tree<'_>>, GitError> {
        if folder.is_empty() {
            return self.tree_of(commit).map(Some);
        }
        match self.entry_at(commit, folder)? {
            Some(TreeEntry { kind: EntryKind::Folder, id, .. }) => self.tree(&id).map(Some),
            _ => Ok(None),
        }
    }

    fn tree(&self, id: &str) -> Result<git2::Tree<'_>, GitError> {
        self.inner.find_tree(parse_id(id)?).map_err(GitError::of("read a tree"))
    }

    /// Everything below a folder of a commit that is no folder itself, sorted by path, and whether there were more than `limit`.
    /// Folders are entered by their objects, so that none is missed whatever its name is made of.
    ///
    /// # Errors
    /// When the commit or a tree of it cannot be read.
    pub fn entries_below(&self, commit: &str, folder: &str, limit: usize) -> Result<(Vec<TreeEntry>, bool), GitError> {
        let mut found = Vec::new();
        let mut folders: Vec<_> =
            self.folder_of(commit, folder)?.map(|tree| (folder.to_owned(), tree)).into_iter().collect();
        while let Some((folder, tree)) = folders.pop() {
            for entry in entries_of(&tree, &folder) {
                if entry.kind == EntryKind::Folder {
                    folders.push((entry.path, self.tree(&entry.id)?));
                } else if found.len() == limit {
                    return Ok((found, true));
                } else {
                    found.push(entry);
                }
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok((found, false))
    }

    /// The size of a blob in bytes; none where there is no such blob.
    pub fn blob_size(&self, id: &str) -> Option<u64> {
        let (size, kind) = self.inner.odb().ok()?.read_header(Oid::from_str(id).ok()?).ok()?;
        (kind == ObjectType::Blob).then_some(size as u64)
    }

    /// The bytes of a blob.
    ///
    /// # Errors
    /// When it is not there, or has more than `limit` bytes.
    pub fn blob(&self, id: &str, limit: u64) -> Result<Vec<u8>, GitError> {
        let action = "read a file";
        let size = self.blob_size(id).ok_or_else(|| GitError::Other { action, reason: "it is not there".into() })?;
        if size > limit {
            let reason = format!("it has {size} bytes, and {limit} is the limit");
            return Err(GitError::Other { action, reason });
        }
        let blob = self.inner.find_blob(parse_id(id)?).map_err(GitError::of(action))?;
        Ok(blob.content().to_vec())
    }

    /// Who commits here: the environment's `GIT_AUTHOR_NAME` and `GIT_AUTHOR_EMAIL`, else what Git is configured with.
    pub fn identity(&self, variables: &dyn Variables) -> Option<(String, String)> {
        let config = self.inner.config().and_then(|mut config| config.snapshot()).ok();
        identity_from(variables, |key| setting_of(config.as_ref()?, key))
    }

    pub(super) fn tree_of(&self, commit: &str) -> Result<git2::Tree<'_>, GitError> {
        let found = self.inner.find_commit(parse_id(commit)?).and_then(|commit| commit.tree());
        found.map_err(GitError::of("read a commit"))
    }
}

/// Who commits on this machine, in whatever repository: the environment's variables, else the user's settings of Git.
pub fn identity(variables: &dyn Variables) -> Option<(String, String)> {
    identity_from(variables, setting)
}

fn identity_from(variables: &dyn Variables, setting: impl Fn(&str) -> Option<String>) -> Option<(String, String)> {
    let name = variables.text("GIT_AUTHOR_NAME").or_else(|| setting("user.name"))?;
    let mail = variables.text("GIT_AUTHOR_EMAIL").or_else(|| setting("user.email"))?;
    Some((name, mail))
}

/// A setting of Git that holds for all repositories of this user.
fn setting(key: &str) -> Option<String> {
    let config = git2::Config::open_default().and_then(|mut config| config.snapshot()).ok()?;
    setting_of(&config, key)
}

fn setting_of(config: &git2::Config, key: &str) -> Option<String> {
    config.get_string(key).ok().filter(|text| !text.is_empty())
}

pub(super) fn parse_id(id: &str) -> Result<Oid, GitError> {
    Oid::from_str(id).map_err(|_| GitError::Revision { revision: id.into() })
}

/// The entries of a tree that is called `folder`, sorted by path.
fn entries_of(tree: &git2::Tree<'_>, folder: &str) -> Vec<TreeEntry> {
    let path = |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
    let mut entries: Vec<_> = tree.iter().map(|entry| entry_of(path(name_of(entry.name_bytes())), &entry)).collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries
}

/// A name as text; bytes that are none as Git shows them: `caf\351`.
fn name_of(bytes: &[u8]) -> String {
    let mut name = String::new();
    for chunk in bytes.utf8_chunks() {
        name.push_str(chunk.valid());
        name.extend(chunk.invalid().iter().map(|byte| format!("\\{byte:03o}")));
    }
    name
}

fn entry_of(path: String, entry: &git2::TreeEntry<'_>) -> TreeEntry {
    let kind = match entry.filemode() {
        0o040_000 => EntryKind::Folder,
        0o120_000 => EntryKind::Link,
        0o160_000 => EntryKind::Submodule,
        mode => EntryKind::File { executable: mode & 0o111 != 0 },
    };
    TreeEntry { path, kind, id: entry.id().to_string() }
}

fn open_error(folder: &Path, error: &git2::Error) -> GitError {
    let message = error.message();
    if error.code() == ErrorCode::NotFound {
        return GitError::NoRepository { folder: folder.display().to_string() };
    }
    let reason = if message.contains("objectformat") || message.contains("object format") {
        "its objects are named by SHA-256, and only SHA-1 repositories are supported".into()
    } else if message.contains("refstorage") || message.contains("reftable") {
        "its references are kept in a reftable, and only files are supported (`git refs migrate --ref-format=files`)"
            .into()
    } else if error.code() == ErrorCode::Owner {
        "it belongs to another user; `git config --global --add safe.directory` allows it".into()
    } else {
        message.to_owned()
    };
    GitError::Format { reason }
}
