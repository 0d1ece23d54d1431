use super::*;
use crate::model::fixture;
use crate::render::engine::NetworkNames;

fn model(exposure: Exposure, settings: Tree) -> Model {
    let mut model = fixture::shop("compose", Tree::map());
    let other = fixture::instance("helm", Tree::map());
    model.instances.insert("helm".into(), other);
    model.instances["compose"].settings = settings;
    model.components["api"].instance = "helm".into();
    model.components["cache"].workloads["cache"].ports["redis"].exposure = exposure;
    model
}

fn resolve(model: &Model, consumer: &str, part: EndpointPart, member: Option<u32>) -> (String, Vec<String>) {
    let Part::Endpoint { component, workload, port, .. } = fixture::cache_endpoint(None) else { panic!() };
    let value =
        Value::from_parts([Part::Literal("x=".into()), Part::Endpoint { component, workload, member, port, part }]);
    let endpoints = Endpoints { model, consumer: &model.components[consumer], naming: &NetworkNames };
    let mut sink = Sink::default();
    let resolved = endpoints.resolve(&value, fixture::span_of("GREETING"), &mut sink);
    let found = sink.iter().map(|found| format!("{} ({})", found.message, found.help.as_deref().unwrap_or("")));
    (resolved.display(), found.collect())
}

#[test]
fn in_one_instance_it_is_the_tools_own_name() {
    let model = model(Exposure::Internal, Tree::map());
    let cases = [
        (EndpointPart::Host, None, "x=cache"),
        (EndpointPart::Port, None, "x=6379"),
        (EndpointPart::Authority, None, "x=cache:6379"),
        (EndpointPart::Authority, Some(2), "x=cache-2:6379"),
    ];
    for (part, member, expected) in cases {
        assert_eq!(resolve(&model, "migrate", part, member), (expected.into(), vec![]));
    }
}

#[test]
fn from_another_instance_it_is_where_it_is_published() {
    let node = |port| Exposure::Node { port };
    let public = |tls: Option<&str>| Exposure::Public {
        host: "cache.example".into(),
        path: "/".into(),
        tls: tls.map(Into::into),
    };
    let host = |key: &str, text: &str| Tree::from([(key, Tree::text(text))]);
    let cases = [
        (node(Some(7000)), host("address", "10.0.0.5"), "x=10.0.0.5:7000"),
        (node(Some(7000)), host("host", "tcp://10.0.0.6:2376"), "x=10.0.0.6:7000"),
        (node(Some(7000)), host("host", "ssh://deploy@web1:22/x"), "x=web1:7000"),
        (node(Some(7000)), host("host", "tcp://[fd00::1]:2376"), "x=[fd00::1]:7000"),
        (public(None), Tree::map(), "x=cache.example:80"),
        (public(Some("tls")), Tree::map(), "x=cache.example:443"),
    ];
    for (exposure, settings, expected) in cases {
        let model = model(exposure, settings);
        assert_eq!(resolve(&model, "api", EndpointPart::Authority, None), (expected.into(), vec![]));
    }
}

#[test]
fn what_cannot_be_reached_is_an_error_with_a_way_out() {
    let unix = Tree::from([("host", Tree::text("unix:///var/run/docker.sock"))]);
    let internal = "port `redis` of `cache` cannot be reached from another target instance (`compose`) (expose port `redis` of `cache` \
        (`expose: {node: NUMBER}` or `expose: {host: NAME}`), or let both components use the same target)";
    let unknown = "port `redis` of `cache` is published at an address of `compose` that is not known (say where it is reached: \
        `targets: {compose: {address: HOST}}`, and give the port a number)";
    let cases = [
        (Exposure::Internal, Tree::map(), internal),
        (Exposure::Node { port: Some(1) }, unix, unknown),
        (Exposure::Node { port: None }, Tree::from([("address", Tree::text("a"))]), unknown),
    ];
    for (exposure, settings, expected) in cases {
        let model = model(exposure, settings);
        let (value, found) = resolve(&model, "api", EndpointPart::Authority, None);
        assert_eq!((value.as_str(), found), ("x=${cache.redis}", vec![expected.to_owned()]));
    }
}
