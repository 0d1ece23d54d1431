//! The annotation that restarts pods when what they read only at their start has changed.

use super::Object;
use super::mount::config_key;
use crate::model::{ConfigFile, Digest, Effect, FileFormat, Model, Tree, Value};
use std::collections::BTreeMap;

/// The annotation of the pods' template.
pub const CONFIG_CHECKSUM: &str = "driftless.dev/checksum-config";

/// Puts the annotation on every workload with files whose change takes a restart.
pub(super) fn annotate(objects: &mut [Object], model: &Model) {
    let files = files(model);
    let mut checksums = BTreeMap::new();
    for object in objects.iter().filter(|object| object.kind() == "ConfigMap") {
        let (Some(workload), Some(Tree::Map(data))) = (&object.workload, object.body.get("data")) else { continue };
        let read_at_start = data.iter().filter_map(|(key, content)| {
            let Tree::Text(content) = content else { return None };
            let text = restart_text(files.get(&(workload.as_str(), key.clone())).copied(), content);
            text.map(|text| format!("{key}\0{text}"))
        });
        let pieces: Vec<_> = read_at_start.collect();
        if !pieces.is_empty() {
            checksums.insert(workload.clone(), Digest::of_pieces(pieces.iter().map(String::as_bytes)));
        }
    }
    for object in objects.iter_mut().filter(|object| matches!(object.kind(), "Deployment" | "StatefulSet" | "Job")) {
        let checksum = object.workload.as_ref().and_then(|workload| checksums.get(workload));
        if let (Some(checksum), Some(metadata)) = (checksum, template_metadata(&mut object.body)) {
            let Tree::Map(metadata) = metadata else { continue };
            let hex = checksum.as_str().trim_start_matches("sha256:");
            metadata.entry("annotations".into()).or_insert_with(Tree::map).insert(CONFIG_CHECKSUM, hex);
        }
    }
}

fn template_metadata(body: &mut Tree) -> Option<&mut Tree> {
    ["spec", "template", "metadata"].into_iter().try_fold(body, |node, key| node.as_map_mut()?.get_mut(key))
}

fn files(model: &Model) -> BTreeMap<(&str, String), &ConfigFile> {
    let workloads = model.components.values().flat_map(|component| component.workloads.values());
    let containers =
        workloads.flat_map(|workload| workload.containers.iter().map(move |container| (workload, container)));
    let files = containers.flat_map(|(workload, container)| {
        container
            .files
            .iter()
            .map(move |(name, file)| ((workload.name.as_str(), config_key(workload, container, name)), file))
    });
    files.collect()
}

/// What of a file is read only at a start; none where nothing is. A file that nobody knows is read so.
fn restart_text(file: Option<&ConfigFile>, content: &Value) -> Option<String> {
    let text = content.display();
    let Some(file) = file else { return Some(text) };
    if file.entries.is_empty() {
        return (file.effect >= Effect::Restart).then_some(text);
    }
    let kept: Vec<_> =
        entries(file.format, &text).into_iter().filter(|(key, _)| file.effect_of(key) >= Effect::Restart).collect();
    let lines: Vec<_> = kept.into_iter().map(|(_, lines)| lines).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The entries of a file: key and text. Comments and empty lines are none.
fn entries(format: FileFormat, text: &str) -> Vec<(String, String)> {
    match format {
        FileFormat::Text => vec![(String::new(), text.to_owned())],
        FileFormat::Lines => lines(text, &['#']).map(|line| (first_word(line).to_owned(), line.to_owned())).collect(),
        FileFormat::Ini => ini(text),
        FileFormat::Yaml => yaml(text),
        FileFormat::Json => match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
            Ok(map) => map.into_iter().map(|(key, value)| (key.clone(), format!("{key}:{value}"))).collect(),
            Err(_) => vec![(String::new(), text.to_owned())],
        },
    }
}

fn lines<'a>(text: &'a str, comments: &'a [char]) -> impl Iterator<Item = &'a str> {
    text.lines().map(str::trim_end).filter(move |line| !line.is_empty() && !line.trim_start().starts_with(comments))
}

fn first_word(line: &str) -> &str {
    line.split_whitespace().next().unwrap_or_default()
}

/// `section.key`, or the key alone above the first section.
fn ini(text: &str) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in lines(text, &['#', ';']) {
        if let Some(name) = line.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
            continue;
        }
        let key = line.split('=').next().unwrap_or(line).trim();
        found.push((format!("{section}{key}"), format!("{section}{line}")));
    }
    found
}

/// The keys of the outermost mapping: each with all lines down to the next one.
fn yaml(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in lines(text, &['#']) {
        let outermost = !line.starts_with([' ', '-', '\t']);
        if let (Some((_, lines)), false) = (found.last_mut(), outermost) {
            lines.extend(["\n", line]);
        } else {
            let key = line.split(':').next().unwrap_or(line).trim_matches(['"', '\'']);
            found.push((key.to_owned(), line.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EntryEffect;

    fn file(format: FileFormat, effect: Effect, runtime: &[&str]) -> ConfigFile {
        let entries = runtime.iter().map(|key| EntryEffect { key: (*key).into(), effect: Effect::Runtime }).collect();
        ConfigFile { path: "/f".into(), content: Value::default(), format, mode: 0o444, effect, entries }
    }

    #[test]
    fn only_what_is_read_at_a_start_counts() {
        let cases = [
            (FileFormat::Lines, Effect::Restart, vec!["max*"], "# c\nmaxmemory 1\n\nport 6379\n", Some("port 6379")),
            (FileFormat::Lines, Effect::Restart, vec!["*"], "maxmemory 1\n", None),
            (FileFormat::Lines, Effect::Runtime, vec![], "port 6379\n", None),
            (
                FileFormat::Ini,
                Effect::Restart,
                vec!["log.*"],
                "a=1\n[log]\nlevel=info\n[db]\nx = 2\n",
                Some("a=1\ndb.x = 2"),
            ),
            (FileFormat::Yaml, Effect::Restart, vec!["log"], "log:\n  level: info\ndb:\n  - x\n", Some("db:\n  - x")),
            (FileFormat::Json, Effect::Restart, vec!["log"], r#"{"log": {"level": 1}, "db": [1]}"#, Some("db:[1]")),
            (FileFormat::Json, Effect::Restart, vec!["log"], "no json", Some("no json")),
            (FileFormat::Text, Effect::Restart, vec![], "# all of it\n", Some("# all of it\n")),
        ];
        for (format, effect, runtime, text, expected) in cases {
            let file = file(format, effect, &runtime);
            assert_eq!(restart_text(Some(&file), &text.into()).as_deref(), expected, "{format:?} {text:?}");
        }
    }
}
