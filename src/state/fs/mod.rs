//! The local store: a folder of files, each written whole or not at all.
//!
//! Locks are the kernel's: a process that dies holds none. The folder ignores itself in Git.

mod file;
mod lease;
mod name;

use super::{Lease, StateError, StateStore, Stored, Version};
use crate::seam::BoxFuture;
use crate::sys::file::{FileLock, is_there, list, read, remove, sweep, write_atomically};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The format of the store itself: how keys become names, and what a file begins with.
const STORE_FORMAT: u32 = 1;

/// The largest description of a store, and of a lease's owner, in bytes.
const MAX_DESCRIPTION_BYTES: u64 = 1 << 16;

/// A store in a folder. Clones are the same store.
#[derive(Debug, Clone)]
pub struct FsStore {
    folder: PathBuf,
    ignoring: PathBuf,
    swept: Arc<Mutex<BTreeSet<PathBuf>>>,
}

#[derive(Serialize, Deserialize)]
struct About {
    store_format: u32,
    lineage: String,
}

impl FsStore {
    /// The store in `local` (`.driftless`), which is made when it is first written to; a lease on it is no write.
    pub fn new(local: &Path) -> Self {
        Self { folder: local.join("state"), ignoring: local.join(".gitignore"), swept: Arc::default() }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it was ever written to. On a fresh machine it was not: then nothing is known of earlier applies.
    pub fn was_written(&self) -> bool {
        is_there(&self.about_path())
    }

    fn about_path(&self) -> PathBuf {
        self.folder.join("store.json")
    }

    fn about(&self) -> Result<Option<About>, StateError> {
        let path = self.about_path();
        let Some(bytes) = read(&path, MAX_DESCRIPTION_BYTES).map_err(failed("read the state store"))? else {
            return Ok(None);
        };
        let key = || path.display().to_string();
        let about: About = serde_json::from_slice(&bytes)
            .map_err(|_| StateError::Damaged { key: key(), reason: "it describes no state store".into() })?;
        if about.store_format > STORE_FORMAT {
            let (found, known) = (about.store_format.to_string(), STORE_FORMAT.to_string());
            return Err(StateError::NewerFormat { key: key(), found, known });
        }
        Ok(Some(about))
    }

    fn make_folder(&self) -> Result<(), StateError> {
        if is_there(&self.ignoring) {
            return Ok(());
        }
        write_atomically(&self.ignoring, b"*\n").map_err(failed("make the state store"))
    }

    /// Makes the store where it is not there yet. Called under the write lock.
    fn found(&self) -> Result<(), StateError> {
        if self.about()?.is_some() {
            return Ok(());
        }
        let about = About { store_format: STORE_FORMAT, lineage: uuid::Uuid::now_v7().to_string() };
        let bytes = serde_json::to_vec_pretty(&about).map_err(|error| failed("make the state store")(error.into()))?;
        write_atomically(&self.about_path(), &bytes).map_err(failed("make the state store"))
    }

    /// Excludes other writers, for as long as one write takes.
    fn write_lock(&self) -> Result<FileLock, StateError> {
        self.make_folder()?;
        FileLock::acquire(&self.folder.join("locks/write")).map_err(failed("lock the state store"))
    }

    fn path_of(&self, key: &str) -> PathBuf {
        self.folder.join("objects").join(name::path_of(key))
    }

    fn current(&self, key: &str) -> Result<Option<Stored>, StateError> {
        let path = self.path_of(key);
        let Some(bytes) = read(&path, file::MAX_FILE_BYTES).map_err(failed("read the state"))? else { return Ok(None) };
        file::open(key, bytes).map(Some).map_err(|reason| {
            let reason = format!("{reason}; it lies in {}", path.display());
            StateError::Damaged { key: key.into(), reason }
        })
    }

    fn check_version(&self, key: &str, expected: Option<&Version>) -> Result<(), StateError> {
        let current = self.current(key)?.map(|stored| stored.version);
        if current.as_ref() == expected { Ok(()) } else { Err(StateError::Conflict { key: key.into() }) }
    }

    fn get_now(&self, key: &str) -> Result<Option<Stored>, StateError> {
        self.about()?;
        self.current(key)
    }

    fn put_now(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, StateError> {
        let _lock = self.write_lock()?;
        self.found()?;
        self.check_version(key, expected)?;
        let version = Version(uuid::Uuid::now_v7().to_string());
        self.sweep(&self.path_of(key));
        let content = file::seal(key, &version, bytes).map_err(failed("write the state"))?;
        write_atomically(&self.path_of(key), &content).map_err(failed("write the state"))?;
        Ok(version)
    }

    /// Removes what a writer that died left beside a file; each folder is looked at once. Called under the write lock.
    fn sweep(&self, path: &Path) {
        let Some(folder) = path.parent() else { return };
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if swept.insert(folder.to_owned()) {
            // What stays is in nobody's way: a write does not fail for it.
            drop(sweep(folder));
        }
    }

    fn delete_now(&self, key: &str, expected: &Version) -> Result<(), StateError> {
        let _lock = self.write_lock()?;
        self.about()?;
        self.check_version(key, Some(expected))?;
        remove(&self.path_of(key)).map_err(failed("write the state"))
    }

    /// Reads the folders that can hold such keys and no others: what it takes does not grow with the rest of the store.
    fn list_now(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        self.about()?;
        let (whole, _) = prefix.rsplit_once('/').map_or(("", prefix), |(whole, rest)| (whole, rest));
        let above = if prefix.contains('/') { name::folder_of(whole) } else { PathBuf::new() };
        let mut open = vec![above];
        let mut keys = Vec::new();
        while let Some(folder) = open.pop() {
            let entries = list(&self.folder.join("objects").join(&folder)).map_err(failed("list the state"))?;
            for entry in entries {
                let path = folder.join(entry.name);
                match (entry.is_folder, name::key_of(&path)) {
                    (true, _) => open.push(path),
                    (false, Some(key)) if key.starts_with(prefix) => keys.push(key),
                    (false, _) => {}
                }
            }
        }
        keys.sort();
        Ok(keys)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let store = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        done.unwrap_or_else(|error| Err(failed("use the state store")(io::Error::other(error.to_string()))))
    }
}

fn failed(action: &'static str) -> impl Fn(io::Error) -> StateError {
    move |error| StateError::Store { action: format!("cannot {action}"), reason: error.to_string() }
}

impl StateStore for FsStore {
    fn lineage(&self) -> BoxFuture<'_, Result<Option<String>, StateError>> {
        Box::pin(self.blocking(|store| Ok(store.about()?.map(|about| about.lineage))))
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Stored>, StateError>> {
        let key = key.to_owned();
        Box::pin(self.blocking(move |store| store.get_now(&key)))
    }

    fn put<'a>(
        &'a self,
        key: &'a str,
        expected: Option<&'a Version>,
        bytes: &'a [u8],
    ) -> BoxFuture<'a, Result<Version, StateError>> {
        let (key, expected, bytes) = (key.to_owned(), expected.cloned(), bytes.to_owned());
        Box::pin(self.blocking(move |store| store.put_now(&key, expected.as_ref(), &bytes)))
    }

    fn delete<'a>(&'a self, key: &'a str, expected: &'a Version) -> BoxFuture<'a, Result<(), StateError>> {
        let (key, expected) = (key.to_owned(), expected.clone());
        Box::pin(self.blocking(move |store| store.delete_now(&key, &expected)))
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StateError>> {
        let prefix = prefix.to_owned();
        Box::pin(self.blocking(move |store| store.list_now(&prefix)))
    }

    fn holder<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, StateError>> {
        let name = name.to_owned();
        Box::pin(self.blocking(move |store| store.holder_now(&name)))
    }

    fn lease<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<Box<dyn Lease>, StateError>> {
        let (name, owner) = (name.to_owned(), owner.to_owned());
        Box::pin(self.blocking(move |store| store.lease_now(&name, &owner)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_writer_left_that_died_is_gone_with_the_next_write_there() {
        let local = tempfile::tempdir().unwrap();
        let store = FsStore::new(local.path());
        let first = store.put("environments/dev/applied/a", None, b"1").await.unwrap();
        store.put("environments/other/applied/a", None, b"1").await.unwrap();
        let beside = |key: &str| store.path_of(key).with_file_name(".new-Ab12Cd");
        let (here, elsewhere) = (beside("environments/dev/applied/a"), beside("environments/other/applied/a"));
        std::fs::write(&here, "half").unwrap();
        std::fs::write(&elsewhere, "half").unwrap();
        // Another command: this one has looked there already.
        let later = FsStore::new(local.path());
        assert_eq!(later.get("environments/dev/applied/a").await.unwrap().unwrap().version, first);
        assert!(here.exists(), "a look removes nothing");
        later.put("environments/dev/applied/b", None, b"2").await.unwrap();
        assert_eq!((here.exists(), elsewhere.exists()), (false, true));
        let keys = later.list("environments/").await.unwrap();
        assert_eq!(keys, ["environments/dev/applied/a", "environments/dev/applied/b", "environments/other/applied/a"]);
    }
}
