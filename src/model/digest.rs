//! Digests of canonical bytes.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self::from_hash(Sha256::digest(bytes.as_ref()).as_ref())
    }

    /// The digest of several pieces; where one ends is part of it.
    pub fn of_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for piece in pieces {
            hash.update((piece.len() as u64).to_le_bytes());
            hash.update(piece);
        }
        Self::from_hash(hash.finalize().as_ref())
    }

    /// The digest of something's canonical JSON.
    ///
    /// # Errors
    /// When it cannot be written as JSON (a map whose keys are no strings).
    pub fn of_json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_vec(value).map(Self::of)
    }

    fn from_hash(hash: &[u8]) -> Self {
        Self(hash.iter().fold(String::from("sha256:"), |text, byte| text + &format!("{byte:02x}")))
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve hexadecimal digits, for names and lines that people read.
    pub fn short(&self) -> &str {
        self.0.get(7..19).unwrap_or(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
