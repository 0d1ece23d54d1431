//! Every value of every valid file, replaced by one of another type: the error stands at exactly that value.
//!
//! Which values have a type is read from the shapes themselves; what takes anything (patch bodies, free settings) is left out by them.

use crate::support::cases::root;
use crate::support::modules::environments_of_cases;
use driftless::compile::{Compiled, Files, MemoryFiles, compile, library, load};
use driftless::diag::{Sink, SourceMap, code};
use driftless::spec::module::{self, ModuleFile};
use driftless::spec::shape::{Key, Object, Type};
use driftless::spec::{self, Node, NodeKind, environment, project};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use std::fs;
use std::ops::Range;
use std::path::Path;

/// A value and what cannot stand in its place.
struct Leaf {
    range: Range<usize>,
    wrong: &'static str,
}

/// What `with` of a module takes.
type Inputs<'a> = &'a dyn Fn(&str) -> Option<Type>;

/// All scalars below a node that have a type.
fn leaves(ty: &Type, name: &str, node: &Node, inputs: Inputs<'_>, found: &mut Vec<Leaf>) {
    match ty {
        Type::Any => {}
        Type::Map { values, .. } => {
            node.entries().iter().for_each(|entry| leaves(values, &entry.key, &entry.value, inputs, found));
        }
        Type::List { elements, .. } => {
            node.elements().iter().for_each(|element| leaves(elements, name, element, inputs, found));
        }
        Type::OneOrMany(ty) if matches!(node.kind, NodeKind::List(_)) => {
            node.elements().iter().for_each(|element| leaves(ty, name, element, inputs, found));
        }
        Type::OneOrMany(_) => push(node, "{wrong: type}", found),
        Type::Object(object) => fields(object, node, inputs, found),
        Type::Tagged { key, variants } => {
            let word = node.get(key).and_then(Node::scalar_text).unwrap_or(name);
            if let Some((_, object)) = variants.iter().find(|(variant, _)| *variant == word) {
                fields(object, node, inputs, found);
            }
        }
        _ => push(node, "[{wrong: type}]", found),
    }
}

fn push(node: &Node, wrong: &'static str, found: &mut Vec<Leaf>) {
    if node.scalar_text().is_some() {
        found.push(Leaf { range: node.span.start as usize..node.span.end as usize, wrong });
    }
}

fn fields(object: &Object, node: &Node, inputs: Inputs<'_>, found: &mut Vec<Leaf>) {
    for entry in node.entries() {
        let with = (entry.key == "with").then(|| node.get("module").and_then(Node::scalar_text).and_then(inputs));
        let known = object.key(&entry.key).filter(|key| !key.later);
        if let Some(ty) = with.flatten().or_else(|| known.map(|Key { ty, .. }| ty.clone())) {
            leaves(&ty, &entry.key, &entry.value, inputs, found);
        }
    }
}

/// The values of the inputs that a module declares; `shape` is that of what would be given.
fn declared(node: &Node, shape: &Type, found: &mut Vec<Leaf>) {
    for entry in node.entries() {
        match (entry.key.as_str(), shape) {
            ("default", shape) => leaves(shape, "default", &entry.value, &|_| None, found),
            ("of", Type::Map { values: below, .. } | Type::List { elements: below, .. }) => {
                if entry.value.scalar_text().is_none() {
                    declared(&entry.value, below, found);
                }
            }
            ("fields", Type::Object(object)) => each_declared(&entry.value, object, found),
            (key, _) => {
                let ty = &module::input_shape().key(key).unwrap_or_else(|| panic!("{key}")).ty;
                leaves(ty, key, &entry.value, &|_| None, found);
            }
        }
    }
}

fn each_declared(node: &Node, object: &Object, found: &mut Vec<Leaf>) {
    for entry in node.entries() {
        declared(&entry.value, &object.key(&entry.key).unwrap().ty, found);
    }
}

/// A project in memory, one file of which is put to the test by compiling an environment.
struct Example {
    name: String,
    files: MemoryFiles,
    path: String,
    environment: String,
}

impl Example {
    fn text(&self) -> String {
        String::from_utf8(self.files.read(&self.path).unwrap()).unwrap()
    }

    fn compiled(&self, text: &str) -> Compiled {
        let mut files = self.files.clone();
        files.insert(self.path.clone(), text);
        compile(&load(&files, &library(), &self.environment), None)
    }

    fn leaves(&self) -> Vec<Leaf> {
        let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
        let file = sources.add(&self.path, &self.text());
        let node = spec::parse(file, &sources, &mut sink).unwrap();
        let mut found = Vec::new();
        if self.path.ends_with("module.yaml") {
            leaves(module::shape(), "", &node, &|_| None, &mut found);
            let module = ModuleFile::from_node(&node, None, &mut sink).unwrap();
            let Type::Object(object) = module.inputs_shape() else { panic!("{}", self.path) };
            each_declared(node.get("inputs").unwrap(), &object, &mut found);
        } else if self.path == "driftless.yaml" {
            leaves(project::shape(), "", &node, &|_| None, &mut found);
        } else {
            leaves(environment::shape(), "", &node, &|name| self.inputs(name), &mut found);
        }
        found
    }

    fn inputs(&self, module: &str) -> Option<Type> {
        let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
        let path = format!("modules/{module}/module.yaml");
        let bytes = self.files.read(&path).or_else(|_| library().read(&path)).ok()?;
        let file = sources.add(&path, std::str::from_utf8(&bytes).unwrap());
        Some(ModuleFile::read(file, None, &sources, &mut sink)?.inputs_shape())
    }

    /// What is said where a leaf is of another type, if it is not that, at exactly that place.
    fn missed(&self, text: &str, leaf: &Leaf) -> Option<String> {
        let end = if text[leaf.range.clone()].ends_with('\n') { "\n" } else { "" };
        let wrong = [&text[..leaf.range.start], leaf.wrong, end, &text[leaf.range.end..]].concat();
        let compiled = self.compiled(&wrong);
        let (start, end) = (leaf.range.start, leaf.range.start + leaf.wrong.len());
        let exact = compiled.sink.iter().any(|diagnostic| {
            let at = |span: driftless::diag::Span| {
                compiled.sources.path(span.file) == self.path
                    && (span.start as usize, span.end as usize) == (start, end)
            };
            // What stands in the place of a secret is taken for one, and told as such.
            let told = [code::WRONG_TYPE, code::LITERAL_SECRET].contains(&diagnostic.code);
            told && diagnostic.span.is_some_and(at)
        });
        if exact && compiled.model.is_none() {
            return None;
        }
        let told = driftless::diag::human(&compiled.sink, &compiled.sources, false);
        Some(format!("{}: {}\n{told}\n", self.name, &text[leaf.range.clone()]))
    }
}

fn add(files: &mut MemoryFiles, from: &Path, to: &str) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let path = format!("{to}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            add(files, &entry.path(), &format!("{path}/"));
        } else {
            files.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}

fn stems(files: &MemoryFiles) -> Vec<String> {
    let entries = files.list("environments").unwrap();
    entries.iter().filter_map(|entry| entry.name.strip_suffix(".yaml").map(ToOwned::to_owned)).collect()
}

/// A project of the repository: each of its environment files, and driftless.yaml.
fn project_examples(name: &str, files: &MemoryFiles, found: &mut Vec<Example>) {
    let environments = driftless::compile::environment_names(files).unwrap();
    for stem in stems(files) {
        let mut files = files.clone();
        // A base is told of by an environment that only extends it: what another replaces is of no interest.
        let is_base = !environments.contains(&stem);
        let environment = if is_base { "only".to_owned() } else { stem.clone() };
        if is_base {
            let text = format!("apiVersion: driftless/v1\nkind: Environment\nextends: {stem}.yaml\n");
            files.insert("environments/only.yaml", text);
        }
        let path = format!("environments/{stem}.yaml");
        found.push(Example { name: format!("{name}/{path}"), files, path, environment });
    }
    let (name, path, environment) =
        (format!("{name}/driftless.yaml"), "driftless.yaml".to_owned(), environments[0].clone());
    found.push(Example { name, files: files.clone(), path, environment });
}

fn examples() -> Vec<Example> {
    let mut found = Vec::new();
    let project_file = fs::read(root().join("driftless.yaml")).unwrap();
    for (name, folder) in
        [("repository", ""), ("demo", "templates/demo"), ("init", "templates/init"), ("own", "tests/integration")]
    {
        let mut files = MemoryFiles::default();
        files.insert("driftless.yaml", project_file.clone());
        add(&mut files, &root().join(folder).join("environments"), "environments/");
        project_examples(name, &files, &mut found);
    }
    for (name, text) in environments_of_cases() {
        let texts = [
            ("environments/case.yaml", text.as_str()),
            ("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: demo\n"),
        ];
        let (path, environment) = ("environments/case.yaml".into(), "case".into());
        found.push(Example { name, files: MemoryFiles::from_texts(texts), path, environment });
    }
    for module in ["job", "redis", "service"] {
        let mut files = MemoryFiles::default();
        files.insert("driftless.yaml", project_file.clone());
        add(&mut files, &root().join("modules"), "modules/");
        let text = format!(
            "apiVersion: driftless/v1\nkind: Environment\ncomponents: {{a: {{module: {module}, with: {{image: \"x:1\"}}}}}}\n"
        );
        files.insert("environments/x.yaml", text);
        let path = format!("modules/{module}/module.yaml");
        found.push(Example { name: path.clone(), files, path, environment: "x".into() });
    }
    found
}

#[test]
fn a_value_of_another_type_is_told_at_exactly_that_value() {
    let examples = examples();
    let judge = |example: &Example| {
        let (text, leaves) = (example.text(), example.leaves());
        let compiled = example.compiled(&text);
        assert!(
            compiled.model.is_some(),
            "{} is not valid:\n{}",
            example.name,
            driftless::diag::human(&compiled.sink, &compiled.sources, false)
        );
        let missed: Vec<_> = leaves.iter().filter_map(|leaf| example.missed(&text, leaf)).collect();
        (leaves.len(), missed)
    };
    let judged: Vec<(usize, Vec<String>)> = examples.par_iter().map(judge).collect();
    let missed: Vec<String> = judged.iter().flat_map(|(_, missed)| missed.clone()).collect();
    assert!(missed.is_empty(), "{} are not told:\n{}", missed.len(), missed.concat());
    let replaced: usize = judged.iter().map(|(replaced, _)| replaced).sum();
    assert!(replaced > 700, "only {replaced} values were replaced");
}
