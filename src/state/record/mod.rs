//! What is remembered of an environment: what was last applied to each address, each apply, since when drift is seen, pins.
//!
//! Every object is JSON that says its kind and format: a newer major format is refused by name, an older one is migrated on the next write.

mod format;
mod history;
mod kept;
mod preview;
mod revision;

pub use history::{DriftHistory, Pin};
pub use kept::{Artifacts, StoredSet};
pub use preview::Previews;
pub use revision::{ChangeResult, RecordedChange, RevisionRecord, RunOutcome};

use super::{StateError, StateStore, Stored, Version};
use crate::model::Address;
pub use crate::model::{Scope, ScopeInstance};
use crate::plan::Applied;
use format::{decode, encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often a small object is written again when somebody else was faster.
const ATTEMPTS: usize = 16;

/// What is remembered of one environment.
#[derive(Clone, Copy)]
pub struct Records<'a> {
    store: &'a dyn StateStore,
    environment: &'a str,
}

#[derive(Serialize, Deserialize)]
struct AppliedObject {
    address: Address,
    applied: Applied,
}

impl<'a> Records<'a> {
    /// The records of an environment.
    pub const fn of(store: &'a dyn StateStore, environment: &'a str) -> Self {
        Self { store, environment }
    }

    /// The store.
    pub const fn store(&self) -> &'a dyn StateStore {
        self.store
    }

    /// The name of the lease that an apply of the environment takes.
    pub fn lease_name(&self) -> String {
        format!("environments/{}", self.environment)
    }

    fn key(&self, rest: &str) -> String {
        format!("environments/{}/{rest}", self.environment)
    }

    fn applied_key(&self, address: &Address) -> String {
        self.key(&format!("applied/{address}"))
    }

    fn revision_key(&self, generation: u64) -> String {
        // As wide as the largest number: sorted by name is sorted by number.
        self.key(&format!("revisions/{generation:020}"))
    }

    /// What was last applied, by address.
    ///
    /// # Errors
    /// When the store fails, or an object is damaged or newer.
    pub async fn applied(&self) -> Result<BTreeMap<Address, Applied>, StateError> {
        let mut all = BTreeMap::new();
        for key in self.store.list(&self.key("applied/")).await? {
            if let Some(stored) = self.store.get(&key).await? {
                let object: AppliedObject = decode(&key, "Applied", &stored)?;
                all.insert(object.address, object.applied);
            }
        }
        Ok(all)
    }

    /// Remembers what was applied to an address; none: it is gone.
    ///
    /// # Errors
    /// When the store fails, or somebody else wrote it in between.
    pub async fn set_applied(&self, address: &Address, applied: Option<&Applied>) -> Result<(), StateError> {
        let key = self.applied_key(address);
        let current = self.store.get(&key).await?;
        let Some(applied) = applied else {
            let Some(current) = current else { return Ok(()) };
            return self.store.delete(&key, &current.version).await;
        };
        let object = AppliedObject { address: address.clone(), applied: applied.clone() };
        let bytes = encode(&key, "Applied", &object)?;
        self.put_if_new(&key, current.as_ref(), &bytes).await
    }

    /// The number of the newest apply; 0: there was none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn generation(&self) -> Result<u64, StateError> {
        let keys = self.store.list(&self.key("revisions/")).await?;
        Ok(keys.iter().filter_map(|key| key.rsplit('/').next()?.parse().ok()).max().unwrap_or(0))
    }

    /// One apply; none: there is no such record.
    ///
    /// # Errors
    /// When the store fails, or the record is damaged or newer.
    pub async fn revision(&self, generation: u64) -> Result<Option<RevisionRecord>, StateError> {
        Ok(self.read(&self.revision_key(generation), "Revision").await?.map(|(record, _)| record))
    }

    /// The newest `limit` applies, the newest first.
    ///
    /// # Errors
    /// When the store fails, or one of these records is damaged or newer.
    pub async fn revisions(&self, limit: usize) -> Result<Vec<RevisionRecord>, StateError> {
        let mut records = Vec::new();
        for key in self.store.list(&self.key("revisions/")).await?.into_iter().rev().take(limit) {
            records.extend(self.read(&key, "Revision").await?.map(|(record, _)| record));
        }
        Ok(records)
    }

    /// Begins the record of an apply. Two runs cannot begin the same number.
    ///
    /// # Errors
    /// [`StateError::Conflict`] where that number is taken.
    pub async fn begin_revision(&self, record: &RevisionRecord) -> Result<Version, StateError> {
        let key = self.revision_key(record.generation);
        self.store.put(&key, None, &encode(&key, "Revision", record)?).await
    }

    /// Ends the record of an apply.
    ///
    /// # Errors
    /// [`StateError::Conflict`] where it is not as `begun` left it.
    pub async fn end_revision(&self, record: &RevisionRecord, begun: &Version) -> Result<(), StateError> {
        let key = self.revision_key(record.generation);
        self.store.put(&key, Some(begun), &encode(&key, "Revision", record)?).await.map(drop)
    }

    /// Since when drift is seen.
    ///
    /// # Errors
    /// When the store fails, or the record is damaged or newer.
    pub async fn drift_history(&self) -> Result<DriftHistory, StateError> {
        Ok(self.read(&self.key("drift"), "DriftHistory").await?.map(|(history, _)| history).unwrap_or_default())
    }

    /// Changes what is remembered of drift; `change` is called again where somebody else was faster. Writes nothing where nothing differs.
    ///
    /// # Errors
    /// When the store fails, or the record is damaged or newer.
    pub async fn update_drift_history(
        &self,
        change: impl Fn(&DriftHistory) -> DriftHistory + Send,
    ) -> Result<DriftHistory, StateError> {
        let key = self.key("drift");
        for _ in 0..ATTEMPTS {
            let (before, version) = self.read::<DriftHistory>(&key, "DriftHistory").await?.unzip();
            let before = before.unwrap_or_default();
            let after = change(&before);
            if after == before {
                return Ok(after);
            }
            let bytes = encode(&key, "DriftHistory", &after)?;
            match self.store.put(&key, version.as_ref(), &bytes).await {
                Ok(_) => return Ok(after),
                Err(StateError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StateError::Conflict { key })
    }

    /// What the environment is pinned to.
    ///
    /// # Errors
    /// When the store fails, or the record is damaged or newer.
    pub async fn pin(&self) -> Result<Option<Pin>, StateError> {
        Ok(self.read(&self.key("pin"), "Pin").await?.map(|(pin, _)| pin))
    }

    /// Pins the environment; none: pins it no more.
    ///
    /// # Errors
    /// When the store fails, or somebody else wrote it in between.
    pub async fn set_pin(&self, pin: Option<&Pin>) -> Result<(), StateError> {
        let key = self.key("pin");
        let current = self.store.get(&key).await?;
        match (pin, current) {
            (Some(pin), current) => self.put_if_new(&key, current.as_ref(), &encode(&key, "Pin", pin)?).await,
            (None, Some(current)) => self.store.delete(&key, &current.version).await,
            (None, None) => Ok(()),
        }
    }

    /// Where the environment was applied to; none: it was not, or was destroyed.
    ///
    /// # Errors
    /// When the store fails, or the record is damaged or newer.
    pub async fn scope(&self) -> Result<Option<Scope>, StateError> {
        Ok(self.read(&self.key("scope"), "Scope").await?.map(|(scope, _)| scope))
    }

    /// Remembers where the environment was applied to; none: it is gone.
    ///
    /// # Errors
    /// When the store fails, or somebody else wrote it in between.
    pub async fn set_scope(&self, scope: Option<&Scope>) -> Result<(), StateError> {
        let key = self.key("scope");
        let current = self.store.get(&key).await?;
        match (scope, current) {
            (Some(scope), current) => self.put_if_new(&key, current.as_ref(), &encode(&key, "Scope", scope)?).await,
            (None, Some(current)) => self.store.delete(&key, &current.version).await,
            (None, None) => Ok(()),
        }
    }

    /// The key of the environment's keyed digests, if it was made: 32 bytes.
    ///
    /// # Errors
    /// When the store fails, or it is damaged.
    pub async fn digest_key(&self) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.read(&self.key("digest-key"), "DigestKey").await?.map(|(bytes, _)| bytes))
    }

    /// The key of the environment's keyed digests; where there is none, `fresh` is it from now on.
    ///
    /// # Errors
    /// When the store fails, or it is damaged.
    pub async fn digest_key_or(&self, fresh: &[u8]) -> Result<Vec<u8>, StateError> {
        let key = self.key("digest-key");
        if let Some(known) = self.digest_key().await? {
            return Ok(known);
        }
        match self.store.put(&key, None, &encode(&key, "DigestKey", &fresh)?).await {
            Ok(_) => Ok(fresh.into()),
            Err(StateError::Conflict { .. }) => self.digest_key().await?.ok_or(StateError::Conflict { key }),
            Err(error) => Err(error),
        }
    }

    /// The environments that are remembered, sorted.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn environments(store: &dyn StateStore) -> Result<Vec<String>, StateError> {
        let keys = store.list("environments/").await?;
        let mut names: Vec<_> = keys.iter().filter_map(|key| key.split('/').nth(1)).map(str::to_owned).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    async fn read<T: DeserializeOwned>(&self, key: &str, kind: &str) -> Result<Option<(T, Version)>, StateError> {
        let Some(stored) = self.store.get(key).await? else { return Ok(None) };
        Ok(Some((decode(key, kind, &stored)?, stored.version)))
    }

    async fn put_if_new(&self, key: &str, current: Option<&Stored>, bytes: &[u8]) -> Result<(), StateError> {
        if current.is_some_and(|stored| stored.bytes == bytes) {
            return Ok(());
        }
        self.store.put(key, current.map(|stored| &stored.version), bytes).await.map(drop)
    }
}
