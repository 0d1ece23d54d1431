//! Makes the changes of one batch: each server's parameters in one command, then its users, the one that we log in as last.
//!
//! Never: rewrites a configuration file; sets what only a restart can change; takes over a user unasked.

use super::acl::setuser;
use super::connection::{Credentials, Question, Session};
use super::look::{self, Seen};
use super::observe::{Account, Looks};
use super::parameter::{Class, default_of, parameter, quoted};
use super::password::{MARK, hash, mark};
use super::target::{Part, Target, part};
use super::{RedisBackend, goal};
use crate::backend::{BackendError, Batch, Context, ErrorClass, ObserveRequest, Outcome};
use crate::model::{Address, Digest, Resource, Tree};
use crate::plan::{Action, Change, Observation};
use crate::seam::{BoxFuture, all};
use std::collections::{BTreeMap, BTreeSet};

type Done = Result<Option<Digest>, BackendError>;

/// Applies a batch.
pub(super) async fn apply(
    backend: &RedisBackend,
    context: &Context<'_>,
    batch: Batch<'_>,
) -> Result<Vec<Outcome>, BackendError> {
    let ours = batch.resources.values().filter(|resource| resource.address.kind() == super::table::KIND);
    let targets = backend.remember(ours, batch.applied, batch.supply);
    let mut by_node: BTreeMap<String, Vec<&Change>> = BTreeMap::new();
    let mut goals = Vec::new();
    for change in batch.changes {
        match part(&change.address) {
            Some((node, Part::Config(_) | Part::User(_) | Part::Sentinel(_))) => {
                by_node.entry(node).or_default().push(change);
            }
            Some((_, part)) => goals.push((change, part)),
            None => {}
        }
    }
    let nodes = by_node.iter().map(|(name, changes)| {
        let done: BoxFuture<'_, _> = Box::pin(node(backend, &batch, targets.get(name), changes));
        done
    });
    let mut done: BTreeMap<Address, (Done, BTreeMap<String, String>)> = BTreeMap::new();
    for outcomes in all(nodes).await {
        done.extend(outcomes);
    }
    for (change, part) in goals {
        let reached = goal::reach(backend, context, &batch, change, &part).await;
        done.insert(change.address.clone(), (reached, BTreeMap::new()));
    }
    let outcome = |change: &Change| {
        let unknown = || {
            BackendError::new(ErrorClass::Invalid, format!("{} is nothing that is known of a server", change.address))
        };
        let (result, outputs) = done.remove(&change.address).unwrap_or_else(|| (Err(unknown()), BTreeMap::new()));
        Outcome { address: change.address.clone(), result, outputs }
    };
    Ok(batch.changes.iter().map(outcome).collect())
}

type Outcomes = BTreeMap<Address, (Done, BTreeMap<String, String>)>;

/// The changes of one server.
async fn node(backend: &RedisBackend, batch: &Batch<'_>, target: Option<&Target>, changes: &[&Change]) -> Outcomes {
    let failed = |error: &BackendError| {
        changes.iter().map(|change| (change.address.clone(), (Err(error.clone()), BTreeMap::new()))).collect()
    };
    let Some(target) = target else {
        let lost = BackendError::new(ErrorClass::NotFound, "nothing says where this server is");
        let one = |change: &&Change| {
            // Where nothing is declared any more, what a server was told goes with the server.
            let done = if change.action == Action::Delete { Ok(None) } else { Err(lost.clone()) };
            (change.address.clone(), (done, BTreeMap::new()))
        };
        return changes.iter().map(one).collect();
    };
    match Work::begin(backend, batch, target, changes).await {
        Ok(mut work) => match work.go().await {
            Ok(outcomes) => outcomes,
            Err(error) => failed(&error),
        },
        Err(error) => failed(&error),
    }
}

/// Work on one server.
struct Work<'a> {
    batch: &'a Batch<'a>,
    target: &'a Target,
    changes: &'a [&'a Change],
    session: Session,
    login: Option<Credentials>,
    failed: BTreeMap<Address, BackendError>,
}

impl<'a> Work<'a> {
    async fn begin(
        backend: &RedisBackend,
        batch: &'a Batch<'a>,
        target: &'a Target,
        changes: &'a [&'a Change],
    ) -> Result<Self, BackendError> {
        let login = backend.logins(&target.name).write.transpose()?;
        let session = look::open(&backend.access, target, login.as_ref(), backend.limits).await?;
        Ok(Self { batch, target, changes, session, login, failed: BTreeMap::new() })
    }

    async fn go(&mut self) -> Result<Outcomes, BackendError> {
        let (before, seen) = self.look().await?;
        let rotated: BTreeSet<&Address> =
            self.changes.iter().filter(|change| self.is_rotated(change, &seen)).map(|change| &change.address).collect();
        let all = self.changes.iter().copied();
        let left: Vec<&Change> = all.filter(|change| self.is_left(change, &before, &rotated)).collect();
        self.set_parameters(&left, &seen).await?;
        self.set_users(&left, &seen).await?;
        self.set_watched(&left).await?;
        let after = if left.is_empty() { before } else { self.look().await?.0 };
        Ok(self.changes.iter().map(|change| (change.address.clone(), self.outcome(change, &after))).collect())
    }

    /// The changed addresses as they are.
    async fn look(&mut self) -> Result<(Observation, Seen), BackendError> {
        let looked = look::look(&mut self.session, self.target).await?;
        let addresses: Vec<&Address> = self.changes.iter().map(|change| &change.address).collect();
        let desired: Vec<Resource> =
            addresses.iter().filter_map(|address| self.batch.resources.get(*address)).cloned().collect();
        let only: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let request = ObserveRequest {
            environment: &self.batch.record.environment,
            desired: &desired,
            applied: self.batch.applied,
            only: &only,
            supply: self.batch.supply,
        };
        let targets = BTreeMap::from([(self.target.name.clone(), self.target.clone())]);
        let mut looks = Looks::from([(self.target.name.clone(), Ok(looked))]);
        let observation = Account::new(&request, &targets, &looks).observation();
        let seen =
            looks.remove(&self.target.name).unwrap_or_else(|| Err(BackendError::new(ErrorClass::NotFound, "gone")))?;
        Ok((observation, seen))
    }

    fn resource(&self, change: &Change) -> Option<&'a Resource> {
        self.batch.resources.get(&change.address).filter(|_| change.action != Action::Delete)
    }

    /// Whether something is to be done; what may not be done is noted.
    fn is_left(&mut self, change: &Change, before: &Observation, rotated: &BTreeSet<&Address>) -> bool {
        let there = before.resources.get(&change.address);
        let gap = before.gaps.iter().find(|gap| gap.address == change.address);
        let refusal = match (there, self.resource(change)) {
            _ if gap.is_some() => gap.map(|gap| BackendError::new(ErrorClass::Denied, gap.reason.clone())),
            (Some(there), Some(resource))
                if there.ours && there.body == resource.body && !rotated.contains(&change.address) =>
            {
                // A password that is never read back is given each time that it is asked for.
                return is_password(&change.address);
            }
            (None, None) => return false,
            (Some(there), _) if !there.ours && !matches!(change.action, Action::Adopt | Action::Run) => Some(
                BackendError::new(ErrorClass::Denied, format!("{} is not ours", change.address))
                    .help("`driftless apply ENV --adopt` takes it over"),
            ),
            (there, _) => {
                let there = there.map(|there| &there.fingerprint);
                let moved = change.action != Action::Run && there != change.precondition.as_ref();
                moved.then(|| {
                    BackendError::new(ErrorClass::Conflict, format!("{} was changed by somebody else", change.address))
                })
            }
        };
        let is_left = refusal.is_none();
        self.failed.extend(refusal.map(|error| (change.address.clone(), error)));
        is_left
    }

    /// Whether the declared reference stands for another password than the server knows: its source has another value than was applied.
    fn is_rotated(&self, change: &Change, seen: &Seen) -> bool {
        let Some((_, Part::User(name))) = part(&change.address) else { return false };
        let declared = self.resource(change).and_then(|resource| hash(&resource.body, self.batch.supply)?.ok());
        let live = seen.users.as_ref().ok().and_then(|users| users.get(&name));
        declared.zip(live).is_some_and(|(declared, live)| !live.hashes.contains(&declared))
    }

    fn outcome(&self, change: &Change, after: &Observation) -> (Done, BTreeMap<String, String>) {
        if let Some(error) = self.failed.get(&change.address) {
            return (Err(error.clone()), BTreeMap::new());
        }
        let there = after.resources.get(&change.address);
        let outputs = there.filter(|_| self.resource(change).is_some()).and_then(|_| self.mark(change));
        let outputs = outputs.map(|mark| (MARK.to_owned(), mark)).into_iter().collect();
        (Ok(there.filter(|_| change.action != Action::Delete).map(|there| there.fingerprint.clone())), outputs)
    }

    /// What is remembered of the declared password: one that is on its way out is none of ours.
    fn mark(&self, change: &Change) -> Option<String> {
        let resource = self.resource(change)?;
        let hash = hash(&resource.body, self.batch.supply)?.ok()?;
        mark([&hash], self.batch.supply)
    }

    fn fail(&mut self, changes: &[&Change], error: &BackendError) {
        self.failed.extend(changes.iter().map(|change| (change.address.clone(), error.clone())));
    }

    /// All parameters in one command: all of them are set, or none.
    async fn set_parameters(&mut self, left: &[&Change], seen: &Seen) -> Result<(), BackendError> {
        let (mut words, mut meant) = (vec!["CONFIG".as_bytes().to_vec(), b"SET".to_vec()], Vec::new());
        for change in left {
            let Some((_, Part::Config(name))) = part(&change.address) else { continue };
            match self.parameter(change, &name, seen) {
                Ok((spelling, value)) => {
                    words.extend([spelling.into_bytes(), value]);
                    meant.push(*change);
                }
                Err(error) => self.fail(&[change], &error),
            }
        }
        if meant.is_empty() {
            return Ok(());
        }
        let told = self.session.tell("it does not take the parameters", Question::new(words)).await;
        match told {
            Ok(_) => Ok(()),
            Err(error) if error.class == ErrorClass::Transient => Err(error),
            Err(error) => {
                self.fail(&meant, &error);
                Ok(())
            }
        }
    }

    /// The spelling that the server uses, and the value as it takes it.
    fn parameter(&self, change: &Change, name: &str, seen: &Seen) -> Result<(String, Vec<u8>), BackendError> {
        let known = parameter(name);
        if known.is_some_and(|one| matches!(one.class, Class::Immutable | Class::Protected | Class::Owned)) {
            return Err(restart(&change.address));
        }
        let told = seen.config.as_ref().ok().and_then(|config| config.get(name));
        let spelling = told.map_or_else(|| name.to_owned(), |(spelling, _)| spelling.clone());
        let Some(resource) = self.resource(change) else {
            let default = seen.version.and_then(|version| default_of(name, version));
            let (text, _) = default.ok_or_else(|| restart(&change.address))?;
            return Ok((spelling, text.as_bytes().to_vec()));
        };
        let value = match (&resource.body, known) {
            (Tree::Text(value), _) if value.as_literal().is_none() => self.batch.supply.fill(value)?.expose().to_vec(),
            (body, Some(known)) => quoted(known.kind, body).into_bytes(),
            (body, None) => body.scalar_text().unwrap_or_default().into_bytes(),
        };
        Ok((spelling, value))
    }

    async fn set_users(&mut self, left: &[&Change], seen: &Seen) -> Result<(), BackendError> {
        let own = self.login.as_ref().map_or("default", |login| login.user.as_str()).to_owned();
        let mut users: Vec<(String, &Change)> = Vec::new();
        for change in left.iter().copied() {
            if let Some((_, Part::User(name))) = part(&change.address) {
                users.push((name, change));
            }
        }
        // Whoever we are goes last: what comes before needs our rights.
        users.sort_by_key(|(name, _)| *name == own);
        for (name, change) in users {
            let question = match self.user(change, &name, seen) {
                Ok(question) => question,
                Err(error) => {
                    self.fail(&[change], &error);
                    continue;
                }
            };
            if let Some(question) = question
                && let Err(error) = self.session.tell(&format!("it does not take the user `{name}`"), question).await
            {
                self.fail(&[change], &error);
            }
        }
        Ok(())
    }

    /// What brings a user to what is declared; none: nothing can.
    fn user(&self, change: &Change, name: &str, seen: &Seen) -> Result<Option<Question>, BackendError> {
        let Some(resource) = self.resource(change) else {
            // Without its file the server would make this one anew as it pleases.
            let goes = name != "default";
            return Ok(goes.then(|| Question::new(["ACL", "DELUSER", name])));
        };
        let mut hashes: BTreeSet<String> = hash(&resource.body, self.batch.supply).transpose()?.into_iter().collect();
        hashes.extend(self.on_its_way_out(change, name, seen, &hashes));
        let rules = setuser(&resource.body, &hashes);
        Ok(Some(Question::new(["ACL".to_owned(), "SETUSER".into(), name.to_owned()].into_iter().chain(rules))))
    }

    /// The hashes of the password that was applied, where another one is declared: who uses it still gets in until it is retired.
    fn on_its_way_out(
        &self,
        change: &Change,
        name: &str,
        seen: &Seen,
        declared: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let applied = self.batch.applied.get(&change.address).and_then(|applied| applied.outputs.get(MARK));
        let live = seen.users.as_ref().ok().and_then(|users| users.get(name));
        let Some(live) = live.filter(|live| declared.is_disjoint(&live.hashes)) else { return BTreeSet::new() };
        let is_applied = applied.is_some() && mark(&live.hashes, self.batch.supply).as_ref() == applied;
        if is_applied && !declared.is_empty() { live.hashes.clone() } else { BTreeSet::new() }
    }

    /// What a sentinel is told of the masters that it watches.
    async fn set_watched(&mut self, left: &[&Change]) -> Result<(), BackendError> {
        for change in left {
            let Some((_, Part::Sentinel(master))) = part(&change.address) else { continue };
            let body = self.resource(change).map(|resource| &resource.body);
            for (name, value) in body.and_then(Tree::as_map).into_iter().flatten() {
                if name.starts_with("num-") {
                    continue;
                }
                let value = value.scalar_text().unwrap_or_default();
                let question = Question::new(["SENTINEL", "SET", &master, name, &value]);
                if let Err(error) = self.session.tell("the sentinel does not take it", question).await {
                    self.fail(&[change], &error);
                }
            }
        }
        Ok(())
    }
}

fn is_password(address: &Address) -> bool {
    let Some((_, Part::Config(name))) = part(address) else { return false };
    parameter(&name).is_some_and(|one| one.class == Class::Sensitive)
}

fn restart(address: &Address) -> BackendError {
    BackendError::new(ErrorClass::Unsupported, format!("{address} changes with a restart of its server only"))
        .help("apply without `--only`, so that what it runs in is restarted or made anew")
}
