//! What the values of a chart do, and what its schema refuses.

use super::{none_is_wrong, took, written};
use crate::support::cases::RenderedCase;
use crate::support::tools::{end, python, text, tool};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Every leaf of a tree, by its path.
fn leaves(tree: &Json, path: &str, found: &mut Vec<(String, Json)>) {
    match tree {
        Json::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let key = key.replace('\\', "\\\\").replace('.', "\\.").replace(',', "\\,").replace('=', "\\=");
                leaves(value, &if path.is_empty() { key } else { format!("{path}.{key}") }, found);
            }
        }
        leaf => found.push((path.to_owned(), leaf.clone())),
    }
}

fn values(folder: &Path) -> Vec<(String, Json)> {
    let program = "import json, sys, yaml\nprint(json.dumps(yaml.safe_load(open(json.load(open(sys.argv[1]))))))";
    let values = python(program, &json!(folder.join("values.yaml")), folder);
    let mut found = Vec::new();
    leaves(&values, "", &mut found);
    found
}

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Another value that the schema may take; the likeliest first, since each is a process.
fn others(path: &str, value: &Json) -> Vec<Json> {
    match value {
        Json::String(_) if path.ends_with(".digest") => vec![json!(DIGEST)],
        Json::String(_) if path.ends_with(".service.type") => vec![json!("NodePort")],
        Json::Null => vec![json!("other"), json!(7), json!("7"), json!({"other": "1"})],
        Json::Bool(flag) => vec![json!(!flag)],
        Json::Number(number) => vec![json!(number.as_i64().unwrap_or(0) + 1), json!(1)],
        Json::String(text) => ["7", "other", "/other", "Always", "300m", "512Mi"]
            .iter()
            .filter(|other| *other != text)
            .map(|other| json!(other))
            .collect(),
        Json::Array(_) => vec![json!(["other"]), json!([{"name": "other"}])],
        Json::Object(_) => {
            vec![json!({"other": "1"}), json!({"limits": {"cpu": "300m"}}), json!({"other": {"host": "a.example"}})]
        }
    }
}

/// A value of a type that no key of this one's takes.
fn wrong(value: &Json) -> Json {
    match value {
        Json::Object(_) => json!("wrong"),
        _ => json!({"wrong": {"type": [1]}}),
    }
}

#[test]
fn every_key_of_values_moves_an_object_and_has_a_type() {
    let (folder, cases) = written("helm");
    let template = |case: &RenderedCase, set: Option<&(String, Json)>| {
        let mut command = tool("helm", &folder.path().join(&case.folder));
        command.args(["template", "case", ".", "--namespace", "shop"]);
        command.args(set.map(|(path, value)| format!("--set-json={path}={value}")));
        end(&mut command)
    };
    let mut keys = Vec::new();
    let mut seen = BTreeSet::new();
    for case in &cases {
        let as_is = text(&template(case, None).stdout);
        for (path, value) in values(&folder.path().join(&case.folder)) {
            let module = case.name.split('/').next().unwrap_or_default();
            if seen.insert((module.to_owned(), path.clone(), as_is.contains("StatefulSet"))) {
                keys.push((case, as_is.clone(), path, value));
            }
        }
    }
    assert!(keys.len() > 10, "there are hardly any values");
    none_is_wrong(&keys, |(case, as_is, path, value)| {
        let mut found = Vec::new();
        let moves = others(path, value).into_iter().any(|other| {
            let output = template(case, Some(&(path.clone(), other)));
            output.status.success() && text(&output.stdout) != *as_is
        });
        if !moves {
            found.push(format!("{}: `{path}` ({value}) moves nothing", case.name));
        }
        if template(case, Some(&(path.clone(), wrong(value)))).status.success() {
            found.push(format!("{}: `{path}` takes {}", case.name, wrong(value)));
        }
        found
    });
}
