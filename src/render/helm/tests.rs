use super::*;
use crate::diag::{PATCH_OF_IDENTITY, SECRET_IN_ARGUMENT};
use crate::model::{
    ApplyMode, Component, ConfigFile, Container, Effect, EndpointPart, Exposure, FileFormat, Mount, Part, Patch, Port, Probe,
    ProbeAction, Protocol, Retention, SecretFile, Security, Tree, Value, Volume, Workload, WorkloadKind, fixture,
};
use crate::render::golden::{NoTemplates, assert_golden};
use indexmap::IndexMap;

fn render(model: &Model) -> (Rendered, Sink) {
    let mut sink = Sink::default();
    let rendered = Helm.render(model, &model.instances["helm"], &NoTemplates, &mut sink);
    (rendered, sink)
}

fn shop() -> Model {
    fixture::shop("helm", Tree::from([("namespace", Tree::text("shop-staging"))]))
}

fn codes(sink: &Sink) -> Vec<&'static str> {
    sink.iter().map(|diagnostic| diagnostic.code.0).collect()
}

fn named<T, const N: usize>(entries: [(&str, T); N]) -> IndexMap<String, T> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn file(path: &str, content: &str, format: FileFormat, effect: Effect) -> ConfigFile {
    ConfigFile { path: path.into(), content: content.into(), format, mode: 0o444, effect, entries: Vec::new() }
}

fn port(number: u16, protocol: Protocol, exposure: Exposure) -> Port {
    Port { number, protocol, exposure }
}

/// What the shop does not have: shared volumes, sidecars, projected files, values known later, long names, characters of all kinds.
fn wide() -> Component {
    let mut wide = fixture::component("api", "service", &["image", "env", "ports"]);
    wide.instance = "helm".into();
    wide.workloads = named([("api", service()), ("api-2-seed", seed())]);
    wide
}

fn later(output: &str, sensitive: bool) -> Part {
    Part::Deferred { component: "net".into(), output: output.into(), sensitive }
}

fn service() -> Workload {
    let mixed = Value::from_parts([Part::Literal("password=\"".into()), Part::Secret("stripe".into()), Part::Literal("\"\n".into())]);
    let host = Value::from_parts([Part::Literal("{".into()), later("host", false), Part::Literal("} $(HOST) \"'\\".into())]);
    let container = Container {
        name: "api".into(),
        image: "localhost:5000/shop/api:1.4.2@sha256:0123456789abcdef".into(),
        args: Some(fixture::literals(["$(HOME)", "{{ .Values.x }}", "{{{`}}", "", " # ", "\u{1}\u{7f}\u{2028}é😀", "$$", "-"])),
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
    let mut proxy = Container { name: "proxy-1".into(), image: "proxy".into(), env: named([("A", "b".into())]), ..Container::default() };
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

fn with(apply: &str, component: Component) -> Model {
    let mut model = shop();
    model.instances["helm"].apply = ApplyMode { name: apply.into(), observe_live: false };
    model.components = [(component.name.clone(), component)].into_iter().collect();
    model
}

#[test]
fn a_shop_with_cluster_service_and_job() {
    let (rendered, sink) = render(&shop());
    assert_golden("helm", "shop", &rendered, &sink, &fixture::sources());
}

#[test]
fn a_release_with_everything_else() {
    let (rendered, sink) = render(&with("release", wide()));
    assert_golden("helm", "release", &rendered, &sink, &fixture::sources());
}

#[test]
fn objects_that_we_apply_ourselves_are_marked_as_ours() {
    let mut model = shop();
    model.instances["helm"].apply.name = "server-side".into();
    let (rendered, sink) = render(&model);
    assert_golden("helm", "server-side", &rendered, &sink, &fixture::sources());
}

#[test]
fn a_patch_moves_a_default_where_people_tune_and_is_a_literal_elsewhere() {
    let mut model = shop();
    let patch = |objects: &str, merge: Tree| Patch { objects: objects.into(), merge, span: fixture::span_of("image") };
    let pod = |spec: Tree| Tree::from([("spec", Tree::from([("template", Tree::from([("spec", spec)]))]))]);
    let tuned = Tree::from([
        ("priorityClassName", Tree::text("high")),
        ("nodeSelector", Tree::from([("disk", Tree::text("ssd"))])),
        ("hostNetwork", Tree::Bool(true)),
        ("containers[name=api]", Tree::from([("image", Tree::text("api:2")), ("tty", Tree::Bool(true))])),
    ]);
    let annotated = Tree::from([("metadata", Tree::from([("annotations", Tree::from([("a.b/c", Tree::text("{{ d }}"))]))]))]);
    let labelled = Tree::from([("metadata", Tree::from([("labels", Tree::from([("{{x", Tree::text("y"))]))]))]);
    let patches = vec![
        patch("Deployment/*", pod(tuned)),
        patch("Service/api", annotated.clone()),
        patch("Ingress/*", annotated),
        patch("ServiceAccount/api", labelled),
        patch("Deployment/api", Tree::from([("spec", Tree::from([("replicas", Tree::Int(9))]))])),
    ];
    model.components["api"].patches.insert("helm".into(), patches);
    let brought = Tree::from([
        ("apiVersion", Tree::text("autoscaling.k8s.io/v1")),
        ("spec", Tree::from([("updatePolicy", Tree::from([("updateMode", Tree::text("Off"))]))])),
    ]);
    model.components["cache"].overrides.insert("helm".into(), named([("VerticalPodAutoscaler/cache", brought)]));
    let (rendered, sink) = render(&model);
    assert_golden("helm", "patches", &rendered, &sink, &fixture::sources());
}

#[test]
fn what_an_object_is_known_by_is_refused_and_so_is_a_secret_where_everybody_reads_it() {
    let mut model = shop();
    let span = fixture::span_of("image");
    let selector = Tree::from([("spec", Tree::from([("selector", Tree::map())]))]);
    let patches = vec![Patch { objects: "Deployment/api".into(), merge: selector, span }];
    model.components["api"].patches.insert("helm".into(), patches);
    model.components["migrate"].workloads["migrate"].containers[0].args = Some(vec![fixture::secret("stripe")]);
    let (_, sink) = render(&model);
    assert_eq!(codes(&sink), [SECRET_IN_ARGUMENT.0, PATCH_OF_IDENTITY.0]);
}

#[test]
fn with_git_nobody_hands_over_what_is_known_later() {
    let (_, sink) = render(&with("git", wide()));
    assert_eq!(codes(&sink), [crate::diag::DEFERRED_UNSUPPORTED.0, crate::diag::DEFERRED_UNSUPPORTED.0]);
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    assert_eq!(render(&shop()).0, render(&shop()).0);
}
