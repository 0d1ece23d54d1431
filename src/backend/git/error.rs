//! What to make of what goes wrong with Git.

use crate::backend::{BackendError, ErrorClass};
use crate::sys::git::GitError;
use crate::sys::process::ProcessError;

impl From<GitError> for BackendError {
    fn from(error: GitError) -> Self {
        let (class, help) = match &error {
            GitError::NoRepository { .. } => {
                (ErrorClass::NotFound, Some("make one with `git init`, or set `git.repository`"))
            }
            GitError::Format { .. } => (ErrorClass::Unsupported, None),
            GitError::InTheWay { .. } => {
                (ErrorClass::Conflict, Some("what stands there is not ours: move it, or set `git.path`"))
            }
            GitError::BranchInTheWay { .. } => {
                (ErrorClass::Invalid, Some("rename or delete that branch, or set `git.branch`"))
            }
            GitError::Gone { .. } => {
                (ErrorClass::NotFound, Some("check `git.repository`; nothing is lost: apply again once it is there"))
            }
            GitError::Denied { .. } => {
                (ErrorClass::Denied, Some("nothing was written there; the reason above is the remote's own"))
            }
            GitError::Program(ProcessError::Missing { .. }) => {
                (ErrorClass::Unsupported, Some("install git and see to it that it is in PATH"))
            }
            GitError::Unreachable { .. } | GitError::Program(ProcessError::TimedOut { .. }) => {
                (ErrorClass::Transient, None)
            }
            GitError::Revision { .. } | GitError::Address { .. } | GitError::Program(_) | GitError::Other { .. } => {
                (ErrorClass::Invalid, None)
            }
        };
        Self { class, message: error.to_string(), help: help.map(Into::into) }
    }
}
