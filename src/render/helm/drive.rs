//! Puts the chart's values into the templates: at a path that people tune stands an expression, and what the lowered object has there
//! is the value's default. So a patch of such a path moves the default; elsewhere it is a literal.

mod network;
mod pod;
mod storage;

use super::chart::{Chart, path, section};
use super::expression::reference;
use super::node::{appended, below, optional, put, text, to_yaml};
use crate::model::Tree;
use crate::render::kubernetes::{CONFIG_CHECKSUM, Object};
use crate::render::yaml::{COLUMNS, Entry, Line, Node};
use serde_json::{Value as Json, json};

/// The template of one object: all of its file.
pub fn template(chart: &mut Chart<'_>, object: &Object) -> Node {
    let mut node = chart.template(&object.body);
    metadata(chart, object, &mut node);
    let workload = object.workload.clone().unwrap_or_default();
    let section = section(&workload);
    let mut drive = Drive { chart, object, workload: &workload, section: path(&[&section]) };
    match object.kind() {
        _ if workload.is_empty() => {}
        "Deployment" | "StatefulSet" | "Job" => drive.workload(&mut node),
        "Service" => drive.service(&mut node),
        "Ingress" => drive.ingress(&mut node),
        "PersistentVolumeClaim" => drive.claim(&mut node),
        "PodDisruptionBudget" => drive.disruption_budget(&mut node),
        "ServiceAccount" => drive.service_account(&mut node),
        _ => {}
    }
    secret_names(&mut node, &chart.scope.secret);
    node
}

/// The driving of one object of a workload.
struct Drive<'a, 'b> {
    chart: &'a mut Chart<'b>,
    object: &'a Object,
    workload: &'a str,
    section: Vec<String>,
}

impl Drive<'_, '_> {
    fn path(&self, names: &[&str]) -> Vec<String> {
        self.section.iter().cloned().chain(names.iter().map(|name| (*name).to_owned())).collect()
    }

    /// Declares a value with what the object has as its default.
    fn declare(&mut self, names: &[&str], comment: &str, default: Tree, schema: Json) -> Vec<String> {
        let path = self.path(names);
        self.chart.values.declare(&path, comment, default, schema);
        path
    }

    /// The lowered object's own tree below map keys, where all of it is known.
    fn known(&self, keys: &[&str]) -> Option<Tree> {
        let tree = keys.iter().try_fold(&self.object.body, |tree, key| tree.get(key))?;
        is_known(tree).then(|| tree.clone())
    }

    /// A map or list that is there only where the value is not empty. Left alone where not all of it is known.
    fn whole(
        &mut self,
        parent: &mut Node,
        key: &str,
        lowered: Option<&Tree>,
        names: &[&str],
        comment: &str,
        schema: Json,
    ) {
        if lowered.is_some_and(|tree| !is_known(tree)) {
            return;
        }
        let empty = if schema.get("type") == Some(&json!("array")) { Tree::List(Vec::new()) } else { Tree::map() };
        let path = self.declare(names, comment, lowered.cloned().unwrap_or(empty), schema);
        put(
            parent,
            optional(key, &reference(&path), to_yaml(".")),
            &["containers", "volumes", "securityContext", "volumeMounts"],
        );
    }

    /// Annotations of our own stay; all others are the value's, and whoever installs adds to them.
    fn annotations(&mut self, parent: &mut Node, lowered: Option<&Tree>, names: &[&str], comment: &str) {
        let ours = |key: &str| {
            key == CONFIG_CHECKSUM || key == crate::render::kubernetes::scope::WAVE || key == "helm.sh/resource-policy"
        };
        let all = lowered.and_then(Tree::as_map).cloned().unwrap_or_default();
        let (fixed, free): (indexmap::IndexMap<_, _>, _) =
            all.into_iter().partition(|(key, value)| ours(key) || !is_known(value));
        let schema = json!({"type": "object", "additionalProperties": {"type": "string"}});
        let path = self.declare(names, comment, Tree::Map(free), schema);
        let mut node = self.chart.template(&Tree::Map(fixed));
        if let Node::Map(entries) = &mut node {
            let Some(last) = entries.last_mut() else {
                return put(parent, optional("annotations", &reference(&path), to_yaml(".")), &[]);
            };
            last.after.push(appended(&reference(&path)));
        }
        put(parent, Entry::new("annotations", node), &[]);
    }

    fn service_account(&mut self, node: &mut Node) {
        let lowered = self.known(&["metadata", "annotations"]);
        let comment = "Annotations of the service account, for example a cloud's role";
        if let Some(metadata) = below(node, &["metadata"]) {
            self.annotations(metadata, lowered.as_ref(), &["serviceAccount", "annotations"], comment);
        }
    }

    fn disruption_budget(&mut self, node: &mut Node) {
        let Some(lowered) = self.known(&["spec", "maxUnavailable"]) else { return };
        let comment = "How many may be away at once while nodes are drained: a number or a percentage";
        let schema = json!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+%$"}]});
        let enabled = self.declare(
            &["podDisruptionBudget", "enabled"],
            "Whether draining a node waits for the others",
            Tree::Bool(true),
            json!({"type": "boolean"}),
        );
        let path = self.declare(&["podDisruptionBudget", "maxUnavailable"], comment, lowered, schema);
        if let Some(Node::Map(spec)) = below(node, &["spec"])
            && let Some(entry) = spec.iter_mut().find(|entry| entry.key == "maxUnavailable")
        {
            entry.value = Node::Raw(format!("{{{{ {} }}}}", reference(&path)));
        }
        only_if(node, &reference(&enabled));
    }
}

/// Whether nothing in it is to be known only later, so that it can stand in values.yaml.
fn is_known(tree: &Tree) -> bool {
    match tree {
        Tree::Text(value) => value.as_literal().is_some(),
        Tree::List(list) => list.iter().all(is_known),
        Tree::Map(map) => map.values().all(is_known),
        _ => true,
    }
}

/// The whole object only where a condition holds.
fn only_if(node: &mut Node, condition: &str) {
    let Node::Map(entries) = node else { return };
    if let Some(first) = entries.first_mut() {
        first.before.insert(0, Line::Raw(format!("{{{{- if {condition} }}}}")));
    }
    if let Some(last) = entries.last_mut() {
        last.after.push(Line::Raw("{{- end }}".into()));
    }
}

/// The release's namespace, and the labels that all objects share.
fn metadata(chart: &Chart<'_>, object: &Object, node: &mut Node) {
    let Some(metadata) = below(node, &["metadata"]) else { return };
    if text(metadata, "namespace").as_deref() == Some(chart.scope.namespace.as_str()) {
        put(metadata, Entry::new("namespace", Node::Raw("{{ .Release.Namespace }}".into())), &[]);
    }
    labels(chart, object, metadata, object.body.get("metadata"));
    let template =
        object.body.get("spec").and_then(|spec| spec.get("template")).and_then(|template| template.get("metadata"));
    if let Some(metadata) = below(node, &["spec", "template", "metadata"]) {
        labels(chart, object, metadata, template);
    }
    if let (Some(selector), Some(workload)) = (below(node, &["spec", "selector"]), &object.workload) {
        selectors(chart, selector, object, workload);
    }
}

/// `include` where the labels are those of everything; what a patch adds stands below it.
fn labels(chart: &Chart<'_>, object: &Object, metadata: &mut Node, lowered: Option<&Tree>) {
    let Some(Tree::Map(found)) = lowered.and_then(|metadata| metadata.get("labels")) else { return };
    let (component, workload) = (object.component.as_deref(), object.workload.as_deref());
    let (expected, arguments) = match (component, workload.or(component)) {
        (Some(component), Some(workload)) => (
            chart.scope.labels(component, workload),
            format!("\"component\" \"{component}\" \"workload\" \"{workload}\" "),
        ),
        _ => (chart.scope.shared_labels().clone(), String::new()),
    };
    let holds = |(key, value): (&String, &String)| found.get(key).and_then(Tree::as_str) == Some(value);
    if !expected.iter().all(holds) {
        return;
    }
    let mut text = format!(
        "{{{{- include \"{}.labels\" (dict {arguments}\"release\" .Release) | nindent {COLUMNS} }}}}",
        chart.name
    );
    for (key, value) in found.iter().filter(|(key, _)| !expected.contains_key(*key)) {
        let Some(value) = value.as_str() else { return };
        let scalar = |text: &str| crate::render::yaml::scalar(&super::expression::literal(text));
        text.extend(["\n", &scalar(key), ": ", &scalar(value)]);
    }
    put(metadata, Entry::new("labels", Node::Block(text)), &[]);
}

fn selectors(chart: &Chart<'_>, selector: &mut Node, object: &Object, workload: &str) {
    let block =
        Node::Block(format!("{{{{- include \"{}.selectorLabels\" \"{workload}\" | nindent {COLUMNS} }}}}", chart.name));
    let lowered = object.body.get("spec").and_then(|spec| spec.get("selector"));
    let expected = crate::render::kubernetes::scope::texts(&chart.scope.selector(workload));
    if lowered == Some(&expected) {
        *selector = block;
    } else if lowered.and_then(|lowered| lowered.get("matchLabels")) == Some(&expected) {
        put(selector, Entry::new("matchLabels", block), &[]);
    }
}

/// Wherever the shared Secret is named, its name is the value's.
fn secret_names(node: &mut Node, secret: &str) {
    match node {
        Node::List(items) => items.iter_mut().for_each(|item| secret_names(&mut item.value, secret)),
        Node::Map(entries) => {
            for entry in entries {
                let names: &[&str] = match entry.key.as_str() {
                    "secretKeyRef" | "secretRef" => &["name"],
                    "secret" => &["name", "secretName"],
                    _ => &[],
                };
                for name in names {
                    if text(&entry.value, name).as_deref() == Some(secret) {
                        put(
                            &mut entry.value,
                            Entry::new(*name, Node::Raw("{{ $.Values.secrets.name | quote }}".into())),
                            &[],
                        );
                    }
                }
                secret_names(&mut entry.value, secret);
            }
        }
        _ => {}
    }
}
