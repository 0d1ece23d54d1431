//! The local store: a folder of files, each written whole or not at all.
//!
//! Locks are the kernel's: a process that dies holds none. The folder ignores itself in Git.

use super::{BoxFuture, Lease, StateError, StateStore, Stored, Version};
use crate::model::Digest;
use crate::sys::file::{FileLock, read, remove, write_atomically};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// The format that is written, and the newest that is read.
const FORMAT: &str = "1.0";

/// The largest object, in bytes.
const MAX_OBJECT_BYTES: u64 = 256 << 20;

/// How much of an encoded segment goes into one file name.
const MAX_NAME: usize = 200;

/// A store in a folder.
#[derive(Debug, Clone)]
pub struct FsStore {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct About {
    format_version: String,
    lineage: String,
}

#[derive(Serialize, Deserialize)]
struct Owner {
    owner: String,
    token: String,
}

impl FsStore {
    /// The store in `folder` (`.driftless`), which is made when it is first written to.
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn about(&self) -> Result<Option<About>, StateError> {
        let Some(bytes) = read(&self.folder.join("store.json"), 1 << 16).map_err(failed("read the state store"))?
        else {
            return Ok(None);
        };
        let damaged = |reason: String| StateError::Damaged { key: "store.json".into(), reason };
        let about: About =
            serde_json::from_slice(&bytes).map_err(|_| damaged("it is no description of a store".into()))?;
        super::record::check_format("store.json", &about.format_version)?;
        Ok(Some(about))
    }

    /// Makes the store where it is not there yet. Called under the write lock.
    fn found(&self) -> Result<(), StateError> {
        if self.about()?.is_some() {
            return Ok(());
        }
        let action = "make the state store";
        write_atomically(&self.folder.join(".gitignore"), b"*\n").map_err(failed(action))?;
        let about = About { format_version: FORMAT.into(), lineage: uuid::Uuid::now_v7().to_string() };
        let bytes = serde_json::to_vec_pretty(&about).unwrap_or_default();
        write_atomically(&self.folder.join("store.json"), &bytes).map_err(failed(action))
    }

    fn write_lock(&self) -> Result<FileLock, StateError> {
        FileLock::acquire(&self.folder.join("locks/write")).map_err(failed("lock the state store"))
    }

    fn path_of(&self, key: &str) -> PathBuf {
        let mut path = self.folder.join("objects");
        let mut segments = key.split('/').peekable();
        while let Some(segment) = segments.next() {
            let mut rest = encode(segment);
            while rest.len() > MAX_NAME {
                let tail = rest.split_off(MAX_NAME);
                path.push(format!("{rest}+"));
                rest = tail;
            }
            path.push(if segments.peek().is_some() { rest } else { format!("{rest}~") });
        }
        path
    }

    fn current(&self, key: &str) -> Result<Option<Stored>, StateError> {
        let bytes = read(&self.path_of(key), MAX_OBJECT_BYTES).map_err(failed("read the state"))?;
        Ok(bytes.map(|bytes| Stored { version: version_of(&bytes), bytes }))
    }

    fn put_now(&self, key: &str, expected: Option<&Version>, bytes: &[u8]) -> Result<Version, StateError> {
        let _lock = self.write_lock()?;
        self.found()?;
        self.expect(key, expected)?;
        write_atomically(&self.path_of(key), bytes).map_err(failed("write the state"))?;
        Ok(version_of(bytes))
    }

    fn delete_now(&self, key: &str, expected: &Version) -> Result<(), StateError> {
        let _lock = self.write_lock()?;
        self.about()?;
        self.expect(key, Some(expected))?;
        remove(&self.path_of(key)).map_err(failed("write the state"))
    }

    fn expect(&self, key: &str, expected: Option<&Version>) -> Result<(), StateError> {
        let current = self.current(key)?.map(|stored| stored.version);
        if current.as_ref() == expected { Ok(()) } else { Err(StateError::Conflict { key: key.into() }) }
    }

    fn list_now(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        self.about()?;
        let mut keys = Vec::new();
        let mut open = vec![(self.folder.join("objects"), String::new())];
        while let Some((folder, encoded)) = open.pop() {
            let entries = match std::fs::read_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries.map_err(failed("list the state"))?,
            };
            for entry in entries {
                let name = entry.map_err(failed("list the state"))?.file_name().to_string_lossy().into_owned();
                let joined = |name: &str| format!("{encoded}{name}");
                // What a process that died was about to write.
                if name.starts_with(".new-") {
                    continue;
                }
                if let Some(last) = name.strip_suffix('~') {
                    keys.push(decode(&joined(last)));
                } else if let Some(part) = name.strip_suffix('+') {
                    open.push((folder.join(&name), joined(part)));
                } else {
                    open.push((folder.join(&name), joined(&name) + "/"));
                }
            }
        }
        keys.retain(|key| key.starts_with(prefix));
        keys.sort();
        Ok(keys)
    }

    fn lease_now(&self, name: &str, owner: &str) -> Result<Box<dyn Lease>, StateError> {
        self.about()?;
        let path = self.folder.join("locks").join(format!("{}.lease", encode(name)));
        let record = path.with_extension("owner");
        let Some(lock) = FileLock::try_acquire(&path).map_err(failed("take the lease"))? else {
            return Err(StateError::Locked { holder: holder_of(&record) });
        };
        let token = uuid::Uuid::now_v7().to_string();
        let owner = Owner { owner: owner.into(), token: token.clone() };
        let bytes = serde_json::to_vec(&owner).unwrap_or_default();
        write_atomically(&record, &bytes).map_err(failed("take the lease"))?;
        write_atomically(&self.folder.join(".gitignore"), b"*\n").map_err(failed("make the state store"))?;
        Ok(Box::new(FsLease { lock, record, name: name.into(), token }))
    }
}

fn holder_of(record: &Path) -> String {
    let owner = read(record, 1 << 16).ok().flatten().and_then(|bytes| serde_json::from_slice::<Owner>(&bytes).ok());
    owner.map_or_else(|| "another process".into(), |owner| owner.owner)
}

fn failed(action: &'static str) -> impl Fn(io::Error) -> StateError {
    move |error| StateError::Store { action: format!("cannot {action}"), reason: error.to_string() }
}

fn version_of(bytes: &[u8]) -> Version {
    Version(Digest::of(bytes).to_string())
}

/// A segment as a file name: what every file system takes as it is, the rest as `%XX`.
fn encode(segment: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'@' | b'=' | b',');
    segment.bytes().enumerate().fold(String::new(), |mut text, (at, byte)| {
        if plain(byte) || (byte == b'.' && at > 0) {
            text.push(char::from(byte));
        } else {
            text.extend(['%', hexadecimal(byte >> 4), hexadecimal(byte & 15)]);
        }
        text
    })
}

fn hexadecimal(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = if *first == b'%' { tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()) } else { None };
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A lease that the kernel frees when the process dies.
struct FsLease {
    lock: FileLock,
    record: PathBuf,
    name: String,
    token: String,
}

impl Lease for FsLease {
    fn check(&self) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(async move {
            let owner = read(&self.record, 1 << 16).ok().flatten();
            let owner = owner.and_then(|bytes| serde_json::from_slice::<Owner>(&bytes).ok());
            if self.lock.is_held() && owner.as_ref().is_some_and(|owner| owner.token == self.token) {
                return Ok(());
            }
            let holder = owner.map_or_else(|| "somebody who removed its file".into(), |owner| owner.owner);
            Err(StateError::LeaseLost { name: self.name.clone(), holder })
        })
    }

    fn token(&self) -> &str {
        &self.token
    }
}

impl StateStore for FsStore {
    fn lineage(&self) -> BoxFuture<'_, Result<Option<String>, StateError>> {
        Box::pin(async move { Ok(self.about()?.map(|about| about.lineage)) })
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Stored>, StateError>> {
        Box::pin(async move {
            self.about()?;
            self.current(key)
        })
    }

    fn put<'a>(
        &'a self,
        key: &'a str,
        expected: Option<&'a Version>,
        bytes: &'a [u8],
    ) -> BoxFuture<'a, Result<Version, StateError>> {
        Box::pin(async move { self.put_now(key, expected, bytes) })
    }

    fn delete<'a>(&'a self, key: &'a str, expected: &'a Version) -> BoxFuture<'a, Result<(), StateError>> {
        Box::pin(async move { self.delete_now(key, expected) })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StateError>> {
        Box::pin(async move { self.list_now(prefix) })
    }

    fn lease<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<Box<dyn Lease>, StateError>> {
        Box::pin(async move { self.lease_now(name, owner) })
    }
}
