//! What is remembered of the previews of one environment: one object, changed by compare-and-set.

use super::format::{decode, encode};
use super::{ATTEMPTS, Records};
use crate::preview::PreviewRecords;
use crate::state::{StateError, StateStore, Version};

/// How often it is written again for each attempt that another object gets: a pipeline for each of many pull requests writes this one.
const CROWD: usize = 8;
const PREFIX: &str = "previews/";

/// What is remembered of the previews of one environment.
#[derive(Clone, Copy)]
pub struct Previews<'a> {
    store: &'a dyn StateStore,
    base: &'a str,
}

impl<'a> Previews<'a> {
    /// Those of an environment.
    pub const fn of(store: &'a dyn StateStore, base: &'a str) -> Self {
        Self { store, base }
    }

    fn key(&self) -> String {
        format!("{PREFIX}{}", self.base)
    }

    /// What is remembered; nothing where there is no record.
    ///
    /// # Errors
    /// When the store fails, or the record is damaged or newer.
    pub async fn all(&self) -> Result<PreviewRecords, StateError> {
        Ok(self.read().await?.map(|(records, _)| records).unwrap_or_default())
    }

    async fn read(&self) -> Result<Option<(PreviewRecords, Version)>, StateError> {
        let key = self.key();
        let Some(stored) = self.store.get(&key).await? else { return Ok(None) };
        Ok(Some((decode(&key, "Previews", &stored)?, stored.version)))
    }

    /// Changes what is remembered; `change` is called again where somebody else was faster, and may refuse. Writes nothing where nothing
    /// differs.
    ///
    /// # Errors
    /// Those of `change`; when the store fails, or the record is damaged or newer.
    pub async fn update<E: From<StateError>>(
        &self,
        change: impl Fn(&PreviewRecords) -> Result<PreviewRecords, E> + Send,
    ) -> Result<PreviewRecords, E> {
        let key = self.key();
        for _ in 0..ATTEMPTS * CROWD {
            let (before, version) = self.read().await?.unzip();
            let before = before.unwrap_or_default();
            let after = change(&before)?;
            if after == before {
                return Ok(after);
            }
            let bytes = encode(&key, "Previews", &after)?;
            match self.store.put(&key, version.as_ref(), &bytes).await {
                Ok(_) => return Ok(after),
                Err(StateError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StateError::Conflict { key }.into())
    }

    /// The environments of which there are previews, sorted.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn environments(store: &dyn StateStore) -> Result<Vec<String>, StateError> {
        let keys = store.list(PREFIX).await?;
        Ok(keys.iter().filter_map(|key| key.strip_prefix(PREFIX)).map(str::to_owned).collect())
    }
}

impl<'a> Records<'a> {
    /// What is remembered of the previews of the environment.
    pub const fn previews(&self) -> Previews<'a> {
        Previews::of(self.store, self.environment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preview::{Activity, PreviewError};
    use crate::state::MemoryStore;

    #[derive(Debug, PartialEq)]
    enum Refusal {
        Preview(PreviewError),
        State(StateError),
    }

    impl From<StateError> for Refusal {
        fn from(error: StateError) -> Self {
            Self::State(error)
        }
    }

    async fn up(store: &MemoryStore, number: u32) -> Result<PreviewRecords, Refusal> {
        let activity = Activity {
            base: "dev",
            number,
            branch: None,
            sha: None,
            commit: None,
            url: None,
            ttl_seconds: 60,
            max: 10,
            is_there: false,
            now_seconds: 1,
        };
        Previews::of(store, "dev").update(|before| before.after_up(&activity).map_err(Refusal::Preview)).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_quota_holds_for_those_that_come_at_once() {
        let store = MemoryStore::default();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 1..=30 {
            let store = store.clone();
            tasks.spawn(async move { up(&store, number).await.is_ok() });
        }
        let admitted = tasks.join_all().await.into_iter().filter(|admitted| *admitted).count();
        assert_eq!(admitted, 10);
        assert_eq!(Previews::of(&store, "dev").all().await.unwrap().previews.len(), 10);
        assert_eq!(Previews::environments(&store).await.unwrap(), ["dev"]);
    }

    #[tokio::test]
    async fn a_newer_record_is_refused_by_name_and_a_damaged_one_is_no_empty_one() {
        let store = MemoryStore::default();
        let newer = br#"{"format_version":"2.0","kind":"Previews","content":{}}"#;
        let version = store.put("previews/dev", None, newer).await.unwrap();
        let refused = StateError::NewerFormat { key: "previews/dev".into(), found: "2.0".into(), known: "1.x".into() };
        assert_eq!(Previews::of(&store, "dev").all().await, Err(refused.clone()));
        assert_eq!(up(&store, 1).await, Err(Refusal::State(refused)));
        store.put("previews/dev", Some(&version), b"half").await.unwrap();
        let damaged = StateError::Damaged { key: "previews/dev".into(), reason: "it is no record of driftless".into() };
        assert_eq!(Previews::of(&store, "dev").all().await, Err(damaged));
    }
}
