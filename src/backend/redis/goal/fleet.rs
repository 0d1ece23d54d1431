//! All servers of a topology at once: what each sees, and how each is told a step.
//!
//! Never: decides on a step.

use super::super::RedisBackend;
use super::super::connection::{Credentials, Question, Reply, Session};
use super::super::look::{look, open};
use super::super::target::{Mode, Target, mode};
use super::super::topology::{Cluster, Role, View, role};
use super::next::Step;
use super::slots;
use crate::backend::{BackendError, Context, ErrorClass};
use crate::model::{Address, Resource};
use crate::seam::{BoxFuture, all};
use std::collections::BTreeMap;

/// The servers of a topology, and the sentinels that watch them.
pub struct Fleet<'a> {
    backend: &'a RedisBackend,
    members: Vec<Target>,
    sentinels: Vec<Target>,
    /// Members that were, by name: what they live in.
    leaving: BTreeMap<String, Address>,
    left: BTreeMap<String, View>,
    cluster: bool,
    sessions: BTreeMap<String, Session>,
    views: BTreeMap<String, Option<View>>,
    roles: BTreeMap<String, Option<Role>>,
}

impl<'a> Fleet<'a> {
    /// The servers of a topology; none of them asked yet.
    pub fn new(backend: &'a RedisBackend, topology: &Resource) -> Self {
        let memory = backend.memory();
        let is_member = |target: &&Target| topology.carriers.iter().any(|one| one.address == target.carrier);
        let watches = |target: &&Target| !target.watched.is_empty() && target.component == topology.component;
        let members =
            memory.targets.values().filter(is_member).map(|target| plain(target, mode(&topology.body))).collect();
        let sentinels = memory.targets.values().filter(watches).cloned().collect();
        drop(memory);
        Self {
            backend,
            members,
            sentinels,
            leaving: BTreeMap::new(),
            left: BTreeMap::new(),
            cluster: mode(&topology.body) == Mode::Cluster,
            sessions: BTreeMap::new(),
            views: BTreeMap::new(),
            roles: BTreeMap::new(),
        }
    }

    /// With members that go: slots move away from them.
    #[must_use]
    pub fn with_leaving(mut self, leaving: BTreeMap<String, Address>) -> Self {
        self.leaving = leaving;
        self
    }

    /// What each member of a cluster sees.
    pub const fn views(&self) -> &BTreeMap<String, Option<View>> {
        &self.views
    }

    /// What each server is.
    pub const fn roles(&self) -> &BTreeMap<String, Option<Role>> {
        &self.roles
    }

    /// As whom a server is told to do something.
    pub fn login(&self, name: &str) -> Option<Credentials> {
        self.backend.logins(name).write.and_then(Result::ok)
    }

    /// Looks at all of them.
    pub async fn look(&mut self) {
        let mut sessions = std::mem::take(&mut self.sessions);
        let backend = self.backend;
        let looks = self.members.iter().map(|target| {
            let session = sessions.remove(&target.name);
            let look: BoxFuture<'_, _> = Box::pin(look_at(backend, target, session));
            look
        });
        for (target, looked) in self.members.iter().zip(all(looks).await) {
            let (view, role) = match looked {
                Ok((session, view, role)) => {
                    self.sessions.insert(target.name.clone(), session);
                    (view.filter(|_| self.cluster), role)
                }
                Err(_) => (None, None),
            };
            self.views.insert(target.name.clone(), view);
            self.roles.insert(target.name.clone(), role);
        }
        self.look_at_leaving().await;
    }

    /// Looks at members that go, as long as the others know of them. Their port is the one that the others know.
    async fn look_at_leaving(&mut self) {
        let seen = Cluster { members: &self.views }.widest().map(|view| view.nodes.clone()).unwrap_or_default();
        for (name, carrier) in self.leaving.clone() {
            let node = seen.iter().find(|node| node.label() == Some(name.as_str()) && !node.is("fail"));
            let Some((node, pattern)) = node.zip(self.members.first()) else { continue };
            let target = Target { name: name.clone(), carrier, port: node.port, ..pattern.clone() };
            let session = self.sessions.remove(&name);
            // Who goes is asked as the others are.
            let login = self.login(&pattern.name);
            if let Ok((session, Some(view), _)) = look_as(self.backend, &target, login, session).await {
                self.sessions.insert(name.clone(), session);
                self.left.insert(name, view);
            }
        }
    }

    /// A way to a member by its id.
    pub fn session_of(&mut self, id: &str) -> Option<&mut Session> {
        let name = self.name_of(id)?;
        self.sessions.get_mut(&name)
    }

    /// The name of a member by its id, one that goes included.
    pub fn name_of(&self, id: &str) -> Option<String> {
        let members = self.views.iter().filter_map(|(name, view)| Some((name, view.as_ref()?)));
        members.chain(&self.left).find(|(_, view)| view.id == id).map(|(name, _)| name.clone())
    }

    /// What a member sees, one that goes included.
    pub fn view_of(&self, id: &str) -> Option<&View> {
        self.views.values().flatten().chain(self.left.values()).find(|view| view.id == id)
    }

    /// The ids of all members that can be told something.
    pub fn ids(&self) -> Vec<String> {
        self.views.values().flatten().map(|view| view.id.clone()).collect()
    }

    async fn tell(&mut self, name: &str, what: &str, question: Question) -> Result<(), BackendError> {
        let gone = || BackendError::new(ErrorClass::Transient, format!("{name} does not answer"));
        self.sessions.get_mut(name).ok_or_else(gone)?.tell(&format!("{name} {what}"), question).await.map(drop)
    }

    /// Does a step.
    ///
    /// # Errors
    /// What a server says against it.
    pub async fn act(&mut self, step: &Step, context: &Context<'_>) -> Result<(), BackendError> {
        match step {
            Step::Meet(name, (host, port)) => {
                let question = Question::new(["CLUSTER", "MEET", host, &port.to_string()]);
                self.tell(name, "cannot meet the others", question).await
            }
            Step::Replicate(name, master) => {
                self.tell(name, "cannot follow its master", Question::new(["CLUSTER", "REPLICATE", master])).await
            }
            Step::TakeOver(name) => self.tell(name, "cannot take over", Question::of("CLUSTER FAILOVER")).await,
            Step::Forget(id) => self.forget(id).await,
            Step::Move(slots) => slots::run(self, slots, context).await,
            Step::Wait(_) | Step::Stuck(_) | Step::Done => Ok(()),
        }
    }

    /// All of them at once: whoever is told late would tell the others again.
    async fn forget(&mut self, id: &str) -> Result<(), BackendError> {
        let questions = [Question::new(["CLUSTER", "FORGET", id])];
        let members = self.sessions.iter_mut().filter(|(name, _)| !self.leaving.contains_key(*name));
        let told = members.map(|(_, session)| {
            let told: BoxFuture<'_, _> = Box::pin(session.ask(&questions));
            told
        });
        // One that never knew it says so: that is what is wanted.
        all(told).await.into_iter().collect::<Result<Vec<_>, _>>().map(drop)
    }

    /// Tells a sentinel to let a replica take over.
    ///
    /// # Errors
    /// Where none of them does.
    pub async fn failover(&self, master: &str) -> Result<(), BackendError> {
        let mut last =
            BackendError::new(ErrorClass::Unsupported, "no sentinel is known that could let a replica take over");
        for sentinel in &self.sentinels {
            let told = async {
                let mut session = open(&self.backend.access, sentinel, None, self.backend.limits).await?;
                session.tell("it cannot take over", Question::new(["SENTINEL", "FAILOVER", master])).await
            };
            match told.await {
                Ok(_) => return Ok(()),
                // One is under way.
                Err(error) if error.message.contains("INPROG") => return Ok(()),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Nothing but its part in the whole is asked of it here.
fn plain(target: &Target, mode: Mode) -> Target {
    let (parameters, users) = Default::default();
    Target { parameters, users, asks_users: false, member: Some(mode), ..target.clone() }
}

type Looked = (Session, Option<View>, Option<Role>);

async fn look_at(backend: &RedisBackend, target: &Target, session: Option<Session>) -> Result<Looked, BackendError> {
    let login = backend.logins(&target.name).write.transpose()?;
    look_as(backend, target, login, session).await
}

async fn look_as(
    backend: &RedisBackend,
    target: &Target,
    login: Option<Credentials>,
    session: Option<Session>,
) -> Result<Looked, BackendError> {
    let mut session = match session {
        Some(session) => session,
        None => open(&backend.access, target, login.as_ref(), backend.limits).await?,
    };
    let seen = look(&mut session, target).await?;
    let replies = session.ask(&["ROLE", "CLIENT INFO"].map(Question::of)).await?;
    let told = replies.first().and_then(role);
    let address = replies.get(1).and_then(Reply::text).and_then(|text| own_address(&text, target.port));
    let in_sync = told != Some(Role::Replica(false));
    let view = seen.view.transpose()?.map(|view| View { in_sync, address, ..view });
    Ok((session, view, told))
}

/// The address at which a server is talked to, as it sees it itself.
fn own_address(client: &str, port: u16) -> Option<(String, u16)> {
    let address = client.split_whitespace().find_map(|word| word.strip_prefix("laddr="))?;
    let (host, _) = address.rsplit_once(':')?;
    Some((host.trim_matches(['[', ']']).to_owned(), port))
}
