//! Makes changes.

use super::{DockerTarget, Engine};
use crate::backend::{BackendError, Batch, Context, ErrorClass, Outcome};

/// Makes the changes of one batch.
pub(super) async fn apply(
    _engine: &Engine,
    _target: &DockerTarget,
    _context: &Context<'_>,
    _batch: Batch<'_>,
) -> Result<Vec<Outcome>, BackendError> {
    Err(BackendError::new(ErrorClass::Unsupported, "under construction"))
}
