//! Models made by hand, for the tests of later rooms: what compile makes of an environment is tested elsewhere.

use super::{
    ApplyMode, Bootstrap, Component, Condition, ConfigFile, Container, Dependency, Digest, DriftSettings, Effect,
    EndpointPart, EntryEffect, Environment, Exposure, FileFormat, GitSettings, Instance, LiveExpectation, Login, Model,
    ModuleRef, Mount, Output, Part, Port, Probe, ProbeAction, Probes, Protocol, Resources, Retention, SecretFile,
    SecretSource, Security, Tree, UpdateOrder, Value, Volume, Workload, WorkloadKind,
};
use crate::diag::{FileId, SourceMap, Span};
use indexmap::IndexMap;

/// The text that the spans of [`shop`] point into.
pub const SHOP: &str = "apiVersion: driftless/v1
kind: Environment
target: compose
components:
  cache:
    module: redis
    with:
      shards: 3
      memory: 512Mi
      size: 1Gi
  api:
    module: service
    with:
      image: ghcr.io/shop/api:1.4.2
      ports: {http: {port: 8080, expose: {host: api.shop.example}}}
      env: {GREETING: x}
  migrate:
    module: job
    with:
      image: ghcr.io/shop/api:1.4.2
";

/// The place of the first occurrence of `text` in [`SHOP`].
pub fn span_of(text: &str) -> Span {
    let start = SHOP.find(text).unwrap();
    Span::new(FileId(0), u32::try_from(start).unwrap(), u32::try_from(start + text.len()).unwrap())
}

/// The source map that belongs to [`shop`].
pub fn sources() -> SourceMap {
    let mut sources = SourceMap::default();
    sources.add("environments/staging.yaml", SHOP);
    sources
}

/// An environment for one instance of a target: `cache` (a stateful cluster of six with a configuration file, an entry script, secret files,
/// volumes, a bootstrap job, live expectations), `api` (a service with two replicas, three kinds of ports, secrets, an endpoint and nasty
/// characters in its environment), `migrate` (a job).
pub fn shop(kind: &str, settings: Tree) -> Model {
    let mut components = IndexMap::new();
    for component in [cache(), migrate(), api()] {
        components.insert(component.name.clone(), Component { instance: kind.into(), ..component });
    }
    Model {
        environment: environment(),
        instances: [(kind.to_owned(), instance(kind, settings))].into_iter().collect(),
        components,
        secrets: ["cache-app", "cache-replication", "stripe"].into_iter().map(secret_source).collect(),
    }
}

fn secret_source(name: &str) -> (String, SecretSource) {
    let variable = format!("SHOP_{}", name.to_uppercase().replace('-', "_"));
    (name.into(), SecretSource { kind: "env".into(), argument: variable })
}

/// The environment `staging` of the project `shop`.
pub fn environment() -> Environment {
    Environment {
        name: "staging".into(),
        project: "shop".into(),
        file: "environments/staging.yaml".into(),
        labels: [("team".to_owned(), "shop".to_owned())].into_iter().collect(),
        moved: Vec::new(),
        git: GitSettings {
            repository: ".".into(),
            branch: "driftless/staging".into(),
            path: ".".into(),
            span: span_of("kind: Environment"),
        },
        drift: DriftSettings::default(),
        max_deletions: None,
        preview: None,
    }
}

/// An instance that is named like its kind.
pub fn instance(kind: &str, settings: Tree) -> Instance {
    Instance {
        name: kind.into(),
        kind: kind.into(),
        apply: ApplyMode { name: "git".into(), observe_live: false },
        settings,
        span: span_of("target: compose"),
    }
}

/// A component without anything in it.
pub fn component(name: &str, module: &str, inputs: &[&str]) -> Component {
    Component {
        name: name.into(),
        module: ModuleRef { name: module.into(), version: "1.0.0".into(), digest: Digest::of(module) },
        instance: "compose".into(),
        protect: false,
        workloads: IndexMap::new(),
        outputs: IndexMap::new(),
        live: Vec::new(),
        login: None,
        overrides: IndexMap::new(),
        patches: IndexMap::new(),
        secrets: Vec::new(),
        span: span_of(&format!("{name}:")),
        module_span: span_of(&format!("module: {module}")),
        inputs: inputs.iter().map(|input| ((*input).to_owned(), span_of(&format!("{input}:")))).collect(),
        keys: IndexMap::new(),
    }
}

/// A workload with one container and nothing else.
pub fn workload(name: &str, kind: WorkloadKind, container: Container) -> Workload {
    Workload {
        name: name.into(),
        kind,
        replicas: 1,
        update: UpdateOrder::Ordered,
        containers: vec![container],
        ports: IndexMap::new(),
        volumes: IndexMap::new(),
        needs: Vec::new(),
        bootstrap: None,
        stop_grace_seconds: None,
    }
}

/// Literal values.
pub fn literals<const N: usize>(texts: [&str; N]) -> Vec<Value> {
    texts.into_iter().map(Value::from).collect()
}

/// A value that is one secret.
pub fn secret(name: &str) -> Value {
    Value::from_parts([Part::Secret(name.into())])
}

fn port(number: u16, exposure: Exposure) -> Port {
    Port { number, protocol: Protocol::Tcp, exposure }
}

fn named<T, const N: usize>(entries: [(&str, T); N]) -> IndexMap<String, T> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A stateful cluster.
pub fn cache() -> Component {
    let mut cache = component("cache", "redis", &["shards", "memory", "size"]);
    cache.protect = true;
    cache.secrets = vec!["cache-app".into(), "cache-replication".into()];
    cache.workloads = named([("cache", cache_nodes()), ("cache-create", cache_create())]);
    let url = [
        Part::Literal("redis://app:".into()),
        Part::Secret("cache-app".into()),
        Part::Literal("@".into()),
        cache_endpoint(None),
    ];
    cache.outputs = named([("url", Output { value: Value::from_parts(url), sensitive: true })]);
    cache.login = Some(Login {
        read: Some(("driftless".into(), secret("cache-replication"))),
        write: Some(("driftless".into(), secret("cache-replication"))),
    });
    cache.live = (0..6).map(|member| expectation(Some(member), "config/maxmemory", Tree::Int(402_653_184))).collect();
    cache.live.push(expectation(
        None,
        "topology",
        Tree::from([("shards", Tree::Int(3)), ("replicas_per_shard", Tree::Int(1))]),
    ));
    cache
}

fn expectation(member: Option<u32>, path: &str, value: Tree) -> LiveExpectation {
    LiveExpectation {
        backend: "redis".into(),
        workload: "cache".into(),
        member,
        path: path.into(),
        value,
        effect: Effect::Runtime,
    }
}

/// The authority of one member of `cache`, or of all.
pub fn cache_endpoint(member: Option<u32>) -> Part {
    Part::Endpoint {
        component: "cache".into(),
        workload: "cache".into(),
        member,
        port: "redis".into(),
        part: EndpointPart::Authority,
    }
}

const REDIS_CONF: &str = "port 6379
maxmemory 402653184
maxmemory-policy allkeys-lru
cluster-enabled yes
save \"\"
aclfile /run/acl/users.acl
# a comment with $dollar and {{ braces }}
";

const ENTRY_SCRIPT: &str = "#!/bin/sh
set -eu
password=\"$(cat /run/secrets/cache-app)\"
printf 'user app on >%s ~app:* +@read +@write\\n' \"${password}\" > /run/acl/users.acl
exec redis-server /etc/redis/redis.conf
";

fn config_file(path: &str, content: &str, format: FileFormat, mode: u32) -> ConfigFile {
    ConfigFile {
        path: path.into(),
        content: content.into(),
        format,
        mode,
        effect: Effect::Restart,
        entries: Vec::new(),
    }
}

fn cache_nodes() -> Workload {
    let mut conf = config_file("/etc/redis/redis.conf", REDIS_CONF, FileFormat::Lines, 0o444);
    conf.entries = vec![EntryEffect { key: "maxmemory*".into(), effect: Effect::Runtime }];
    let script = config_file("/usr/local/bin/start", ENTRY_SCRIPT, FileFormat::Text, 0o555);
    let probe = Probe {
        action: ProbeAction::Exec(literals(["redis-cli", "ping"])),
        interval_seconds: 5,
        timeout_seconds: 3,
        failures: 6,
        start_seconds: 10,
    };
    let container = Container {
        name: "redis".into(),
        image: "redis:7.4.1".into(),
        command: Some(literals(["/usr/local/bin/start"])),
        files: named([("redis-conf", conf), ("start", script)]),
        mounts: vec![Mount { volume: "data".into(), path: "/data".into(), read_only: false }],
        secret_files: vec![SecretFile { path: "/run/secrets/cache-app".into(), content: secret("cache-app") }],
        resources: Resources {
            cpu_request_millis: Some(100),
            cpu_limit_millis: Some(500),
            memory_request_bytes: Some(512 << 20),
            memory_limit_bytes: Some(512 << 20),
        },
        probes: Probes { readiness: Some(probe.clone()), liveness: Some(probe), startup: None },
        security: Security { no_new_privileges: true, drop_capabilities: vec!["ALL".into()], ..Security::default() },
        ..Container::default()
    };
    let mut cache = workload("cache", WorkloadKind::Stateful, container);
    cache.replicas = 6;
    cache.update = UpdateOrder::Parallel;
    cache.ports = named([("redis", port(6379, Exposure::Internal)), ("bus", port(16379, Exposure::Internal))]);
    cache.volumes = named([("data", Volume { size_bytes: Some(1 << 30), class: None, retention: Retention::Keep })]);
    cache.stop_grace_seconds = Some(30);
    cache
}

fn cache_create() -> Workload {
    let mut args = literals(["redis-cli", "--cluster", "create"]);
    args.extend((0..6).map(|member| Value::from_parts([cache_endpoint(Some(member))])));
    args.extend(literals(["--cluster-replicas", "1", "--cluster-yes"]));
    let container =
        Container { name: "create".into(), image: "redis:7.4.1".into(), command: Some(args), ..Container::default() };
    let mut create = workload("cache-create", WorkloadKind::Job, container);
    create.bootstrap = Some(Bootstrap {
        check: literals(["sh", "-c", "redis-cli -h cache-0 cluster info | grep -q cluster_state:ok"]),
    });
    create.needs = vec![need("cache", "cache", Condition::Healthy)];
    create
}

fn need(component: &str, workload: &str, condition: Condition) -> Dependency {
    Dependency { component: component.into(), workload: workload.into(), condition }
}

/// A service.
pub fn api() -> Component {
    let mut api = component("api", "service", &["image", "ports", "env"]);
    api.secrets = vec!["cache-app".into(), "stripe".into()];
    let url = [
        Part::Literal("redis://app:".into()),
        Part::Secret("cache-app".into()),
        Part::Literal("@".into()),
        cache_endpoint(None),
    ];
    let container = Container {
        name: "api".into(),
        image: "ghcr.io/shop/api:1.4.2".into(),
        command: Some(literals(["/app/api", "--greeting", "it's ${HOME} {{ x }} %{y} $5"])),
        env: named([
            ("GREETING", Value::from("a \"quoted\" $dollar ${brace} {{ helm }} %{ tf } # no comment\nsecond line")),
            ("LOG_LEVEL", "info".into()),
            ("ENABLED", "no".into()),
            ("REDIS_HOST", Value::from_parts([cache_endpoint(None)])),
            ("REDIS_URL", Value::from_parts(url)),
            ("STRIPE_KEY", secret("stripe")),
        ]),
        resources: Resources { memory_limit_bytes: Some(256 << 20), ..Resources::default() },
        probes: Probes {
            readiness: Some(Probe {
                action: ProbeAction::Http { port: "http".into(), path: "/healthz".into() },
                interval_seconds: 10,
                timeout_seconds: 2,
                failures: 3,
                start_seconds: 5,
            }),
            ..Probes::default()
        },
        ..Container::default()
    };
    let mut service = workload("api", WorkloadKind::Service, container);
    service.replicas = 2;
    let host = Exposure::Public { host: "api.shop.example".into(), path: "/".into(), tls: Some("api-tls".into()) };
    service.ports = named([
        ("http", port(8080, host)),
        ("metrics", port(9090, Exposure::Internal)),
        ("debug", port(6060, Exposure::Node { port: None })),
    ]);
    service.needs = vec![need("cache", "cache", Condition::Healthy), need("migrate", "migrate", Condition::Completed)];
    api.workloads = named([("api", service)]);
    api.outputs = named([("url", Output { value: "https://api.shop.example".into(), sensitive: false })]);
    api
}

/// A job.
pub fn migrate() -> Component {
    let mut migrate = component("migrate", "job", &["image"]);
    let container = Container {
        name: "migrate".into(),
        image: "ghcr.io/shop/api:1.4.2".into(),
        command: Some(literals(["/app/migrate"])),
        args: Some(literals(["--to", "latest"])),
        env: named([("TZ", Value::from("UTC"))]),
        ..Container::default()
    };
    let mut job = workload("migrate", WorkloadKind::Job, container);
    job.needs = vec![need("cache", "cache-create", Condition::Completed)];
    migrate.workloads = named([("migrate", job)]);
    migrate
}
