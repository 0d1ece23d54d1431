//! Digests of canonical bytes.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// What every digest begins with.
const PREFIX: &str = "sha256:";

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
        let digit = |number: u8| char::from(if number < 10 { b'0' + number } else { b'a' + number - 10 });
        let mut text = String::with_capacity(PREFIX.len() + 2 * hash.len());
        text.push_str(PREFIX);
        text.extend(hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]));
        Self(text)
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve hexadecimal digits, for names and lines that people read.
    pub fn short(&self) -> &str {
        self.0.get(PREFIX.len()..PREFIX.len() + 12).unwrap_or(&self.0)
    }
}

impl std::str::FromStr for Digest {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix(PREFIX).ok_or(())?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() == 64 && digits.bytes().all(is_digit) { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
