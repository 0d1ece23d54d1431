use super::*;
use crate::model::{ApplyMode, Component, Patch, Tree, fixture};
use crate::render::kubernetes::fixture::wide;
use crate::render::tests::{NoTemplates, assert_golden};

fn shop() -> Model {
    fixture::shop("terraform", Tree::from([("platform", "kubernetes".into()), ("namespace", "shop-staging".into())]))
}

fn rendered(model: &Model) -> (Rendered, Sink) {
    let mut sink = Sink::default();
    let rendered = render(model, &model.instances["terraform"], &NoTemplates, &mut sink);
    (rendered, sink)
}

#[test]
fn a_shop_with_cluster_service_and_job() {
    let (rendered, sink) = rendered(&shop());
    assert_golden("terraform", "kubernetes-shop", &rendered, &sink, &fixture::sources());
}

#[test]
fn where_we_run_terraform_secrets_are_variables_and_patches_speak_of_resources() {
    let mut model = shop();
    model.instances["terraform"].apply = ApplyMode { name: "run".into(), observe_live: false };
    let pod = |spec: Tree| Tree::from([("spec", Tree::from([("template", Tree::from([("spec", spec)]))]))]);
    let tuned = Tree::from([
        ("priority_class_name", Tree::text("high")),
        ("container[name=api]", Tree::from([("image", Tree::text("api:2")), ("no_such_argument", Tree::Int(1))])),
    ]);
    let patch =
        Patch { objects: "kubernetes_deployment_v1.*".into(), merge: pod(tuned), span: fixture::span_of("image") };
    model.components["api"].patches.insert("terraform".into(), vec![patch]);
    let (rendered, sink) = rendered(&model);
    assert_golden("terraform", "kubernetes-run", &rendered, &sink, &fixture::sources());
}

#[test]
fn what_the_provider_cannot_say_is_a_loss() {
    let mut model = shop();
    model.instances["terraform"].apply = ApplyMode { name: "run".into(), observe_live: false };
    let wide = Component { instance: "terraform".into(), ..wide() };
    model.components = [("api".to_owned(), wide)].into_iter().collect();
    let (rendered, sink) = rendered(&model);
    assert_golden("terraform", "kubernetes-wide", &rendered, &sink, &fixture::sources());
}
