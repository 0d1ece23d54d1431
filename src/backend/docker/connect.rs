//! One engine, connected to when it is first asked.

use super::error::failed;
use crate::backend::{BackendError, ErrorClass};
use crate::sys::Variables;
use bollard::{API_DEFAULT_VERSION, Docker};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Where the engine listens when nothing says otherwise.
const DEFAULT_SOCKET: &str = "unix:///var/run/docker.sock";

/// How long one request may take, in seconds.
const TIMEOUT_SECONDS: u64 = 60;

/// One engine.
pub struct Engine {
    host: String,
    variables: Arc<dyn Variables>,
    client: OnceCell<Docker>,
}

impl Engine {
    /// The engine of a setting (`unix:///var/run/docker.sock`, `tcp://HOST:PORT`), else that of `DOCKER_HOST`, else the machine's own.
    pub fn at(setting: Option<&str>, variables: Arc<dyn Variables>) -> Self {
        let host = setting.map(str::to_owned).or_else(|| variables.text("DOCKER_HOST").filter(|host| !host.is_empty()));
        Self { host: host.unwrap_or_else(|| DEFAULT_SOCKET.into()), variables, client: OnceCell::new() }
    }

    /// Its address, as `DOCKER_HOST` takes it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The machine that it runs on; none: this one.
    pub(super) fn machine(&self) -> Option<String> {
        let (scheme, rest) = self.host.split_once("://")?;
        let authority = rest.split('/').next().unwrap_or(rest);
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let is_local = scheme == "unix" || matches!(host, "" | "localhost" | "127.0.0.1" | "[::1]");
        (!is_local).then(|| host.trim_matches(['[', ']']).to_owned())
    }

    /// The connection, in the newest version of the API that both sides know.
    ///
    /// # Errors
    /// `Transient` when it does not answer, `Unsupported` for an address that is none of an engine.
    pub async fn client(&self) -> Result<&Docker, BackendError> {
        self.client
            .get_or_try_init(|| async {
                let client = self.connect()?;
                client.negotiate_version().await.map_err(|error| failed("reach the engine", &self.host, &error))
            })
            .await
    }

    fn connect(&self) -> Result<Docker, BackendError> {
        let error = |error: bollard::errors::Error| failed("connect to the engine", &self.host, &error);
        match self.host.split_once("://") {
            Some(("unix", _)) => {
                Docker::connect_with_unix(&self.host, TIMEOUT_SECONDS, API_DEFAULT_VERSION).map_err(error)
            }
            Some(("tcp", _)) if self.with_tls() => self.connect_with_tls(),
            Some(("tcp" | "http", _)) => {
                Docker::connect_with_http(&self.host, TIMEOUT_SECONDS, API_DEFAULT_VERSION).map_err(error)
            }
            Some(("ssh", _)) => Err(self.unsupported("an engine is not reached through ssh").help(
                "forward its socket (`ssh -L ./docker.sock:/var/run/docker.sock HOST`) and set `host: unix://...`",
            )),
            _ => Err(self.unsupported("this is no address of an engine").help("use unix://PATH or tcp://HOST:PORT")),
        }
    }

    /// As the docker command decides it: <https://docs.docker.com/engine/security/protect-access/>.
    fn with_tls(&self) -> bool {
        self.variables.text("DOCKER_TLS_VERIFY").is_some_and(|value| !value.is_empty())
    }

    fn connect_with_tls(&self) -> Result<Docker, BackendError> {
        let folder =
            self.variables.text("DOCKER_CERT_PATH").or_else(|| Some(self.variables.text("HOME")? + "/.docker"));
        let folder = folder.ok_or_else(|| self.unsupported("DOCKER_TLS_VERIFY is set, and DOCKER_CERT_PATH is not"))?;
        let file = |name: &str| Path::new(&folder).join(name);
        let (key, certificate, authority) = (file("key.pem"), file("cert.pem"), file("ca.pem"));
        Docker::connect_with_ssl(&self.host, &key, &certificate, &authority, TIMEOUT_SECONDS, API_DEFAULT_VERSION)
            .map_err(|error| failed("connect to the engine", &self.host, &error))
    }

    fn unsupported(&self, why: &str) -> BackendError {
        BackendError::new(ErrorClass::Unsupported, format!("{}: {why}", self.host))
    }
}
