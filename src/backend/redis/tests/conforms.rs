//! The suite of all backends, on users of a real server.

use super::{HostAccess, RedisBackend, Server, limits};
use crate::backend::Backend;
use crate::backend::conformance::{Bench, suite};
use crate::backend::mutant::{MUTATIONS, Mutant, Mutation};
use crate::model::{Address, Resource};
use serde_json::json;
use std::sync::Arc;

struct Ground {
    server: Server,
    backend: Arc<RedisBackend>,
    mutation: Option<Mutation>,
}

impl Ground {
    fn new(mutation: Option<Mutation>) -> Self {
        let access = Arc::new(HostAccess::new(std::env::temp_dir()));
        let backend = Arc::new(RedisBackend::new("compose", access).with_limits(limits()));
        Self { server: Server::start("c-0", &[]), backend, mutation }
    }
}

fn name(address: &Address) -> String {
    address.segments().last().unwrap()
}

impl Bench for Ground {
    fn backend(&self) -> Arc<dyn Backend> {
        let inner: Arc<dyn Backend> = Arc::clone(&self.backend) as Arc<dyn Backend>;
        match self.mutation {
            Some(mutation) => Arc::new(Mutant::new(inner, mutation)),
            None => inner,
        }
    }

    fn resource(&self, name: &str, value: &str) -> Resource {
        self.server.resource(&format!("acl/{name}"), &json!({"rules": format!("~{value}:* +@read -get")}))
    }

    fn put(&self, resource: &Resource) {
        let rules = super::super::acl::setuser(&resource.body, &std::collections::BTreeSet::new());
        let name = name(&resource.address);
        let mut arguments = vec!["ACL", "SETUSER", &name];
        arguments.extend(rules.iter().map(String::as_str));
        assert_eq!(self.server.cli(&arguments), "OK");
    }

    fn take(&self, address: &Address) {
        assert_eq!(self.server.cli(&["ACL", "DELUSER", &name(address)]), "1");
    }
}

#[tokio::test]
async fn users_of_a_server_conform() {
    assert_eq!(suite(&Ground::new(None)).await, Ok(()));
}

#[tokio::test]
async fn the_suite_finds_every_mutant_of_redis() {
    for mutation in MUTATIONS {
        let found = suite(&Ground::new(Some(mutation))).await;
        mutation.assert_found(&found);
    }
}
