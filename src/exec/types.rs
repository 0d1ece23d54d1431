//! What goes into a run, and what comes out.

use crate::backend::table::Backends;
use crate::backend::{BackendError, ErrorClass, Supply};
use crate::event::Ended;
use crate::model::{Address, Digest};
use crate::plan::{Action, Gap, Plan};
use crate::state::{StateError, StateStore};
use crate::sys::Clock;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is done when a change fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// What was done stays, and independent branches go on.
    Keep,
    /// What is in flight is finished, nothing more is started, what was done stays.
    Stop,
    /// As `Stop`, then what this run changed is put back as it was.
    #[default]
    Rollback,
}

/// How often and when a transient failure is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How many attempts there are in all.
    pub attempts: u32,
    /// The pause after the first; it doubles each time.
    pub pause: Duration,
    /// The longest pause.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 4, pause: Duration::from_millis(500), longest: Duration::from_secs(10) }
    }
}

/// Settings of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long the lease is waited for.
    pub lock_timeout: Duration,
    /// How long the health of one address is waited for.
    pub health_timeout: Duration,
    /// How long to wait between two looks at it.
    pub health_pause: Duration,
    /// What a transient failure gets.
    pub retry: Retry,
    /// What is done when a change fails.
    pub on_failure: OnFailure,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lock_timeout: Duration::ZERO,
            health_timeout: Duration::from_mins(5),
            health_pause: Duration::from_millis(500),
            retry: Retry::default(),
            on_failure: OnFailure::default(),
        }
    }
}

/// One run of one plan.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its digest.
    pub digest: &'a Digest,
    /// The backends of its instances.
    pub backends: &'a Backends,
    /// Where it is recorded.
    pub store: &'a dyn StateStore,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Who runs it, `Name <mail>` or a login.
    pub who: &'a str,
    /// Why, in words.
    pub why: &'a str,
    /// Settings.
    pub options: &'a Options,
    /// Keyed digests of secret fields that are recorded with what is applied, by address and field path.
    pub secrets: &'a BTreeMap<Address, BTreeMap<String, String>>,
    /// Where secrets' values come from.
    pub supply: &'a dyn Supply,
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeOutcome {
    /// The address.
    pub address: Address,
    /// What was to be done.
    pub action: Action,
    /// How it ended.
    pub ended: Ended,
    /// What to make of a failure; none where it did not fail, or failed by never getting well.
    pub class: Option<ErrorClass>,
    /// What to do about a failure.
    pub help: Option<String>,
}

/// Why a run ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Interruption {
    /// It was told to.
    #[error("it was told to stop")]
    Cancelled,
    /// Somebody else took the lease.
    #[error("the lease was lost to {holder}")]
    LeaseLost {
        /// Who.
        holder: String,
    },
    /// The state could not be written.
    #[error(transparent)]
    State(StateError),
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// The changes other than `keep`, in the plan's order.
    pub outcomes: Vec<ChangeOutcome>,
    /// Its number; none where there was nothing to do.
    pub generation: Option<u64>,
    /// Why it ended early.
    pub interruption: Option<Interruption>,
    /// What was put back after a failure, in that order; empty where the policy is another.
    pub rolled_back: Vec<ChangeOutcome>,
    /// Whether every change was done.
    pub complete: bool,
}

impl Execution {
    /// Whether a change failed because somebody else was faster: the plan is stale (exit 5).
    pub fn conflicted(&self) -> bool {
        self.outcomes.iter().any(|outcome| outcome.class == Some(ErrorClass::Conflict))
    }

    /// The changes that failed.
    pub fn failed(&self) -> impl Iterator<Item = &ChangeOutcome> {
        self.outcomes.iter().filter(|outcome| matches!(outcome.ended, Ended::Failed(_)))
    }
}

/// Why a run did not begin. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecError {
    /// It was told to stop before it began.
    #[error("stopped before anything was changed")]
    Cancelled,
    /// Somebody else holds the lease (exit 6).
    #[error("locked by {holder}")]
    Locked {
        /// Who.
        holder: String,
    },
    /// The plan does not fit any more (exit 5).
    #[error("the plan is stale: {}", reasons.join("; "))]
    Stale {
        /// Why, sentences without a full stop.
        reasons: Vec<String>,
    },
    /// What the plan changes could not be looked at (exit 3).
    #[error("{} of the addresses that change cannot be read", gaps.len())]
    Unreadable {
        /// Which, and why.
        gaps: Vec<Gap>,
    },
    /// The plan names an instance that the environment does not have, or one whose backend cannot do it.
    #[error("the plan has changes for `{instance}`, which is no target of this environment")]
    UnknownInstance {
        /// The instance.
        instance: String,
    },
    /// A backend could not look.
    #[error("{0}")]
    Observe(BackendError),
    /// The state store failed.
    #[error(transparent)]
    State(#[from] StateError),
}
