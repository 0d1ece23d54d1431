//! The cases of a module: inputs, and what must come of them. `driftless module test` runs them.
//!
//! A case is a file of `tests/` of the module:
//!
//! ```yaml
//! description: One server with a password.
//! with: {password: "${secret.a}"}      # the inputs; `secrets` a, b, c are declared
//! components: {db: {module: service, with: {image: "db:1"}}}   # others that the inputs refer to
//! expect:                              # paths into the model of the component `test`, and what stands there
//!   workloads / test / kind: stateful
//!   workloads / test / containers / 0 / env: absent
//! diagnostics: [DL0308]                # the codes, in order; without the key there are none
//! ```

use super::files::Files;
use super::load::load;
use super::memory::MemoryFiles;
use super::{Compiled, compile};
use crate::diag::{Sink, SourceMap};
use crate::model::Tree;
use crate::spec::{Node, NodeKind, Scalar};

/// The name of the component under test.
const COMPONENT: &str = "test";

/// What became of one case.
#[derive(Debug)]
pub struct CaseResult {
    /// The path of its file.
    pub path: String,
    /// What it is about.
    pub description: String,
    /// What differs from what was expected, a sentence each; none: it passed.
    pub failures: Vec<String>,
}

/// Runs all cases of a module of the repository, or else of the library. None where there is no such module.
pub fn module_test(files: &dyn Files, library: &dyn Files, module: &str) -> Option<Vec<CaseResult>> {
    if !super::known_modules(files, library).iter().any(|known| known == module) {
        return None;
    }
    let folder = format!("modules/{module}/tests");
    let own = files.list(&format!("modules/{module}")).is_ok_and(|entries| !entries.is_empty());
    let home = if own { files } else { library };
    let cases = home.list(&folder).unwrap_or_default().into_iter().filter(|entry| entry.name.ends_with(".yaml"));
    Some(cases.map(|entry| run(files, library, home, module, &format!("{folder}/{}", entry.name))).collect())
}

fn run(files: &dyn Files, library: &dyn Files, home: &dyn Files, module: &str, path: &str) -> CaseResult {
    let failed =
        |failure: String| CaseResult { path: path.to_owned(), description: String::new(), failures: vec![failure] };
    let text = match home.read(path).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => return failed("the file is not UTF-8".into()),
        Err(error) => return failed(error.to_string()),
    };
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let file = sources.add(path, &text);
    let Some(case) = crate::spec::parse(file, &sources, &mut sink) else {
        return failed(sink.iter().next().map_or_else(String::new, |diagnostic| diagnostic.message.clone()));
    };
    let compiled = compiled(files, library, module, &case);
    let description = case.get("description").and_then(Node::scalar_text).unwrap_or_default().to_owned();
    let mut failures = wrong_diagnostics(&case, &compiled);
    if let (Some(expect), true) = (case.get("expect"), failures.is_empty()) {
        let actual = actual(&compiled);
        for entry in expect.entries() {
            failures.extend(mismatch(&actual, &entry.key, &entry.value));
        }
    }
    CaseResult { path: path.to_owned(), description, failures }
}

/// The files of the repository with one environment more, which has the case as its component.
struct WithCase<'a> {
    files: &'a dyn Files,
    case: MemoryFiles,
}

impl Files for WithCase<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, super::FileError> {
        self.case.read(path).or_else(|_| self.files.read(path))
    }

    fn list(&self, folder: &str) -> Result<Vec<super::Entry>, super::FileError> {
        self.files.list(folder)
    }
}

fn compiled(files: &dyn Files, library: &dyn Files, module: &str, case: &Node) -> Compiled {
    let environment = environment(module, case);
    let case = MemoryFiles::from_texts([
        ("environments/case.yaml", environment.as_str()),
        ("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: case\n"),
    ]);
    compile(&load(&WithCase { files, case }, library, "case"), None)
}

/// The environment of a case as YAML, which JSON is.
fn environment(module: &str, case: &Node) -> String {
    let mut components = case.get("components").map_or_else(|| serde_json::json!({}), json);
    components[COMPONENT] = serde_json::json!({"module": module});
    if let Some(with) = case.get("with") {
        components[COMPONENT]["with"] = json(with);
    }
    let secrets = serde_json::json!({"a": {"env": "A"}, "b": {"env": "B"}, "c": {"env": "C"}});
    serde_json::json!({"apiVersion": "driftless/v1", "kind": "Environment", "secrets": secrets, "components": components}).to_string()
}

fn json(node: &Node) -> serde_json::Value {
    match &node.kind {
        NodeKind::List(items) => items.iter().map(json).collect(),
        NodeKind::Map(entries) => {
            serde_json::Value::Object(entries.iter().map(|entry| (entry.key.clone(), json(&entry.value))).collect())
        }
        NodeKind::Scalar { text, scalar, .. } => match scalar {
            Scalar::Null => serde_json::Value::Null,
            Scalar::Bool(flag) => (*flag).into(),
            Scalar::Int(number) => (*number).into(),
            Scalar::Float(number) => (*number).into(),
            Scalar::Text => text.as_str().into(),
        },
    }
}

fn wrong_diagnostics(case: &Node, compiled: &Compiled) -> Vec<String> {
    let expected = case.get("diagnostics").map(Node::elements).unwrap_or_default();
    let expected: Vec<&str> = expected.iter().filter_map(Node::scalar_text).collect();
    let told = compiled.sink.sorted();
    if told.iter().map(|diagnostic| diagnostic.code.0).eq(expected.iter().copied()) {
        return Vec::new();
    }
    let told = told.iter().map(|diagnostic| format!("{} {}", diagnostic.code, diagnostic.message));
    vec![format!("expected the diagnostics [{}], found [{}]", expected.join(", "), told.collect::<Vec<_>>().join("; "))]
}

/// The model of the component under test as a tree: what cases can ask for.
fn actual(compiled: &Compiled) -> Tree {
    let component = compiled.model.as_ref().and_then(|model| model.components.get(COMPONENT));
    component.map_or(Tree::Null, super::describe::component)
}

fn mismatch(actual: &Tree, path: &str, expected: &Node) -> Option<String> {
    let found = lookup(actual, path);
    if expected.scalar_text() == Some("absent") {
        let empty = found.is_none_or(|found| *found == Tree::Null || found.is_empty_collection());
        return (!empty).then(|| format!("`{path}` is {}, expected nothing", shown(found)));
    }
    let expected = Tree::from_json(&json(expected));
    let same = found.is_some_and(|found| found.to_public_json() == expected.to_public_json());
    let shown_text = |tree: &Tree| tree.to_public_json().to_string();
    (!same).then(|| format!("`{path}` is {}, expected {}", shown(found), shown_text(&expected)))
}

fn shown(tree: Option<&Tree>) -> String {
    tree.map_or_else(|| "absent".into(), |tree| tree.to_public_json().to_string())
}

/// The value at a path of keys and numbers, with ` / ` between them.
fn lookup<'t>(tree: &'t Tree, path: &str) -> Option<&'t Tree> {
    path.split(" / ").try_fold(tree, |tree, step| match tree {
        Tree::List(items) => items.get(step.parse::<usize>().ok()?),
        tree => tree.get(step),
    })
}
