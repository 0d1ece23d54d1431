//! Recorded answers of an engine, and what is made of them.

use super::*;
use crate::backend::docker::TABLE;
use crate::model::{Address, Resource};
use crate::plan::{Comparison, Content, compare};
use bollard::models::{Network, Volume};
use serde_json::{Value as Json, json};

const NODE: &str = include_str!("node.json");
const SIDECAR: &str = include_str!("sidecar.json");
const FULL: &str = include_str!("full.json");
const IMAGE: &str = include_str!("image.json");
const NETWORK: &str = include_str!("network.json");
const VOLUME: &str = include_str!("volume.json");

/// What the file says of a container, in the form in which it is rendered: a node, what shares its network, and a service with every key
/// that leaves something in a container, most of them in a short form.
fn declared_of(name: &str) -> Json {
    let all: Json = serde_json::from_str(include_str!("declared.json")).unwrap();
    all[name].clone()
}

fn address(service: &str) -> Address {
    Address::new("docker", None, ["container", service])
}

/// The recorded container, changed by hand.
fn recorded(text: &str, change: impl FnOnce(&mut Json)) -> ContainerInspectResponse {
    let mut json: Json = serde_json::from_str(text).unwrap();
    change(&mut json);
    serde_json::from_value(json).unwrap()
}

fn scene(project: &str, networks: &[(&str, &str)], container: &ContainerInspectResponse) -> Scene {
    let ids = |name: &str| {
        let networks = container.network_settings.as_ref()?.networks.as_ref()?;
        networks.get(name)?.network_id.clone()
    };
    let name = |name: &str| format!("{project}_{name}");
    let parent = recorded(NODE, |_| {}).id.unwrap();
    Scene {
        project: project.into(),
        services: BTreeMap::from([(parent, "cache-0".to_owned())]),
        networks: networks
            .iter()
            .map(|(short, id)| (name(short), BTreeSet::from([ids(&name(short)).unwrap_or_else(|| (*id).into())])))
            .collect(),
        declared: networks.iter().map(|(short, _)| format!("network/{short}")).collect(),
        engine: Some(SystemInfo { logging_driver: Some("json-file".into()), ..SystemInfo::default() }),
        ..Scene::default()
    }
}

/// The fields that are not as declared: path, what is live.
fn found(project: &str, service: &str, declared: &Json, container: &ContainerInspectResponse) -> Vec<(String, Json)> {
    let resource = Resource::new(address(service), None, Tree::from_json(declared));
    let resource = super::declared(&resource, project);
    let image: ImageInspect = serde_json::from_str(IMAGE).unwrap();
    let scene = scene(project, &[("dev", ""), ("one", ""), ("two", "")], container);
    let image_name = "local/redis:7.0";
    let sight = Sight { container, image: &image, image_name, service, scene: &scene, declared: &resource.body };
    let mut live = super::container(&sight, &resource.body);
    for files in ["configs", "config_targets"] {
        if let Some(files_declared) = resource.body.get(files) {
            live.insert(files, files_declared.clone());
        }
    }
    let side = |body| Some(Content { body, text: None, executable: false });
    let compared = compare(&Comparison {
        address: &resource.address,
        table: &TABLE,
        owned: &[],
        desired: side(&resource.body),
        applied: side(&resource.body),
        live: side(&live),
        as_system_would: None,
        silence: &|_| None,
    });
    assert_eq!(compared.not_compared, [], "a field has no row");
    assert_eq!(compared.silenced, [], "something is silenced by a rule");
    let live = |tree: &Option<Tree>| tree.as_ref().map_or(Json::Null, Tree::to_public_json);
    compared.fields.iter().map(|field| (field.path.to_string(), live(&field.live))).collect()
}

#[test]
fn what_was_made_from_a_file_is_what_the_file_declares() {
    assert_eq!(found("shop-dev", "cache-0", &declared_of("node"), &recorded(NODE, |_| {})), []);
    assert_eq!(found("shop-dev", "side", &declared_of("sidecar"), &recorded(SIDECAR, |_| {})), []);
    assert_eq!(found("full", "all", &declared_of("full"), &recorded(FULL, |_| {})), []);
}

#[test]
fn every_key_of_a_full_service_is_seen_when_it_is_gone() {
    // What is said to the image's or the engine's own, or only to Compose, cannot be seen to go.
    let resource = Resource::new(address("all"), None, Tree::from_json(&declared_of("full")));
    let declared = super::declared(&resource, "full");
    let image: ImageInspect = serde_json::from_str(IMAGE).unwrap();
    let container = recorded(FULL, |_| {});
    let scene = scene("full", &[("one", ""), ("two", "")], &container);
    let sight = Sight {
        container: &container,
        image: &image,
        image_name: "local/redis:7.0",
        service: "all",
        scene: &scene,
        declared: &declared.body,
    };
    let live = super::container(&sight, &declared.body);
    for key in declared.body.as_map().unwrap().keys() {
        assert!(live.get(key).is_some(), "{key} is declared and is not in what is live");
    }
}

/// A change of a recorded container, and what must be found.
type Case = (&'static str, fn(&mut Json), &'static str, Json);

fn changed_by_hand() -> Vec<Case> {
    vec![
        (
            "memory",
            |c| c["HostConfig"]["Memory"] = json!(33_554_432),
            "deploy.resources.limits.memory",
            json!(33_554_432),
        ),
        ("swap", |c| c["HostConfig"]["MemorySwap"] = json!(-1), "memswap_limit", json!(-1)),
        ("cpus", |c| c["HostConfig"]["NanoCpus"] = json!(1_000_000_000), "deploy.resources.limits.cpus", json!("1")),
        ("pids", |c| c["HostConfig"]["PidsLimit"] = json!(64), "deploy.resources.limits.pids", json!(64)),
        (
            "restart",
            |c| c["HostConfig"]["RestartPolicy"] = json!({"Name": "always", "MaximumRetryCount": 0}),
            "restart",
            json!("always"),
        ),
        ("paused", |c| c["State"]["Status"] = json!("paused"), "state", json!("paused")),
        ("stopped", |c| c["State"]["Status"] = json!("exited"), "state", json!("exited")),
        ("a loop", |c| c["State"]["Status"] = json!("restarting"), "state", json!("restarting")),
        ("ill", |c| c["State"]["Health"]["Status"] = json!("unhealthy"), "health", json!("unhealthy")),
        ("renamed", |c| c["Name"] = json!("/other"), "container_name", json!("other")),
        (
            "environment",
            |c| c["Config"]["Env"] = json!(["A=2", "PATH=/bin", "IMAGE_VERSION=1"]),
            "environment.A",
            json!("2"),
        ),
        (
            "frozen",
            |c| c["Config"]["Env"] = json!(["A=1", "PATH=/bin", "IMAGE_VERSION=0"]),
            "environment.IMAGE_VERSION",
            json!("0"),
        ),
        ("label", |c| c["Config"]["Labels"]["x"] = json!("y"), "labels.x", json!("y")),
        (
            "alias",
            |c| c["NetworkSettings"]["Networks"]["shop-dev_dev"]["Aliases"] = json!(["cache-0"]),
            "networks.dev.aliases",
            json!(["cache-0"]),
        ),
        (
            "address",
            |c| c["NetworkSettings"]["Networks"]["shop-dev_dev"]["IPAMConfig"] = json!({"IPv4Address": "10.0.0.9"}),
            "networks.dev.ipv4_address",
            json!("10.0.0.9"),
        ),
        (
            "more networks",
            |c| c["NetworkSettings"]["Networks"]["bridge"] = json!({"NetworkID": ""}),
            "networks.bridge",
            json!({"aliases": ["shop-dev-cache-0-1"], "gw_priority": 0}),
        ),
        ("entry point", |c| c["Config"]["Entrypoint"] = json!(["sh"]), "entrypoint", json!(["sh"])),
        (
            "order",
            |c| c["Config"]["Cmd"] = json!(["/etc/redis.conf", "redis-server"]),
            "command[0]",
            json!("/etc/redis.conf"),
        ),
        ("capability", |c| c["HostConfig"]["CapAdd"] = json!(["CAP_NET_ADMIN"]), "cap_add", json!(["NET_ADMIN"])),
        ("privileged", |c| c["HostConfig"]["Privileged"] = json!(true), "privileged", json!(true)),
        ("port", |c| c["HostConfig"]["PortBindings"] = json!({}), "ports", Json::Null),
        ("exposed", |c| c["Config"]["ExposedPorts"]["9/tcp"] = json!({}), "expose", json!(["9/tcp"])),
        (
            "mount",
            |c| c["HostConfig"]["Binds"][0] = json!("other:/data:rw"),
            "volumes[target=/data].source",
            json!("other"),
        ),
        (
            "read only",
            |c| c["HostConfig"]["Binds"][0] = json!("shop-dev_cache-0-data:/data:ro"),
            "volumes[target=/data].read_only",
            json!(true),
        ),
        ("more mounts", |c| c["HostConfig"]["Tmpfs"] = json!({"/x": "size=1m"}), "tmpfs", json!(["/x:size=1m"])),
        ("health check", |c| c["Config"]["Healthcheck"]["Retries"] = json!(1), "healthcheck.retries", json!(1)),
        ("hostname", |c| c["Config"]["Hostname"] = json!("other"), "hostname", json!("other")),
        ("hostname lost", |c| c["Config"]["Hostname"] = json!("0123456789ab"), "hostname", json!("0123456789ab")),
        ("grace", |c| c["Config"]["StopTimeout"] = json!(5), "stop_grace_period", json!("5s")),
        ("user", |c| c["Config"]["User"] = json!("nobody"), "user", json!("nobody")),
        (
            "sysctl",
            |c| c["HostConfig"]["Sysctls"] = json!({"net.core.somaxconn": "9"}),
            "sysctls",
            json!({"net.core.somaxconn": "9"}),
        ),
        (
            "logging",
            |c| c["HostConfig"]["LogConfig"] = json!({"Type": "none", "Config": {}}),
            "logging.driver",
            json!("none"),
        ),
        ("mode", |c| c["HostConfig"]["NetworkMode"] = json!("host"), "network_mode", json!("host")),
    ]
}

#[test]
fn what_somebody_changed_is_that_one_field() {
    let mut wrong = Vec::new();
    for (name, change, path, live) in changed_by_hand() {
        let found = found("shop-dev", "cache-0", &declared_of("node"), &recorded(NODE, change));
        // A list is shown without what is empty in it.
        let found: Vec<_> = found.into_iter().filter(|(path, _)| name != "order" || path != "command[1]").collect();
        if found != [(path.to_owned(), live.clone())] {
            wrong.push((name, found, live));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let dead = |c: &mut Json| c["HostConfig"]["NetworkMode"] = json!("container:0000");
    let found = found("shop-dev", "side", &declared_of("sidecar"), &recorded(SIDECAR, dead));
    assert_eq!(found, [("network_mode".to_owned(), json!("container:0000"))]);
}

/// A rule, and what the engine fills in by it.
type Filled = (&'static str, fn(&mut Json));

#[test]
fn what_is_filled_in_is_nobodys() {
    let cases: [Filled; 13] = [
        ("DP08", |c| {
            c["HostConfig"]["PortBindings"]["6379/tcp"] =
                json!([{"HostIp": "127.0.0.1", "HostPort": ""}, {"HostIp": "127.0.0.1", "HostPort": "0"}]);
        }),
        ("DP12", |c| c["HostConfig"]["IpcMode"] = json!("shareable")),
        ("DP13", |c| c["HostConfig"]["PidsLimit"] = json!(-1)),
        ("DP13", |c| c["HostConfig"]["CapAdd"] = json!([])),
        ("DP15", |c| c["HostConfig"]["RestartPolicy"] = json!({"Name": "unless-stopped", "MaximumRetryCount": 3})),
        ("DP16", |c| c["HostConfig"]["CapDrop"] = json!(["CAP_ALL"])),
        ("DP17", |c| c["HostConfig"]["SecurityOpt"] = json!(["no-new-privileges"])),
        ("DP21", |c| {
            c["NetworkSettings"]["Networks"]["shop-dev_dev"]["Aliases"] = json!(["cache", "1671b75fe412", "cache-0"]);
        }),
        ("DP22", |c| c["NetworkSettings"]["Networks"]["shop-dev_dev"]["MacAddress"] = json!("")),
        ("DP25", |c| c["HostConfig"]["Mounts"] = json!([])),
        ("DP33", |c| c["State"]["Health"]["Status"] = json!("starting")),
        ("DP34", |c| c["Config"]["Labels"]["com.docker.compose.config-hash"] = json!("forged")),
        ("DP03", |c| c["Config"]["Labels"]["desktop.docker.io/binds/0/Source"] = json!("/x")),
    ];
    for (name, change) in cases {
        assert_eq!(found("shop-dev", "cache-0", &declared_of("node"), &recorded(NODE, change)), [], "{name}");
    }
}

#[test]
fn networks_and_volumes_are_what_is_declared_of_them() {
    let network: Network = serde_json::from_str(NETWORK).unwrap();
    let labels = json!({"driftless.dev/owner": "shop/dev", "driftless.dev/address": "docker:network/dev"});
    let plain = Tree::from_json(&json!({"labels": labels}));
    let body = |network: &Network, declared: &Tree| network_body(network, declared).to_public_json();
    let nothing = json!({"driver_opts": {}, "ipam": {"options": {}}, "labels": labels});
    assert_eq!(body(&network, &plain), nothing);
    let other = Network { driver: Some("macvlan".into()), internal: Some(true), ..network.clone() };
    assert_eq!(
        body(&other, &plain),
        json!({"driver": "macvlan", "driver_opts": {}, "internal": true, "ipam": {"options": {}}, "labels": labels})
    );
    let subnet = Tree::from_json(&json!({"ipam": {"config": [{"subnet": "10.1.0.0/24"}]}}));
    let seen = body(&network, &subnet);
    assert_eq!(seen["ipam"]["config"], json!([{"subnet": "10.200.0.0/27", "aux_addresses": {}}]));
    let volume: Volume = serde_json::from_str(VOLUME).unwrap();
    let labels = json!({"driftless.dev/owner": "shop/dev", "driftless.dev/component": "cache", "driftless.dev/address": "docker:volume/cache-0-data"});
    assert_eq!(volume_body(&volume, &Tree::Null).to_public_json(), json!({"driver_opts": {}, "labels": labels}));
    let other = Volume { driver: "nfs".into(), options: [("o".to_owned(), "rw".to_owned())].into(), ..volume };
    assert_eq!(
        volume_body(&other, &Tree::Null).to_public_json(),
        json!({"driver": "nfs", "driver_opts": {"o": "rw"}, "labels": labels})
    );
}
