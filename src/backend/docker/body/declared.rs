//! What is declared, in the one form in which it is compared: what the file may say in several ways, and the names that it leaves to others.

use super::mounts;
use super::notation::{
    capability, device, pairs, platform, same_bytes, same_cpus, same_duration, same_flag, same_integer, same_text,
    security_option, sorted, temporary, text_map, texts, words,
};
use super::ports;
use crate::model::{Resource, Tree};
use indexmap::IndexMap;

/// A resource as it is compared.
pub fn resource(resource: &Resource, project: &str) -> Resource {
    let mut segments = resource.address.segments();
    let (kind, name) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    let body = match kind.as_str() {
        "container" => container(&resource.body, &name, project),
        _ => object(&resource.body),
    };
    Resource { body, ..resource.clone() }
}

/// The body of a container.
fn container(body: &Tree, service: &str, project: &str) -> Tree {
    let Tree::Map(map) = body else { return body.clone() };
    let mut normal = Tree::map();
    for (key, value) in map {
        normal.insert(key, field(key, value));
    }
    one_place_for_each_limit(&mut normal);
    name_for_each_network(&mut normal, service);
    let replicas = normal.get("deploy").and_then(|deploy| deploy.get("replicas"));
    if replicas.is_none_or(|replicas| *replicas == Tree::Int(1)) {
        normal.insert("container_name", format!("{project}-{service}-1"));
    }
    normal
}

/// The body of a network or volume.
fn object(body: &Tree) -> Tree {
    let Tree::Map(map) = body else { return body.clone() };
    let normal = |(key, value): (&String, &Tree)| {
        let value = match key.as_str() {
            "driver_opts" | "labels" => text_map(value),
            "internal" | "attachable" | "enable_ipv4" | "enable_ipv6" => same_flag(value),
            _ => value.clone(),
        };
        (key.clone(), value)
    };
    Tree::Map(map.iter().map(normal).collect())
}

fn field(key: &str, value: &Tree) -> Tree {
    match key {
        "entrypoint" | "command" => command(value),
        "healthcheck" => healthcheck(value),
        "cap_add" | "cap_drop" => sorted(value, capability),
        "security_opt" => sorted(value, security_option),
        "devices" => devices(value),
        "group_add" | "device_cgroup_rules" => sorted(value, str::to_owned),
        "expose" => ports::exposed(value),
        "ports" => ports::declared(value),
        "volumes" => mounts::declared(value),
        "tmpfs" => sorted(value, temporary),
        "extra_hosts" => pairs(value, ':'),
        "dns" | "dns_search" | "dns_opt" => texts(value),
        "sysctls" | "annotations" | "storage_opt" => text_map(value),
        "ulimits" => ulimits(value),
        "logging" => logging(value),
        "blkio_config" => blkio(value),
        "stop_grace_period" => same_duration(value),
        "shm_size" | "mem_limit" | "mem_reservation" | "memswap_limit" => same_bytes(value),
        "cpus" => same_cpus(value),
        "cpu_shares" | "cpu_quota" | "cpu_period" | "cpu_count" | "cpu_percent" | "cpu_rt_period"
        | "cpu_rt_runtime" | "pids_limit" | "mem_swappiness" | "oom_score_adj" | "scale" => same_integer(value),
        "init" | "privileged" | "read_only" | "tty" | "stdin_open" | "oom_kill_disable" => same_flag(value),
        "user" | "cpuset" => same_text(value),
        "platform" => value.as_str().map_or_else(|| value.clone(), |text| Tree::text(platform(text))),
        "deploy" => deploy(value),
        _ => value.clone(),
    }
}

fn command(value: &Tree) -> Tree {
    match value.as_str().and_then(words) {
        Some(words) => Tree::from(words),
        None => texts(value),
    }
}

/// With each of some entries in another form.
fn with(value: &Tree, normal: impl Fn(&str, &Tree) -> Tree) -> Tree {
    let Tree::Map(map) = value else { return value.clone() };
    Tree::Map(map.iter().map(|(key, value)| (key.clone(), normal(key, value))).collect())
}

/// <https://docs.docker.com/reference/compose-file/services/#healthcheck>: a text is for the shell.
fn healthcheck(value: &Tree) -> Tree {
    let check = with(value, |key, value| match key {
        "test" if value.as_str().is_some() => Tree::from(vec!["CMD-SHELL", value.as_str().unwrap_or_default()]),
        "interval" | "timeout" | "start_period" | "start_interval" => same_duration(value),
        "retries" => same_integer(value),
        "disable" => same_flag(value),
        _ => value.clone(),
    });
    let none = check.get("test").and_then(Tree::as_list).is_some_and(|test| test == [Tree::from("NONE")]);
    if none || check.get("disable") == Some(&Tree::Bool(true)) {
        return Tree::from([("disable", Tree::Bool(true))]);
    }
    let Tree::Map(mut check) = check else { return check };
    check.shift_remove("disable");
    Tree::Map(check)
}

fn devices(value: &Tree) -> Tree {
    let Tree::List(list) = value else { return value.clone() };
    let short = |one: &Tree| {
        let part = |key: &str| one.get(key).and_then(Tree::as_str);
        match (one.as_str(), part("source")) {
            (Some(text), _) => Tree::text(device(text)),
            (None, Some(source)) => {
                let target = part("target").unwrap_or(source);
                Tree::text(format!("{source}:{target}:{}", part("permissions").unwrap_or("rwm")))
            }
            (None, None) => one.clone(),
        }
    };
    sorted(&Tree::List(list.iter().map(short).collect()), str::to_owned)
}

fn ulimits(value: &Tree) -> Tree {
    with(value, |_, limit| match same_integer(limit) {
        Tree::Int(both) => Tree::from([("soft", Tree::Int(both)), ("hard", Tree::Int(both))]),
        _ => with(limit, |_, number| same_integer(number)),
    })
}

fn logging(value: &Tree) -> Tree {
    with(value, |key, value| if key == "options" { text_map(value) } else { value.clone() })
}

fn blkio(value: &Tree) -> Tree {
    with(value, |key, value| match value {
        Tree::List(list) => {
            let number = |key: &str, value: &Tree| match key {
                "rate" => same_bytes(value),
                "weight" => same_integer(value),
                _ => value.clone(),
            };
            Tree::List(list.iter().map(|one| with(one, number)).collect())
        }
        _ if key == "weight" => same_integer(value),
        _ => value.clone(),
    })
}

fn deploy(value: &Tree) -> Tree {
    let bound = |key: &str, value: &Tree| match key {
        "memory" => same_bytes(value),
        "cpus" => same_cpus(value),
        "pids" => same_integer(value),
        _ => value.clone(),
    };
    with(value, |key, value| match key {
        "resources" => with(value, |_, bounds| with(bounds, bound)),
        "replicas" => same_integer(value),
        _ => value.clone(),
    })
}

/// Where the file has two places for one limit, `deploy` wins: <https://docs.docker.com/reference/compose-file/deploy/>.
fn one_place_for_each_limit(body: &mut Tree) {
    let Tree::Map(map) = body else { return };
    let places: [(&str, &[&str]); 5] = [
        ("mem_limit", &["resources", "limits", "memory"]),
        ("mem_reservation", &["resources", "reservations", "memory"]),
        ("cpus", &["resources", "limits", "cpus"]),
        ("pids_limit", &["resources", "limits", "pids"]),
        ("scale", &["replicas"]),
    ];
    for (key, place) in places {
        if let Some(value) = map.shift_remove(key) {
            let deploy = map.entry("deploy".to_owned()).or_insert_with(Tree::map);
            put_where_free(deploy, place, value);
        }
    }
    restart(map);
}

fn put_where_free(tree: &mut Tree, place: &[&str], value: Tree) {
    let [parents @ .., last] = place else { return };
    let mut at = tree;
    for key in parents {
        let Tree::Map(map) = at else { return };
        at = map.entry((*key).to_owned()).or_insert_with(Tree::map);
    }
    if let Tree::Map(map) = at {
        map.entry((*last).to_owned()).or_insert(value);
    }
}

fn restart(map: &mut IndexMap<String, Tree>) {
    let policy =
        map.get_mut("deploy").and_then(Tree::as_map_mut).and_then(|deploy| deploy.shift_remove("restart_policy"));
    if let Some(policy) = policy {
        let attempts = policy.get("max_attempts").and_then(Tree::scalar_text).filter(|count| count != "0");
        let name = match policy.get("condition").and_then(Tree::as_str) {
            Some("none") => "no".to_owned(),
            Some("on-failure") => {
                attempts.map_or_else(|| "on-failure".to_owned(), |count| format!("on-failure:{count}"))
            }
            Some("any") | None => "always".to_owned(),
            Some(other) => other.to_owned(),
        };
        map.insert("restart".into(), Tree::text(name));
    } else if let Some(restart) = map.get_mut("restart") {
        match restart {
            Tree::Bool(false) => *restart = Tree::from("no"),
            _ if restart.as_str() == Some("on-failure:0") => *restart = Tree::from("on-failure"),
            _ => {}
        }
    }
}

/// A service is known by its own name on each of its networks, and each of these has a priority: to be attached is something.
fn name_for_each_network(body: &mut Tree, service: &str) {
    let networks = body.as_map_mut().and_then(|body| body.get_mut("networks")).and_then(Tree::as_map_mut);
    for network in networks.into_iter().flat_map(IndexMap::values_mut) {
        if *network == Tree::Null {
            *network = Tree::map();
        }
        let aliases = network.get("aliases").and_then(Tree::as_list).unwrap_or_default();
        let names = aliases.iter().filter_map(Tree::scalar_text).chain([service.to_owned()]);
        let names = super::notation::set(names);
        network.insert("aliases", names);
        if network.get("gw_priority").is_none() {
            network.insert("gw_priority", Tree::Int(0));
        }
    }
}
