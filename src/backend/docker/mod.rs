//! Containers, networks and volumes of one Compose project on a Docker Engine.
//!
//! What is made or made anew goes through the program `docker compose`, from a file that is written first; what can be put back in place is put
//! back through the Engine's API.
//!
//! Never: `--remove-orphans`, `down -v` or an `up` without a service; trusts a label that says what a container is; changes what does not bear
//! our mark; hands a secret over but in the environment of `docker compose`.
//!
//! Invariants: what `docker inspect` says is compared with everything that a service declares; an error is a gap, never a missing container.

mod access;
mod apply;
mod archive;
mod body;
mod connect;
mod error;
mod found;
mod health;
mod memory;
mod names;
mod needs;
mod observe;
mod table;
mod trouble;
mod watch;

pub use access::DockerAccess;
pub use connect::Engine;
pub use needs::needs;
pub use table::TABLE;

use super::{
    Backend, BackendError, Batch, Capabilities, Context, Granularity, Health, Marked, ObserveRequest, Outcome, Watch,
};
use crate::model::{Address, Resource};
use crate::plan::{CompareTable, Observation};
use crate::render::Rendered;
use crate::seam::BoxFuture;
use memory::Memory;
use observe::Quiet;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The kind of its addresses.
const KIND: &str = "docker";

/// What is applied where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerTarget {
    /// Our mark: `<project>/<environment>`.
    pub owner: String,
    /// The target instance as it stands in addresses; none where it is called like its kind.
    pub instance: Option<String>,
    /// The name of the Compose project.
    pub project: String,
    /// The folder that the artifacts are written to before the first change.
    pub folder: PathBuf,
}

impl DockerTarget {
    /// The address of a thing of the project: `docker:container/cache-0`.
    pub fn address(&self, kind: &str, name: &str) -> Address {
        Address::new(KIND, self.instance.as_deref(), [kind, name])
    }
}

/// One Compose project on one engine.
#[derive(Clone)]
pub struct DockerBackend {
    target: Arc<DockerTarget>,
    engine: Arc<Engine>,
    memory: Arc<Memory>,
}

impl DockerBackend {
    /// A project on an engine. Nothing is asked of the engine yet.
    pub fn new(target: DockerTarget, engine: Arc<Engine>) -> Self {
        Self { target: Arc::new(target), engine, memory: Arc::default() }
    }

    /// How one gets at the processes in its containers.
    pub fn access(&self) -> DockerAccess {
        DockerAccess::new(Arc::clone(&self.engine), Arc::clone(&self.target))
    }
}

impl Backend for DockerBackend {
    fn name(&self) -> &'static str {
        KIND
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            granularity: Granularity::Address,
            atomic: false,
            supplies_secrets: true,
            remembers_applied: false,
        }
    }

    fn table(&self) -> &'static CompareTable {
        &TABLE
    }

    fn desired(&self, _instance: &str, rendered: &Rendered) -> Vec<Resource> {
        let own = rendered.resources.iter().filter(|resource| resource.address.kind() == KIND);
        own.map(|resource| body::declared(resource, &self.target.project)).collect()
    }

    fn artifacts(&self, rendered: &Rendered) -> BTreeMap<String, String> {
        rendered.files.files.iter().map(|(path, artifact)| (path.clone(), artifact.content.clone())).collect()
    }

    fn observe<'a>(
        &'a self,
        context: &'a Context<'a>,
        request: ObserveRequest<'a>,
    ) -> BoxFuture<'a, Result<Observation, BackendError>> {
        Box::pin(async move {
            let quiet = Quiet(apply::was_killed(&self.target.folder, context).await);
            observe::observe(&self.engine, &self.target, request, quiet).await
        })
    }

    fn marked<'a>(
        &'a self,
        _context: &'a Context<'a>,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<Option<Marked>, BackendError>> {
        Box::pin(async move { observe::marked(&self.engine, prefix).await.map(Some) })
    }

    fn apply<'a>(
        &'a self,
        context: &'a Context<'a>,
        batch: Batch<'a>,
    ) -> BoxFuture<'a, Result<Vec<Outcome>, BackendError>> {
        Box::pin(apply::apply(&self.engine, &self.target, &self.memory, context, batch))
    }

    fn watch(&self) -> BoxFuture<'_, Result<Option<Box<dyn Watch>>, BackendError>> {
        Box::pin(async {
            let watch: Box<dyn Watch> = Box::new(watch::watch(&self.engine, &self.target).await?);
            Ok(Some(watch))
        })
    }

    fn probe<'a>(
        &'a self,
        _context: &'a Context<'a>,
        address: &'a Address,
    ) -> BoxFuture<'a, Result<Health, BackendError>> {
        Box::pin(health::probe(&self.engine, &self.target, &self.memory, address))
    }
}
