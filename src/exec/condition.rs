//! Whether a plan still fits: the store it was made with, and what each address was.

use super::retry::Attempts;
use super::types::{ExecError, Request};
use crate::backend::{BackendError, Context, ErrorClass, ObserveRequest};
use crate::event::Event;
use crate::model::{Address, Applier, Resource};
use crate::plan::{Action, Applied, Change, Gap, Observation, Observed, Plan, holds};
use crate::seam::{BoxFuture, all};
use crate::state::record::Records;
use std::collections::{BTreeMap, BTreeSet};

/// What was seen right before the first change.
#[derive(Default)]
pub(super) struct Seen {
    /// What each live system was (a branch's tip).
    pub(super) cursors: BTreeMap<Applier, String>,
    /// What the changed addresses were.
    pub(super) live: BTreeMap<Address, Observed>,
    /// What was last applied, where the live system itself remembers it.
    pub(super) applied: BTreeMap<Address, Applied>,
    /// What is to be forgotten and is gone indeed, with who applied it.
    pub(super) gone: BTreeMap<Address, Applier>,
}

/// Refuses a plan that was made with another store, or before another apply.
pub(super) async fn check_generation(request: &Request<'_>) -> Result<(), ExecError> {
    let plan = request.plan;
    let lineage = request.store.lineage().await?;
    let generation = Records::of(request.store, &plan.environment).generation().await?;
    let mut reasons = Vec::new();
    if plan.lineage.is_some() && plan.lineage != lineage {
        reasons.push("it was made with another state store".into());
    } else if plan.generation != generation {
        reasons.push(follows(plan, plan.generation, generation));
    }
    if reasons.is_empty() { Ok(()) } else { Err(ExecError::Stale { reasons }) }
}

/// What is looked at by one backend before the first change.
#[derive(Default)]
struct Wanted<'a> {
    changes: Vec<&'a Change>,
    forgotten: Vec<&'a Address>,
}

/// What changes, what that needs, and what is to be forgotten. What was kept without having been looked at has nothing to hold.
fn wanted(plan: &Plan) -> BTreeMap<Applier, Wanted<'_>> {
    let mut by_applier: BTreeMap<Applier, Wanted<'_>> = BTreeMap::new();
    let guarded = plan.guarded();
    let held = |change: &&Change| change.action != Action::Keep || change.precondition.is_some();
    for change in plan.changes.iter().filter(|change| guarded.contains(&change.address)).filter(held) {
        by_applier.entry(change.applier()).or_default().changes.push(change);
    }
    for (address, applier) in &plan.forgotten {
        by_applier.entry(applier.clone()).or_default().forgotten.push(address);
    }
    by_applier
}

/// Looks at everything that changes and at what that needs, and refuses the plan where something is not what it was.
pub(super) async fn check_preconditions(context: &Context<'_>, request: &Request<'_>) -> Result<Seen, ExecError> {
    let mut by_applier = wanted(request.plan);
    // What has one writer are looked at one after the other: what they read is the same.
    let looks = request.backends.writers().into_iter().map(|appliers| {
        let wanted: Vec<_> = appliers.into_iter().filter_map(|one| by_applier.remove_entry(one)).collect();
        let look: BoxFuture<'_, _> = Box::pin(look_at_all(context, request, wanted));
        look
    });
    let looks: Vec<_> = looks.collect();
    let (mut newer, mut reasons, mut gaps, mut seen) = (Vec::new(), Vec::new(), Vec::new(), Seen::default());
    for looked in all(looks).await {
        for (applier, wanted, observation) in looked? {
            newer.extend(newer_apply(request.plan, &applier, &observation));
            for change in &wanted.changes {
                match unread(&observation, change) {
                    Some(gap) => gaps.push(gap),
                    None => reasons.extend(differs(&observation, change)),
                }
            }
            seen.take(&applier, &wanted, observation);
        }
    }
    newer.dedup();
    // A newer apply says it all: what it moved is no news then.
    reasons = if newer.is_empty() { reasons } else { newer };
    if !reasons.is_empty() {
        return Err(ExecError::Stale { reasons });
    }
    if !gaps.is_empty() {
        return Err(ExecError::Unreadable { gaps });
    }
    context.events.emit(&Event::PreconditionsHeld);
    Ok(seen)
}

/// Whether somebody applied since, as far as the live system remembers that by itself.
fn newer_apply(plan: &Plan, applier: &Applier, observation: &Observation) -> Option<String> {
    let (planned, newest) = (plan.generations.get(applier).copied().unwrap_or_default(), observation.generation?);
    (planned != newest).then(|| follows(plan, planned, newest))
}

fn follows(plan: &Plan, planned: u64, newest: u64) -> String {
    format!("it follows apply {planned} of {}, and the last one was {newest}", plan.environment)
}

impl Seen {
    fn take(&mut self, applier: &Applier, wanted: &Wanted<'_>, observation: Observation) {
        let is_gone = |address: &Address| {
            let covered = || observation.gaps.iter().any(|gap| holds(&gap.address, address));
            !observation.resources.contains_key(address) && !covered()
        };
        let gone = wanted.forgotten.iter().filter(|address| is_gone(address));
        self.gone.extend(gone.map(|address| ((*address).clone(), applier.clone())));
        if let Some(cursor) = observation.cursor {
            self.cursors.insert(applier.clone(), cursor);
        }
        self.live.extend(observation.resources);
        self.applied.extend(observation.applied.unwrap_or_default());
    }
}

type Looked<'a> = Vec<(Applier, Wanted<'a>, Observation)>;

async fn look_at_all<'a>(
    context: &Context<'_>,
    request: &Request<'a>,
    by_applier: Vec<(Applier, Wanted<'a>)>,
) -> Result<Looked<'a>, ExecError> {
    let mut looked = Vec::new();
    for (applier, wanted) in by_applier {
        let changed = wanted.changes.iter().map(|change| &change.address);
        let addresses = changed.chain(wanted.forgotten.iter().copied()).collect();
        let observation = look_at(context, request, &applier, &addresses).await.map_err(ExecError::Observe)?;
        looked.push((applier, wanted, observation));
    }
    Ok(looked)
}

/// Looks at the addresses of some changes of one backend, and at no others.
pub(super) async fn look(
    context: &Context<'_>,
    request: &Request<'_>,
    applier: &Applier,
    changes: &[&Change],
) -> Result<Observation, BackendError> {
    look_at(context, request, applier, &changes.iter().map(|change| &change.address).collect()).await
}

async fn look_at(
    context: &Context<'_>,
    request: &Request<'_>,
    applier: &Applier,
    addresses: &BTreeSet<&Address>,
) -> Result<Observation, BackendError> {
    let plan = request.plan;
    let missing = || {
        BackendError::new(ErrorClass::Unsupported, format!("`{}` is no target of this environment", applier.instance))
    };
    let backend = request.backends.get(applier).ok_or_else(missing)?;
    let desired: Vec<Resource> = addresses.iter().filter_map(|address| plan.resources.get(*address)).cloned().collect();
    let only: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let mut attempts = Attempts::new(request.options.retry);
    loop {
        let asked = ObserveRequest {
            environment: &plan.environment,
            desired: &desired,
            applied: &plan.applied,
            only: &only,
            supply: request.supply,
        };
        let error = match backend.observe(context, asked).await {
            Ok(observation) => return Ok(observation),
            Err(error) => error,
        };
        if !attempts.again(context, &applier.instance, &error).await {
            return Err(error);
        }
    }
}

/// What could not be read of an address that changes. What lives in something that is yet to be made cannot be read, and is brought to
/// its goal whatever it is.
pub(super) fn unread(observation: &Observation, change: &Change) -> Option<Gap> {
    if change.action == Action::Run {
        return None;
    }
    let covers = |gap: &&Gap| gap.address == change.address || change.address.matches(&format!("{}/**", gap.address));
    let gap = observation.gaps.iter().find(covers)?;
    Some(Gap { address: change.address.clone(), reason: gap.reason.clone() })
}

/// How an address is not what the plan says; none where it is.
pub(super) fn differs(observation: &Observation, change: &Change) -> Option<String> {
    let there = observation.resources.get(&change.address).map(|observed| &observed.fingerprint);
    let address = &change.address;
    match (&change.precondition, there) {
        // A goal is reached from wherever it is begun.
        _ if change.action == Action::Run => None,
        // What is to go and is not there is where it was to be.
        (Some(_), None) if change.action == Action::Delete => None,
        (Some(planned), Some(there)) if planned == there => None,
        (None, None) => None,
        (Some(_), Some(_)) => Some(format!("{address} is not what it was when the plan was made")),
        (Some(_), None) => Some(format!("{address} is not there any more")),
        (None, Some(_)) => Some(format!("{address} was not there when the plan was made")),
    }
}
