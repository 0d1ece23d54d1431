//! What this process has done so far: what it began, the secrets that it handed over, how things were when it left them.

use super::apply::Program;
use crate::backend::ApplyRecord;
use crate::model::{Address, Digest, SecretValue, scrub};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;
use tokio::time::Instant;

/// The memory of one process.
#[derive(Default)]
pub(super) struct Memory {
    inner: Mutex<Inner>,
    /// How `docker compose` is called on this machine.
    pub(super) program: OnceCell<Program>,
}

#[derive(Default)]
struct Inner {
    /// Which apply the rest is of.
    record: Option<(u64, Digest)>,
    left: BTreeMap<Address, Left>,
    secrets: Vec<SecretValue>,
    looks: BTreeMap<String, Look>,
}

/// How an address was left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// The fingerprint; none: something was begun, and what came of it was not seen.
    pub(super) fingerprint: Option<Digest>,
    /// Whether it runs to its end.
    pub(super) is_job: bool,
    /// The containers that were there.
    pub(super) containers: BTreeSet<String>,
    /// How many health checks of its containers had failed in a row, by container.
    pub(super) failures: BTreeMap<String, i64>,
}

/// The first of the looks that all saw the same run of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    run: String,
    since: Instant,
}

impl Memory {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a batch: what another apply has left is no business of this one.
    pub(super) fn enter(&self, record: &ApplyRecord) {
        let record = (record.generation, record.plan_digest.clone());
        let mut inner = self.inner();
        if inner.record.as_ref() != Some(&record) {
            inner.record = Some(record);
            inner.left.clear();
        }
    }

    /// Something is about to be done to an address.
    pub(super) fn begin(&self, address: &Address, is_job: bool) {
        let mut inner = self.inner();
        inner.left.insert(address.clone(), Left { is_job, ..Left::default() });
    }

    /// How an address was left.
    pub(super) fn leave(&self, address: &Address, now: Left) {
        if let Some(left) = self.inner().left.get_mut(address) {
            *left = Left { is_job: left.is_job, ..now };
        }
    }

    /// How this apply left an address; none: it did nothing to it.
    pub(super) fn left(&self, address: &Address) -> Option<Left> {
        self.inner().left.get(address).cloned()
    }

    /// The addresses that this apply did something to.
    pub(super) fn begun(&self) -> Vec<Address> {
        self.inner().left.keys().cloned().collect()
    }

    /// A secret that may be in what a program prints.
    pub(super) fn know(&self, secret: &SecretValue) {
        let mut inner = self.inner();
        if !inner.secrets.contains(secret) {
            inner.secrets.push(secret.clone());
        }
    }

    /// A text without the secrets that were handed over.
    pub(super) fn scrub(&self, text: &str) -> String {
        scrub(text, self.inner().secrets.iter())
    }

    /// For how long every look at something has seen the same run of it.
    pub(super) fn seen_running(&self, key: &str, run: &str) -> std::time::Duration {
        let mut inner = self.inner();
        let now = Instant::now();
        match inner.looks.get(key) {
            Some(look) if look.run == run => now - look.since,
            _ => {
                inner.looks.insert(key.to_owned(), Look { run: run.to_owned(), since: now });
                std::time::Duration::ZERO
            }
        }
    }
}
