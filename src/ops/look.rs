//! One look at an environment: what Git declares, what is live, what was last applied.

use super::environment::{Compiled, compile};
use super::error::OpsError;
use super::plan::Wanted;
use super::project::Project;
use super::rendering::{Instances, RenderedInstance, losses, render_instances};
use super::world::World;
use crate::backend::table::{Backends, Surroundings, backends};
use crate::backend::{Backend, ObserveRequest};
use crate::diag::code::{HELD_BY_ROLLBACK, PLACE_LEFT};
use crate::event::Event;
use crate::model::{Address, Digest, Environment, Instance, Moved, Resource, Revision};
use crate::plan::ignore::Rule;
use crate::plan::{Applied, Finding, Inputs, InstanceInput, Observation, Options, Plan};
use crate::state::record::{Records, RevisionRecord, Scope, StoredSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One target instance, looked at.
pub struct Group {
    /// Its name.
    pub name: String,
    /// The kind of target.
    pub kind: String,
    /// Its backend.
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
    /// The environment, where what must be comes from its file.
    pub compiled: Option<Compiled>,
    /// Where it is applied to.
    pub scope: Scope,
    /// The backends of its instances.
    pub backends: Backends,
    /// What was seen, by instance.
    pub groups: Vec<Group>,
    /// What was last applied, as the state knows it.
    pub applied: BTreeMap<Address, Applied>,
    /// When it was looked: RFC 3339, UTC.
    pub observed_at: String,
    revision: Revision,
    lineage: Option<String>,
    generation: u64,
    moved: Vec<Moved>,
    max_deletions: Option<u32>,
    rules: Vec<Rule>,
    losses: Vec<Finding>,
    findings: Vec<Finding>,
}

/// What must be, by instance.
type Desired = BTreeMap<String, Vec<Resource>>;

impl Look {
    /// Compiles, renders and looks.
    ///
    /// # Errors
    /// When files have errors, the state cannot be read, or a backend cannot look at all.
    pub async fn take(project: &Project, world: &World<'_>, name: &str, only: &[String]) -> Result<Self, OpsError> {
        world.events.emit(&Event::StageStarted { stage: "compile", subject: name.to_owned() });
        let compiled = compile(project, name)?;
        let rendered = render_instances(&compiled.model, &compiled.sources, &project.templates, Instances::Used)?;
        world.events.emit(&Event::StageEnded { stage: "compile" });
        let store = world.store(project)?;
        let records = Records::of(store.as_ref(), name);
        let older = records.scope().await?;
        let held = super::rollback::held(&records, &compiled.revision).await?;
        let scope = Scope::of(&compiled.model);
        let left_behind = older.as_ref().and_then(|older| scope.left_behind(older));
        let scope = older.iter().fold(scope, Scope::with_older);
        let backends = backends_for(project, world, &scope)?;
        let desired = match &held {
            Some(record) => by_instance(&backends, records.resources_after(record).await?),
            None => desired(&backends, &rendered),
        };
        let mut look = Self::observe(project, world, scope, backends, &desired, only).await?;
        look.max_deletions = compiled.model.environment.max_deletions;
        let ignore = compiled.model.environment.drift.ignore.iter();
        look.rules = ignore.map(|rule| Rule::placed(rule, &compiled.sources)).collect();
        if let Some(record) = held {
            look.findings = vec![held_finding(name, &record)];
            look.revision = record.revision;
            return Ok(look);
        }
        look.revision = compiled.revision.clone();
        look.moved.clone_from(&compiled.model.environment.moved);
        look.losses = losses(&rendered, &compiled.sources);
        look.findings = findings(&compiled);
        look.findings.extend(left_behind.map(|place| left_finding(name, &place, &look.scope)));
        look.compiled = Some(compiled);
        Ok(look)
    }

    /// Looks at an environment whose file is gone: nothing must be.
    ///
    /// # Errors
    /// `unknown` where the state knows nothing of it either.
    pub async fn of_scope(
        project: &Project,
        world: &World<'_>,
        name: &str,
        unknown: OpsError,
    ) -> Result<Self, OpsError> {
        let mut look = Self::of_stored_or(project, world, name, StoredSet::new(), unknown).await?;
        if let Some(repository) = project.repository()? {
            look.revision.commit = repository.head()?;
        }
        Ok(look)
    }

    /// Looks at an environment that must be what the state has stored of an earlier apply.
    ///
    /// # Errors
    /// When the state does not know where it was applied to, or a backend cannot look.
    pub async fn of_stored(
        project: &Project,
        world: &World<'_>,
        name: &str,
        resources: StoredSet,
        revision: Revision,
    ) -> Result<Self, OpsError> {
        let unknown = OpsError::refused(format!("nothing is known of where {name} was applied to"), "apply it first");
        let mut look = Self::of_stored_or(project, world, name, resources, unknown).await?;
        look.revision = revision;
        Ok(look)
    }

    async fn of_stored_or(
        project: &Project,
        world: &World<'_>,
        name: &str,
        resources: StoredSet,
        unknown: OpsError,
    ) -> Result<Self, OpsError> {
        let store = world.store(project)?;
        let Some(scope) = Records::of(store.as_ref(), name).scope().await? else { return Err(unknown) };
        let backends = backends_for(project, world, &scope)?;
        let desired = by_instance(&backends, resources);
        Self::observe(project, world, scope, backends, &desired, &[]).await
    }

    /// Looks again after a plan: what it was to bring about must be.
    ///
    /// # Errors
    /// When a backend cannot look.
    pub async fn at_resources(
        project: &Project,
        world: &World<'_>,
        plan: &Plan,
        scope: &Scope,
    ) -> Result<Self, OpsError> {
        let backends = backends_for(project, world, scope)?;
        let desired = by_instance(&backends, plan.resources.clone());
        let mut look = Self::observe(project, world, scope.clone(), backends, &desired, &plan.only).await?;
        look.revision = plan.revision.clone();
        Ok(look)
    }

    async fn observe(
        project: &Project,
        world: &World<'_>,
        scope: Scope,
        backends: Backends,
        desired: &Desired,
        only: &[String],
    ) -> Result<Self, OpsError> {
        let store = world.store(project)?;
        let records = Records::of(store.as_ref(), &scope.environment);
        let applied = records.applied().await?;
        let generation = records.generation().await?;
        let lineage = store.lineage().await?;
        world.events.emit(&Event::StageStarted { stage: "observe", subject: scope.environment.clone() });
        let mut groups = Vec::new();
        for (name, backend) in backends.iter() {
            let kind = scope.instances.iter().find(|one| one.name == name).map_or("", |one| one.kind.as_str());
            let desired = desired.get(name).cloned().unwrap_or_default();
            let request =
                ObserveRequest { environment: &scope.environment, desired: &desired, applied: &applied, only };
            let observation = backend.observe(&world.context(), request).await?;
            let (name, kind, backend) = (name.to_owned(), kind.to_owned(), Arc::clone(backend));
            groups.push(Group { name, kind, backend, desired, observation, artifacts: BTreeMap::new() });
        }
        world.events.emit(&Event::StageEnded { stage: "observe" });
        Ok(Self {
            compiled: None,
            observed_at: crate::sys::rfc3339(world.clock.now()),
            revision: Revision { commit: None, dirty: false, digest: Digest::of("") },
            moved: Vec::new(),
            max_deletions: None,
            rules: Vec::new(),
            losses: Vec::new(),
            findings: Vec::new(),
            scope,
            backends,
            groups,
            applied,
            lineage,
            generation,
        })
    }

    /// The environment's name.
    pub fn environment(&self) -> &str {
        &self.scope.environment
    }

    /// Everything that a plan and a drift report are made from.
    ///
    /// # Errors
    /// When a target that it is limited to is none of the environment's.
    pub fn with_inputs<R>(&self, wanted: &Wanted, make: impl FnOnce(&Inputs<'_>) -> R) -> Result<R, OpsError> {
        let known = |name: &String| self.groups.iter().any(|group| group.name == *name);
        if let Some(unknown) = wanted.targets.iter().find(|name| !known(name)) {
            let names: Vec<&str> = self.groups.iter().map(|group| group.name.as_str()).collect();
            let help = format!("it goes to: {}", names.join(", "));
            return Err(OpsError::usage(format!("{} does not go to `{unknown}`", self.scope.environment), help));
        }
        let chosen = |group: &&Group| wanted.targets.is_empty() || wanted.targets.contains(&group.name);
        let instances: Vec<InstanceInput<'_>> =
            self.groups.iter().filter(chosen).map(|group| self.instance_input(group)).collect();
        let options = wanted.options();
        Ok(make(&Inputs {
            environment: &self.scope.environment,
            project: &self.scope.project,
            revision: &self.revision,
            instances: &instances,
            moved: &self.moved,
            ignore: &self.rules,
            today: self.observed_at.get(..10).unwrap_or_default(),
            options: Options { max_deletions: options.max_deletions.or(self.max_deletions), ..options },
            lineage: self.lineage.as_deref(),
            generation: self.generation,
            deferred: &[],
            losses: &self.losses,
            findings: &self.findings,
        }))
    }

    fn instance_input<'a>(&'a self, group: &'a Group) -> InstanceInput<'a> {
        InstanceInput {
            name: &group.name,
            kind: &group.kind,
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

/// Where an environment is applied to, as its file says.
///
/// # Errors
/// When its files have errors.
pub fn scope_of(project: &Project, name: &str) -> Result<Scope, OpsError> {
    Ok(Scope::of(&compile(project, name)?.model))
}

/// The backends of a scope.
///
/// # Errors
/// When one cannot be set up.
pub fn backends_for(project: &Project, world: &World<'_>, scope: &Scope) -> Result<Backends, OpsError> {
    let surroundings =
        Surroundings { root: project.root.clone(), local: project.local_folder(), clock: Arc::clone(&world.clock) };
    Ok(backends(&scope.environment(), &scope.instances(), &surroundings)?)
}

/// Where an instance is applied to, for people.
pub fn destination(environment: &Environment, instance: &Instance) -> String {
    let git = &environment.git;
    match (instance.apply.name.as_str(), git.repository.as_str()) {
        ("git", ".") => format!("branch {} of this repository, {}/{}", git.branch, git.path, instance.name),
        ("git", repository) => format!("branch {} of {repository}, {}/{}", git.branch, git.path, instance.name),
        (other, _) => other.to_owned(),
    }
}

fn desired(backends: &Backends, rendered: &[RenderedInstance]) -> Desired {
    let resources = |one: &RenderedInstance| {
        let backend = backends.get(&one.instance.name)?;
        Some((one.instance.name.clone(), backend.desired(&one.instance.name, &one.rendered)))
    };
    rendered.iter().filter_map(resources).collect()
}

/// Stored resources, each to the instance whose backend says that it is its own.
fn by_instance(backends: &Backends, resources: StoredSet) -> Desired {
    let mut desired = Desired::new();
    for (address, resource) in resources {
        if let Some(instance) = backends.owner(&address) {
            desired.entry(instance.to_owned()).or_default().push(resource);
        }
    }
    desired
}

fn left_finding(name: &str, place: &str, scope: &Scope) -> Finding {
    Finding {
        code: PLACE_LEFT.to_string(),
        severity: "warning".into(),
        message: format!(
            "{name} was applied to {place} and goes to branch {} now: what is there stays as it is",
            scope.branch
        ),
        source: None,
    }
}

fn held_finding(name: &str, record: &RevisionRecord) -> Finding {
    Finding {
        code: HELD_BY_ROLLBACK.to_string(),
        severity: "note".into(),
        message: format!("{name} is held at what apply {} left, until a newer commit comes", record.generation),
        source: None,
    }
}

/// What the compiler and the checks say, for reports.
fn findings(compiled: &Compiled) -> Vec<Finding> {
    let all = compiled.sink.sorted().into_iter();
    all.map(|diagnostic| Finding {
        code: diagnostic.code.to_string(),
        severity: diagnostic.severity.as_str().to_owned(),
        message: diagnostic.message.clone(),
        source: diagnostic.span.map(|span| super::rendering::source(&compiled.sources, span)),
    })
    .collect()
}
