//! A component as a tree, in the words of the model's fields: for the cases of modules.

use crate::model::{
    Component, ConfigFile, Container, Exposure, LiveExpectation, Port, Probe, ProbeAction, Tree, Value, Volume,
    Workload,
};
use indexmap::IndexMap;

/// A component.
pub fn component(component: &Component) -> Tree {
    let outputs = component.outputs.iter().map(|(name, output)| (name.clone(), text(&output.value)));
    Tree::from([
        ("protect", component.protect.into()),
        ("workloads", named(&component.workloads, workload)),
        ("outputs", Tree::Map(outputs.collect())),
        ("live", component.live.iter().map(live).collect::<Vec<_>>().into()),
        ("secrets", component.secrets.iter().map(Tree::text).collect::<Vec<_>>().into()),
        ("overrides", named(&component.overrides, |objects| Tree::Map(objects.clone()))),
    ])
}

fn named<T>(map: &IndexMap<String, T>, describe: impl Fn(&T) -> Tree) -> Tree {
    Tree::Map(map.iter().map(|(name, value)| (name.clone(), describe(value))).collect())
}

/// A value as people see it: a test compares references, not secrets.
fn text(value: &Value) -> Tree {
    Tree::text(value.display())
}

fn texts(values: &[Value]) -> Tree {
    values.iter().map(text).collect::<Vec<_>>().into()
}

fn word(value: impl std::fmt::Debug) -> Tree {
    Tree::text(format!("{value:?}").to_lowercase())
}

fn number(value: Option<u64>) -> Tree {
    value.and_then(|value| i64::try_from(value).ok()).map_or(Tree::Null, Tree::Int)
}

fn workload(workload: &Workload) -> Tree {
    let needs = workload.needs.iter().map(|need| (need.workload.clone(), word(need.condition)));
    Tree::from([
        ("kind", word(workload.kind)),
        ("replicas", workload.replicas.into()),
        ("update", word(workload.update)),
        ("containers", workload.containers.iter().map(container).collect::<Vec<_>>().into()),
        ("ports", named(&workload.ports, port)),
        ("volumes", named(&workload.volumes, volume)),
        ("needs", Tree::Map(needs.collect())),
        ("bootstrap", workload.bootstrap.as_ref().map_or(Tree::Null, |bootstrap| texts(&bootstrap.check))),
        ("stop_grace_seconds", number(workload.stop_grace_seconds.map(u64::from))),
    ])
}

fn container(container: &Container) -> Tree {
    let resources = &container.resources;
    let mounts = container.mounts.iter().map(|mount| (mount.volume.clone(), Tree::text(mount.path.clone())));
    let secret_files = container.secret_files.iter().map(|file| (file.path.clone(), text(&file.content)));
    let probes = &container.probes;
    let probe = |of: &Option<Probe>| of.as_ref().map_or(Tree::Null, probe);
    Tree::from([
        ("name", Tree::text(container.name.clone())),
        ("image", text(&container.image)),
        ("command", container.command.as_deref().map_or(Tree::Null, texts)),
        ("args", container.args.as_deref().map_or(Tree::Null, texts)),
        ("env", named(&container.env, text)),
        ("files", named(&container.files, file)),
        ("mounts", Tree::Map(mounts.collect())),
        ("secret_files", Tree::Map(secret_files.collect())),
        ("memory_limit_bytes", number(resources.memory_limit_bytes)),
        ("memory_request_bytes", number(resources.memory_request_bytes)),
        ("cpu_limit_millis", number(resources.cpu_limit_millis)),
        ("cpu_request_millis", number(resources.cpu_request_millis)),
        ("startup", probe(&probes.startup)),
        ("readiness", probe(&probes.readiness)),
        ("liveness", probe(&probes.liveness)),
        ("user", number(container.security.user.map(u64::from))),
        ("read_only_root", container.security.read_only_root.into()),
        ("working_dir", container.working_dir.clone().map_or(Tree::Null, Tree::text)),
    ])
}

fn probe(probe: &Probe) -> Tree {
    let action = match &probe.action {
        ProbeAction::Exec(command) => texts(command),
        ProbeAction::Http { port, path } => Tree::text(format!("http {port} {path}")),
        ProbeAction::Tcp { port } => Tree::text(format!("tcp {port}")),
    };
    Tree::from([
        ("action", action),
        ("interval_seconds", probe.interval_seconds.into()),
        ("timeout_seconds", probe.timeout_seconds.into()),
        ("failures", probe.failures.into()),
        ("start_seconds", probe.start_seconds.into()),
    ])
}

fn file(file: &ConfigFile) -> Tree {
    let entries = file.entries.iter().map(|entry| (entry.key.clone(), word(entry.effect)));
    let lines = file.content.display();
    Tree::from([
        ("path", Tree::text(file.path.clone())),
        ("lines", lines.lines().map(Tree::text).collect::<Vec<_>>().into()),
        ("format", word(file.format)),
        ("mode", Tree::text(format!("{:04o}", file.mode))),
        ("effect", word(file.effect)),
        ("entries", Tree::Map(entries.collect())),
    ])
}

fn port(port: &Port) -> Tree {
    let exposure = match &port.exposure {
        Exposure::Internal => Tree::text("internal"),
        Exposure::Node { port } => Tree::text(port.map_or_else(|| "node".to_owned(), |port| format!("node {port}"))),
        Exposure::Public { host, path, .. } => Tree::text(format!("public {}{path}", host.display())),
    };
    Tree::from([("number", port.number.into()), ("protocol", word(port.protocol)), ("exposure", exposure)])
}

fn volume(volume: &Volume) -> Tree {
    Tree::from([
        ("size_bytes", number(volume.size_bytes)),
        ("class", volume.class.clone().map_or(Tree::Null, Tree::text)),
        ("retention", word(volume.retention)),
    ])
}

fn live(live: &LiveExpectation) -> Tree {
    Tree::from([
        ("backend", Tree::text(live.backend.clone())),
        ("workload", Tree::text(live.workload.clone())),
        ("member", live.member.map_or(Tree::Null, Into::into)),
        ("path", Tree::text(live.path.clone())),
        ("value", live.value.clone()),
        ("effect", word(live.effect)),
    ])
}
