//! A component with everything that the shop does not have.

use crate::model::{
    Component, ConfigFile, Container, Effect, EndpointPart, Exposure, FileFormat, Mount, Part, Port, Probe,
    ProbeAction, Protocol, Retention, SecretFile, Security, Value, Volume, Workload, WorkloadKind, fixture,
};
use indexmap::IndexMap;

/// A map of entries.
pub fn named<T, const N: usize>(entries: [(&str, T); N]) -> IndexMap<String, T> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn file(path: &str, content: &str, format: FileFormat, effect: Effect) -> ConfigFile {
    ConfigFile { path: path.into(), content: content.into(), format, mode: 0o444, effect, entries: Vec::new() }
}

fn port(number: u16, protocol: Protocol, exposure: Exposure) -> Port {
    Port { number, protocol, exposure }
}

/// What the shop does not have: shared volumes, sidecars, projected files, values known later, long names, characters of all kinds.
pub fn wide() -> Component {
    let mut wide = fixture::component("api", "service", &["image", "env", "ports"]);
    wide.workloads = named([("api", service()), ("api-2-seed", seed())]);
    wide
}

fn later(output: &str, sensitive: bool) -> Part {
    Part::Deferred { component: "net".into(), output: output.into(), sensitive }
}

fn service() -> Workload {
    let mixed = Value::from_parts([
        Part::Literal("password=\"".into()),
        Part::Secret("stripe".into()),
        Part::Literal("\"\n".into()),
    ]);
    let host =
        Value::from_parts([Part::Literal("{".into()), later("host", false), Part::Literal("} $(HOST) \"'\\".into())]);
    let container = Container {
        name: "api".into(),
        image: "localhost:5000/shop/api:1.4.2@sha256:0123456789abcdef".into(),
        args: Some(fixture::literals([
            "$(HOME)",
            "{{ .Values.x }}",
            "{{{`}}",
            "",
            " # ",
            "\u{1}\u{7f}\u{2028}é😀",
            "$$",
            "-",
        ])),
        env: named([
            ("HOST", host),
            ("TOKEN", Value::from_parts([later("token", true)])),
            ("DOTTED.NAME-1", "$(HOST) is no reference".into()),
            ("MULTI", "a\n  b\n\n{{ c }}\n".into()),
            ("HTML", "<a href=\"&amp;\">\u{2029}</a>".into()),
            ("OCTAL", "0777".into()),
        ]),
        files: named([
            ("app.ini", file("/etc/app/app.ini", "[log]\nlevel = {{ info }}\n", FileFormat::Ini, Effect::Runtime)),
            ("banner", file("/etc/motd", "\tno newline at the end {{`", FileFormat::Text, Effect::Restart)),
        ]),
        mounts: vec![Mount { volume: "uploads".into(), path: "/uploads".into(), read_only: false }],
        secret_files: vec![
            SecretFile { path: "/etc/app/stripe".into(), content: fixture::secret("stripe") },
            SecretFile { path: "/uploads/mixed.conf".into(), content: mixed },
        ],
        security: Security { user: Some(1000), group: Some(2000), read_only_root: true, ..Security::default() },
        working_dir: Some("/srv".into()),
        ..Container::default()
    };
    let probe = Probe {
        action: ProbeAction::Tcp { port: "a-very-long-port-name".into() },
        interval_seconds: 10,
        timeout_seconds: 1,
        failures: 3,
        start_seconds: 45,
    };
    let mut proxy = Container {
        name: "proxy-1".into(),
        image: "proxy".into(),
        env: named([("A", "b".into())]),
        ..Container::default()
    };
    proxy.probes.startup = Some(probe.clone());
    proxy.probes.liveness = Some(probe);
    let mut service = fixture::workload("api", WorkloadKind::Service, container);
    service.replicas = 3;
    service.containers.push(proxy);
    let public = |host: &str, path: &str| Exposure::Public { host: host.into(), path: path.into(), tls: None };
    service.ports = named([
        ("http", port(8080, Protocol::Tcp, public("api.shop.example", "/"))),
        ("admin", port(8081, Protocol::Tcp, public("admin.shop.example", "/admin"))),
        ("a-very-long-port-name", port(9000, Protocol::Tcp, Exposure::Internal)),
        ("dns", port(53, Protocol::Udp, Exposure::Node { port: Some(30053) })),
    ]);
    service.volumes =
        named([("uploads", Volume { size_bytes: None, class: Some("nfs".into()), retention: Retention::Keep })]);
    service
}

fn seed() -> Workload {
    let url = Part::Endpoint {
        component: "api".into(),
        workload: "api".into(),
        member: None,
        port: "http".into(),
        part: EndpointPart::Authority,
    };
    let container = Container {
        name: "seed".into(),
        image: "seed:1".into(),
        env: named([("URL", Value::from_parts([url])), ("HTML", "<&>\u{2028}".into())]),
        ..Container::default()
    };
    let mut seed = fixture::workload("api-2-seed", WorkloadKind::Job, container);
    seed.containers.push(Container { name: "logs".into(), image: "logs:1".into(), ..Container::default() });
    seed.volumes =
        named([("scratch", Volume { size_bytes: Some(1 << 30), class: None, retention: Retention::Delete })]);
    seed
}
