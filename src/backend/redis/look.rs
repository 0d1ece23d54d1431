//! One look at one server: everything that is wanted of it over one connection, in as few rounds as can be.
//!
//! Never: changes anything; asks for a parameter that nobody declared, or for a password.

use super::acl::{Catalogue, User};
use super::connection::{Credentials, Limits, Question, Reply, Session, refused};
use super::parameter::{Version, spellings};
use super::target::{Mode, Target};
use super::topology::{Role, View, nodes, role};
use crate::backend::{Access, BackendError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a server said. What it refused to say is an error of that part alone.
pub struct Seen {
    /// Which server it is.
    pub version: Option<Version>,
    /// Values of parameters, by canonical name, with the spelling that this server uses.
    pub config: Result<BTreeMap<String, (String, String)>, BackendError>,
    /// Its users.
    pub users: Result<BTreeMap<String, User>, BackendError>,
    /// Its commands, where users were asked for.
    pub catalogue: Option<Catalogue>,
    /// What it sees of its cluster.
    pub view: Option<Result<View, BackendError>>,
    /// What it is among master and replicas.
    pub role: Option<Result<Role, BackendError>>,
    /// What it knows of the masters that it watches, and whether it could agree on a failover: two replies.
    pub watched: BTreeMap<String, (Reply, Reply)>,
}

/// Opens a way to a server.
///
/// # Errors
/// See [`Session::open`].
pub async fn open(
    access: &Arc<dyn Access>,
    target: &Target,
    login: Option<&Credentials>,
    limits: Limits,
) -> Result<Session, BackendError> {
    // A sentinel has users of its own, or none: it is asked as it comes.
    let login = login.filter(|_| target.watched.is_empty());
    Session::open(access, &target.carrier, target.port, login, limits).await
}

/// Asks a server for all that is wanted of it.
///
/// # Errors
/// Where it could not be asked at all.
pub async fn look(session: &mut Session, target: &Target) -> Result<Seen, BackendError> {
    let mut questions = vec![Question::of("INFO server")];
    let asked = config_question(target);
    questions.extend(asked.clone());
    questions.extend((target.asks_users).then(|| Question::of("ACL LIST")));
    questions.extend(member_questions(target));
    for name in &target.watched {
        questions.push(Question::new(["SENTINEL", "MASTER", name]));
        questions.push(Question::new(["SENTINEL", "CKQUORUM", name]));
    }
    let mut replies = session.ask(&questions).await?.into_iter();
    let mut next = || replies.next().unwrap_or_default();
    let info = next();
    if let Reply::Error(text) = &info
        && ["LOADING", "NOAUTH", "MASTERDOWN"].iter().any(|code| text.starts_with(code))
    {
        return Err(refused("it answers", text));
    }
    let config = if asked.is_some() { config(&next(), target) } else { Ok(BTreeMap::new()) };
    let users = if target.asks_users { users(&next()) } else { Ok(BTreeMap::new()) };
    let view = (target.member == Some(Mode::Cluster)).then(|| view(&next(), &next(), &next()));
    let role = (target.member == Some(Mode::Sentinel)).then(|| told_role(&next()));
    let watched = target.watched.iter().map(|name| (name.clone(), (next(), next()))).collect();
    let version = info.text().and_then(|text| Version::of_info(&text));
    let catalogue = if users.as_ref().is_ok_and(|users| !users.is_empty()) { catalogue(session).await? } else { None };
    Ok(Seen { version, config, users, catalogue, view, role, watched })
}

fn config_question(target: &Target) -> Option<Question> {
    let names: Vec<String> = target.readable().flat_map(|name| spellings(name)).collect();
    (!names.is_empty()).then(|| Question::new(["CONFIG".to_owned(), "GET".to_owned()].into_iter().chain(names)))
}

fn member_questions(target: &Target) -> Vec<Question> {
    match target.member {
        Some(Mode::Cluster) => ["CLUSTER MYID", "CLUSTER INFO", "CLUSTER NODES"].map(Question::of).into(),
        Some(Mode::Sentinel) => vec![Question::of("ROLE")],
        None => Vec::new(),
    }
}

fn config(reply: &Reply, target: &Target) -> Result<BTreeMap<String, (String, String)>, BackendError> {
    if let Reply::Error(text) = reply {
        return Err(refused("it does not tell its configuration", text));
    }
    let told: BTreeMap<String, String> =
        reply.pairs().filter_map(|(name, value)| Some((name.to_lowercase(), value.text()?))).collect();
    let known = |name: &String| {
        let spelling = spellings(name).into_iter().find(|spelling| told.contains_key(spelling))?;
        let value = told.get(&spelling)?.clone();
        Some((name.clone(), (spelling, value)))
    };
    Ok(target.readable().filter_map(known).collect())
}

fn users(reply: &Reply) -> Result<BTreeMap<String, User>, BackendError> {
    match reply {
        Reply::Error(text) => Err(refused("it does not tell its users", text)),
        reply => Ok(reply.texts().filter_map(|line| User::of_line(&line)).collect()),
    }
}

fn view(id: &Reply, info: &Reply, text: &Reply) -> Result<View, BackendError> {
    for reply in [id, info, text] {
        if let Reply::Error(text) = reply {
            return Err(refused("it does not tell of its cluster", text));
        }
    }
    let nodes = nodes(&text.text().unwrap_or_default());
    // Some users may not ask for the id: it stands among the nodes too.
    let own = nodes.iter().find(|node| node.is("myself")).map(|node| node.id.clone());
    let is_ok = info.text().unwrap_or_default().lines().any(|line| line.trim() == "cluster_state:ok");
    Ok(View { id: id.text().or(own).unwrap_or_default(), is_ok, in_sync: true, address: None, nodes })
}

fn told_role(reply: &Reply) -> Result<Role, BackendError> {
    let other = || refused("it does not tell its role", if let Reply::Error(text) = reply { text } else { "" });
    role(reply).ok_or_else(other)
}

/// The commands of the server; none where it does not tell them.
async fn catalogue(session: &mut Session) -> Result<Option<Catalogue>, BackendError> {
    let first = session.ask(&["ACL CAT", "COMMAND LIST"].map(Question::of)).await?;
    let [Reply::List(categories), Reply::List(commands)] = first.as_slice() else { return Ok(None) };
    let names: Vec<String> = categories.iter().filter_map(Reply::text).collect();
    let questions: Vec<Question> = names.iter().map(|name| Question::new(["ACL", "CAT", name])).collect();
    let members = session.ask(&questions).await?;
    let of_category = |(name, reply): (String, &Reply)| (name, reply.texts().collect::<BTreeSet<_>>());
    let categories = names.into_iter().zip(&members).map(of_category).collect();
    Ok(Some(Catalogue::new(commands.iter().filter_map(Reply::text), categories)))
}
