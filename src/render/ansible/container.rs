//! A workload as containers of one Docker host: networks, volumes, files, the containers, what waits for them.

use super::health;
use super::jinja::identifier;
use super::name::{file_name, name_in_title};
use super::role::{Handler, Play, Role, Scope};
use super::secrets;
use super::task::{Argument, Task, Variable};
use crate::model::{
    ConfigFile, Container, Exposure, FieldPath, Protocol, Resources, Retention, Security, Tree, UpdateOrder, Value,
    Workload, WorkloadKind,
};
use crate::render::yaml::{Entry, Node};

const ADDRESS_LABEL: &str = "driftless.dev/address";
const CONTAINER: &str = "community.docker.docker_container";

/// One workload on its way to tasks.
struct Lowering<'a> {
    scope: &'a Scope<'a>,
    workload: &'a Workload,
}

/// The role of a component whose workloads run as containers.
pub fn lower(scope: &Scope<'_>) -> Role {
    let component = scope.component;
    let mut role = Role::new(&component.name, Play::containers(&component.name));
    role.tasks.push(network(scope));
    for workload in ordered(&component.workloads) {
        secrets::check(scope, workload);
        report_losses(scope, workload);
        Lowering { scope, workload }.lower(&mut role);
    }
    role
}

/// Workloads of one component, each after those of the same component that it needs.
fn ordered(workloads: &indexmap::IndexMap<String, Workload>) -> Vec<&Workload> {
    let mut done: Vec<&Workload> = Vec::new();
    let mut waiting: Vec<&Workload> = workloads.values().collect();
    while !waiting.is_empty() {
        let waits = |workload: &&Workload| {
            workload.needs.iter().any(|need| waiting.iter().any(|other| other.name == need.workload))
        };
        let next = waiting.iter().position(|workload| !waits(workload)).unwrap_or(0);
        done.push(waiting.remove(next));
    }
    done
}

fn network(scope: &Scope<'_>) -> Task {
    let name = Argument::Variable(Variable::Global("driftless_network"), Tree::text(scope.network()));
    Task::new("Create the network", "community.docker.docker_network")
        .arg("name", name)
        .arg("labels", scope.labels("network", &scope.network()))
}

fn report_losses(scope: &Scope<'_>, workload: &Workload) {
    for (name, port) in &workload.ports {
        let Exposure::Public { host, .. } = &port.exposure else { continue };
        let message = format!(
            "`{}` is not routed to port `{name}` of `{}`: these roles set up no HTTP entrance; the port is reached on the network `{}` alone",
            host.display(),
            workload.name,
            scope.network()
        );
        scope.lose("ports", message);
    }
    for (name, volume) in &workload.volumes {
        if volume.size_bytes.is_some() || volume.class.is_some() {
            let message = format!(
                "the size of volume `{name}` of `{}` is not enforced: a volume of a Docker host grows with its disk",
                workload.name
            );
            scope.lose("volumes", message);
        }
    }
    for sidecar in workload.containers.iter().skip(1).filter(|_| workload.kind == WorkloadKind::Job) {
        let message =
            format!("`{}` beside the job `{}` is left out: a job is one container here", sidecar.name, workload.name);
        scope.lose("sidecars", message);
    }
    for container in &workload.containers {
        for lost in health::lost(&container.probes) {
            let message =
                format!("the {lost} probe of `{}` is left out: a container has one health check", workload.name);
            scope.lose("probes", message);
        }
    }
}

impl Lowering<'_> {
    fn lower(&self, role: &mut Role) {
        let run = if self.is_job() { 1 } else { self.workload.containers.len() };
        for (at, container) in self.workload.containers.iter().take(run).enumerate() {
            self.files(role, container, at);
        }
        self.volumes(role);
        if self.workload.kind == WorkloadKind::Job {
            self.job(role);
        } else {
            self.members(role);
        }
    }

    /// What names in the role end with where the workload is not the only one.
    fn suffix(&self, container: usize) -> String {
        let component = &self.scope.component.name;
        let workload = self.workload.name.strip_prefix(component.as_str()).unwrap_or(&self.workload.name);
        let sidecar = if container == 0 { "" } else { self.workload.containers[container].name.as_str() };
        [workload.trim_start_matches('-'), sidecar]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("-")
    }

    /// A default of the role: `image`, or `sentinel_image` for another workload.
    fn default(&self, container: usize, name: &str) -> Variable {
        let suffix = identifier(&self.suffix(container));
        Variable::Role(if suffix.is_empty() { name.to_owned() } else { format!("{suffix}_{name}") })
    }

    fn tuned(&self, container: usize, name: &str, tree: impl Into<Tree>) -> Argument {
        Argument::Variable(self.default(container, name), tree.into())
    }

    /// What people call the container in names of tasks.
    fn title(&self, container: usize) -> String {
        if container == 0 {
            self.workload.name.clone()
        } else {
            format!("{} of {}", self.workload.containers[container].name, self.workload.name)
        }
    }

    fn restart(&self, container: usize) -> String {
        format!("Restart {}", self.title(container))
    }

    fn register(&self, container: usize) -> String {
        let suffix = identifier(&self.suffix(container));
        let middle = if suffix.is_empty() { String::new() } else { format!("{suffix}_") };
        format!("{}_{middle}result", self.scope.role)
    }

    fn folder(&self, container: usize) -> String {
        let suffix = self.suffix(container);
        if suffix.is_empty() { self.scope.folder() } else { format!("{}/{suffix}", self.scope.folder()) }
    }

    /// The container's name, without the member's number.
    fn container_stem(&self, container: usize) -> String {
        let sidecar =
            if container == 0 { String::new() } else { format!("-{}", self.workload.containers[container].name) };
        format!("{}-{}{sidecar}", self.scope.network(), self.workload.name)
    }

    fn is_job(&self) -> bool {
        self.workload.kind == WorkloadKind::Job
    }

    fn container_name(&self, container: usize) -> Argument {
        let stem = self.container_stem(container);
        if self.is_job() { stem.into() } else { Argument::Template(format!("{stem}-{{{{ item }}}}")) }
    }

    /// What follows `container/` in the address of a member.
    fn address(&self, container: usize) -> String {
        let sidecar =
            if container == 0 { String::new() } else { format!("-{}", self.workload.containers[container].name) };
        let member = if self.is_job() { "" } else { "-{{ item }}" };
        format!("{}{sidecar}{member}", self.workload.name)
    }

    fn replicas(&self) -> Variable {
        self.default(0, "replicas")
    }

    /// Does a task once for each member.
    fn each_member(&self, task: Task) -> Task {
        if self.is_job() {
            return task;
        }
        let count = self.replicas().name(&self.scope.role);
        let mut task = task.keyword("loop", format!("{{{{ range({count} | int) | list }}}}"));
        task.members = Some(self.workload.replicas);
        task
    }

    fn files(&self, role: &mut Role, container: &Container, at: usize) {
        let folder = self.folder(at);
        let has_secrets = secrets::needs_folder(container);
        if container.files.is_empty() && !has_secrets {
            return;
        }
        role.tasks.push(folder_task(&format!("Create the folder of {}", self.title(at)), &folder, "0755", None));
        for (name, file) in &container.files {
            role.tasks.push(self.file(name, file, &folder, at).keyword("notify", self.restart(at)));
        }
        if secrets::has_environment(container) {
            role.tasks
                .push(secrets::entry_script(self.scope, &self.title(at), &folder).keyword("notify", self.restart(at)));
        }
        if has_secrets {
            let title = format!("Create the secrets folder of {}", self.title(at));
            role.tasks.push(folder_task(&title, &format!("{folder}/secrets"), "0700", container.security.user));
        }
        for task in secrets::files(self.scope, container, &self.title(at), &folder) {
            role.tasks.push(task.keyword("notify", self.restart(at)));
        }
        if self.is_job() {
            // A job is made anew where its files have changed, and so runs again.
            role.handlers.retain(|handler| handler.task.name != self.restart(at));
            role.handlers.push(Handler { task: self.forget_job() });
        } else {
            role.handlers.push(Handler { task: self.restart_task(at) });
        }
    }

    fn file(&self, name: &str, file: &ConfigFile, folder: &str, at: usize) -> Task {
        let suffix = self.suffix(at);
        let file_name = file_name(name);
        let role_file = if suffix.is_empty() { file_name.clone() } else { format!("{suffix}/{file_name}") };
        let mut task =
            Task::new(format!("Write {} of {}", name_in_title(name), self.title(at)), "ansible.builtin.copy")
                .arg("content", self.scope.settle(&file.content))
                .arg("dest", format!("{folder}/{file_name}"))
                .arg("owner", "root")
                .arg("group", "root")
                .arg("mode", format!("{:04o}", file.mode));
        task.file = Some(super::task::RoleFile { name: role_file });
        task
    }

    fn volumes(&self, role: &mut Role) {
        for (name, volume) in &self.workload.volumes {
            let stem = self.container_stem(0);
            let full = if self.is_job() {
                Argument::from(format!("{stem}-{name}"))
            } else {
                Argument::Template(format!("{stem}-{{{{ item }}}}-{name}"))
            };
            let member = if self.is_job() { "" } else { "-{{ item }}" };
            let mut labels = self.scope.labels("volume", &format!("{}{member}-{name}", self.workload.name));
            if volume.retention == Retention::Delete {
                labels.insert("driftless.dev/retention", "delete");
            }
            let task =
                Task::new(format!("Create volume {name} of {}", self.workload.name), "community.docker.docker_volume")
                    .arg("name", full)
                    .arg("labels", labels);
            let task = if self.is_job() { task } else { task.template_at(FieldPath::keys(["labels", ADDRESS_LABEL])) };
            role.tasks.push(self.each_member(task));
        }
    }

    fn members(&self, role: &mut Role) {
        role.default(&self.replicas(), Tree::from(self.workload.replicas), "How many containers there are.");
        let waits = self.workload.update == UpdateOrder::Ordered;
        for (at, container) in self.workload.containers.iter().enumerate() {
            let has_check = health::check(&container.probes).is_some();
            let state = if has_check && waits { "healthy" } else { "started" };
            let task = self.run(&format!("Run {}", self.title(at)), container, at).arg("state", state);
            role.tasks.push(self.each_member(task).keyword("register", self.register(at)));
            if has_check && !waits {
                role.tasks.push(self.wait(at));
            }
        }
    }

    fn wait(&self, at: usize) -> Task {
        let register = format!("{}_health", self.register(at).trim_end_matches("_result"));
        let healthy = format!("{register}.container.State.Health.Status | default('none') == 'healthy'");
        let task =
            Task::new(format!("Wait until {} is healthy", self.title(at)), "community.docker.docker_container_info")
                .arg("name", self.container_name(at))
                .keyword("register", register)
                .keyword("until", healthy)
                .keyword("retries", Node::Int(60))
                .keyword("delay", Node::Int(5))
                .keyword("when", "not ansible_check_mode");
        self.each_member(task)
    }

    fn restart_task(&self, at: usize) -> Task {
        let container = &self.workload.containers[at];
        let register = self.register(at);
        let state = if health::check(&container.probes).is_some() { "healthy" } else { "started" };
        let unchanged = format!(
            "{{{{ {register}.results | default([]) | rejectattr('changed') | map(attribute='item') | list }}}}"
        );
        let mut task = Task::new(self.restart(at), CONTAINER)
            .arg("name", self.container_name(at))
            .arg("state", state)
            .arg("restart", true)
            .arg("comparisons", Tree::from([("*", Tree::text("ignore"))]))
            .keyword("loop", unchanged);
        task.members = Some(self.workload.replicas);
        task
    }

    fn forget_job(&self) -> Task {
        Task::new(self.restart(0), CONTAINER).arg("name", self.container_stem(0)).arg("state", "absent")
    }

    /// Created as declared, then started once: it runs again where it was made anew or has failed.
    fn job(&self, role: &mut Role) {
        let Some(container) = self.workload.containers.first() else { return };
        if !role.handlers.is_empty() {
            role.tasks.push(
                Task::new(format!("Forget {} where its files changed", self.workload.name), "ansible.builtin.meta")
                    .free_form("flush_handlers"),
            );
        }
        let register = self.register(0);
        let title = self.workload.name.clone();
        let create = self.run(&format!("Create {title}"), container, 0).arg("state", "present");
        role.tasks.push(create.keyword("register", register.clone()));
        let variable = format!("{}_state", register.trim_end_matches("_result"));
        let state = format!("{{{{ ({register}.container | default({{}}, true)).State | default({{}}) }}}}");
        let due =
            format!("{variable}.Status | default('created') == 'created' or {variable}.ExitCode | default(0) != 0");
        let run = Task::new(format!("Run {title}"), CONTAINER)
            .arg("name", self.container_stem(0))
            .arg("state", "started")
            .arg("detach", false)
            .arg("comparisons", Tree::from([("*", Tree::text("ignore"))]))
            .keyword("when", due)
            .keyword("vars", Node::Map(vec![Entry::new(variable, state)]));
        role.tasks.push(run);
    }

    fn run(&self, name: &str, container: &Container, at: usize) -> Task {
        let restart_policy = if self.is_job() { "no" } else { "unless-stopped" };
        let task = Task::new(name, CONTAINER)
            .arg("name", self.container_name(at))
            .arg("image", self.tuned(at, "image", self.scope.settle(&container.image)))
            .arg("restart_policy", restart_policy)
            .arg("comparisons", Tree::from([("*", Tree::text("strict"))]))
            .arg("labels", self.scope.labels("container", &self.address(at)));
        let task = if self.is_job() { task } else { task.template_at(FieldPath::keys(["labels", ADDRESS_LABEL])) };
        let task = self.process(task, container, at);
        let task = self.limits(task, &container.resources, at);
        let task = self.storage(task, container, at);
        let task = secure(task, &container.security);
        let task = task
            .arg_if(
                "healthcheck",
                health::check(&container.probes)
                    .map(|probe| self.scope.settle_tree(&health::argument(probe, self.workload))),
            )
            .arg_if("stop_timeout", self.workload.stop_grace_seconds);
        if at == 0 { self.connect(task) } else { task.arg("network_mode", self.shared_network()) }
    }

    fn shared_network(&self) -> Argument {
        let stem = self.container_stem(0);
        let name = if self.is_job() { stem } else { format!("{stem}-{{{{ item }}}}") };
        Argument::Template(format!("container:{name}"))
    }

    fn process(&self, task: Task, container: &Container, at: usize) -> Task {
        let (entrypoint, command) = secrets::command(container, self.workload.bootstrap.as_ref());
        let settle = |values: Vec<Value>| Tree::List(values.iter().map(|value| self.scope.settle(value)).collect());
        let env: Tree = Tree::Map(
            secrets::plain_environment(container)
                .map(|(name, value)| (name.clone(), self.scope.settle_input(&format!("env.{name}"), value)))
                .collect(),
        );
        task.arg_if("entrypoint", entrypoint.map(settle))
            .arg_if("command", command.map(|values| self.tuned(at, "command", settle(values))))
            .arg_if("working_dir", container.working_dir.clone().map(Tree::text))
            .arg("env", self.tuned(at, "env", env))
    }

    fn limits(&self, task: Task, resources: &Resources, at: usize) -> Task {
        let memory = resources.memory_limit_bytes.map(docker_bytes);
        let cpus = |millis: u64| {
            let millis = u32::try_from(millis).unwrap_or(u32::MAX);
            Tree::Float(crate::model::Float(f64::from(millis) / 1_000.0))
        };
        task.arg_if("memory", memory.clone().map(|text| self.tuned(at, "memory", text)))
            .arg_if("memory_swap", memory.map(|text| self.tuned(at, "memory", text)))
            .arg_if("memory_reservation", resources.memory_request_bytes.map(docker_bytes))
            .arg_if("cpus", resources.cpu_limit_millis.map(|millis| self.tuned(at, "cpus", cpus(millis))))
            .arg_if(
                "cpu_shares",
                resources
                    .cpu_request_millis
                    .map(|millis| Tree::Int(i64::try_from((millis * 1_024 / 1_000).max(2)).unwrap_or(i64::MAX))),
            )
    }

    fn storage(&self, task: Task, container: &Container, at: usize) -> Task {
        let folder = self.folder(at);
        let mut mounts: Vec<Argument> = Vec::new();
        for mount in &container.mounts {
            let stem = self.container_stem(0);
            let source = if self.is_job() {
                Argument::from(format!("{stem}-{}", mount.volume))
            } else {
                Argument::Template(format!("{stem}-{{{{ item }}}}-{}", mount.volume))
            };
            mounts.push(mounted("volume", source, &mount.path, mount.read_only));
        }
        for (name, file) in &container.files {
            mounts.push(mounted("bind", format!("{folder}/{}", file_name(name)).into(), &file.path, true));
        }
        for (source, target) in secrets::mounts(container, &folder) {
            mounts.push(mounted("bind", source.into(), &target, true));
        }
        if mounts.is_empty() { task } else { task.arg("mounts", Argument::List(mounts)) }
    }

    fn connect(&self, task: Task) -> Task {
        let name = &self.workload.name;
        let network = Argument::Variable(Variable::Global("driftless_network"), Tree::text(self.scope.network()));
        let mut aliases: Vec<Argument> = vec![name.clone().into()];
        if !self.is_job() {
            aliases.push(Argument::Template(format!("{name}-{{{{ item }}}}")));
        }
        let connected = Argument::Map(vec![("name", network), ("aliases", Argument::List(aliases))]);
        let task = task.arg("networks", Argument::List(vec![connected]));
        let task = match self.workload.kind {
            WorkloadKind::Stateful => task.arg("hostname", Argument::Template(format!("{name}-{{{{ item }}}}"))),
            _ => task,
        };
        let published = self.published();
        if published.is_empty() { task } else { task.arg("published_ports", Argument::List(published)) }
    }

    fn published(&self) -> Vec<Argument> {
        let published = self.workload.ports.values().filter_map(|port| {
            let Exposure::Node { port: outside } = port.exposure else { return None };
            let protocol = if port.protocol == Protocol::Udp { "/udp" } else { "" };
            let inside = port.number;
            Some(match outside {
                None => Argument::from(format!("{inside}{protocol}")),
                Some(outside) if self.is_job() || self.workload.replicas == 1 => {
                    format!("{outside}:{inside}{protocol}").into()
                }
                Some(outside) => Argument::Template(format!("{{{{ {outside} + item }}}}:{inside}{protocol}")),
            })
        });
        published.collect()
    }
}

fn mounted(kind: &'static str, source: Argument, target: &str, read_only: bool) -> Argument {
    let mut entries = vec![("type", kind.into()), ("source", source), ("target", target.into())];
    entries.push(("read_only", read_only.into()));
    Argument::Map(entries)
}

fn secure(task: Task, security: &Security) -> Task {
    let user = match (security.user, security.group) {
        (Some(user), Some(group)) => Some(format!("{user}:{group}")),
        (Some(user), None) => Some(user.to_string()),
        _ => None,
    };
    let list = |names: &[String]| (!names.is_empty()).then(|| Tree::from(names.to_vec()));
    task.arg_if("user", user.map(Tree::text))
        .arg_if("read_only", security.read_only_root.then_some(true))
        .arg_if("security_opts", security.no_new_privileges.then(|| Tree::from(vec!["no-new-privileges"])))
        .arg_if("cap_drop", list(&security.drop_capabilities))
        .arg_if("capabilities", list(&security.add_capabilities))
}

/// A folder that only its owner may enter or, with `0755`, that everybody may.
fn folder_task(name: &str, path: &str, mode: &str, owner: Option<u32>) -> Task {
    Task::new(name, "ansible.builtin.file")
        .arg("path", path)
        .arg("state", "directory")
        .arg("owner", owner.map_or_else(|| "root".to_owned(), |user| user.to_string()))
        .arg("group", "root")
        .arg("mode", mode)
}

/// Bytes in Docker's notation, whose units are binary.
fn docker_bytes(bytes: u64) -> String {
    let units = [(1_u64 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")];
    let unit = units.into_iter().find(|(factor, _)| bytes.is_multiple_of(*factor));
    unit.map_or_else(|| format!("{bytes}B"), |(factor, suffix)| format!("{}{suffix}", bytes / factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_written_in_the_largest_unit_without_a_rest() {
        assert_eq!([536_870_912, 1_000, 1 << 30].map(docker_bytes), ["512M", "1000B", "1G"]);
    }
}
