//! Where secrets' values come from: environment variables, files.
//!
//! Never: prints a value, or keeps it longer than it is needed.
//!
//! Invariants: a [`SecretValue`] has no way to be printed or serialised; an error names the source, never what was read.

mod env;
mod file;
pub mod vault;

pub use vault::{DigestKey, FillError, Vault, names_in, names_in_resources};

use crate::model::SecretSource;
pub use crate::model::SecretValue;
use crate::seam::BoxFuture;
use crate::sys::Variables;
use std::path::Path;
use std::sync::Arc;

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

/// The largest secret, in bytes.
pub const MAX_SECRET_BYTES: usize = 64 * 1024;

/// The built-in readers. Relative paths are below `root`, the repository's.
pub fn readers(root: &Path, variables: &Arc<dyn Variables>) -> Vec<Box<dyn SecretReader>> {
    vec![Box::new(env::EnvironmentReader(Arc::clone(variables))), Box::new(file::FileReader(root.into()))]
}

/// A value that can be a secret.
fn checked(source_name: String, bytes: Vec<u8>) -> Result<SecretValue, SecretError> {
    let value = SecretValue::new(bytes);
    let reason = match value.expose() {
        [] => "it is empty; remove the secret where none is needed".into(),
        bytes if bytes.contains(&0) => "it holds a NUL byte, which no tool can be given".into(),
        bytes if bytes.len() > MAX_SECRET_BYTES => format!("it has more than {MAX_SECRET_BYTES} bytes"),
        _ => return Ok(value),
    };
    Err(SecretError { source_name, reason, transient: false })
}
