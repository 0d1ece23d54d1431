//! What a container may use: memory, CPU, processes, devices' speed.

use super::Sight;
use super::notation::cpus;
use super::shape::Shape;
use crate::model::Tree;
use bollard::models::{HostConfig, SystemInfo, ThrottleDevice};

/// A limit: where it is declared, and what the engine holds; zero: none.
fn limits(host: &HostConfig) -> [(&'static str, i64); 12] {
    let zero = Option::unwrap_or_default;
    [
        ("deploy.resources.limits.memory", zero(host.memory)),
        ("deploy.resources.reservations.memory", zero(host.memory_reservation)),
        ("deploy.resources.limits.pids", zero(host.pids_limit).max(0)),
        ("cpu_shares", zero(host.cpu_shares)),
        ("cpu_quota", zero(host.cpu_quota)),
        ("cpu_period", zero(host.cpu_period)),
        ("cpu_rt_period", zero(host.cpu_realtime_period)),
        ("cpu_rt_runtime", zero(host.cpu_realtime_runtime)),
        ("cpu_count", zero(host.cpu_count)),
        ("cpu_percent", zero(host.cpu_percent)),
        ("oom_score_adj", zero(host.oom_score_adj)),
        ("blkio_config.weight", i64::from(host.blkio_weight.unwrap_or_default())),
    ]
}

/// Whether the engine can hold a limit at all.
fn is_supported(engine: &SystemInfo, path: &str) -> bool {
    let can = |answer: Option<bool>| answer.unwrap_or(true);
    match path {
        "deploy.resources.limits.memory" | "deploy.resources.reservations.memory" => can(engine.memory_limit),
        "memswap_limit" => can(engine.swap_limit) && can(engine.memory_limit),
        "deploy.resources.limits.pids" => can(engine.pids_limit),
        "deploy.resources.limits.cpus" | "cpu_quota" | "cpu_period" => can(engine.cpu_cfs_quota),
        "cpu_shares" => can(engine.cpu_shares),
        "cpuset" => can(engine.cpu_set),
        "oom_kill_disable" => can(engine.oom_kill_disable),
        // The engine does not say; it never takes one away, so that it had none to give where it holds none.
        "blkio_config.weight" => false,
        _ => true,
    }
}

/// All limits that an engine may be unable to hold, and whether it holds one.
fn held(host: &HostConfig) -> Vec<(&'static str, bool)> {
    let mut all: Vec<(&'static str, bool)> = limits(host).into_iter().map(|(path, live)| (path, live != 0)).collect();
    all.push(("memswap_limit", host.memory_swap.unwrap_or_default() > 0));
    all.push(("deploy.resources.limits.cpus", host.nano_cpus.unwrap_or_default() != 0));
    all.push(("cpuset", host.cpuset_cpus.as_deref().is_some_and(|set| !set.is_empty())));
    all.push(("oom_kill_disable", host.oom_kill_disable.unwrap_or_default()));
    all
}

/// Whether something is declared that the engine does not hold: maybe it cannot.
pub fn may_be_unsupported(sight: &Sight<'_>) -> bool {
    let shape = Shape::new(sight.declared, Tree::Null);
    held(sight.host()).into_iter().any(|(path, held)| !held && shape.declares(path).is_some())
}

pub fn put(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let host = sight.host();
    for (path, live) in limits(host) {
        shape.put_unless(path, Tree::Int(live), live == 0);
    }
    let billionths = host.nano_cpus.unwrap_or_default();
    shape.put_unless("deploy.resources.limits.cpus", cpus(billionths), billionths == 0);
    swap(shape, host);
    let set = host.cpuset_cpus.as_deref().unwrap_or_default();
    shape.put_unless("cpuset", set, set.is_empty());
    let swappiness = host.memory_swappiness.unwrap_or(-1);
    shape.put_unless("mem_swappiness", Tree::Int(swappiness), swappiness == -1);
    let keep_alive = host.oom_kill_disable.unwrap_or_default();
    shape.put_unless("oom_kill_disable", keep_alive, !keep_alive);
    devices(shape, host);
    requests(shape, host);
    if let Some(engine) = &sight.scene.engine {
        for (path, held) in held(host) {
            if !held && !is_supported(engine, path) {
                shape.keep(path);
            }
        }
    }
}

/// Twice the memory where only that is declared: <https://docs.docker.com/engine/containers/resource_constraints/>.
fn swap(shape: &mut Shape<'_>, host: &HostConfig) {
    let (memory, swap) = (host.memory.unwrap_or_default(), host.memory_swap.unwrap_or_default());
    let declared = shape.declares("deploy.resources.limits.memory");
    // What follows from the memory that is declared, or from the one that somebody set.
    let of_declared = matches!(declared, Some(Tree::Int(declared)) if declared.saturating_mul(2) == swap);
    let is_filled_in = swap == 0 || swap == memory.saturating_mul(2) || of_declared || (memory == 0 && swap == -1);
    shape.put_unless("memswap_limit", Tree::Int(swap), is_filled_in);
}

fn devices(shape: &mut Shape<'_>, host: &HostConfig) {
    let throttled = |devices: &Option<Vec<ThrottleDevice>>| {
        let one = |device: &ThrottleDevice| {
            let path = device.path.clone().unwrap_or_default();
            Tree::from([("path", Tree::text(path)), ("rate", Tree::Int(device.rate.unwrap_or_default()))])
        };
        Tree::List(devices.iter().flatten().map(one).collect())
    };
    shape.put("blkio_config.device_read_bps", throttled(&host.blkio_device_read_bps));
    shape.put("blkio_config.device_write_bps", throttled(&host.blkio_device_write_bps));
    shape.put("blkio_config.device_read_iops", throttled(&host.blkio_device_read_iops));
    shape.put("blkio_config.device_write_iops", throttled(&host.blkio_device_write_iops));
    let weights = host.blkio_weight_device.iter().flatten().map(|device| {
        let weight = device.weight.and_then(|weight| i64::try_from(weight).ok()).unwrap_or_default();
        let path = device.path.clone().unwrap_or_default();
        Tree::from([("path", Tree::text(path)), ("weight", Tree::Int(weight))])
    });
    shape.put("blkio_config.weight_device", Tree::List(weights.collect()));
}

/// Whole devices that were asked for by what they can do. `gpus` is another way to ask: then nothing is added by others.
fn requests(shape: &mut Shape<'_>, host: &HostConfig) {
    const PLACE: &str = "deploy.resources.reservations.devices";
    shape.keep("deploy.resources.reservations.cpus");
    shape.keep("deploy.resources.reservations.generic_resources");
    if shape.declares(PLACE).is_some() || shape.declares("gpus").is_some() {
        return shape.keep(PLACE);
    }
    let requests = host.device_requests.iter().flatten().map(|request| {
        let capabilities = request.capabilities.iter().flatten().flatten().cloned().collect::<Vec<_>>();
        let mut tree = Tree::from([("capabilities", Tree::from(capabilities))]);
        for (key, value) in
            [("driver", request.driver.clone()), ("count", request.count.map(|count| count.to_string()))]
        {
            tree.insert(key, value.unwrap_or_default());
        }
        tree.insert("device_ids", request.device_ids.clone().unwrap_or_default());
        tree
    });
    let requests: Vec<Tree> = requests.collect();
    shape.put(PLACE, Tree::List(requests));
}
