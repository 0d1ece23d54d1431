//! Applies by committing rendered files to a branch that somebody else (Argo CD, Flux, a person) watches, and compares with its tip.
//!
//! Never: checks anything out, touches the user's index, overwrites what somebody else pushed, changes a file that is not ours.
//!
//! Invariants: one apply is one commit is one compare-and-swap of the branch; what was last applied is read from the branch itself
//! (the manifest of the newest commit that carries our trailers), so that a machine without state is exact; a file is ours where that
//! manifest lists it, whatever it is called.

mod apply;
mod body;
mod error;
mod files;
mod manifest;
mod message;
mod observe;
mod place;
#[cfg(test)]
mod tests;

pub use body::parse_body;

use super::{
    Backend, BackendError, Batch, Capabilities, Context, ErrorClass, Granularity, Health, ObserveRequest, Outcome,
};
use crate::event::Event;
use crate::model::{Address, Effect, Resource};
use crate::plan::{Added, CompareKind, CompareTable, Observation, Row};
use crate::render::Rendered;
use crate::seam::BoxFuture;
use crate::sys::Clock;
use crate::sys::git::{Pushed, is_valid_branch};
use crate::sys::worktree::is_plain_path;
use place::Place;
use std::path::PathBuf;
use std::sync::Arc;

/// The kind of its addresses.
pub const KIND: &str = "git";

/// How often a commit is made anew when somebody else pushed in between.
const MAX_ATTEMPTS: usize = 8;

/// How its fields are compared: as they are; what is beside ours in a file of ours was put there by somebody.
pub static TABLE: CompareTable = CompareTable {
    backend: KIND,
    rows: &[Row {
        pattern: "**",
        kind: CompareKind::NamedOrExact,
        repair: Effect::Runtime,
        change: Effect::Runtime,
        added: Added::Drift,
    }],
};

/// Where an environment's files go, and whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitTarget {
    /// The root of the project's own repository.
    pub root: PathBuf,
    /// A folder for what is fetched from elsewhere; can be removed at any time.
    pub cache: PathBuf,
    /// The project.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// The target instance.
    pub instance: String,
    /// All instances of the environment that are applied to this branch. Files of instances that are none of them any more go with the first.
    pub siblings: Vec<String>,
    /// `.` for the project's own repository; else a path or URL.
    pub repository: String,
    /// The branch.
    pub branch: String,
    /// The folder in the branch, `.` for its root.
    pub path: String,
    /// Whether what runs is compared too: somebody else applies the branch.
    pub somebody_else_applies: bool,
}

impl GitTarget {
    /// The folder in the branch, empty for its root.
    fn folder(&self) -> String {
        let trimmed = self.path.trim_end_matches('/');
        let trimmed = trimmed.strip_prefix("./").unwrap_or(trimmed);
        if trimmed == "." { String::new() } else { trimmed.to_owned() }
    }

    /// The folder of an instance.
    fn instance_folder(&self) -> String {
        join(&self.folder(), &self.instance)
    }

    /// Whether files that the manifest gives to `instance` are looked after here.
    fn looks_after(&self, instance: &str) -> bool {
        let adopted = !self.siblings.iter().any(|sibling| sibling == instance);
        self.instance == instance || (adopted && self.siblings.iter().min() == Some(&self.instance))
    }
}

fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// The address of a file of the branch.
fn address_of(path: &str) -> Address {
    Address::new(KIND, None, path.split('/'))
}

/// The path in the branch of an address.
fn path_of(address: &Address) -> String {
    address.segments().collect::<Vec<_>>().join("/")
}

/// Commits one target instance of an environment.
#[derive(Clone)]
pub struct GitBackend {
    target: Arc<GitTarget>,
    place: Arc<Place>,
    clock: Arc<dyn Clock>,
    writer: String,
}

impl GitBackend {
    /// A backend for a target.
    ///
    /// # Errors
    /// [`ErrorClass::Invalid`] for a branch, a folder or a repository that cannot be one.
    pub fn new(target: GitTarget, clock: Arc<dyn Clock>) -> Result<Self, BackendError> {
        let invalid = |message: String| Err(BackendError::new(ErrorClass::Invalid, message));
        if !is_valid_branch(&target.branch) {
            return invalid(format!("`{}` cannot be the name of a branch", target.branch));
        }
        let folder = target.folder();
        if !folder.is_empty() && !is_plain_path(&folder) {
            return invalid(format!("`{}` is no folder of a branch", target.path));
        }
        let place = Place::of(&target)?;
        let writer = format!("git {} {}", place.name(), target.branch);
        Ok(Self { target: Arc::new(target), place: Arc::new(place), clock, writer })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, BackendError> + Send + 'static,
    ) -> Result<T, BackendError> {
        let this = self.clone();
        let ended = tokio::task::spawn_blocking(move || work(&this)).await;
        ended.unwrap_or_else(|_| Err(BackendError::new(ErrorClass::Invalid, "the work on the branch was cut short")))
    }

    async fn commit(&self, context: &Context<'_>, batch: Batch<'_>) -> Result<Vec<Outcome>, BackendError> {
        let order = apply::Order::of(batch);
        let tell = |message: String| context.events.emit(&Event::ChangeProgress { address: None, message });
        for _ in 0..MAX_ATTEMPTS {
            let prepared = {
                let order = order.clone();
                self.blocking(move |this| apply::prepare(this, &order)).await?
            };
            let Some(commit) = prepared.commit.clone() else { return Ok(prepared.outcomes(&self.target)) };
            tell(format!("commit {} is written", short(&commit)));
            let (branch, place) = (self.target.branch.clone(), self.place.name().to_owned());
            let pushed = {
                let prepared = prepared.clone();
                self.blocking(move |this| this.place.publish(&this.target, &prepared.snapshot, &commit)).await?
            };
            if pushed == Pushed::Done {
                tell(format!("branch {branch} of {place} is moved"));
                return Ok(prepared.outcomes(&self.target));
            }
            if *context.cancelled.borrow() {
                let message =
                    format!("stopped: somebody else moved branch {branch} of {place}, and nothing was written there");
                return Err(BackendError::new(ErrorClass::Transient, message));
            }
            tell(format!("somebody else moved branch {branch} of {place}: the commit is made anew on its new tip"));
        }
        let message = format!("branch {} was moved by others {MAX_ATTEMPTS} times in a row", self.target.branch);
        Err(BackendError::new(ErrorClass::Transient, message))
    }
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

impl Backend for GitBackend {
    fn name(&self) -> &'static str {
        KIND
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            granularity: Granularity::Address,
            atomic: true,
            supplies_secrets: false,
            remembers_applied: true,
        }
    }

    fn writer(&self) -> Option<&str> {
        Some(&self.writer)
    }

    fn owns(&self, instance: &str, address: &Address) -> bool {
        let folder = address_of(&join(&self.target.folder(), instance));
        let below = address.path().strip_prefix(folder.path()).is_some_and(|rest| rest.starts_with('/'));
        address.kind() == KIND && below
    }

    fn table(&self) -> &'static CompareTable {
        &TABLE
    }

    fn desired(&self, instance: &str, rendered: &Rendered) -> Vec<Resource> {
        let folder = join(&self.target.folder(), instance);
        let files = rendered.files.files.iter();
        let resource = |(path, artifact): (&String, &crate::render::Artifact)| {
            let path = join(&folder, path);
            let body = parse_body(&path, &artifact.content);
            Resource {
                executable: artifact.executable,
                text: Some(artifact.content.clone()),
                ..Resource::new(address_of(&path), artifact.component.clone(), body)
            }
        };
        files.map(resource).collect()
    }

    fn observe<'a>(
        &'a self,
        _context: &'a Context<'a>,
        request: ObserveRequest<'a>,
    ) -> BoxFuture<'a, Result<Observation, BackendError>> {
        let question = observe::Question::of(&self.target, request);
        Box::pin(async move { self.blocking(move |this| observe::observe(this, &question)).await })
    }

    fn apply<'a>(
        &'a self,
        context: &'a Context<'a>,
        batch: Batch<'a>,
    ) -> BoxFuture<'a, Result<Vec<Outcome>, BackendError>> {
        Box::pin(self.commit(context, batch))
    }

    fn probe<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _address: &'a Address,
    ) -> BoxFuture<'a, Result<Health, BackendError>> {
        // A file that is committed is all that this backend answers for.
        Box::pin(async { Ok(Health::Healthy) })
    }
}
