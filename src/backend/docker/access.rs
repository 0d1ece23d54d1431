//! How one gets at a process in a container.

use super::error::failed;
use super::found::{Found, of_service};
use super::names::{Kind, named};
use super::{DockerTarget, Engine, archive};
use crate::backend::{Access, BackendError, ErrorClass, ExecCommand, ExecOutput, Stream};
use crate::model::Address;
use crate::seam::BoxFuture;
use crate::sys::net;
use archive::Entry;
use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

/// How long a connection may take to be made.
const DIAL_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a program may run, and a file may take.
const RUN_TIMEOUT: Duration = Duration::from_mins(1);

/// The most bytes that are kept of what a program prints.
const OUTPUT_LIMIT: usize = 16 << 20;

/// How many links are followed to a file.
const MOST_LINKS: usize = 8;

/// The containers of one project.
#[derive(Clone)]
pub struct DockerAccess {
    engine: Arc<Engine>,
    target: Arc<DockerTarget>,
}

impl DockerAccess {
    /// Of a project on an engine.
    pub const fn new(engine: Arc<Engine>, target: Arc<DockerTarget>) -> Self {
        Self { engine, target }
    }

    /// The running container of a carrier. Where a service has several, the first speaks for all.
    async fn container(&self, carrier: &Address) -> Result<(Found, ContainerInspectResponse), BackendError> {
        let Some((Kind::Container, service)) = named(carrier) else {
            return Err(BackendError::new(ErrorClass::Unsupported, format!("nothing runs in {carrier}")));
        };
        let all = of_service(&self.engine, &self.target, &service).await?;
        let running = all.into_iter().find(|one| one.state == "running");
        let none = || BackendError::new(ErrorClass::NotFound, format!("{carrier} does not run"));
        let found = running.ok_or_else(none)?;
        let inspected = self.engine.client().await?.inspect_container(&found.id, None).await;
        Ok((found, inspected.map_err(|error| failed("look at", &carrier.to_string(), &error))?))
    }

    async fn dialled(&self, carrier: &Address, port: u16) -> Result<Box<dyn Stream>, BackendError> {
        let (_, inspected) = self.container(carrier).await?;
        let mut refused = None;
        for (host, port) in self.ways(&inspected, port) {
            match net::dial(&host, port, DIAL_TIMEOUT).await {
                Ok(stream) => return Ok(Box::new(stream)),
                Err(error) => refused = Some(format!("{host}:{port} does not answer: {error}")),
            }
        }
        match refused {
            Some(why) => {
                let message = format!("cannot reach port {port} of {carrier}: {why}");
                Err(BackendError::new(ErrorClass::Transient, message))
            }
            None => {
                let message = format!("port {port} of {carrier} is not published, and the engine is another machine's");
                Err(BackendError::new(ErrorClass::Unsupported, message)
                    .help("publish the port, or run where the engine is"))
            }
        }
    }

    /// Where a port may answer: published on the engine's machine; on this machine in the container's own network too.
    fn ways(&self, inspected: &ContainerInspectResponse, port: u16) -> Vec<(String, u16)> {
        let settings = inspected.network_settings.as_ref();
        let bindings = settings.and_then(|settings| settings.ports.as_ref()?.get(&format!("{port}/tcp"))?.as_ref());
        let engine = self.engine.machine();
        let is_local = engine.is_none();
        let mut ways = Vec::new();
        for binding in bindings.into_iter().flatten() {
            let published = binding.host_port.as_ref().and_then(|port| port.parse().ok());
            let given = binding.host_ip.as_deref().unwrap_or_default();
            let host = match (&engine, given) {
                (Some(machine), "" | "0.0.0.0" | "::") => machine.clone(),
                (None, "" | "0.0.0.0") => "127.0.0.1".into(),
                (None, "::") => "::1".into(),
                (_, given) => given.to_owned(),
            };
            ways.extend(published.map(|port| (host, port)));
        }
        let networks = settings.and_then(|settings| settings.networks.as_ref()).into_iter().flatten();
        let address = |endpoint: &bollard::models::EndpointSettings| endpoint.ip_address.clone();
        let addresses = networks.filter_map(|(_, endpoint)| address(endpoint)).filter(|address| !address.is_empty());
        if is_local {
            ways.extend(addresses.map(|address| (address, port)));
        }
        ways.dedup();
        ways
    }

    async fn file(&self, carrier: &Address, path: &str, limit: usize) -> Result<Vec<u8>, BackendError> {
        let (found, _) = self.container(carrier).await?;
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            match self.first_of_archive(&found.id, &path, limit).await? {
                Read::File(bytes) => return Ok(bytes),
                Read::Link(to) => path = beside(&path, &to),
            }
        }
        Err(BackendError::new(ErrorClass::Invalid, format!("{path} in {carrier} is a link that leads nowhere")))
    }

    async fn first_of_archive(&self, id: &str, path: &str, limit: usize) -> Result<Read, BackendError> {
        let options = DownloadFromContainerOptionsBuilder::default().path(path).build();
        let mut chunks = Box::pin(self.engine.client().await?.download_from_container(id, Some(options)));
        let mut bytes: Vec<u8> = Vec::new();
        let too_large = || BackendError::new(ErrorClass::Unsupported, format!("{path} has more than {limit} bytes"));
        let mut entry = None;
        loop {
            entry = entry.or_else(|| archive::first_entry(&bytes));
            match &entry {
                Some(Entry::File { length, begins }) => {
                    let length =
                        usize::try_from(*length).ok().filter(|length| *length <= limit).ok_or_else(too_large)?;
                    if let Some(content) = bytes.get(*begins..begins + length) {
                        return Ok(Read::File(content.to_vec()));
                    }
                }
                Some(Entry::Link(to)) => return Ok(Read::Link(to.clone())),
                Some(Entry::Other) => {
                    return Err(BackendError::new(ErrorClass::Invalid, format!("{path} is no file")));
                }
                None => {}
            }
            match chunks.next().await {
                Some(Ok(chunk)) => bytes.extend_from_slice(&chunk),
                Some(Err(error)) => return Err(failed("read", path, &error)),
                None => {
                    return Err(BackendError::new(ErrorClass::Transient, format!("{path} was cut short")));
                }
            }
        }
    }

    async fn executed(&self, carrier: &Address, command: ExecCommand<'_>) -> Result<ExecOutput, BackendError> {
        let (found, _) = self.container(carrier).await?;
        let client = self.engine.client().await?;
        let environment = command.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let options = CreateExecOptions {
            attach_stdin: Some(!command.input.is_empty()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            env: Some(environment),
            cmd: Some(command.arguments.to_vec()),
            ..CreateExecOptions::default()
        };
        let what = carrier.to_string();
        let error = |error: bollard::errors::Error| failed("run a program in", &what, &error);
        let exec = client.create_exec(&found.id, options).await.map_err(error)?;
        let started = client.start_exec(&exec.id, None::<StartExecOptions>).await.map_err(error)?;
        let StartExecResults::Attached { output, input } = started else {
            return Err(BackendError::new(ErrorClass::Unsupported, "the engine shows nothing of what it runs"));
        };
        let (printed, sent) = tokio::join!(collect(output), send(input, command.input));
        let (output, error_output) = printed.map_err(error)?;
        // A program that does not read its input is no error here: its exit code says what it thinks of that.
        let _ = sent;
        let ended = client.inspect_exec(&exec.id).await.map_err(error)?;
        let code = ended.exit_code.and_then(|code| i32::try_from(code).ok());
        Ok(ExecOutput { code, output, error: error_output })
    }
}

/// What stands at a path.
enum Read {
    File(Vec<u8>),
    Link(String),
}

/// Where a link leads.
fn beside(link: &str, to: &str) -> String {
    match to.strip_prefix('/') {
        Some(_) => to.to_owned(),
        None => format!("{}/{to}", link.rsplit_once('/').map_or("", |(folder, _)| folder)),
    }
}

type Chunks = std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<LogOutput, bollard::errors::Error>> + Send>>;

async fn collect(mut chunks: Chunks) -> Result<(Vec<u8>, Vec<u8>), bollard::errors::Error> {
    let (mut output, mut error) = (Vec::new(), Vec::new());
    while let Some(chunk) = chunks.next().await {
        let (kept, message) = match chunk? {
            LogOutput::StdErr { message } => (&mut error, message),
            LogOutput::StdOut { message } | LogOutput::Console { message } | LogOutput::StdIn { message } => {
                (&mut output, message)
            }
        };
        let room = OUTPUT_LIMIT.saturating_sub(kept.len()).min(message.len());
        kept.extend_from_slice(&message[..room]);
    }
    Ok((output, error))
}

async fn send(mut input: std::pin::Pin<Box<dyn tokio::io::AsyncWrite + Send>>, bytes: &[u8]) -> std::io::Result<()> {
    input.write_all(bytes).await?;
    input.shutdown().await
}

async fn within<T>(
    limit: Duration,
    what: &Address,
    work: impl Future<Output = Result<T, BackendError>>,
) -> Result<T, BackendError> {
    let late =
        || BackendError::new(ErrorClass::Transient, format!("{what} does not answer in {} seconds", limit.as_secs()));
    timeout(limit, work).await.unwrap_or_else(|_| Err(late()))
}

impl Access for DockerAccess {
    fn dial<'a>(&'a self, carrier: &'a Address, port: u16) -> BoxFuture<'a, Result<Box<dyn Stream>, BackendError>> {
        Box::pin(within(RUN_TIMEOUT, carrier, self.dialled(carrier, port)))
    }

    fn read_file<'a>(
        &'a self,
        carrier: &'a Address,
        path: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, BackendError>> {
        Box::pin(within(RUN_TIMEOUT, carrier, self.file(carrier, path, limit)))
    }

    fn exec<'a>(
        &'a self,
        carrier: &'a Address,
        command: ExecCommand<'a>,
    ) -> BoxFuture<'a, Result<ExecOutput, BackendError>> {
        Box::pin(within(RUN_TIMEOUT, carrier, self.executed(carrier, command)))
    }
}
