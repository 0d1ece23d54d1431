//! Two workloads that want the same port of the machine.

use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Component, Exposure, Model, Protocol};
use std::collections::BTreeMap;

pub fn check(model: &Model, sink: &mut Sink) {
    let mut taken: BTreeMap<(&str, u16, bool), &Component> = BTreeMap::new();
    for component in model.components.values() {
        for port in component.workloads.values().flat_map(|workload| workload.ports.values()) {
            let Exposure::Node { port: Some(number) } = port.exposure else { continue };
            let key = (component.instance.as_str(), number, port.protocol == Protocol::Udp);
            if let Some(other) = taken.insert(key, component) {
                let message =
                    format!("`{}` and `{}` both want port {number} of the machine", other.name, component.name);
                let diagnostic = Diagnostic::error(code::NODE_PORT_TAKEN, component.place_of("ports"), message);
                let diagnostic = diagnostic.label(other.place_of("ports"), "it is taken here");
                sink.push(diagnostic.help("give one of them another port, or leave the number out"));
            }
        }
    }
}
