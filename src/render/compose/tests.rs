use super::*;
use crate::diag::{PATCH_OF_IDENTITY, PATCH_SHAPE, PATCH_WITHOUT_MATCH, SECRET_NAME_COLLISION, SECRET_NEEDS_COMMAND};
use crate::model::{Container, Part, Patch, Value, WorkloadKind, fixture};
use crate::render::tests::{NoTemplates, assert_golden, render_demo};
use granit_parser::{Event, Parser};
use proptest::prelude::*;

fn render(model: &Model) -> (Rendered, Sink) {
    let mut sink = Sink::default();
    let rendered = Compose.render(model, &model.instances["compose"], &NoTemplates, &mut sink);
    (rendered, sink)
}

fn shop() -> Model {
    fixture::shop("compose", Tree::from([("project", Tree::text("shop-staging"))]))
}

/// An environment of one component with one service of one container.
fn single(container: Container) -> Model {
    let mut model = shop();
    let mut component = fixture::component("api", "service", &["image", "env"]);
    let workload = fixture::workload("api", WorkloadKind::Service, container);
    component.workloads.insert("api".into(), workload);
    model.components = [("api".to_owned(), component)].into_iter().collect();
    model
}

fn codes(sink: &Sink) -> Vec<&'static str> {
    sink.iter().map(|diagnostic| diagnostic.code.0).collect()
}

#[test]
fn a_shop_with_cluster_service_and_job() {
    let (rendered, sink) = render(&shop());
    assert_golden("compose", "shop", &rendered, &sink, &fixture::sources());
}

#[test]
fn the_demo_of_this_repository() {
    let rendered = render_demo("compose");
    assert_eq!(rendered.files.files.keys().collect::<Vec<_>>(), ["compose.yaml"]);
    let containers: Vec<String> = rendered.resources.iter().map(|resource| resource.address.to_string()).collect();
    for wanted in
        ["docker:container/cache-5", "docker:volume/cache-5-data", "docker:container/api", "docker:network/demo"]
    {
        assert!(containers.iter().any(|address| address == wanted), "{wanted} is not among {containers:?}");
    }
}

#[test]
fn sidecars_share_the_network_of_their_own_replica() {
    let mut model = single(Container { name: "api".into(), image: "api:1".into(), ..Container::default() });
    let workload = &mut model.components["api"].workloads["api"];
    workload.replicas = 2;
    workload.containers.push(Container { name: "proxy".into(), image: "proxy:1".into(), ..Container::default() });
    let (rendered, sink) = render(&model);
    assert_golden("compose", "sidecars", &rendered, &sink, &fixture::sources());
}

#[test]
fn patches_merge_over_services_and_are_refused_where_they_cannot() {
    let mut model = shop();
    let patch = |objects: &str, merge: Tree| Patch { objects: objects.into(), merge, span: fixture::span_of("image") };
    let priority = Tree::from([
        ("oom_score_adj", Tree::Int(-500)),
        ("init", Tree::Null),
        ("configs[source=cache-redis-conf]", Tree::from([("mode", Tree::text("0400"))])),
        ("environment", Tree::from(vec!["A=1", "B=$x"])),
        ("ports", Tree::from(vec!["127.0.0.1:16379:6379/tcp", "80"])),
    ]);
    let config = Tree::from([("content", Tree::text("maxmemory 1\nsave 1 2\nsave 3 4\n"))]);
    model.components["cache"].patches.insert(
        "compose".into(),
        vec![
            patch("services.cache-*", priority),
            patch("configs.cache-redis-conf", config),
            patch("services.api", Tree::map()),
            patch("services.cache-0", Tree::from([("labels", Tree::from([("driftless.dev/owner", Tree::Null)]))])),
            patch("services.cache-0", Tree::from([("image[name=x]", Tree::map())])),
            patch("networks.staging", Tree::from([("driver_opts", Tree::from([("mtu", Tree::text("1400"))]))])),
        ],
    );
    let (rendered, sink) = render(&model);
    assert_eq!(codes(&sink), [PATCH_WITHOUT_MATCH.0, PATCH_OF_IDENTITY.0, PATCH_SHAPE.0]);
    assert_golden("compose", "patches", &rendered, &sink, &fixture::sources());
}

#[test]
fn what_a_module_brings_is_marked_as_ours() {
    let mut model = single(Container { name: "api".into(), image: "api:1".into(), ..Container::default() });
    let metrics = Tree::from([("image", Tree::text("exporter:1")), ("command", Tree::from(vec!["--cost=$1"]))]);
    let brought = [
        ("services.metrics", metrics),
        ("volumes.cache", Tree::map()),
        ("services.api", Tree::from([("init", Tree::Bool(true))])),
    ];
    let brought = brought.into_iter().map(|(name, tree)| (name.to_owned(), tree)).collect();
    model.components["api"].overrides.insert("compose".into(), brought);
    let (rendered, sink) = render(&model);
    assert_golden("compose", "overrides", &rendered, &sink, &fixture::sources());
}

#[test]
fn an_instance_without_components_is_nothing() {
    let mut model = shop();
    model.components.clear();
    assert_eq!(render(&model).0, Rendered::default());
}

#[test]
fn secrets_without_a_command_and_names_that_collide_are_refused() {
    let mut container = Container { name: "api".into(), image: "api:1".into(), ..Container::default() };
    container.env.insert("KEY".into(), fixture::secret("a-key"));
    container.env.insert("OTHER".into(), fixture::secret("a.key"));
    let (_, sink) = render(&single(container));
    assert_eq!(codes(&sink), [SECRET_NAME_COLLISION.0, SECRET_NEEDS_COMMAND.0]);
    let help = sink.iter().find(|found| found.code == SECRET_NEEDS_COMMAND).and_then(|found| found.help.clone());
    assert_eq!(
        help.as_deref(),
        Some("declare `command`, or let the program read the secret from `/run/secrets/a-key`")
    );
}

#[test]
fn what_another_tool_reports_is_a_variable_of_who_runs_it() {
    let mut container = Container { name: "api".into(), image: "api:1".into(), ..Container::default() };
    let deferred = Part::Deferred { component: "net".into(), output: "host".into(), sensitive: false };
    let url = Value::from_parts([Part::Literal("http://$".into()), deferred, Part::Literal("/".into())]);
    container.env.insert("URL".into(), url);
    let mut model = single(container);
    let (_, sink) = render(&model);
    let message = "`env.URL` of `api` needs `net.host`, which is known only after `net` has been applied, and `apply: git` writes files alone";
    assert_eq!(sink.iter().map(|found| found.message.as_str()).collect::<Vec<_>>(), [message]);
    model.instances["compose"].apply.name = "docker".into();
    let (rendered, sink) = render(&model);
    assert!(sink.is_empty());
    let text = &rendered.files.files["compose.yaml"].content;
    assert!(text.contains("      URL: http://$$${NET_HOST:?net.host is not known}/\n"), "{text}");
}

/// The scalars of a document, in order.
fn scalars(text: &str) -> Vec<String> {
    let events = Parser::new_from_str(text).map(|next| next.unwrap().0);
    events
        .filter_map(|event| if let Event::Scalar(text, ..) = event { Some(text.into_owned()) } else { None })
        .collect()
}

/// What Compose's interpolation makes of text; none where it would look for a variable.
fn interpolate(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        out.push('$');
        rest = rest[at + 1..].strip_prefix('$')?;
    }
    out.push_str(rest);
    Some(out)
}

fn text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        prop::sample::select(vec![
            "$", "${", "}", "{{", "%{", "'", "\"", "\n", "#", " ", "no", "0777", "\\", "\t", ": ", "é", "\u{1}"
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn text_arrives_unchanged(texts in prop::collection::vec(text(), 4)) {
        let mut container = Container { name: "api".into(), image: "api:1".into(), ..Container::default() };
        container.command = Some(vec![Value::literal("run"), Value::literal(texts[0].clone())]);
        container.args = Some(vec![Value::literal(texts[1].clone())]);
        container.env.insert("TEXT".into(), Value::literal(texts[2].clone()));
        let file = crate::model::ConfigFile {
            path: "/etc/x".into(),
            content: Value::literal(texts[3].clone()),
            format: crate::model::FileFormat::Text,
            mode: 0o444,
            effect: crate::model::Effect::Restart,
            entries: Vec::new(),
        };
        container.files.insert("x".into(), file);
        let (rendered, sink) = render(&single(container));
        prop_assert!(sink.is_empty());
        let scalars = scalars(&rendered.files.files["compose.yaml"].content);
        let after = |key: &str, skip: usize| {
            let at = scalars.iter().position(|scalar| scalar == key).unwrap();
            interpolate(&scalars[at + skip])
        };
        prop_assert_eq!(after("entrypoint", 2), Some(texts[0].clone()));
        prop_assert_eq!(after("command", 1), Some(texts[1].clone()));
        prop_assert_eq!(after("TEXT", 1), Some(texts[2].clone()));
        prop_assert_eq!(after("content", 1), Some(texts[3].clone()));
    }
}

#[test]
fn ports_of_a_preview_are_any_that_are_free_and_only_the_machine_reaches_them() {
    use crate::model::{Exposure, Port, Preview, PreviewSettings, Protocol};
    let mut model = single(Container { name: "api".into(), image: "api:1".into(), ..Container::default() });
    let port = Port { number: 8080, protocol: Protocol::Tcp, exposure: Exposure::Node { port: Some(80) } };
    model.components["api"].workloads["api"].ports.insert("http".into(), port);
    let ports = |model: &Model| {
        let (rendered, _) = render(model);
        let api = rendered.resources.into_iter().find(|one| one.address.to_string() == "docker:container/api").unwrap();
        api.body.get("ports").unwrap().to_public_json()
    };
    let of_any = ports(&model);
    assert_eq!((&of_any[0]["published"], &of_any[0]["host_ip"]), (&serde_json::json!("80"), &serde_json::Value::Null));
    let preview = Preview { base: "staging".into(), number: 7, branch: None, sha: None };
    model.environment.preview = Some(PreviewSettings { preview, url: None, ttl_seconds: 60, max: 1 });
    let of_preview = ports(&model);
    assert_eq!(
        (&of_preview[0]["published"], &of_preview[0]["host_ip"], &of_preview[0]["target"]),
        (&serde_json::Value::Null, &serde_json::json!("127.0.0.1"), &serde_json::json!(8080))
    );
}
