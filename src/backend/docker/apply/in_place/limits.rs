//! Limits of what a container may use, and what is done when it ends.

use crate::backend::docker::apply::Work;
use crate::backend::docker::found::Found;
use crate::backend::{BackendError, ErrorClass};
use crate::model::Tree;
use bollard::models::{
    ContainerInspectResponse, ContainerUpdateBody, HostConfig, ResourcesBlkioWeightDevice, RestartPolicy,
    RestartPolicyNameEnum, ThrottleDevice,
};

impl Work<'_> {
    /// Sets all limits as they are declared. One that is not declared cannot be taken away from a container, only made anew without it.
    pub(super) async fn limit(
        &self,
        container: &Found,
        inspected: &ContainerInspectResponse,
        body: &Tree,
    ) -> Result<(), BackendError> {
        let wanted = update(body).map_err(|NoNumber| cannot(&container.name, "a limit is no number"))?;
        let none = HostConfig::default();
        if let Some(what) = left_over(&wanted, inspected.host_config.as_ref().unwrap_or(&none)) {
            return Err(cannot(&container.name, &format!("{what} cannot be taken away")));
        }
        match self.client.update_container(&container.id, wanted).await {
            Ok(()) => Ok(()),
            Err(error) => {
                let error = self.explained("set the limits of", &container.name, &error).await;
                // The engine answers with a failure of its own where limits contradict each other.
                let contradicts = error.message.contains("onflicting options") || error.message.contains("emory");
                let class = if contradicts { ErrorClass::Invalid } else { error.class };
                Err(BackendError { class, ..error })
            }
        }
    }
}

fn cannot(name: &str, why: &str) -> BackendError {
    BackendError::new(ErrorClass::Unsupported, format!("cannot set the limits of {name}: {why}"))
}

/// Bytes, `-1` for no limit.
fn bytes(tree: &Tree) -> Option<i64> {
    match tree {
        Tree::Int(bytes) => Some(*bytes),
        other => crate::render::compose::parse_bytes(other.as_str()?).and_then(|bytes| i64::try_from(bytes).ok()),
    }
}

fn number(tree: &Tree) -> Option<i64> {
    tree.scalar_text()?.parse().ok()
}

/// Billionths of a CPU.
fn nano_cpus(tree: &Tree) -> Option<i64> {
    let text = tree.scalar_text()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let nano = format!("{fraction:0<9}");
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    whole.checked_mul(1_000_000_000)?.checked_add(nano.get(..9)?.parse().ok()?)
}

/// What is declared is no number.
struct NoNumber;

/// The value of the first of some places that is declared.
fn first(places: [Option<&Tree>; 2], read: fn(&Tree) -> Option<i64>) -> Result<Option<i64>, NoNumber> {
    places.into_iter().flatten().next().map(|tree| read(tree).ok_or(NoNumber)).transpose()
}

/// What is asked of the engine for a service.
fn update(body: &Tree) -> Result<ContainerUpdateBody, NoNumber> {
    let bound = |kind: &str, key: &str| body.get("deploy")?.get("resources")?.get(kind)?.get(key);
    let plain = |key: &str| body.get(key);
    let memory = first([bound("limits", "memory"), plain("mem_limit")], bytes)?;
    let swap = first([plain("memswap_limit"), None], bytes)?;
    let cpus = first([bound("limits", "cpus"), plain("cpus")], nano_cpus)?;
    let pids = first([bound("limits", "pids"), plain("pids_limit")], number)?;
    let blkio = body.get("blkio_config");
    Ok(ContainerUpdateBody {
        memory,
        // The engine gives as much swap as memory where nothing is said, and refuses a limit above what it gave before.
        memory_swap: swap.or_else(|| memory.map(|memory| memory.saturating_mul(2))),
        memory_reservation: first([bound("reservations", "memory"), plain("mem_reservation")], bytes)?,
        nano_cpus: cpus,
        cpu_shares: first([plain("cpu_shares"), None], number)?,
        cpu_period: first([plain("cpu_period"), None], number)?,
        cpu_quota: first([plain("cpu_quota"), None], number)?,
        cpu_realtime_period: first([plain("cpu_rt_period"), None], number)?,
        cpu_realtime_runtime: first([plain("cpu_rt_runtime"), None], number)?,
        cpuset_cpus: plain("cpuset").and_then(Tree::as_str).map(str::to_owned),
        pids_limit: Some(pids.filter(|pids| *pids > 0).unwrap_or(-1)),
        blkio_weight: blkio.and_then(|blkio| number(blkio.get("weight")?)?.try_into().ok()),
        blkio_weight_device: blkio.and_then(|blkio| blkio.get("weight_device")).map(weights),
        blkio_device_read_bps: blkio.and_then(|blkio| blkio.get("device_read_bps")).map(rates),
        blkio_device_write_bps: blkio.and_then(|blkio| blkio.get("device_write_bps")).map(rates),
        blkio_device_read_iops: blkio.and_then(|blkio| blkio.get("device_read_iops")).map(rates),
        blkio_device_write_iops: blkio.and_then(|blkio| blkio.get("device_write_iops")).map(rates),
        restart_policy: Some(restart_policy(body)),
        ..ContainerUpdateBody::default()
    })
}

fn weights(list: &Tree) -> Vec<ResourcesBlkioWeightDevice> {
    let one = |device: &Tree| ResourcesBlkioWeightDevice {
        path: device.get("path").and_then(Tree::scalar_text),
        weight: device.get("weight").and_then(number).and_then(|weight| weight.try_into().ok()),
    };
    list.as_list().into_iter().flatten().map(one).collect()
}

fn rates(list: &Tree) -> Vec<ThrottleDevice> {
    let one = |device: &Tree| ThrottleDevice {
        path: device.get("path").and_then(Tree::scalar_text),
        rate: device.get("rate").and_then(bytes),
    };
    list.as_list().into_iter().flatten().map(one).collect()
}

/// `deploy.restart_policy` wins, as Compose has it: <https://docs.docker.com/reference/compose-file/deploy/#restart_policy>.
fn restart_policy(body: &Tree) -> RestartPolicy {
    let deployed = body.get("deploy").and_then(|deploy| deploy.get("restart_policy"));
    if let Some(policy) = deployed {
        let condition = policy.get("condition").and_then(Tree::as_str).unwrap_or("any");
        let attempts = policy.get("max_attempts").and_then(number);
        let name = match condition {
            "none" => RestartPolicyNameEnum::NO,
            "on-failure" => RestartPolicyNameEnum::ON_FAILURE,
            _ => RestartPolicyNameEnum::ALWAYS,
        };
        let attempts = attempts.filter(|_| name == RestartPolicyNameEnum::ON_FAILURE);
        return RestartPolicy { name: Some(name), maximum_retry_count: attempts };
    }
    let text = body.get("restart").and_then(Tree::scalar_text).unwrap_or_default();
    let (name, attempts) = text.split_once(':').unwrap_or((&text, ""));
    let name = match name {
        "always" => RestartPolicyNameEnum::ALWAYS,
        "unless-stopped" => RestartPolicyNameEnum::UNLESS_STOPPED,
        "on-failure" => RestartPolicyNameEnum::ON_FAILURE,
        _ => RestartPolicyNameEnum::NO,
    };
    RestartPolicy { name: Some(name), maximum_retry_count: attempts.parse().ok() }
}

/// A limit that is there and not declared: a zero means to the engine that nothing is asked.
fn left_over(wanted: &ContainerUpdateBody, live: &HostConfig) -> Option<&'static str> {
    let numbers = [
        ("the memory limit", wanted.memory, live.memory),
        ("the memory reservation", wanted.memory_reservation, live.memory_reservation),
        ("the CPU limit", wanted.nano_cpus, live.nano_cpus),
        ("the CPU shares", wanted.cpu_shares, live.cpu_shares),
        ("the CPU period", wanted.cpu_period, live.cpu_period),
        ("the CPU quota", wanted.cpu_quota, live.cpu_quota),
        ("the weight of block devices", wanted.blkio_weight.map(i64::from), live.blkio_weight.map(i64::from)),
    ];
    let is_left =
        |(_, wanted, live): &(&str, Option<i64>, Option<i64>)| wanted.is_none() && live.is_some_and(|live| live != 0);
    let set = live.cpuset_cpus.as_ref().is_some_and(|set| !set.is_empty()) && wanted.cpuset_cpus.is_none();
    numbers.iter().find(|one| is_left(one)).map(|(what, ..)| *what).or(set.then_some("the set of CPUs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_is_what_is_asked() {
        let body = serde_json::json!({
            "deploy": {"resources": {"limits": {"memory": 67_108_864, "cpus": "0.25", "pids": 50}}},
            "memswap_limit": 67_108_864, "restart": "on-failure:3"
        });
        let asked = update(&Tree::from_json(&body)).ok().unwrap();
        assert_eq!((asked.memory, asked.memory_swap), (Some(67_108_864), Some(67_108_864)));
        assert_eq!((asked.nano_cpus, asked.pids_limit), (Some(250_000_000), Some(50)));
        let policy = RestartPolicy { name: Some(RestartPolicyNameEnum::ON_FAILURE), maximum_retry_count: Some(3) };
        assert_eq!(asked.restart_policy, Some(policy));
        let bare = update(&Tree::map()).ok().unwrap();
        assert_eq!((bare.memory, bare.memory_swap, bare.pids_limit), (None, None, Some(-1)));
        let live = HostConfig { memory: Some(1 << 26), ..HostConfig::default() };
        assert_eq!(left_over(&bare, &live), Some("the memory limit"));
        assert_eq!(left_over(&asked, &live), None);
        assert!(update(&Tree::from_json(&serde_json::json!({"cpus": "many"}))).is_err());
    }
}
