//! What goes wrong with Git.

use crate::sys::process::ProcessError;

/// Why Git did not do it. Holds no password and nothing that is in a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// There is no repository.
    #[error("`{folder}` is in no Git repository")]
    NoRepository {
        /// Where one was looked for.
        folder: String,
    },
    /// The repository has a format that cannot be read.
    #[error("the Git repository has a format that is not supported: {reason}")]
    Format {
        /// Which.
        reason: String,
    },
    /// There is no such revision.
    #[error("there is no revision `{revision}`")]
    Revision {
        /// What was asked for.
        revision: String,
    },
    /// Something stands where a file should be written.
    #[error("`{path}` is in the way")]
    InTheWay {
        /// What stands there.
        path: String,
    },
    /// A branch cannot be beside another one: the name of one is a folder of the other's.
    #[error("branch `{branch}` cannot be made while there is a branch `{other}`")]
    BranchInTheWay {
        /// The branch.
        branch: String,
        /// What stands there.
        other: String,
    },
    /// The address of the remote makes no sense, or is not allowed.
    #[error("`{remote}` is no address of a Git repository: {reason}")]
    Address {
        /// The address, without password.
        remote: String,
        /// Why.
        reason: String,
    },
    /// The remote cannot be reached right now.
    #[error("`{remote}` cannot be reached: {reason}")]
    Unreachable {
        /// The address, without password.
        remote: String,
        /// Why.
        reason: String,
    },
    /// There is no repository at that address.
    #[error("there is no repository at `{remote}`: {reason}")]
    Gone {
        /// The address, without password.
        remote: String,
        /// Why.
        reason: String,
    },
    /// The remote refuses.
    #[error("`{remote}` refuses: {reason}")]
    Denied {
        /// The address, without password.
        remote: String,
        /// Why.
        reason: String,
    },
    /// The `git` program did not run.
    #[error(transparent)]
    Program(#[from] ProcessError),
    /// Anything else.
    #[error("{action}: {reason}")]
    Other {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        reason: String,
    },
}

impl GitError {
    /// An error of libgit2 while doing something.
    pub(super) fn of(action: &'static str) -> impl Fn(git2::Error) -> Self {
        move |error| Self::Other { action, reason: error.message().to_owned() }
    }
}
