//! Secrets from environment variables.

use super::{SecretError, SecretReader, SecretValue, checked};
use crate::model::SecretSource;
use crate::seam::BoxFuture;
use crate::sys::Variables;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

/// Reads `env: NAME`.
pub(super) struct EnvironmentReader(pub(super) Arc<dyn Variables>);

impl SecretReader for EnvironmentReader {
    fn kind(&self) -> &'static str {
        "env"
    }

    fn read<'a>(&'a self, source: &'a SecretSource) -> BoxFuture<'a, Result<SecretValue, SecretError>> {
        let name = &source.argument;
        let source_name = format!("environment variable {name}");
        let value = match self.0.get(name) {
            Some(value) => checked(source_name, value.into_vec()),
            None => Err(SecretError { source_name, reason: "it is not set".into(), transient: false }),
        };
        Box::pin(std::future::ready(value))
    }
}
