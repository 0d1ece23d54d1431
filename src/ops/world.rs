//! What commands need of the world: clock, environment, events, cancellation, state.

use super::error::OpsError;
use super::project::Project;
use crate::backend::Context;
use crate::event::EventSink;
use crate::state::StateStore;
use crate::state::fs::FsStore;
use crate::sys::{Clock, Variables};
use std::sync::Arc;

/// What commands need of the world.
#[derive(Clone)]
pub struct World<'a> {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The environment's variables.
    pub variables: Arc<dyn Variables>,
    /// Whom to tell.
    pub events: &'a dyn EventSink,
    /// Whether to stop at the next point where that is safe.
    pub cancelled: tokio::sync::watch::Receiver<bool>,
}

impl World<'_> {
    /// What travels with every call of a backend.
    pub fn context(&self) -> Context<'_> {
        Context { events: self.events, cancelled: self.cancelled.clone() }
    }

    /// The project's state store.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn store(&self, project: &Project) -> Result<Arc<dyn StateStore>, OpsError> {
        Ok(Arc::new(FsStore::new(&project.local_folder())))
    }

    /// Who runs this: the identity that Git knows, else the login.
    pub fn who(&self, project: &Project) -> Result<String, OpsError> {
        let identity = match project.repository()? {
            Some(repository) => repository.identity(self.variables.as_ref()),
            None => crate::sys::git::identity(self.variables.as_ref()),
        };
        let login = || self.variables.text("USER").or_else(|| self.variables.text("LOGNAME"));
        Ok(match identity {
            Some((name, mail)) => format!("{name} <{mail}>"),
            None => login().unwrap_or_else(|| "unknown".into()),
        })
    }
}
