//! A service as the body of a resource: one form for what the file may say in several.
//!
//! Files and secrets are maps by name (`configs.redis-conf[maxmemory]`, `secrets.cache-app`); where they lie stands beside them
//! (`config_targets`, `secret_targets`).

use super::Lowered;
use super::duration::parse_bytes;
use crate::model::{FileFormat, Tree, Value};
use crate::render::engine::Engine;
use indexmap::IndexMap;

/// The body of a service.
pub fn body(service: &Tree, lowered: &Lowered, engine: &Engine<'_>) -> Tree {
    let Tree::Map(service) = service else { return service.clone() };
    let mut body = Tree::map();
    for (key, value) in service {
        match key.as_str() {
            "ports" => body.insert("ports", each(value, port)),
            "volumes" => body.insert("volumes", each(value, volume)),
            "networks" => body.insert("networks", by_name(value)),
            "depends_on" => body.insert("depends_on", depends_on(value)),
            "environment" | "labels" => body.insert(key, texts(value)),
            "configs" => configs(&mut body, value, lowered, engine),
            "secrets" => secrets(&mut body, value, engine),
            "memswap_limit" | "mem_limit" | "mem_reservation" | "shm_size" => body.insert(key, size(value)),
            "deploy" => body.insert("deploy", deploy(value)),
            _ => body.insert(key, value.clone()),
        }
    }
    body
}

fn each(value: &Tree, normal: impl Fn(&Tree) -> Tree) -> Tree {
    value.as_list().map_or_else(|| value.clone(), |list| Tree::List(list.iter().map(normal).collect()))
}

/// A list of names as a map; a map's nulls as empty maps.
fn by_name(value: &Tree) -> Tree {
    let entries = match value {
        Tree::List(list) => list.iter().filter_map(|name| Some((name.as_str()?.to_owned(), Tree::map()))).collect(),
        Tree::Map(map) => {
            let filled = |value: &Tree| if *value == Tree::Null { Tree::map() } else { value.clone() };
            map.iter().map(|(name, value)| (name.clone(), filled(value))).collect()
        }
        _ => return value.clone(),
    };
    Tree::Map(entries)
}

fn depends_on(value: &Tree) -> Tree {
    let Tree::Map(mut entries) = by_name(value) else { return value.clone() };
    for need in entries.values_mut() {
        if need.is_empty_collection() {
            need.insert("condition", "service_started");
        }
    }
    Tree::Map(entries)
}

/// `KEY=value` lines as a map; every scalar as text.
fn texts(value: &Tree) -> Tree {
    let entries = match value {
        Tree::List(list) => list.iter().filter_map(|line| Some(pair(line.as_str()?))).collect(),
        Tree::Map(map) => map.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        _ => return value.clone(),
    };
    Tree::Map(entries)
}

/// A key without a value has that of whoever starts it.
fn pair(line: &str) -> (String, Tree) {
    line.split_once('=')
        .map_or_else(|| (line.to_owned(), Tree::Null), |(key, value)| (key.to_owned(), Tree::text(value)))
}

fn text(value: &Tree) -> Tree {
    match value {
        Tree::Bool(flag) => Tree::text(flag.to_string()),
        Tree::Int(number) => Tree::text(number.to_string()),
        Tree::Float(number) => Tree::text(number.0.to_string()),
        other => other.clone(),
    }
}

fn size(value: &Tree) -> Tree {
    let bytes = value.as_str().and_then(parse_bytes).and_then(|bytes| i64::try_from(bytes).ok());
    bytes.map_or_else(|| value.clone(), Tree::Int)
}

fn deploy(value: &Tree) -> Tree {
    let mut deploy = value.clone();
    let resources = deploy.as_map_mut().and_then(|deploy| deploy.get_mut("resources"));
    for bounds in resources.and_then(Tree::as_map_mut).into_iter().flat_map(IndexMap::values_mut) {
        let Some(bounds) = bounds.as_map_mut() else { continue };
        if let Some(memory) = bounds.get_mut("memory") {
            *memory = size(memory);
        }
        if let Some(cpus) = bounds.get_mut("cpus") {
            *cpus = text(cpus);
        }
    }
    deploy
}

/// `[HOST_IP:][PUBLISHED:]TARGET[/PROTOCOL]` or the long form. Ranges stay as they are written.
fn port(value: &Tree) -> Tree {
    let mut normal = Tree::map();
    match text(value) {
        Tree::Text(short) => {
            let Some(short) = short.as_literal() else { return value.clone() };
            let (rest, protocol) = short.split_once('/').unwrap_or((short, "tcp"));
            let (before, target) = rest.rsplit_once(':').unwrap_or(("", rest));
            let (host_ip, published) = before.rsplit_once(':').unwrap_or(("", before));
            let Ok(target) = target.parse::<u16>() else { return value.clone() };
            for (key, part) in [("host_ip", host_ip), ("published", published)] {
                if !part.is_empty() {
                    normal.insert(key, part);
                }
            }
            normal.insert("target", target);
            normal.insert("protocol", protocol);
        }
        Tree::Map(long) => {
            for key in ["host_ip", "published", "target", "protocol"] {
                match long.get(key) {
                    Some(value) if key == "published" => normal.insert(key, text(value)),
                    Some(value) => normal.insert(key, value.clone()),
                    None if key == "protocol" => normal.insert(key, "tcp"),
                    None => {}
                }
            }
        }
        other => return other,
    }
    normal
}

/// `SOURCE:TARGET[:ro]` or the long form.
fn volume(value: &Tree) -> Tree {
    let Some(short) = value.as_str() else { return value.clone() };
    let mut parts = short.split(':');
    let (Some(source), Some(target)) = (parts.next(), parts.next()) else { return value.clone() };
    let kind = if source.starts_with(['/', '.', '~']) { "bind" } else { "volume" };
    let mut normal =
        Tree::from([("type", Tree::text(kind)), ("source", Tree::text(source)), ("target", Tree::text(target))]);
    for option in parts.next().unwrap_or_default().split(',') {
        match option {
            "ro" => normal.insert("read_only", true),
            "nocopy" => normal.insert("volume", Tree::from([("nocopy", Tree::Bool(true))])),
            "z" | "Z" => normal.insert("bind", Tree::from([("selinux", Tree::text(option))])),
            "shared" | "rshared" | "slave" | "rslave" | "private" => {
                normal.insert("bind", Tree::from([("propagation", Tree::text(option))]));
            }
            _ => {}
        }
    }
    normal
}

/// The name and the rest of a reference to a config or secret.
fn reference(value: &Tree) -> Option<(&str, Option<&Tree>)> {
    match value.as_str() {
        Some(name) => Some((name, None)),
        None => Some((value.get("source")?.as_str()?, Some(value))),
    }
}

fn configs(body: &mut Tree, value: &Tree, lowered: &Lowered, engine: &Engine<'_>) {
    let (mut contents, mut targets) = (Tree::map(), Tree::map());
    for (name, long) in value.as_list().into_iter().flatten().filter_map(reference) {
        let content = lowered.objects.get(&format!("configs.{name}")).and_then(|config| config.get("content"));
        let format =
            engine.units.iter().flat_map(|unit| &unit.files).find(|file| file.name == name).map(|file| file.format);
        if let Some(content) = content {
            contents.insert(name, entries(content, format.unwrap_or(FileFormat::Text)));
        }
        let target =
            long.and_then(|long| long.get("target")).cloned().unwrap_or_else(|| Tree::text(format!("/{name}")));
        let mode = long.and_then(|long| long.get("mode")).and_then(octal).unwrap_or_else(|| "0444".into());
        targets.insert(name, Tree::from([("target", target), ("mode", Tree::text(mode))]));
    }
    body.insert("configs", contents);
    body.insert("config_targets", targets);
}

fn octal(mode: &Tree) -> Option<String> {
    match mode {
        Tree::Int(bits) => Some(format!("0{bits:o}")),
        other => other.as_str().map(str::to_owned),
    }
}

fn secrets(body: &mut Tree, value: &Tree, engine: &Engine<'_>) {
    let (mut contents, mut targets) = (Tree::map(), Tree::map());
    for (name, long) in value.as_list().into_iter().flatten().filter_map(reference) {
        let content = engine.secrets.get(name).map_or_else(Value::default, |secret| secret.content.clone());
        contents.insert(name, content);
        let target = long.and_then(|long| long.get("target")).cloned();
        targets.insert(name, target.unwrap_or_else(|| Tree::text(format!("/run/secrets/{name}"))));
    }
    body.insert("secrets", contents);
    body.insert("secret_targets", targets);
}

/// A file's content by entry where its format has entries and all of it is known; else its text.
fn entries(content: &Tree, format: FileFormat) -> Tree {
    content.as_str().map_or_else(|| content.clone(), |text| file_entries(text, format))
}

/// The text of a file by entry, where its format has entries; else as it is.
pub fn file_entries(text: &str, format: FileFormat) -> Tree {
    match format {
        FileFormat::Lines => line_entries(text),
        FileFormat::Ini => ini_entries(text),
        FileFormat::Json => serde_json::from_str(text).map_or_else(|_| Tree::text(text), |json| Tree::from_json(&json)),
        FileFormat::Text | FileFormat::Yaml => Tree::text(text),
    }
}

/// A line an entry, its first word the key; a key that stands several times has a list.
fn line_entries(text: &str) -> Tree {
    let mut map: IndexMap<String, Tree> = IndexMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        add(&mut map, key.to_owned(), value.trim());
    }
    Tree::Map(map)
}

fn ini_entries(text: &str) -> Tree {
    let mut map: IndexMap<String, Tree> = IndexMap::new();
    let mut section = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        add(&mut map, format!("{section}{}", key.trim()), value.trim());
    }
    Tree::Map(map)
}

fn add(map: &mut IndexMap<String, Tree>, key: String, value: &str) {
    match map.get_mut(&key) {
        Some(Tree::List(list)) => list.push(Tree::text(value)),
        Some(first) => *first = Tree::List(vec![std::mem::take(first), Tree::text(value)]),
        None => _ = map.insert(key, Tree::text(value)),
    }
}
