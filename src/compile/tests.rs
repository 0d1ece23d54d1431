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
    println!("{model:#?}");
    assert_eq!(model.components.keys().collect::<Vec<_>>(), ["worker", "api"]);
}

#[test]
fn the_examples_of_the_repository_compile() {
    let demo = include_str!("../../environments/demo.yaml");
    let project = include_str!("../../driftless.yaml");
    let compiled = from_texts(&[("environments/demo.yaml", demo), ("driftless.yaml", project)], "demo");
    assert!(compiled.model.is_some(), "{}", told(&compiled));
    assert!(compiled.sink.is_empty(), "{}", told(&compiled));
    println!("{:#?}", compiled.model.unwrap());
}

#[test]
fn every_leaf_of_an_environment_moves_the_model_or_is_known_not_to() {
    let demo = include_str!("../../environments/demo.yaml");
    let loaded = load_texts(&[("environments/demo.yaml", demo)], "demo");
    let before = format!("{:?}", compile(&loaded, None).model);
    let mut still = Vec::new();
    let leaves = leaf::leaves(&loaded);
    let started = std::time::Instant::now();
    let mut count = 0;
    for leaf in &leaves {
        let moves = leaf::edits(&loaded, leaf).iter().any(|edit| {
            count += 1;
            let after = compile(&loaded, Some(edit)).model;
            after.is_some_and(|after| format!("{:?}", Some(after)) != before)
        });
        if !moves {
            still.push(format!(
                "{} {:?} {}",
                loaded.sources.place(leaf.span),
                leaf.origin,
                loaded.sources.slice(leaf.span)
            ));
        }
    }
    println!(
        "{} leaves, {count} edits in {:?}, {} still:\n{}",
        leaves.len(),
        started.elapsed(),
        still.len(),
        still.join("\n")
    );
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
