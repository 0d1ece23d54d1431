//! Where the live things are.

use crate::backend::{BackendError, ErrorClass};
use crate::model::{Address, Digest, Tree};
use crate::sys::file::{is_folder, list, read, remove, write_atomically};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The largest thing, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// Something that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveThing {
    /// Where.
    pub address: Address,
    /// Whose it is; none: nobody's mark.
    pub owner: Option<String>,
    /// The component that its mark names.
    pub component: Option<String>,
    /// What it is.
    pub body: Tree,
    /// Its exact text, if it is a file.
    pub text: Option<String>,
}

impl LiveThing {
    /// A digest of what it is, whoever owns it.
    pub fn fingerprint(&self) -> Digest {
        let body = serde_json::to_vec(&self.body).unwrap_or_default();
        let text = self.text.as_deref().map(str::as_bytes);
        let kind: &[u8] = if text.is_some() { b"text" } else { b"" };
        Digest::of_pieces([&body, text.unwrap_or_default(), kind])
    }
}

#[derive(Debug, Clone)]
pub(super) enum Store {
    Memory(Arc<Mutex<BTreeMap<Address, LiveThing>>>),
    Folder(PathBuf),
}

impl Store {
    pub(super) fn in_memory() -> Self {
        Self::Memory(Arc::default())
    }

    pub(super) const fn in_folder(folder: PathBuf) -> Self {
        Self::Folder(folder)
    }

    pub(super) fn all(&self) -> Result<BTreeMap<Address, LiveThing>, BackendError> {
        match self {
            Self::Memory(things) => Ok(things.lock().unwrap_or_else(PoisonError::into_inner).clone()),
            Self::Folder(folder) => read_folder(folder),
        }
    }

    pub(super) fn get(&self, address: &Address) -> Result<Option<LiveThing>, BackendError> {
        match self {
            Self::Memory(things) => Ok(things.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned()),
            Self::Folder(folder) => read_thing(&file_of(folder, address)),
        }
    }

    pub(super) fn put(&self, thing: &LiveThing) -> Result<(), BackendError> {
        match self {
            Self::Memory(things) => {
                let mut things = things.lock().unwrap_or_else(PoisonError::into_inner);
                things.insert(thing.address.clone(), thing.clone());
                Ok(())
            }
            Self::Folder(folder) => {
                let bytes = serde_json::to_vec_pretty(thing).map_err(|_| damaged("it cannot be written as JSON"))?;
                write_atomically(&file_of(folder, &thing.address), &bytes).map_err(|error| failed(&error))
            }
        }
    }

    pub(super) fn remove(&self, address: &Address) -> Result<(), BackendError> {
        match self {
            Self::Memory(things) => {
                things.lock().unwrap_or_else(PoisonError::into_inner).remove(address);
                Ok(())
            }
            Self::Folder(folder) if is_folder(folder) => {
                remove(&file_of(folder, address)).map_err(|error| failed(&error))
            }
            Self::Folder(_) => Ok(()),
        }
    }
}

/// Addresses can be longer than names of files: their digest is not.
fn file_of(folder: &Path, address: &Address) -> PathBuf {
    let digest = Digest::of(address.to_string());
    folder.join(format!("{}.json", digest.as_str().trim_start_matches("sha256:")))
}

fn read_folder(folder: &Path) -> Result<BTreeMap<Address, LiveThing>, BackendError> {
    let mut things = BTreeMap::new();
    for entry in list(folder).map_err(|error| failed(&error))? {
        let path = folder.join(entry.name);
        if path.extension().is_some_and(|extension| extension == "json")
            && let Some(thing) = read_thing(&path)?
        {
            things.insert(thing.address.clone(), thing);
        }
    }
    Ok(things)
}

/// The things of all systems in a folder, `ENVIRONMENT/INSTANCE`.
pub(super) fn all_below(folder: &Path) -> Result<Vec<LiveThing>, BackendError> {
    let mut things = Vec::new();
    for environment in folders_in(folder)? {
        for instance in folders_in(&environment)? {
            things.extend(read_folder(&instance)?.into_values());
        }
    }
    Ok(things)
}

fn folders_in(folder: &Path) -> Result<Vec<PathBuf>, BackendError> {
    let entries = list(folder).map_err(|error| failed(&error))?;
    Ok(entries.into_iter().filter(|entry| entry.is_folder).map(|entry| folder.join(entry.name)).collect())
}

fn read_thing(path: &Path) -> Result<Option<LiveThing>, BackendError> {
    let bytes = read(path, MAX_BYTES).map_err(|error| failed(&error))?;
    let parse = |bytes: Vec<u8>| serde_json::from_slice(&bytes).map_err(|_| damaged("a file of it is no live thing"));
    bytes.map(parse).transpose()
}

fn failed(error: &std::io::Error) -> BackendError {
    BackendError::new(ErrorClass::Invalid, format!("the folder of the live system cannot be used: {error}"))
}

fn damaged(reason: &str) -> BackendError {
    BackendError::new(ErrorClass::Invalid, format!("the folder of the live system is damaged: {reason}"))
}
