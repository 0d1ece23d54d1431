//! The fixtures of bad files, each with its expected diagnostics; and a mutation of every one of them.

use super::environment::{EnvironmentFile, read_layer, without_header};
use super::module::ModuleFile;
use super::node::Node;
use super::project::ProjectFile;
use super::{decode, reference, strip};
use crate::diag::{Sink, SourceMap, github, human, json};
use std::fs;
use std::path::{Path, PathBuf};

const BAD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/bad");

/// All that this room has to say about a file, whatever it is.
pub fn judge(path: &str, bytes: &[u8]) -> (Sink, SourceMap) {
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let Some(file) = decode(path, bytes, &mut sources, &mut sink) else { return (sink, sources) };
    if path.ends_with("module.yaml") {
        let folder = Path::new(path).parent().and_then(Path::file_name).and_then(|name| name.to_str());
        ModuleFile::read(file, folder, &sources, &mut sink);
    } else if path == "driftless.yaml" {
        ProjectFile::read(file, &sources, &mut sink);
    } else if let Some((header, node)) = read_layer(file, &sources, &mut sink) {
        if header.extends.is_empty() {
            EnvironmentFile::from_node(&strip(without_header(node.clone())), &mut sink);
        }
        references(&node, &sources, &mut sink);
    }
    (sink, sources)
}

/// An environment file that uses every key.
pub const EXAMPLE: &str = r#"# everything
apiVersion: driftless/v1
kind: Environment
name: staging
extends: base.yaml
labels: {team: shop, env: "${environment.name}"}
variables: {domain: staging.shop.example, replicas: 3}
target: helm
targets:
  helm:      {context: staging, namespace: shop-staging, apply: server-side}
  edge:      {kind: helm, context: edge, namespace: shop, apply: git, observe: live}
  compose:   {project: shop-staging, apply: docker, host: "unix:///var/run/docker.sock"}
  terraform: {apply: run, binary: tofu, platform: kubernetes, backend: {s3: {bucket: shop-tf, key: staging.tfstate}}}
  ansible:   {apply: run, inventory: inventories/staging.yaml, runtime: package}
git: {repository: ".", branch: "driftless/staging", path: "."}
components:
  cache:
    module: redis
    with:
      mode: cluster
      shards: 3
      users: {app: {rules: "~app:* +@read", password: "${secret.cache-app}"}}
  api:
    module: service
    target: edge
    protect: true
    with:
      image: ghcr.io/shop/api:1.4.2
      env: {REDIS_URL: "${cache.url}", LOG_LEVEL: info}
    patch:
      helm: {"Deployment/*": {spec: {template: {spec: {priorityClassName: high}}}}}
  old: {module: service, enabled: false, with: {image: x}}
moved: [{from: sessions, to: cache}]
secrets:
  cache-app: {env: CACHE_APP_PASSWORD}
  token: {file: secrets/token}
drift:
  interval: 60s
  mode: report
  ignore:
    - {address: "kubernetes:apps/Deployment/*/api", field: spec.replicas, owner: horizontal-pod-autoscaler, reason: HPA, expires: 2027-01-01}
policy:  {deletions: {max: 3}, windows: []}
preview: {target: compose, ttl: 72h, max: 10, url: "https://pr-${preview.number}.${var.domain}", with: {api: {replicas: 1}}}
"#;

/// A module file that uses every key and type.
pub const MODULE: &str = r#"
apiVersion: driftless/v1
kind: Module
name: redis
version: 7.4.1-rc.1
description: Redis.
inputs:
  mode: {type: enum, values: [standalone, cluster], default: standalone, immutable: true, docs: How it runs.}
  shards: {type: int, min: 1, max: 100, default: 3}
  memory: {type: quantity, min: 64Mi, max: 1Ti, default: 256Mi}
  cpu: {type: cpu, max: 64, default: 250m}
  timeout: {type: duration, min: 1s, default: 5s}
  port: {type: port, default: 6379}
  image: {type: image, required: true}
  tls: {type: bool, default: false}
  prefix: {type: string, max: 20, pattern: "[a-z]*", default: ""}
  config: {type: map(scalar), keys: "[a-z-]+", max: 50, default: {maxmemory-policy: noeviction, save: 3600}}
  args: {type: list(string), default: []}
  hosts: {type: list, of: {type: string, min: 1}, max: 3}
  extra: {type: any}
  users:
    type: map
    of:
      type: object
      fields:
        rules: {type: string, required: true}
        password: {type: secret, required: true}
        limits: {type: map, of: list(int)}
    default: {}
outputs:
  url: {description: Where it is., sensitive: true}
  port.redis: {description: Its port.}
"#;

fn references(node: &Node, sources: &SourceMap, sink: &mut Sink) {
    reference::pieces(node, sources, sink);
    node.entries().iter().for_each(|entry| references(&entry.value, sources, sink));
    node.elements().iter().for_each(|element| references(element, sources, sink));
}

/// One line a diagnostic: `CODE file:line:column message | help`.
fn lines(sink: &Sink, sources: &SourceMap) -> String {
    let line = |diagnostic: &crate::diag::Diagnostic| {
        let place = diagnostic.span.map(|span| sources.place(span).to_string()).unwrap_or_default();
        let help = diagnostic.help.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
        format!("{} {place} {}{help}\n", diagnostic.code, diagnostic.message.lines().next().unwrap_or(""))
    };
    sink.sorted().into_iter().map(line).collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The files of this room in a fixture, with their bytes.
fn inputs(fixture: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    files(fixture, &mut found);
    let read =
        |path: &PathBuf| (path.strip_prefix(fixture).unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap());
    found.iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).map(read).collect()
}

fn fixtures() -> Vec<PathBuf> {
    let mut folders: Vec<_> =
        fs::read_dir(BAD).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// The fixtures that need more than this room are told apart by a file `stage`, which names the room that they need.
fn is_ours(fixture: &Path) -> bool {
    !fixture.join("stage").exists()
}

#[test]
fn every_bad_file_is_told_what_is_wrong_and_where() {
    let mut wrong = String::new();
    let ours: Vec<_> = fixtures().into_iter().filter(|fixture| is_ours(fixture)).collect();
    assert!(ours.len() >= 100);
    for fixture in ours {
        let expected = fs::read_to_string(fixture.join("expected")).unwrap();
        let told = inputs(&fixture).into_iter().map(|(path, bytes)| judge(&path, &bytes));
        let told: String = told.map(|(sink, sources)| lines(&sink, &sources)).collect();
        if told != expected || told.is_empty() {
            wrong.extend([fixture.display().to_string().as_str(), "\n", &told]);
        }
    }
    assert_eq!(wrong, "");
}

fn judged(path: &str, text: &str) -> String {
    let (sink, sources) = judge(path, text.as_bytes());
    lines(&sink, &sources)
}

#[test]
fn what_is_right_is_not_complained_of() {
    assert_eq!(judged("environments/staging.yaml", EXAMPLE), "");
    assert_eq!(judged("environments/staging.yaml", &EXAMPLE.replace("extends: base.yaml\n", "")), "");
    assert_eq!(
        judged(
            "environments/base.yaml",
            "apiVersion: driftless/v1\nkind: Base\nextends: [a.yaml]\ncomponents: {a: {with: {b: ~}}, c: ~}\n"
        ),
        ""
    );
    assert_eq!(judged("modules/redis/module.yaml", MODULE), "");
    assert_eq!(
        judged(
            "driftless.yaml",
            "apiVersion: driftless/v1\nkind: Project\nname: shop\nstate: {fs: {path: .driftless}}\n"
        ),
        ""
    );
}

/// All scalars and collections, with whether anything at all may stand in their place.
fn leaves<'a>(node: &'a Node, anything: bool, out: &mut Vec<(&'a Node, bool)>) {
    out.push((node, anything));
    for entry in node.entries() {
        let free = matches!(
            entry.key.as_str(),
            "with" | "patch" | "backend" | "default" | "extra" | "description" | "type" | "of" | "outputs"
        );
        leaves(&entry.value, anything || free, out);
    }
    node.elements().iter().for_each(|element| leaves(element, anything, out));
}

/// In every valid example each value replaced by one of another type: the span is exactly that value.
#[test]
fn a_wrong_type_is_told_at_exactly_that_value() {
    let mut replaced = 0;
    for (path, text) in [("environments/staging.yaml", EXAMPLE), ("modules/redis/module.yaml", MODULE)] {
        let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
        let file = decode(path, text.as_bytes(), &mut sources, &mut sink).unwrap();
        let node = super::parse(file, &sources, &mut sink).unwrap();
        let mut found = Vec::new();
        leaves(&node, false, &mut found);
        for (leaf, _) in found.iter().skip(1).filter(|(leaf, free)| !free && leaf.scalar_text().is_some()) {
            let (start, end) = (leaf.span.start as usize, leaf.span.end as usize);
            let wrong = [&text[..start], "[{wrong: type}]", &text[end..]].concat();
            let (sink, sources) = judge(path, wrong.as_bytes());
            let spans: Vec<_> =
                sink.iter().filter_map(|diagnostic| diagnostic.span).map(|span| sources.slice(span)).collect();
            assert!(
                spans.contains(&"[{wrong: type}]") || spans.contains(&"{wrong: type}"),
                "{} {spans:?}",
                &text[start..end]
            );
            let first = sink.iter().filter(|diagnostic| diagnostic.code == crate::diag::code::WRONG_TYPE).count();
            assert!(first >= 1, "{}", &text[start..end]);
            replaced += 1;
        }
    }
    assert!(replaced > 60, "{replaced}");
}

/// A small generator of numbers (xorshift), so that every run sees the same.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below.max(1)).unwrap()).unwrap()
    }
}

/// Pieces that break files.
const PIECES: [&str; 40] = [
    "\n",
    "\t",
    " ",
    ":",
    ": ",
    "- ",
    "-",
    "?",
    "? ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "'",
    "|",
    ">",
    "|+\n",
    "&a",
    "*a",
    "!!str ",
    "<<: ",
    "#",
    " #",
    "---\n",
    "...\n",
    "${",
    "}",
    "$${",
    "~",
    "null",
    "no",
    "0777",
    "\u{feff}",
    "é",
    "%YAML 1.1\n",
    "\r\n",
    "\\",
    "\u{85}",
];

fn mutate(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.next(4) {
        let at = random.next(bytes.len() + 1);
        let end = (at + random.next(12)).min(bytes.len());
        match random.next(6) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..at, PIECES[random.next(PIECES.len())].bytes())),
            2 => drop(bytes.splice(at..end, PIECES[random.next(PIECES.len())].bytes())),
            3 => bytes.truncate(at),
            4 => {
                let copied = bytes[at..end].to_vec();
                let to = random.next(bytes.len() + 1);
                drop(bytes.splice(to..to, copied));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(random.next(256)).unwrap();
                }
            }
        }
    }
    bytes
}

/// Whatever the bytes are: an answer, every place inside its file, and all renderers show it.
#[test]
fn no_mutation_of_the_corpus_panics_or_hangs() {
    let mut corpus: Vec<(String, Vec<u8>)> = fixtures().iter().flat_map(|fixture| inputs(fixture)).collect();
    corpus.push(("environments/staging.yaml".into(), EXAMPLE.into()));
    corpus.push(("modules/redis/module.yaml".into(), MODULE.into()));
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..10_000 {
        let (path, bytes) = &corpus[random.next(corpus.len())];
        let bytes = mutate(bytes, &mut random);
        let (sink, sources) = judge(path, &bytes);
        for span in sink
            .iter()
            .flat_map(|diagnostic| diagnostic.span.into_iter().chain(diagnostic.labels.iter().map(|label| label.span)))
        {
            let text = sources.text(span.file);
            assert!(
                span.start <= span.end && text.get(span.start as usize..span.end as usize).is_some(),
                "{span:?} {text:?}"
            );
        }
        if round % 8 == 0 {
            let shown = (human(&sink, &sources, false), json(&sink, &sources), github(&sink, &sources));
            assert_eq!(shown.0.is_empty(), sink.is_empty());
            assert_eq!(shown.1["diagnostics"].as_array().unwrap().len(), shown.2.lines().count());
        }
    }
}
