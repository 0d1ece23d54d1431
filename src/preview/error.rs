//! Why there is no such preview.

use crate::diag::bounded;

/// Why there is no such preview.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PreviewError {
    /// What was told is no branch.
    #[error("`{}` is no name of a branch: {reason}", bounded(.branch))]
    Branch {
        /// What was told.
        branch: String,
        /// Why it is none.
        reason: &'static str,
    },
    /// What was told is no commit.
    #[error("`{}` is no commit", bounded(.sha))]
    Commit {
        /// What was told.
        sha: String,
    },
    /// There are as many as there may be.
    #[error("{base} has {} previews, and {max} are allowed", there.len())]
    OverQuota {
        /// The environment.
        base: String,
        /// How many there may be.
        max: u32,
        /// Those that there are, the one that was idle longest first.
        there: Vec<String>,
    },
    /// It would go where another environment is.
    #[error("{name} would go to {place}, and {other} is there")]
    PlaceTaken {
        /// The preview.
        name: String,
        /// Where, for people.
        place: String,
        /// Who is there.
        other: String,
    },
    /// A name that it needs is too long.
    #[error("{name} would be called `{}`, which has {} characters, and {longest} are allowed", bounded(.wanted), .wanted.chars().count())]
    NameTooLong {
        /// The preview.
        name: String,
        /// What it would be called.
        wanted: String,
        /// How long it may be.
        longest: usize,
    },
}

impl PreviewError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Branch { .. } => "say the branch of the pull request, or leave `--branch` out".into(),
            Self::Commit { .. } => "say the commit's digits, 7 at least: `git rev-parse HEAD`".into(),
            Self::OverQuota { there, .. } => {
                let idle = there.first().map(String::as_str).unwrap_or_default();
                format!(
                    "`driftless preview list` shows them; {idle} was idle longest. Remove one with `driftless preview down`, or raise \
                     `preview.max`"
                )
            }
            Self::PlaceTaken { .. } => {
                "names get `-pr-NUMBER` by themselves; what else says where it goes must differ: send previews to another target with \
                 `preview.target`"
                    .into()
            }
            Self::NameTooLong { .. } => "shorten it in the settings of the target that previews go to".into(),
        }
    }
}
