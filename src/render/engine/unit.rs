//! One container.

use super::entry::Entry;
use super::{Context, Health, Published};
use crate::diag::{Diagnostic, SECRET_IN_ARGUMENT, SECRET_NEEDS_COMMAND};
use crate::model::{Component, Condition, Container, EntryEffect, FileFormat, Value, Workload, WorkloadKind};
use indexmap::IndexMap;

/// A file in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFile {
    /// Unique in the instance, and equal for equal containers.
    pub name: String,
    /// Where it lies.
    pub path: String,
    /// Its text; without endpoints and secrets.
    pub content: Value,
    /// Permission bits.
    pub mode: u32,
    /// How its entries are told apart.
    pub format: FileFormat,
    /// The entries of which a change takes something of its own (`*` in a key stands for any text), the first that matches holds.
    pub entries: Vec<EntryEffect>,
}

/// A secret in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitSecret {
    /// Its name in the instance.
    pub name: String,
    /// Where it lies.
    pub path: String,
    /// What it is made of.
    pub content: Value,
}

/// A volume in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// The volume's name in the instance.
    pub volume: String,
    /// Where it lies.
    pub path: String,
    /// Whether it can only be read.
    pub read_only: bool,
}

/// One container, or several without identity.
#[derive(Debug, Clone)]
pub struct Unit<'a> {
    /// Unique in the instance.
    pub name: String,
    /// Whose it is.
    pub component: &'a Component,
    /// What it is a replica of.
    pub workload: &'a Workload,
    /// What it is made from.
    pub container: &'a Container,
    /// Which member it is; none where replicas have no identity.
    pub member: Option<u32>,
    /// How many there are of it.
    pub replicas: u32,
    /// The container whose network it shares.
    pub shares: Option<String>,
    /// The image.
    pub image: Value,
    /// What is started; none: what the image says.
    pub entrypoint: Option<Vec<Value>>,
    /// Its arguments; none: what the image says.
    pub command: Option<Vec<Value>>,
    /// Environment variables without secrets.
    pub environment: IndexMap<String, Value>,
    /// Files.
    pub files: Vec<UnitFile>,
    /// Secrets.
    pub secrets: Vec<UnitSecret>,
    /// Volumes.
    pub mounts: Vec<Mounted>,
    /// Whether its root file system can only be read.
    pub read_only: bool,
    /// Published ports.
    pub ports: Vec<Published>,
    /// The health check.
    pub health: Option<Health>,
    /// What it waits for.
    pub depends_on: IndexMap<String, Condition>,
}

impl Unit<'_> {
    /// Whether it runs to completion.
    pub fn is_job(&self) -> bool {
        self.workload.kind == WorkloadKind::Job
    }

    /// The name that it is known by beside its own.
    pub fn alias(&self) -> Option<&str> {
        (self.shares.is_none() && self.name != self.workload.name).then_some(self.workload.name.as_str())
    }
}

/// The name of a volume in the instance.
pub fn volume_name(workload: &Workload, member: Option<u32>, volume: &str) -> String {
    match member {
        Some(member) if workload.kind == WorkloadKind::Stateful => format!("{}-{member}-{volume}", workload.name),
        _ => format!("{}-{volume}", workload.name),
    }
}

impl<'a> Context<'a, '_> {
    pub(super) fn unit(
        &mut self,
        component: &'a Component,
        workload: &'a Workload,
        container: &'a Container,
        main: &str,
        member: Option<u32>,
    ) -> Unit<'a> {
        let is_main = workload.containers.first().is_some_and(|first| first.name == container.name);
        let mut files = self.files(component, workload, container, is_main);
        let (environment, variables) = self.environment(component, container);
        let mut entrypoint = self.arguments(component, "command", container.command.as_deref());
        let command = self.arguments(component, "args", container.args.as_deref());
        let check = workload.bootstrap.as_ref().filter(|_| is_main).map(|bootstrap| bootstrap.check.as_slice());
        let check = self.arguments(component, "command", check);
        let entry = Entry { variables: &variables, check };
        self.entry(component, (workload, container), &entry, &mut entrypoint, &mut files);
        let mut depends_on = self.depends_on(component, workload);
        if !is_main {
            depends_on.insert(main.to_owned(), Condition::Started);
        }
        let secrets = self.secret_files(component, container, variables);
        let has_files = !files.is_empty() || !secrets.is_empty();
        Unit {
            name: if is_main { main.to_owned() } else { format!("{main}-{}", container.name) },
            component,
            workload,
            container,
            member,
            replicas: if member.is_some() { 1 } else { workload.replicas },
            shares: (!is_main).then(|| main.to_owned()),
            image: self.resolve(component, "image", &container.image),
            entrypoint,
            command,
            environment,
            files,
            secrets,
            read_only: self.read_only(component, container, has_files),
            mounts: mounts(workload, container, member),
            ports: if is_main { self.published(component, workload, member) } else { Vec::new() },
            health: self.health(component, workload, container),
            depends_on,
        }
    }

    fn files(
        &mut self,
        component: &Component,
        workload: &Workload,
        container: &Container,
        is_main: bool,
    ) -> Vec<UnitFile> {
        let prefix = if is_main { workload.name.clone() } else { format!("{}-{}", workload.name, container.name) };
        let files = container.files.iter();
        let lower = |(name, file): (&String, &crate::model::ConfigFile)| UnitFile {
            name: format!("{prefix}-{name}"),
            path: file.path.clone(),
            content: self.argument(component, "files", &file.content),
            mode: file.mode,
            format: file.format,
            entries: file.entries.clone(),
        };
        files.map(lower).collect()
    }

    /// Variables in clear, and those that a script has to make of secret files.
    fn environment(
        &mut self,
        component: &Component,
        container: &Container,
    ) -> (IndexMap<String, Value>, Vec<(String, UnitSecret)>) {
        let mut clear = IndexMap::new();
        let mut secret = Vec::new();
        for (name, value) in &container.env {
            let input = format!("env.{name}");
            let value = self.resolve(component, &input, value);
            if !value.is_sensitive() {
                clear.insert(name.clone(), value);
                continue;
            }
            let is_identifier = !name.starts_with(|c: char| c.is_ascii_digit())
                && !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !is_identifier {
                let message = format!(
                    "environment variable `{name}` holds a secret, and a shell cannot set a variable of that name"
                );
                let help = "use letters, digits and `_`, or hand the secret over as a file";
                self.sink.push(Diagnostic::error(SECRET_NEEDS_COMMAND, component.place_of(&input), message).help(help));
                continue;
            }
            let span = component.place_of(&input);
            let held = self.secrets.name(&component.name, name, &value, span, self.sink);
            secret
                .push((name.clone(), UnitSecret { path: format!("/run/secrets/{held}"), name: held, content: value }));
        }
        (clear, secret)
    }

    fn secret_files(
        &mut self,
        component: &Component,
        container: &Container,
        variables: Vec<(String, UnitSecret)>,
    ) -> Vec<UnitSecret> {
        let mut secrets: Vec<UnitSecret> = Vec::new();
        for file in &container.secret_files {
            let content = self.resolve(component, "secrets", &file.content);
            let place = file.path.rsplit('/').next().unwrap_or(&file.path);
            let span = component.place_of("secrets");
            let name = self.secrets.name(&component.name, place, &content, span, self.sink);
            secrets.push(UnitSecret { name, path: file.path.clone(), content });
        }
        for (_, secret) in variables {
            if !secrets.contains(&secret) {
                secrets.push(secret);
            }
        }
        secrets
    }

    fn arguments(&mut self, component: &Component, input: &str, words: Option<&[Value]>) -> Option<Vec<Value>> {
        Some(words?.iter().map(|word| self.argument(component, input, word)).collect())
    }

    fn read_only(&mut self, component: &Component, container: &Container, has_files: bool) -> bool {
        if container.security.read_only_root && has_files {
            let message = "files are copied into the container, and cannot be where its root file system is read-only: it is writable here";
            self.lose(component, component.place_of("security"), message);
        }
        container.security.read_only_root && !has_files
    }

    /// A value in a place that anybody may read.
    pub(super) fn argument(&mut self, component: &Component, input: &str, value: &Value) -> Value {
        let value = self.resolve(component, input, value);
        if value.is_sensitive() {
            let message = format!("a secret in `{input}` of `{}` would be seen by anybody", component.name);
            let help = "hand it over as an environment variable or as a secret file";
            self.sink.push(Diagnostic::error(SECRET_IN_ARGUMENT, component.place_of(input), message).help(help));
        }
        value
    }
}

fn mounts(workload: &Workload, container: &Container, member: Option<u32>) -> Vec<Mounted> {
    let lower = |mount: &crate::model::Mount| Mounted {
        volume: volume_name(workload, member, &mount.volume),
        path: mount.path.clone(),
        read_only: mount.read_only,
    };
    container.mounts.iter().map(lower).collect()
}
