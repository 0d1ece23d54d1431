//! The place in Git, by oracle: what is reported as the source of a field is edited in the text itself, all is loaded, compiled and rendered
//! from scratch, and the field must have changed. Nothing here says what the source ought to be.
//!
//! Every field of every resource, files and native ones alike: of every environment, on the targets that it names, and of every case of a
//! module, on every variant of the targets. Leaves of the library, which nobody can edit and no report names as a source, are left out of
//! the search there; the last test has a module in the repository, and its leaves too.

use crate::support::cases::{BuiltIn, VARIANTS, Variant, root, texts_below};
use crate::support::modules;
use driftless::backend::git::parse_body;
use driftless::compile::leaf::{self, Leaf};
use driftless::compile::{Change, Edit, Loaded, from_texts, load_texts};
use driftless::diag::{Sink, SourceMap, Span};
use driftless::drift::provenance::{self, Changed, Content, Depth, Perturbable, Rendering, fields};
use driftless::model::{Address, FieldPath, Model, Resource, Segment};
use driftless::ops::Places;
use driftless::plan::{Question, Source, lines};
use driftless::render::{Rendered, target};
use driftless::spec::{self, Node, NodeKind};
use std::collections::{BTreeMap, BTreeSet};

/// The files of an environment.
#[derive(Clone)]
struct Example {
    name: String,
    environment: String,
    texts: BTreeMap<String, String>,
}

/// What stands for a rendered instance: a resource for each file, and the native ones.
fn resources(instance: &str, rendered: &Rendered) -> Vec<Resource> {
    let file = |(path, artifact): (&String, &driftless::render::Artifact)| {
        let address = Address::new("git", None, std::iter::once(instance).chain(path.split('/')));
        let body = parse_body(path, &artifact.content);
        Resource { text: Some(artifact.content.clone()), ..Resource::new(address, artifact.component.clone(), body) }
    };
    rendered.files.files.iter().map(file).chain(rendered.resources.iter().cloned()).collect()
}

impl Example {
    fn texts(&self) -> Vec<(&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect()
    }

    fn load(&self) -> Loaded {
        load_texts(&self.texts(), &self.environment)
    }

    /// All of it from scratch; none where there is no model any more.
    fn rendering(&self) -> Option<Rendering> {
        let model = from_texts(&self.texts(), &self.environment).model?;
        Some(rendering(&model))
    }

    /// This environment below another layer, which says something more; none where there is no model any more.
    fn below(&self, path: &str, top: &serde_json::Value) -> Option<Rendering> {
        let text = &self.texts[path];
        let base = text.replacen("kind: Environment", "kind: Base", 1);
        let base = base.replacen(r#""kind":"Environment""#, r#""kind":"Base""#, 1);
        let base = if base.contains("Base") || !base.starts_with('{') {
            base
        } else {
            format!("{{\"kind\":\"Base\",{}", &base[1..])
        };
        let name = format!("under/{}.yaml", self.environment);
        let mut top = top.clone();
        top["extends"] = serde_json::json!([name]);
        let mut layered = self.with(path, top.to_string());
        // What it extends lies beside it.
        for (other, text) in self.texts.iter().filter(|(other, _)| *other != path) {
            if let Some(rest) = other.strip_prefix("environments/") {
                layered.texts.insert(format!("environments/under/{rest}"), text.clone());
            }
        }
        layered.with(&format!("environments/{name}"), base).rendering()
    }

    /// Rendered without what refers to a component, and without the component as well: what differs is the component's own.
    fn without_component(&self, loaded: &Loaded, component: &str) -> (Rendering, Rendering) {
        let mut gone = BTreeSet::from([component.to_owned()]);
        let mut others: Vec<(String, String)> = Vec::new();
        for layer in &loaded.layers {
            let components = layer.node.get("components").map(Node::entries).unwrap_or_default();
            others.extend(
                components.iter().map(|one| (one.key.clone(), loaded.sources.slice(one.value.span).to_owned())),
            );
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
        loop {
            let names = |text: &str| text.split(|c| !is_word(c)).any(|word| gone.contains(word));
            let Some((name, _)) = others.iter().find(|(name, text)| !gone.contains(name) && names(text)) else { break };
            gone.insert(name.clone());
        }
        let none_of = |names: Vec<&String>| {
            let nulls: serde_json::Map<_, _> =
                names.into_iter().map(|name| (name.clone(), serde_json::Value::Null)).collect();
            let rendered = self.below(&loaded.path, &top(nulls));
            rendered.unwrap_or_else(|| panic!("{}: nothing compiles without {component}", self.name))
        };
        (none_of(gone.iter().filter(|name| *name != component).collect()), none_of(gone.iter().collect()))
    }

    /// Rendered with a target that is of another kind and has no settings.
    fn on_another_kind(&self, loaded: &Loaded, name: &str) -> Rendering {
        let kinds = ["compose", "helm"].map(|kind| {
            let settings = loaded.layers.iter().filter_map(|layer| layer.node.get("targets")?.get(name));
            let mut entry: serde_json::Map<_, _> = settings
                .flat_map(Node::entries)
                .map(|setting| (setting.key.clone(), serde_json::Value::Null))
                .collect();
            entry.insert("kind".into(), kind.into());
            let mut top = top(serde_json::Map::new());
            top["targets"] = serde_json::json!({ name: entry });
            self.below(&loaded.path, &top)
        });
        let own = |rendered: &Rendering| rendered == &self.rendering().unwrap();
        let other = kinds.into_iter().flatten().find(|rendered| !own(rendered));
        other.unwrap_or_else(|| panic!("{}: the kind of {name} changes nothing", self.name))
    }

    fn with(&self, path: &str, text: String) -> Self {
        let mut edited = self.clone();
        edited.texts.insert(path.to_owned(), text);
        edited
    }
}

fn rendering(model: &Model) -> Rendering {
    let used = |name: &str| model.components.values().any(|component| component.instance == name);
    let mut all = Rendering::new();
    for instance in model.instances.values().filter(|instance| used(&instance.name)) {
        let rendered = target(&instance.kind).unwrap().render(model, instance, &BuiltIn, &mut Sink::default());
        all.extend(resources(&instance.name, &rendered).into_iter().map(|one| (one.address, (one.body, one.text))));
    }
    all
}

/// Whether a field is not what it was.
fn has_moved(question: &Question, before: &Rendering, after: &Rendering) -> bool {
    let before = &before[&question.address];
    let Some(after) = after.get(&question.address) else { return true };
    match question.path.0.last() {
        Some(Segment::Lines(line, _)) => {
            let text = |content: &Content| content.1.clone().unwrap_or_default();
            lines::moved(&text(before), &text(after)).contains(line)
        }
        _ => question.path.lookup(&before.0) != question.path.lookup(&after.0),
    }
}

/// The search, without the leaves that nobody can edit.
struct Editable<'a>(Places<'a>);

impl Perturbable for Editable<'_> {
    type Edit = Edit;

    fn leaves(&self) -> Vec<provenance::Leaf> {
        self.0.leaves()
    }

    fn idle(&self, asked: &[&Question]) -> BTreeSet<usize> {
        let hidden = self.0.leaves().into_iter().enumerate().filter(|(_, leaf)| !leaf.in_repository);
        self.0.idle(asked).into_iter().chain(hidden.map(|(at, _)| at)).collect()
    }

    fn edits(&self, leaf: usize) -> Vec<Edit> {
        self.0.edits(leaf)
    }

    fn base(&self) -> Option<&Rendering> {
        self.0.base()
    }

    fn render(&self, edit: &Edit) -> Option<Changed> {
        self.0.render(edit)
    }

    fn owner(&self, address: &Address) -> Option<Source> {
        self.0.owner(address)
    }
}

/// A text with one leaf edited; none where that cannot be written.
fn edited(sources: &SourceMap, edit: &Edit) -> Option<String> {
    let text = sources.text(edit.leaf.file);
    let span = edit.leaf.start as usize..edit.leaf.end as usize;
    let is_yaml = !sources.path(edit.leaf.file).ends_with(".j2");
    let (range, new) = match &edit.change {
        Change::Replace(new) if is_yaml && text[span.clone()].starts_with('"') => {
            (span, serde_json::to_string(new).unwrap())
        }
        Change::Replace(new) if is_yaml && text[span.clone()].starts_with('\'') => {
            (span, format!("'{}'", new.replace('\'', "''")))
        }
        Change::Replace(new) => (span, new.clone()),
        Change::Remove if is_yaml => {
            let node = spec::parse(edit.leaf.file, sources, &mut Sink::default())?;
            (removal(text, entry_of(&node, edit.leaf)?, span.end)?, String::new())
        }
        Change::Remove => (span, String::new()),
    };
    Some(format!("{}{new}{}", &text[..range.start], &text[range.end..]))
}

/// Where the entry or element starts that a leaf is.
fn entry_of(node: &Node, leaf: Span) -> Option<usize> {
    match &node.kind {
        NodeKind::Scalar { .. } => None,
        NodeKind::List(items) => items
            .iter()
            .find_map(|item| if item.span == leaf { Some(leaf.start as usize) } else { entry_of(item, leaf) }),
        NodeKind::Map(entries) => entries.iter().find_map(|entry| {
            if entry.value.span == leaf { Some(entry.key_span.start as usize) } else { entry_of(&entry.value, leaf) }
        }),
    }
}

fn removal(text: &str, start: usize, end: usize) -> Option<std::ops::Range<usize>> {
    let rest = text[end..].trim_start_matches(' ');
    let after = text.len() - rest.len();
    if rest.starts_with(',') {
        return Some(start..after + 1);
    }
    if rest.starts_with(['}', ']']) {
        let before = text[..start].trim_end();
        return Some(before.strip_suffix(',').map_or(start, str::len)..end);
    }
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let lead = text[line..start].trim();
    let is_alone = lead.is_empty() || lead == "-" && !text[start..end].contains(": ");
    is_alone.then(|| line..text[end..].find('\n').map_or(text.len(), |at| end + at + 1))
}

/// The keys to a leaf of an environment file; none where a list is on the way.
fn keys_to(node: &Node, leaf: Span) -> Option<Vec<String>> {
    if node.span == leaf && matches!(node.kind, NodeKind::Scalar { .. }) {
        return Some(Vec::new());
    }
    let NodeKind::Map(entries) = &node.kind else { return None };
    entries.iter().find_map(|entry| {
        let below = keys_to(&entry.value, leaf)?;
        Some(std::iter::once(entry.key.clone()).chain(below).collect())
    })
}

/// How many fields an example has, and how many of them come from a leaf.
#[derive(Default, Debug)]
struct Count {
    fields: usize,
    from_leaves: usize,
    runners_up: usize,
    /// Fields that nothing but a whole component, or a whole target, moves.
    from_modules: usize,
    from_targets: usize,
}

/// Holds the answers for an example's fields against the texts.
fn hold(example: &Example, chosen: impl Fn(&Address, &FieldPath) -> bool, with_library: bool, count: &mut Count) {
    let loaded = example.load();
    let Some(base) = example.rendering() else { panic!("{}: {:?}", example.name, loaded.sink.sorted()) };
    let desired = |instance: &str, rendered: &Rendered| Some(resources(instance, rendered));
    let places = Places::of(&loaded, &BuiltIn, Box::new(desired));
    assert_eq!(places.base(), Some(&base), "{}: what is perturbed is what is rendered", example.name);
    let mut questions = Vec::new();
    for (address, (body, text)) in &base {
        let all = fields(body, text.as_deref()).into_iter().filter(|(path, _)| chosen(address, path));
        questions.extend(all.map(|(path, _)| Question::new(address.clone(), path)));
    }
    let located = if with_library {
        provenance::locate(&places, &questions, Depth::Source)
    } else {
        provenance::locate(&Editable(places), &questions, Depth::Source)
    };
    let leaves: BTreeMap<(String, u32, u32), Leaf> = leaf::leaves(&loaded)
        .into_iter()
        .map(|leaf| {
            let place = loaded.sources.place(leaf.span);
            ((place.file, place.line, place.column), leaf)
        })
        .collect();
    let mut by_leaf: BTreeMap<(String, u32, u32), Vec<&Question>> = BTreeMap::new();
    for question in questions.iter().filter(|question| !question.path.0.is_empty()) {
        let answer = located[&question.key()].source.as_ref();
        let source =
            answer.unwrap_or_else(|| panic!("{}: {} {} has no source", example.name, question.address, question.path));
        assert!(
            example.texts.contains_key(&source.file),
            "{}: {} is no file of the repository",
            example.name,
            source.file
        );
        by_leaf.entry((source.file.clone(), source.line, source.column)).or_default().push(question);
    }
    count.fields += questions.len();
    for (place, asked) in by_leaf {
        let mut still: Vec<&Question> = asked.clone();
        let Some(leaf) = leaves.get(&place) else {
            let target = target_at(&loaded, &place);
            let target = target.unwrap_or_else(|| panic!("{}: {place:?} is neither a leaf nor a target", example.name));
            count.from_targets += asked.len();
            let after = example.on_another_kind(&loaded, target);
            still.retain(|question| !has_moved(question, &base, &after));
            assert_none(example, &place, &still);
            continue;
        };
        count.from_leaves += asked.len();
        for edit in leaf::edits(&loaded, leaf) {
            let Some(text) = edited(&loaded.sources, &edit).filter(|_| !still.is_empty()) else { continue };
            if let Some(after) = example.with(&place.0, text).rendering() {
                still.retain(|question| !has_moved(question, &base, &after));
            }
        }
        if let (Some(component), false) = (component_of_module(&loaded, leaf.span), still.is_empty()) {
            // No other module takes the same inputs. What is the module's own is not there without the component.
            count.from_modules += still.len();
            let (before, after) = example.without_component(&loaded, &component);
            still.retain(|question| !before.contains_key(&question.address) || !has_moved(question, &before, &after));
        }
        assert_none(example, &place, &still);
        overridden(example, &loaded, leaf, &base, count);
    }
}

/// A layer that says something of components, and nothing else.
fn top(components: serde_json::Map<String, serde_json::Value>) -> serde_json::Value {
    serde_json::json!({"apiVersion": "driftless/v1", "kind": "Environment", "components": components})
}

#[track_caller]
fn assert_none(example: &Example, place: &(String, u32, u32), still: &[&Question]) {
    let left: Vec<_> = still.iter().map(|one| format!("{} {}", one.address, one.path)).collect();
    assert!(left.is_empty(), "{}: {place:?} does not move {}", example.name, left.join("\n"));
}

/// The component whose `module:` a leaf is.
fn component_of_module(loaded: &Loaded, leaf: Span) -> Option<String> {
    let keys =
        loaded.layers.iter().filter(|layer| layer.file == leaf.file).find_map(|layer| keys_to(&layer.node, leaf));
    match keys.as_deref() {
        Some([components, name, module]) if components == "components" && module == "module" => Some(name.clone()),
        _ => None,
    }
}

/// The target whose entry stands at a place.
fn target_at<'l>(loaded: &'l Loaded, place: &(String, u32, u32)) -> Option<&'l str> {
    let targets = loaded.layers.iter().filter_map(|layer| layer.node.get("targets"));
    let is_there = |span: Span| {
        let found = loaded.sources.place(span);
        (&found.file, found.line, found.column) == (&place.0, place.1, place.2)
    };
    // Where nothing says the target there is one all the same, and the file stands for it.
    if targets.clone().next().is_none() && loaded.layers.iter().any(|layer| is_there(layer.node.span)) {
        return Some("compose");
    }
    targets.flat_map(Node::entries).find(|entry| is_there(entry.value.span)).map(|entry| entry.key.as_str())
}

/// What an earlier layer says of the same key moves nothing.
fn overridden(example: &Example, loaded: &Loaded, leaf: &Leaf, base: &Rendering, count: &mut Count) {
    let Some(own) = loaded.layers.last().filter(|layer| layer.file == leaf.span.file) else { return };
    let Some(keys) = keys_to(&own.node, leaf.span) else { return };
    let (path, text) = (&loaded.path, loaded.sources.text(own.file));
    for below in loaded.layers.iter().rev().skip(1) {
        let found = keys.iter().try_fold(&below.node, |node, key| node.get(key));
        let Some(runner_up) = found.filter(|node| matches!(node.kind, NodeKind::Scalar { .. })) else { continue };
        let covered = leaf::leaves(loaded).into_iter().find(|leaf| leaf.span == runner_up.span).unwrap();
        let edit = leaf::edits(loaded, &covered).into_iter().next().unwrap();
        let text = edited(&loaded.sources, &edit).unwrap();
        let after = example.with(loaded.sources.path(below.file), text).rendering();
        assert!(after.as_ref() == Some(base), "{}: {keys:?} of a layer below moves something", example.name);
        count.runners_up += 1;
        return;
    }
    if text.contains("extends") || keys.first().is_none_or(|key| !matches!(key.as_str(), "components" | "variables")) {
        return;
    }
    // Nothing below says it: a layer is put there that says all the same but for this leaf, so that even the order of keys is kept.
    let Some(edit) = leaf::edits(loaded, leaf).into_iter().find(|edit| edit.change != Change::Remove) else { return };
    let under = edited(&loaded.sources, &edit).unwrap();
    let under =
        under.replacen("kind: Environment", "kind: Base", 1).replacen(r#""kind":"Environment""#, r#""kind":"Base""#, 1);
    assert!(under.contains("Base"), "{}: {under}", example.name);
    // A file that says its name is called like that.
    let name = format!("under/{}.yaml", example.environment);
    let text = match text.strip_prefix('{') {
        Some(rest) => format!("{{\"extends\": [\"{name}\"], {rest}"),
        None => format!("{text}extends: [{name}]\n"),
    };
    let layered = example.with(&format!("environments/{name}"), under).with(path, text);
    let compiled = from_texts(&layered.texts(), &layered.environment);
    assert!(compiled.model.is_some(), "{}: {:?}", example.name, compiled.sink.sorted());
    assert!(layered.rendering().as_ref() == Some(base), "{}: {keys:?} of a layer below moves something", example.name);
    count.runners_up += 1;
}

/// The repository's environments and those of the suites.
fn environments() -> Vec<Example> {
    let mut examples = Vec::new();
    for folder in ["", "templates/demo/", "tests/integration/"] {
        let mut found = Vec::new();
        texts_below("", &format!("{folder}environments"), &mut found);
        let project = std::fs::read_to_string(root().join(format!("{folder}driftless.yaml")));
        let project = project.or_else(|_| std::fs::read_to_string(root().join("driftless.yaml"))).unwrap();
        let mut texts: BTreeMap<String, String> =
            found.into_iter().map(|(path, text)| (path[folder.len()..].to_owned(), text)).collect();
        texts.insert("driftless.yaml".into(), project);
        for (path, text) in &texts {
            let name = path.strip_prefix("environments/").and_then(|path| path.strip_suffix(".yaml"));
            if let Some(name) = name.filter(|_| !text.contains("kind: Base")) {
                examples.push(Example { name: path.clone(), environment: name.to_owned(), texts: texts.clone() });
            }
        }
    }
    examples
}

/// The cases of modules on one variant of the targets.
fn module_cases((kind, settings): Variant) -> Vec<Example> {
    let settings: serde_json::Map<_, _> =
        settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    let target = serde_json::json!({"target": kind, "targets": {kind: settings}}).to_string();
    let head = target.strip_suffix('}').unwrap();
    let project = "apiVersion: driftless/v1\nkind: Project\nname: case\n";
    let example = |(name, text): (String, String)| {
        let text = format!("{head}, {}", &text[1..]);
        let texts = [("environments/case.yaml".to_owned(), text), ("driftless.yaml".to_owned(), project.to_owned())];
        Example { name: format!("{name} on {kind}"), environment: "case".into(), texts: texts.into() }
    };
    let all: Vec<_> =
        modules::environments_of_cases().into_iter().map(example).filter(|one| one.rendering().is_some()).collect();
    assert!(all.len() > 5, "there are hardly any cases");
    all
}

/// Holds all cases of modules on the variants of one kind of target.
fn hold_cases(kind: &str) {
    let mut count = Count::default();
    for variant in VARIANTS.iter().filter(|variant| variant.0 == kind) {
        for example in module_cases(*variant) {
            hold(&example, |_, _| true, false, &mut count);
        }
    }
    assert!(count.from_leaves * 5 > count.fields && count.runners_up > 20, "{count:?}");
}

#[test]
fn a_source_moves_its_field_in_every_environment() {
    let mut count = Count::default();
    for example in environments() {
        hold(&example, |_, _| true, false, &mut count);
    }
    assert!(count.from_leaves * 4 > count.fields && count.runners_up > 20, "{count:?}");
}

#[test]
fn a_source_moves_its_field_in_every_case_on_compose() {
    hold_cases("compose");
}

#[test]
fn a_source_moves_its_field_in_every_case_on_helm() {
    hold_cases("helm");
}

#[test]
fn a_source_moves_its_field_in_every_case_on_terraform() {
    hold_cases("terraform");
}

#[test]
fn a_source_moves_its_field_in_every_case_on_ansible() {
    hold_cases("ansible");
}

#[test]
fn a_module_of_the_repository_is_a_source_too() {
    let mut texts = Vec::new();
    texts_below("", "modules/service", &mut texts);
    let environment = "apiVersion: driftless/v1\nkind: Environment\ncomponents:\n  api: {module: service, with: {image: \"api:1\", ports: {http: {port: 80}}}}\n";
    texts.push(("environments/own.yaml".into(), environment.into()));
    texts.push(("driftless.yaml".into(), "apiVersion: driftless/v1\nkind: Project\nname: own\n".into()));
    let example = Example { name: "own".into(), environment: "own".into(), texts: texts.into_iter().collect() };
    let mut count = Count::default();
    hold(&example, |_, _| true, true, &mut count);
    assert!(count.from_leaves > 5, "{count:?}");
}
