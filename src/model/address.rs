//! The name of a thing that a backend compares and applies.

use super::glob::segments_match;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// `KIND[@INSTANCE]:PATH`, for example `docker:container/cache-0`, `kubernetes@edge:apps/Deployment/shop/api`, `git:deploy/staging/compose/compose.yaml`.
///
/// The kind is an opaque string to all but the backend that owns it. The instance is named only where the target instance is not
/// named like its kind. Bytes in the path that would end a segment or cannot be printed are percent-encoded by [`Address::new`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    kind: String,
    instance: Option<String>,
    path: String,
}

/// What was given is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address: expected KIND:PATH or KIND@INSTANCE:PATH")]
pub struct ParseAddress(String);

impl Address {
    /// An address of path segments; each is encoded.
    pub fn new<'a>(kind: &str, instance: Option<&str>, segments: impl IntoIterator<Item = &'a str>) -> Self {
        let path = segments.into_iter().map(encode).collect::<Vec<_>>().join("/");
        Self { kind: kind.into(), instance: instance.map(Into::into), path }
    }

    /// The kind of the backend.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The target instance, where it is not named like its kind.
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// The encoded path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What its first segment alone names: `redis:cache-0` of `redis:cache-0/config/maxmemory`.
    #[must_use]
    pub fn root(&self) -> Self {
        let first = self.path.split('/').next().unwrap_or_default().to_owned();
        Self { path: first, ..self.clone() }
    }

    /// The decoded segments of the path.
    pub fn segments(&self) -> impl Iterator<Item = String> {
        self.path.split('/').map(decode)
    }

    /// Whether a glob matches the whole address: `*` is any text within one segment, `**` any text.
    pub fn matches(&self, glob: &str) -> bool {
        segments_match(glob, &self.to_string())
    }
}

fn encode(segment: &str) -> String {
    let mut encoded = String::new();
    for character in segment.chars() {
        if matches!(character, '/' | '%' | ' ' | '*') || character.is_control() {
            let mut bytes = [0; 4];
            encoded.extend(character.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        } else {
            encoded.push(character);
        }
    }
    encoded
}

fn decode(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = if *first == b'%' { tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()) } else { None };
        if let Some(byte) = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.instance {
            Some(instance) => write!(f, "{}@{instance}:{}", self.kind, self.path),
            None => write!(f, "{}:{}", self.kind, self.path),
        }
    }
}

impl FromStr for Address {
    type Err = ParseAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseAddress(text.into());
        let (head, path) = text.split_once(':').ok_or_else(error)?;
        let (kind, instance) = head.split_once('@').map_or((head, None), |(kind, instance)| (kind, Some(instance)));
        if kind.is_empty() || path.is_empty() || instance.is_some_and(str::is_empty) {
            return Err(error());
        }
        Ok(Self { kind: kind.into(), instance: instance.map(Into::into), path: path.into() })
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_and_keeps_its_segments() {
        let address = Address::new("git", Some("edge"), ["a b", "c/d%", "é"]);
        assert_eq!(address.to_string(), "git@edge:a%20b/c%2Fd%25/é");
        assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
        assert_eq!(address.segments().collect::<Vec<_>>(), ["a b", "c/d%", "é"]);
        for wrong in ["", "git", ":x", "git:", "git@:x"] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }
}
