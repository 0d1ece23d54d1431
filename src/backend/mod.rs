//! Observes and changes live systems: one folder for each kind.
//!
//! Never: retries, waits, prints, decides what to change, or makes field changes (that is `plan/`).
//!
//! Invariants: an error is never an emptiness; nothing without our mark is changed or deleted; applying twice is applying once; no
//! secret's value is in an error, an observation or a command line.

#[cfg(test)]
mod conformance;
pub mod docker;
pub mod git;
pub mod host;
pub mod memory;
#[cfg(test)]
mod mutant;
pub mod redis;
pub mod table;
mod unobserved;

use crate::event::EventSink;
use crate::model::{Address, Digest, Resource, Revision, SecretValue, Value};
use crate::plan::{Applied, Change, CompareTable, Observation, Ticket};
pub use crate::plan::{Around, Expansion, Granularity, Procedure};
use crate::render::Rendered;
use crate::seam::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};

/// What to make of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// It may go away by itself: a connection that broke.
    Transient,
    /// Somebody else was faster: look again.
    Conflict,
    /// Not allowed.
    Denied,
    /// What was asked for makes no sense to the system.
    Invalid,
    /// It is not there.
    NotFound,
    /// The system cannot do it.
    Unsupported,
}

/// What went wrong with a live system. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BackendError {
    /// What to make of it.
    pub class: ErrorClass,
    /// What failed and why, a lower-case fragment for people.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl BackendError {
    /// An error of a class.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), help: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Something that a backend needs of this machine, and what was found of it.
#[derive(Debug, Clone)]
pub struct Need {
    /// What it is, in a word or two.
    pub subject: &'static str,
    /// Which one was found; why it does not do.
    pub found: Result<String, BackendError>,
}

/// What a backend can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// How finely it applies.
    pub granularity: Granularity,
    /// Whether it applies a whole batch as one, so that all changes of all waves are handed over together.
    pub atomic: bool,
    /// Whether secrets' values are supplied to it at the last moment.
    pub supplies_secrets: bool,
    /// Whether it remembers by itself what was last applied.
    pub remembers_applied: bool,
}

/// What is looked at.
#[derive(Clone, Copy)]
pub struct ObserveRequest<'a> {
    /// The environment.
    pub environment: &'a str,
    /// What must be.
    pub desired: &'a [Resource],
    /// What was last applied, as the state store knows it.
    pub applied: &'a BTreeMap<Address, Applied>,
    /// Address globs to limit the look to; empty: everything in the environment's scope.
    pub only: &'a [String],
    /// Where values come from that are needed to look: passwords.
    pub supply: &'a dyn Supply,
}

/// Fills in what is known at the last moment only: secrets' values. Implemented by who read them, handed in by ops.
pub trait Supply: Send + Sync {
    /// The bytes of a value.
    ///
    /// # Errors
    /// When a part of it cannot be had. Says which, never a value.
    fn fill(&self, value: &Value) -> Result<SecretValue, BackendError>;

    /// The keyed digest of bytes that follow from a secret (a hash that a server keeps of a password), so that what was applied can be known
    /// again without a value. None: there is no key yet.
    fn keyed(&self, _bytes: &[u8]) -> Option<String> {
        None
    }
}

/// Who applies what, and why: what a commit message and an audit log say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyRecord {
    /// Who, `Name <mail>` or a login.
    pub who: String,
    /// Why, in words.
    pub why: String,
    /// From which revision.
    pub revision: Revision,
    /// By which plan.
    pub plan_digest: Digest,
    /// The environment.
    pub environment: String,
    /// The project.
    pub project: String,
    /// The number of this apply.
    pub generation: u64,
}

/// Changes of one instance that can be done at once.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// The changes; never a `keep`.
    pub changes: &'a [Change],
    /// The resources of the environment, by address.
    pub resources: &'a BTreeMap<Address, Resource>,
    /// What was last applied.
    pub applied: &'a BTreeMap<Address, Applied>,
    /// The tool's own plan.
    pub ticket: Option<&'a Ticket>,
    /// What the whole was when it was planned (`Observation::cursor`).
    pub cursor: Option<&'a str>,
    /// The newest apply when it was planned (`Observation::generation`), for a backend that remembers it: after another one the batch is
    /// refused, unless that is this apply itself. None: it is not asked.
    pub generation: Option<u64>,
    /// What a backend that remembers what was applied must forget: it is gone on both sides.
    pub forgotten: &'a BTreeSet<Address>,
    /// The rendered files of the instance that this backend asked for ([`Backend::artifacts`]), by path.
    pub artifacts: &'a BTreeMap<String, String>,
    /// Where secrets' values come from.
    pub supply: &'a dyn Supply,
    /// Who and why.
    pub record: &'a ApplyRecord,
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The address.
    pub address: Address,
    /// The fingerprint afterwards; none: it is gone.
    pub result: Result<Option<Digest>, BackendError>,
    /// What it reports, by output name; never a sensitive one.
    pub outputs: BTreeMap<String, String>,
}

/// How something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Well.
    Healthy,
    /// Not yet; what is missing.
    Progressing(String),
    /// Ill, and it will not get better by itself; why.
    Failed(String),
}

/// Cancellation and whom to tell; travels with every call.
#[derive(Clone)]
pub struct Context<'a> {
    /// Whom to tell.
    pub events: &'a dyn EventSink,
    /// Whether to stop at the next point where that is safe.
    pub cancelled: tokio::sync::watch::Receiver<bool>,
}

/// What bears marks on a live system, by whose mark it is (`<project>/<environment>`).
pub type Marked = BTreeMap<String, BTreeSet<Address>>;

/// Observes and changes one kind of live system.
pub trait Backend: Send + Sync {
    /// Its name, which is the kind of its addresses.
    fn name(&self) -> &str;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// What it writes to, where other instances write there too: backends of one writer are one writer, and a batch of an atomic one may
    /// hold changes of all their instances. None: nobody else writes there.
    fn writer(&self) -> Option<&str> {
        None
    }

    /// Whether an address is one that this backend applies for `instance`: for what the state has stored.
    fn owns(&self, instance: &str, address: &Address) -> bool {
        address.kind() == self.name() && address.instance().is_none_or(|name| name == instance)
    }

    /// How its fields are compared.
    fn table(&self) -> &'static CompareTable;

    /// The resources that this backend compares and applies for a rendered instance. Pure.
    fn desired(&self, instance: &str, rendered: &Rendered) -> Vec<Resource>;

    /// The rendered files that it needs beside the resources to apply these, by path. Pure.
    fn artifacts(&self, _rendered: &Rendered) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// The steps that it takes around other backends' changes; none: it takes none.
    fn procedure(&self) -> Option<&dyn Procedure> {
        None
    }

    /// Looks at everything in scope: what is desired, what bears our mark, and what stands in our way.
    fn observe<'a>(
        &'a self,
        context: &'a Context<'a>,
        request: ObserveRequest<'a>,
    ) -> BoxFuture<'a, Result<Observation, BackendError>>;

    /// Everything on the whole live system (the engine, the cluster) whose owner begins with `prefix`, whatever instance or environment it
    /// belongs to: how previews are found that nothing records. None: the system cannot be asked for that.
    fn marked<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _prefix: &'a str,
    ) -> BoxFuture<'a, Result<Option<Marked>, BackendError>> {
        Box::pin(async { Ok(None) })
    }

    /// Does the changes of one batch; idempotent. One outcome for each change, in their order. A batch without changes only forgets.
    fn apply<'a>(
        &'a self,
        context: &'a Context<'a>,
        batch: Batch<'a>,
    ) -> BoxFuture<'a, Result<Vec<Outcome>, BackendError>>;

    /// Begins to listen for changes; none: it has to be polled.
    fn watch(&self) -> BoxFuture<'_, Result<Option<Box<dyn Watch>>, BackendError>> {
        Box::pin(async { Ok(None) })
    }

    /// One look at how an address is.
    fn probe<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a Address,
    ) -> BoxFuture<'a, Result<Health, BackendError>>;
}

/// That something of a live system may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stir {
    /// What it may be.
    pub address: Address,
    /// How it is known: `docker event: update`.
    pub evidence: String,
    /// When it was, by the system's own clock: RFC 3339, UTC.
    pub when: String,
    /// Whether what lives in it begins anew: what was set at run time only is gone.
    pub began: bool,
}

/// Listens for changes of a live system.
pub trait Watch: Send {
    /// Waits for the next one. Nothing is lost where that is given up.
    ///
    /// # Errors
    /// When it cannot listen any more: what happened meanwhile is not known, and everything has to be looked at again.
    fn next(&mut self) -> BoxFuture<'_, Result<Stir, BackendError>>;
}

/// How one gets at a process inside a carrier; implemented by those who own carriers, handed in by ops.
pub trait Access: Send + Sync {
    /// A byte stream to a port of it.
    fn dial<'a>(&'a self, carrier: &'a Address, port: u16) -> BoxFuture<'a, Result<Box<dyn Stream>, BackendError>>;

    /// The bytes of a file in it, at most `limit`.
    fn read_file<'a>(
        &'a self,
        carrier: &'a Address,
        path: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, BackendError>>;

    /// Runs a program in it: arguments, additional environment, standard input. Secrets go through the latter two alone.
    fn exec<'a>(
        &'a self,
        carrier: &'a Address,
        command: ExecCommand<'a>,
    ) -> BoxFuture<'a, Result<ExecOutput, BackendError>>;
}

/// A byte stream.
pub trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Stream for T {}

/// A program to run in a carrier.
#[derive(Clone, Copy)]
pub struct ExecCommand<'a> {
    /// The argument vector.
    pub arguments: &'a [String],
    /// More environment.
    pub environment: &'a [(String, String)],
    /// Standard input.
    pub input: &'a [u8],
}

/// What it printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutput {
    /// The exit code; none: a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub output: Vec<u8>,
    /// Standard error.
    pub error: Vec<u8>,
}
