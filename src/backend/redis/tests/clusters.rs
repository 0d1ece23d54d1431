//! Real clusters: formed as what is rendered forms them, then grown, shrunk, broken and healed by goals.

use super::changes::{apply, change};
use super::*;
use crate::backend::Health;
use crate::plan::Action;
use serde_json::json;
use std::collections::BTreeSet;

/// Servers of a cluster; the first `formed` of them are one.
pub struct Cluster {
    pub servers: Vec<Server>,
}

pub fn server(name: &str) -> Server {
    let own = ["--cluster-enabled", "yes", "--cluster-announce-hostname", name, "--cluster-node-timeout", "2000"];
    Server::start(name, &[&own[..], &["--repl-diskless-sync-delay", "0", "--cluster-migration-barrier", "99"]].concat())
}

impl Cluster {
    pub fn start(number: usize, formed: usize, replicas: usize) -> Self {
        let servers: Vec<Server> = (0..number).map(|at| server(&format!("c-{at}"))).collect();
        let members: Vec<String> = servers[..formed].iter().map(|one| format!("127.0.0.1:{}", one.port)).collect();
        let mut arguments = vec!["--cluster", "create"];
        arguments.extend(members.iter().map(String::as_str));
        let replicas = replicas.to_string();
        arguments.extend(["--cluster-replicas", &replicas, "--cluster-yes"]);
        let told = Command::new("redis-cli").args(arguments).output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stdout));
        let cluster = Self { servers };
        let well = |server: &Server| server.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok");
        until("the cluster is well", || cluster.servers[..formed].iter().all(well));
        let linked = |server: &Server| !server.cli(&["INFO", "replication"]).contains("master_link_status:down");
        until("replicas are linked", || cluster.servers[..formed].iter().all(linked));
        cluster
    }

    /// The topology of the first servers.
    pub fn topology(&self, members: usize, shards: usize, replicas: usize) -> Resource {
        let body = json!({"mode": "cluster", "shards": shards, "replicas_per_shard": replicas});
        let mut resource =
            Resource::new("redis:c/topology".parse().unwrap(), Some("cache".into()), Tree::from_json(&body));
        resource.carriers = self.servers[..members].iter().map(Server::carrier).collect();
        resource.after = resource.carriers.iter().map(|carrier| carrier.address.clone()).collect();
        resource
    }

    fn write(&self, number: usize) {
        for at in 0..number {
            let key = format!("key:{at}");
            let port = self.servers[0].port.to_string();
            let told = Command::new("redis-cli").args(["-c", "-p", &port, "SET", &key, &key]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&told.stdout).trim(), "OK", "{key}");
        }
    }

    fn keys(&self) -> BTreeSet<String> {
        let masters = self.servers.iter().filter(|one| one.cli(&["ROLE"]).starts_with("master"));
        masters
            .flat_map(|one| one.cli(&["KEYS", "*"]).lines().map(str::to_owned).collect::<Vec<_>>())
            .filter(|key| !key.is_empty())
            .collect()
    }

    fn role(&self, at: usize) -> String {
        self.servers[at].cli(&["ROLE"]).lines().next().unwrap_or_default().to_owned()
    }
}

async fn run(
    backend: &RedisBackend,
    address: &str,
    resources: &[Resource],
    recorded: &BTreeMap<Address, Applied>,
) -> Result<Option<Digest>, BackendError> {
    let mut run = change(&resources[0], Action::Run, &Observation::default());
    run.address = address.parse().unwrap();
    apply(backend, &[run], resources, recorded, &Secrets::of(&[])).await.remove(0).result
}

/// Looks until it is as it should be.
async fn becomes(backend: &RedisBackend, topology: &Resource, expected: &Json) {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let seen = bodies(&look(backend, std::slice::from_ref(topology)).await);
        let found = seen.get("redis:c/topology");
        if found == Some(expected) {
            return;
        }
        assert!(Instant::now() < end, "{found:?} is not {expected}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn is_healthy(backend: &RedisBackend, address: &str) {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match backend.probe(&context(&Silent), &address.parse().unwrap()).await.unwrap() {
            Health::Healthy => return,
            other => assert!(Instant::now() < end, "{address}: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_cluster_of_six_hands_over_loses_a_server_and_gets_it_back_empty() {
    let cluster = Cluster::start(6, 6, 1);
    let backend = backend();
    let topology = cluster.topology(6, 3, 1);
    let well = topology.body.to_public_json();
    becomes(&backend, &topology, &well).await;
    cluster.write(50);
    let resources = [topology.clone()];
    let nothing = BTreeMap::new();

    // A master hands over before it stops; that is no drift.
    assert_eq!(cluster.role(0), "master");
    assert_eq!(run(&backend, "redis:c-0/handed-over", &resources, &nothing).await, Ok(None));
    is_healthy(&backend, "redis:c-0/handed-over").await;
    let end = Instant::now() + Duration::from_secs(30);
    while cluster.role(0) != "slave" {
        assert!(Instant::now() < end, "it is still a master");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    is_healthy(&backend, "redis:c-0/joined").await;
    becomes(&backend, &topology, &well).await;
    // Once more is nothing.
    assert_eq!(run(&backend, "redis:c-0/handed-over", &resources, &nothing).await, Ok(None));

    // It dies: the others take it for failed.
    cluster.servers[0].stop();
    let failed = json!({"mode": "cluster", "shards": 3, "replicas_per_shard": 0, "failed_nodes": ["c-0"]});
    becomes(&backend, &topology, &failed).await;

    // It comes back without its data, under another id.
    std::fs::remove_file(cluster.servers[0].folder().join("nodes.conf")).unwrap();
    cluster.servers[0].run();
    let probed = backend.probe(&context(&Silent), &"redis:c-0/joined".parse().unwrap()).await.unwrap();
    assert!(matches!(probed, Health::Progressing(_)), "{probed:?}");
    assert_eq!(run(&backend, "redis:c-0/joined", &resources, &nothing).await, Ok(None));
    is_healthy(&backend, "redis:c-0/joined").await;
    becomes(&backend, &topology, &well).await;
    assert_eq!((cluster.role(0).as_str(), cluster.keys().len()), ("slave", 50));
}

#[tokio::test]
async fn a_master_that_hangs_and_a_stranger_are_seen() {
    let cluster = Cluster::start(7, 6, 1);
    let backend = backend();
    let topology = cluster.topology(6, 3, 1);
    let stranger = &cluster.servers[6];
    stranger.cli(&["CLUSTER", "MEET", "127.0.0.1", &cluster.servers[0].port.to_string()]);
    let expected = json!({"mode": "cluster", "shards": 3, "replicas_per_shard": 1, "unknown_nodes": ["c-6"]});
    becomes(&backend, &topology, &expected).await;
    cluster.servers[1].signal("-STOP");
    let expected = json!({
        "mode": "cluster", "shards": 3, "replicas_per_shard": 0, "failed_nodes": ["c-1"], "unknown_nodes": ["c-6"],
    });
    becomes(&backend, &topology, &expected).await;
    cluster.servers[1].signal("-CONT");
    let expected = json!({"mode": "cluster", "shards": 3, "replicas_per_shard": 1, "unknown_nodes": ["c-6"]});
    becomes(&backend, &topology, &expected).await;
}

#[tokio::test]
async fn three_shards_become_four_and_three_again_and_every_key_is_kept() {
    let cluster = Cluster::start(8, 6, 1);
    let backend = backend();
    cluster.write(200);
    let before = cluster.keys();
    assert_eq!(before.len(), 200);
    let (three, four) = (cluster.topology(6, 3, 1), cluster.topology(8, 4, 1));
    let recorded = applied(std::slice::from_ref(&three));
    let seen = look(&backend, std::slice::from_ref(&four)).await;
    let grown = change(&four, Action::Update, &seen);
    let done = apply(&backend, &[grown], std::slice::from_ref(&four), &recorded, &Secrets::of(&[])).await;
    assert!(done[0].result.is_ok(), "{done:?}");
    is_healthy(&backend, "redis:c/topology").await;
    becomes(&backend, &four, &four.body.to_public_json()).await;
    assert_eq!(cluster.keys(), before);
    let slots = |at: usize| {
        let told = cluster.servers[at].cli(&["CLUSTER", "NODES"]);
        let own = told.lines().find(|line| line.contains("myself")).unwrap().to_owned();
        super::super::topology::nodes(&own)[0].count()
    };
    let mut counts: Vec<u32> = (0..8).map(slots).filter(|count| *count > 0).collect();
    counts.sort_unstable();
    assert_eq!(counts, [4096; 4]);

    let recorded = applied(std::slice::from_ref(&four));
    let seen = look_with(&backend, std::slice::from_ref(&three), &recorded, &Secrets::of(&[])).await;
    let shrunk = change(&three, Action::Update, &seen);
    let done = apply(&backend, &[shrunk], std::slice::from_ref(&three), &recorded, &Secrets::of(&[])).await;
    assert!(done[0].result.is_ok(), "{done:?}");
    cluster.servers[6..].iter().for_each(Server::stop);
    becomes(&backend, &three, &three.body.to_public_json()).await;
    assert_eq!(cluster.keys(), before);
}

#[tokio::test]
async fn servers_that_all_have_other_addresses_find_each_other_again() {
    let Cluster { servers } = Cluster::start(6, 6, 1);
    let cluster = Cluster { servers: servers.into_iter().map(Server::moved).collect() };
    let backend = backend();
    let topology = cluster.topology(6, 3, 1);
    let resources = [topology.clone()];
    let recorded = applied(&resources);
    let seen = look(&backend, &resources).await;
    assert_ne!(seen.resources.get(&topology.address).map(|one| &one.body), Some(&topology.body));
    assert!(run(&backend, "redis:c/topology", &resources, &recorded).await.is_ok());
    becomes(&backend, &topology, &topology.body.to_public_json()).await;
}
