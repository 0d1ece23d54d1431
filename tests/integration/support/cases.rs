//! What the suites render: every environment of the repository and every case of every module, for every kind of target.

use driftless::compile::{self, Compiled};
use driftless::diag::{self, Sink};
use driftless::model::{ApplyMode, Instance, Model, Tree};
use driftless::render::{Rendered, Templates, targets};
use std::path::{Path, PathBuf};

/// One model and what it comes from.
pub struct Case {
    /// `environments/shop` or `redis/cluster`.
    pub name: String,
    /// The model.
    pub model: Model,
}

/// A case on one instance, rendered.
pub struct RenderedCase {
    /// `redis/cluster on terraform (docker)`.
    pub name: String,
    /// The name as one of a folder.
    pub folder: String,
    /// The model.
    pub model: Model,
    /// The instance.
    pub instance: Instance,
    /// What it was rendered to.
    pub rendered: Rendered,
}

/// A kind of target and settings that its instance has.
pub type Variant = (&'static str, &'static [(&'static str, &'static str)]);

/// Every kind of target, with what makes a difference to what is rendered.
pub const VARIANTS: &[Variant] = &[
    ("compose", &[]),
    ("helm", &[("namespace", "shop")]),
    ("terraform", &[("platform", "docker")]),
    ("terraform", &[("platform", "kubernetes"), ("namespace", "shop")]),
    ("ansible", &[]),
    ("ansible", &[("runtime", "container")]),
];

/// The built-in templates.
pub struct BuiltIn;

impl Templates for BuiltIn {
    fn get(&self, _: &str) -> Option<&str> {
        None
    }
}

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The model of an environment, which must be without errors.
#[track_caller]
pub fn model_of(compiled: Compiled, name: &str) -> Model {
    let report = diag::human(&compiled.sink, &compiled.sources, false);
    compiled.model.unwrap_or_else(|| panic!("{name} is no environment:\n{report}"))
}

/// The model of one environment file in the repository's root.
#[track_caller]
pub fn model(text: &str) -> Model {
    model_of(compile::from_texts(&[("environments/case.yaml", text)], "case"), "the case")
}

/// The texts below a folder of the repository, by path from `base`.
pub fn texts_below(base: &str, folder: &str, texts: &mut Vec<(String, String)>) {
    let base_path = root().join(base);
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(base_path.join(folder)).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.strip_prefix(&base_path).unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            texts_below(base, &name, texts);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            texts.push((name, text.replace("{{ project }}", "shop")));
        }
    }
}

/// The environments of the repository, and of the projects that it can begin.
pub fn environments() -> Vec<Case> {
    ["", "templates/demo", "templates/init"].into_iter().flat_map(environments_of).collect()
}

/// The environments of a project in a folder of the repository.
fn environments_of(folder: &str) -> Vec<Case> {
    let mut texts = Vec::new();
    for below in ["environments", "modules"] {
        texts_below(folder, below, &mut texts);
    }
    let project = std::fs::read_to_string(root().join(folder).join("driftless.yaml")).unwrap();
    texts.push(("driftless.yaml".into(), project.replace("{{ project }}", "shop")));
    let borrowed: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let stem = |path: &str| Some(path.strip_prefix("environments/")?.strip_suffix(".yaml")?.to_owned());
    let names = texts.iter().filter(|(_, text)| !text.contains("\nkind: Base\n")).filter_map(|(path, _)| stem(path));
    let prefix = if folder.is_empty() { String::new() } else { folder.replace('/', "-") + "-" };
    let case = |name: String| Case {
        model: model_of(compile::from_texts(&borrowed, &name), &name),
        name: format!("environments/{prefix}{name}"),
    };
    let cases: Vec<_> = names.map(case).collect();
    assert!(!cases.is_empty(), "{folder} has no environment");
    cases
}

/// The environments of the suites themselves, which use what modules offer together.
fn own() -> Vec<Case> {
    let mut texts = Vec::new();
    texts_below("", "tests/integration/environments", &mut texts);
    let case = |(path, text): &(String, String)| {
        let name = path.rsplit('/').next().and_then(|name| name.strip_suffix(".yaml")).unwrap_or(path);
        let at = format!("environments/{name}.yaml");
        Case { model: model_of(compile::from_texts(&[(&at, text)], name), name), name: format!("own/{name}") }
    };
    texts.iter().map(case).collect()
}

/// All cases: the environments, and those of the modules.
pub fn all() -> Vec<Case> {
    let mut cases = environments();
    cases.extend(own());
    cases.extend(super::modules::cases());
    assert!(cases.len() > 3, "there are hardly any cases");
    cases
}

/// The same model with every component on one instance of a kind.
pub fn on(model: &Model, variant: Variant) -> (Model, Instance) {
    let (kind, settings) = variant;
    let mut model = model.clone();
    let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), Tree::text(*value))).collect();
    let instance = Instance {
        name: kind.into(),
        kind: kind.into(),
        apply: ApplyMode { name: "git".into(), observe_live: false },
        settings: Tree::Map(settings),
        span: model.environment.git.span,
    };
    model.instances.clear();
    model.instances.insert(kind.into(), instance.clone());
    for component in model.components.values_mut() {
        component.instance = kind.into();
    }
    (model, instance)
}

/// Renders a model for a variant; what is wrong with it is returned too.
pub fn render(model: &Model, variant: Variant) -> (RenderedCase, Sink) {
    let (model, instance) = on(model, variant);
    let mut sink = Sink::default();
    let target = targets().iter().copied().find(|target| target.kind() == variant.0).expect("every kind has a target");
    let rendered = target.render(&model, &instance, &BuiltIn, &mut sink);
    let about: Vec<_> = variant.1.iter().map(|(_, value)| *value).collect();
    let name = format!("{} ({})", variant.0, about.join(", "));
    let case = RenderedCase { folder: name.replace([' ', '(', ')', ','], "-"), name, model, instance, rendered };
    (case, sink)
}

/// Every case on every variant of a kind that can render it; one that cannot must say so with an error of its own, never silently.
pub fn rendered(kind: &str) -> Vec<RenderedCase> {
    let mut rendered = Vec::new();
    for case in all() {
        for variant in VARIANTS.iter().filter(|(variant, _)| *variant == kind) {
            let (one, sink) = render(&case.model, *variant);
            let errors: Vec<_> =
                sink.iter().map(|diagnostic| format!("{} {}", diagnostic.code, diagnostic.message)).collect();
            assert!(!sink.has_errors(), "{} on {}: {}", case.name, one.name, errors.join("\n"));
            let name = format!("{} on {}", case.name, one.name);
            let folder = format!("{}-{}", case.name.replace('/', "-"), one.folder.trim_end_matches('-'));
            rendered.push(RenderedCase { name, folder, ..one });
        }
    }
    rendered
}

impl RenderedCase {
    /// Writes the files into a folder.
    pub fn write(&self, folder: &Path) {
        for (path, artifact) in &self.rendered.files.files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &artifact.content).unwrap();
        }
    }
}
