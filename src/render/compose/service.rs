//! A container as a service of the file.

use super::duration::{bytes, seconds};
use super::labels::Labels;
use crate::model::{Condition, Protocol, Tree, Value};
use crate::render::engine::{Health, Mounted, Published, Unit, UnitFile, UnitSecret};

/// A service, its keys in the order in which people read them.
pub fn lower(unit: &Unit<'_>, network: &str, labels: &Labels<'_>) -> Tree {
    let mut service = Tree::map();
    service.insert("image", unit.image.clone());
    if unit.member.is_some() && unit.shares.is_none() {
        service.insert("hostname", Tree::text(unit.name.clone()));
    }
    process(&mut service, unit);
    networks(&mut service, unit, network);
    list(&mut service, "ports", &unit.ports, port);
    if !unit.environment.is_empty() {
        let entries = unit.environment.iter().map(|(name, value)| (name.clone(), Tree::Text(value.clone())));
        service.insert("environment", Tree::Map(entries.collect()));
    }
    list(&mut service, "configs", &unit.files, config);
    list(&mut service, "secrets", &unit.secrets, secret);
    list(&mut service, "volumes", &unit.mounts, volume);
    depends_on(&mut service, unit);
    if let Some(health) = &unit.health {
        service.insert("healthcheck", healthcheck(health));
    }
    lifecycle(&mut service, unit);
    resources(&mut service, unit);
    security(&mut service, unit);
    service.insert("labels", labels.of(Some(unit.component), "container", &unit.name));
    service
}

fn texts(values: &[Value]) -> Tree {
    Tree::List(values.iter().map(|value| Tree::Text(value.clone())).collect())
}

fn list<T>(service: &mut Tree, key: &str, items: &[T], lower: impl Fn(&T) -> Tree) {
    if !items.is_empty() {
        service.insert(key, Tree::List(items.iter().map(lower).collect()));
    }
}

fn process(service: &mut Tree, unit: &Unit<'_>) {
    if let Some(entrypoint) = &unit.entrypoint {
        service.insert("entrypoint", texts(entrypoint));
    }
    if let Some(command) = &unit.command {
        service.insert("command", texts(command));
    }
    let security = &unit.container.security;
    match (security.user, security.group) {
        (Some(user), Some(group)) => service.insert("user", format!("{user}:{group}")),
        (Some(user), None) => service.insert("user", user.to_string()),
        // Without a user's name the engine takes the image's, which is root unless it says otherwise.
        (None, Some(group)) => service.insert("user", format!("0:{group}")),
        (None, None) => {}
    }
    if let Some(folder) = &unit.container.working_dir {
        service.insert("working_dir", folder.clone());
    }
    // An image that starts by itself may bring an init of its own that has to be the first process.
    if unit.entrypoint.is_some() {
        service.insert("init", true);
    }
}

fn networks(service: &mut Tree, unit: &Unit<'_>, network: &str) {
    if let Some(shared) = &unit.shares {
        service.insert("network_mode", format!("service:{shared}"));
        return;
    }
    let mut attached = Tree::map();
    if let Some(alias) = unit.alias() {
        attached.insert("aliases", vec![alias]);
    }
    service.insert("networks", Tree::from([(network, attached)]));
}

fn port(port: &Published) -> Tree {
    let mut lowered = Tree::from([("name", Tree::text(port.name.clone()))]);
    if let Some(host_ip) = port.host_ip {
        lowered.insert("host_ip", host_ip);
    }
    if let Some(published) = port.published {
        lowered.insert("published", published.to_string());
    }
    lowered.insert("target", port.target);
    if port.protocol == Protocol::Udp {
        lowered.insert("protocol", "udp");
    }
    lowered
}

fn config(file: &UnitFile) -> Tree {
    let mut lowered =
        Tree::from([("source", Tree::text(file.name.clone())), ("target", Tree::text(file.path.clone()))]);
    if file.mode != 0o444 {
        lowered.insert("mode", format!("0{:o}", file.mode));
    }
    lowered
}

fn secret(secret: &UnitSecret) -> Tree {
    if secret.path == format!("/run/secrets/{}", secret.name) {
        return Tree::text(secret.name.clone());
    }
    Tree::from([("source", Tree::text(secret.name.clone())), ("target", Tree::text(secret.path.clone()))])
}

fn volume(mount: &Mounted) -> Tree {
    let mut lowered = Tree::from([
        ("type", Tree::text("volume")),
        ("source", Tree::text(mount.volume.clone())),
        ("target", Tree::text(mount.path.clone())),
    ]);
    if mount.read_only {
        lowered.insert("read_only", true);
    }
    lowered
}

fn depends_on(service: &mut Tree, unit: &Unit<'_>) {
    if unit.depends_on.is_empty() {
        return;
    }
    let lower = |condition: Condition| {
        let text = match condition {
            Condition::Started => "service_started",
            Condition::Healthy => "service_healthy",
            Condition::Completed => "service_completed_successfully",
        };
        Tree::from([("condition", Tree::text(text))])
    };
    let needs = unit.depends_on.iter().map(|(name, condition)| (name.clone(), lower(*condition)));
    service.insert("depends_on", Tree::Map(needs.collect()));
}

fn healthcheck(health: &Health) -> Tree {
    let mut check = Tree::from([
        ("test", texts(&health.test)),
        ("interval", Tree::text(seconds(health.interval_seconds))),
        ("timeout", Tree::text(seconds(health.timeout_seconds))),
        ("retries", Tree::from(health.retries)),
    ]);
    if health.start_seconds > 0 {
        check.insert("start_period", seconds(health.start_seconds));
    }
    check
}

fn lifecycle(service: &mut Tree, unit: &Unit<'_>) {
    service.insert("restart", if unit.is_job() { "no" } else { "unless-stopped" });
    if let Some(grace) = unit.workload.stop_grace_seconds {
        service.insert("stop_grace_period", seconds(grace));
    }
}

fn resources(service: &mut Tree, unit: &Unit<'_>) {
    let resources = &unit.container.resources;
    let (mut limits, mut reservations) = (Tree::map(), Tree::map());
    if let Some(cpu) = resources.cpu_limit_millis {
        limits.insert("cpus", decimal(cpu));
    }
    if let Some(memory) = resources.memory_limit_bytes {
        limits.insert("memory", bytes(memory));
    }
    if let Some(memory) = resources.memory_request_bytes {
        reservations.insert("memory", bytes(memory));
    }
    let mut deploy = Tree::map();
    if unit.replicas != 1 {
        deploy.insert("replicas", unit.replicas);
    }
    let mut bounds = Tree::map();
    for (name, bound) in [("limits", limits), ("reservations", reservations)] {
        if !bound.is_empty_collection() {
            bounds.insert(name, bound);
        }
    }
    if !bounds.is_empty_collection() {
        deploy.insert("resources", bounds);
    }
    if !deploy.is_empty_collection() {
        service.insert("deploy", deploy);
    }
    // Otherwise the engine allows as much swap as memory on top of it, and refuses to raise the limit later.
    if let Some(memory) = resources.memory_limit_bytes {
        service.insert("memswap_limit", bytes(memory));
    }
}

/// Thousandths as a decimal number: `0.5`.
fn decimal(millis: u64) -> String {
    let text = format!("{}.{:03}", millis / 1_000, millis % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn security(service: &mut Tree, unit: &Unit<'_>) {
    let security = &unit.container.security;
    if unit.read_only {
        service.insert("read_only", true);
    }
    if security.no_new_privileges {
        service.insert("security_opt", vec!["no-new-privileges:true"]);
    }
    for (key, capabilities) in [("cap_drop", &security.drop_capabilities), ("cap_add", &security.add_capabilities)] {
        if !capabilities.is_empty() {
            service.insert(key, capabilities.clone());
        }
    }
}
