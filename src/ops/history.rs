//! `history` and `status`: what the state remembers.

use super::environment::compile;
use super::error::OpsError;
use super::look::backends_for;
use super::project::Project;
use super::remembered::Remembered;
use super::rendering::{Instances, render_instances};
use super::world::World;
use crate::backend::table::Backends;
use crate::model::{Address, Resource, Scope, ScopeInstance};
use crate::plan::Applied;
use crate::report::{HistoryEntry, HistoryReport, InstanceStatus, LastApply, StatusReport};
use crate::state::record::{ChangeResult, Records, RevisionRecord, RunOutcome, StoredSet};
use std::collections::BTreeMap;

/// The applies of an environment, newest first, `number` at most.
///
/// # Errors
/// When the state cannot be read, or knows nothing of such an environment.
pub async fn history(
    project: &Project,
    world: &World<'_>,
    name: &str,
    number: usize,
) -> Result<HistoryReport, OpsError> {
    let store = world.store(project)?;
    let records = Records::of(store.as_ref(), name);
    let revisions = records.revisions(number).await?;
    if revisions.is_empty() {
        super::environment::known(project, name)?;
    }
    Ok(HistoryReport::new(name, revisions.iter().map(entry).collect()))
}

fn entry(record: &RevisionRecord) -> HistoryEntry {
    HistoryEntry {
        generation: record.generation,
        applied_at: record.started_at.clone(),
        who: record.who.clone(),
        why: record.why.clone(),
        commit: record.revision.commit.clone(),
        dirty: record.revision.dirty,
        plan_digest: record.plan.clone(),
        outcome: outcome(record.outcome).into(),
        changes: record.changes.iter().filter(|change| change.result == ChangeResult::Done).count(),
    }
}

const fn outcome(outcome: RunOutcome) -> &'static str {
    outcome.as_str()
}

/// The environments that have a file, and those that are applied still although theirs is gone; sorted.
///
/// # Errors
/// When environments/ or the state cannot be read.
pub async fn all_names(project: &Project, world: &World<'_>) -> Result<Vec<String>, OpsError> {
    let mut names = super::environment::names(&project.files)?;
    let store = world.store(project)?;
    for name in Records::environments(store.as_ref()).await? {
        if !names.contains(&name) && Records::of(store.as_ref(), &name).scope().await?.is_some() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Where an environment stands, as far as the state and its file say; no live system is asked.
///
/// # Errors
/// When the state cannot be read, or neither it nor the files know such an environment.
pub async fn status(project: &Project, world: &World<'_>, name: &str) -> Result<StatusReport, OpsError> {
    let project = &*super::preview::subject(project, world, name).await?;
    let remembered = Remembered::of(project, world, name).await?;
    let records = remembered.records();
    let mut report = StatusReport::new(name);
    report.last_apply = records.revisions(1).await?.first().map(|record| LastApply {
        generation: record.generation,
        applied_at: record.started_at.clone(),
        who: record.who.clone(),
        commit: record.revision.commit.clone(),
        dirty: record.revision.dirty,
        outcome: outcome(record.outcome).into(),
    });
    report.locked_by = records.store().holder(&records.lease_name()).await?;
    match from_file(project, world, &remembered, &mut report).await {
        Ok(()) => {}
        Err(error) if report.last_apply.is_none() => return Err(error),
        Err(error) => {
            let gone = remembered.scope.as_ref().and_then(|_| super::environment::not_gone(project, name).err());
            let (message, help) = gone.map_or((error.to_string(), None), |gone| (gone.to_string(), gone.help()));
            report.problem = Some([Some(message), help].into_iter().flatten().collect::<Vec<_>>().join(": "));
            if let Some(scope) = &remembered.scope {
                let backends = backends_for(project, world, scope)?;
                report.instances = instances(scope, &remembered, &backends);
            }
        }
    }
    Ok(report)
}

/// What the environment's file says, and how that differs from what was applied.
async fn from_file(
    project: &Project,
    world: &World<'_>,
    remembered: &Remembered,
    report: &mut StatusReport,
) -> Result<(), OpsError> {
    let compiled = compile(project, &remembered.environment)?;
    let rendered = render_instances(&compiled.model, &compiled.sources, &project.templates, Instances::Used)?;
    let scope = Scope::of(&compiled.model);
    let backends = backends_for(project, world, &scope)?;
    let held = remembered.held(&compiled.revision).await?;
    if report.last_apply.is_some() {
        let desired: StoredSet = match &held {
            Some(record) => remembered.records().resources_after(record).await?,
            None => super::look::desired(&backends, &rendered)
                .into_values()
                .flatten()
                .map(|resource| (resource.address.clone(), resource))
                .collect(),
        };
        report.pending = Some(pending(&desired, &remembered.applied));
    }
    report.instances = instances(&scope, remembered, &backends);
    report.pinned_to = held.and_then(|record| record.revision.commit);
    report.revision = Some(compiled.revision);
    Ok(())
}

/// How many resources are not declared as they were applied.
fn pending(desired: &StoredSet, applied: &BTreeMap<Address, Applied>) -> usize {
    let same =
        |resource: &Resource| applied.get(&resource.address).is_some_and(|applied| applied.has_content_of(resource));
    let wanted = desired.values().filter(|resource| !resource.observed_only && !same(resource)).count();
    wanted + applied.keys().filter(|address| !desired.contains_key(*address)).count()
}

fn instances(scope: &Scope, remembered: &Remembered, backends: &Backends) -> Vec<InstanceStatus> {
    let is_of = |name: &str, address: &Address, applied: &Applied| {
        let owner = backends.owner_of(applied.instance.as_deref(), address);
        owner.is_some_and(|applier| applier.instance == name)
    };
    let applied =
        |name: &str| remembered.applied.iter().filter(|(address, applied)| is_of(name, address, applied)).count();
    let status = |instance: &ScopeInstance| InstanceStatus {
        instance: instance.name.clone(),
        target: instance.kind.clone(),
        backend: instance.apply.clone(),
        destination: scope.destination(instance),
        applied: applied(&instance.name),
    };
    scope.instances.iter().map(status).collect()
}
