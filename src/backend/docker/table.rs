//! How the fields of containers, networks and volumes are compared, and what it takes to put one back or to change it.
//!
//! Put back in place is what the engine can change of a container that exists; a change of the file makes the container anew, so that
//! what Compose remembers of it stays true.

use crate::model::Effect::{self, Replace, Restart, Runtime};
use crate::plan::CompareKind::{self, Bytes, Cpu, Duration, Exact, Keyed, Set, WriteOnly};
use crate::plan::{Added, CompareTable, Row};

/// How its fields are compared.
pub static TABLE: CompareTable = CompareTable { backend: super::KIND, rows: ROWS };

const fn row(pattern: &'static str, kind: CompareKind, repair: Effect, change: Effect) -> Row {
    Row { pattern, kind, repair, change, added: Added::Drift }
}

/// What the engine changes of a container while it runs.
const fn updated(pattern: &'static str, kind: CompareKind) -> Row {
    row(pattern, kind, Runtime, Replace)
}

/// What a container is made with.
const fn made(pattern: &'static str, kind: CompareKind) -> Row {
    row(pattern, kind, Replace, Replace)
}

/// What leaves nothing in a container.
const fn not_live(pattern: &'static str) -> Row {
    row(pattern, WriteOnly, Runtime, Runtime)
}

/// What somebody may fill in beside ours.
const fn filled_in(row: Row, rule: &'static str) -> Row {
    Row { added: Added::Silent(rule), ..row }
}

/// Compose hands a client's settings down to what it starts: <https://docs.docker.com/engine/cli/proxy/>.
const fn proxy(pattern: &'static str) -> Row {
    filled_in(made(pattern, Exact), "client-proxy")
}

const ROWS: &[Row] = &[
    // What runs, and whether.
    updated("container/*.state", Exact),
    row("container/*.health", Exact, Restart, Restart),
    updated("container/*.restart", Exact),
    updated("container/*.container_name", Exact),
    made("container/*.image", Exact),
    made("container/*.platform", Exact),
    made("container/*.entrypoint", Exact),
    made("container/*.command", Exact),
    made("container/*.user", Exact),
    made("container/*.working_dir", Exact),
    made("container/*.init", Exact),
    made("container/*.tty", Exact),
    made("container/*.stdin_open", Exact),
    made("container/*.stop_signal", Exact),
    made("container/*.stop_grace_period", Duration),
    proxy("container/*.environment.HTTP_PROXY"),
    proxy("container/*.environment.HTTPS_PROXY"),
    proxy("container/*.environment.FTP_PROXY"),
    proxy("container/*.environment.ALL_PROXY"),
    proxy("container/*.environment.NO_PROXY"),
    proxy("container/*.environment.http_proxy"),
    proxy("container/*.environment.https_proxy"),
    proxy("container/*.environment.ftp_proxy"),
    proxy("container/*.environment.all_proxy"),
    proxy("container/*.environment.no_proxy"),
    made("container/*.environment", Exact),
    made("container/*.labels", Exact),
    made("container/*.annotations", Exact),
    made("container/*.healthcheck.interval", Duration),
    made("container/*.healthcheck.timeout", Duration),
    made("container/*.healthcheck.start_period", Duration),
    made("container/*.healthcheck.start_interval", Duration),
    made("container/*.healthcheck", Exact),
    made("container/*.logging.driver", Exact),
    filled_in(made("container/*.logging.options.*", Exact), "engine-logging"),
    made("container/*.logging.options", Exact),
    made("container/*.runtime", Exact),
    // How many.
    row("container/*.deploy.replicas", Exact, Runtime, Runtime),
    // Files in it. Their programs read them when they start.
    row("container/*.configs", Exact, Runtime, Restart),
    row("container/*.config_targets", Exact, Runtime, Replace),
    row("container/*.secrets", CompareKind::Secret, Runtime, Restart),
    row("container/*.secret_targets", Exact, Runtime, Replace),
    // Limits.
    updated("container/*.deploy.resources.limits.memory", Bytes),
    updated("container/*.deploy.resources.limits.cpus", Cpu),
    updated("container/*.deploy.resources.limits.pids", Exact),
    updated("container/*.deploy.resources.reservations.memory", Bytes),
    not_live("container/*.deploy.resources.reservations.cpus"),
    not_live("container/*.deploy.resources.reservations.generic_resources"),
    made("container/*.deploy.resources.reservations.devices", Exact),
    updated("container/*.memswap_limit", Bytes),
    updated("container/*.cpu_shares", Exact),
    updated("container/*.cpu_quota", Exact),
    updated("container/*.cpu_period", Exact),
    updated("container/*.cpu_rt_period", Exact),
    updated("container/*.cpu_rt_runtime", Exact),
    updated("container/*.cpuset", Exact),
    made("container/*.cpu_count", Exact),
    made("container/*.cpu_percent", Exact),
    made("container/*.mem_swappiness", Exact),
    made("container/*.oom_kill_disable", Exact),
    made("container/*.oom_score_adj", Exact),
    updated("container/*.blkio_config.weight", Exact),
    made("container/*.blkio_config.weight_device", Keyed("path")),
    made("container/*.blkio_config.device_read_bps", Keyed("path")),
    made("container/*.blkio_config.device_write_bps", Keyed("path")),
    made("container/*.blkio_config.device_read_iops", Keyed("path")),
    made("container/*.blkio_config.device_write_iops", Keyed("path")),
    made("container/*.ulimits", Exact),
    filled_in(made("container/*.shm_size", Bytes), "engine-shared-memory"),
    // Networks.
    updated("container/*.networks.*.aliases", Set),
    updated("container/*.networks.*.link_local_ips", Set),
    updated("container/*.networks", Exact),
    made("container/*.network_mode", Exact),
    made("container/*.mac_address", Exact),
    made("container/*.hostname", Exact),
    made("container/*.domainname", Exact),
    made("container/*.ports", Set),
    made("container/*.expose", Set),
    made("container/*.dns", Exact),
    made("container/*.dns_search", Exact),
    made("container/*.dns_opt", Exact),
    made("container/*.extra_hosts", Set),
    made("container/*.sysctls", Exact),
    // Mounts.
    made("container/*.volumes", Keyed("target")),
    made("container/*.tmpfs", Set),
    made("container/*.volumes_from", Set),
    made("container/*.storage_opt", Exact),
    // What it may do, and what it shares.
    made("container/*.privileged", Exact),
    made("container/*.read_only", Exact),
    made("container/*.cap_add", Set),
    made("container/*.cap_drop", Set),
    made("container/*.security_opt", Set),
    made("container/*.devices", Set),
    made("container/*.device_cgroup_rules", Set),
    made("container/*.group_add", Set),
    made("container/*.ipc", Exact),
    made("container/*.pid", Exact),
    made("container/*.uts", Exact),
    made("container/*.userns_mode", Exact),
    made("container/*.cgroup", Exact),
    made("container/*.cgroup_parent", Exact),
    made("container/*.isolation", Exact),
    // What is said to Compose alone, or to an orchestrator that is not there.
    not_live("container/*.attach"),
    not_live("container/*.build"),
    not_live("container/*.credential_spec"),
    not_live("container/*.depends_on"),
    not_live("container/*.develop"),
    not_live("container/*.env_file"),
    not_live("container/*.extends"),
    not_live("container/*.external_links"),
    not_live("container/*.gpus"),
    not_live("container/*.label_file"),
    not_live("container/*.links"),
    not_live("container/*.models"),
    not_live("container/*.post_start"),
    not_live("container/*.pre_stop"),
    not_live("container/*.profiles"),
    not_live("container/*.provider"),
    not_live("container/*.pull_policy"),
    not_live("container/*.pull_refresh_after"),
    not_live("container/*.use_api_socket"),
    not_live("container/*.deploy.endpoint_mode"),
    not_live("container/*.deploy.labels"),
    not_live("container/*.deploy.mode"),
    not_live("container/*.deploy.placement"),
    not_live("container/*.deploy.rollback_config"),
    not_live("container/*.deploy.update_config"),
    // Networks and volumes are made once; labels of a volume cannot be changed, and it is not given up for them.
    made("network/*.driver", Exact),
    made("network/*.driver_opts", Exact),
    made("network/*.internal", Exact),
    made("network/*.attachable", Exact),
    made("network/*.enable_ipv4", Exact),
    made("network/*.enable_ipv6", Exact),
    made("network/*.ipam.config", Keyed("subnet")),
    made("network/*.ipam", Exact),
    made("network/*.labels", Exact),
    made("volume/*.driver", Exact),
    made("volume/*.driver_opts", Exact),
    not_live("volume/*.labels"),
];
