//! The suite on every kind of repository.

use super::{Ground, path};
use crate::backend::Backend;
use crate::backend::conformance::{Bench, suite};
use crate::backend::mutant::{MUTATIONS, Mutant, Mutation};
use crate::model::{Address, Resource};
use std::sync::Arc;

struct GitBench {
    ground: Ground,
    mutation: Option<Mutation>,
}

impl Bench for GitBench {
    fn backend(&self) -> Arc<dyn Backend> {
        let inner = self.ground.backend();
        match self.mutation {
            Some(mutation) => Arc::new(Mutant::new(inner, mutation)),
            None => inner,
        }
    }

    fn resource(&self, name: &str, value: &str) -> Resource {
        match name {
            // A file whose text alone says what it is.
            "c" => self.ground.file("scripts/c d.sh", &format!("echo {value}\n")),
            name => self.ground.file(&format!("{name}.yaml"), &format!("# {name}\nvalue: {value}\n")),
        }
    }

    fn put(&self, resource: &Resource) {
        self.ground.commit(&[(&path(&resource.address), resource.text.as_deref())]);
    }

    fn take(&self, address: &Address) {
        self.ground.commit(&[(&path(address), None)]);
    }
}

#[tokio::test]
async fn a_branch_of_any_repository_conforms() {
    for ground in [Ground::same(), Ground::bare(), Ground::with_work_tree(), Ground::remote()] {
        let repository = ground.repository.clone();
        assert_eq!(suite(&GitBench { ground, mutation: None }).await, Ok(()), "{repository}");
    }
}

#[tokio::test]
async fn the_suite_finds_every_mutant_of_git() {
    for mutation in MUTATIONS {
        let found = suite(&GitBench { ground: Ground::same(), mutation: Some(mutation) }).await;
        mutation.assert_found(&found);
    }
}
