//! What concerns all of an environment: its name, where it goes, its secrets.

use super::edit::Edited;
use super::input::InputReader;
use super::load::Loaded;
use super::preview;
use super::scope::Scope;
use crate::diag::{Sink, Span};
use crate::model::{
    ApplyMode, Component, DriftSettings, Environment, GitSettings, IgnoreRule, Instance, Moved, SecretSource, Tree,
};
use crate::spec::Node;
use crate::spec::environment::{APPLY_AS_FILES, ComponentEntry, DEFAULT_TARGET, EnvironmentFile, IgnoreEntry, Spanned};
use indexmap::IndexMap;

/// The instance that a component goes to: its own, the environment's, the only one that is declared, or the default kind.
pub fn instance_name<'a>(file: &'a EnvironmentFile, entry: &'a ComponentEntry) -> &'a str {
    file.target_of(entry).map_or_else(|| default_instance(file), |target| target.value.as_str())
}

fn default_instance(file: &EnvironmentFile) -> &str {
    match (&file.target, file.targets.len()) {
        (Some(target), _) => &target.value,
        (None, 1) => file.targets.keys().next().map_or(DEFAULT_TARGET, String::as_str),
        (None, _) => DEFAULT_TARGET,
    }
}

/// What concerns all of the environment. None without a project.
pub fn environment(
    loaded: &Loaded,
    edited: &Edited<'_>,
    file: &EnvironmentFile,
    scope: &Scope<'_>,
    sink: &mut Sink,
) -> Option<Environment> {
    let project = edited.project.as_deref().or(loaded.project.as_ref().map(|layer| &layer.node))?;
    let project = project.get("name").and_then(Node::scalar_text)?.to_owned();
    let whole = loaded.layers.last().map_or(file.span, |layer| Span::start_of(layer.file));
    let places = scope.of_places();
    let mut text = |given: &Option<Spanned<String>>, default: &str| match given {
        Some(given) => resolved(given, &places, sink),
        None => default.to_owned(),
    };
    let branch = text(&file.git.branch, &format!("driftless/{}", loaded.environment));
    let git = GitSettings {
        repository: text(&file.git.repository, "."),
        branch: loaded.preview.as_ref().map_or_else(|| branch.clone(), |preview| preview.own_name(&branch)),
        path: text(&file.git.path, "."),
        span: file.git.span.unwrap_or(whole),
    };
    let labels = file.labels.iter().map(|(name, label)| (name.clone(), resolved(label, scope, sink))).collect();
    let moved = file.moved.iter();
    Some(Environment {
        name: loaded.environment.clone(),
        project,
        file: loaded.path.clone(),
        labels,
        moved: moved.map(|moved| Moved { from: moved.from.value.clone(), to: moved.to.value.clone() }).collect(),
        git,
        drift: DriftSettings { ignore: file.drift.ignore.iter().map(ignore_rule).collect() },
        max_deletions: file.policy.max_deletions.as_ref().map(|max| max.value),
        preview: preview::settings(loaded, file, scope, sink),
    })
}

/// Text with references to what is known.
pub(super) fn resolved(text: &Spanned<String>, scope: &Scope<'_>, sink: &mut Sink) -> String {
    use crate::spec::{NodeKind, Scalar, ScalarStyle};
    let kind = NodeKind::Scalar { text: text.value.clone(), style: ScalarStyle::Plain, scalar: Scalar::Text };
    let node = scope.substitute(&Node { kind, span: text.span }, sink);
    let refuse = |component: &str, output: &str, span: Span, sink: &mut Sink| {
        let message = format!("`${{{component}.{output}}}` cannot be used here");
        let help = "only variables and the environment's name are known here";
        sink.push(crate::diag::Diagnostic::error(crate::diag::code::NOT_KNOWN_YET, span, message).help(help));
        None
    };
    let value = scope.value(&node, &refuse, sink).unwrap_or_default();
    match value.as_literal() {
        Some(literal) => literal.to_owned(),
        None => {
            let message = format!("`{}` cannot be used here", value.display());
            sink.push(crate::diag::Diagnostic::error(crate::diag::code::NOT_KNOWN_YET, text.span, message));
            String::new()
        }
    }
}

fn ignore_rule(entry: &IgnoreEntry) -> IgnoreRule {
    let text = |of: &Option<Spanned<String>>| of.as_ref().map(|of| of.value.clone());
    IgnoreRule {
        address: entry.address.value.clone(),
        field: text(&entry.field),
        owner: text(&entry.owner),
        reason: entry.reason.value.clone(),
        expires: text(&entry.expires),
        span: entry.span,
    }
}

/// The instances that components use, and the default one.
pub fn instances(
    loaded: &Loaded,
    file: &EnvironmentFile,
    scope: &Scope<'_>,
    components: &IndexMap<String, Component>,
    sink: &mut Sink,
) -> IndexMap<String, Instance> {
    let used = components.values().map(|component| component.instance.as_str());
    let mut instances = IndexMap::new();
    let places = scope.of_places();
    for name in std::iter::once(default_instance(file)).chain(used) {
        if !instances.contains_key(name) {
            let instance = instance(file, &places, name, sink).map(|mut instance| {
                if let Some(preview) = &loaded.preview {
                    preview.own_settings(&mut instance.settings);
                }
                (name.to_owned(), instance)
            });
            instances.extend(instance);
        }
    }
    instances
}

/// One instance. None where its name means nothing, which has been reported.
fn instance(file: &EnvironmentFile, scope: &Scope<'_>, name: &str, sink: &mut Sink) -> Option<Instance> {
    let kind = file.kind_of(name)?.to_owned();
    let Some(entry) = file.targets.get(name) else {
        let apply = ApplyMode { name: APPLY_AS_FILES.into(), observe_live: false };
        let span = file.target.as_ref().map_or(file.span, |target| target.span);
        return Some(Instance { name: name.to_owned(), kind, apply, settings: Tree::map(), span });
    };
    let apply = entry.apply.as_ref().map_or(APPLY_AS_FILES, |apply| apply.value.as_str()).to_owned();
    let none = |_: &str, _: &str, _: Span, _: &mut Sink| None;
    let mut reader = InputReader { scope, outputs: &none, sink, failed: false };
    let mut settings = Tree::map();
    for setting in &entry.settings {
        let value = scope.substitute(&setting.value, reader.sink);
        settings.insert(setting.key.clone(), reader.tree(&value));
    }
    let apply = ApplyMode { name: apply, observe_live: entry.observe_live };
    Some(Instance { name: name.to_owned(), kind, apply, settings, span: entry.span })
}

/// Where each secret's value comes from.
pub fn secrets(file: &EnvironmentFile) -> IndexMap<String, SecretSource> {
    let sources = file.secrets.iter();
    sources
        .map(|(name, entry)| {
            let source = SecretSource { kind: entry.kind.clone(), argument: entry.argument.value.clone() };
            (name.clone(), source)
        })
        .collect()
}
