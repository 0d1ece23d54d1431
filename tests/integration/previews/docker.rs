//! A Docker Engine, found by its environment: where that says another address, nothing answers, or an engine on which nothing is.

use super::place::{Marked, Place};
use crate::support::Project;
use crate::support::engine::Engine;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

const OWNER: &str = "driftless.dev/owner";
const ADDRESS: &str = "driftless.dev/address";
const KINDS: [&str; 3] = ["container", "network", "volume"];

/// An engine that other scenarios use too: the project has a name of its own.
pub struct Docker {
    name: String,
    host: Mutex<String>,
}

impl Docker {
    /// For one scenario.
    pub fn new(number: usize) -> Self {
        let name = format!("previews{}x{number}", std::process::id());
        Self { name, host: Mutex::new(engine().host().to_owned()) }
    }

    fn point(&self, host: &str) {
        host.clone_into(&mut self.host.lock().unwrap());
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        let labels = marks(&self.name).into_keys().map(|owner| format!("{OWNER}={owner}"));
        labels.for_each(|label| engine().reap(&label));
    }
}

/// The engine, with the images that the environment names: what they run answers on port 8080 as Redis does.
fn engine() -> &'static Engine {
    static READY: OnceLock<&'static Engine> = OnceLock::new();
    READY.get_or_init(|| {
        let engine = Engine::shared();
        let run = "CMD [\"redis-server\", \"--port\", \"8080\", \"--protected-mode\", \"no\", \"--save\", \"\"]";
        for tag in ["api:1", "api:2"] {
            engine.image(tag, &["ENV PATH=/usr/local/bin:/usr/bin:/bin", run]);
        }
        engine
    })
}

/// An engine on which nothing is.
fn empty() -> &'static Engine {
    static EMPTY: OnceLock<Engine> = OnceLock::new();
    EMPTY.get_or_init(|| Engine::own(&[]))
}

fn marks(project: &str) -> Marked {
    let mut marked = Marked::new();
    for kind in KINDS {
        let all: &[&str] = if kind == "container" { &["--all"] } else { &[] };
        let format = format!("{{{{.Label \"{OWNER}\"}}}} {{{{.Label \"{ADDRESS}\"}}}}");
        let filter = format!("label={OWNER}");
        let listed = engine().lines(&[&[kind, "ls", "--filter", &filter, "--format", &format], all].concat());
        for (owner, address) in listed.iter().filter_map(|line| line.split_once(' ')) {
            if owner.starts_with(&format!("{project}/")) {
                marked.entry(owner.to_owned()).or_default().insert(address.to_owned());
            }
        }
    }
    marked
}

impl Place for Docker {
    fn target(&self) -> String {
        "apply: docker".into()
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn port(&self) -> u16 {
        let free = std::net::TcpListener::bind(("0.0.0.0", 0)).unwrap();
        free.local_addr().unwrap().port()
    }

    fn variables(&self) -> BTreeMap<String, String> {
        let mut command = Command::new("docker");
        let lent =
            engine().lend(&mut command).get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)));
        let mut variables: BTreeMap<String, String> =
            lent.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        variables.insert("DOCKER_HOST".into(), self.host.lock().unwrap().clone());
        variables
    }

    fn marked(&self, _project: &Project) -> Marked {
        marks(&self.name)
    }

    fn exactly(&self, _project: &Project, owner: &str) -> String {
        let filter = format!("label={OWNER}={owner}");
        let mut said = String::new();
        for (kind, what) in [
            ("container", "{{json .Config.Env}} {{.Config.Image}} {{.Id}} {{.State.StartedAt}}"),
            ("network", "{{.Id}}"),
            ("volume", "{{.Name}} {{.CreatedAt}}"),
        ] {
            let all: &[&str] = if kind == "container" { &["--all"] } else { &[] };
            let mut ids = engine().lines(&[&[kind, "ls", "--quiet", "--filter", &filter], all].concat());
            ids.sort();
            for id in ids.iter().filter(|id| !id.is_empty()) {
                said.push_str(&engine().docker(&[kind, "inspect", "--format", what, id]));
                said.push('\n');
            }
        }
        said
    }

    fn go_silent(&self, project: &Project) {
        self.point(&format!("unix://{}", project.at("nobody.sock").display()));
    }

    fn go_astray(&self, _project: &Project) {
        self.point(empty().host());
    }

    fn come_back(&self, _project: &Project) {
        self.point(engine().host());
    }

    fn leave_behind(&self, _project: &Project, owner: &str) -> String {
        let address = "docker@other:volume/stray";
        let labels = [format!("{OWNER}={owner}"), format!("{ADDRESS}={address}")];
        engine().docker(&[
            "volume",
            "create",
            "--label",
            &labels[0],
            "--label",
            &labels[1],
            &format!("{}-stray", self.name),
        ]);
        address.into()
    }

    fn tidy_up(&self, _project: &Project, _owner: &str) {
        engine().docker(&["volume", "rm", &format!("{}-stray", self.name)]);
    }

    fn check_endpoints(&self, report: &Json) {
        let endpoint = &report["endpoints"][0];
        let at = endpoint["reached_at"].as_str().unwrap_or_else(|| panic!("{report:#}"));
        assert!(at.starts_with("127.0.0.1:"), "{at}");
        assert_eq!((endpoint["component"].as_str(), endpoint["name"].as_str()), (Some("api"), Some("http")));
        assert_eq!((endpoint["url"].as_str(), &report["note"]), (Some(format!("http://{at}").as_str()), &Json::Null));
        let mut stream = std::net::TcpStream::connect(at).unwrap();
        stream.write_all(b"PING\r\n").unwrap();
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"+PONG\r\n");
    }
}
