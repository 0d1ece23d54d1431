//! Goals of servers: handed over, joined, the whole as it is declared. Each is looked at first and can be begun again at any point.
//!
//! Never: resets a server or takes its keys; gives slots to anybody while none are assigned (a cluster is formed by what is rendered).
//!
//! Invariants: a step is told only after a look that calls for it; slots move with their keys; a node is forgotten only once it holds
//! nothing and is neither a member nor on its way in.

mod fleet;
mod next;
mod slots;

use super::RedisBackend;
use super::connection::Question;
use super::password::hash;
use super::target::{Mode, Part, mode, part};
use super::topology::{Cluster, Role};
use crate::backend::{Backend as _, BackendError, Batch, Context, ErrorClass, Health, ObserveRequest};
use crate::model::{Address, Digest, Resource, Tree};
use crate::plan::Change;
use fleet::Fleet;
use next::{Goal, Step, next};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a step is left alone before it is looked at again.
const PAUSE: Duration = Duration::from_millis(50);
/// After how many looks a step that did not come about is told again.
const AGAIN: u32 = 120;

/// Reaches the goal of a change.
pub(super) async fn reach(
    backend: &RedisBackend,
    context: &Context<'_>,
    batch: &Batch<'_>,
    change: &Change,
    meant: &Part,
) -> Result<Option<Digest>, BackendError> {
    let Some((name, _)) = part(&change.address) else { return Ok(None) };
    let topology = backend.topology_of(&name, &change.address);
    match (meant, &topology) {
        (Part::Rotating, _) => add_passwords(backend, batch, &name).await.map(|()| None),
        (Part::Retired(user), _) => retire(backend, batch, change, &name, user).await.map(|()| None),
        (Part::HandedOver, Some(topology)) => hand_over(backend, context, topology, &name).await.map(|()| None),
        (Part::Joined | Part::Topology, Some(topology)) => {
            if mode(&topology.body) == Mode::Cluster {
                let retired = retired(batch, topology);
                let goal = if *meant == Part::Topology { Goal::Whole } else { Goal::Member(name) };
                converge(backend, context, topology, &goal, retired).await?;
            }
            fingerprint(backend, context, batch, change).await
        }
        _ => Ok(None),
    }
}

/// What a topology is seen as now; none for what is no resource.
async fn fingerprint(
    backend: &RedisBackend,
    context: &Context<'_>,
    batch: &Batch<'_>,
    change: &Change,
) -> Result<Option<Digest>, BackendError> {
    let Some(resource) = batch.resources.get(&change.address) else { return Ok(None) };
    // It is looked at with all that is declared of its servers, so that it is seen as in any other look.
    let is_ours = |one: &&Resource| one.address.kind() == super::table::KIND;
    let everything: Vec<Resource> = batch.resources.values().filter(is_ours).cloned().collect();
    let only = vec![resource.address.to_string()];
    let request = ObserveRequest {
        environment: &batch.record.environment,
        desired: &everything,
        applied: batch.applied,
        only: &only,
        supply: batch.supply,
    };
    let observation = backend.observe(context, request).await?;
    Ok(observation.resources.get(&change.address).map(|observed| observed.fingerprint.clone()))
}

/// Members that were applied and are declared no more: their names, and what they live in.
fn retired(batch: &Batch<'_>, topology: &Resource) -> BTreeMap<String, Address> {
    let applied = batch.applied.get(&topology.address);
    let was = applied.map(|applied| applied.after.as_slice()).unwrap_or_default();
    let last = |address: &Address| address.segments().last();
    let members: BTreeSet<String> = topology.carriers.iter().filter_map(|carrier| last(&carrier.address)).collect();
    let named = was.iter().filter_map(|address| Some((last(address)?, address.clone())));
    named.filter(|(name, _)| !members.contains(name)).collect()
}

/// Waits between the steps towards a goal.
struct Patience<'a> {
    context: &'a Context<'a>,
    deadline: Instant,
}

impl<'a> Patience<'a> {
    fn new(backend: &RedisBackend, context: &'a Context<'a>) -> Self {
        Self { context, deadline: Instant::now() + backend.limits.goal }
    }

    /// Waits a little; an error where there is no time left, or where it was told to stop.
    async fn wait(&self, missing: &str) -> Result<(), BackendError> {
        if *self.context.cancelled.borrow() {
            return Err(BackendError::new(ErrorClass::Invalid, format!("stopped before it was reached: {missing}")));
        }
        if Instant::now() >= self.deadline {
            // It was waited for: to begin again at once would be no help.
            return Err(BackendError::new(ErrorClass::Invalid, format!("not reached in time: {missing}")));
        }
        sleep(PAUSE).await;
        Ok(())
    }

    /// Begins anew: something got done.
    fn renew(&mut self, backend: &RedisBackend) {
        self.deadline = Instant::now() + backend.limits.goal;
    }
}

async fn converge(
    backend: &RedisBackend,
    context: &Context<'_>,
    topology: &Resource,
    goal: &Goal,
    retired: BTreeMap<String, Address>,
) -> Result<(), BackendError> {
    let mut patience = Patience::new(backend, context);
    let names: BTreeSet<String> = retired.keys().cloned().collect();
    let mut fleet = Fleet::new(backend, topology).with_leaving(retired);
    let (mut told, mut since): (Option<Step>, u32) = (None, 0);
    let mut spreading = false;
    loop {
        fleet.look().await;
        let step = next(Cluster { members: fleet.views() }, &topology.body, goal, &names, spreading);
        match &step {
            Step::Done => return Ok(()),
            Step::Stuck(reason) => return Err(BackendError::new(ErrorClass::Invalid, reason.clone())),
            Step::Wait(missing) => patience.wait(missing).await?,
            Step::Move(_) => {
                fleet.act(&step, context).await?;
                patience.renew(backend);
                spreading = true;
            }
            _ if told.as_ref() == Some(&step) && since < AGAIN => {
                since += 1;
                patience.wait(&step.to_string()).await?;
            }
            _ => {
                // What a server refuses now it may take a moment later; in the end what it says is the reason.
                if let Err(error) = fleet.act(&step, context).await {
                    patience.wait(&error.message).await.map_err(|late| BackendError {
                        message: format!("{}: {}", late.message, error.message),
                        ..late
                    })?;
                    continue;
                }
                (told, since) = (Some(step), 0);
            }
        }
    }
}

/// Lets another server take over what this one is master of.
async fn hand_over(
    backend: &RedisBackend,
    context: &Context<'_>,
    topology: &Resource,
    name: &str,
) -> Result<(), BackendError> {
    if mode(&topology.body) == Mode::Cluster {
        return converge(backend, context, topology, &Goal::HandedOver(name.to_owned()), BTreeMap::new()).await;
    }
    let patience = Patience::new(backend, context);
    let mut fleet = Fleet::new(backend, topology);
    let master = topology.body.get("master").and_then(Tree::as_str).unwrap_or_default().to_owned();
    fleet.look().await;
    let is_alone = |fleet: &Fleet<'_>| matches!(fleet.roles().get(name), Some(Some(Role::Master(0))));
    if is_alone(&fleet) {
        // There is nobody to hand over to.
        return Ok(());
    }
    let mut since = AGAIN;
    // The old master is told last that it is none any more: until then it has no replicas, and is written to.
    while matches!(fleet.roles().get(name), Some(Some(Role::Master(_)))) {
        if since >= AGAIN && !is_alone(&fleet) {
            fleet.failover(&master).await?;
            since = 0;
        }
        since += 1;
        patience.wait(&format!("{name} is still the master")).await?;
        fleet.look().await;
    }
    Ok(())
}

/// Gives every declared user its declared password beside those that it has.
async fn add_passwords(backend: &RedisBackend, batch: &Batch<'_>, name: &str) -> Result<(), BackendError> {
    let mut session = backend.session(name).await?;
    for resource in batch.resources.values() {
        let Some((node, Part::User(user))) = part(&resource.address) else { continue };
        let Some(hash) = (if node == name { hash(&resource.body, batch.supply) } else { None }) else { continue };
        let question = Question::new(["ACL", "SETUSER", &user, &format!("#{}", hash?)]);
        session.tell(&format!("it does not take the password of `{user}`"), question).await?;
    }
    Ok(())
}

/// Leaves a user its declared password alone.
async fn retire(
    backend: &RedisBackend,
    batch: &Batch<'_>,
    change: &Change,
    name: &str,
    user: &str,
) -> Result<(), BackendError> {
    let address = super::target::beside(&change.address, name, &["acl", user]);
    let Some(resource) = batch.resources.get(&address) else { return Ok(()) };
    let Some(hash) = hash(&resource.body, batch.supply) else { return Ok(()) };
    let question = Question::new(["ACL", "SETUSER", user, "resetpass", &format!("#{}", hash?)]);
    let mut session = backend.session(name).await?;
    session.tell(&format!("it does not take the password of `{user}`"), question).await.map(drop)
}

/// One look at how an address is.
pub(super) async fn probe(
    backend: &RedisBackend,
    _context: &Context<'_>,
    address: &Address,
) -> Result<Health, BackendError> {
    let Some((name, meant)) = part(address) else { return Ok(Health::Healthy) };
    if !matches!(meant, Part::HandedOver | Part::Joined | Part::Topology) {
        return Ok(Health::Healthy);
    }
    let Some(topology) = backend.topology_of(&name, address) else { return Ok(Health::Healthy) };
    let mut fleet = Fleet::new(backend, &topology);
    fleet.look().await;
    let missing = match mode(&topology.body) {
        Mode::Cluster => cluster_misses(&fleet, &topology, &name, &meant),
        Mode::Sentinel => group_misses(&fleet, &topology, &name, &meant),
    };
    Ok(missing.map_or(Health::Healthy, Health::Progressing))
}

fn cluster_misses(fleet: &Fleet<'_>, topology: &Resource, name: &str, meant: &Part) -> Option<String> {
    let cluster = Cluster { members: fleet.views() };
    let goal = match meant {
        Part::HandedOver => Goal::HandedOver(name.to_owned()),
        Part::Joined => Goal::Member(name.to_owned()),
        _ => {
            let live = cluster.body(&topology.body);
            return (live.as_ref() != Some(&topology.body))
                .then(|| "the cluster is not yet as it is declared".to_owned());
        }
    };
    // Before it is formed there is nothing to join.
    match next(cluster, &topology.body, &goal, &BTreeSet::new(), false) {
        Step::Done => None,
        step => Some(step.to_string()),
    }
}

fn group_misses(fleet: &Fleet<'_>, topology: &Resource, name: &str, meant: &Part) -> Option<String> {
    let role = fleet.roles().get(name).cloned().flatten();
    match (meant, role) {
        (Part::HandedOver, Some(Role::Master(replicas))) if replicas > 0 => Some(format!("{name} is still the master")),
        (Part::Joined, Some(Role::Replica(false))) => Some(format!("{name} is not in sync with its master")),
        (Part::Joined, None) if fleet.roles().contains_key(name) => Some(format!("{name} does not answer")),
        (Part::Topology, _) => {
            let live = super::topology::sentinel_body(&topology.body, fleet.roles(), None);
            (live.as_ref() != Some(&topology.body)).then(|| "the servers are not yet as they are declared".to_owned())
        }
        _ => None,
    }
}
