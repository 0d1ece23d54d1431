//! What a run leaves in the state store.

use super::condition::{Seen, look};
use super::types::{ChangeOutcome, ExecError, Interruption, Request};
use crate::backend::Context;
use crate::event::{Ended, Event};
use crate::model::{Address, Applier, Digest, Resource};
use crate::plan::{Action, Applied, Change, CompareTable, Comparison, Content, Observed, compare, holds};
use crate::state::record::{ChangeResult, RecordedChange, Records, RevisionRecord, RunOutcome, StoredSet};
use crate::state::{StateError, Version};
use crate::sys::rfc3339;
use std::collections::{BTreeMap, BTreeSet};

/// What is remembered of a resource that was applied.
pub(super) fn applied_of(
    request: &Request<'_>,
    instance: &str,
    resource: &Resource,
    fingerprint: Option<Digest>,
    outputs: BTreeMap<String, String>,
) -> Applied {
    let carriers = resource.carriers.iter().map(|carrier| &carrier.address);
    let mut after: Vec<Address> = resource.after.iter().chain(carriers).cloned().collect();
    after.sort();
    after.dedup();
    Applied {
        component: resource.component.clone(),
        instance: Some(instance.into()),
        body: resource.body.clone(),
        text: resource.text.clone(),
        executable: resource.executable,
        revision: Some(request.plan.revision.clone()),
        fingerprint,
        protect: resource.protect,
        outputs,
        secrets: request.secrets.get(&resource.address).cloned().unwrap_or_default(),
        after,
    }
}

/// A resource as it was applied, as far as that is remembered.
pub(super) fn resource_of(address: &Address, applied: &Applied) -> Resource {
    Resource {
        text: applied.text.clone(),
        executable: applied.executable,
        after: applied.after.clone(),
        protect: applied.protect,
        ..Resource::new(address.clone(), applied.component.clone(), applied.body.clone())
    }
}

/// Records what is as declared already without having been recorded so, that the next compare knows it as applied. It is looked at and
/// compared again: what is kept for another reason (not asked for, of no interest) is not as declared.
///
/// Returns all that is kept and as declared. A backend that remembers by itself is not told: it knows what it wrote.
pub(super) async fn record_converged(
    context: &Context<'_>,
    request: &Request<'_>,
    recorded: &BTreeMap<Address, Applied>,
) -> Result<StoredSet, ExecError> {
    let records = Records::of(request.store, &request.plan.environment);
    let mut converged = StoredSet::new();
    let mut by_applier: BTreeMap<Applier, Vec<(&Change, &Resource)>> = BTreeMap::new();
    for (change, resource) in kept(request) {
        let known = if remembers(request, change) { &request.plan.applied } else { recorded };
        let known = known.get(&resource.address);
        // Digests that are not recorded yet are; other ones are no convergence but a change that was not asked for.
        let same_secrets = |known: &Applied| {
            !known.secrets.is_empty() || request.secrets.get(&resource.address).is_none_or(BTreeMap::is_empty)
        };
        let same = |known: &Applied| known.has_content_of(resource) && same_secrets(known);
        if known.is_some_and(same) {
            converged.insert(resource.address.clone(), resource.clone());
        } else {
            by_applier.entry(change.applier()).or_default().push((change, resource));
        }
    }
    for (applier, kept) in by_applier {
        let Some(backend) = request.backends.get(&applier) else { continue };
        let changes: Vec<&Change> = kept.iter().map(|(change, _)| *change).collect();
        let observation = look(context, request, &applier, &changes).await.map_err(ExecError::Observe)?;
        for (change, resource) in kept {
            let observed = observation.resources.get(&change.address);
            let Some(observed) = observed.filter(|observed| is_as_declared(backend.table(), resource, observed)) else {
                continue;
            };
            converged.insert(resource.address.clone(), resource.clone());
            if backend.capabilities().remembers_applied {
                continue;
            }
            let fingerprint = Some(observed.fingerprint.clone());
            let applied = applied_of(request, &applier.instance, resource, fingerprint, observed.outputs.clone());
            records.set_applied(&change.address, Some(&applied)).await?;
            context.events.emit(&Event::Recorded { address: change.address.clone() });
        }
    }
    Ok(converged)
}

fn remembers(request: &Request<'_>, change: &Change) -> bool {
    request.backends.get(&change.applier()).is_some_and(|backend| backend.capabilities().remembers_applied)
}

fn is_as_declared(table: &CompareTable, resource: &Resource, observed: &Observed) -> bool {
    let desired = Some(Content::of_resource(resource));
    let compared = compare(&Comparison {
        address: &resource.address,
        table,
        owned: &resource.owned,
        desired,
        applied: desired,
        live: Some(Content::of_observed(observed)),
        as_system_would: observed.as_system_would.as_ref(),
        silence: &|_| None,
    });
    observed.ours && compared.fields.is_empty()
}

/// What is kept, and may be as declared.
fn kept<'a>(request: &Request<'a>) -> impl Iterator<Item = (&'a Change, &'a Resource)> {
    let plan = request.plan;
    plan.changes.iter().filter_map(|change| {
        let there = change.action == Action::Keep && change.fields.is_empty() && change.precondition.is_some();
        let resource = plan.resources.get(&change.address).filter(|resource| there && !resource.observed_only);
        resource.map(|resource| (change, resource))
    })
}

/// The record of a run, begun before its first change: a run that dies leaves it as interrupted.
pub(super) struct Journal<'a> {
    records: Records<'a>,
    pub(super) record: RevisionRecord,
    version: Version,
    resources: StoredSet,
}

impl<'a> Journal<'a> {
    pub(super) async fn begin(
        context: &Context<'_>,
        request: &Request<'a>,
        before: &BTreeMap<Address, Applied>,
        converged: StoredSet,
        forgotten: &BTreeSet<Address>,
    ) -> Result<Self, ExecError> {
        let plan = request.plan;
        let records = Records::of(request.store, &plan.environment);
        let mut resources = match records.revisions(1).await?.first() {
            Some(newest) => records.resources_after(newest).await?,
            None => StoredSet::new(),
        };
        make_good(&records, before, &mut resources).await?;
        resources.extend(converged);
        resources.retain(|address, _| !forgotten.contains(address));
        let artifacts = keep_artifacts(context, request, &records).await?;
        let changes = plan.changes.iter().filter(|change| change.action != Action::Keep);
        let record = RevisionRecord {
            generation: plan.newest_generation() + 1,
            revision: plan.revision.clone(),
            plan: request.digest.clone(),
            who: request.who.into(),
            why: request.why.into(),
            started_at: rfc3339(request.clock.now()),
            ended_at: None,
            outcome: RunOutcome::Interrupted,
            destroy: plan.destroy,
            scope: Some(plan.scope.clone()),
            only: plan.only.clone(),
            changes: changes.map(|change| recorded(request, change, before)).collect(),
            forgotten: forgotten.iter().cloned().collect(),
            resources: None,
            artifacts,
        };
        let version = records.begin_revision(&record).await?;
        Ok(Self { records, record, version, resources })
    }

    /// Remembers that a change was made.
    pub(super) fn made(&mut self, change: &Change, after: Option<&Resource>) {
        if let Some(before) = &change.moved_from {
            self.resources.remove(before);
        }
        match after {
            Some(resource) => drop(self.resources.insert(change.address.clone(), resource.clone())),
            None if change.action == Action::Run => {}
            None => drop(self.resources.remove(&change.address)),
        }
    }

    /// Remembers that it was put back.
    pub(super) fn put_back(&mut self, address: &Address, before: Option<Resource>) {
        match before {
            Some(resource) => drop(self.resources.insert(address.clone(), resource)),
            None => drop(self.resources.remove(address)),
        }
        let entry = self.record.changes.iter_mut().find(|change| change.address == *address);
        if let Some(entry) = entry {
            entry.result = ChangeResult::PutBack;
        }
    }

    /// The record's last form.
    pub(super) async fn end(
        mut self,
        request: &Request<'_>,
        outcomes: &[ChangeOutcome],
        interruption: Option<&Interruption>,
    ) -> Result<u64, StateError> {
        for change in &mut self.record.changes {
            let outcome = outcomes.iter().find(|outcome| outcome.address == change.address);
            if let Some(outcome) = outcome.filter(|_| change.result != ChangeResult::PutBack) {
                change.result = result_of(&outcome.ended);
            }
        }
        self.record.outcome = outcome_of(&self.record.changes, interruption);
        self.record.ended_at = Some(rfc3339(request.clock.now()));
        self.record.resources = Some(self.records.keep_resources(&self.resources).await?);
        self.records.end_revision(&self.record, &self.version).await?;
        Ok(self.record.generation)
    }
}

/// Does to `resources` what runs that died have done: they recorded each change and not their end.
async fn make_good(
    records: &Records<'_>,
    applied: &BTreeMap<Address, Applied>,
    resources: &mut StoredSet,
) -> Result<(), StateError> {
    let all = records.revisions(usize::MAX).await?;
    let died: Vec<&RevisionRecord> = all.iter().take_while(|record| record.resources.is_none()).collect();
    for change in died.iter().rev().flat_map(|record| &record.changes) {
        for address in change.moved_from.iter().chain([&change.address]).filter(|one| !applied.contains_key(*one)) {
            resources.remove(address);
        }
        let is_there = |after: &&Resource| applied.get(&after.address).is_some_and(|known| known.has_content_of(after));
        if let Some(after) = change.after.as_ref().filter(is_there) {
            resources.insert(after.address.clone(), after.clone());
        }
    }
    Ok(())
}

/// Whether the newest run died before its end. What it had deleted, and a live system that remembers by itself knows to be gone, is
/// to be forgotten: the plan was made from what that system remembers.
pub(super) async fn newest_died(
    request: &Request<'_>,
    recorded: &BTreeMap<Address, Applied>,
    seen: &mut Seen,
) -> Result<bool, StateError> {
    let plan = request.plan;
    let records = Records::of(request.store, &plan.environment);
    let Some(died) = records.revisions(1).await?.into_iter().find(|record| record.resources.is_none()) else {
        return Ok(false);
    };
    let gap = |address: &Address| plan.gaps.iter().any(|gap| holds(&gap.address, address));
    let known = |address: &Address| plan.changes.iter().any(|change| change.address == *address) || gap(address);
    for address in died.changes.iter().filter(|change| change.action == Action::Delete).map(|change| &change.address) {
        let instance = recorded.get(address).and_then(|applied| applied.instance.as_deref());
        let applier = instance.and_then(|instance| request.backends.owner_of(Some(instance), address));
        let applier = applier.filter(|applier| plan.only.is_empty() && plan.generations.contains_key(applier));
        if let Some(applier) = applier.filter(|_| !known(address)) {
            seen.gone.insert(address.clone(), applier.clone());
        }
    }
    Ok(true)
}

fn result_of(ended: &Ended) -> ChangeResult {
    match ended {
        Ended::Done => ChangeResult::Done,
        Ended::Failed(reason) => ChangeResult::Failed(reason.clone()),
        Ended::Skipped(reason) => ChangeResult::Skipped(reason.clone()),
    }
}

fn outcome_of(changes: &[RecordedChange], interruption: Option<&Interruption>) -> RunOutcome {
    let done = changes.iter().filter(|change| change.result == ChangeResult::Done).count();
    match interruption {
        _ if done == changes.len() => RunOutcome::Done,
        Some(_) => RunOutcome::Interrupted,
        None if done == 0 => RunOutcome::Failed,
        None => RunOutcome::Partial,
    }
}

fn recorded(request: &Request<'_>, change: &Change, before: &BTreeMap<Address, Applied>) -> RecordedChange {
    let was_at = change.moved_from.as_ref().unwrap_or(&change.address);
    let after = request.plan.resources.get(&change.address).filter(|_| change.action != Action::Delete);
    RecordedChange {
        address: change.address.clone(),
        action: change.action,
        before: before.get(was_at).or_else(|| before.get(&change.address)).cloned(),
        after: after.cloned(),
        moved_from: change.moved_from.clone(),
        result: ChangeResult::Unfinished,
    }
}

async fn keep_artifacts(
    context: &Context<'_>,
    request: &Request<'_>,
    records: &Records<'_>,
) -> Result<BTreeMap<String, BTreeMap<String, Digest>>, StateError> {
    let mut artifacts = BTreeMap::new();
    for (instance, files) in &request.plan.artifacts {
        let mut kept = BTreeMap::new();
        for (path, text) in files {
            kept.insert(path.clone(), records.keep_text(text).await?);
        }
        artifacts.insert(instance.clone(), kept);
        context.events.emit(&Event::ArtifactsWritten { instance: instance.clone() });
    }
    Ok(artifacts)
}

/// What was applied before the run: what the store knows, what the plan says, and before both what the live system remembers.
pub(super) fn applied_before(
    request: &Request<'_>,
    recorded: BTreeMap<Address, Applied>,
    seen: &Seen,
) -> BTreeMap<Address, Applied> {
    let mut before = recorded;
    before.extend(request.plan.applied.clone());
    before.extend(seen.applied.clone());
    before.retain(|address, _| !seen.gone.contains_key(address));
    before
}

/// Remembers where the environment is, before anything is there: what a run that dies has made can be found when the file is gone.
pub(super) async fn remember_place(request: &Request<'_>) -> Result<(), StateError> {
    let plan = request.plan;
    if plan.changes.is_empty() && plan.forgotten.is_empty() {
        return Ok(());
    }
    Records::of(request.store, &plan.environment).set_scope(Some(&plan.scope)).await
}

/// Forgets where a destroyed environment was, and what it was held at: nothing of it is left anywhere.
pub(super) async fn forget_place(request: &Request<'_>) -> Result<(), StateError> {
    let plan = request.plan;
    let kept = plan.changes.iter().any(|change| change.action == Action::Keep);
    let records = Records::of(request.store, &plan.environment);
    if !plan.destroy || kept || !plan.is_complete() || !plan.only.is_empty() || !records.applied().await?.is_empty() {
        return Ok(());
    }
    records.set_pin(None).await?;
    records.set_scope(None).await
}
