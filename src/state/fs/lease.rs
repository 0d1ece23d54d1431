//! Leases of the local store: a lock of the kernel, and beside it a record of who holds it.

use super::{FsStore, MAX_DESCRIPTION_BYTES, failed, name};
use crate::seam::BoxFuture;
use crate::state::{Lease, StateError};
use crate::sys::file::{FileLock, read, remove, write_atomically};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Serialize, Deserialize)]
struct Owner {
    owner: String,
    token: String,
}

impl FsStore {
    /// The file that is locked, and the record of who locked it.
    fn lease_paths(&self, lease: &str) -> (PathBuf, PathBuf) {
        let beside = |end: &str| {
            let mut path = self.folder().join("locks").join("leases").join(name::path_of(lease)).into_os_string();
            path.push(end);
            PathBuf::from(path)
        };
        (beside(".lock"), beside(".owner"))
    }

    pub(super) fn holder_now(&self, lease: &str) -> Result<Option<String>, StateError> {
        let (lock, record) = self.lease_paths(lease);
        let Some(owner) = owner_of(&record) else { return Ok(None) };
        // A record without its lock is left by a process that died.
        let free = FileLock::try_acquire(&lock).map_err(failed("look at the lease"))?.is_some();
        Ok((!free).then_some(owner.owner))
    }

    pub(super) fn lease_now(&self, lease: &str, owner: &str) -> Result<Box<dyn Lease>, StateError> {
        self.about()?;
        self.make_folder()?;
        let (lock, record) = self.lease_paths(lease);
        let Some(lock) = FileLock::try_acquire(&lock).map_err(failed("take the lease"))? else {
            let holder = owner_of(&record).map_or_else(|| "another process".into(), |owner| owner.owner);
            return Err(StateError::Locked { holder });
        };
        let token = uuid::Uuid::now_v7().to_string();
        let owner = Owner { owner: owner.into(), token: token.clone() };
        let bytes = serde_json::to_vec(&owner).map_err(|error| failed("take the lease")(error.into()))?;
        write_atomically(&record, &bytes).map_err(failed("take the lease"))?;
        Ok(Box::new(FsLease { lock, record, name: lease.into(), token }))
    }
}

fn owner_of(record: &Path) -> Option<Owner> {
    let bytes = read(record, MAX_DESCRIPTION_BYTES).ok().flatten()?;
    serde_json::from_slice(&bytes).ok()
}

struct FsLease {
    lock: FileLock,
    record: PathBuf,
    name: String,
    token: String,
}

impl Lease for FsLease {
    fn check(&self) -> BoxFuture<'_, Result<(), StateError>> {
        let owner = owner_of(&self.record);
        let ours = owner.as_ref().is_some_and(|owner| owner.token == self.token);
        let held = self.lock.is_held() && ours;
        let holder = owner.filter(|_| !ours);
        let holder = holder.map_or_else(|| "somebody who removed its files".into(), |owner| owner.owner);
        Box::pin(std::future::ready(if held {
            Ok(())
        } else {
            Err(StateError::LeaseLost { name: self.name.clone(), holder })
        }))
    }

    fn token(&self) -> &str {
        &self.token
    }
}

impl Drop for FsLease {
    fn drop(&mut self) {
        // The record goes while the lock still excludes others. One that stays names nobody: only who fails to lock reads it.
        if self.lock.is_held() && owner_of(&self.record).is_some_and(|owner| owner.token == self.token) {
            drop(remove(&self.record));
        }
    }
}
