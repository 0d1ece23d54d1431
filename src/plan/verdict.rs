//! The table of desired, last applied and live.

/// What three sides that are not all equal say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Desired is live, and was not recorded as applied: record it.
    Converged,
    /// Desired was changed in Git, live is as applied.
    Pending,
    /// Desired is what was applied, live is not.
    Drift,
    /// All three differ.
    DriftAndPending,
}

/// Reads the table; none: in sync. Equality is a matter of the compare table and need not be transitive; what is desired counts first.
pub const fn verdict(desired_is_applied: bool, desired_is_live: bool, applied_is_live: bool) -> Option<Verdict> {
    match (desired_is_live, desired_is_applied, applied_is_live) {
        (true, true, _) => None,
        (true, false, _) => Some(Verdict::Converged),
        (false, true, _) => Some(Verdict::Drift),
        (false, false, true) => Some(Verdict::Pending),
        (false, false, false) => Some(Verdict::DriftAndPending),
    }
}

impl Verdict {
    /// Whether live is what nobody declared.
    pub const fn is_drift(self) -> bool {
        matches!(self, Self::Drift | Self::DriftAndPending)
    }

    /// Whether Git has moved on.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Pending | Self::DriftAndPending)
    }
}
