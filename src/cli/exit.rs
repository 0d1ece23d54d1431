//! How a command ends.

use std::io::Write as _;

/// How a command ended, as scripts see it. Where several hold, the one that stands first wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// A bug in driftless.
    Bug,
    /// Wrong usage.
    Usage,
    /// An error.
    Error,
    /// Locked by someone else.
    Locked,
    /// A stale or altered plan.
    Stale,
    /// Denied by policy.
    Denied,
    /// Something could not be read, or was only partly applied.
    Incomplete,
    /// Changes, or drift.
    Changes,
    /// Done, nothing to report.
    Done,
}

impl ExitCode {
    /// The number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Bug => 70,
            Self::Usage => 64,
            Self::Error => 1,
            Self::Locked => 6,
            Self::Stale => 5,
            Self::Denied => 4,
            Self::Incomplete => 3,
            Self::Changes => 2,
            Self::Done => 0,
        }
    }

    /// The one that wins.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }
}

/// Runs a command; a panic in it is a bug that is said so, with what to report.
pub fn guarded(run: impl FnOnce() -> ExitCode + std::panic::UnwindSafe) -> std::process::ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        let text = format!(
            "error: this is a bug in driftless {}{place}\n  help: please report it with the command that you ran; nothing is half-written that a rerun does not mend\n",
            env!("CARGO_PKG_VERSION")
        );
        drop(std::io::stderr().write_all(text.as_bytes()));
    }));
    let code = std::panic::catch_unwind(run).unwrap_or(ExitCode::Bug);
    std::process::ExitCode::from(code.number())
}

/// Prints what clap says: help and version are results, everything else is wrong usage.
pub fn usage(error: &clap::Error) -> ExitCode {
    drop(error.print());
    if error.use_stderr() { ExitCode::Usage } else { ExitCode::Done }
}

#[cfg(test)]
mod tests {
    use super::ExitCode;

    #[test]
    fn where_several_hold_the_order_of_the_contract_decides() {
        use ExitCode::{Bug, Changes, Denied, Done, Error, Incomplete, Locked, Stale, Usage};
        let order = [Bug, Usage, Error, Locked, Stale, Denied, Incomplete, Changes, Done];
        assert_eq!(order.map(ExitCode::number), [70, 64, 1, 6, 5, 4, 3, 2, 0]);
        for (at, first) in order.into_iter().enumerate() {
            for second in &order[at..] {
                assert_eq!(first.and(*second), first);
                assert_eq!(second.and(first), first);
            }
        }
    }
}
