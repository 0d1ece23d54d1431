//! What a container engine has to run for the components of one instance: the common ground of Compose and of Terraform on Docker.
//!
//! Never: writes files; knows the vocabulary of either tool.
//!
//! Invariants: no secret is in an argument, an environment variable or a file; what an engine cannot do is a located loss; names are unique
//! in the instance.

mod entry;
mod health;
mod needs;
mod ports;
mod secrets;
mod unit;

pub use entry::{ENTRY_PATH, shell_quote};
pub use health::Health;
pub use ports::Published;
pub use secrets::{Sensitive, variable_name};
pub use unit::{Mounted, Unit, UnitFile, UnitSecret};

use crate::diag::{DEFERRED_UNSUPPORTED, Diagnostic, NAME_COLLISION, Sink, Span};
use crate::model::{Component, Instance, Loss, Model, Part, Value, Workload, WorkloadKind};
use crate::render::endpoint::{Endpoints, Naming};
use crate::spec::environment::APPLY_AS_FILES;
use indexmap::IndexMap;
use secrets::Secrets;

/// What an engine has to run.
#[derive(Debug, Clone, Default)]
pub struct Engine<'a> {
    /// The containers, in the order of their components.
    pub units: Vec<Unit<'a>>,
    /// The volumes, by name.
    pub volumes: IndexMap<String, EngineVolume<'a>>,
    /// The secrets, by name.
    pub secrets: IndexMap<String, Sensitive>,
    /// What is lost.
    pub losses: Vec<Loss>,
}

/// A volume.
#[derive(Debug, Clone, Copy)]
pub struct EngineVolume<'a> {
    /// Whose it is.
    pub component: &'a Component,
    /// The workload that mounts it.
    pub workload: &'a Workload,
    /// What was asked for.
    pub volume: &'a crate::model::Volume,
}

/// In an engine's network a member is reached under its own name, and a workload under its name.
#[derive(Debug, Clone, Copy)]
pub struct NetworkNames;

impl Naming for NetworkNames {
    fn host(&self, _component: &Component, workload: &Workload, member: Option<u32>) -> Value {
        match member {
            Some(member) if expands(workload) => Value::literal(format!("{}-{member}", workload.name)),
            _ => Value::literal(workload.name.clone()),
        }
    }
}

/// Whether each replica is a container of its own name: where identity matters, or where sidecars share a replica's network.
pub fn expands(workload: &Workload) -> bool {
    workload.kind == WorkloadKind::Stateful || (workload.replicas > 1 && workload.containers.len() > 1)
}

/// The names of a workload's main containers.
pub fn main_units(workload: &Workload) -> Vec<String> {
    if expands(workload) {
        (0..workload.replicas).map(|member| format!("{}-{member}", workload.name)).collect()
    } else {
        vec![workload.name.clone()]
    }
}

/// Lowers the components of an instance.
pub fn lower<'a>(model: &'a Model, instance: &'a Instance, sink: &mut Sink) -> Engine<'a> {
    let mut context = Context { model, instance, secrets: Secrets::default(), losses: Vec::new(), sink };
    let mut engine = Engine::default();
    for component in model.components_of(instance) {
        for workload in component.workloads.values() {
            context.workload(component, workload, &mut engine);
        }
    }
    context.check_names(&engine);
    engine.secrets = context.secrets.into_map();
    engine.losses = context.losses;
    engine
}

/// The first of some inputs that is given, else the component: a module may call it otherwise, or ask for it unasked.
fn place_of_any(component: &Component, inputs: &[&str]) -> Span {
    inputs.iter().find_map(|input| component.inputs.get(*input)).copied().unwrap_or(component.span)
}

/// What lowering needs to know and what it leaves behind.
pub(super) struct Context<'a, 's> {
    pub model: &'a Model,
    pub instance: &'a Instance,
    pub secrets: Secrets,
    pub losses: Vec<Loss>,
    pub sink: &'s mut Sink,
}

impl<'a> Context<'a, '_> {
    /// Records something that is lost, once.
    pub fn lose(&mut self, component: &Component, span: Span, message: impl Into<String>) {
        let loss = Loss {
            component: component.name.clone(),
            instance: self.instance.name.clone(),
            message: message.into(),
            span,
            address: None,
        };
        if !self.losses.contains(&loss) {
            self.losses.push(loss);
        }
    }

    /// A value without endpoints.
    pub fn resolve(&mut self, component: &Component, input: &str, value: &Value) -> Value {
        let endpoints = Endpoints { model: self.model, consumer: component, naming: &NetworkNames };
        let span = component.place_of(input);
        self.refuse_deferred(component, input, value, span);
        endpoints.resolve(value, span, self.sink)
    }

    /// Where files alone are written, nobody is there to hand over what is known only after an apply.
    fn refuse_deferred(&mut self, component: &Component, input: &str, value: &Value, span: Span) {
        if self.instance.apply.name != APPLY_AS_FILES {
            return;
        }
        for part in value.parts() {
            let Part::Deferred { component: producer, output, .. } = part else { continue };
            let message = format!(
                "`{input}` of `{}` needs `{producer}.{output}`, which is known only after `{producer}` has been applied, and `apply: git` \
                 writes files alone",
                component.name
            );
            let help = format!(
                "apply the target `{}` by its tool, or write the value into the environment file",
                self.instance.name
            );
            self.sink.push(Diagnostic::error(DEFERRED_UNSUPPORTED, span, message).help(help));
        }
    }

    fn workload(&mut self, component: &'a Component, workload: &'a Workload, engine: &mut Engine<'a>) {
        for (at, main) in main_units(workload).into_iter().enumerate() {
            let member = expands(workload).then(|| u32::try_from(at).unwrap_or(u32::MAX));
            for (name, volume) in &workload.volumes {
                let value = EngineVolume { component, workload, volume };
                engine.volumes.insert(unit::volume_name(workload, member, name), value);
            }
            for container in &workload.containers {
                let unit = self.unit(component, workload, container, &main, member);
                engine.units.push(unit);
            }
        }
        self.volume_losses(component, workload);
        self.cpu_loss(component, workload);
    }

    fn cpu_loss(&mut self, component: &Component, workload: &Workload) {
        if workload.containers.iter().any(|container| container.resources.cpu_request_millis.is_some()) {
            let message = "an engine reserves no CPU: what is asked for has no effect, only the limit has";
            self.lose(component, place_of_any(component, &["resources", "cpu"]), message);
        }
    }

    fn volume_losses(&mut self, component: &Component, workload: &Workload) {
        let place = place_of_any(component, &["size", "storage", "volumes", "persistence"]);
        if workload.volumes.values().any(|volume| volume.size_bytes.is_some()) {
            let message = "a volume of the engine has no size: it takes what the machine's disk has";
            self.lose(component, place, message);
        }
        if workload.volumes.values().any(|volume| volume.class.is_some()) {
            let message = "a volume of the engine has no storage class: all lie where the engine keeps its data";
            self.lose(component, place, message);
        }
    }

    /// Names are joined with `-`, so that two different pairs can give one.
    fn check_files(&mut self, engine: &Engine<'_>) {
        let mut seen: IndexMap<&str, (&unit::UnitFile, &Component)> = IndexMap::new();
        for unit in &engine.units {
            for file in &unit.files {
                let (first, component) = *seen.entry(&file.name).or_insert((file, unit.component));
                if first.content != file.content {
                    let message = format!("two files would be called `{}`", file.name);
                    let diagnostic = Diagnostic::error(NAME_COLLISION, unit.component.place_of("files"), message);
                    self.sink.push(diagnostic.label(component.place_of("files"), "the other one comes from here"));
                }
            }
        }
    }

    fn check_volumes(&mut self, engine: &Engine<'_>) {
        let mut seen: IndexMap<String, (&Workload, &str, &Component)> = IndexMap::new();
        for unit in &engine.units {
            for name in unit.workload.volumes.keys() {
                let volume = unit::volume_name(unit.workload, unit.member, name);
                let owner = (unit.workload, name.as_str(), unit.component);
                let first = *seen.entry(volume.clone()).or_insert(owner);
                if (&first.0.name, first.1) != (&owner.0.name, owner.1) {
                    let message = format!("two volumes would be called `{volume}`");
                    let diagnostic = Diagnostic::error(NAME_COLLISION, unit.component.place_of("volumes"), message);
                    self.sink.push(diagnostic.label(first.2.place_of("volumes"), "the other one comes from here"));
                }
            }
        }
    }

    fn check_names(&mut self, engine: &Engine<'_>) {
        let mut seen: IndexMap<&str, &Component> = IndexMap::new();
        self.check_volumes(engine);
        self.check_files(engine);
        for unit in &engine.units {
            if let Some(first) = seen.insert(&unit.name, unit.component) {
                let message = format!("two containers would be called `{}`", unit.name);
                let diagnostic = Diagnostic::error(NAME_COLLISION, unit.component.span, message);
                self.sink.push(diagnostic.label(first.span, "the other one comes from here"));
            }
        }
    }
}
