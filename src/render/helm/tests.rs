use super::*;
use crate::diag::{PATCH_OF_IDENTITY, SECRET_IN_ARGUMENT};
use crate::model::{ApplyMode, Component, Patch, Tree, fixture};
use crate::render::kubernetes::fixture::{named, wide};
use crate::render::tests::{NoTemplates, assert_golden};
use proptest::prelude::*;

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

fn with(apply: &str, component: Component) -> Model {
    let mut model = shop();
    model.instances["helm"].apply = ApplyMode { name: apply.into(), observe_live: false };
    let component = Component { instance: "helm".into(), ..component };
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
    let annotated =
        Tree::from([("metadata", Tree::from([("annotations", Tree::from([("a.b/c", Tree::text("{{ d }}"))]))]))]);
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

/// What Go's templates make of text outside of actions and of actions that are one raw text.
fn evaluated(template: &str) -> String {
    let mut parts = template.split("{{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        // An action of ours holds the braces themselves, and so is split once more.
        assert_eq!(part, " `", "{template}");
        let rest = parts.next().unwrap().strip_prefix("` }}").unwrap();
        text.push_str("{{");
        text.push_str(rest);
    }
    text
}

proptest! {
    #[test]
    fn helm_leaves_text_as_it_is(text in r"([{}` \-]|\{\{|\}\}|\{\{-|[a$%\n]){0,16}") {
        prop_assert_eq!(evaluated(&super::expression::literal(&text)), text);
    }
}
