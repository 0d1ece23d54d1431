//! Several replicas of a service that write into one volume.

use crate::diag::{Diagnostic, Sink, code};
use crate::model::{Model, Workload, WorkloadKind};

pub fn check(model: &Model, sink: &mut Sink) {
    for component in model.components.values() {
        for workload in component.workloads.values().filter(|workload| shares_a_volume(workload)) {
            let message =
                format!("the {} replicas of `{}` write into the same volume", workload.replicas, workload.name);
            let help = "make it stateful, so that each replica has its own volume, or let it have one replica";
            let diagnostic = Diagnostic::warning(code::SHARED_VOLUME, component.place_of("volumes"), message);
            sink.push(diagnostic.help(help));
        }
    }
}

fn shares_a_volume(workload: &Workload) -> bool {
    let writes = workload.containers.iter().flat_map(|container| &container.mounts).any(|mount| !mount.read_only);
    workload.kind == WorkloadKind::Service && workload.replicas > 1 && writes
}
