//! Which arguments are variables, and which refer to another resource.

use super::write::Expressions;
use crate::model::Tree;
use crate::render::kubernetes::expansion::has_reference;
use crate::render::kubernetes::scope::texts;
use crate::render::kubernetes::{Object, Scope};
use crate::render::terraform::hcl::Expression;
use crate::render::terraform::root::{self, Variable, identifier};

/// What one resource refers to.
pub struct Linked<'a> {
    scope: &'a Scope,
    component: &'a str,
    workload: &'a str,
    /// What the names of the workload's variables begin with.
    prefix: String,
    /// Resources of the module: provider's type, object's name.
    siblings: &'a [(&'static str, String)],
    /// The expressions.
    pub expressions: Expressions,
    /// The variables that they need.
    pub variables: Vec<Variable>,
}

impl<'a> Linked<'a> {
    /// Finds them in a resource after all patches.
    pub fn new(scope: &'a Scope, object: &'a Object, siblings: &'a [(&'static str, String)], tree: &Tree) -> Self {
        let component = object.component.as_deref().unwrap_or_default();
        let workload = object.workload.as_deref().unwrap_or(component);
        let mut linked = Self {
            scope,
            component,
            workload,
            prefix: prefix(component, workload),
            siblings,
            expressions: Expressions::new(),
            variables: Vec::new(),
        };
        linked.shared(tree, "");
        match object.kind() {
            "Deployment" | "StatefulSet" | "Job" => linked.pods(tree),
            "Service" => linked.service(object, tree),
            "Ingress" => linked.ingress(tree),
            "PersistentVolumeClaim" => linked.claim(tree, "", &linked.volume_name(object)),
            "PodDisruptionBudget" => linked.disruption_budget(tree),
            _ => {}
        }
        linked
    }

    fn set(&mut self, path: &str, expression: impl Into<String>) {
        self.expressions.insert(path.into(), Expression::raw(expression));
    }

    /// A variable whose default is what stands at the path.
    fn tune(&mut self, path: &str, variable: Variable) {
        self.set(path, format!("var.{}", variable.name));
        if !self.variables.iter().any(|known| known.name == variable.name) {
            self.variables.push(variable);
        }
    }

    /// Namespace, labels, selectors and the Secret, wherever they stand.
    fn shared(&mut self, tree: &Tree, path: &str) {
        match tree {
            Tree::Map(map) => {
                for (key, value) in map {
                    let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    self.shared_entry(key, value, &below);
                    self.shared(value, &below);
                }
            }
            Tree::List(list) => {
                for (at, element) in list.iter().enumerate() {
                    self.shared(element, &format!("{path}[{at}]"));
                }
            }
            _ => {}
        }
    }

    fn shared_entry(&mut self, key: &str, value: &Tree, path: &str) {
        let local = identifier(self.workload);
        if path == "metadata.namespace" {
            self.set(path, "var.namespace");
        } else if *value == texts(&self.scope.labels(self.component, self.workload)) {
            self.set(path, format!("local.{local}_labels"));
        } else if *value == texts(&self.scope.selector(self.workload)) {
            self.set(path, format!("local.{local}_selector"));
        } else if let Some(name) = value.as_str() {
            let secret = name == self.scope.secret && (path.contains("secret") || path.contains("sources"));
            match key {
                "name" | "secret_name" if secret => self.set(path, "var.secret_name"),
                "service_account_name" => self.refer(path, "kubernetes_service_account_v1", name),
                "claim_name" => self.refer(path, "kubernetes_persistent_volume_claim_v1", name),
                "service_name" => self.refer(path, "kubernetes_service_v1", name),
                "name" if path.ends_with("config_map.name") => self.refer(path, "kubernetes_config_map_v1", name),
                "name" if path.ends_with("backend.service.name") => self.refer(path, "kubernetes_service_v1", name),
                _ => {}
            }
        }
    }

    /// The name of another resource of the module, which so comes first.
    fn refer(&mut self, path: &str, kind: &str, name: &str) {
        if self.siblings.iter().any(|(known, sibling)| *known == kind && sibling == name) {
            self.set(path, format!("{kind}.{}.metadata[0].name", identifier(name)));
        }
    }

    fn pods(&mut self, tree: &Tree) {
        if let Some(replicas) = at(tree, &["spec", "replicas"]) {
            let name = format!("{}replicas", self.prefix);
            let description = format!("How many pods of {} run.", self.workload);
            let variable = Variable::tuned(&name, "number", description, root::tree_expression(replicas))
                .valid(format!("var.{name} >= 0 && floor(var.{name}) == var.{name}"), "Give a whole number that is not negative.");
            self.tune("spec.replicas", variable);
        }
        let containers = at(tree, &["spec", "template", "spec", "container"]).and_then(Tree::as_list).unwrap_or_default();
        for (number, container) in containers.iter().enumerate() {
            self.container(number, container);
        }
        let claims = at(tree, &["spec", "volume_claim_template"]).and_then(Tree::as_list).unwrap_or_default();
        for (number, claim) in claims.iter().enumerate() {
            let name = at(claim, &["metadata", "name"]).and_then(Tree::as_str).unwrap_or_default();
            self.claim(claim, &format!("spec.volume_claim_template[{number}]."), name);
        }
    }

    fn container(&mut self, number: usize, container: &Tree) {
        let path = format!("spec.template.spec.container[{number}]");
        let name = container.get("name").and_then(Tree::as_str).unwrap_or_default();
        let prefix = if number == 0 { self.prefix.clone() } else { format!("{}{}_", self.prefix, identifier(name)) };
        if let Some(image) = container.get("image") {
            let description = format!("The image of {name}.");
            let variable = Variable::tuned(format!("{prefix}image"), "string", description, root::tree_expression(image))
                .valid(format!("length(var.{prefix}image) > 0"), "Give an image.");
            self.tune(&format!("{path}.image"), variable);
        }
        for (key, what) in [("requests", "asks for"), ("limits", "may use at most")] {
            if let Some(amounts) = at(container, &["resources", key]) {
                let description = format!("What {name} {what}.");
                let variable =
                    Variable::tuned(format!("{prefix}{key}"), "map(string)", description, root::tree_expression(amounts));
                self.tune(&format!("{path}.resources.{key}"), variable);
            }
        }
        self.environment(&path, &prefix, name, container);
    }

    /// All variables whose text is known are one map; what Kubernetes puts together stays as it is.
    fn environment(&mut self, path: &str, prefix: &str, container: &str, tree: &Tree) {
        let variables = tree.get("env").and_then(Tree::as_list).unwrap_or_default();
        let known = variables.iter().enumerate().filter_map(|(number, variable)| {
            let name = variable.get("name")?.as_str()?;
            let value = variable.get("value")?.as_str().filter(|value| !has_reference(value))?;
            Some((number, name.to_owned(), value.to_owned()))
        });
        let known: Vec<_> = known.collect();
        if known.is_empty() {
            return;
        }
        for (at, (number, _, _)) in known.iter().enumerate() {
            let expression = if at == 0 { format!("var.{prefix}environment") } else { String::new() };
            self.set(&format!("{path}.env[{number}]"), expression);
        }
        let default = root::labels(known.into_iter().map(|(_, name, value)| (name, Expression::Text(value))));
        let description = format!("Environment variables of {container}.");
        self.variables.push(Variable::tuned(format!("{prefix}environment"), "map(string)", description, default));
    }

    fn service(&mut self, object: &Object, tree: &Tree) {
        let Some(kind) = at(tree, &["spec", "type"]).filter(|_| object.name() == self.workload) else { return };
        let name = format!("{}service_type", self.prefix);
        let description = format!("Who reaches the service {}: ClusterIP, NodePort or LoadBalancer.", self.workload);
        let condition = format!("contains([\"ClusterIP\", \"NodePort\", \"LoadBalancer\"], var.{name})");
        let variable = Variable::tuned(&name, "string", description, root::tree_expression(kind))
            .valid(condition, "Give ClusterIP, NodePort or LoadBalancer.");
        self.tune("spec.type", variable);
    }

    fn ingress(&mut self, tree: &Tree) {
        let rule = at(tree, &["spec", "rule"]).and_then(Tree::as_list).and_then(<[Tree]>::first);
        let Some(host) = rule.and_then(|rule| rule.get("host")) else { return };
        let path = rule.and_then(|rule| rule.get("http")?.get("path")?.as_list()?.first());
        let port = path.and_then(|path| at(path, &["backend", "service", "port", "name"])).and_then(Tree::as_str);
        let name = format!("{}{}_host", self.prefix, identifier(port.unwrap_or("http")));
        let description = format!("The host name of {}.", self.workload);
        let variable = Variable::tuned(&name, "string", description, root::tree_expression(host))
            .valid(format!("length(var.{name}) > 0"), "Give a host name.");
        self.tune("spec.rule[0].host", variable);
        let hosts = at(tree, &["spec", "tls"]).and_then(|tls| tls.as_list()?.first()?.get("hosts").cloned());
        if hosts == Some(Tree::List(vec![host.clone()])) {
            self.set("spec.tls[0].hosts", format!("[var.{name}]"));
        }
    }

    fn disruption_budget(&mut self, tree: &Tree) {
        let Some(most) = at(tree, &["spec", "max_unavailable"]) else { return };
        let description = format!("How many pods of {} may be away while nodes are drained: a number or a percentage.", self.workload);
        let name = format!("{}max_unavailable", self.prefix);
        let default = match most {
            Tree::Int(number) => Expression::Text(number.to_string()),
            other => root::tree_expression(other),
        };
        let variable = Variable::tuned(&name, "string", description, default)
            .valid(format!("can(regex(\"^[0-9]+%?$\", var.{name}))"), "Give a number or a percentage.");
        self.tune("spec.max_unavailable", variable);
    }

    fn volume_name(&self, object: &Object) -> String {
        object.name().strip_prefix(&format!("{}-", self.workload)).unwrap_or(object.name()).to_owned()
    }

    fn claim(&mut self, claim: &Tree, path: &str, volume: &str) {
        let Some(Tree::Map(requests)) = at(claim, &["spec", "resources", "requests"]) else { return };
        let Some(size) = requests.get("storage").filter(|_| requests.len() == 1) else { return };
        let name = format!("{}{}_size", self.prefix, identifier(volume));
        let description = format!("How much storage {volume} of {} asks for.", self.workload);
        let condition = format!("can(regex(\"^[0-9.]+([kMGTPE]i?)?$\", var.{name}))");
        let variable =
            Variable::tuned(&name, "string", description, root::tree_expression(size)).valid(condition, "Give a size, such as 8Gi.");
        self.expressions.insert(
            format!("{path}spec.resources.requests"),
            Expression::object([("storage", Expression::raw(format!("var.{name}")))]),
        );
        self.variables.push(variable);
    }
}

/// What the names of a workload's variables begin with: nothing for the workload that is named like its component.
fn prefix(component: &str, workload: &str) -> String {
    if workload == component {
        return String::new();
    }
    let rest = workload.strip_prefix(component).and_then(|rest| rest.strip_prefix('-')).unwrap_or(workload);
    format!("{}_", identifier(rest))
}

fn at<'t>(tree: &'t Tree, keys: &[&str]) -> Option<&'t Tree> {
    keys.iter().try_fold(tree, |tree, key| tree.get(key))
}
