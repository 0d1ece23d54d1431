//! Who applies an address.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A backend of a target instance. An instance has several where one makes what runs and another looks after what is inside of it.
///
/// Written as `INSTANCE/BACKEND`; neither name has a slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Applier {
    /// The target instance.
    pub instance: String,
    /// The backend's name.
    pub backend: String,
}

impl Applier {
    /// A backend of an instance.
    pub fn new(instance: impl Into<String>, backend: impl Into<String>) -> Self {
        Self { instance: instance.into(), backend: backend.into() }
    }
}

impl fmt::Display for Applier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.instance, self.backend)
    }
}

impl From<Applier> for String {
    fn from(applier: Applier) -> Self {
        applier.to_string()
    }
}

impl TryFrom<String> for Applier {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once('/') {
            Some((instance, backend)) => Ok(Self::new(instance, backend)),
            None => Err(format!("`{text}` is no INSTANCE/BACKEND")),
        }
    }
}
