//! Why a command could not be done.

use crate::backend::BackendError;
use crate::diag::{Sink, SourceMap};
use crate::exec::ExecError;
use crate::plan::PlanError;
use crate::preview::PreviewError;
use crate::report::exit;
use crate::state::StateError;
use crate::sys::git::GitError;

/// What is done about a plan that does not fit any more.
pub(super) const PLAN_AGAIN: &str = "plan again, look at the new plan, and apply that";

/// Why a command could not be done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpsError {
    /// The files have errors.
    #[error("the files have errors")]
    Files {
        /// What is wrong.
        sink: Sink,
        /// The texts that it points into.
        sources: SourceMap,
    },
    /// The plan is refused.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The run did not begin.
    #[error(transparent)]
    Exec(#[from] ExecError),
    /// There is no such preview.
    #[error(transparent)]
    Preview(#[from] PreviewError),
    /// A live system could not be looked at or set up.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The state store failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file could not be read or written.
    #[error("{action} `{path}`: {reason}")]
    File {
        /// What was tried: `read`, `write`.
        action: &'static str,
        /// The file.
        path: String,
        /// Why it failed.
        reason: String,
    },
    /// What a command is limited to matches nothing.
    #[error("{message}")]
    NothingMatches {
        /// What.
        message: String,
        /// What there is.
        help: String,
    },
    /// What was asked for cannot be done, or is not done.
    #[error("{message}")]
    Refused {
        /// Why.
        message: String,
        /// What to do about it.
        help: Option<String>,
        /// The exit code.
        exit_code: u8,
    },
}

impl OpsError {
    /// What was asked for makes no sense: exit 64.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), help: Some(help.into()), exit_code: exit::USAGE }
    }

    /// What was asked for cannot be done: exit 1.
    pub fn refused(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), help: Some(help.into()), exit_code: exit::ERROR }
    }

    /// The exit code.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Exec(ExecError::Locked { .. }) | Self::State(StateError::Locked { .. }) => exit::LOCKED,
            Self::Exec(ExecError::Stale { .. }) => exit::STALE,
            Self::Exec(ExecError::Unreadable { .. } | ExecError::Cancelled) => exit::INCOMPLETE,
            Self::Refused { exit_code, .. } => *exit_code,
            Self::NothingMatches { .. } | Self::Preview(PreviewError::Branch { .. } | PreviewError::Commit { .. }) => {
                exit::USAGE
            }
            Self::Preview(PreviewError::OverQuota { .. }) => exit::DENIED,
            Self::Files { .. }
            | Self::Plan(_)
            | Self::Preview(PreviewError::PlaceTaken { .. } | PreviewError::NameTooLong { .. })
            | Self::Exec(ExecError::UnknownInstance { .. } | ExecError::Observe(_) | ExecError::State(_))
            | Self::Backend(_)
            | Self::State(_)
            | Self::Git(_)
            | Self::File { .. } => exit::ERROR,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Plan(error) => Some(error.help()),
            Self::Preview(error) => Some(error.help()),
            Self::Backend(error) | Self::Exec(ExecError::Observe(error)) => error.help.clone(),
            Self::Exec(ExecError::Locked { .. }) => Some("wait for it with `--lock-timeout 5m`".into()),
            Self::Exec(ExecError::Stale { .. }) => Some(PLAN_AGAIN.into()),
            Self::Refused { help, .. } => help.clone(),
            Self::NothingMatches { help, .. } => Some(help.clone()),
            Self::Files { .. } | Self::Exec(_) | Self::State(_) | Self::Git(_) | Self::File { .. } => None,
        }
    }
}
