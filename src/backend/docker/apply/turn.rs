//! One writer of a project at a time, in this process and on this machine: Compose races with itself. And whether the last one came to its end.

use crate::backend::{BackendError, Context, ErrorClass};
use crate::sys::file::{self, FileLock, make_private_folder};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// How long another writer is waited for: as long as one run of Compose may take.
const PATIENCE: Duration = super::compose::RUN_TIMEOUT;

/// How long a look waits for a writer. What it would see meanwhile is nothing that stays.
const PATIENCE_OF_A_LOOK: Duration = Duration::from_secs(30);

/// The name of the lock in the project's folder.
const LOCK: &str = ".lock";

/// The name of a file that is there while somebody writes, and afterwards where that one was killed.
const AT_WORK: &str = ".at-work";

/// The right to write to a project. Whoever waits for it waits for the programs that it was handed to, too.
pub(super) struct Turn {
    pub(super) lock: Arc<FileLock>,
}

impl Turn {
    /// Waits for whoever writes. A run of Compose whose driftless was killed holds the lock too, and is waited for.
    pub(super) async fn take(folder: &Path, context: &Context<'_>) -> Result<Self, BackendError> {
        make_private_folder(folder).map_err(|error| refused(folder, &error))?;
        let lock = wait(folder, context, PATIENCE).await.map_err(|error| refused(folder, &error))?;
        let busy = || {
            let message = format!("somebody else is writing to {}", folder.display());
            BackendError::new(ErrorClass::Transient, message)
        };
        let turn = Self { lock: Arc::new(lock.ok_or_else(busy)?) };
        file::write_atomically(&folder.join(AT_WORK), b"").map_err(|error| refused(folder, &error))?;
        Ok(turn)
    }

    /// Ends it: whatever is half done is so because it failed, not because somebody was killed.
    pub(super) fn end(self, folder: &Path) -> Result<(), BackendError> {
        let ended = file::remove(&folder.join(AT_WORK)).map_err(|error| refused(folder, &error));
        drop(self);
        ended
    }
}

/// Whether whoever wrote last was killed: then what is half made stays so. Waits for a writer, as long as that may be waited for.
pub(in crate::backend::docker) async fn was_killed(folder: &Path, context: &Context<'_>) -> bool {
    let at_work = || file::is_there(&folder.join(AT_WORK));
    // What cannot be known is not said; the look itself tells what there is.
    at_work() && matches!(wait(folder, context, PATIENCE_OF_A_LOOK).await, Ok(Some(_))) && at_work()
}

async fn wait(folder: &Path, context: &Context<'_>, patience: Duration) -> io::Result<Option<FileLock>> {
    let deadline = Instant::now() + patience;
    loop {
        let lock = FileLock::try_acquire(&folder.join(LOCK))?;
        if lock.is_some() || *context.cancelled.borrow() || Instant::now() >= deadline {
            return Ok(lock);
        }
        sleep(PAUSE).await;
    }
}

fn refused(folder: &Path, error: &io::Error) -> BackendError {
    BackendError::new(ErrorClass::Denied, format!("cannot write to {}: {error}", folder.display()))
}
