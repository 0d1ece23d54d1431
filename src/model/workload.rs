//! What runs: workloads, their containers, and what these need.

use super::value::Value;
use indexmap::IndexMap;

/// How a workload lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkloadKind {
    /// Runs always; any replica is as good as another.
    Service,
    /// Runs always; each member keeps its name (`NAME-0`, `NAME-1`, ...) and its volumes.
    Stateful,
    /// Runs to completion. Its script is idempotent: it may be run again.
    Job,
}

/// In what order the members of a workload are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateOrder {
    /// One after the other, the highest first.
    Ordered,
    /// All at once: members that wait for each other to become ready.
    Parallel,
}

/// A set of equal containers with one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// Unique in the environment: the component's name, or `COMPONENT-SUFFIX`. An RFC 1123 label.
    pub name: String,
    /// How it lives.
    pub kind: WorkloadKind,
    /// How many. 1 for a job.
    pub replicas: u32,
    /// In what order members are replaced.
    pub update: UpdateOrder,
    /// The containers of one replica; the first is the main one, the others are sidecars that share its network.
    pub containers: Vec<Container>,
    /// Ports by name, reached under the workload's own name.
    pub ports: IndexMap<String, Port>,
    /// Volumes by name; a stateful workload has one set for each member.
    pub volumes: IndexMap<String, Volume>,
    /// What must have happened elsewhere before it starts.
    pub needs: Vec<Dependency>,
    /// For a job that brings other workloads up: what makes it safe to run again.
    pub bootstrap: Option<Bootstrap>,
    /// How long one replica may take to stop, in seconds, before it is killed.
    pub stop_grace_seconds: Option<u32>,
}

/// One container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Container {
    /// Unique in its workload.
    pub name: String,
    /// The image reference, `redis:7.4.1` or with a digest.
    pub image: Value,
    /// What is started (an entry point); none: what the image says.
    pub command: Option<Vec<Value>>,
    /// Its arguments; none: what the image says, if there is no command either.
    pub args: Option<Vec<Value>>,
    /// Environment variables.
    pub env: IndexMap<String, Value>,
    /// Configuration files, by name.
    pub files: IndexMap<String, ConfigFile>,
    /// Where volumes of the workload are mounted.
    pub mounts: Vec<Mount>,
    /// Secrets as files.
    pub secret_files: Vec<SecretFile>,
    /// What it may use.
    pub resources: Resources,
    /// How one sees that it is well.
    pub probes: Probes,
    /// As whom and with what it runs.
    pub security: Security,
    /// The working directory; none: the image's.
    pub working_dir: Option<String>,
}

/// A port that a workload listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The number in the container.
    pub number: u16,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Who may reach it.
    pub exposure: Exposure,
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Who may reach a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exposure {
    /// The environment's own workloads.
    Internal,
    /// Whoever reaches the machine.
    Node {
        /// The port on the machine; none: any free one.
        port: Option<u16>,
    },
    /// Everybody, through an HTTP entrance.
    Public {
        /// The host name.
        host: Value,
        /// The path's beginning, `/` for all.
        path: String,
        /// The name of the certificate's secret, where it is served with TLS.
        tls: Option<String>,
    },
}

/// Storage that outlives a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Bytes asked for; none where only the target can say.
    pub size_bytes: Option<u64>,
    /// The storage class; none: the default.
    pub class: Option<String>,
    /// What becomes of it when its workload goes.
    pub retention: Retention,
}

/// What becomes of a volume when its workload goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// It stays.
    Keep,
    /// It goes.
    Delete,
}

/// Where a volume is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The volume's name in the workload.
    pub volume: String,
    /// An absolute path in the container.
    pub path: String,
    /// Whether it can only be read.
    pub read_only: bool,
}

/// A file that a container finds at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    /// An absolute path in the container.
    pub path: String,
    /// Its text. No secret is ever part of it; endpoints may be.
    pub content: Value,
    /// How its entries are told apart.
    pub format: FileFormat,
    /// Permission bits, `0o444` where nothing is said.
    pub mode: u32,
    /// What a change of it takes.
    pub effect: Effect,
    /// What a change of a single entry takes, where that differs.
    pub entries: Vec<EntryEffect>,
}

impl ConfigFile {
    /// What a change of an entry takes.
    pub fn effect_of(&self, key: &str) -> Effect {
        let rule = self.entries.iter().find(|entry| super::glob::matches(&entry.key, key, '\0'));
        rule.map_or(self.effect, |entry| entry.effect)
    }
}

/// How the entries of a file are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// By nothing: the file is one thing.
    Text,
    /// A line an entry, its first word the key (redis.conf).
    Lines,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// Sections with `key = value`.
    Ini,
}

/// What a change takes, from the mildest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing stops.
    Runtime,
    /// What runs is restarted.
    Restart,
    /// It is made anew.
    Replace,
    /// It is not done at all.
    Refused,
}

/// What a change of one entry of a file takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryEffect {
    /// The entry's key; `*` in it stands for any text.
    pub key: String,
    /// What a change takes.
    pub effect: Effect,
}

/// A secret as a file in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFile {
    /// An absolute path in the container.
    pub path: String,
    /// What is in it: a value with a secret part.
    pub content: Value,
}

/// What a container asks for and may use at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resources {
    /// Thousandths of a CPU asked for.
    pub cpu_request_millis: Option<u64>,
    /// Thousandths of a CPU at most.
    pub cpu_limit_millis: Option<u64>,
    /// Bytes asked for.
    pub memory_request_bytes: Option<u64>,
    /// Bytes at most.
    pub memory_limit_bytes: Option<u64>,
}

/// How one sees that a container is well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probes {
    /// Whether it has started.
    pub startup: Option<Probe>,
    /// Whether it can be used.
    pub readiness: Option<Probe>,
    /// Whether it must be restarted.
    pub liveness: Option<Probe>,
}

/// One way to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What is done.
    pub action: ProbeAction,
    /// Seconds between two.
    pub interval_seconds: u32,
    /// Seconds that one may take.
    pub timeout_seconds: u32,
    /// How many failures in a row count.
    pub failures: u32,
    /// Seconds after the start in which failures do not count.
    pub start_seconds: u32,
}

/// What a probe does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeAction {
    /// Runs a command in the container: 0 is well.
    Exec(Vec<Value>),
    /// Asks for a path: 200 to 399 is well.
    Http {
        /// The port's name.
        port: String,
        /// The path.
        path: String,
    },
    /// Connects.
    Tcp {
        /// The port's name.
        port: String,
    },
}

/// As whom and with what a container runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Security {
    /// The numeric user; none: the image's.
    pub user: Option<u32>,
    /// The numeric group; none: the image's.
    pub group: Option<u32>,
    /// Whether its root file system can only be read.
    pub read_only_root: bool,
    /// Whether it may gain privileges that its parent lacks.
    pub no_new_privileges: bool,
    /// Capabilities that are taken away (`ALL`).
    pub drop_capabilities: Vec<String>,
    /// Capabilities that are given.
    pub add_capabilities: Vec<String>,
}

/// Something that must have happened elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The component.
    pub component: String,
    /// The workload in it.
    pub workload: String,
    /// What must have happened.
    pub condition: Condition,
}

/// What must have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// It has been started.
    Started,
    /// Its readiness probe says that it is well.
    Healthy,
    /// It ended with 0.
    Completed,
}

/// What makes a job safe to run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrap {
    /// A command in the job's container: 0 means that nothing is left to do, and the job's command is not run.
    pub check: Vec<Value>,
}
