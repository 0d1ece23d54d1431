//! What stands at a path of the branch.

use super::body;
use crate::backend::BackendError;
use crate::model::{Digest, Tree};
use crate::sys::git::{EntryKind, Repository, TreeEntry};

/// The largest file that is compared, in bytes.
pub(super) const MAX_BYTES: u64 = 32 << 20;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// What it is.
    pub(super) body: Tree,
    /// Its text, where it is a file.
    pub(super) text: Option<String>,
    /// Whether it is a program, where it is a file.
    pub(super) executable: bool,
    /// Why it holds no tree, where its name says that it should.
    pub(super) unreadable: Option<String>,
    /// A digest of it, of its kind, and of whether it is a program.
    pub(super) fingerprint: Digest,
    /// What stands there, where writing a file would lose something that is none.
    pub(super) in_the_way: Option<String>,
}

/// The fingerprint of a file.
pub(super) fn fingerprint(content: &[u8], executable: bool) -> Digest {
    Digest::of_pieces([if executable { &b"program"[..] } else { &b"file"[..] }, content])
}

/// What stands at a path of a commit; none where nothing does.
pub(super) fn standing(repository: &Repository, commit: &str, path: &str) -> Result<Option<Standing>, BackendError> {
    if let Some(entry) = repository.entry_at(commit, path)? {
        return of_entry(repository, &entry).map(Some);
    }
    // A file where one of our folders must be is in the way too.
    for (at, _) in path.match_indices('/') {
        match repository.entry_at(commit, &path[..at])? {
            Some(entry) if entry.kind != EntryKind::Folder => {
                let what = format!("a file at {}, above it,", entry.path);
                return Ok(Some(in_the_way(body::other("file", entry.path.clone()), "above", &entry.id, what)));
            }
            _ => {}
        }
    }
    Ok(None)
}

const fn no_file(body: Tree, fingerprint: Digest) -> Standing {
    Standing { body, text: None, executable: false, unreadable: None, fingerprint, in_the_way: None }
}

fn in_the_way(body: Tree, kind: &str, id: &str, what: String) -> Standing {
    let fingerprint = Digest::of_pieces([kind.as_bytes(), id.as_bytes()]);
    Standing { in_the_way: Some(what), ..no_file(body, fingerprint) }
}

/// What an entry of a tree is that is not ours: by its id alone, since its content is nobody's business here.
pub(super) fn foreign(entry: &TreeEntry) -> Standing {
    let executable = matches!(entry.kind, EntryKind::File { executable: true });
    let kind = if executable { "foreign program" } else { "foreign" };
    let fingerprint = Digest::of_pieces([kind.as_bytes(), entry.id.as_bytes()]);
    Standing { executable, ..no_file(Tree::Null, fingerprint) }
}

/// What an entry of a tree is.
pub(super) fn of_entry(repository: &Repository, entry: &TreeEntry) -> Result<Standing, BackendError> {
    match entry.kind {
        EntryKind::File { executable } => {
            let content = repository.blob(&entry.id, MAX_BYTES)?;
            let fingerprint = fingerprint(&content, executable);
            let text = String::from_utf8_lossy(&content).into_owned();
            let (body, unreadable) = match body::read(&entry.path, &text) {
                Ok(body) => (body, None),
                Err(problem) => (Tree::Null, Some(problem)),
            };
            Ok(Standing { body, text: Some(text), executable, unreadable, fingerprint, in_the_way: None })
        }
        EntryKind::Link => {
            let target = String::from_utf8_lossy(&repository.blob(&entry.id, 1 << 16)?).into_owned();
            let fingerprint = Digest::of_pieces([&b"link"[..], target.as_bytes()]);
            Ok(no_file(body::other("symlink", target), fingerprint))
        }
        EntryKind::Folder => {
            let body = body::other("folder", entry.path.clone());
            Ok(in_the_way(body, "folder", &entry.id, "a folder".into()))
        }
        EntryKind::Submodule => {
            let body = body::other("submodule", entry.id.clone());
            Ok(in_the_way(body, "submodule", &entry.id, "a submodule".into()))
        }
    }
}
