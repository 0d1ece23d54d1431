//! The model document: workloads and outputs.

use super::Reader;
use super::fields::Fields;
use crate::diag::Span;
use crate::model::quantity::parse_bytes;
use crate::model::{
    Bootstrap, Condition, Container, Exposure, Output, Port, ProbeAction, Protocol, Retention, UpdateOrder, Volume,
    Workload, WorkloadKind,
};
use crate::spec::{Entry, Node, NodeKind};
use indexmap::IndexMap;

const WORKLOAD: &[&str] =
    &["kind", "replicas", "update", "containers", "ports", "volumes", "needs", "bootstrap", "stop_grace"];
const KINDS: &[(&str, WorkloadKind)] =
    &[("service", WorkloadKind::Service), ("stateful", WorkloadKind::Stateful), ("job", WorkloadKind::Job)];
const ORDERS: &[(&str, UpdateOrder)] = &[("ordered", UpdateOrder::Ordered), ("parallel", UpdateOrder::Parallel)];
const NEEDS: &[(&str, Option<Condition>)] = &[
    ("started", Some(Condition::Started)),
    ("healthy", Some(Condition::Healthy)),
    ("completed", Some(Condition::Completed)),
    ("ready", None),
];
const CONDITIONS: &[(&str, Condition)] =
    &[("started", Condition::Started), ("healthy", Condition::Healthy), ("completed", Condition::Completed)];
const RETENTIONS: &[(&str, Retention)] = &[("keep", Retention::Keep), ("delete", Retention::Delete)];
/// The key of the workload that bears the component's own name.
const MAIN: &str = "main";

/// What a module makes of its inputs.
#[derive(Debug, Default)]
pub struct Lowered {
    /// The workloads by name; the first is the main one.
    pub workloads: IndexMap<String, Workload>,
    /// The outputs by name.
    pub outputs: IndexMap<String, Output>,
    /// Whether data must be protected, where the module says so.
    pub protect: Option<bool>,
    /// What others have to wait for, by workload; empty: the main workload.
    pub ready: IndexMap<String, Condition>,
    /// What its workloads wait for.
    pub needs: Vec<Need>,
}

/// What a workload waits for, before it is known whether that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The workload that waits.
    pub workload: String,
    /// The component that is waited for.
    pub component: String,
    /// The workload in it; none: what the component says that others have to wait for.
    pub of: Option<String>,
    /// What must have happened; none where the component says so.
    pub condition: Option<Condition>,
    /// Where it is said.
    pub span: Span,
}

/// The name of a component's workload from its key in the document.
pub fn workload_name(component: &str, key: &str) -> String {
    if key == MAIN { component.to_owned() } else { format!("{component}-{key}") }
}

/// Reads the document of a component.
pub fn read_model(reader: &mut Reader<'_>, component: &str) -> Option<Lowered> {
    let node = reader.parse()?;
    let fields = reader.fields(&node, "the model document", &["workloads", "outputs", "protect", "ready"])?;
    let workloads = reader.by_name(fields.get("workloads"), "workloads", |this, key, entry| {
        let name = workload_name(component, key);
        this.check_label(&name, entry.key_span, "a workload");
        this.workload(component, name, &entry.value)
    });
    let outputs = reader.by_name(fields.get("outputs"), "outputs", Reader::output);
    let protect = fields.get("protect").and_then(|node| reader.flag(node, "protect"));
    let workloads = workloads.into_values().map(|workload| (workload.name.clone(), workload)).collect();
    let ready = reader.ready(fields.get("ready"), component);
    Some(Lowered { workloads, outputs, protect, ready, needs: std::mem::take(&mut reader.needs) })
}

impl Reader<'_> {
    fn output(&mut self, name: &str, entry: &Entry) -> Option<Output> {
        if !matches!(entry.value.kind, NodeKind::Map(_)) {
            return Some(Output { value: self.value(&entry.value, name)?, sensitive: false });
        }
        let fields = self.fields(&entry.value, "an output", &["value", "sensitive"])?;
        let value = self.required(&fields, "an output", "value").and_then(|node| self.value(node, name));
        let sensitive = fields.get("sensitive").and_then(|node| self.flag(node, "sensitive")).unwrap_or(false);
        Some(Output { value: value?, sensitive })
    }

    fn workload(&mut self, component: &str, name: String, node: &Node) -> Option<Workload> {
        let what = format!("the workload `{name}`");
        let fields = self.fields(node, &what, WORKLOAD)?;
        let kind = self.required(&fields, &what, "kind").and_then(|node| self.choice(node, "kind", KINDS));
        let replicas = match fields.get("replicas") {
            None => Some(1),
            Some(node) => self.integer(node, "replicas", "a whole number from 0"),
        };
        let update =
            fields.get("update").map_or(Some(UpdateOrder::Ordered), |node| self.choice(node, "update", ORDERS));
        let containers = self.by_name(fields.get("containers"), "containers", |this, name, entry| {
            this.check_label(name, entry.key_span, "a container");
            this.container(name, &entry.value)
        });
        if containers.is_empty() {
            self.error(fields.span, format!("{what} has no containers"));
        }
        let ports = self.by_name(fields.get("ports"), "ports", |this, name, entry| {
            this.check_label(name, entry.key_span, "a port");
            this.port(&entry.value)
        });
        let volumes = self.by_name(fields.get("volumes"), "volumes", |this, name, entry| {
            this.check_label(name, entry.key_span, "a volume");
            this.volume(&entry.value)
        });
        self.needs(fields.get("needs"), &name, component);
        let workload = Workload {
            name,
            kind: kind?,
            replicas: replicas?,
            update: update?,
            containers: containers.into_values().collect(),
            ports,
            volumes,
            needs: Vec::new(),
            bootstrap: fields.get("bootstrap").and_then(|node| self.bootstrap(node)),
            stop_grace_seconds: fields.get("stop_grace").and_then(|node| self.seconds(node, "stop_grace")),
        };
        self.check_workload(&workload, &fields);
        Some(workload)
    }

    fn bootstrap(&mut self, node: &Node) -> Option<Bootstrap> {
        let fields = self.fields(node, "`bootstrap`", &["check"])?;
        let check = self.required(&fields, "`bootstrap`", "check")?;
        self.values(check, "check").map(|check| Bootstrap { check })
    }

    /// A number, or `{port, protocol, expose}`.
    fn port(&mut self, node: &Node) -> Option<Port> {
        let expected = "a port number from 1 to 65535";
        if !matches!(node.kind, NodeKind::Map(_)) {
            let number = self.integer::<u16>(node, "port", expected)?;
            return Some(Port { number, protocol: Protocol::Tcp, exposure: Exposure::Internal });
        }
        let fields = self.fields(node, "a port", &["port", "protocol", "expose"])?;
        let number = self.required(&fields, "a port", "port").and_then(|node| self.integer(node, "port", expected));
        let protocols = &[("tcp", Protocol::Tcp), ("udp", Protocol::Udp)];
        let protocol =
            fields.get("protocol").map_or(Some(Protocol::Tcp), |node| self.choice(node, "protocol", protocols));
        let exposure = fields.get("expose").map_or(Some(Exposure::Internal), |node| self.exposure(node));
        Some(Port { number: number?, protocol: protocol?, exposure: exposure? })
    }

    /// `internal`, `node`, `{node: 31000}`, or `{host, path, tls}`.
    fn exposure(&mut self, node: &Node) -> Option<Exposure> {
        if !matches!(node.kind, NodeKind::Map(_)) {
            let internal = self.choice(node, "expose", &[("internal", true), ("node", false)])?;
            return Some(if internal { Exposure::Internal } else { Exposure::Node { port: None } });
        }
        let fields = self.fields(node, "`expose`", &["node", "host", "path", "tls"])?;
        if let Some(port) = fields.get("node") {
            let port = self.integer(port, "node", "a port number of the machine")?;
            return Some(Exposure::Node { port: Some(port) });
        }
        let host = self.required(&fields, "`expose`", "host").and_then(|node| self.value(node, "host"));
        let path = fields.get("path").map_or(Some("/".into()), |node| self.text(node, "path"));
        let tls = fields.get("tls").and_then(|node| self.text(node, "tls"));
        Some(Exposure::Public { host: host?, path: path?, tls })
    }

    fn volume(&mut self, node: &Node) -> Option<Volume> {
        let fields = self.fields(node, "a volume", &["size", "class", "retention"])?;
        let size = fields.get("size");
        let size_bytes = size.and_then(|node| self.quantity(node, "size", "an amount such as `8Gi`", parse_bytes));
        let class = fields.get("class").and_then(|node| self.text(node, "class"));
        let retention = match fields.get("retention") {
            None => Some(Retention::Keep),
            Some(node) => self.choice(node, "retention", RETENTIONS),
        };
        Some(Volume { size_bytes, class, retention: retention? })
    }

    /// `{workload: condition}` within the component, `{component/workload: condition}` elsewhere. `component/` means what the component
    /// itself says that others have to wait for; its condition is then `ready`.
    fn needs(&mut self, node: Option<&Node>, workload: &str, component: &str) {
        let needs = self.by_name(node, "needs", |this, key, entry| {
            let (of, named) = key.split_once('/').unwrap_or((component, key));
            let condition = this.choice(&entry.value, "condition", NEEDS)?;
            let named = (!named.is_empty()).then(|| workload_name(of, named));
            if named.is_none() != condition.is_none() {
                this.error(
                    entry.key_span,
                    "`ready` belongs to a whole component, written `component/`; other conditions to a workload",
                );
                return None;
            }
            let (component, span) = (of.to_owned(), this.place(entry.key_span));
            Some(Need { workload: workload.to_owned(), component, of: named, condition, span })
        });
        self.needs.extend(needs.into_values());
    }

    /// What others have to wait for: `{workload: condition}`.
    fn ready(&mut self, node: Option<&Node>, component: &str) -> IndexMap<String, Condition> {
        let ready = self.by_name(node, "ready", |this, _, entry| this.choice(&entry.value, "condition", CONDITIONS));
        ready.into_iter().map(|(key, condition)| (workload_name(component, &key), condition)).collect()
    }

    fn check_workload(&mut self, workload: &Workload, fields: &Fields<'_>) {
        if workload.kind == WorkloadKind::Job && workload.replicas != 1 {
            self.error(
                fields.span,
                format!("the job `{}` has {} replicas; a job has one", workload.name, workload.replicas),
            );
        }
        if workload.bootstrap.is_some() && workload.kind != WorkloadKind::Job {
            self.error(fields.span, format!("`{}` is no job and has a `bootstrap`", workload.name));
        }
        for container in &workload.containers {
            self.check_container(workload, container, fields);
        }
    }

    fn check_container(&mut self, workload: &Workload, container: &Container, fields: &Fields<'_>) {
        for mount in container.mounts.iter().filter(|mount| !workload.volumes.contains_key(&mount.volume)) {
            let volumes: Vec<_> = workload.volumes.keys().map(String::as_str).collect();
            let message = format!(
                "`{}` mounts the volume `{}`, which `{}` does not have",
                container.name, mount.volume, workload.name
            );
            let help = if volumes.is_empty() {
                "it has none".to_owned()
            } else {
                format!("its volumes: {}", volumes.join(", "))
            };
            self.error_with_help(fields.span, message, Some(help));
        }
        let probes = [&container.probes.startup, &container.probes.readiness, &container.probes.liveness];
        for probe in probes.into_iter().flatten() {
            let (ProbeAction::Http { port, .. } | ProbeAction::Tcp { port }) = &probe.action else { continue };
            if !workload.ports.contains_key(port) {
                let message = format!(
                    "a probe of `{}` asks the port `{port}`, which `{}` does not have",
                    container.name, workload.name
                );
                self.error(fields.span, message);
            }
        }
    }
}
