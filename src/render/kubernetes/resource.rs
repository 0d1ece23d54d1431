//! Objects as resources that a native backend compares and applies.

use super::{Object, Scope};
use crate::model::{Address, Carrier, Instance, Model, Reach, Resource, Workload, WorkloadKind};
use crate::render::live;
use std::collections::BTreeMap;

/// The kind of their addresses.
pub const KIND: &str = "kubernetes";

/// `kubernetes:GROUP/KIND/NAMESPACE/NAME`, `core` where there is no group.
pub fn address(instance: &Instance, group: &str, kind: &str, namespace: &str, name: &str) -> Address {
    let group = if group.is_empty() { "core" } else { group };
    Address::new(KIND, instance.address_name(), [group, kind, namespace, name])
}

/// The pod of one member of a stateful workload: what lives in it is reached through it.
pub fn pod_address(instance: &Instance, scope: &Scope, workload: &str, member: u32) -> Address {
    address(instance, "", "Pod", &scope.namespace, &format!("{workload}-{member}"))
}

/// The objects as resources, in order. What runs comes after what it mounts, refers to, or needs.
pub fn resources(model: &Model, instance: &Instance, scope: &Scope, objects: &[Object]) -> Vec<Resource> {
    let addresses: Vec<_> = objects
        .iter()
        .map(|object| address(instance, object.group(), object.kind(), &scope.namespace, object.name()))
        .collect();
    let runs: BTreeMap<_, _> = objects
        .iter()
        .zip(&addresses)
        .filter(|(object, _)| is_workload(object))
        .filter_map(|(object, address)| Some((object.workload.clone()?, address.clone())))
        .collect();
    let resource = |(at, object): (usize, &Object)| {
        let mut after = Vec::new();
        if is_workload(object) {
            let beside = objects[..at].iter().zip(&addresses).filter(|(other, _)| serves(other, object));
            after.extend(beside.map(|(_, address)| address.clone()));
            after.extend(needed(model, object).filter_map(|workload| runs.get(&workload).cloned()));
        }
        Resource {
            after,
            protect: object.protect,
            ..Resource::new(addresses[at].clone(), object.component.clone(), object.body.clone())
        }
    };
    let mut all: Vec<_> = objects.iter().enumerate().map(resource).collect();
    all.extend(live::resources(model, instance, &|workload, member| carriers(instance, scope, workload, member)));
    all
}

/// The pods in which a workload, or one member of it, runs. Only a stateful workload's are known by name; another's is its whole.
fn carriers(instance: &Instance, scope: &Scope, workload: &Workload, member: Option<u32>) -> Vec<Carrier> {
    let port = workload.ports.values().next();
    let reach = || port.map(|port| Reach { port: port.number, published: None, login: None });
    if workload.kind != WorkloadKind::Stateful {
        let address = address(instance, "apps", "Deployment", &scope.namespace, &workload.name);
        return vec![Carrier { address, reach: reach() }];
    }
    let members = member.map_or(0..workload.replicas, |member| member..member.saturating_add(1));
    members
        .map(|member| Carrier { address: pod_address(instance, scope, &workload.name, member), reach: reach() })
        .collect()
}

fn is_workload(object: &Object) -> bool {
    matches!(object.kind(), "Deployment" | "StatefulSet" | "Job") && object.workload.is_some()
}

/// Whether `other` has to be there before the workload's pods start. The shared Secret has no workload.
fn serves(other: &Object, object: &Object) -> bool {
    (other.workload == object.workload && !is_workload(other)) || other.component.is_none()
}

fn needed<'a>(model: &'a Model, object: &'a Object) -> impl Iterator<Item = String> + 'a {
    let component = object.component.as_ref().and_then(|name| model.components.get(name));
    let workload = component.zip(object.workload.as_ref()).and_then(|(component, name)| component.workloads.get(name));
    let needs = workload.into_iter().flat_map(|workload| &workload.needs);
    needs.map(|need| need.workload.clone())
}
