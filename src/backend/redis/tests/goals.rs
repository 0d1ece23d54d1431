//! A master with replicas that sentinels watch.

use super::changes::{apply, change};
use super::*;
use crate::backend::Health;
use crate::plan::Action;
use serde_json::json;

struct Group {
    servers: Vec<Server>,
    sentinels: Vec<Server>,
}

impl Group {
    fn start() -> Self {
        let first = Server::start("c-0", &[]);
        let master = first.port.to_string();
        let replica = |at: usize| Server::start(&format!("c-{at}"), &["--replicaof", "127.0.0.1", &master]);
        let servers: Vec<Server> = std::iter::once(first).chain((1..3).map(replica)).collect();
        let sentinel = |at: usize| {
            let name = format!("s-{at}");
            let sentinel = Server {
                name,
                port: free_port(false),
                folder: TempDir::new().unwrap(),
                child: Mutex::new(None),
                arguments: vec!["--sentinel".into()],
            };
            let conf = format!(
                "sentinel monitor cache 127.0.0.1 {master} 2\nsentinel down-after-milliseconds cache 1000\nsentinel failover-timeout cache 5000\n"
            );
            std::fs::write(sentinel.folder().join("redis.conf"), conf).unwrap();
            sentinel.run();
            sentinel
        };
        let group = Self { servers, sentinels: (0..3).map(sentinel).collect() };
        let knows = |one: &Server| {
            let told = one.cli(&["SENTINEL", "MASTER", "cache"]);
            told.contains("num-slaves\n2") && told.contains("num-other-sentinels\n2")
        };
        until("the sentinels know each other", || group.sentinels.iter().all(knows));
        group
    }

    fn resources(&self) -> Vec<Resource> {
        let body = json!({"mode": "sentinel", "master": "cache", "replicas": 2, "sentinels": 3});
        let mut topology =
            Resource::new("redis:c/topology".parse().unwrap(), Some("cache".into()), Tree::from_json(&body));
        topology.carriers = self.servers.iter().map(Server::carrier).collect();
        let body = json!({"quorum": 2, "down-after-milliseconds": 1000, "num-slaves": 2, "num-other-sentinels": 2});
        let watched = self.sentinels.iter().map(|one| one.resource("sentinel/cache", &body));
        let mut all: Vec<Resource> = watched.collect();
        all.insert(0, topology);
        all
    }

    fn role(&self, at: usize) -> String {
        self.servers[at].cli(&["ROLE"]).lines().next().unwrap_or_default().to_owned()
    }
}

async fn settles(backend: &RedisBackend, resources: &[Resource]) {
    let end = Instant::now() + Duration::from_secs(40);
    loop {
        let seen = look(backend, resources).await;
        let is_as_declared =
            |one: &Resource| seen.resources.get(&one.address).is_some_and(|live| live.body == one.body);
        if resources.iter().all(is_as_declared) {
            return;
        }
        assert!(Instant::now() < end, "{:?} {:?}", bodies(&seen), seen.gaps);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_moved_master_is_no_drift_and_a_sentinel_is_put_right() {
    let group = Group::start();
    let backend = backend();
    let resources = group.resources();
    settles(&backend, &resources).await;

    let mut run = change(&resources[0], Action::Run, &Observation::default());
    run.address = "redis:c-0/handed-over".parse().unwrap();
    let done = apply(&backend, &[run], &resources, &BTreeMap::new(), &Secrets::of(&[])).await;
    assert_eq!(done[0].result, Ok(None));
    assert_eq!(group.role(0), "slave");
    let address = "redis:c-0/handed-over".parse().unwrap();
    assert_eq!(backend.probe(&context(&Silent), &address).await, Ok(Health::Healthy));
    settles(&backend, &resources).await;

    group.sentinels[1].cli(&["SENTINEL", "SET", "cache", "quorum", "3"]);
    let seen = look(&backend, &resources).await;
    let differing: Vec<String> = resources
        .iter()
        .filter(|one| seen.resources[&one.address].body != one.body)
        .map(|one| one.address.to_string())
        .collect();
    assert_eq!(differing, ["redis:s-1/sentinel/cache"]);
    let changes = [change(&resources[2], Action::Update, &seen)];
    let done = apply(&backend, &changes, &resources, &BTreeMap::new(), &Secrets::of(&[])).await;
    assert!(done[0].result.is_ok(), "{done:?}");
    settles(&backend, &resources).await;

    // The master dies: another takes over, and one replica is missing until it is back.
    let master = (0..3).find(|at| group.role(*at) == "master").unwrap();
    group.servers[master].stop();
    until("another one takes over", || (0..3).any(|at| at != master && group.role(at) == "master"));
    let seen = look(&backend, &resources).await;
    assert_ne!(seen.resources[&resources[0].address].body, resources[0].body);
    group.servers[master].run();
    settles(&backend, &resources).await;
}
