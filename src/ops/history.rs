//! `history` and `status`: what the state remembers.

use super::environment::{Compiled, compile};
use super::error::OpsError;
use super::look::backends_for;
use super::project::Project;
use super::rollback::held;
use super::world::World;
use crate::report::{HistoryEntry, HistoryReport, InstanceStatus, LastApply, StatusReport};
use crate::state::StateError;
use crate::state::record::{ChangeResult, Records, RevisionRecord, RunOutcome, Scope};

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

/// Where an environment stands, as far as the state and its file say; no live system is asked.
///
/// # Errors
/// When the state cannot be read, or neither it nor the files know such an environment.
pub async fn status(project: &Project, world: &World<'_>, name: &str) -> Result<StatusReport, OpsError> {
    let store = world.store(project)?;
    let records = Records::of(store.as_ref(), name);
    let mut report = StatusReport::new(name);
    report.last_apply = records.revisions(1).await?.first().map(|record| LastApply {
        generation: record.generation,
        applied_at: record.started_at.clone(),
        who: record.who.clone(),
        commit: record.revision.commit.clone(),
        outcome: outcome(record.outcome).into(),
    });
    report.locked_by = match store.lease(&records.lease_name(), "a look").await {
        Err(StateError::Locked { holder }) => Some(holder),
        _ => None,
    };
    let applied = records.applied().await?;
    match compile(project, name) {
        Ok(compiled) => {
            let backends = backends_for(project, world, &Scope::of(&compiled.model))?;
            report.instances = instances(&compiled, |instance| {
                applied.keys().filter(|address| backends.owner(address) == Some(instance)).count()
            });
            report.pinned_to = held(&records, &compiled.revision).await?.and_then(|record| record.revision.commit);
            report.revision = Some(compiled.revision);
        }
        Err(error) if report.last_apply.is_none() => return Err(error),
        Err(_) => {}
    }
    Ok(report)
}

fn instances(compiled: &Compiled, count: impl Fn(&str) -> usize) -> Vec<InstanceStatus> {
    let model = &compiled.model;
    let instances = model.used_instances();
    instances
        .map(|instance| InstanceStatus {
            instance: instance.name.clone(),
            target: instance.kind.clone(),
            backend: instance.apply.name.clone(),
            destination: super::look::destination(&model.environment, instance),
            applied: count(&instance.name),
        })
        .collect()
}
