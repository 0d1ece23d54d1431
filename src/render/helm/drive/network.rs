//! What people tune on Services and Ingresses.

use super::{Drive, only_if};
use crate::model::Tree;
use crate::render::helm::chart::section;
use crate::render::helm::expression::{outer_reference, reference};
use crate::render::helm::node::{below, elements, optional, put};
use crate::render::kubernetes::network::node_service_name;
use crate::render::yaml::{Entry, Node};
use serde_json::json;

impl Drive<'_, '_> {
    pub(super) fn service(&mut self, node: &mut Node) {
        if self.object.name() == self.workload {
            self.main_service(node);
        } else if self.object.name() == node_service_name(self.workload) {
            self.node_ports(node);
        }
    }

    fn main_service(&mut self, node: &mut Node) {
        let Some(kind) = self.known(&["spec", "type"]) else { return };
        let schema = json!({"type": "string", "enum": ["ClusterIP", "NodePort", "LoadBalancer"]});
        let path = self.declare(&["service", "type"], "Who reaches the service", kind, schema);
        if let Some(spec) = below(node, &["spec"]) {
            put(spec, Entry::new("type", Node::Raw(format!("{{{{ {} }}}}", reference(&path)))), &[]);
        }
        let lowered = self.known(&["metadata", "annotations"]);
        if let Some(metadata) = below(node, &["metadata"]) {
            self.annotations(metadata, lowered.as_ref(), &["service", "annotations"], "Annotations of the service");
        }
    }

    fn node_ports(&mut self, node: &mut Node) {
        let lowered =
            self.known(&["spec", "ports"]).and_then(|ports| ports.as_list().map(<[Tree]>::to_vec)).unwrap_or_default();
        for (element, port) in elements(node, &["spec", "ports"]).zip(&lowered) {
            let Some(name) = port.get("name").and_then(Tree::as_str) else { continue };
            let number = port.get("nodePort").cloned().unwrap_or(Tree::Int(0));
            let schema = json!({"type": "integer", "minimum": 0, "maximum": 65535});
            let comment = "Port on every node; 0: any that is free";
            let path = self.declare(&["nodePorts", &section(name)], comment, number, schema);
            put(element, optional("nodePort", &reference(&path), Node::Raw("{{ . | int64 }}".into())), &[]);
        }
    }

    pub(super) fn ingress(&mut self, node: &mut Node) {
        let Some(rule) = self.known(&["spec", "rules"]).and_then(|rules| rules.as_list()?.first().cloned()) else {
            return;
        };
        let Some(path) = rule.get("http").and_then(|http| http.get("paths")?.as_list()?.first()).cloned() else {
            return;
        };
        let port = path.get("backend").and_then(|backend| backend.get("service")?.get("port")?.get("name"));
        let Some(port) = port.and_then(Tree::as_str).map(section) else { return };
        let enabled = ["ingress", port.as_str(), "enabled"];
        let enabled =
            self.declare(&enabled, "Whether there is an Ingress", Tree::Bool(true), json!({"type": "boolean"}));
        self.class(node, &port);
        let lowered = self.known(&["metadata", "annotations"]);
        if let Some(metadata) = below(node, &["metadata"]) {
            let names = ["ingress", port.as_str(), "annotations"];
            self.annotations(metadata, lowered.as_ref(), &names, "Annotations of the Ingress");
        }
        self.host(node, &port, &rule);
        if let Some(element) = elements(node, &["spec", "rules"]).next()
            && let Some(element) = elements(element, &["http", "paths"]).next()
            && let Some(prefix) = path.get("path").and_then(Tree::as_str)
        {
            let schema = json!({"type": "string", "pattern": "^/"});
            let names = ["ingress", port.as_str(), "path"];
            let path = self.declare(&names, "Beginning of the path", Tree::text(prefix), schema);
            put(element, Entry::new("path", Node::Raw(format!("{{{{ {} | quote }}}}", reference(&path)))), &[]);
        }
        only_if(node, &reference(&enabled));
    }

    fn class(&mut self, node: &mut Node, port: &str) {
        let class = self.known(&["spec", "ingressClassName"]).unwrap_or_else(|| Tree::text(""));
        let names = ["ingress", port, "className"];
        let path =
            self.declare(&names, "Ingress class; empty: the cluster's default", class, json!({"type": "string"}));
        if let Some(spec) = below(node, &["spec"]) {
            put(spec, optional("ingressClassName", &reference(&path), Node::Raw("{{ . | quote }}".into())), &["rules"]);
        }
    }

    /// The host, and the certificate where it is for that host alone.
    fn host(&mut self, node: &mut Node, port: &str, rule: &Tree) {
        let Some(host) = rule.get("host").and_then(Tree::as_str).map(str::to_owned) else { return };
        let names = ["ingress", port, "host"];
        let path = self.declare(&names, "Host name", Tree::text(host.clone()), json!({"type": "string"}));
        if let Some(element) = elements(node, &["spec", "rules"]).next() {
            put(element, Entry::new("host", Node::Raw(format!("{{{{ {} | quote }}}}", reference(&path)))), &[]);
        }
        let Some(certificate) = self.certificate(&host) else { return };
        let comment = "Secret with the certificate; empty: no TLS";
        let names = ["ingress", port, "tlsSecret"];
        let secret = self.declare(&names, comment, Tree::text(certificate), json!({"type": "string"}));
        let host = Node::Raw(format!("{{{{ {} | quote }}}}", outer_reference(&path)));
        let tls = Node::Map(vec![
            Entry::new("hosts", Node::List(vec![host.into()])),
            Entry::new("secretName", Node::Raw("{{ . | quote }}".into())),
        ]);
        if let Some(spec) = below(node, &["spec"]) {
            put(spec, optional("tls", &reference(&secret), Node::List(vec![tls.into()])), &[]);
        }
    }

    /// The certificate's Secret, nothing where there is none; none where a patch made something of its own of it.
    fn certificate(&self, host: &str) -> Option<String> {
        let Some(tls) = self.object.body.get("spec").and_then(|spec| spec.get("tls")) else {
            return Some(String::new());
        };
        let [entry] = tls.as_list()? else { return None };
        let secret = entry.get("secretName").and_then(Tree::as_str)?;
        let expected = Tree::from([("hosts", Tree::List(vec![Tree::text(host)])), ("secretName", Tree::text(secret))]);
        (*entry == expected).then(|| secret.to_owned())
    }
}
