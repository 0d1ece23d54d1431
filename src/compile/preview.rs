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
        let help = "say below `preview:` where they go: `preview: {target: compose}`";
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
