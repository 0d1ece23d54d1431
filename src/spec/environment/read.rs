//! Nodes to the typed file. What does not fit is left out; the check of the shape reports it.

use super::{
    API_VERSION, ComponentEntry, DriftEntry, EnvironmentFile, FileKind, GitEntry, Header, IgnoreEntry, MovedEntry,
    PatchEntry, PolicyEntry, PreviewEntry, SecretEntry, Spanned, TargetEntry,
};
use crate::diag::{Diagnostic, Sink, Span, code, did_you_mean};
use crate::model::quantity::parse_seconds;
use crate::spec::node::{Entry, Node, NodeKind, Scalar, ScalarStyle};
use indexmap::IndexMap;

const HEADER: [&str; 4] = ["apiVersion", "kind", "name", "extends"];

pub fn header(node: &Node, complete: bool, sink: &mut Sink) -> Option<Header> {
    if !matches!(node.kind, NodeKind::Map(_)) {
        return None;
    }
    for (key, example) in [("apiVersion", API_VERSION), ("kind", "Environment")] {
        let misspelt = node
            .entries()
            .iter()
            .any(|entry| did_you_mean(&entry.key, [key]).is_some() && !HEADER.contains(&entry.key.as_str()));
        if complete && !misspelt && node.get(key).is_none_or(Node::is_null) {
            let span = node.entries().first().map_or(node.span, |entry| entry.key_span);
            let message = format!("the environment file has no `{key}`");
            sink.push(Diagnostic::error(code::MISSING_KEY, span, message).help(format!("add `{key}: {example}`")));
        }
    }
    let kind = match text(node, "kind")?.value.as_str() {
        "Environment" => FileKind::Environment,
        "Base" => FileKind::Base,
        _ => return None,
    };
    Some(Header { kind, name: text(node, "name"), extends: node.get("extends").map(one_or_many).unwrap_or_default() })
}

pub fn without_header(node: Node) -> Node {
    let NodeKind::Map(entries) = node.kind else { return node };
    let kept = entries.into_iter().filter(|entry| !HEADER.contains(&entry.key.as_str()));
    Node { kind: NodeKind::Map(kept.collect()), span: node.span }
}

/// The node with a header, whether or not it still has its own: each layer's was checked when it was read.
pub fn with_header(node: &Node) -> Node {
    let NodeKind::Map(entries) = &node.kind else { return node.clone() };
    let header = [("apiVersion", API_VERSION), ("kind", "Environment")].map(|(key, word)| {
        let kind = NodeKind::Scalar { text: word.into(), style: ScalarStyle::Plain, scalar: Scalar::Text };
        Entry { key: key.into(), key_span: node.span, value: Node { kind, span: node.span } }
    });
    let own = entries.iter().filter(|entry| !HEADER.contains(&entry.key.as_str())).cloned();
    Node { kind: NodeKind::Map(own.chain(header).collect()), span: node.span }
}

pub fn file(node: &Node) -> EnvironmentFile {
    EnvironmentFile {
        labels: map(node, "labels", |entry| spanned(&entry.value)),
        variables: map(node, "variables", |entry| Some(entry.value.clone())),
        target: text(node, "target"),
        targets: map(node, "targets", |entry| Some(target(entry))),
        git: node.get("git").map(git).unwrap_or_default(),
        components: map(node, "components", component),
        moved: node.get("moved").map_or_else(Vec::new, |list| list.elements().iter().filter_map(moved).collect()),
        secrets: map(node, "secrets", secret),
        drift: node.get("drift").map(drift).unwrap_or_default(),
        policy: PolicyEntry {
            max_deletions: node
                .get("policy")
                .and_then(|policy| policy.get("deletions"))
                .and_then(|entry| number(entry, "max")),
        },
        preview: node.get("preview").map(preview),
        span: node.span,
    }
}

fn map<T>(node: &Node, key: &str, read: impl Fn(&Entry) -> Option<T>) -> IndexMap<String, T> {
    let entries = node.get(key).map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.key.clone(), read(entry)?))).collect()
}

fn spanned(node: &Node) -> Option<Spanned<String>> {
    let text = node.scalar_text().filter(|_| !node.is_null())?;
    Some(Spanned { value: text.to_owned(), span: node.span })
}

fn text(node: &Node, key: &str) -> Option<Spanned<String>> {
    node.get(key).and_then(spanned)
}

fn one_or_many(node: &Node) -> Vec<Spanned<String>> {
    match &node.kind {
        NodeKind::List(elements) => elements.iter().filter_map(spanned).collect(),
        _ => spanned(node).into_iter().collect(),
    }
}

fn boolean(node: &Node, key: &str) -> Option<bool> {
    match &node.get(key)?.kind {
        NodeKind::Scalar { scalar: Scalar::Bool(flag), .. } => Some(*flag),
        _ => None,
    }
}

fn number(node: &Node, key: &str) -> Option<Spanned<u32>> {
    let node = node.get(key)?;
    let NodeKind::Scalar { scalar: Scalar::Int(number), .. } = node.kind else { return None };
    Some(Spanned { value: u32::try_from(number).ok()?, span: node.span })
}

fn seconds(node: &Node, key: &str) -> Option<Spanned<u32>> {
    let text = text(node, key)?;
    Some(Spanned { value: parse_seconds(&text.value)?, span: text.span })
}

fn target(entry: &Entry) -> TargetEntry {
    let node = &entry.value;
    let named = || Spanned { value: entry.key.clone(), span: entry.key_span };
    let settings = node.entries().iter().filter(|entry| !matches!(entry.key.as_str(), "kind" | "apply" | "observe"));
    TargetEntry {
        kind: text(node, "kind").unwrap_or_else(named),
        apply: text(node, "apply"),
        observe_live: text(node, "observe").is_some_and(|observe| observe.value == "live"),
        settings: settings.cloned().collect(),
        name_span: entry.key_span,
        span: node.span,
    }
}

fn git(node: &Node) -> GitEntry {
    GitEntry {
        repository: text(node, "repository"),
        branch: text(node, "branch"),
        path: text(node, "path"),
        span: Some(node.span),
    }
}

fn component(entry: &Entry) -> Option<ComponentEntry> {
    let node = &entry.value;
    Some(ComponentEntry {
        module: text(node, "module")?,
        with: node.get("with").cloned(),
        target: text(node, "target"),
        enabled: boolean(node, "enabled").unwrap_or(true),
        patch: map(node, "patch", |entry| Some(entry.value.entries().iter().map(patch).collect())),
        protect: boolean(node, "protect"),
        name_span: entry.key_span,
        span: node.span,
    })
}

fn patch(entry: &Entry) -> PatchEntry {
    PatchEntry { objects: Spanned { value: entry.key.clone(), span: entry.key_span }, merge: entry.value.clone() }
}

fn moved(node: &Node) -> Option<MovedEntry> {
    Some(MovedEntry { from: text(node, "from")?, to: text(node, "to")? })
}

fn secret(entry: &Entry) -> Option<SecretEntry> {
    let source = entry.value.entries().first()?;
    Some(SecretEntry { kind: source.key.clone(), argument: spanned(&source.value)?, name_span: entry.key_span })
}

fn drift(node: &Node) -> DriftEntry {
    let rules = node.get("ignore").map(Node::elements).unwrap_or_default();
    DriftEntry {
        interval_seconds: seconds(node, "interval"),
        heal: text(node, "mode").is_some_and(|mode| mode.value == "heal"),
        ignore: rules.iter().filter_map(ignore).collect(),
    }
}

fn ignore(node: &Node) -> Option<IgnoreEntry> {
    Some(IgnoreEntry {
        address: text(node, "address")?,
        field: text(node, "field"),
        owner: text(node, "owner"),
        reason: text(node, "reason")?,
        expires: text(node, "expires"),
        span: node.span,
    })
}

fn preview(node: &Node) -> PreviewEntry {
    PreviewEntry {
        target: text(node, "target"),
        ttl_seconds: seconds(node, "ttl"),
        max: number(node, "max"),
        url: text(node, "url"),
        with: map(node, "with", |entry| Some(entry.value.clone())),
        span: node.span,
    }
}

/// The place of a key of a mapping, else of the mapping.
pub fn key_span(node: &Node, key: &str) -> Span {
    node.entries().iter().find(|entry| entry.key == key).map_or(node.span, |entry| entry.key_span)
}
