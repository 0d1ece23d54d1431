//! Redis and Valkey: what every server really uses - its parameters, its users, its part in the whole - declared against live.
//!
//! Never: owns a container or a process (that is [`Access`]); CONFIG REWRITE, FLUSHALL, CLUSTER RESET; reads a password back; changes a
//! user that nobody declared.
//!
//! Invariants: one connection for a server and a look; a server that cannot be asked is a gap of its addresses and of nothing else; who is
//! master is no property; a user is changed as a whole or not at all, the one that we log in as last; a goal that takes several
//! steps of a server waits between them, within a bound, and can be begun again at any point.

mod acl;
mod apply;
mod connection;
mod goal;
mod look;
mod observe;
mod parameter;
mod password;
mod procedure;
mod table;
mod target;
#[cfg(test)]
mod tests;
mod topology;

pub use connection::Limits;
pub use table::TABLE;

use super::{
    Access, Backend, BackendError, Batch, Capabilities, Context, Granularity, Health, ObserveRequest, Outcome,
    Procedure, Supply,
};
use crate::model::{Address, Resource, Value};
use crate::plan::{CompareTable, Observation};
use crate::render::Rendered;
use crate::seam::{BoxFuture, next_ended};
use connection::{Credentials, Session};
use look::Seen;
use observe::{Account, Looks};
use procedure::Steps;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use target::{Part, Target, former, part, targets};

/// How many servers are asked at once.
const AT_ONCE: usize = 64;

/// The servers of one target instance.
pub struct RedisBackend {
    instance: String,
    access: Arc<dyn Access>,
    limits: Limits,
    memory: Mutex<Memory>,
}

/// What was declared when it was last looked at or applied: a look at one address is told nothing else.
#[derive(Default)]
struct Memory {
    targets: BTreeMap<String, Target>,
    topologies: Vec<Resource>,
    logins: BTreeMap<String, Logins>,
}

/// As whom one server is asked, with passwords filled in.
#[derive(Clone, Default)]
struct Logins {
    read: Option<Result<Credentials, BackendError>>,
    write: Option<Result<Credentials, BackendError>>,
}

impl Logins {
    fn of(target: &Target, supply: &dyn Supply) -> Self {
        let fill = |user: &(String, Value)| {
            let password = supply.fill(&user.1).map_err(|error| BackendError {
                message: format!("the password of `{}` cannot be had: {}", user.0, error.message),
                ..error
            })?;
            Ok(Credentials { user: user.0.clone(), password })
        };
        let login = target.login.as_ref();
        let read = login.and_then(|login| login.read.as_ref()).map(fill);
        let write = login.and_then(|login| login.write.as_ref()).map(fill);
        Self { read: read.clone().or_else(|| write.clone()), write: write.or(read) }
    }
}

impl RedisBackend {
    /// The servers of an instance, got at through `access`.
    pub fn new(instance: &str, access: Arc<dyn Access>) -> Self {
        Self { instance: instance.into(), access, limits: Limits::default(), memory: Mutex::default() }
    }

    /// With other limits of time.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The servers of a request; what is declared is remembered.
    fn remember<'r>(
        &self,
        declared: impl Iterator<Item = &'r Resource> + Clone,
        applied: &BTreeMap<Address, crate::plan::Applied>,
        supply: &dyn Supply,
    ) -> BTreeMap<String, Target> {
        let mut found = targets(declared.clone(), applied);
        let mut memory = self.memory();
        if found.is_empty() {
            found = former(&memory.targets, applied);
        }
        for (name, target) in &found {
            memory.logins.insert(name.clone(), Logins::of(target, supply));
            memory.targets.insert(name.clone(), target.clone());
        }
        for resource in declared.filter(|one| matches!(part(&one.address), Some((_, Part::Topology)))) {
            memory.topologies.retain(|known| known.address != resource.address);
            memory.topologies.push(resource.clone());
        }
        found
    }

    fn logins(&self, name: &str) -> Logins {
        self.memory().logins.get(name).cloned().unwrap_or_default()
    }

    /// The topology that a server is a member of, or that an address is.
    fn topology_of(&self, name: &str, address: &Address) -> Option<Resource> {
        let memory = self.memory();
        let carrier = memory.targets.get(name).map(|target| &target.carrier);
        let is_meant = |one: &&Resource| {
            one.address == *address || one.carriers.iter().any(|member| Some(&member.address) == carrier)
        };
        memory.topologies.iter().find(is_meant).cloned()
    }

    /// A way to a known server, to change it.
    async fn session(&self, name: &str) -> Result<Session, BackendError> {
        let message = || format!("nothing says where {name} of `{}` is", self.instance);
        let unknown = || BackendError::new(super::ErrorClass::NotFound, message());
        let target = self.memory().targets.get(name).cloned().ok_or_else(unknown)?;
        let login = self.logins(name).write.transpose()?;
        look::open(&self.access, &target, login.as_ref(), self.limits).await
    }

    /// Asks several servers, as many at once as is good.
    async fn look_at(&self, targets: impl Iterator<Item = &Target>) -> Looks {
        let mut waiting: Vec<&Target> = targets.collect();
        let mut running: Vec<(String, BoxFuture<'_, Result<Seen, BackendError>>)> = Vec::new();
        let mut looks = Looks::new();
        loop {
            while running.len() < AT_ONCE
                && let Some(target) = waiting.pop()
            {
                running.push((target.name.clone(), Box::pin(self.look_at_one(target))));
            }
            if running.is_empty() {
                return looks;
            }
            let (name, seen) = next_ended(&mut running).await;
            looks.insert(name, seen);
        }
    }

    async fn look_at_one(&self, target: &Target) -> Result<Seen, BackendError> {
        let login = self.logins(&target.name).read.transpose()?;
        let mut session = look::open(&self.access, target, login.as_ref(), self.limits).await?;
        look::look(&mut session, target).await
    }
}

/// Whether a glob may mean something of a server.
fn may_mean(target: &Target, glob: &str) -> bool {
    glob.contains('*') || glob.contains(&format!(":{}/", target.name)) || glob.ends_with(&format!(":{}", target.name))
}

impl Backend for RedisBackend {
    fn name(&self) -> &'static str {
        table::KIND
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            granularity: Granularity::Address,
            atomic: false,
            supplies_secrets: true,
            remembers_applied: false,
        }
    }

    fn table(&self) -> &'static CompareTable {
        &TABLE
    }

    fn desired(&self, _instance: &str, rendered: &Rendered) -> Vec<Resource> {
        let ours = rendered.resources.iter().filter(|resource| resource.address.kind() == table::KIND);
        // Where two spellings of one parameter are declared, the last one holds, as in a configuration file.
        let mut by_address = indexmap::IndexMap::new();
        for resource in ours.map(target::canonical) {
            by_address.insert(resource.address.clone(), resource);
        }
        by_address.into_values().collect()
    }

    fn procedure(&self) -> Option<&dyn Procedure> {
        Some(&Steps)
    }

    fn observe<'a>(
        &'a self,
        _context: &'a Context<'a>,
        request: ObserveRequest<'a>,
    ) -> BoxFuture<'a, Result<Observation, BackendError>> {
        Box::pin(async move {
            let found = self.remember(request.desired.iter(), request.applied, request.supply);
            let topologies =
                request.desired.iter().filter(|one| matches!(part(&one.address), Some((_, Part::Topology))));
            let only = request.only;
            let asked = |address: &Address| only.iter().any(|glob| address.matches(glob));
            let chosen: Vec<&Resource> = topologies.filter(|one| only.is_empty() || asked(&one.address)).collect();
            let is_wanted = |target: &&Target| {
                let is_member = |one: &&Resource| one.carriers.iter().any(|carrier| carrier.address == target.carrier);
                only.is_empty()
                    || only.iter().any(|glob| may_mean(target, glob))
                    || chosen.iter().any(is_member)
                    || (!target.watched.is_empty() && chosen.iter().any(|one| one.component == target.component))
            };
            let looks = self.look_at(found.values().filter(is_wanted)).await;
            Ok(Account::new(&request, &found, &looks).observation())
        })
    }

    fn apply<'a>(
        &'a self,
        context: &'a Context<'a>,
        batch: Batch<'a>,
    ) -> BoxFuture<'a, Result<Vec<Outcome>, BackendError>> {
        Box::pin(apply::apply(self, context, batch))
    }

    fn probe<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a Address,
    ) -> BoxFuture<'a, Result<Health, BackendError>> {
        Box::pin(goal::probe(self, context, address))
    }
}
