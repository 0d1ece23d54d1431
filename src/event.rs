//! What execution tells the world. The library emits events; terminal, JSON lines and tests are consumers of the same ones.

use crate::model::Address;
use crate::plan::Action;
use serde::Serialize;

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "result", content = "reason")]
pub enum Ended {
    /// Done.
    Done,
    /// Failed; why.
    Failed(String),
    /// Not tried, because of what it waits for; why.
    Skipped(String),
}

/// One thing that happened. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// A stage of a command began: `compile`, `observe`, `plan`, `apply`, ...
    StageStarted {
        /// Its name.
        stage: &'static str,
        /// What it works on, for people.
        subject: String,
    },
    /// It ended.
    StageEnded {
        /// Its name.
        stage: &'static str,
    },
    /// Somebody else holds the lease; we wait.
    LeaseWaiting {
        /// Who holds it.
        holder: String,
    },
    /// The lease is ours.
    LeaseTaken,
    /// The lease is given back.
    LeaseReleased,
    /// All preconditions of a plan hold.
    PreconditionsHeld,
    /// What each instance writes beside its changes is written.
    ArtifactsWritten {
        /// The target instance.
        instance: String,
    },
    /// A change began.
    ChangeStarted {
        /// The address.
        address: Address,
        /// What is done.
        action: Action,
    },
    /// A step that a backend tells of: a commit made, a push tried, a container seen.
    ChangeProgress {
        /// The address; none where it concerns a whole batch.
        address: Option<Address>,
        /// What, for people.
        message: String,
    },
    /// A change ended.
    ChangeEnded {
        /// The address.
        address: Address,
        /// What was done.
        action: Action,
        /// How it ended.
        ended: Ended,
    },
    /// An attempt failed and is made again.
    Retrying {
        /// What is tried.
        subject: String,
        /// Why the last attempt failed.
        reason: String,
        /// Milliseconds until the next one.
        after_ms: u64,
    },
    /// What was applied to an address is recorded in the state.
    Recorded {
        /// The address.
        address: Address,
    },
    /// A health check is waited for.
    HealthWaiting {
        /// The address.
        address: Address,
        /// What is missing.
        reason: String,
    },
    /// The record of the revision is written.
    RevisionRecorded {
        /// Its number.
        generation: u64,
    },
}

/// Who is told. Must not block for long, and must not panic.
pub trait EventSink: Send + Sync {
    /// Takes one event.
    fn emit(&self, event: &Event);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl EventSink for Silent {
    fn emit(&self, _event: &Event) {}
}
