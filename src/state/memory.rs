//! A store that lives as long as its last clone.

use super::{Lease, StateError, StateStore, Stored, Version};
use crate::seam::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store in memory. Clones are the same store.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    lineage: Option<String>,
    objects: BTreeMap<String, (u64, Vec<u8>)>,
    leases: BTreeMap<String, (String, String)>,
    writes: u64,
}

impl Inner {
    fn check_version(&self, key: &str, expected: Option<&Version>) -> Result<(), StateError> {
        let current = self.objects.get(key).map(|(write, _)| Version(write.to_string()));
        if current.as_ref() == expected { Ok(()) } else { Err(StateError::Conflict { key: key.into() }) }
    }
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a lease away from whoever holds it, as the end of a heartbeat does.
    pub fn break_lease(&self, name: &str) {
        self.lock().leases.remove(name);
    }
}

struct MemoryLease {
    store: MemoryStore,
    name: String,
    token: String,
}

impl Lease for MemoryLease {
    fn check(&self) -> BoxFuture<'_, Result<(), StateError>> {
        Box::pin(async move {
            match self.store.lock().leases.get(&self.name) {
                Some((_, token)) if *token == self.token => Ok(()),
                other => Err(StateError::LeaseLost {
                    name: self.name.clone(),
                    holder: other.map_or_else(|| "nobody".into(), |(owner, _)| owner.clone()),
                }),
            }
        })
    }

    fn token(&self) -> &str {
        &self.token
    }
}

impl Drop for MemoryLease {
    fn drop(&mut self) {
        let mut inner = self.store.lock();
        if inner.leases.get(&self.name).is_some_and(|(_, token)| *token == self.token) {
            inner.leases.remove(&self.name);
        }
    }
}

impl StateStore for MemoryStore {
    fn lineage(&self) -> BoxFuture<'_, Result<Option<String>, StateError>> {
        Box::pin(async move { Ok(self.lock().lineage.clone()) })
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Stored>, StateError>> {
        Box::pin(async move {
            let inner = self.lock();
            let found = inner.objects.get(key);
            Ok(found.map(|(write, bytes)| Stored { bytes: bytes.clone(), version: Version(write.to_string()) }))
        })
    }

    fn put<'a>(
        &'a self,
        key: &'a str,
        expected: Option<&'a Version>,
        bytes: &'a [u8],
    ) -> BoxFuture<'a, Result<Version, StateError>> {
        Box::pin(async move {
            let mut inner = self.lock();
            inner.check_version(key, expected)?;
            inner.lineage.get_or_insert_with(|| uuid::Uuid::now_v7().to_string());
            inner.writes += 1;
            let write = inner.writes;
            inner.objects.insert(key.into(), (write, bytes.into()));
            Ok(Version(write.to_string()))
        })
    }

    fn delete<'a>(&'a self, key: &'a str, expected: &'a Version) -> BoxFuture<'a, Result<(), StateError>> {
        Box::pin(async move {
            let mut inner = self.lock();
            inner.check_version(key, Some(expected))?;
            inner.objects.remove(key);
            Ok(())
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StateError>> {
        Box::pin(async move { Ok(self.lock().objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect()) })
    }

    fn holder<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, StateError>> {
        Box::pin(async move { Ok(self.lock().leases.get(name).map(|(owner, _)| owner.clone())) })
    }

    fn lease<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<Box<dyn Lease>, StateError>> {
        Box::pin(async move {
            let mut inner = self.lock();
            if let Some((holder, _)) = inner.leases.get(name) {
                return Err(StateError::Locked { holder: holder.clone() });
            }
            let token = uuid::Uuid::now_v7().to_string();
            inner.leases.insert(name.into(), (owner.into(), token.clone()));
            Ok(Box::new(MemoryLease { store: self.clone(), name: name.into(), token }) as Box<dyn Lease>)
        })
    }
}
