//! Two workloads behind the same public address.

use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Component, Exposure, Model};
use std::collections::BTreeMap;

pub fn check(model: &Model, sink: &mut Sink) {
    let mut taken: BTreeMap<(&str, String, &str), &Component> = BTreeMap::new();
    for component in model.components.values() {
        for port in component.workloads.values().flat_map(|workload| workload.ports.values()) {
            let Exposure::Public { host, path, .. } = &port.exposure else { continue };
            let key = (component.instance.as_str(), host.display(), path.as_str());
            if let Some(other) = taken.insert(key, component) {
                let address = format!("{}{path}", host.display());
                let message = format!("`{}` and `{}` are both published as `{address}`", other.name, component.name);
                let diagnostic = Diagnostic::error(code::PUBLIC_ADDRESS_TAKEN, component.place_of("ports"), message);
                let diagnostic = diagnostic.label(other.place_of("ports"), "it is taken here");
                sink.push(diagnostic.help("give one of them another host or path"));
            }
        }
    }
}
