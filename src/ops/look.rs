//! One look at an environment: what Git declares, what is live, what was last applied.

use super::environment::{Compiled, compile};
use super::error::OpsError;
use super::project::Project;
use super::rendering::{Instances, RenderedInstance, losses, render_instances};
use super::world::World;
use crate::backend::table::{Backends, Surroundings, backends};
use crate::backend::{Backend, Context, ObserveRequest};
use crate::event::Event;
use crate::model::{Address, Resource};
use crate::plan::ignore::Rule;
use crate::plan::{Applied, Finding, Inputs, InstanceInput, Observation, Options};
use crate::state::StateStore;
use crate::state::record::Records;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is looked at together: the instances that one backend serves.
pub struct Group {
    /// The first of its instances: the name that changes carry.
    pub name: String,
    /// The kinds of target of its instances.
    pub kinds: Vec<String>,
    /// The backend.
    pub backend: Arc<dyn Backend>,
    /// What must be.
    pub desired: Vec<Resource>,
    /// What is.
    pub observation: Observation,
    /// Rendered files that the backend writes beside what it applies.
    pub artifacts: BTreeMap<String, String>,
}

/// One look at an environment.
pub struct Look {
    /// The environment.
    pub compiled: Compiled,
    /// Its instances, rendered.
    pub rendered: Vec<RenderedInstance>,
    /// Their backends.
    pub backends: Backends,
    /// What was seen.
    pub groups: Vec<Group>,
    /// What was last applied, as the state knows it.
    pub applied: BTreeMap<Address, Applied>,
    /// The state store's identity; none where nothing was ever written to it.
    pub lineage: Option<String>,
    /// The newest apply that the state knows; 0: none.
    pub generation: u64,
    /// When it was looked: RFC 3339, UTC.
    pub observed_at: String,
    /// The day.
    pub today: String,
    rules: Vec<Rule>,
    losses: Vec<Finding>,
    findings: Vec<Finding>,
}

impl Look {
    /// Compiles, renders and looks.
    ///
    /// # Errors
    /// When files have errors, the state cannot be read, or a backend cannot look at all.
    pub async fn take(project: &Project, world: &World<'_>, name: &str, only: &[String]) -> Result<Self, OpsError> {
        let events = world.events;
        events.emit(&Event::StageStarted { stage: "compile", subject: name.to_owned() });
        let compiled = compile(project, name)?;
        let rendered = render_instances(&compiled.model, &compiled.sources, &project.templates, Instances::Used)?;
        events.emit(&Event::StageEnded { stage: "compile" });
        Self::of(project, world, compiled, rendered, only).await
    }

    async fn of(
        project: &Project,
        world: &World<'_>,
        compiled: Compiled,
        rendered: Vec<RenderedInstance>,
        only: &[String],
    ) -> Result<Self, OpsError> {
        let backends = backends_of(project, world, &compiled)?;
        let store = world.store(project)?;
        let records = Records::of(store.as_ref(), &compiled.model.environment.name);
        let applied = records.applied().await?;
        let generation = records.generation().await?;
        let lineage = store.lineage().await?;
        world.events.emit(&Event::StageStarted { stage: "observe", subject: compiled.model.environment.name.clone() });
        let groups = observe(world, &compiled, &rendered, &backends, &applied, only).await?;
        world.events.emit(&Event::StageEnded { stage: "observe" });
        let rules = compiled.model.environment.drift.ignore.iter();
        let rules = rules.map(|rule| Rule::placed(rule, &compiled.sources)).collect();
        let losses = losses(&rendered, &compiled.sources);
        let findings = findings(&compiled);
        let observed_at = crate::sys::rfc3339(world.clock.now());
        let today = observed_at.get(..10).unwrap_or_default().to_owned();
        Ok(Self {
            compiled, rendered, backends, groups, applied, lineage, generation, observed_at, today, rules, losses, findings,
        })
    }

    /// Everything that a plan and a drift report are made from.
    pub fn with_inputs<R>(&self, options: Options<'_>, make: impl FnOnce(&Inputs<'_>) -> R) -> R {
        let instances: Vec<InstanceInput<'_>> = self.groups.iter().map(|group| self.instance_input(group)).collect();
        let environment = &self.compiled.model.environment;
        make(&Inputs {
            environment: &environment.name,
            project: &environment.project,
            revision: &self.compiled.revision,
            instances: &instances,
            moved: &environment.moved,
            ignore: &self.rules,
            today: &self.today,
            options: Options { max_deletions: options.max_deletions.or(environment.max_deletions), ..options },
            lineage: self.lineage.as_deref(),
            generation: self.generation,
            deferred: &[],
            losses: &self.losses,
            findings: &self.findings,
        })
    }

    fn instance_input<'a>(&'a self, group: &'a Group) -> InstanceInput<'a> {
        InstanceInput {
            name: &group.name,
            kind: group.kinds.first().map_or("", String::as_str),
            backend: group.backend.name(),
            granularity: group.backend.capabilities().granularity,
            table: group.backend.table(),
            desired: &group.desired,
            observation: &group.observation,
            applied: &self.applied,
            procedures: &[],
            artifacts: &group.artifacts,
        }
    }
}

/// The backends of an environment.
pub fn backends_of(project: &Project, world: &World<'_>, compiled: &Compiled) -> Result<Backends, OpsError> {
    let surroundings = Surroundings {
        root: project.root.clone(),
        local: project.local_folder(),
        clock: Arc::clone(&world.clock),
    };
    Ok(backends(&compiled.model.environment, compiled.model.instances.values(), &surroundings)?)
}

async fn observe(
    world: &World<'_>,
    compiled: &Compiled,
    rendered: &[RenderedInstance],
    backends: &Backends,
    applied: &BTreeMap<Address, Applied>,
    only: &[String],
) -> Result<Vec<Group>, OpsError> {
    let mut groups = Vec::new();
    for (instances, backend) in backends.distinct() {
        let ours = |one: &&RenderedInstance| instances.contains(&one.instance.name.as_str());
        let members: Vec<&RenderedInstance> = rendered.iter().filter(ours).collect();
        let desired: Vec<Resource> =
            members.iter().flat_map(|one| backend.desired(&one.instance.name, &one.rendered)).collect();
        let kinds = members.iter().map(|one| one.instance.kind.clone()).collect();
        let environment = compiled.model.environment.name.as_str();
        let request = ObserveRequest { environment, desired: &desired, applied, only };
        let observation = backend.observe(&world.context(), request).await?;
        let name = members.first().map_or(instances[0], |one| one.instance.name.as_str()).to_owned();
        groups.push(Group { name, kinds, backend: Arc::clone(backend), desired, observation, artifacts: BTreeMap::new() });
    }
    Ok(groups)
}

/// What the compiler and the checks say, for reports.
fn findings(compiled: &Compiled) -> Vec<Finding> {
    let all = compiled.sink.sorted();
    all.into_iter()
        .map(|diagnostic| Finding {
            code: diagnostic.code.to_string(),
            severity: diagnostic.severity.as_str().to_owned(),
            message: diagnostic.message.clone(),
            source: diagnostic.span.map(|span| super::rendering::source(&compiled.sources, span)),
        })
        .collect()
}
