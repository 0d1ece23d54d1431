//! A container of a pod.

use super::Lowering;
use super::expansion::expand;
use super::mount::{PodVolumes, secret_entry};
use super::network::{container_port_name, protocol, target_port};
use super::pod::positive;
use super::secret::{self, Variables};
use super::tree::{flag, list, map, number, text, unless_empty};
use crate::diag::{BOOTSTRAP_NEEDS_COMMAND, Diagnostic};
use crate::model::{
    Bootstrap, Container, Part, Probe, ProbeAction, Resources, Security, Tree, Value, Workload, quantity,
};

impl Lowering<'_> {
    /// One container; the first of a workload has its ports and its bootstrap.
    pub(super) fn container(
        &mut self,
        workload: &Workload,
        container: &Container,
        at: usize,
        volumes: &mut PodVolumes,
    ) -> Tree {
        let (command, args) = match workload.bootstrap.as_ref().filter(|_| at == 0) {
            Some(bootstrap) => self.guarded(workload, container, bootstrap),
            None => (
                self.arguments(container.command.as_deref(), "command"),
                self.arguments(container.args.as_deref(), "args"),
            ),
        };
        self.secret_files(workload, container);
        let image = self.plain(&container.image, "image");
        map([
            ("name", text(container.name.clone())),
            ("image", Some(Tree::Text(image))),
            ("command", command),
            ("args", args),
            ("workingDir", container.working_dir.as_deref().and_then(text)),
            ("env", list(self.environment(container))),
            ("ports", if at == 0 { list(ports(workload)) } else { None }),
            ("resources", unless_empty(resources(&container.resources))),
            ("startupProbe", self.probe(workload, container.probes.startup.as_ref(), true)),
            ("readinessProbe", self.probe(workload, container.probes.readiness.as_ref(), false)),
            ("livenessProbe", self.liveness(workload, container)),
            ("securityContext", unless_empty(security(&container.security))),
            ("volumeMounts", list(volumes.mounts(workload, container))),
        ])
    }

    fn secret_files(&mut self, workload: &Workload, container: &Container) {
        for file in &container.secret_files {
            let (key, content) = secret_entry(workload, container, file);
            let content = self.resolve(&content, "secret_files");
            if content.parts().len() > 1 && self.instance.apply.name == secret::NOBODY_SUPPLIES {
                let message = format!(
                    "`{}` is put together from a secret and other text: the Secret `{}` has to hold it as `{key}`",
                    file.path, self.scope.secret
                );
                self.lose("secret_files", message);
            }
            self.secrets.insert(key, content);
        }
    }

    fn arguments(&mut self, values: Option<&[Value]>, input: &str) -> Option<Tree> {
        let argument = |value: &Value| Tree::Text(expand(&self.plain(value, input), &|_| None));
        Some(Tree::List(values?.iter().map(argument).collect()))
    }

    /// Runs the job's command unless its check says that nothing is left to do.
    fn guarded(
        &mut self,
        workload: &Workload,
        container: &Container,
        bootstrap: &Bootstrap,
    ) -> (Option<Tree>, Option<Tree>) {
        let Some(command) = container.command.as_deref().filter(|command| !command.is_empty()) else {
            let message =
                format!("`{}` is guarded by a check, and has no command that could be left out", workload.name);
            self.sink.push(Diagnostic::error(BOOTSTRAP_NEEDS_COMMAND, self.component.place_of("command"), message));
            return (None, None);
        };
        let check: Vec<_> = bootstrap.check.iter().map(|value| self.plain(value, "command")).collect();
        let mut script = Value::default();
        for (at, word) in check.iter().enumerate() {
            script.push(Part::Literal(if at == 0 { String::new() } else { " ".into() }));
            push_quoted(&mut script, word);
        }
        script.push(Part::Literal(" && exit 0\nexec \"$@\"\n".into()));
        let shell = ["/bin/sh", "-c"].map(Tree::text).into_iter();
        let shell = shell.chain([Tree::Text(expand(&script, &|_| None)), Tree::text(workload.name.clone())]);
        let rest: Vec<Value> = command.iter().chain(container.args.iter().flatten()).cloned().collect();
        (Some(Tree::List(shell.collect())), self.arguments(Some(&rest), "command"))
    }

    fn environment(&mut self, container: &Container) -> Vec<Tree> {
        let mut resolve = |(name, value)| (name, self.resolve(value, &format!("env.{name}")));
        let resolved: Vec<(&String, Value)> = container.env.iter().map(&mut resolve).collect();
        for part in resolved.iter().flat_map(|(_, value)| value.parts()) {
            if let Some(key) = secret::key(part) {
                self.secrets.insert(key, Value::from_parts([part.clone()]));
            }
        }
        let variables = Variables::new(resolved.iter().map(|(name, value)| (name.as_str(), value)));
        let mut environment = variables.definitions(&self.scope.secret);
        for (name, value) in resolved {
            environment.push(match value.parts() {
                [part] if secret::key(part).is_some() => {
                    secret::variable(name, &self.scope.secret, &secret::key(part).unwrap_or_default())
                }
                _ => {
                    let value = expand(&value, &|part| variables.name(part));
                    Tree::from([("name", Tree::text(name.clone())), ("value", Tree::Text(value))])
                }
            });
        }
        environment
    }

    /// Before it has started, nothing is asked whether it must be restarted.
    fn liveness(&mut self, workload: &Workload, container: &Container) -> Option<Tree> {
        let liveness = container.probes.liveness.as_ref()?;
        let mut lowered = self.probe(workload, Some(liveness), false)?;
        if container.probes.startup.is_none()
            && let Some(delay) = positive(liveness.start_seconds)
        {
            lowered.insert("initialDelaySeconds", delay);
        }
        Some(lowered)
    }

    /// `starting`: failures in the time that a start may take are added to those that are allowed. Elsewhere they do not matter: what
    /// has not started is not ready either way.
    fn probe(&mut self, workload: &Workload, probe: Option<&Probe>, starting: bool) -> Option<Tree> {
        let probe = probe?;
        let interval = probe.interval_seconds.max(1);
        let grace = if starting { probe.start_seconds.div_ceil(interval) } else { 0 };
        let mut lowered = self.probe_action(workload, &probe.action);
        lowered.insert("periodSeconds", interval);
        lowered.insert("timeoutSeconds", probe.timeout_seconds.max(1));
        lowered.insert("failureThreshold", probe.failures.max(1).saturating_add(grace));
        Some(lowered)
    }

    fn probe_action(&mut self, workload: &Workload, action: &ProbeAction) -> Tree {
        let port_of =
            |port: &str| workload.ports.get(port).map_or_else(|| Tree::text(port), |found| target_port(port, found));
        match action {
            ProbeAction::Exec(command) => {
                let command = self.arguments(Some(command), "probes");
                Tree::from([("exec", map([("command", command)]))])
            }
            ProbeAction::Http { port, path } => {
                Tree::from([("httpGet", Tree::from([("path", Tree::text(path.clone())), ("port", port_of(port))]))])
            }
            ProbeAction::Tcp { port } => Tree::from([("tcpSocket", Tree::from([("port", port_of(port))]))]),
        }
    }
}

/// A word of a shell command, in quotes where it needs them.
fn push_quoted(script: &mut Value, word: &Value) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if word.as_literal().is_some_and(|text| !text.is_empty() && text.chars().all(plain)) {
        word.parts().iter().for_each(|part| script.push(part.clone()));
        return;
    }
    script.push(Part::Literal("'".into()));
    for part in word.parts() {
        script.push(match part {
            Part::Literal(text) => Part::Literal(text.replace('\'', r"'\''")),
            other => other.clone(),
        });
    }
    script.push(Part::Literal("'".into()));
}

fn ports(workload: &Workload) -> Vec<Tree> {
    let port = |(name, port): (&String, &crate::model::Port)| {
        map([
            ("name", container_port_name(name).and_then(text)),
            ("containerPort", number(port.number)),
            ("protocol", text(protocol(port.protocol))),
        ])
    };
    workload.ports.iter().map(port).collect()
}

fn resources(resources: &Resources) -> Tree {
    let amounts = |cpu: Option<u64>, memory: Option<u64>| {
        let cpu = cpu.map(|millis| Tree::text(quantity::format_cpu_millis(millis)));
        let memory = memory.map(|bytes| Tree::text(quantity::format_bytes(bytes)));
        unless_empty(map([("cpu", cpu), ("memory", memory)]))
    };
    map([
        ("requests", amounts(resources.cpu_request_millis, resources.memory_request_bytes)),
        ("limits", amounts(resources.cpu_limit_millis, resources.memory_limit_bytes)),
    ])
}

fn security(security: &Security) -> Tree {
    let names = |names: &[String]| list(names.iter().map(|name| Tree::text(name.clone())).collect());
    let capabilities = map([("drop", names(&security.drop_capabilities)), ("add", names(&security.add_capabilities))]);
    map([
        ("runAsUser", security.user.map(Tree::from)),
        ("runAsGroup", security.group.map(Tree::from)),
        ("runAsNonRoot", flag(security.user.is_some_and(|user| user > 0))),
        ("readOnlyRootFilesystem", flag(security.read_only_root)),
        ("allowPrivilegeEscalation", security.no_new_privileges.then_some(Tree::Bool(false))),
        ("capabilities", unless_empty(capabilities)),
    ])
}
