//! Where diagnostics are collected.

use super::{Diagnostic, Severity, Span};

/// How many diagnostics one run keeps; the rest is counted.
pub const MAX_DIAGNOSTICS: usize = 1_000;

/// Collects diagnostics in the order in which they are found; bounded, without exact duplicates.
#[derive(Debug, Clone, Default)]
pub struct Sink {
    kept: Vec<Diagnostic>,
    dropped: usize,
    errors: usize,
}

impl Sink {
    /// Takes one diagnostic.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        // Beyond the limit duplicates are counted too: looking for them would make a bad file slow.
        let full = self.kept.len() >= MAX_DIAGNOSTICS;
        if !full && self.kept.contains(&diagnostic) {
            return;
        }
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        if full {
            self.dropped += 1;
        } else {
            self.kept.push(diagnostic);
        }
    }

    /// Takes all of another sink.
    pub fn append(&mut self, other: Self) {
        self.dropped += other.dropped;
        for diagnostic in other.kept {
            self.push(diagnostic);
        }
    }

    /// How many errors were pushed, counting those beyond the limit.
    pub const fn errors(&self) -> usize {
        self.errors
    }

    /// Whether an error was pushed.
    pub const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether an error stands at exactly this place: what follows from it need not be said there too.
    pub fn has_error_at(&self, span: Span) -> bool {
        self.kept.iter().any(|diagnostic| diagnostic.severity == Severity::Error && diagnostic.span == Some(span))
    }

    /// How many diagnostics were left out because there were more than [`MAX_DIAGNOSTICS`].
    pub const fn dropped(&self) -> usize {
        self.dropped
    }

    /// The diagnostics, by file, then by place, then as found; those without a place first.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut all: Vec<_> = self.kept.iter().collect();
        all.sort_by_key(|diagnostic| diagnostic.span);
        all
    }

    /// The diagnostics as found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.kept.iter()
    }

    /// Whether nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}
