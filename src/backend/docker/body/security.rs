//! What a container may do, and which of the machine's things it shares.

use super::notation::{capability, security_option, set};
use super::shape::Shape;
use super::{Sight, map};
use crate::model::Tree;
use bollard::models::{HostConfig, HostConfigCgroupnsModeEnum, HostConfigIsolationEnum};

/// The size of the shared memory that the engine gives where it is not set up otherwise.
const USUAL_SHARED_MEMORY: i64 = 64 * 1024 * 1024;

pub fn put(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let host = sight.host();
    for (key, flag) in [("privileged", host.privileged), ("read_only", host.readonly_rootfs)] {
        let flag = flag.unwrap_or_default();
        shape.put_unless(key, flag, !flag);
    }
    let capabilities = |names: &Option<Vec<String>>| set(names.iter().flatten().map(|name| capability(name)));
    shape.put("cap_add", capabilities(&host.cap_add));
    shape.put("cap_drop", capabilities(&host.cap_drop));
    options(shape, host);
    devices(shape, host);
    shape.put("group_add", set(host.group_add.clone().unwrap_or_default()));
    shape.put("storage_opt", map(host.storage_opt.as_ref()));
    ulimits(shape, host);
    namespaces(shape, sight);
    let memory = host.shm_size.unwrap_or_default();
    shape.put_unless("shm_size", Tree::Int(memory), memory == 0 || memory == USUAL_SHARED_MEMORY);
}

/// Labels of a container that sees what is the machine's are the engine's own; a profile that is read from a file is its text by now.
fn options(shape: &mut Shape<'_>, host: &HostConfig) {
    let declared: Vec<&str> = shape
        .declares("security_opt")
        .and_then(Tree::as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(Tree::as_str)
        .collect();
    let others = [&host.pid_mode, &host.ipc_mode].into_iter().flatten();
    let sees_others = others.clone().any(|mode| mode == "host" || mode.starts_with("container:"));
    let by_engine = host.privileged == Some(true) || sees_others;
    let mut live = Vec::new();
    for option in host.security_opt.iter().flatten().map(|option| security_option(option)) {
        let profile = declared.iter().find(|text| text.starts_with("seccomp:") && option.starts_with("seccomp:{"));
        match profile {
            Some(profile) => live.push((*profile).to_owned()),
            None if option.starts_with("label:") && by_engine && !declared.contains(&option.as_str()) => {}
            None => live.push(option),
        }
    }
    shape.put("security_opt", set(live));
}

fn devices(shape: &mut Shape<'_>, host: &HostConfig) {
    let one = |device: &bollard::models::DeviceMapping| {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        format!(
            "{}:{}:{}",
            part(&device.path_on_host),
            part(&device.path_in_container),
            part(&device.cgroup_permissions)
        )
    };
    shape.put("devices", set(host.devices.iter().flatten().map(one)));
    shape.put("device_cgroup_rules", set(host.device_cgroup_rules.clone().unwrap_or_default()));
}

fn ulimits(shape: &mut Shape<'_>, host: &HostConfig) {
    let mut limits = Tree::map();
    for limit in host.ulimits.iter().flatten() {
        let number = |number: Option<i64>| Tree::Int(number.unwrap_or_default());
        let both = Tree::from([("soft", number(limit.soft)), ("hard", number(limit.hard))]);
        limits.insert(limit.name.clone().unwrap_or_default(), both);
    }
    shape.put("ulimits", limits);
}

fn namespaces(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let host = sight.host();
    let text = |mode: &Option<String>| mode.clone().unwrap_or_default();
    let ipc = sight.scene.shared(&text(&host.ipc_mode));
    shape.put_unless("ipc", ipc.as_str(), matches!(ipc.as_str(), "" | "private" | "shareable"));
    let group = host.cgroupns_mode.unwrap_or(HostConfigCgroupnsModeEnum::EMPTY).to_string();
    // Which of the two it is by itself is a matter of the machine.
    shape.put_unless("cgroup", group, true);
    let isolation = host.isolation.unwrap_or(HostConfigIsolationEnum::EMPTY).to_string();
    let is_default = matches!(isolation.as_str(), "" | "default");
    shape.put_unless("isolation", isolation, is_default);
    let others = [
        ("pid", sight.scene.shared(&text(&host.pid_mode))),
        ("uts", text(&host.uts_mode)),
        ("userns_mode", text(&host.userns_mode)),
        ("cgroup_parent", text(&host.cgroup_parent)),
    ];
    for (key, mode) in others {
        let is_default = mode.is_empty();
        shape.put_unless(key, mode, is_default);
    }
}
