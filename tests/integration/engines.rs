//! The engines that the tests run on: both pairs do what the rest relies on, and nothing is left of one, however it ended.

use crate::support::engine::Engine;
use crate::support::tools;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A limit, a network with an address range, a health check, inline content, a published port.
const COMPOSE: &str = r#"name: NAME
services:
  cache:
    image: local/engines:1
    command: [redis-server, /etc/cache.conf]
    user: "999:999"
    mem_limit: 64m
    memswap_limit: 64m
    cpus: 0.5
    networks: [inner]
    ports: ["127.0.0.1::6379"]
    volumes: [data:/data]
    configs: [{source: cache, target: /etc/cache.conf}]
    healthcheck: {test: [CMD, redis-cli, ping], interval: 1s, timeout: 2s, retries: 5}
configs:
  cache:
    content: "maxmemory 32mb\nprotected-mode no\n"
networks:
  inner:
    ipam: {config: [{subnet: SUBNET}]}
volumes:
  data: {}
"#;

#[test]
fn the_pair_of_today_runs_what_compose_says() {
    runs_what_compose_says(Engine::shared(), "28.", "5.");
}

#[test]
fn the_oldest_pair_runs_what_compose_says() {
    runs_what_compose_says(Engine::oldest(), "20.10.", "2.39.");
}

#[track_caller]
fn runs_what_compose_says(engine: &Engine, version: &str, compose: &str) {
    let versions = engine.docker(&["version", "--format", "{{.Client.Version}} {{.Server.Version}}"]);
    assert!(versions.split(' ').all(|told| told.starts_with(version)), "{versions}");
    let folder = tempfile::tempdir().unwrap();
    let told = engine.compose(folder.path(), &["version", "--short"]);
    assert!(told.trim_start_matches('v').starts_with(compose), "{told}");

    let project = engine.project("engines");
    let subnet = engine.subnet();
    engine.redis_image("local/engines:1");
    let text = COMPOSE.replace("NAME", project.name()).replace("SUBNET", &subnet);
    std::fs::write(folder.path().join("compose.yaml"), text).unwrap();
    engine.compose(folder.path(), &["up", "--detach", "--wait", "--quiet-pull"]);

    let name = format!("{}-cache-1", project.name());
    let (container, network) = (engine.inspect(&name), engine.inspect(&format!("{}_inner", project.name())));
    assert_eq!(seen(&container, &network, project.name()), expected(&subnet));
    let host = ["127.0.0.1", "-p", &port(&engine.docker(&["port", &name, "6379"]))].map(str::to_owned);
    let printed = tools::succeed(Command::new("redis-cli").arg("-h").args(host).args(["config", "get", "maxmemory"]));
    assert_eq!(printed, "maxmemory\n33554432\n", "through the published port");
    let resolved = engine.docker(&["exec", &name, "getent", "hosts", "cache"]);
    assert_eq!(resolved.split_whitespace().last(), Some("cache"), "{resolved}");

    assert_eq!(project.left().len(), 3, "{:?}", project.left());
    engine.compose(folder.path(), &["down", "--volumes"]);
    assert_eq!(project.left(), [""; 0]);
}

fn port(address: &str) -> String {
    address.rsplit(':').next().unwrap().to_owned()
}

fn seen(container: &Json, network: &Json, project: &str) -> Json {
    let host = &container["HostConfig"];
    let attached = container["NetworkSettings"]["Networks"].as_object().unwrap();
    json!({
        "memory": host["Memory"], "swap": host["MemorySwap"], "cpus": host["NanoCpus"], "user": container["Config"]["User"],
        "health": container["State"]["Health"]["Status"], "check": container["Config"]["Healthcheck"],
        "networks": attached.keys().map(|name| name.replace(project, "P")).collect::<Vec<_>>(),
        "subnet": network["IPAM"]["Config"][0]["Subnet"],
        "volumes": container["Mounts"].as_array().unwrap().iter().filter(|mount| mount["Type"] == "volume")
            .map(|mount| mount["Name"].as_str().unwrap().replace(project, "P")).collect::<Vec<_>>(),
    })
}

fn expected(subnet: &str) -> Json {
    json!({
        "memory": 67_108_864, "swap": 67_108_864, "cpus": 500_000_000, "user": "999:999",
        "health": "healthy",
        "check": {"Test": ["CMD", "redis-cli", "ping"], "Interval": 1_000_000_000, "Timeout": 2_000_000_000, "Retries": 5},
        "networks": ["P_inner"], "subnet": subnet, "volumes": ["P_data"],
    })
}

/// What an engine has on this machine for a network and a container, where no other engine can have the same: the link of the
/// bridge, the folder with the records, the cgroups.
fn traces(engine: &Engine, network: &str, container: &str) -> Vec<PathBuf> {
    let place = format!("driftless-engine-{}", engine.folder().file_name().unwrap().to_str().unwrap());
    let roots = std::fs::read_dir("/sys/fs/cgroup").unwrap().map(|entry| entry.unwrap().path());
    let cgroups = roots.chain([PathBuf::from("/sys/fs/cgroup")]).map(|root| root.join(&place).join(container));
    let link = Path::new("/sys/class/net").join(format!("br-{}", &network[..12]));
    let traces: Vec<_> = cgroups.filter(|path| path.exists()).collect();
    assert!(!traces.is_empty(), "no cgroup in {place}");
    [vec![link, engine.folder().join("data/containers").join(container)], traces].concat()
}

/// An engine with a network and a container that listens, and what it has on this machine.
fn busy(options: &[&str]) -> (Engine, Vec<PathBuf>) {
    let engine = Engine::own(options);
    engine.image("local/engines:1", &["ENV PATH=/bin"]);
    let network = engine.docker(&["network", "create", "inner"]);
    let run = ["run", "--detach", "--network", "inner", "--name", "cache", "local/engines:1", "sleep", "600"];
    let container = engine.docker(&run);
    let traces = traces(&engine, &network, &container);
    assert_eq!(left(&traces), traces.iter().collect::<Vec<_>>());
    (engine, traces)
}

fn left(traces: &[PathBuf]) -> Vec<&PathBuf> {
    traces.iter().filter(|path| path.exists()).collect()
}

#[test]
fn an_engine_of_ones_own_can_be_restarted_and_leaves_nothing() {
    let (engine, traces) = busy(&["--live-restore"]);
    let started = || engine.inspect("cache")["State"]["StartedAt"].clone();
    let before = started();
    engine.crash();
    assert_eq!(started(), before);
    engine.restart();
    assert_eq!(started(), before);
    engine.kill();
    assert!(!engine.command(&["version"]).output().unwrap().status.success(), "a dead engine answers");
    engine.start();
    let container = engine.inspect("cache");
    assert_eq!((&container["State"]["StartedAt"], &container["State"]["Running"]), (&before, &Json::Bool(true)));
    let command = tools::succeed(&mut engine.inside(&["cat", &format!("/proc/{}/cmdline", container["State"]["Pid"])]));
    assert_eq!(command, "sleep\x00600\x00");
    drop(engine);
    assert!(left(&traces).is_empty(), "{:?}", left(&traces));
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let (engine, traces) = busy(&[]);
    // First whoever would clean up, then the engine with all that it started.
    for id in [engine.supervisor().outermost(), engine.supervisor().id()] {
        tools::succeed(Command::new("kill").args(["-s", "KILL", &id.to_string()]));
    }
    drop(engine);
    // Its place is free once the last of its processes has ended.
    for _ in 0..10 {
        drop(Engine::own(&[]));
        if left(&traces).is_empty() {
            return;
        }
    }
    panic!("{:?}", left(&traces));
}

#[test]
fn on_an_engine_of_somebody_else_only_what_runs_that_are_gone_left_is_removed() {
    let engine = Engine::own(&[]);
    engine.image("local/engines:1", &["ENV PATH=/bin"]);
    let ours = engine.project("engines");
    // No process can have so high a number.
    for project in ["dt999999999x0-gone", ours.name(), "dtx0-shop", "shop"] {
        let label = format!("com.docker.compose.project={project}");
        engine.docker(&["run", "--detach", "--label", &label, "--name", project, "local/engines:1", "sleep", "600"]);
        engine.docker(&["network", "create", "--label", &label, project]);
        engine.docker(&["volume", "create", "--label", &label, project]);
    }
    let other = Engine::at(engine.host());
    let sorted = |arguments: &[&str]| {
        let mut lines = other.lines(arguments);
        lines.sort();
        lines
    };
    assert_eq!(sorted(&["ps", "--format", "{{.Names}}"]), [ours.name(), "dtx0-shop", "shop"]);
    assert_eq!(sorted(&["volume", "ls", "--quiet"]), [ours.name(), "dtx0-shop", "shop"]);
    let networks = sorted(&["network", "ls", "--format", "{{.Name}}"]);
    assert_eq!(networks, ["bridge", ours.name(), "dtx0-shop", "host", "none", "shop"]);
}
