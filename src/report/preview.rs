//! Previews as they are reported: brought up, listed, taken away.

use super::exit;
use crate::model::Address;
use crate::plan::Gap;
use crate::preview::{Endpoint, Standing};
use serde::Serialize;

/// A change that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedChange {
    /// The address.
    pub address: Address,
    /// Why.
    pub reason: String,
    /// Whether somebody else was faster: the plan was stale.
    pub conflict: bool,
}

/// What a run of changes came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// The addresses that were changed.
    pub changed: Vec<Address>,
    /// The changes that failed.
    pub failed: Vec<FailedChange>,
    /// Why it ended early; none: it did not.
    pub interrupted: Option<String>,
    /// What the closing look still finds to do, or why it could not look.
    pub remaining: Vec<String>,
}

impl RunReport {
    fn exit_code(&self) -> u8 {
        let failure = match (self.failed.iter().any(|one| one.conflict), self.failed.is_empty()) {
            (true, _) => exit::STALE,
            (false, false) => exit::ERROR,
            (false, true) => exit::DONE,
        };
        let whole = self.interrupted.is_none() && self.remaining.is_empty();
        exit::stronger(failure, if whole { exit::DONE } else { exit::INCOMPLETE })
    }
}

/// A preview, and when what happened to it. Times are RFC 3339, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewStatus {
    /// Its name as an environment.
    pub name: String,
    /// The environment that it is made from.
    pub environment: String,
    /// The number of the pull request.
    pub number: u32,
    /// How it stands.
    pub standing: Standing,
    /// The branch as it was told.
    pub branch: Option<String>,
    /// The commit that it was compiled from at last.
    pub commit: Option<String>,
    /// When it was brought up first; none: nothing is recorded.
    pub created_at: Option<String>,
    /// When it was brought up last.
    pub last_activity_at: Option<String>,
    /// When it expires.
    pub expires_at: Option<String>,
    /// Where it is reached, as its file says.
    pub url: Option<String>,
    /// How many things bear its mark; none: nobody can say.
    pub resources: Option<usize>,
}

/// A preview that was brought up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewReport {
    /// `1.0`.
    pub format_version: &'static str,
    /// `Preview`.
    pub kind: &'static str,
    /// The version of driftless.
    pub tool_version: &'static str,
    /// The preview.
    pub preview: PreviewStatus,
    /// Whether it was not there before.
    pub created: bool,
    /// What was done.
    pub run: RunReport,
    /// Where its ports are reached.
    pub endpoints: Vec<Endpoint>,
    /// What is to be said of where it is reached.
    pub note: Option<String>,
    /// Whether everything was done and seen.
    pub complete: bool,
}

impl PreviewReport {
    /// A report of a preview.
    pub fn new(preview: PreviewStatus, created: bool, run: RunReport) -> Self {
        let complete = run.exit_code() == exit::DONE;
        let (endpoints, note) = (Vec::new(), None);
        Self {
            format_version: "1.0",
            kind: "Preview",
            tool_version: TOOL,
            preview,
            created,
            run,
            endpoints,
            note,
            complete,
        }
    }

    /// 1 where a change failed, 5 where somebody else was faster, 3 where something is left to do.
    pub fn exit_code(&self) -> u8 {
        exit::stronger(self.run.exit_code(), if self.complete { exit::DONE } else { exit::INCOMPLETE })
    }
}

/// What could not be listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unlisted {
    /// The environment whose previews are meant.
    pub environment: String,
    /// Why.
    pub reason: String,
}

/// All previews.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewsReport {
    /// `1.0`.
    pub format_version: &'static str,
    /// `Previews`.
    pub kind: &'static str,
    /// The version of driftless.
    pub tool_version: &'static str,
    /// The previews, by environment and number.
    pub previews: Vec<PreviewStatus>,
    /// What could not be listed.
    pub unlisted: Vec<Unlisted>,
    /// Whether everything could be listed.
    pub complete: bool,
}

impl PreviewsReport {
    /// A report of previews.
    pub fn new(previews: Vec<PreviewStatus>, unlisted: Vec<Unlisted>) -> Self {
        let complete = unlisted.is_empty();
        Self { format_version: "1.0", kind: "Previews", tool_version: TOOL, previews, unlisted, complete }
    }

    /// 3 where something could not be listed.
    pub const fn exit_code(&self) -> u8 {
        if self.complete { exit::DONE } else { exit::INCOMPLETE }
    }
}

/// A preview that was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// Its name as an environment.
    pub name: String,
    /// The environment that it was made from.
    pub environment: String,
    /// The number of the pull request.
    pub number: u32,
    /// What was done.
    pub run: RunReport,
    /// What bears its mark still.
    pub left: Vec<Address>,
    /// What could not be looked at to prove that nothing is left.
    pub gaps: Vec<Gap>,
    /// Why it could not be taken away at all; none: it could.
    pub error: Option<String>,
}

impl Removal {
    /// Whether another look proved that nothing with its mark is left.
    pub fn is_proved(&self) -> bool {
        self.error.is_none() && self.left.is_empty() && self.gaps.is_empty()
    }

    /// 1 where something is left or failed, 3 where it could not be proved that nothing is.
    fn exit_code(&self) -> u8 {
        let left = if self.left.is_empty() && self.error.is_none() { exit::DONE } else { exit::ERROR };
        let proved = if self.gaps.is_empty() { exit::DONE } else { exit::INCOMPLETE };
        exit::stronger(exit::stronger(left, proved), self.run.exit_code())
    }
}

/// A preview that was taken away on request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemovalReport {
    /// `1.0`.
    pub format_version: &'static str,
    /// `PreviewRemoval`.
    pub kind: &'static str,
    /// The version of driftless.
    pub tool_version: &'static str,
    /// The preview.
    pub removal: Removal,
    /// Whether nothing is left, and that was seen.
    pub complete: bool,
}

impl RemovalReport {
    /// A report of a removal.
    pub fn new(removal: Removal) -> Self {
        let complete = removal.exit_code() == exit::DONE;
        Self { format_version: "1.0", kind: "PreviewRemoval", tool_version: TOOL, removal, complete }
    }

    /// 1 where something is left or failed, 3 where it could not be proved that nothing is.
    pub fn exit_code(&self) -> u8 {
        self.removal.exit_code()
    }
}

/// A preview whose time is over, and that was not taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// Previews that were taken away since their time was over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReapReport {
    /// `1.0`.
    pub format_version: &'static str,
    /// `PreviewReap`.
    pub kind: &'static str,
    /// The version of driftless.
    pub tool_version: &'static str,
    /// Those that were taken away.
    pub reaped: Vec<Removal>,
    /// Those whose time is over, and that were not.
    pub held: Vec<Held>,
    /// Those that stay: their time is not over.
    pub stays: Vec<String>,
    /// Those of which nothing is recorded: never taken away.
    pub unrecorded: Vec<String>,
    /// What could not be listed.
    pub unlisted: Vec<Unlisted>,
    /// Whether everything whose time is over is gone, and everything could be listed.
    pub complete: bool,
}

impl ReapReport {
    /// A report of previews whose time is over, or not.
    pub fn new(
        reaped: Vec<Removal>,
        held: Vec<Held>,
        stays: Vec<String>,
        unrecorded: Vec<String>,
        unlisted: Vec<Unlisted>,
    ) -> Self {
        let (format_version, kind, tool_version) = ("1.0", "PreviewReap", TOOL);
        let mut report =
            Self { format_version, kind, tool_version, reaped, held, stays, unrecorded, unlisted, complete: true };
        report.complete = report.exit_code() == exit::DONE;
        report
    }

    /// 1 where something is left or failed, 3 where something was held or could not be listed.
    pub fn exit_code(&self) -> u8 {
        let whole = self.held.is_empty() && self.unlisted.is_empty();
        let own = if whole { exit::DONE } else { exit::INCOMPLETE };
        self.reaped.iter().map(Removal::exit_code).fold(own, exit::stronger)
    }
}

const TOOL: &str = env!("CARGO_PKG_VERSION");
