//! How one gets at a process in a container.

use super::{DockerTarget, Engine};
use crate::backend::{Access, BackendError, ErrorClass, ExecCommand, ExecOutput, Stream};
use crate::model::Address;
use crate::seam::BoxFuture;
use std::sync::Arc;

/// The containers of one project.
#[derive(Clone)]
pub struct DockerAccess {
    engine: Arc<Engine>,
    target: Arc<DockerTarget>,
}

impl DockerAccess {
    /// Of a project on an engine.
    pub fn new(engine: Arc<Engine>, target: Arc<DockerTarget>) -> Self {
        Self { engine, target }
    }

    fn unsupported(&self) -> BackendError {
        BackendError::new(ErrorClass::Unsupported, format!("{} on {}", self.target.project, self.engine.host()))
    }
}

impl Access for DockerAccess {
    fn dial<'a>(&'a self, _carrier: &'a Address, _port: u16) -> BoxFuture<'a, Result<Box<dyn Stream>, BackendError>> {
        Box::pin(async { Err(self.unsupported()) })
    }

    fn read_file<'a>(
        &'a self,
        _carrier: &'a Address,
        _path: &'a str,
        _limit: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, BackendError>> {
        Box::pin(async { Err(self.unsupported()) })
    }

    fn exec<'a>(
        &'a self,
        _carrier: &'a Address,
        _command: ExecCommand<'a>,
    ) -> BoxFuture<'a, Result<ExecOutput, BackendError>> {
        Box::pin(async { Err(self.unsupported()) })
    }
}
