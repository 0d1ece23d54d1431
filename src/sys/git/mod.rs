//! Git: objects through libgit2, fetch, push and blame through the `git` program.
//!
//! Never: checks a work tree out, changes the user's index, pushes without a lease.
//!
//! Invariants: objects first, one reference update last, and that one only if the reference still is what it was; an address that holds
//! a password is refused, since it would stand on a command line; an error never holds what is in a file.

mod blame;
mod error;
mod history;
mod objects;
mod program;
mod remote;
mod repository;
#[cfg(test)]
mod tests;
mod tree;

pub use blame::{BlamedLine, blame};
pub use error::GitError;
pub use history::CommitInfo;
pub use objects::{Author, CommitRequest, Edit};
pub use remote::{Pushed, Remote};
pub use repository::{EntryKind, Repository, TreeEntry, identity};
pub use tree::GitTree;

/// The id that a file with these bytes has.
pub fn blob_id(bytes: &[u8]) -> Option<String> {
    git2::Oid::hash_object(git2::ObjectType::Blob, bytes).ok().map(|id| id.to_string())
}

/// Whether a branch may be called that.
pub fn is_valid_branch(name: &str) -> bool {
    !name.starts_with('-') && git2::Branch::name_is_valid(name).unwrap_or(false)
}
