//! The fixtures of bad files, each with its expected diagnostics.

use super::environment::{EnvironmentFile, read_layer, without_header};
use super::module::ModuleFile;
use super::node::Node;
use super::project::ProjectFile;
use super::{decode, reference, strip};
use crate::diag::{Sink, SourceMap};
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
pub const EXAMPLE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/every_key/environments/staging.yaml"));

/// A module file that uses every key and type.
pub const MODULE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/every_key/modules/redis/module.yaml"));

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
