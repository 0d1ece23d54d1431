use super::*;
use crate::diag::Span;
use crate::model::{Patch, fixture};

fn pod() -> Tree {
    let container = |name: &str| Tree::from([("name", Tree::text(name)), ("image", Tree::text("a"))]);
    Tree::from([
        ("metadata", Tree::from([("name", Tree::text("cache")), ("labels", Tree::from([("a.b/c", Tree::text("x"))]))])),
        ("spec", Tree::from([("containers", Tree::List(vec![container("redis"), container("exporter")]))])),
        ("ports", Tree::List(vec![Tree::from([("port", Tree::Int(80))])])),
        ("odd[key=x]", Tree::Int(1)),
    ])
}

fn merged(patch: &Tree) -> Result<Tree, String> {
    let mut base = pod();
    merge(&mut base, patch).map(|()| base).map_err(|error| error.to_string())
}

fn at(path: &[&str], leaf: Tree) -> Tree {
    path.iter().rev().fold(leaf, |tree, key| Tree::from([(*key, tree)]))
}

#[test]
fn maps_merge_lists_and_scalars_replace_null_removes() {
    let mut expected = pod();
    merge(&mut expected, &Tree::map()).unwrap();
    assert_eq!(expected, pod());

    let patch = Tree::from([
        ("metadata", Tree::from([("labels", Tree::from([("a.b/c", Tree::Null), ("d", Tree::text("y"))]))])),
        ("ports", Tree::from(vec!["x"])),
        ("odd[key=x]", Tree::Int(2)),
        ("new", at(&["deep"], Tree::from([("gone", Tree::Null), ("there", Tree::Int(1))]))),
    ]);
    let merged = merged(&patch).unwrap();
    assert_eq!(merged.get("metadata").unwrap().get("labels"), Some(&Tree::from([("d", Tree::text("y"))])));
    assert_eq!(merged.get("ports"), Some(&Tree::from(vec!["x"])));
    assert_eq!(merged.get("odd[key=x]"), Some(&Tree::Int(2)));
    assert_eq!(merged.get("new"), Some(&at(&["deep", "there"], Tree::Int(1))));
}

#[test]
fn an_element_is_merged_appended_or_removed_by_its_key() {
    let image = |image: &str| Tree::from([("image", Tree::text(image))]);
    let patch = at(
        &["spec"],
        Tree::from([
            ("containers[name=redis]", image("b")),
            ("containers[name=exporter]", Tree::Null),
            ("containers[name=absent]", Tree::Null),
            ("containers[name=\"a.b=c]\"]", image("c")),
            ("volumes[name=data]", Tree::from([("emptyDir", Tree::map())])),
        ]),
    );
    let merged =
        merged(&Tree::from([("spec", patch.get("spec").unwrap().clone()), ("ports[port=80]", image("d"))])).unwrap();
    let expected = Tree::from([
        (
            "containers",
            Tree::List(vec![
                Tree::from([("name", Tree::text("redis")), ("image", Tree::text("b"))]),
                Tree::from([("name", Tree::text("a.b=c]")), ("image", Tree::text("c"))]),
            ]),
        ),
        ("volumes", Tree::List(vec![Tree::from([("name", Tree::text("data")), ("emptyDir", Tree::map())])])),
    ]);
    assert_eq!(merged.get("spec"), Some(&expected));
    let port = Tree::from([("port", Tree::Int(80)), ("image", Tree::text("d"))]);
    assert_eq!(merged.get("ports"), Some(&Tree::List(vec![port])));
}

#[test]
fn an_element_of_what_is_no_list_is_an_error() {
    assert_eq!(
        merged(&at(&["metadata", "labels[name=x]"], Tree::map())),
        Err("`metadata.labels` is no list whose elements have a `name`".into())
    );
}

fn patched(patches: &[(&str, Tree)], guards: &[Guard]) -> (IndexMap<String, Tree>, Vec<String>, Vec<String>) {
    let mut component = fixture::component("cache", "redis", &[]);
    let span = |at: usize| Span::new(fixture::span_of("with").file, u32::try_from(at).unwrap(), 9);
    let patches = patches.iter().enumerate();
    let patches = patches.map(|(at, (objects, merge))| Patch {
        objects: (*objects).into(),
        merge: merge.clone(),
        span: span(at),
    });
    component.patches.insert("helm".into(), patches.collect());
    let brought = Tree::from([("kind", Tree::text("Job"))]);
    component.overrides.insert("helm".into(), [("Job/x".to_owned(), brought)].into_iter().collect());
    let mut objects: IndexMap<String, Tree> =
        ["Deployment/cache", "Service/cache"].map(|name| (name.to_owned(), pod())).into_iter().collect();
    let mut sink = Sink::default();
    let changed = merge_component(&component, "helm", &mut objects, '/', guards, &mut sink);
    let found = sink.iter().map(|found| {
        let at = found.span.map_or(99, |span| span.start);
        format!("{at} {} {} ({})", found.code, found.message, found.help.as_deref().unwrap_or(""))
    });
    (objects, changed, found.collect())
}

#[test]
fn globs_choose_objects_and_what_an_object_is_known_by_is_refused() {
    const GUARDS: &[Guard] = &[
        Guard { objects: "*/*", path: &["metadata", "name"] },
        Guard { objects: "*/*", path: &["metadata", "labels", "driftless.dev/*"] },
        Guard { objects: "*/*", path: &["spec", "containers", "name"] },
    ];
    let one = |key: &str| Tree::from([(key, Tree::Int(1))]);
    let (objects, changed, found) = patched(
        &[
            ("Deployment/*", one("a")),
            ("*/cache", one("b")),
            ("Deploymnt/*", one("c")),
            ("Secret/y", one("c")),
            ("Service/*", at(&["metadata", "name"], Tree::text("x"))),
            ("Service/*", at(&["metadata"], Tree::Null)),
            ("Service/*", at(&["metadata", "labels", "driftless.dev/owner"], Tree::text("x"))),
            ("Service/*", at(&["metadata", "labels", "mine"], Tree::text("x"))),
            ("Service/*", at(&["spec", "containers[name=redis]", "name"], Tree::text("x"))),
        ],
        GUARDS,
    );
    assert_eq!(
        found,
        [
            "2 DL0402 `Deploymnt/*` matches nothing that is rendered (there is `Deployment/cache`, `Service/cache`, `Job/x`)",
            "3 DL0402 `Secret/y` matches nothing that is rendered (there is `Deployment/cache`, `Service/cache`, `Job/x`)",
            "4 DL0403 `metadata.name` of `Service/cache` is what it is known by, and cannot be patched ()",
            "5 DL0403 `metadata` of `Service/cache` is what it is known by, and cannot be patched ()",
            "6 DL0403 `metadata.labels.[\"driftless.dev/owner\"]` of `Service/cache` is what it is known by, and cannot be patched ()",
            "8 DL0403 `spec.containers[name=redis].name` of `Service/cache` is what it is known by, and cannot be patched ()",
        ]
    );
    assert_eq!(changed, ["Job/x", "Deployment/cache", "Service/cache"]);
    let keys = |name: &str| objects[name].as_map().unwrap().keys().skip(4).cloned().collect::<Vec<_>>();
    assert_eq!([keys("Deployment/cache"), keys("Service/cache")], [vec!["a", "b"], vec!["b"]]);
    assert_eq!(objects["Job/x"], Tree::from([("kind", Tree::text("Job"))]));
}
