//! What is remembered of previews.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The previews of one environment, by number. One object, so that a quota holds for all of them at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRecords {
    /// By the number of the pull request.
    pub previews: BTreeMap<u32, PreviewRecord>,
}

/// What is remembered of one preview. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRecord {
    /// The branch as it was told; what others wrote.
    pub branch: Option<String>,
    /// The commit whose tree is compiled; none: the work tree.
    pub sha: Option<String>,
    /// The commit that it was compiled from at last; none outside a repository.
    pub commit: Option<String>,
    /// Where it is reached, as its file says.
    pub url: Option<String>,
    /// When it was brought up first.
    pub created_seconds: i64,
    /// When it was brought up last.
    pub active_seconds: i64,
    /// How long it lives after that.
    pub ttl_seconds: u32,
    /// When it was closed: it is being taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_seconds: Option<i64>,
}

/// How a preview stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is in use.
    Active,
    /// Its time is over.
    Expired,
    /// It was closed.
    Closed,
    /// Nothing is recorded of it: it is known by its marks alone.
    Unrecorded,
}

impl Standing {
    /// The word that every output uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Closed => "closed",
            Self::Unrecorded => "unrecorded",
        }
    }
}

impl PreviewRecord {
    /// When it expires.
    pub fn expires_seconds(&self) -> i64 {
        self.active_seconds.saturating_add(i64::from(self.ttl_seconds))
    }

    /// How it stands at a moment. A clock that goes backwards makes nothing older.
    pub fn standing(&self, now_seconds: i64) -> Standing {
        match self.closed_seconds {
            Some(_) => Standing::Closed,
            None if now_seconds >= self.expires_seconds() => Standing::Expired,
            None => Standing::Active,
        }
    }
}
