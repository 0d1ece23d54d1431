//! What the values of a chart do, and what its schema refuses.

use super::{none_is_wrong, took, written};
use crate::support::Project;
use crate::support::cases::RenderedCase;
use crate::support::project::run;
use crate::support::tools::{end, python, succeed, text, tool};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::Path;

/// A key of a chart's values.
#[derive(Debug, Clone)]
struct Key {
    /// As `--set` takes it: `cache.image.tag`.
    path: String,
    /// As the schema's judge prints it: `/cache/image/tag`.
    pointer: String,
    value: Json,
}

/// Every leaf of a tree.
fn leaves(tree: &Json, path: &str, pointer: &str, found: &mut Vec<Key>) {
    match tree {
        Json::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let escaped = key.replace('\\', "\\\\").replace('.', "\\.").replace(',', "\\,").replace('=', "\\=");
                let path = if path.is_empty() { escaped } else { format!("{path}.{escaped}") };
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                leaves(value, &path, &pointer, found);
            }
        }
        leaf => found.push(Key { path: path.into(), pointer: pointer.into(), value: leaf.clone() }),
    }
}

const READ_VALUES: &str =
    "import json, sys, yaml\nprint(json.dumps([yaml.safe_load(open(each)) for each in json.load(open(sys.argv[1]))]))";

/// The values of each case.
fn values(folder: &Path, cases: &[RenderedCase]) -> Vec<Json> {
    let files: Vec<_> = cases.iter().map(|case| folder.join(&case.folder).join("values.yaml")).collect();
    serde_json::from_value(python(READ_VALUES, &json!(files), folder)).unwrap()
}

fn keys(values: &Json) -> Vec<Key> {
    let mut found = Vec::new();
    leaves(values, "", "", &mut found);
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

/// The same tree with a value of a wrong type for every leaf.
fn wrong(tree: &Json) -> Json {
    match tree {
        Json::Object(map) if map.is_empty() => json!("wrong"),
        Json::Object(map) => Json::Object(map.iter().map(|(key, value)| (key.clone(), wrong(value))).collect()),
        _ => json!({"wrong": {"type": [1]}}),
    }
}

fn template(at: &Path) -> std::process::Command {
    let mut command = tool("helm", at);
    command.args(["template", "case", ".", "--namespace", "shop"]);
    command
}

#[test]
fn the_schema_refuses_a_wrong_type_for_each_key() {
    let (folder, cases) = written("helm");
    let cases: Vec<_> = cases.iter().zip(values(folder.path(), &cases)).collect();
    none_is_wrong(&cases, |(case, values)| {
        let at = folder.path().join(&case.folder);
        let file = folder.path().join(format!("{}.wrong.json", case.folder));
        std::fs::write(&file, wrong(values).to_string()).unwrap();
        let output = end(template(&at).arg("-f").arg(&file));
        let said = text(&output.stderr);
        assert!(!output.status.success(), "{} is rendered with wrong values", case.name);
        let is_refused = |key: &Key| said.contains(&format!("at '{}': got ", key.pointer));
        let taken = keys(values).into_iter().filter(|key| !is_refused(key));
        taken.map(|key| format!("{}: `{}` takes another type", case.name, key.path)).collect()
    });
}

#[test]
fn every_key_of_values_moves_an_object() {
    let (folder, cases) = written("helm");
    let at = |case: &RenderedCase| folder.path().join(&case.folder);
    let mut keys = Vec::new();
    let mut seen = BTreeSet::new();
    for (case, values) in cases.iter().zip(values(folder.path(), &cases)) {
        let as_is = text(&end(&mut template(&at(case))).stdout);
        let module = case.name.split('/').next().unwrap_or_default();
        let own = self::keys(&values).into_iter();
        let own = own.filter(|key| seen.insert((module.to_owned(), key.path.clone(), as_is.contains("StatefulSet"))));
        keys.extend(own.map(|key| (case, as_is.clone(), key)));
    }
    assert!(keys.len() > 10, "there are hardly any values");
    let part = format!("{} keys of values", keys.len());
    took(&part, || {
        none_is_wrong(&keys, |(case, as_is, key)| {
            let moves = |other: Json| {
                let output = end(template(&at(case)).arg(format!("--set-json={}={other}", key.path)));
                output.status.success() && text(&output.stdout) != *as_is
            };
            let moves = others(&key.path, &key.value).into_iter().any(moves);
            let nothing = format!("{}: `{}` ({}) moves nothing", case.name, key.path, key.value);
            if moves { Vec::new() } else { vec![nothing] }
        });
    });
}

/// What is applied to a branch, as a value that would be found again in any notation.
const CANARY: &str = "kQ7-canary-w9Zt";
const CANARY_IN_BASE64: &str = "a1E3LWNhbmFyeS13OVp0";

const SECRET: &str = "apiVersion: driftless/v1
kind: Environment
name: shop
target: helm
targets:
  helm: {apply: git, namespace: shop}
git: {branch: driftless/shop, path: deploy}
secrets:
  password: {env: SHOP_PASSWORD}
components:
  cache:
    module: redis
    with:
      password: ${secret.password}
  api:
    module: service
    with:
      image: shop/api:1
      env:
        URL: ${cache.url}
";

#[test]
fn a_chart_that_was_applied_holds_no_secret() {
    let project = Project::with(&[
        ("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: shop\n"),
        ("environments/shop.yaml", SECRET),
    ]);
    run(project.command(&["apply", "shop", "--yes"]).env("SHOP_PASSWORD", CANARY)).expect(0);
    project.git(&["checkout", "-q", "driftless/shop"]);
    let chart = std::fs::read_dir(project.at("deploy")).unwrap().map(|entry| entry.unwrap().path());
    let chart = chart.into_iter().find(|path| path.join("Chart.yaml").exists());
    let chart = chart.unwrap_or_else(|| project.at("deploy"));
    let objects = succeed(&mut template(&chart));
    assert!(objects.contains("kind: StatefulSet"), "{objects}");
    assert!(!objects.contains("kind: Secret"), "a Secret is made of values that nobody gave:\n{objects}");
    let everything = objects + &project.git(&["log", "-p", "--all"]);
    for canary in [CANARY, CANARY_IN_BASE64] {
        assert!(!everything.contains(canary), "{canary} was applied");
    }
    let mut given = template(&chart);
    let given = succeed(given.arg(format!("--set-json=secrets.values={{\"password\":\"{CANARY}\"}}")));
    assert!(
        given.contains(CANARY) || given.contains(CANARY_IN_BASE64),
        "a value that is given makes no Secret:\n{given}"
    );
}
