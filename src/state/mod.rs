//! Where driftless remembers: applied bodies, revision records, leases.
//!
//! Never: holds a secret's value, or decides anything.
//!
//! Invariants: compare-and-set only; a newer major format is refused by name; a process that dies leaves no lock behind that needs a hand.

#[cfg(test)]
mod conformance;
pub mod fs;
pub mod memory;
pub mod record;

pub use fs::FsStore;
pub use memory::MemoryStore;

use crate::seam::BoxFuture;

/// The version of one stored object, opaque.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(pub String);

/// One stored object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its version.
    pub version: Version,
}

/// What went wrong with a state store. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Somebody else wrote it in between.
    #[error("`{key}` was changed by somebody else")]
    Conflict {
        /// The object's key.
        key: String,
    },
    /// Somebody else holds the lease.
    #[error("locked by {holder}")]
    Locked {
        /// Who: host, process, since when.
        holder: String,
    },
    /// The lease is not ours any more.
    #[error("the lease of `{name}` was lost to {holder}")]
    LeaseLost {
        /// The lease.
        name: String,
        /// Who has it.
        holder: String,
    },
    /// The object was written by a newer driftless.
    #[error("`{key}` has format {found}, and this driftless reads {known} at most")]
    NewerFormat {
        /// The object's key.
        key: String,
        /// Its format.
        found: String,
        /// Ours.
        known: String,
    },
    /// The object cannot be read as what it should be.
    #[error("`{key}` is damaged: {reason}")]
    Damaged {
        /// The object's key.
        key: String,
        /// Why.
        reason: String,
    },
    /// The store cannot be reached, or refuses.
    #[error("{action}: {reason}")]
    Store {
        /// What was tried.
        action: String,
        /// Why it failed.
        reason: String,
    },
}

/// A lease that is held. Dropping it gives it back, as does the death of the process.
pub trait Lease: Send + Sync {
    /// Whether it is still ours; asked before every change.
    fn check(&self) -> BoxFuture<'_, Result<(), StateError>>;

    /// The token that fences writers that lost it.
    fn token(&self) -> &str;
}

/// A store of objects under keys like `environments/staging/applied/docker:container/cache-0`: segments of any text, joined by `/`.
pub trait StateStore: Send + Sync {
    /// The identity of this store; made when it is first written to.
    fn lineage(&self) -> BoxFuture<'_, Result<Option<String>, StateError>>;

    /// One object.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Stored>, StateError>>;

    /// Writes it if its version is still `expected` (none: if it is not there).
    fn put<'a>(
        &'a self,
        key: &'a str,
        expected: Option<&'a Version>,
        bytes: &'a [u8],
    ) -> BoxFuture<'a, Result<Version, StateError>>;

    /// Deletes it if its version is still `expected`.
    fn delete<'a>(&'a self, key: &'a str, expected: &'a Version) -> BoxFuture<'a, Result<(), StateError>>;

    /// The keys that start with `prefix`, sorted.
    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StateError>>;

    /// Who holds a lease, for people; none: nobody.
    fn holder<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, StateError>>;

    /// Takes a lease if nobody holds it; never waits. `owner` says who, for people.
    fn lease<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<Box<dyn Lease>, StateError>>;
}
