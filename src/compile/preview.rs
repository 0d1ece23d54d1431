//! What makes an environment one of its previews: inputs of `preview.with`, one target for all components, names of its own, volumes that
//! go with it, ports that are in nobody's way.

use super::load::Loaded;
use super::patch::merge_keeping_nulls;
use super::scope::Scope;
use super::settings::resolved;
use crate::diag::{Diagnostic, Sink, Span, code};
use crate::model::{Component, Exposure, PreviewSettings, Retention};
use crate::spec::environment::EnvironmentFile;
use crate::spec::{Entry, Node, NodeKind, merge};
use indexmap::IndexMap;
use std::borrow::Cow;

/// Seconds after the last activity until a preview expires, where the file says nothing.
pub const DEFAULT_TTL_SECONDS: u32 = 72 * 60 * 60;
/// How many previews there may be of one environment, where the file says nothing.
pub const DEFAULT_MAX: u32 = 10;

/// Merges `preview.with` of all layers over the inputs of the components that there are. A null in it removes an input.
pub(super) fn with_inputs(merged: Node, layers: &[Cow<'_, Node>]) -> Node {
    let Some(inputs) = inputs(layers) else { return merged };
    let entry = |key: &str, value: Node| Entry { key: key.into(), key_span: value.span, value };
    let map = |entries: Vec<Entry>, span: Span| Node { kind: NodeKind::Map(entries), span };
    let there = |name: &str| merged.get("components").and_then(|all| all.get(name)).is_some();
    let components = inputs.entries().iter().filter(|input| there(&input.key)).map(|input| {
        let with = map(vec![entry("with", input.value.clone())], input.value.span);
        Entry { key: input.key.clone(), key_span: input.key_span, value: with }
    });
    let components = map(components.collect(), inputs.span);
    let over = map(vec![entry("components", components)], inputs.span);
    Node { span: merged.span, ..keeping_places(merge(merged.clone(), over), &merged) }
}

/// `preview.with`, merged over the layers, with its nulls.
fn inputs(layers: &[Cow<'_, Node>]) -> Option<Node> {
    let mut inputs: Option<Node> = None;
    for layer in layers {
        let Some(preview) = layer.get("preview") else { continue };
        match preview.get("with") {
            _ if preview.is_null() => inputs = None,
            Some(with) if with.is_null() => inputs = None,
            Some(with) => inputs = Some(merge_keeping_nulls(inputs, with, 1)),
            None => {}
        }
    }
    inputs
}

/// A merge gives a mapping the place of what is above; here components stand where they stood.
fn keeping_places(merged: Node, before: &Node) -> Node {
    let NodeKind::Map(entries) = merged.kind else { return merged };
    let restored = entries.into_iter().map(|entry| {
        let Some(known) = before.entries().iter().find(|known| known.key == entry.key) else { return entry };
        match (&entry.value.kind, &known.value.kind) {
            (NodeKind::Map(_), NodeKind::Map(_)) if entry.key != "with" => {
                let value = Node { span: known.value.span, ..keeping_places(entry.value, &known.value) };
                Entry { key_span: known.key_span, value, ..entry }
            }
            _ => entry,
        }
    });
    Node { kind: NodeKind::Map(restored.collect()), span: merged.span }
}

/// Sends every component to the target of previews. Reports where the file says nothing of previews.
pub(super) fn retarget(loaded: &Loaded, file: &mut EnvironmentFile, sink: &mut Sink) {
    let Some(preview) = &file.preview else {
        let place = loaded.layers.last().map(|layer| Span::start_of(layer.file));
        let message = format!("`{}` says nothing of previews", loaded.path);
        let help = "say below `preview:` where they go: `preview: {target: INSTANCE}`";
        return sink.push(Diagnostic::error(code::NO_PREVIEWS, place, message).help(help));
    };
    if let Some(target) = preview.target.clone() {
        for component in file.components.values_mut() {
            component.target = Some(target.clone());
        }
        file.target = Some(target);
    }
}

/// What the file says of previews, for the one that is compiled.
pub(super) fn settings(
    loaded: &Loaded,
    file: &EnvironmentFile,
    scope: &Scope<'_>,
    sink: &mut Sink,
) -> Option<PreviewSettings> {
    let (preview, entry) = loaded.preview.as_ref().zip(file.preview.as_ref())?;
    Some(PreviewSettings {
        preview: preview.clone(),
        url: entry.url.as_ref().map(|url| resolved(url, scope, sink)),
        ttl_seconds: entry.ttl_seconds.as_ref().map_or(DEFAULT_TTL_SECONDS, |ttl| ttl.value),
        max: entry.max.as_ref().map_or(DEFAULT_MAX, |max| max.value),
    })
}

/// What it has goes with it, and its ports on the machine are any that are free.
pub(super) fn settle(components: &mut IndexMap<String, Component>) {
    for component in components.values_mut() {
        component.protect = false;
        for workload in component.workloads.values_mut() {
            workload.volumes.values_mut().for_each(|volume| volume.retention = Retention::Delete);
            for port in workload.ports.values_mut() {
                if let Exposure::Node { port } = &mut port.exposure {
                    *port = None;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::{Compiled, MemoryFiles, ModuleCache, compile, library, load_preview};
    use crate::diag::human;
    use crate::model::{Model, Preview};
    use serde_json::json;

    const PROJECT: &str = "apiVersion: driftless/v1\nkind: Project\nname: shop\n";

    fn compiled(texts: &[(&str, &str)], branch: Option<&str>, sha: Option<&str>) -> Compiled {
        let mut files = MemoryFiles::from_texts(texts.iter().copied());
        files.insert("driftless.yaml", PROJECT);
        let (branch, sha) = (branch.map(str::to_owned), sha.map(str::to_owned));
        let preview = Preview { base: "dev".into(), number: 7, branch, sha };
        compile(&load_preview(&files, &library(), &ModuleCache::default(), &preview), None)
    }

    fn model(texts: &[(&str, &str)]) -> Model {
        let compiled = compiled(texts, Some("feat-a"), Some("1a2b3c4"));
        let told = human(&compiled.sink, &compiled.sources, false);
        compiled.model.unwrap_or_else(|| panic!("{told}"))
    }

    /// The code, the line and the message of all that is said.
    fn said(text: &str) -> Vec<String> {
        let compiled = compiled(&[("environments/dev.yaml", text)], None, None);
        let line = |one: &Diagnostic| one.span.map_or(0, |span| compiled.sources.place(span).line);
        compiled.sink.sorted().into_iter().map(|one| format!("{}:{} {}", one.code, line(one), one.message)).collect()
    }

    fn file(rest: &str) -> String {
        format!("apiVersion: driftless/v1\nkind: Environment\n{rest}")
    }

    #[test]
    fn a_preview_has_names_of_its_own_and_keeps_nothing() {
        let text = file(concat!(
            "target: live\n",
            "targets:\n",
            "  live: {kind: compose, apply: git, project: shop-dev}\n",
            "  other: {kind: compose, apply: git, project: shop-other, host: 'tcp://a:1'}\n",
            "git: {branch: deploy/dev}\n",
            "components:\n",
            "  cache: {module: redis, protect: true, with: {mode: standalone}}\n",
            "  api: {module: service, with: {image: 'a:1', ports: {http: {port: 80, expose: {node: 8080}}}}}\n",
            "preview: {target: other, ttl: 90s, max: 3, url: 'https://${preview.number}.${preview.branch}.x'}\n",
        ));
        let model = model(&[("environments/dev.yaml", &text)]);
        let environment = &model.environment;
        assert_eq!(
            (environment.name.as_str(), environment.git.branch.as_str(), environment.file.as_str()),
            ("dev-pr-7", "deploy/dev-pr-7", "environments/dev.yaml")
        );
        let settings = environment.preview.as_ref().unwrap();
        assert_eq!((settings.ttl_seconds, settings.max, settings.url.as_deref()), (90, 3, Some("https://7.feat-a.x")));
        assert!(model.components.values().all(|component| component.instance == "other" && !component.protect));
        let instances: Vec<_> =
            model.instances.values().map(|one| (one.name.as_str(), one.settings.to_public_json())).collect();
        assert_eq!(instances, [("other", json!({"project": "shop-other-pr-7", "host": "tcp://a:1"}))]);
        let volumes = model.components["cache"].workloads.values().flat_map(|workload| workload.volumes.values());
        assert_eq!(volumes.map(|volume| volume.retention).collect::<Vec<_>>(), [Retention::Delete]);
        let port = &model.components["api"].workloads["api"].ports["http"];
        assert_eq!(port.exposure, Exposure::Node { port: None });
    }

    #[test]
    fn inputs_of_previews_are_merged_layer_by_layer_and_null_removes() {
        let base = concat!(
            "apiVersion: driftless/v1\nkind: Base\n",
            "components:\n",
            "  api:\n",
            "    module: service\n",
            "    with: {image: 'a:1', replicas: 3, env: {A: a, B: b, C: c}}\n",
            "    patch: {compose: {'services.*': {restart: null}}}\n",
            "  worker: {module: service, with: {image: 'w:1', replicas: 2}}\n",
            "preview: {target: compose, with: {api: {replicas: 1, env: {A: null, B: null}}, worker: {replicas: 1}}}\n",
        );
        let text = file(
            "extends: base.yaml\npreview: {with: {api: {env: {B: b2}, image: 'a:${preview.sha}'}, worker: null}}\n",
        );
        let model = model(&[("environments/base.yaml", base), ("environments/dev.yaml", &text)]);
        let api = &model.components["api"].workloads["api"];
        let env: Vec<_> = api.containers[0].env.iter().map(|(name, value)| (name.as_str(), value.display())).collect();
        assert_eq!(env, [("B", "b2".to_owned()), ("C", "c".to_owned())]);
        assert_eq!((api.replicas, api.containers[0].image.display()), (1, "a:1a2b3c4".to_owned()));
        assert_eq!(model.components["worker"].workloads["worker"].replicas, 2);
        let patch = &model.components["api"].patches["compose"][0];
        assert_eq!(patch.merge.to_public_json(), json!({"restart": null}));
    }

    #[test]
    fn what_is_wrong_with_a_preview_is_said_where_it_stands() {
        let api = "components: {a: {module: service, with: {image: 'x:1'}}}\n";
        let cases = [
            (file(api), vec!["DL0216:1 `environments/dev.yaml` says nothing of previews"]),
            (
                file(&format!(
                    "{api}preview: {{with: {{a: {{image: 'x:${{preview.sha}}', env: {{B: '${{preview.branch}}'}}}}}}}}\n"
                )),
                vec![
                    "DL0217:4 the commit of `dev-pr-7` is not known",
                    "DL0217:4 the branch of `dev-pr-7` is not known",
                ],
            ),
            (
                file(&format!(
                    "variables: {{one: 'x-${{preview.branch}}', two: '${{var.one}}', number: '${{preview.number}}'}}\n\
                     targets: {{compose: {{project: '${{var.two}}', host: '${{var.number}}'}}}}\ngit: {{branch: '${{preview.sha}}'}}\n\
                     {api}preview: {{target: compose}}\n"
                )),
                vec![
                    "DL0217:3 the branch of `dev-pr-7` is not known",
                    "DL0218:4 `${var.two}` holds what whoever opens a pull request chooses, and it cannot say where something is applied to",
                    "DL0218:5 the commit of a preview is what whoever opens a pull request chooses, and it cannot say where something is applied to",
                ],
            ),
            (
                file(&format!("{api}preview: {{target: compose, with: {{a: {{image: 7, imagee: x}}}}}}\n")),
                vec![
                    "DL0103:4 `image` takes an image like `redis:7.4` or `ghcr.io/shop/api@sha256:...`, and this is a number",
                    "DL0102:4 `with` of the module `service` has no key `imagee`",
                ],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(said(&text), expected, "{text}");
        }
    }
}
