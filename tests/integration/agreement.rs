//! Files and resources agree: what a foreign tool reads out of the rendered files is what a native backend compares and applies.

use crate::support::cases::{self, RenderedCase};
use crate::support::tools::{python, succeed, tool};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The resources of a kind, by their address's path.
fn bodies(case: &RenderedCase, kind: &str) -> BTreeMap<String, Json> {
    let own = case.rendered.resources.iter().filter(|resource| resource.address.kind() == kind);
    own.map(|resource| (resource.address.path().to_owned(), resource.body.to_public_json())).collect()
}

/// Where two trees differ.
fn differences(path: &str, left: &Json, right: &Json, found: &mut Vec<String>) {
    match (left, right) {
        (Json::Object(left), Json::Object(right)) => {
            let keys: std::collections::BTreeSet<_> = left.keys().chain(right.keys()).collect();
            for key in keys {
                let value = |map: &serde_json::Map<String, Json>| map.get(key).cloned().unwrap_or(json!("(absent)"));
                differences(&format!("{path}.{key}"), &value(left), &value(right), found);
            }
        }
        (Json::Array(left), Json::Array(right)) if left.len() == right.len() => {
            for (at, (left, right)) in left.iter().zip(right).enumerate() {
                differences(&format!("{path}[{at}]"), left, right, found);
            }
        }
        _ if left == right || *right == json!("(sensitive)") => {}
        _ => found.push(format!("{path}: the file says {left}, the resource {right}")),
    }
}

#[track_caller]
fn assert_agree(found: &[String]) {
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

const READ_OBJECTS: &str = "
import json, sys, yaml
objects = [o for o in yaml.load_all(json.load(open(sys.argv[1])), Loader=yaml.CSafeLoader) if o]
def address(o):
    group = o['apiVersion'].rpartition('/')[0] or 'core'
    return '/'.join([group, o['kind'], o['metadata'].get('namespace', '_'), o['metadata']['name']])
print(json.dumps({address(o): o for o in objects}))
";

#[test]
fn the_objects_of_a_chart_are_the_resources() {
    let folder = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    for case in cases::rendered("helm") {
        let at = folder.path().join(&case.folder);
        case.write(&at);
        let release = case.model.environment.name.clone();
        let printed = succeed(tool("helm", &at).args(["template", &release, ".", "--namespace", "shop"]));
        let objects = python(READ_OBJECTS, &json!(printed), &at);
        let bodies = json!(bodies(&case, "kubernetes"));
        assert!(bodies.as_object().is_some_and(|map| !map.is_empty()), "{} has no resources", case.name);
        differences(&case.name, &objects, &bodies, &mut found);
    }
    assert_agree(&found);
}

/// A tree out of `docker compose config`: dollars single again, and without what says nothing.
fn plain(json: &Json) -> Json {
    match json {
        Json::String(text) => json!(text.replace("$$", "$")),
        Json::Array(list) => Json::Array(list.iter().map(plain).collect()),
        Json::Object(map) => Json::Object(map.iter().map(|(key, value)| (key.clone(), plain(value))).collect()),
        other => other.clone(),
    }
}

fn seconds(text: &str) -> f64 {
    let mut total = 0.0;
    let mut number = String::new();
    for character in text.chars() {
        match character {
            '0'..='9' | '.' => number.push(character),
            unit => {
                let factor = [('h', 3600.0), ('m', 60.0), ('s', 1.0)].into_iter().find(|(known, _)| *known == unit);
                total += number.parse::<f64>().unwrap() * factor.unwrap_or_else(|| panic!("no duration: {text}")).1;
                number.clear();
            }
        }
    }
    total
}

/// Durations and sizes as numbers, in whatever notation they stand.
fn measured(key: &str, value: &Json) -> Json {
    const DURATIONS: [&str; 5] = ["stop_grace_period", "interval", "timeout", "start_period", "start_interval"];
    match value {
        Json::String(text) if DURATIONS.contains(&key) => json!(seconds(text)),
        Json::String(text) if key == "cpus" => json!(text.parse::<f64>().unwrap()),
        Json::Number(number) if key == "cpus" => json!(number.as_f64().unwrap()),
        Json::String(text) if key == "memory" || key.starts_with("mem") => json!(text.parse::<u64>().unwrap()),
        Json::Object(map) if !matches!(key, "environment" | "labels" | "configs") => {
            Json::Object(map.iter().map(|(key, value)| (key.clone(), measured(key, value))).collect())
        }
        other => other.clone(),
    }
}

/// The named references of a service: what each holds, and where it lies.
fn references(service: &Json, key: &str) -> Vec<(String, Json)> {
    let list = service[key].as_array().into_iter().flatten();
    list.map(|reference| (reference["source"].as_str().unwrap().to_owned(), reference.clone())).collect()
}

/// The first word of each line and the rest, a list where it stands several times.
fn lines(content: &str) -> Json {
    let mut map = serde_json::Map::new();
    for line in content.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        let value = json!(value.trim());
        match map.get_mut(key) {
            Some(Json::Array(list)) => list.push(value),
            Some(first) => *first = json!([first.clone(), value]),
            None => _ = map.insert(key.to_owned(), value),
        }
    }
    Json::Object(map)
}

/// `section.key` and its value.
fn ini(content: &str) -> Json {
    let mut map = serde_json::Map::new();
    let mut section = String::new();
    for line in content.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match (line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')), line.split_once('=')) {
            (Some(name), _) => section = format!("{name}."),
            (None, Some((key, value))) => _ = map.insert(format!("{section}{}", key.trim()), json!(value.trim())),
            (None, None) => panic!("no entry: {line}"),
        }
    }
    Json::Object(map)
}

/// A service as `docker compose config` prints it, in the terms of the body of a container.
fn container(service: &Json, config: &Json, body: &Json) -> Json {
    let mut found = service.as_object().unwrap().clone();
    found.retain(|_, value| !value.is_null());
    let state = if service["restart"] == "no" { "exited" } else { "running" };
    found.insert("state".into(), json!(state));
    for need in found.get_mut("depends_on").and_then(Json::as_object_mut).into_iter().flatten() {
        assert_eq!(need.1.as_object_mut().unwrap().remove("required"), Some(json!(true)));
    }
    for network in found.get_mut("networks").and_then(Json::as_object_mut).into_iter().flatten() {
        if network.1.is_null() {
            *network.1 = json!({});
        }
    }
    if let Some(deploy) = found.get_mut("deploy").and_then(Json::as_object_mut) {
        deploy.retain(|key, value| key != "placement" || *value != json!({}));
    }
    for port in found.get_mut("ports").and_then(Json::as_array_mut).into_iter().flatten() {
        port.as_object_mut()
            .unwrap()
            .retain(|key, _| ["host_ip", "published", "target", "protocol"].contains(&key.as_str()));
    }
    for volume in found.get_mut("volumes").and_then(Json::as_array_mut).into_iter().flatten() {
        volume
            .as_object_mut()
            .unwrap()
            .retain(|key, value| !(["volume", "bind"].contains(&key.as_str()) && *value == json!({})));
    }
    for (key, targets) in [("configs", "config_targets"), ("secrets", "secret_targets")] {
        let references = references(service, key);
        if references.is_empty() {
            continue;
        }
        let (mut contents, mut places) = (serde_json::Map::new(), serde_json::Map::new());
        for (name, reference) in references {
            let (content, place) = if key == "secrets" {
                assert!(config["secrets"][&name]["environment"].is_string(), "{name} is no variable of who starts it");
                (json!("(sensitive)"), reference["target"].clone())
            } else {
                let text = config["configs"][&name]["content"].as_str().unwrap_or_default().to_owned();
                let has_entries = body["configs"][&name].is_object();
                let mode = reference.get("mode").cloned().unwrap_or_else(|| json!("0444"));
                let entries = if text.starts_with('[') { ini(&text) } else { lines(&text) };
                (if has_entries { entries } else { json!(text) }, json!({"target": reference["target"], "mode": mode}))
            };
            contents.insert(name.clone(), content);
            places.insert(name, place);
        }
        found.insert(key.into(), Json::Object(contents));
        found.insert(targets.into(), Json::Object(places));
    }
    Json::Object(found)
}

#[test]
fn the_services_of_a_compose_file_are_the_resources() {
    let folder = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    for case in cases::rendered("compose") {
        let at = folder.path().join(&case.folder);
        case.write(&at);
        let printed = succeed(tool("docker-compose", &at).args(["-f", "compose.yaml", "config", "--format", "json"]));
        let config = plain(&serde_json::from_str(&printed).unwrap());
        let bodies = bodies(&case, "docker");
        let services = config["services"].as_object().unwrap();
        let paths = |kind: &str| {
            bodies.keys().filter_map(|path| path.strip_prefix(kind).map(str::to_owned)).collect::<Vec<_>>()
        };
        let names: std::collections::BTreeSet<_> = services.keys().cloned().collect();
        let names: Vec<_> = names.into_iter().collect();
        assert_eq!(paths("container/"), names, "{}", case.name);
        for (name, service) in services {
            let body = &bodies[&format!("container/{name}")];
            let service = measured("", &container(service, &config, body));
            differences(&format!("{}: {name}", case.name), &service, &measured("", body), &mut found);
        }
        for (section, kind) in [("volumes", "volume/"), ("networks", "network/")] {
            let mut declared: Vec<_> =
                config[section].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
            let mut resources = paths(kind);
            declared.sort();
            resources.sort();
            assert_eq!(declared, resources, "{}", case.name);
        }
    }
    assert_agree(&found);
}
