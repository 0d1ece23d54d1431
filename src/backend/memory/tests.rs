//! The suite on memory and on a folder.

use super::{LiveThing, MemoryBackend};
use crate::backend::Backend;
use crate::backend::conformance::{Bench, suite};
use crate::backend::mutant::{MUTATIONS, Mutant, Mutation};
use crate::model::{Address, Resource, Tree};
use std::sync::Arc;

struct MemoryBench {
    system: MemoryBackend,
    mutation: Option<Mutation>,
}

impl Bench for MemoryBench {
    fn backend(&self) -> Arc<dyn Backend> {
        let inner = Arc::new(self.system.clone());
        match self.mutation {
            Some(mutation) => Arc::new(Mutant::new(inner, mutation)),
            None => inner,
        }
    }

    fn resource(&self, name: &str, value: &str) -> Resource {
        let body = Tree::from([("value", Tree::text(value)), ("list", Tree::List(vec![Tree::Int(1)]))]);
        Resource::new(Address::new("docker", None, ["container", name]), Some("cache".into()), body)
    }

    fn put(&self, resource: &Resource) {
        let there = self.system.things().unwrap().remove(&resource.address);
        let thing = LiveThing {
            address: resource.address.clone(),
            owner: there.and_then(|thing| thing.owner),
            component: resource.component.clone(),
            body: resource.body.clone(),
            text: None,
        };
        self.system.put(&thing).unwrap();
    }

    fn take(&self, address: &Address) {
        self.system.take(address).unwrap();
    }
}

#[tokio::test]
async fn memory_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let live = folder.path().join("live");
    for system in [MemoryBackend::new("shop/staging"), MemoryBackend::in_folder("shop/staging", live)] {
        assert_eq!(suite(&MemoryBench { system, mutation: None }).await, Ok(()));
    }
}

#[tokio::test]
async fn the_suite_finds_every_mutant_of_memory() {
    for mutation in MUTATIONS {
        let folder = tempfile::tempdir().unwrap();
        let live = folder.path().join("live");
        for system in [MemoryBackend::new("shop/staging"), MemoryBackend::in_folder("shop/staging", live)] {
            mutation.assert_found(&suite(&MemoryBench { system, mutation: Some(mutation) }).await);
        }
    }
}
