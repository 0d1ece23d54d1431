use super::*;
use crate::spec::fixtures::EXAMPLE;
use crate::spec::{decode, merge, strip};

fn layer(path: &str, text: &str) -> (Header, Node, SourceMap) {
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let file = decode(path, text.as_bytes(), &mut sources, &mut sink).unwrap();
    let read = read_layer(file, &sources, &mut sink);
    let told: Vec<_> = sink.iter().collect();
    assert!(told.is_empty(), "{told:?}");
    let (header, node) = read.unwrap();
    (header, node, sources)
}

fn texts<'a>(spanned: impl IntoIterator<Item = &'a Spanned<String>>) -> Vec<&'a str> {
    spanned.into_iter().map(|spanned| spanned.value.as_str()).collect()
}

#[test]
fn the_example_is_typed_with_its_places() {
    let (header, node, sources) = layer("environments/staging.yaml", EXAMPLE);
    assert_eq!(
        (header.kind, texts(&header.name), texts(&header.extends)),
        (FileKind::Environment, vec!["staging"], vec!["base.yaml"])
    );
    let mut sink = Sink::default();
    let file = EnvironmentFile::from_node(&strip(without_header(node)), &mut sink);
    assert!(sink.is_empty());
    assert_eq!(texts(file.labels.values()), ["shop", "${environment.name}"]);
    assert_eq!(
        file.variables.values().map(|node| sources.slice(node.span)).collect::<Vec<_>>(),
        ["staging.shop.example", "3"]
    );
    assert_eq!(texts(&file.target), ["helm"]);
    let targets: Vec<_> = file
        .targets
        .iter()
        .map(|(name, target)| {
            let settings: Vec<_> = target.settings.iter().map(|entry| entry.key.as_str()).collect();
            let apply = target.apply.as_ref().map_or("-", |apply| apply.value.as_str());
            format!("{name} {} {apply} {} {}", target.kind.value, target.observe_live, settings.join(","))
        })
        .collect();
    assert_eq!(
        targets,
        [
            "helm helm server-side false context,namespace",
            "edge helm git true context,namespace",
            "compose compose docker false project,host",
            "terraform terraform run false binary,platform,backend",
            "ansible ansible run false inventory,runtime",
        ]
    );
    assert_eq!(sources.slice(file.targets["helm"].kind.span), "helm");
    assert_eq!(
        texts([&file.git.repository, &file.git.branch, &file.git.path].into_iter().flatten()),
        [".", "driftless/staging", "."]
    );
    let components: Vec<_> = file
        .components
        .iter()
        .map(|(name, component)| {
            let target = file.target_of(component).map_or("-", |target| target.value.as_str());
            format!(
                "{name} {} {target} {} {:?} {}",
                component.module.value,
                component.enabled,
                component.protect,
                component.with.is_some()
            )
        })
        .collect();
    assert_eq!(
        components,
        [
            "cache redis helm true None true",
            "api service edge true Some(true) true",
            "old service helm false None true"
        ]
    );
    let patch = &file.components["api"].patch["helm"][0];
    assert_eq!((patch.objects.value.as_str(), sources.slice(patch.objects.span)), ("Deployment/*", "\"Deployment/*\""));
    assert_eq!(sources.slice(patch.merge.span), "{spec: {template: {spec: {priorityClassName: high}}}}");
    assert_eq!(texts([&file.moved[0].from, &file.moved[0].to]), ["sessions", "cache"]);
    let secrets: Vec<_> =
        file.secrets.iter().map(|(name, secret)| format!("{name} {} {}", secret.kind, secret.argument.value)).collect();
    assert_eq!(secrets, ["cache-app env CACHE_APP_PASSWORD", "token file secrets/token"]);
    assert_eq!(file.drift.interval_seconds.as_ref().map(|interval| interval.value), Some(60));
    let rule = &file.drift.ignore[0];
    assert_eq!(
        texts(
            [Some(&rule.address), rule.field.as_ref(), rule.owner.as_ref(), Some(&rule.reason), rule.expires.as_ref()]
                .into_iter()
                .flatten()
        ),
        ["kubernetes:apps/Deployment/*/api", "spec.replicas", "horizontal-pod-autoscaler", "HPA", "2027-01-01"]
    );
    assert_eq!(file.policy.max_deletions.as_ref().map(|max| max.value), Some(3));
    let preview = file.preview.unwrap();
    assert_eq!(
        (preview.ttl_seconds.unwrap().value, preview.max.unwrap().value, preview.target.unwrap().value.as_str()),
        (259_200, 10, "compose")
    );
    assert_eq!(preview.with.keys().collect::<Vec<_>>(), ["api"]);
}

#[test]
fn layers_are_merged_before_they_are_typed() {
    let base = "apiVersion: driftless/v1\nkind: Base\ncomponents:\n  api: {module: service, with: {a: 1, b: 2}}\n  old: {module: service}\n";
    let over = "apiVersion: driftless/v1\nkind: Environment\nextends: base.yaml\ncomponents:\n  api: {with: {b: ~, c: 3}}\n  old: ~\n";
    let (_, base, _) = layer("environments/base.yaml", base);
    let (_, over, sources) = layer("environments/x.yaml", over);
    let merged = merge(without_header(base), without_header(over));
    let mut sink = Sink::default();
    let file = EnvironmentFile::from_node(&merged, &mut sink);
    assert!(sink.is_empty());
    let with = file.components["api"].with.clone().unwrap();
    assert_eq!(with.entries().iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(sources.slice(with.get("c").unwrap().span), "3");
    assert_eq!(file.components.len(), 1);
}
