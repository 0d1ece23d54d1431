use super::*;
use crate::model::{Container, Part, Patch, Value, WorkloadKind, fixture};
use crate::render::Target;
use crate::render::terraform::Terraform;
use crate::render::tests::{NoTemplates, assert_golden, render_demo};

fn render(model: &Model) -> (Rendered, Sink) {
    let mut sink = Sink::default();
    let rendered = Terraform.render(model, &model.instances["terraform"], &NoTemplates, &mut sink);
    (rendered, sink)
}

fn shop() -> Model {
    let s3 = Tree::from([("bucket", Tree::text("shop-tf")), ("key", Tree::text("staging.tfstate"))]);
    let settings = [
        ("project", Tree::text("shop-staging")),
        ("platform", Tree::text("docker")),
        ("backend", Tree::from([("s3", s3)])),
    ];
    fixture::shop("terraform", Tree::from(settings))
}

#[test]
fn a_shop_with_cluster_service_and_job() {
    let (rendered, sink) = render(&shop());
    assert_golden("terraform", "docker-shop", &rendered, &sink, &fixture::sources());
}

#[test]
fn the_demo_of_this_repository() {
    let rendered = render_demo("terraform");
    for wanted in ["main.tf", "variables.tf", "versions.tf", "modules/cache/files/redis.conf", "modules/worker/main.tf"]
    {
        assert!(rendered.files.files.contains_key(wanted), "{wanted} is not among {:?}", rendered.files.files.keys());
    }
}

#[test]
fn sidecars_and_patches() {
    let mut model = shop();
    let mut component = fixture::component("api", "service", &["image", "env"]);
    component.instance = "terraform".into();
    let mut main = Container { name: "api".into(), image: "api:1".into(), ..Container::default() };
    main.resources.memory_limit_bytes = Some((64 << 20) + 1);
    main.resources.cpu_limit_millis = Some(1_250);
    let mut workload = fixture::workload("api", WorkloadKind::Service, main);
    workload.replicas = 2;
    workload.containers.push(Container { name: "proxy".into(), image: "proxy:1".into(), ..Container::default() });
    component.workloads.insert("api".into(), workload);
    let patch = |objects: &str, merge: Tree| Patch { objects: objects.into(), merge, span: fixture::span_of("image") };
    let ulimits = Tree::from([("name", Tree::text("nofile")), ("soft", Tree::Int(1024)), ("hard", Tree::Int(2048))]);
    component.patches.insert(
        "terraform".into(),
        vec![
            patch(
                "docker_container.this",
                Tree::from([("memory", Tree::Int(128)), ("ulimit", Tree::List(vec![ulimits]))]),
            ),
            patch("docker_container.*", Tree::from([("restart", Tree::text("always"))])),
            patch("docker_container.*", Tree::from([("name", Tree::text("x"))])),
            patch("docker_volume.*", Tree::map()),
        ],
    );
    let config = Tree::from([
        ("name", Tree::text("app")),
        ("driver_opts", Tree::from([("a", Tree::text("${x}"))])),
        ("labels", Tree::from([("label", Tree::text("l")), ("value", Tree::text("v"))])),
    ]);
    component
        .overrides
        .insert("terraform".into(), [("docker_volume.brought".to_owned(), config)].into_iter().collect());
    model.components = [("api".to_owned(), component)].into_iter().collect();
    let (rendered, sink) = render(&model);
    assert_golden("terraform", "docker-sidecars", &rendered, &sink, &fixture::sources());
}

#[test]
fn what_another_tool_reports_is_a_variable_of_the_root() {
    let mut model = shop();
    model.instances["terraform"].apply.name = "run".into();
    let mut component = fixture::component("api", "service", &["image", "env"]);
    component.instance = "terraform".into();
    let deferred = Part::Deferred { component: "net".into(), output: "host".into(), sensitive: false };
    let url = Value::from_parts([Part::Literal("http://$".into()), deferred, Part::Literal("/".into())]);
    let env = [("URL".to_owned(), url), ("LEVEL".to_owned(), "info".into())].into_iter().collect();
    let main = Container { name: "api".into(), image: "api:1".into(), env, ..Container::default() };
    component.workloads.insert("api".into(), fixture::workload("api", WorkloadKind::Service, main));
    model.components = [("api".to_owned(), component)].into_iter().collect();
    let (rendered, sink) = render(&model);
    assert_golden("terraform", "docker-deferred", &rendered, &sink, &fixture::sources());
}

#[test]
fn a_platform_that_nobody_knows_is_an_error_with_a_suggestion() {
    let model = fixture::shop("terraform", Tree::from([("platform", Tree::text("dockr"))]));
    let (rendered, sink) = render(&model);
    assert_eq!(rendered, Rendered::default());
    let found: Vec<_> = sink.iter().map(|found| (found.message.as_str(), found.help.as_deref())).collect();
    assert_eq!(found, [("the target terraform has no platform `dockr`", Some("did you mean `docker`?"))]);
}
