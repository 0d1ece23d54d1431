//! Services and Ingresses.

use super::scope::{headless_name, texts};
use super::tree::{flag, list, map, number, text};
use super::{Lowering, Object};
use crate::model::{Exposure, Port, Protocol, Tree, Value, Workload, WorkloadKind};

/// The name of the Service that opens ports on every node.
pub fn node_service_name(workload: &str) -> String {
    format!("{workload}-node")
}

impl Lowering<'_> {
    pub(super) fn services(&self, workload: &Workload) -> Vec<Object> {
        let selector = texts(&self.scope.selector(&workload.name));
        let mut services = Vec::new();
        if workload.kind == WorkloadKind::Stateful {
            // Members find each other before they are ready.
            let spec = map([
                ("clusterIP", text("None")),
                ("publishNotReadyAddresses", flag(true)),
                ("selector", Some(selector.clone())),
                ("ports", list(workload.ports.iter().map(|(name, port)| service_port(name, port)).collect())),
            ]);
            let name = headless_name(&workload.name);
            services.push(self.object_of(workload, ("v1", "Service", &name), [("spec", Some(spec))]));
        }
        if !workload.ports.is_empty() {
            let ports = workload.ports.iter().map(|(name, port)| service_port(name, port)).collect();
            let spec = map([("type", text("ClusterIP")), ("selector", Some(selector.clone())), ("ports", list(ports))]);
            services.push(self.object_of(workload, ("v1", "Service", &workload.name), [("spec", Some(spec))]));
        }
        let on_nodes: Vec<_> = workload.ports.iter().filter_map(|(name, port)| node_port(name, port)).collect();
        if !on_nodes.is_empty() {
            let spec = map([("type", text("NodePort")), ("selector", Some(selector)), ("ports", list(on_nodes))]);
            let name = node_service_name(&workload.name);
            services.push(self.object_of(workload, ("v1", "Service", &name), [("spec", Some(spec))]));
        }
        services
    }

    pub(super) fn ingresses(&mut self, workload: &Workload) -> Vec<Object> {
        let public: Vec<_> = workload
            .ports
            .iter()
            .filter_map(|(name, port)| match &port.exposure {
                Exposure::Public { host, path, tls } => Some((name, host, path, tls.as_deref())),
                _ => None,
            })
            .collect();
        let single = public.len() == 1;
        let ingress = |(port, host, path, tls): (&String, &Value, &String, Option<&str>)| {
            let host = self.plain(host, "ports");
            let name = if single { workload.name.clone() } else { format!("{}-{port}", workload.name) };
            let spec = ingress_spec(workload, port, &host, path, tls);
            self.object_of(workload, ("networking.k8s.io/v1", "Ingress", &name), [("spec", Some(spec))])
        };
        public.into_iter().map(ingress).collect()
    }
}

fn ingress_spec(workload: &Workload, port: &str, host: &Value, path: &str, tls: Option<&str>) -> Tree {
    let service =
        Tree::from([("name", Tree::text(workload.name.clone())), ("port", Tree::from([("name", Tree::text(port))]))]);
    let rule = Tree::from([
        ("path", Tree::text(path)),
        ("pathType", "Prefix".into()),
        ("backend", Tree::from([("service", service)])),
    ]);
    let certificate = tls.map(|secret| {
        let hosts = Tree::List(vec![Tree::Text(host.clone())]);
        Tree::List(vec![Tree::from([("hosts", hosts), ("secretName", Tree::text(secret))])])
    });
    let rules = Tree::List(vec![Tree::from([
        ("host", Tree::Text(host.clone())),
        ("http", Tree::from([("paths", Tree::List(vec![rule]))])),
    ])]);
    map([("rules", Some(rules)), ("tls", certificate)])
}

fn service_port(name: &str, port: &Port) -> Tree {
    map([
        ("name", text(name)),
        ("port", number(port.number)),
        ("targetPort", Some(target_port(name, port))),
        ("protocol", text(protocol(port.protocol))),
    ])
}

fn node_port(name: &str, port: &Port) -> Option<Tree> {
    let Exposure::Node { port: node } = port.exposure else { return None };
    let mut entry = service_port(name, port);
    if let Some(node) = node {
        entry.insert("nodePort", node);
    }
    Some(entry)
}

/// The name of a container's port, where it can have this one: at most 15 lower-case letters, digits and hyphens, with a letter.
pub(super) fn container_port_name(name: &str) -> Option<&str> {
    let fits = (1..=15).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && name.contains(|c: char| c.is_ascii_lowercase())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--");
    fits.then_some(name)
}

/// How a Service or a probe names a port of the container.
pub(super) fn target_port(name: &str, port: &Port) -> Tree {
    container_port_name(name).map_or_else(|| Tree::from(port.number), Tree::text)
}

/// A protocol as Kubernetes writes it.
pub(super) const fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
    }
}
