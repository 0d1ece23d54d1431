//! What a file of the store is: a line that says whose bytes follow and what they must be, and the bytes.

use super::STORE_FORMAT;
use crate::model::Digest;
use crate::state::{Stored, Version};
use serde::{Deserialize, Serialize};
use std::io;

/// The largest file, in bytes.
pub(super) const MAX_FILE_BYTES: u64 = 256 << 20;

#[derive(Serialize, Deserialize)]
struct Head {
    store_format: u32,
    key: String,
    version: String,
    digest: Digest,
}

/// The file of an object.
pub(super) fn seal(key: &str, version: &Version, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let digest = Digest::of(bytes);
    let head = Head { store_format: STORE_FORMAT, key: key.into(), version: version.0.clone(), digest };
    let mut file = serde_json::to_vec(&head)?;
    file.push(b'\n');
    file.extend_from_slice(bytes);
    if file.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other(format!("`{key}` has more than {MAX_FILE_BYTES} bytes")));
    }
    Ok(file)
}

/// The object of a file; else what is wrong with it.
pub(super) fn open(key: &str, mut file: Vec<u8>) -> Result<Stored, &'static str> {
    let end = file.iter().position(|byte| *byte == b'\n').ok_or("it is cut off")?;
    let head: Head =
        serde_json::from_slice(&file[..end]).map_err(|_| "its first line is not as driftless writes it")?;
    if head.key != key {
        return Err("it holds the object of another key");
    }
    file.drain(..=end);
    if Digest::of(&file) != head.digest {
        return Err("its content does not have the digest that it says");
    }
    Ok(Stored { bytes: file, version: Version(head.version) })
}
