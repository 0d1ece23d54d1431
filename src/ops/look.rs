//! One look at an environment: what Git declares, what is live, what was last applied.

use super::environment::{Compiled, compile};
use super::error::OpsError;
use super::group::Group;
use super::observe::{Asked, Failing, observe};
use super::prepared::Prepared;
use super::project::Project;
use super::remembered::Remembered;
use super::rendering::{RenderedInstance, losses};
use super::secrets::Secrets;
use super::wanted::Wanted;
use super::world::World;
use crate::backend::table::{Backends, Surroundings, backends};
use crate::backend::{Backend, Procedure};
use crate::diag::code::{HELD_BY_ROLLBACK, PLACE_LEFT};
use crate::event::Event;
use crate::model::{Address, Applier, Digest, FieldPath, Moved, Resource, Revision, Scope};
use crate::plan::ignore::Rule;
use crate::plan::{Finding, Inputs, InstanceInput, Options, Plan};
use crate::secret::names_in_resources;
use crate::state::record::{Artifacts, RevisionRecord, StoredSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One look at an environment.
pub struct Look {
    /// The environment, where what must be comes from its file.
    pub compiled: Option<Arc<Compiled>>,
    /// Where it is applied to.
    pub scope: Scope,
    /// The backends of its instances.
    pub backends: Backends,
    /// What was seen, by instance.
    pub groups: Vec<Group>,
    /// What was seen of the live systems of instances that something else applies to.
    pub observed: Vec<Group>,
    /// What the state remembers.
    pub remembered: Remembered,
    /// The secrets that it refers to.
    pub secrets: Secrets,
    /// When it was looked: RFC 3339, UTC.
    pub observed_at: String,
    /// The number of the apply whose resources must be, where that is not what the file says.
    pub at_apply: Option<u64>,
    revision: Revision,
    moved: Vec<Moved>,
    max_deletions: Option<u32>,
    rules: Vec<Rule>,
    losses: Vec<Finding>,
    findings: Vec<Finding>,
}

/// What must be, by who applies it.
pub(super) type Desired = BTreeMap<Applier, Vec<Resource>>;

/// The instances to which what is applied was applied.
type AppliedTo = BTreeMap<Address, String>;

/// What is looked at, and how.
struct Question<'a> {
    scope: Scope,
    backends: Backends,
    desired: Desired,
    artifacts: Artifacts,
    only: &'a [String],
    make_key: bool,
}

impl Look {
    /// Compiles, renders and looks.
    ///
    /// # Errors
    /// When files have errors, the state cannot be read, or a backend cannot look at all.
    pub async fn take(project: &Project, world: &World<'_>, name: &str, wanted: &Wanted) -> Result<Self, OpsError> {
        let remembered = Remembered::of(project, world, name).await?;
        let prepared = Prepared::of(project, world, &remembered)?;
        Self::of_prepared(project, world, remembered, &prepared, wanted).await
    }

    /// Looks, where what Git declares is compiled and rendered already.
    ///
    /// # Errors
    /// When the state cannot be read, or a backend cannot look at all.
    pub async fn of_prepared(
        project: &Project,
        world: &World<'_>,
        remembered: Remembered,
        prepared: &Prepared,
        wanted: &Wanted,
    ) -> Result<Self, OpsError> {
        let Prepared { compiled, rendered, scope, backends, left_behind } = prepared;
        let held = remembered.held(&compiled.revision).await?;
        let (desired, artifacts) = match &held {
            Some(record) => {
                let resources = remembered.records().resources_after(record).await?;
                let artifacts = remembered.records().artifacts_of(record).await?;
                (by_applier(backends, resources, &instances_of(&remembered)), artifacts)
            }
            None => (desired(backends, rendered), artifacts(backends, rendered)),
        };
        let observed = if held.is_some() { Desired::new() } else { observed(backends, rendered) };
        let (scope, backends) = (scope.clone(), backends.clone());
        let question = Question { scope, backends, desired, artifacts, only: &wanted.only, make_key: wanted.remember };
        let mut look = Self::observe(project, world, remembered, question).await?;
        look.observe_others(project, world, observed, &wanted.only).await?;
        look.max_deletions = compiled.model.environment.max_deletions;
        let ignore = compiled.model.environment.drift.ignore.iter();
        look.rules = ignore.map(|rule| Rule::placed(rule, &compiled.sources)).collect();
        let name = look.scope.environment.clone();
        if let Some(record) = held {
            look.findings = vec![held_finding(&name, &record)];
            look.at_apply = Some(record.generation);
            look.revision = record.revision;
            return Ok(look);
        }
        look.revision = compiled.revision.clone();
        look.moved.clone_from(&compiled.model.environment.moved);
        look.losses = losses(rendered, &compiled.sources);
        look.findings = findings(compiled);
        look.findings.extend(left_behind.as_ref().map(|place| left_finding(&name, place, &look.scope)));
        look.compiled = Some(Arc::clone(compiled));
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
        let remembered = Remembered::of(project, world, name).await?;
        let scope = remembered.scope.clone().ok_or(unknown)?;
        Self::of_nothing(project, world, remembered, scope).await
    }

    /// Looks at a place where nothing must be.
    ///
    /// # Errors
    /// When a backend cannot look.
    pub async fn of_nothing(
        project: &Project,
        world: &World<'_>,
        remembered: Remembered,
        scope: Scope,
    ) -> Result<Self, OpsError> {
        let nothing = (StoredSet::new(), Artifacts::new());
        let mut look = Self::at(project, world, remembered, scope, nothing, &Wanted::default()).await?;
        if let Some(repository) = project.repository()? {
            look.revision.commit = repository.head()?;
        }
        Ok(look)
    }

    /// Looks at an environment that must be what the state has stored of an earlier apply.
    ///
    /// # Errors
    /// When nothing says where it was applied to, or a backend cannot look.
    pub async fn of_stored(
        project: &Project,
        world: &World<'_>,
        remembered: Remembered,
        record: &RevisionRecord,
        wanted: &Wanted,
    ) -> Result<Self, OpsError> {
        let resources = remembered.records().resources_after(record).await?;
        let artifacts = remembered.records().artifacts_of(record).await?;
        let recorded = || remembered.scope.clone().or_else(|| record.scope.clone());
        let scope = match recorded() {
            Some(scope) => scope,
            None => Scope::of(&compile(project, &remembered.environment)?.model),
        };
        let mut look = Self::at(project, world, remembered, scope, (resources, artifacts), wanted).await?;
        look.at_apply = Some(record.generation);
        look.revision = record.revision.clone();
        Ok(look)
    }

    /// Looks again after a plan: what it was to bring about must be.
    ///
    /// # Errors
    /// When a backend cannot look.
    pub async fn at_resources(project: &Project, world: &World<'_>, plan: &Plan) -> Result<Self, OpsError> {
        let remembered = Remembered::of(project, world, &plan.environment).await?;
        let wanted = Wanted { only: plan.only.clone(), ..Wanted::default() };
        let backends = backends_for(project, world, &plan.scope)?;
        let instances = plan.changes.iter().map(|change| (change.address.clone(), change.instance.clone())).collect();
        let desired = by_applier(&backends, plan.resources.clone(), &instances);
        let (scope, only) = (plan.scope.clone(), &wanted.only);
        let artifacts = plan.artifacts.clone();
        let question = Question { scope, backends, desired, artifacts, only, make_key: wanted.remember };
        let mut look = Self::observe(project, world, remembered, question).await?;
        look.revision = plan.revision.clone();
        Ok(look)
    }

    async fn at(
        project: &Project,
        world: &World<'_>,
        remembered: Remembered,
        scope: Scope,
        (resources, artifacts): (StoredSet, Artifacts),
        wanted: &Wanted,
    ) -> Result<Self, OpsError> {
        let backends = backends_for(project, world, &scope)?;
        let desired = by_applier(&backends, resources, &instances_of(&remembered));
        let question = Question { scope, backends, desired, artifacts, only: &wanted.only, make_key: wanted.remember };
        Self::observe(project, world, remembered, question).await
    }

    async fn observe(
        project: &Project,
        world: &World<'_>,
        remembered: Remembered,
        question: Question<'_>,
    ) -> Result<Self, OpsError> {
        let Question { scope, backends, mut desired, artifacts, only, make_key } = question;
        let names = secrets_of(&scope, &desired);
        let secrets = Secrets::read(project, world, &remembered.records(), &scope, &names, make_key).await?;
        world.events.emit(&Event::StageStarted { stage: "observe", subject: scope.environment.clone() });
        let mut shares = backends.share(&remembered.applied);
        let asked = backends.iter().map(|(applier, backend)| Asked {
            applier,
            backend,
            desired: desired.remove(applier).unwrap_or_default(),
            applied: shares.remove(applier).unwrap_or_default(),
            artifacts: artifacts.get(&applier.instance).cloned().unwrap_or_default(),
        });
        let groups = observe(world, &scope, asked.collect(), only, &secrets, Failing::WhereAllFail).await?;
        world.events.emit(&Event::StageEnded { stage: "observe" });
        Ok(Self {
            compiled: None,
            observed_at: crate::sys::rfc3339(world.clock.now()),
            at_apply: None,
            revision: Revision { commit: None, dirty: false, digest: Digest::of("") },
            moved: Vec::new(),
            max_deletions: None,
            rules: Vec::new(),
            losses: Vec::new(),
            findings: Vec::new(),
            scope,
            backends,
            groups,
            observed: Vec::new(),
            remembered,
            secrets,
        })
    }

    /// Looks at the live systems of instances that something else applies to: at what is declared there, and nothing else.
    async fn observe_others(
        &mut self,
        project: &Project,
        world: &World<'_>,
        mut all: Desired,
        only: &[String],
    ) -> Result<(), OpsError> {
        let asked = self.backends.observers().map(|(applier, backend)| Asked {
            applier,
            backend,
            desired: all.remove(applier).unwrap_or_default(),
            // Something else applies there: the state knows nothing of it.
            applied: BTreeMap::new(),
            artifacts: BTreeMap::new(),
        });
        let mut groups = observe(world, &self.scope, asked.collect(), only, &self.secrets, Failing::IsAGap).await?;
        for group in &mut groups {
            let declared = |address: &Address| group.desired.iter().any(|resource| resource.address == *address);
            group.observation.resources.retain(|address, _| declared(address));
        }
        for group in &mut groups {
            super::pushed::fill(project, &self.scope.environment, &self.groups, &self.secrets, group);
        }
        self.observed = groups;
        Ok(())
    }

    /// The environment's name.
    pub fn environment(&self) -> &str {
        &self.scope.environment
    }

    /// What each thing that must be lives in.
    pub fn carriers(&self) -> BTreeMap<Address, Vec<Address>> {
        let desired = self.groups.iter().chain(&self.observed).flat_map(|group| &group.desired);
        let of = |one: &Resource| {
            (one.address.clone(), one.carriers.iter().map(|carrier| carrier.address.clone()).collect())
        };
        desired.map(of).collect()
    }

    /// The groups that are asked for.
    pub fn chosen<'a>(&'a self, wanted: &'a Wanted) -> impl Iterator<Item = &'a Group> {
        self.groups.iter().filter(|group| wanted.is_target(&group.name))
    }

    /// The names of the secrets that what goes to an instance refers to.
    pub fn mentioned<'a>(&'a self, instance: &'a str) -> impl Iterator<Item = &'a String> {
        self.scope.instances.iter().filter(move |one| one.name == instance).flat_map(|one| &one.secrets)
    }

    /// Whether every secret of what is asked for was compared.
    pub fn secrets_judged(&self, wanted: &Wanted) -> bool {
        self.chosen(wanted).all(|group| {
            self.secrets.has_all(self.mentioned(&group.name))
                && group.judged.as_ref().is_none_or(|judged| judged.complete)
        })
    }

    /// Everything that a plan and a drift report are made from.
    pub fn with_inputs<R>(&self, wanted: &Wanted, make: impl FnOnce(&Inputs<'_>) -> R) -> R {
        let options = wanted.options();
        // What is only observed is not ours to delete.
        let observed = self.observed.iter().filter(|group| !options.destroy && wanted.is_target(&group.name));
        let groups: Vec<&Group> = self.chosen(wanted).chain(observed).collect();
        let procedures: Vec<Vec<&dyn Procedure>> =
            groups.iter().map(|group| group.backend.procedure().into_iter().collect()).collect();
        let instances: Vec<InstanceInput<'_>> =
            groups.iter().zip(&procedures).map(|(group, procedures)| group.input(procedures)).collect();
        make(&Inputs {
            environment: &self.scope.environment,
            project: &self.scope.project,
            scope: &self.scope,
            revision: &self.revision,
            instances: &instances,
            moved: &self.moved,
            ignore: &self.rules,
            today: self.observed_at.get(..10).unwrap_or_default(),
            options: Options { max_deletions: options.max_deletions.or(self.max_deletions), ..options },
            lineage: self.remembered.lineage.as_deref(),
            generation: self.remembered.generation,
            deferred: &[],
            losses: &self.losses,
            findings: &self.findings,
        })
    }

    /// Puts references back into the places of digests: what is applied is what was declared.
    pub fn with_references(&self, plan: &mut Plan) {
        for group in self.groups.iter().filter(|group| group.judged.is_some()) {
            for resource in &group.desired {
                if let Some(planned) = plan.resources.get_mut(&resource.address) {
                    planned.clone_from(resource);
                }
            }
            let applied = group.observation.applied.as_ref().unwrap_or(&group.applied);
            for (address, applied) in applied {
                if let Some(planned) = plan.applied.get_mut(address) {
                    planned.clone_from(applied);
                }
            }
        }
    }

    /// Whether what differs at an address is nothing but secrets that have another value at their source than was applied.
    pub fn is_of_source<'p>(&self, address: &Address, mut paths: impl ExactSizeIterator<Item = &'p FieldPath>) -> bool {
        let moved = self.groups.iter().find_map(|group| group.judged.as_ref()?.moved.get(address));
        moved.is_some_and(|moved| paths.len() > 0 && paths.all(|path| moved.contains(&path.to_string())))
    }
}

fn secrets_of(scope: &Scope, desired: &Desired) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = scope.instances.iter().flat_map(|one| one.secrets.iter().cloned()).collect();
    names.extend(names_in_resources(desired.values().flatten()));
    names
}

/// The backends of a scope.
///
/// # Errors
/// When one cannot be set up.
pub fn backends_for(project: &Project, world: &World<'_>, scope: &Scope) -> Result<Backends, OpsError> {
    Ok(backends(&scope.environment(), &scope.instances(), &surroundings(project, world))?)
}

/// Where backends find what is not in the environment file.
pub(super) fn surroundings(project: &Project, world: &World<'_>) -> Surroundings {
    Surroundings {
        root: project.root.clone(),
        local: project.local_folder(),
        clock: Arc::clone(&world.clock),
        variables: Arc::clone(&world.variables),
    }
}

/// The rendered files that backends need beside resources, by instance.
fn artifacts(backends: &Backends, rendered: &[RenderedInstance]) -> Artifacts {
    let of_instance = |one: &RenderedInstance| {
        let of_backend = |(_, backend): (&Applier, &Arc<dyn Backend>)| backend.artifacts(&one.rendered);
        let files = backends.of_instance(&one.instance.name).flat_map(of_backend).collect();
        (one.instance.name.clone(), files)
    };
    rendered.iter().map(of_instance).collect()
}

pub(super) fn desired(backends: &Backends, rendered: &[RenderedInstance]) -> Desired {
    let of_instance = |one: &RenderedInstance| {
        let name = &one.instance.name;
        let of_backend =
            |(applier, backend): (&Applier, &Arc<dyn Backend>)| (applier.clone(), backend.desired(name, &one.rendered));
        backends.of_instance(name).map(of_backend).collect::<Vec<_>>()
    };
    rendered.iter().flat_map(of_instance).collect()
}

/// What must be in the live systems of instances that something else applies to: compared, never changed.
fn observed(backends: &Backends, rendered: &[RenderedInstance]) -> Desired {
    let of_backend = |(applier, backend): (&Applier, &Arc<dyn Backend>)| {
        let one = rendered.iter().find(|one| one.instance.name == applier.instance)?;
        let resources = backend.desired(&applier.instance, &one.rendered).into_iter();
        Some((applier.clone(), resources.map(|resource| Resource { observed_only: true, ..resource }).collect()))
    };
    backends.observers().filter_map(of_backend).collect()
}

fn instances_of(remembered: &Remembered) -> AppliedTo {
    let applied = remembered.applied.iter();
    applied.filter_map(|(address, applied)| Some((address.clone(), applied.instance.clone()?))).collect()
}

/// Stored resources, each to the instance that applied it, else to the one whose backend says that it is its own.
fn by_applier(backends: &Backends, resources: StoredSet, instances: &AppliedTo) -> Desired {
    let mut desired = Desired::new();
    for (address, resource) in resources {
        if let Some(applier) = backends.owner_of(instances.get(&address).map(String::as_str), &address) {
            desired.entry(applier.clone()).or_default().push(resource);
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
