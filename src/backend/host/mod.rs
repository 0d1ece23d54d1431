//! Gets at what runs as a process of this very machine: its ports, its files, its programs.
//!
//! Never: starts or stops what it gets at; knows what listens there.
//!
//! Invariants: a command line is an argument vector; every file and output is bounded.

use super::{Access, BackendError, ErrorClass, ExecCommand, ExecOutput, Stream};
use crate::model::Address;
use crate::seam::BoxFuture;
use crate::sys::file::read;
use crate::sys::net;
use crate::sys::process::{Invocation, ProcessError, run};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where it listens.
const HERE: &str = "127.0.0.1";
/// How long a port may take to answer.
const DIAL_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a program may run.
const LONGEST: Duration = Duration::from_secs(30);
/// The most output that is kept.
const MOST_OUTPUT: usize = 16 << 20;

/// This machine. All that it carries are processes of it, whatever their addresses are.
#[derive(Debug, Clone)]
pub struct HostAccess {
    folder: PathBuf,
}

impl HostAccess {
    /// `folder`: where programs are run.
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    async fn exec(&self, command: ExecCommand<'_>) -> Result<ExecOutput, BackendError> {
        let Some((program, arguments)) = command.arguments.split_first() else {
            return Err(BackendError::new(ErrorClass::Invalid, "there is no program to run"));
        };
        let (program, folder) = (program.clone(), self.folder.clone());
        let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
        let set = command.environment.iter().map(|(name, value)| (name.clone(), value.into())).collect();
        let input = command.input.to_vec();
        let ended = tokio::task::spawn_blocking(move || {
            let invocation = Invocation::new(&program, arguments, &folder);
            run(&Invocation { set, input, timeout: LONGEST, output_limit: MOST_OUTPUT, ..invocation })
        })
        .await;
        let stopped = |_| BackendError::new(ErrorClass::Transient, "the program was not run to its end");
        let finished = ended.map_err(stopped)?.map_err(|error| BackendError::new(class(&error), error.to_string()))?;
        Ok(ExecOutput { code: finished.code, output: finished.output, error: finished.error })
    }
}

const fn class(error: &ProcessError) -> ErrorClass {
    match error {
        ProcessError::Missing { .. } => ErrorClass::Unsupported,
        ProcessError::Run { .. } | ProcessError::TimedOut { .. } => ErrorClass::Transient,
    }
}

fn unreachable(error: &io::Error) -> BackendError {
    let reason = match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens on its port: connection refused".to_owned(),
        _ => format!("its port cannot be reached: {error}"),
    };
    BackendError::new(ErrorClass::Transient, reason)
}

impl Access for HostAccess {
    fn dial<'a>(&'a self, _carrier: &'a Address, port: u16) -> BoxFuture<'a, Result<Box<dyn Stream>, BackendError>> {
        Box::pin(async move {
            let stream = net::dial(HERE, port, DIAL_TIMEOUT).await.map_err(|error| unreachable(&error))?;
            let stream: Box<dyn Stream> = Box::new(stream);
            Ok(stream)
        })
    }

    fn read_file<'a>(
        &'a self,
        _carrier: &'a Address,
        path: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, BackendError>> {
        Box::pin(async move {
            let failed =
                |error: io::Error| BackendError::new(ErrorClass::Denied, format!("{path} cannot be read: {error}"));
            let missing = || BackendError::new(ErrorClass::NotFound, format!("there is no {path}"));
            let bytes = read(Path::new(path), u64::try_from(limit).unwrap_or(u64::MAX)).map_err(failed)?;
            bytes.ok_or_else(missing)
        })
    }

    fn exec<'a>(
        &'a self,
        _carrier: &'a Address,
        command: ExecCommand<'a>,
    ) -> BoxFuture<'a, Result<ExecOutput, BackendError>> {
        Box::pin(self.exec(command))
    }
}
