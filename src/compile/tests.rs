use super::*;
use crate::diag::human;

fn told(compiled: &Compiled) -> String {
    human(&compiled.sink, &compiled.sources, false)
}

#[test]
fn a_service_becomes_a_model() {
    let text = "apiVersion: driftless/v1\nkind: Environment\nvariables: {tag: 1.4.2, n: 3}\ncomponents:\n  api:\n    module: service\n    with:\n      image: 'ghcr.io/shop/api:${var.tag}'\n      replicas: ${var.n}\n      ports: {http: {port: 8080, expose: {host: 'api.${environment.name}.example'}}}\n      env: {WORKER: '${worker.url}/x', A: true}\n  worker: {module: service, with: {image: 'w:1', ports: {http: {port: 80}}}}\n";
    let compiled = from_texts(&[("environments/test.yaml", text)], "test");
    let model = compiled.model.as_ref().unwrap_or_else(|| panic!("{}", told(&compiled)));
    assert_eq!(model.components.keys().collect::<Vec<_>>(), ["worker", "api"]);
}

#[test]
fn the_examples_of_the_repository_compile() {
    let demo = include_str!("../../environments/demo.yaml");
    let project = include_str!("../../driftless.yaml");
    let compiled = from_texts(&[("environments/demo.yaml", demo), ("driftless.yaml", project)], "demo");
    assert!(compiled.model.is_some(), "{}", told(&compiled));
    assert!(compiled.sink.is_empty(), "{}", told(&compiled));
}

#[test]
fn every_leaf_of_the_example_moves_the_model_but_those_that_cannot() {
    let demo = include_str!("../../environments/demo.yaml");
    let loaded = load_texts(&[("environments/demo.yaml", demo)], "demo");
    let before = format!("{:?}", compile(&loaded, None).model);
    let moves = |leaf: &leaf::Leaf| {
        leaf::edits(&loaded, leaf).iter().any(|edit| {
            let after = compile(&loaded, Some(edit)).model;
            after.is_some_and(|after| format!("{:?}", Some(after)) != before)
        })
    };
    let own = leaf::leaves(&loaded).into_iter().filter(|leaf| leaf.origin == leaf::LeafOrigin::Environment);
    let still = own.filter(|leaf| !moves(leaf));
    let still: Vec<_> =
        still.map(|leaf| (loaded.sources.place(leaf.span).line, loaded.sources.slice(leaf.span).to_owned())).collect();
    // Instances that no component uses; modules that no other can stand for; ports that no other name fits.
    let unused = [(10, "git"), (11, "git"), (12, "git")];
    let modules = [(16, "redis"), (24, "service")];
    let expected: Vec<_> =
        unused.into_iter().chain(modules).chain([(38, "http"), (39, "http"), (41, "service")]).collect();
    assert_eq!(still, expected.into_iter().map(|(line, text)| (line, text.to_owned())).collect::<Vec<_>>());
}

#[test]
fn the_cases_of_the_librarys_modules_hold() {
    for module in ["job", "redis", "service"] {
        let results = module_test::module_test(&MemoryFiles::default(), &library(), module).unwrap();
        assert!(results.len() >= 2, "{module} has {} cases", results.len());
        for result in results {
            assert_eq!(result.failures, Vec::<String>::new(), "{}", result.path);
        }
    }
}

/// The code, the line and the message of all that is said.
fn said(components: &str) -> Vec<String> {
    let text = format!("apiVersion: driftless/v1\nkind: Environment\ncomponents:\n{components}");
    let compiled = from_texts(&[("environments/t.yaml", &text)], "t");
    let line = |span| compiled.sources.place(span).line;
    let told = compiled.sink.sorted().into_iter();
    told.map(|of| format!("{} {} {}", of.code, of.span.map_or(0, line), of.message)).collect()
}

#[test]
fn checks_point_at_what_causes_them() {
    let cases: [(&str, &[&str]); 5] = [
        (
            "  a: {module: service, with: {image: x}}\n  b: {module: service, with: {image: 'h:5000/x:latest'}}\n  c: {module: service, with: {image: 'x:1'}}\n",
            &[
                "DL0801 4 the image `x` can be another one tomorrow",
                "DL0801 5 the image `h:5000/x:latest` can be another one tomorrow",
            ],
        ),
        (
            "  a: {module: service, with: {image: 'x:1', ports: {p: {port: 1, expose: {node: 31000}}}}}\n  b: {module: service, with: {image: 'x:1', ports: {p: {port: 1, expose: {node: 31000}}}}}\n",
            &["DL0802 5 `a` and `b` both want port 31000 of the machine"],
        ),
        (
            "  a: {module: service, with: {image: 'x:1', ports: {p: {port: 1, expose: {host: h}}, q: {port: 2, expose: {host: h, path: /q}}}}}\n  b: {module: service, with: {image: 'x:1', ports: {p: {port: 1, expose: {host: h}}}}}\n",
            &["DL0803 5 `a` and `b` are both published as `h/`"],
        ),
        (
            "  a: {module: service, with: {image: 'x:1', replicas: 2, volumes: {d: {path: /d}}}}\n  b: {module: service, with: {image: 'x:1', replicas: 2, stateful: true, volumes: {d: {path: /d}}}}\n",
            &["DL0804 4 the 2 replicas of `a` write into the same volume"],
        ),
        ("  {}\n", &["DL0211 1 the environment `t` has no components"]),
    ];
    for (components, expected) in cases {
        assert_eq!(said(components), expected, "{components}");
    }
}

#[test]
fn nulls_in_a_patch_are_kept_and_those_of_layers_remove() {
    let base = "apiVersion: driftless/v1\nkind: Base\ncomponents:\n  a: {module: service, with: {image: 'x:1', replicas: 3}, patch: {helm: {'Deployment/*': {x: {y: 1, z: 2}}, 'Service/*': {q: 1}}}}\n";
    let own = "apiVersion: driftless/v1\nkind: Environment\nextends: base.yaml\ncomponents:\n  a: {with: {replicas: null}, patch: {helm: {'Deployment/*': {x: {y: null}}, 'Service/*': null}}}\n";
    let compiled = from_texts(&[("environments/t.yaml", own), ("environments/base.yaml", base)], "t");
    let model = compiled.model.as_ref().unwrap_or_else(|| panic!("{}", told(&compiled)));
    let component = &model.components["a"];
    assert_eq!(component.workloads["a"].replicas, 1);
    let patches: Vec<_> =
        component.patches["helm"].iter().map(|patch| (patch.objects.as_str(), patch.merge.to_public_json())).collect();
    assert_eq!(patches, [("Deployment/*", serde_json::json!({"x": {"y": null, "z": 2}}))]);
}
