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
