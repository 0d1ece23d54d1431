//! Golden folders: what a case renders to, file by file, under `tests/golden/TARGET/CASE/`.
//!
//! Build the tests with `DRIFTLESS_BLESS=1` to write them anew, and read the difference before you commit it.

use super::Rendered;
use crate::diag::{Sink, SourceMap};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Asserts that a case renders to exactly the files of its folder: the artifacts, and what goes beside them.
pub fn assert_golden(target: &str, case: &str, rendered: &Rendered, sink: &Sink, sources: &SourceMap) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(target).join(case);
    let mut actual: BTreeMap<String, String> = BTreeMap::new();
    for (path, artifact) in &rendered.files.files {
        actual.insert(format!("files/{path}"), artifact.content.clone());
    }
    actual.insert("resources.jsonl".into(), resources(rendered));
    actual.insert("findings.txt".into(), findings(rendered, sink, sources));
    if option_env!("DRIFTLESS_BLESS").is_some() {
        bless(&folder, &actual);
    }
    let mut expected = BTreeMap::new();
    read(&folder, &folder, &mut expected);
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&expected), names(&actual), "{}", folder.display());
    for (path, text) in &actual {
        assert!(expected[path] == *text, "{}/{path} differs:\n{}", folder.display(), difference(&expected[path], text));
    }
}

fn resources(rendered: &Rendered) -> String {
    rendered.resources.iter().map(|resource| serde_json::to_string(resource).unwrap() + "\n").collect()
}

fn findings(rendered: &Rendered, sink: &Sink, sources: &SourceMap) -> String {
    let losses = rendered
        .losses
        .iter()
        .map(|loss| format!("{} loss: {}: {}\n", sources.place(loss.span), loss.component, loss.message));
    let diagnostics = sink.sorted().into_iter().map(|found| {
        let place = found.span.map(|span| sources.place(span).to_string()).unwrap_or_default();
        let help = found.help.as_ref().map(|help| format!("\n  help: {help}")).unwrap_or_default();
        format!("{place} {} {}: {}{help}\n", found.severity.as_str(), found.code, found.message)
    });
    losses.chain(diagnostics).collect()
}

fn difference(expected: &str, actual: &str) -> String {
    similar::TextDiff::from_lines(expected, actual).unified_diff().to_string()
}

fn bless(folder: &Path, files: &BTreeMap<String, String>) {
    let _ = fs::remove_dir_all(folder);
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn read(root: &Path, folder: &PathBuf, files: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// No template of the repository's own.
pub struct NoTemplates;

impl super::Templates for NoTemplates {
    fn get(&self, _name: &str) -> Option<&str> {
        None
    }
}

/// Asserts that the repository's own example renders for one target without a complaint; gives what it renders to.
pub fn render_demo(target: &str) -> Rendered {
    let text = include_str!("../../environments/demo.yaml");
    let text = text.replace("target: compose\n", &format!("target: {target}\n"));
    let compiled = crate::compile::from_texts(&[("environments/demo.yaml", &text)], "demo");
    let told = crate::diag::human(&compiled.sink, &compiled.sources, false);
    let model = compiled.model.unwrap_or_else(|| panic!("{told}"));
    let mut sink = Sink::default();
    let rendered = super::target(target).unwrap().render(&model, &model.instances[target], &NoTemplates, &mut sink);
    assert!(sink.is_empty(), "{}", crate::diag::human(&sink, &compiled.sources, false));
    rendered
}
