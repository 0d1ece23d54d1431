//! What is remembered of an environment: what was last applied to each address, each apply, and since when drift is seen.
//!
//! Every object is JSON and says its format; a newer major is refused by name.

use super::{StateError, StateStore, Stored};
use crate::model::{Address, Digest, Resource, Revision};
use crate::plan::{Action, Applied};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format that is written.
const FORMAT: &str = "1.0";

/// The newest major format that is read.
const MAJOR: u64 = 1;

/// How an apply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevisionOutcome {
    /// It has begun. Where nobody holds the lease, it was interrupted.
    Running,
    /// All of it was done.
    Applied,
    /// Some of it failed or was not tried.
    Partial,
    /// It failed, and what it changed was put back.
    RolledBack,
}

/// What one apply did to one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedChange {
    /// The address.
    pub address: Address,
    /// What was done.
    pub action: Action,
    /// What was applied before; none: nothing.
    pub before: Option<Applied>,
    /// What is applied now; none: nothing.
    pub after: Option<Applied>,
}

/// One apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionRecord {
    /// Its number.
    pub generation: u64,
    /// What was applied.
    pub revision: Revision,
    /// By which plan.
    pub plan: Digest,
    /// Who.
    pub who: String,
    /// When it began: RFC 3339, UTC.
    pub when: String,
    /// Why.
    pub why: String,
    /// How it ended.
    pub outcome: RevisionOutcome,
    /// Whether it was limited to some addresses.
    pub only: Vec<String>,
    /// What it changed, in that order.
    pub changes: Vec<RecordedChange>,
    /// The object that holds the desired resources of the environment, by address.
    pub resources: Digest,
    /// The objects that hold what was rendered, by target instance and path.
    pub artifacts: BTreeMap<String, BTreeMap<String, Digest>>,
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    format_version: String,
    #[serde(flatten)]
    content: T,
}

#[derive(Deserialize)]
struct Format {
    format_version: String,
}

/// Refuses a format that is newer than what can be read.
pub(super) fn check_format(key: &str, format: &str) -> Result<(), StateError> {
    let major = format.split('.').next().and_then(|major| major.parse::<u64>().ok());
    match major {
        Some(major) if major <= MAJOR => Ok(()),
        Some(_) => Err(StateError::NewerFormat { key: key.into(), found: format.into(), known: FORMAT.into() }),
        None => Err(StateError::Damaged { key: key.into(), reason: "its format is no version".into() }),
    }
}

fn decode<T: DeserializeOwned>(key: &str, stored: &Stored) -> Result<T, StateError> {
    let damaged = |reason: &str| StateError::Damaged { key: key.into(), reason: reason.into() };
    let format: Format = serde_json::from_slice(&stored.bytes).map_err(|_| damaged("it says no format"))?;
    check_format(key, &format.format_version)?;
    let versioned: Result<Versioned<T>, _> = serde_json::from_slice(&stored.bytes);
    versioned.map(|versioned| versioned.content).map_err(|_| damaged("it is not what its key says"))
}

fn encode<T: Serialize>(key: &str, content: T) -> Result<Vec<u8>, StateError> {
    let versioned = Versioned { format_version: FORMAT.into(), content };
    serde_json::to_vec(&versioned)
        .map_err(|_| StateError::Damaged { key: key.into(), reason: "it cannot be written as JSON".into() })
}

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

#[derive(Serialize, Deserialize)]
struct DriftObject {
    first_seen: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct ResourcesObject {
    resources: BTreeMap<Address, Resource>,
}

#[derive(Serialize, Deserialize)]
struct TextObject {
    text: String,
}

impl<'a> Records<'a> {
    /// The records of an environment.
    pub const fn of(store: &'a dyn StateStore, environment: &'a str) -> Self {
        Self { store, environment }
    }

    fn key(&self, rest: &str) -> String {
        format!("environments/{}/{rest}", self.environment)
    }

    fn applied_key(&self, address: &Address) -> String {
        self.key(&format!("applied/{}", address.to_string().replace('%', "%25").replace('/', "%2F")))
    }

    /// What was last applied, by address.
    ///
    /// # Errors
    /// When the store fails, or an object is damaged or newer.
    pub async fn applied(&self) -> Result<BTreeMap<Address, Applied>, StateError> {
        let mut all = BTreeMap::new();
        for key in self.store.list(&self.key("applied/")).await? {
            if let Some(stored) = self.store.get(&key).await? {
                let object: AppliedObject = decode(&key, &stored)?;
                all.insert(object.address, object.applied);
            }
        }
        Ok(all)
    }

    /// Remembers what was applied to an address; none: it is gone.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_applied(&self, address: &Address, applied: Option<&Applied>) -> Result<(), StateError> {
        let key = self.applied_key(address);
        let current = self.store.get(&key).await?.map(|stored| stored.version);
        match (applied, current) {
            (Some(applied), current) => {
                let object = AppliedObject { address: address.clone(), applied: applied.clone() };
                let bytes = encode(&key, object)?;
                self.store.put(&key, current.as_ref(), &bytes).await.map(drop)
            }
            (None, Some(current)) => self.store.delete(&key, &current).await,
            (None, None) => Ok(()),
        }
    }

    /// The number of the newest apply; 0: there was none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn generation(&self) -> Result<u64, StateError> {
        let keys = self.store.list(&self.key("revisions/")).await?;
        Ok(keys.iter().filter_map(|key| key.rsplit('/').next()?.parse().ok()).max().unwrap_or(0))
    }

    fn revision_key(&self, generation: u64) -> String {
        self.key(&format!("revisions/{generation:010}"))
    }

    /// One apply; none: there is no such record.
    ///
    /// # Errors
    /// When the store fails, or the record is damaged or newer.
    pub async fn revision(&self, generation: u64) -> Result<Option<RevisionRecord>, StateError> {
        let key = self.revision_key(generation);
        self.store.get(&key).await?.map(|stored| decode(&key, &stored)).transpose()
    }

    /// All applies, the newest first.
    ///
    /// # Errors
    /// When the store fails, or a record is damaged or newer.
    pub async fn revisions(&self) -> Result<Vec<RevisionRecord>, StateError> {
        let mut records = Vec::new();
        for key in self.store.list(&self.key("revisions/")).await?.into_iter().rev() {
            if let Some(stored) = self.store.get(&key).await? {
                records.push(decode(&key, &stored)?);
            }
        }
        Ok(records)
    }

    /// Begins the record of an apply. Two runs cannot begin the same number.
    ///
    /// # Errors
    /// [`StateError::Conflict`] where that number is taken.
    pub async fn begin_revision(&self, record: &RevisionRecord) -> Result<(), StateError> {
        let key = self.revision_key(record.generation);
        self.store.put(&key, None, &encode(&key, record)?).await.map(drop)
    }

    /// Writes the record of an apply again, as it went on.
    ///
    /// # Errors
    /// When the store fails, or somebody else wrote it in between.
    pub async fn update_revision(&self, record: &RevisionRecord) -> Result<(), StateError> {
        let key = self.revision_key(record.generation);
        let current = self.store.get(&key).await?.map(|stored| stored.version);
        self.store.put(&key, current.as_ref(), &encode(&key, record)?).await.map(drop)
    }

    /// Keeps the desired resources of an apply, under their digest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_resources(&self, resources: &BTreeMap<Address, Resource>) -> Result<Digest, StateError> {
        self.keep(ResourcesObject { resources: resources.clone() }).await
    }

    /// The desired resources of an apply.
    ///
    /// # Errors
    /// When the store fails, or they are damaged; then the state is not what the record says.
    pub async fn resources(&self, digest: &Digest) -> Result<BTreeMap<Address, Resource>, StateError> {
        self.kept::<ResourcesObject>(digest).await.map(|object| object.resources)
    }

    /// Keeps a rendered file, under its digest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_text(&self, text: &str) -> Result<Digest, StateError> {
        self.keep(TextObject { text: text.into() }).await
    }

    /// A rendered file.
    ///
    /// # Errors
    /// When the store fails, or it is damaged.
    pub async fn text(&self, digest: &Digest) -> Result<String, StateError> {
        self.kept::<TextObject>(digest).await.map(|object| object.text)
    }

    async fn keep(&self, content: impl Serialize) -> Result<Digest, StateError> {
        let bytes = encode("objects", content)?;
        let digest = Digest::of(&bytes);
        let key = object_key(&digest);
        if self.store.get(&key).await?.is_none() {
            match self.store.put(&key, None, &bytes).await {
                // Somebody else wrote it in between: equal digests are equal bytes.
                Ok(_) | Err(StateError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(digest)
    }

    async fn kept<T: DeserializeOwned>(&self, digest: &Digest) -> Result<T, StateError> {
        let key = object_key(digest);
        let damaged = |reason: &str| StateError::Damaged { key: key.clone(), reason: reason.into() };
        let stored = self.store.get(&key).await?.ok_or_else(|| damaged("it is gone"))?;
        if Digest::of(&stored.bytes) != *digest {
            return Err(damaged("its bytes do not have its digest"));
        }
        decode(&key, &stored)
    }

    /// Since when each drift is seen (RFC 3339, UTC), by an opaque name of the drift (address and field).
    ///
    /// # Errors
    /// When the store fails, or the record is damaged or newer.
    pub async fn first_seen(&self) -> Result<BTreeMap<String, String>, StateError> {
        let key = self.key("drift");
        let stored = self.store.get(&key).await?;
        let object = stored.map(|stored| decode::<DriftObject>(&key, &stored)).transpose()?;
        Ok(object.map(|object| object.first_seen).unwrap_or_default())
    }

    /// Remembers since when each drift is seen; what is left out is not seen any more. Writes nothing where nothing differs.
    ///
    /// # Errors
    /// When the store fails, or somebody else wrote it in between.
    pub async fn set_first_seen(&self, first_seen: &BTreeMap<String, String>) -> Result<(), StateError> {
        let key = self.key("drift");
        let current = self.store.get(&key).await?;
        let bytes = encode(&key, DriftObject { first_seen: first_seen.clone() })?;
        let unchanged = match &current {
            Some(stored) => stored.bytes == bytes,
            None => first_seen.is_empty(),
        };
        if unchanged {
            return Ok(());
        }
        let version = current.map(|stored| stored.version);
        self.store.put(&key, version.as_ref(), &bytes).await.map(drop)
    }

    /// The environments that are remembered.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn environments(store: &dyn StateStore) -> Result<Vec<String>, StateError> {
        let keys = store.list("environments/").await?;
        let mut names: Vec<_> = keys.iter().filter_map(|key| key.split('/').nth(1)).map(str::to_owned).collect();
        names.dedup();
        Ok(names)
    }
}

fn object_key(digest: &Digest) -> String {
    let hexadecimal = digest.as_str().trim_start_matches("sha256:");
    format!("kept/{}/{hexadecimal}", hexadecimal.get(..2).unwrap_or_default())
}
