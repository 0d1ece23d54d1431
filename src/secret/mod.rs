//! Where secrets' values come from: environment variables, files.
//!
//! Never: prints a value, or keeps it longer than it is needed.
//!
//! Invariants: a [`SecretValue`] has no way to be printed or serialised; an error names the source, never what was read.

pub mod env;
pub mod file;

pub use env::EnvReader;
pub use file::FileReader;

use crate::backend::BoxFuture;
use crate::model::SecretSource;
use crate::sys::Variables;
use std::path::Path;
use std::sync::Arc;

/// A secret's value.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Vec<u8>);

impl SecretValue {
    /// Takes a value.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, for the one place that hands them to a tool or makes a keyed digest of them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(sensitive)")
    }
}

impl Drop for SecretValue {
    fn drop(&mut self) {
        self.0.fill(0);
    }
}

/// Why a secret cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}: {reason}")]
pub struct SecretError {
    /// Where it should have come from: `environment variable CACHE_PASSWORD`.
    pub source_name: String,
    /// Why it does not.
    pub reason: String,
    /// Whether it may be there later (an unreachable server), unlike one that is not configured.
    pub transient: bool,
}

/// Reads secrets of one kind of source.
pub trait SecretReader: Send + Sync {
    /// The kind that it reads, as it stands in an environment file.
    fn kind(&self) -> &'static str;

    /// Reads one.
    fn read<'a>(&'a self, source: &'a SecretSource) -> BoxFuture<'a, Result<SecretValue, SecretError>>;
}

/// The built-in readers.
pub fn readers(root: &Path, variables: &Arc<dyn Variables>) -> Vec<Box<dyn SecretReader>> {
    vec![Box::new(EnvReader::new(Arc::clone(variables))), Box::new(FileReader::new(root.to_owned()))]
}
