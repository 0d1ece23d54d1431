//! The cases of the modules: `modules/*/tests/*.yaml`, each an environment whose component `test` has the inputs of the case.

use super::cases::{Case, model_of, root};
use driftless::compile;
use driftless::diag::{Sink, SourceMap};
use driftless::spec::{self, Node, NodeKind, Scalar};
use serde_json::{Value as Json, json};
use std::path::Path;

/// Every case of every module of the repository that becomes a model.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for module in sorted(&root().join("modules")) {
        let name = module.file_name().unwrap().to_str().unwrap().to_owned();
        let files = sorted(&module.join("tests"));
        assert!(!files.is_empty(), "the module {name} has no cases");
        cases.extend(files.iter().filter_map(|file| case(&name, file)));
    }
    cases
}

fn sorted(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The model of a case; none where the case is about what is wrong with its inputs.
fn case(module: &str, path: &Path) -> Option<Case> {
    let (name, case) = read(module, path);
    let compiled = compile::from_texts(&[("environments/case.yaml", &environment(module, &case))], "case");
    if case.get("diagnostics").is_some() && compiled.model.is_none() {
        return None;
    }
    Some(Case { model: model_of(compiled, &name), name })
}

/// The environment files of all cases in which nothing is wrong, as text, by name.
pub fn environments_of_cases() -> Vec<(String, String)> {
    let mut environments = Vec::new();
    for module in sorted(&root().join("modules")) {
        let folder = module.file_name().unwrap().to_str().unwrap();
        let cases = sorted(&module.join("tests")).into_iter().map(|path| read(folder, &path));
        let right = cases.filter(|(_, case)| case.get("diagnostics").is_none());
        environments.extend(right.map(|(name, case)| (name, environment(folder, &case))));
    }
    environments
}

fn read(module: &str, path: &Path) -> (String, Node) {
    let text = std::fs::read_to_string(path).unwrap();
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let file = sources.add(path.to_str().unwrap(), &text);
    let case = spec::parse(file, &sources, &mut sink).unwrap_or_else(|| panic!("{} is no YAML", path.display()));
    (format!("{module}/{}", path.file_stem().unwrap().to_str().unwrap()), case)
}

fn environment(module: &str, case: &Node) -> String {
    let mut components = case.get("components").map_or_else(|| json!({}), plain);
    components["test"] = json!({"module": module, "with": case.get("with").map_or_else(|| json!({}), plain)});
    let secrets = json!({"a": {"env": "A"}, "b": {"env": "B"}, "c": {"env": "C"}});
    json!({"apiVersion": "driftless/v1", "kind": "Environment", "secrets": secrets, "components": components})
        .to_string()
}

/// A parsed YAML node as JSON.
pub fn plain(node: &Node) -> Json {
    match &node.kind {
        NodeKind::List(items) => items.iter().map(plain).collect(),
        NodeKind::Map(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.clone(), plain(&entry.value))).collect())
        }
        NodeKind::Scalar { text, scalar, .. } => match scalar {
            Scalar::Null => Json::Null,
            Scalar::Bool(flag) => (*flag).into(),
            Scalar::Int(number) => (*number).into(),
            Scalar::Float(number) => (*number).into(),
            Scalar::Text => text.as_str().into(),
        },
    }
}
