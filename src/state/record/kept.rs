//! Objects under the digest of their bytes: whole sets of resources, rendered files. Equal ones are kept once.

use super::format::{damaged, decode, encode};
use super::{Records, RevisionRecord};
use crate::model::{Address, Digest, Resource};
use crate::state::StateError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// All resources of an environment, by address.
pub type StoredSet = BTreeMap<Address, Resource>;

/// Rendered files, by target instance and path.
pub type Artifacts = BTreeMap<String, BTreeMap<String, String>>;

impl Records<'_> {
    /// Keeps all resources of an environment.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_resources(&self, resources: &StoredSet) -> Result<Digest, StateError> {
        self.keep("Resources", resources).await
    }

    /// Kept resources.
    ///
    /// # Errors
    /// When the store fails, or they are damaged or gone.
    pub async fn resources(&self, digest: &Digest) -> Result<StoredSet, StateError> {
        self.kept("Resources", digest).await
    }

    /// Keeps a rendered file.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_text(&self, text: &str) -> Result<Digest, StateError> {
        self.keep("Text", &text).await
    }

    /// A kept rendered file.
    ///
    /// # Errors
    /// When the store fails, or it is damaged or gone.
    pub async fn text(&self, digest: &Digest) -> Result<String, StateError> {
        self.kept("Text", digest).await
    }

    /// The rendered files of an apply.
    ///
    /// # Errors
    /// When the store fails, or one of them is damaged or gone.
    pub async fn artifacts_of(&self, record: &RevisionRecord) -> Result<Artifacts, StateError> {
        let mut artifacts = Artifacts::new();
        for (instance, files) in &record.artifacts {
            let mut texts = BTreeMap::new();
            for (path, digest) in files {
                texts.insert(path.clone(), self.text(digest).await?);
            }
            artifacts.insert(instance.clone(), texts);
        }
        Ok(artifacts)
    }

    /// All resources as they were applied at the end of an apply. Of an apply that did not come to its end: those before it with what
    /// is known to have been done.
    ///
    /// # Errors
    /// When the store fails, or they are damaged or gone.
    pub async fn resources_after(&self, record: &RevisionRecord) -> Result<StoredSet, StateError> {
        let mut undone: Vec<RevisionRecord> = Vec::new();
        let mut at = record.clone();
        loop {
            if let Some(digest) = &at.resources {
                let mut resources = self.resources(digest).await?;
                undone.iter().rev().for_each(|record| record.replay(&mut resources));
                return Ok(resources);
            }
            let before = self.newest_before(at.generation).await?;
            undone.push(at);
            let Some(record) = before else {
                let mut resources = StoredSet::new();
                undone.iter().rev().for_each(|record| record.replay(&mut resources));
                return Ok(resources);
            };
            at = record;
        }
    }

    async fn newest_before(&self, generation: u64) -> Result<Option<RevisionRecord>, StateError> {
        for number in (1..generation).rev() {
            if let Some(record) = self.revision(number).await? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    async fn keep<T: Serialize + Sync>(&self, kind: &str, content: &T) -> Result<Digest, StateError> {
        let bytes = encode("kept", kind, content)?;
        let digest = Digest::of(&bytes);
        let key = kept_key(&digest);
        if self.store.get(&key).await?.is_some() {
            return Ok(digest);
        }
        match self.store.put(&key, None, &bytes).await {
            // Somebody else wrote it in between: equal digests are equal bytes.
            Ok(_) | Err(StateError::Conflict { .. }) => Ok(digest),
            Err(error) => Err(error),
        }
    }

    async fn kept<T: DeserializeOwned>(&self, kind: &str, digest: &Digest) -> Result<T, StateError> {
        let key = kept_key(digest);
        let stored = self.store.get(&key).await?.ok_or_else(|| damaged(&key, "it is gone"))?;
        if Digest::of(&stored.bytes) != *digest {
            return Err(damaged(&key, "its bytes do not have its digest"));
        }
        decode(&key, kind, &stored)
    }
}

fn kept_key(digest: &Digest) -> String {
    let hexadecimal = digest.as_str().trim_start_matches("sha256:");
    format!("kept/{}/{hexadecimal}", hexadecimal.get(..2).unwrap_or_default())
}
