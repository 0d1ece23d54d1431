//! What people tune on pods and their containers.

use super::{Drive, is_known};
use crate::model::Tree;
use crate::render::helm::expression::{ERASED, reference};
use crate::render::helm::image::ImageReference;
use crate::render::helm::node::{appended, below, elements, optional, put, to_yaml};
use crate::render::kubernetes::expansion::has_reference;
use crate::render::yaml::{Entry, Node};
use serde_json::{Value as Json, json};

impl Drive<'_, '_> {
    pub(super) fn workload(&mut self, node: &mut Node) {
        let template = ["spec", "template"];
        if let Some(replicas) = self.known(&["spec", "replicas"]) {
            let schema = json!({"type": "integer", "minimum": 0});
            let path = self.declare(&["replicas"], "How many pods", replicas, schema);
            put_number(below(node, &["spec"]), "replicas", &reference(&path));
        }
        for (at, container) in elements(node, &["spec", "template", "spec", "containers"]).enumerate() {
            self.container(container, "containers", at);
        }
        for (at, container) in elements(node, &["spec", "template", "spec", "initContainers"]).enumerate() {
            self.container(container, "initContainers", at);
        }
        if let Some(metadata) = below(node, &["spec", "template", "metadata"]) {
            let lowered = self.known(&["spec", "template", "metadata", "annotations"]);
            self.annotations(metadata, lowered.as_ref(), &["podAnnotations"], "Annotations of the pods");
        }
        if let Some(spec) = below(node, &template).and_then(|template| below(template, &["spec"])) {
            self.pod(spec);
        }
        self.claim_templates(node);
    }

    fn pod(&mut self, spec: &mut Node) {
        let lowered =
            self.object.body.get("spec").and_then(|spec| spec.get("template")).and_then(|pod| pod.get("spec")).cloned();
        let Some(lowered) = lowered else { return };
        if let Some(seconds) = lowered.get("terminationGracePeriodSeconds").filter(|seconds| is_known(seconds)) {
            let comment = "Seconds that a pod may take to stop before it is killed";
            let schema = json!({"type": "integer", "minimum": 0});
            let path = self.declare(&["terminationGracePeriodSeconds"], comment, seconds.clone(), schema);
            put_number(Some(spec), "terminationGracePeriodSeconds", &reference(&path));
        }
        if lowered.get("imagePullSecrets").is_none() {
            put(spec, optional("imagePullSecrets", ".Values.imagePullSecrets", to_yaml(".")), &["securityContext"]);
        }
        self.priority(spec, &lowered);
        let texts = json!({"type": "object", "additionalProperties": {"type": "string"}});
        let objects = json!({"type": "array", "items": {"type": "object"}});
        for (key, comment, schema) in [
            ("nodeSelector", "Labels that a node must have", texts),
            ("tolerations", "Taints that pods put up with", objects.clone()),
            ("affinity", "Where pods like to run", json!({"type": "object"})),
            ("topologySpreadConstraints", "How pods are spread over zones and nodes", objects),
        ] {
            self.whole(spec, key, lowered.get(key), &[key], comment, schema);
        }
    }

    fn priority(&mut self, spec: &mut Node, lowered: &Tree) {
        let default = lowered.get("priorityClassName").cloned().unwrap_or_else(|| Tree::text(""));
        if is_known(&default) {
            let schema = json!({"type": "string"});
            let path = self.declare(&["priorityClassName"], "Priority class of the pods", default, schema);
            put(
                spec,
                optional("priorityClassName", &reference(&path), Node::Raw("{{ . | quote }}".into())),
                &["containers"],
            );
        }
    }

    /// The first container's values are the workload's own; another's stand under `sidecars`.
    fn container(&mut self, node: &mut Node, list: &str, at: usize) {
        let lowered =
            self.object.body.get("spec").and_then(|spec| spec.get("template")).and_then(|pod| pod.get("spec"));
        let lowered = lowered.and_then(|spec| spec.get(list)?.as_list()?.get(at)).cloned();
        let Some(lowered) = lowered else { return };
        let name = lowered.get("name").and_then(Tree::as_str).unwrap_or_default().to_owned();
        let name = crate::render::helm::chart::section(&name);
        let prefix: Vec<&str> = if list == "containers" && at == 0 { Vec::new() } else { vec!["sidecars", &name] };
        let names =
            |more: &[&'static str]| -> Vec<&str> { prefix.iter().copied().chain(more.iter().copied()).collect() };
        self.image(node, &lowered, &names(&["image"]));
        self.environment(node, &lowered, &names(&["env"]), &names(&["extraEnv"]));
        let comment = "What the container asks for and may use at most";
        self.whole(node, "resources", lowered.get("resources"), &names(&["resources"]), comment, resources_schema());
    }

    fn image(&mut self, node: &mut Node, lowered: &Tree, names: &[&str]) {
        let Some(image) = lowered.get("image").and_then(Tree::as_str).map(ImageReference::parse) else { return };
        let mut part = |name: &str, comment: &str, value: String, schema: Json| {
            let names: Vec<_> = names.iter().copied().chain([name]).collect();
            self.declare(&names, comment, Tree::text(value), schema)
        };
        let some = json!({"type": "string", "minLength": 1});
        let any = json!({"type": "string"});
        part("repository", "Registry and path of the image", image.repository, some);
        part("tag", "Tag of the image", image.tag, any);
        let digest = json!({"type": "string", "pattern": "^([a-z0-9]+:[0-9a-f]+)?$"});
        part("digest", "Digest of the image; it decides where both are given", image.digest, digest);
        let policy = lowered.get("imagePullPolicy").and_then(Tree::as_str).unwrap_or_default().to_owned();
        let policies = json!({"type": "string", "enum": ["", "Always", "IfNotPresent", "Never"]});
        let policy =
            part("pullPolicy", "When the image is pulled; empty: as Kubernetes does by itself", policy, policies);
        let reference_of_image = reference(&policy[..policy.len() - 1]);
        let include = format!("{{{{ include \"{}.image\" {reference_of_image} | quote }}}}", self.chart.name);
        put(node, Entry::new("image", Node::Raw(include)), &[]);
        let entry = optional("imagePullPolicy", &reference(&policy), Node::Raw("{{ . }}".into()));
        put(node, entry, &["command", "args", "workingDir", "env", "ports", "resources", "securityContext"]);
    }

    /// Variables whose text is known. One that Kubernetes puts together from a secret stays as it is.
    fn environment(&mut self, node: &mut Node, lowered: &Tree, names: &[&str], extra: &[&str]) {
        let variables = lowered.get("env").and_then(Tree::as_list).unwrap_or_default();
        for (element, variable) in elements(node, &["env"]).zip(variables) {
            let name = variable.get("name").and_then(Tree::as_str);
            let (Some(name), Some(value)) = (name, variable.get("value").and_then(Tree::as_str)) else { continue };
            if has_reference(value) {
                continue;
            }
            let names: Vec<_> = names.iter().copied().chain([name]).collect();
            let path = self.declare(&names, "", Tree::text(value), json!({"type": "string"}));
            // With its space written in another way, Helm does not find what it would erase.
            let kept = r#"quote | replace "<no value>" "<no\\x20value>""#;
            let written = if value.contains(ERASED) { kept } else { "quote" };
            put(element, Entry::new("value", Node::Raw(format!("{{{{ {} | {written} }}}}", reference(&path)))), &[]);
        }
        let comment = "More environment variables, as Kubernetes writes them";
        let schema = json!({"type": "array", "items": {"type": "object", "required": ["name"]}});
        let path = self.declare(extra, comment, Tree::List(Vec::new()), schema);
        match below(node, &["env"]) {
            Some(Node::List(items)) if !items.is_empty() => {
                if let Some(last) = items.last_mut() {
                    last.after.push(appended(&reference(&path)));
                }
            }
            _ => put(
                node,
                optional("env", &reference(&path), to_yaml(".")),
                &["ports", "resources", "startupProbe", "readinessProbe", "securityContext"],
            ),
        }
    }
}

/// A number, which `--set` and values.yaml give as different types.
fn put_number(parent: Option<&mut Node>, key: &str, reference: &str) {
    if let Some(parent) = parent {
        put(parent, Entry::new(key, Node::Raw(format!("{{{{ {reference} | int64 }}}}"))), &[]);
    }
}

fn resources_schema() -> Json {
    let amounts = json!({"type": "object", "additionalProperties": {"type": ["string", "number"]}});
    json!({"type": "object", "additionalProperties": false, "properties": {"requests": amounts, "limits": amounts}})
}
