//! How a component reaches a port of another one: resolved for the consumer's and the producer's instance.
//!
//! In the same instance it is that tool's own name for the workload; in another one it is where the port is published; and where it is
//! published nowhere that is known, an error at the reference.

use crate::diag::{Diagnostic, Sink, Span, UNREACHABLE_ENDPOINT};
use crate::model::{Component, EndpointPart, Exposure, Instance, Model, Part, Port, Tree, Value, Workload};

/// What a tool calls workloads of its own instance.
pub trait Naming {
    /// The name under which one member, or all of them, are reached from inside the instance.
    fn host(&self, component: &Component, workload: &Workload, member: Option<u32>) -> Value;

    /// The number under which a port is reached from inside the instance.
    fn port(&self, _workload: &Workload, port: &Port) -> u16 {
        port.number
    }
}

/// Resolves endpoints for one consuming component.
#[derive(Clone, Copy)]
pub struct Endpoints<'a> {
    /// The environment.
    pub model: &'a Model,
    /// Who refers to endpoints.
    pub consumer: &'a Component,
    /// What the tool of the consumer's instance calls its own.
    pub naming: &'a dyn Naming,
}

/// Why an endpoint cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// There is no such component, workload or port.
    #[error("`{component}` has no port `{port}`")]
    Absent {
        /// The component.
        component: String,
        /// The port.
        port: String,
    },
    /// It is published nowhere outside its instance.
    #[error("port `{port}` of `{component}` cannot be reached from another target instance (`{instance}`)")]
    Internal {
        /// The component.
        component: String,
        /// The port.
        port: String,
        /// The producer's instance.
        instance: String,
    },
    /// It is published, and nobody knows at which address.
    #[error("port `{port}` of `{component}` is published at an address of `{instance}` that is not known")]
    UnknownAddress {
        /// The component.
        component: String,
        /// The port.
        port: String,
        /// The producer's instance.
        instance: String,
    },
}

impl Unreachable {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Absent { .. } => "`driftless module show` lists the ports of a module".into(),
            Self::Internal { component, port, .. } => format!(
                "expose port `{port}` of `{component}` (`expose: {{node: NUMBER}}` or `expose: {{host: NAME}}`), or let both components use the same target"
            ),
            Self::UnknownAddress { instance, .. } => {
                format!(
                    "say where it is reached: `targets: {{{instance}: {{address: HOST}}}}`, and give the port a number"
                )
            }
        }
    }
}

/// A host and a port.
struct Reached {
    host: Value,
    port: u16,
}

impl Endpoints<'_> {
    /// A value in which no endpoint is left. One that cannot be reached is reported at `span` and stands as it was written.
    pub fn resolve(&self, value: &Value, span: Span, sink: &mut Sink) -> Value {
        let mut resolved = Value::default();
        for part in value.parts() {
            match self.resolve_part(part) {
                Ok(value) => value.parts().iter().for_each(|part| resolved.push(part.clone())),
                Err(error) => {
                    let help = error.help();
                    sink.push(Diagnostic::error(UNREACHABLE_ENDPOINT, span, error.to_string()).help(help));
                    resolved.push(Part::Literal(Value::from_parts([part.clone()]).display()));
                }
            }
        }
        resolved
    }

    /// A tree in which no endpoint is left.
    pub fn resolve_tree(&self, tree: &Tree, span: Span, sink: &mut Sink) -> Tree {
        match tree {
            Tree::Text(value) => Tree::Text(self.resolve(value, span, sink)),
            Tree::List(list) => Tree::List(list.iter().map(|element| self.resolve_tree(element, span, sink)).collect()),
            Tree::Map(map) => {
                Tree::Map(map.iter().map(|(key, value)| (key.clone(), self.resolve_tree(value, span, sink))).collect())
            }
            other => other.clone(),
        }
    }

    /// One part; all but endpoints stay what they are.
    pub fn resolve_part(&self, part: &Part) -> Result<Value, Unreachable> {
        let Part::Endpoint { component, workload, member, port, part: wanted } = part else {
            return Ok(Value::from_parts([part.clone()]));
        };
        let absent = || Unreachable::Absent { component: component.clone(), port: port.clone() };
        let producer = self.model.components.get(component).ok_or_else(absent)?;
        let target = producer.workloads.get(workload).ok_or_else(absent)?;
        let open = target.ports.get(port).ok_or_else(absent)?;
        let reached = if producer.instance == self.consumer.instance {
            Reached { host: self.naming.host(producer, target, *member), port: self.naming.port(target, open) }
        } else {
            self.outside(producer, port, open)?
        };
        Ok(reached.part(*wanted))
    }

    fn outside(&self, producer: &Component, name: &str, port: &Port) -> Result<Reached, Unreachable> {
        let (component, port_name, instance) = (producer.name.clone(), name.to_owned(), producer.instance.clone());
        match &port.exposure {
            Exposure::Internal => Err(Unreachable::Internal { component, port: port_name, instance }),
            Exposure::Public { host, tls, .. } => {
                Ok(Reached { host: host.clone(), port: if tls.is_some() { 443 } else { 80 } })
            }
            Exposure::Node { port: published } => {
                let address = self.model.instances.get(&producer.instance).and_then(published_address);
                match (address, published) {
                    (Some(host), Some(port)) => Ok(Reached { host: Value::literal(host), port: *port }),
                    _ => Err(Unreachable::UnknownAddress { component, port: port_name, instance }),
                }
            }
        }
    }
}

impl Reached {
    fn part(self, wanted: EndpointPart) -> Value {
        let port = || Part::Literal(self.port.to_string());
        match wanted {
            EndpointPart::Host => self.host,
            EndpointPart::Port => Value::from_parts([port()]),
            EndpointPart::Authority => {
                let host = self.host.parts().iter().cloned();
                Value::from_parts(host.chain([Part::Literal(":".into()), port()]))
            }
        }
    }
}

/// Where the machine of an instance is reached: its `address`, else the host in its `host` (`tcp://10.0.0.5:2376`, `ssh://deploy@web1`).
fn published_address(instance: &Instance) -> Option<String> {
    if let Some(address) = instance.setting("address") {
        return Some(address.to_owned());
    }
    let (scheme, rest) = instance.setting("host")?.split_once("://")?;
    if !matches!(scheme, "tcp" | "ssh" | "http" | "https") {
        return None;
    }
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.strip_prefix('[') {
        Some(_) => &host[..=host.find(']')?],
        None => host.split(':').next().unwrap_or(host),
    };
    (!host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests;
