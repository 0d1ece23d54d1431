//! What running software must report, as resources: the same whatever the target, which adds only where the software runs.

use crate::model::{Address, Carrier, Instance, LiveExpectation, Model, Resource, Workload};

/// Where a workload, or one member of it, runs.
pub type Carriers<'a> = dyn Fn(&Workload, Option<u32>) -> Vec<Carrier> + 'a;

/// The live expectations of all components of an instance: `redis:cache-0/config/maxmemory`, `redis:cache/topology`.
pub fn resources(model: &Model, instance: &Instance, carriers: &Carriers<'_>) -> Vec<Resource> {
    let mut resources = Vec::new();
    for component in model.components_of(instance) {
        for expectation in &component.live {
            let Some(workload) = component.workloads.get(&expectation.workload) else { continue };
            let mut carriers = carriers(workload, expectation.member);
            for reach in carriers.iter_mut().filter_map(|carrier| carrier.reach.as_mut()) {
                reach.login.clone_from(&component.login);
            }
            let mut resource =
                Resource::new(address(workload, expectation), Some(component.name.clone()), expectation.value.clone());
            resource.after = carriers.iter().map(|carrier| carrier.address.clone()).collect();
            resource.carriers = carriers;
            resources.push(resource);
        }
    }
    resources
}

fn address(workload: &Workload, expectation: &LiveExpectation) -> Address {
    let node = match expectation.member {
        Some(member) => format!("{}-{member}", workload.name),
        None => workload.name.clone(),
    };
    let path = expectation.path.split('/');
    Address::new(&expectation.backend, None, std::iter::once(node.as_str()).chain(path))
}
