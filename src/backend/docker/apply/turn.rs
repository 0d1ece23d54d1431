//! One writer of a project at a time, in this process and on this machine: Compose races with itself.

use crate::backend::{BackendError, Context, ErrorClass};
use crate::sys::file::{FileLock, make_private_folder};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// How long whoever writes is waited for: as long as one run of Compose may take.
const PATIENCE: Duration = super::compose::RUN_TIMEOUT;

/// The name of the lock in the project's folder.
const LOCK: &str = ".lock";

/// Waits for whoever writes. A run of Compose whose driftless was killed holds the lock too, and is waited for.
pub(super) async fn take(folder: &Path, context: &Context<'_>) -> Result<Arc<FileLock>, BackendError> {
    let error = |error: std::io::Error| {
        let what = format!("cannot lock {}: {error}", folder.display());
        BackendError::new(ErrorClass::Denied, what)
    };
    make_private_folder(folder).map_err(error)?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(lock) = FileLock::try_acquire(&folder.join(LOCK)).map_err(error)? {
            return Ok(Arc::new(lock));
        }
        let stopped = *context.cancelled.borrow();
        if stopped || tokio::time::Instant::now() >= deadline {
            let message = format!("somebody else is writing to {}", folder.display());
            return Err(BackendError::new(ErrorClass::Transient, message));
        }
        sleep(PAUSE).await;
    }
}
