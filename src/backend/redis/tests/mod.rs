//! The backend on real servers of this machine: started for a test on free ports, stopped with it.

#![expect(clippy::disallowed_methods, reason = "a test starts the servers that it talks to")]

mod changes;
mod clusters;
mod conforms;
mod goals;
mod looks;
mod parameters;
mod users;

use super::{Limits, RedisBackend};
use crate::backend::host::HostAccess;
use crate::backend::{
    Access, Backend, BackendError, ErrorClass, ExecCommand, ExecOutput, Granularity, ObserveRequest, Stream, Supply,
};
use crate::event::Silent;
use crate::exec::testing::{ENVIRONMENT, context};
use crate::model::{Address, Carrier, Digest, Login, Part, Reach, Resource, SecretValue, Tree, Value};
use crate::plan::{Applied, Observation};
use crate::render::Rendered;
use crate::seam::BoxFuture;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// One server.
pub struct Server {
    pub name: String,
    pub port: u16,
    folder: TempDir,
    child: Mutex<Option<Child>>,
    arguments: Vec<String>,
}

/// A free port; with a bus port above it where it is for a cluster.
fn free_port(bus: bool) -> u16 {
    loop {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if !bus || port.checked_add(10_000).is_some_and(is_free) {
            return port;
        }
    }
}

impl Server {
    /// A server with more arguments, answering.
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        let bus = arguments.contains(&"--cluster-enabled");
        let server = Self {
            name: name.into(),
            port: free_port(bus),
            folder: TempDir::new().unwrap(),
            child: Mutex::new(None),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        };
        server.run();
        server
    }

    /// The same server with its data, on another port.
    pub fn moved(mut self) -> Self {
        self.stop();
        self.port = free_port(true);
        self.run();
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it, again too.
    pub fn run(&self) {
        let sentinel = self.arguments.iter().any(|argument| argument == "--sentinel");
        let mut command = Command::new("redis-server");
        command.current_dir(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let conf = self.folder.path().join("redis.conf");
        if conf.exists() {
            command.arg(&conf);
        }
        command.args(["--port", &self.port.to_string(), "--dir", &self.folder.path().to_string_lossy()]);
        if !sentinel {
            command.args(["--save", ""]);
        }
        let child = command.args(&self.arguments).spawn().expect("redis-server must be installed");
        *self.child.lock().unwrap() = Some(child);
        self.answers();
    }

    fn answers(&self) {
        until(&format!("{} answers", self.name), || std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok());
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.lock().unwrap().as_ref().map(|child| child.id().to_string()).unwrap();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Ends it at once.
    pub fn stop(&self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What it says to a command, as redis-cli prints it.
    pub fn cli(&self, arguments: &[&str]) -> String {
        let port = self.port.to_string();
        let output = Command::new("redis-cli").args(["-p", &port, "--raw"]).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    pub fn carrier(&self) -> Carrier {
        let address = Address::new("host", None, ["process", self.name.as_str()]);
        Carrier { address, reach: Some(Reach { port: self.port, published: None, login: None }) }
    }

    /// A declared resource of it, canonical.
    pub fn resource(&self, path: &str, body: &Json) -> Resource {
        self.resource_of_tree(path, Tree::from_json(body))
    }

    pub fn resource_of_tree(&self, path: &str, body: Tree) -> Resource {
        let segments: Vec<&str> = std::iter::once(self.name.as_str()).chain(path.split('/')).collect();
        let mut resource = Resource::new(Address::new("redis", None, segments), Some("cache".into()), body);
        resource.carriers = vec![self.carrier()];
        resource.after = vec![self.carrier().address];
        super::target::canonical(&resource)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits for a condition.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < end, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Secrets by name, and a key where there is one.
pub struct Secrets {
    pub values: BTreeMap<String, String>,
    pub key: bool,
}

impl Secrets {
    pub fn of(values: &[(&str, &str)]) -> Self {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { values, key: true }
    }
}

impl Supply for Secrets {
    fn fill(&self, value: &Value) -> Result<SecretValue, BackendError> {
        let mut filled = SecretValue::new(Vec::new());
        for part in value.parts() {
            match part {
                Part::Literal(text) => filled.push(text.as_bytes()),
                Part::Secret(name) => {
                    let missing =
                        || BackendError::new(ErrorClass::Denied, format!("{name}: the source does not answer"));
                    filled.push(self.values.get(name).ok_or_else(missing)?.as_bytes());
                }
                _ => return Err(BackendError::new(ErrorClass::Invalid, "no value")),
            }
        }
        Ok(filled)
    }

    fn keyed(&self, bytes: &[u8]) -> Option<String> {
        self.key.then(|| Digest::of_pieces([b"a key".as_slice(), bytes]).to_string())
    }
}

pub fn secret(name: &str) -> Value {
    Value::from_parts([Part::Secret(name.into())])
}

/// A login of one user for both.
#[expect(clippy::unnecessary_wraps, reason = "as a carrier takes it")]
pub fn login(user: &str, password: Value) -> Option<Login> {
    let user = Some((user.to_owned(), password));
    Some(Login { read: user.clone(), write: user })
}

pub fn limits() -> Limits {
    let short = Duration::from_millis(500);
    Limits { connect: short, answer: short, goal: Duration::from_secs(40) }
}

pub fn backend() -> RedisBackend {
    RedisBackend::new("compose", Arc::new(HostAccess::new(std::env::temp_dir()))).with_limits(limits())
}

/// No stream to any port: programs alone.
pub struct ProgramsAlone(pub HostAccess);

impl Access for ProgramsAlone {
    fn dial<'a>(&'a self, _carrier: &'a Address, _port: u16) -> BoxFuture<'a, Result<Box<dyn Stream>, BackendError>> {
        Box::pin(async { Err(BackendError::new(ErrorClass::Unsupported, "no port of it is published")) })
    }

    fn read_file<'a>(
        &'a self,
        carrier: &'a Address,
        path: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, BackendError>> {
        self.0.read_file(carrier, path, limit)
    }

    fn exec<'a>(
        &'a self,
        carrier: &'a Address,
        command: ExecCommand<'a>,
    ) -> BoxFuture<'a, Result<ExecOutput, BackendError>> {
        Access::exec(&self.0, carrier, command)
    }
}

pub async fn look_with(
    backend: &RedisBackend,
    desired: &[Resource],
    applied: &BTreeMap<Address, Applied>,
    supply: &dyn Supply,
) -> Observation {
    let request = ObserveRequest { environment: ENVIRONMENT, desired, applied, only: &[], supply };
    backend.observe(&context(&Silent), request).await.unwrap()
}

pub async fn look(backend: &RedisBackend, desired: &[Resource]) -> Observation {
    look_with(backend, desired, &BTreeMap::new(), &Secrets::of(&[])).await
}

/// The live bodies by address, as reports show them.
pub fn bodies(observation: &Observation) -> BTreeMap<String, Json> {
    observation.resources.iter().map(|(address, one)| (address.to_string(), one.body.to_public_json())).collect()
}

/// What was applied is what is declared.
pub fn applied(desired: &[Resource]) -> BTreeMap<Address, Applied> {
    let one = |resource: &Resource| Applied {
        component: resource.component.clone(),
        instance: Some("compose".into()),
        body: resource.body.clone(),
        text: None,
        executable: false,
        revision: None,
        fingerprint: None,
        protect: false,
        outputs: BTreeMap::new(),
        secrets: BTreeMap::new(),
        after: resource.after.clone(),
    };
    desired.iter().map(|resource| (resource.address.clone(), one(resource))).collect()
}

#[test]
fn it_takes_its_own_addresses_alone_and_the_last_spelling_of_a_parameter() {
    let resource = |address: &str, body: &str| Resource::new(address.parse().unwrap(), None, Tree::text(body));
    let rendered = Rendered {
        resources: vec![
            resource("redis:c-0/config/slave-read-only", "no"),
            resource("redis:c-0/config/replica-read-only", "YES"),
            resource("docker:container/c-0", "x"),
        ],
        ..Rendered::default()
    };
    let backend = backend();
    let desired = backend.desired("compose", &rendered);
    let found: Vec<_> = desired.iter().map(|one| (one.address.to_string(), one.body.as_str().unwrap())).collect();
    assert_eq!(found, [("redis:c-0/config/replica-read-only".to_owned(), "yes")]);
    assert_eq!((backend.name(), backend.capabilities().granularity), ("redis", Granularity::Address));
}
