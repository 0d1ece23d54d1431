//! A master with replicas, and what sentinels know of it.

use crate::backend::redis::connection::Reply;
use crate::model::Tree;
use std::collections::BTreeMap;

/// What a server says that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A master, with so many replicas.
    Master(usize),
    /// A replica, and whether it is in sync with its master.
    Replica(bool),
    /// A sentinel.
    Sentinel,
}

/// From the answer to ROLE.
pub fn role(reply: &Reply) -> Option<Role> {
    let parts = reply.list();
    match parts.first()?.text()?.as_str() {
        "master" => Some(Role::Master(parts.get(2)?.list().len())),
        "slave" => Some(Role::Replica(parts.get(3)?.text()? == "connected")),
        "sentinel" => Some(Role::Sentinel),
        _ => None,
    }
}

/// The names of masters.
pub fn masters(roles: &BTreeMap<String, Option<Role>>) -> Vec<String> {
    let is_master = |role: &Option<Role>| matches!(role, Some(Role::Master(_)));
    roles.iter().filter(|(_, role)| is_master(role)).map(|(name, _)| name.clone()).collect()
}

/// The body of the topology; none: nobody could be asked. `sentinels`: how many there are, where one could be asked.
pub fn body(declared: &Tree, roles: &BTreeMap<String, Option<Role>>, sentinels: Option<i64>) -> Option<Tree> {
    roles.values().flatten().next()?;
    let masters: Vec<&String> =
        roles.iter().filter(|(_, role)| matches!(role, Some(Role::Master(_)))).map(|(name, _)| name).collect();
    let following = roles.values().filter(|role| matches!(role, Some(Role::Replica(true)))).count();
    let told = |role: &Option<Role>| if let Some(Role::Master(replicas)) = role { Some(*replicas) } else { None };
    // A replica that cannot be asked is known to its master.
    let replicas = if roles.values().all(Option::is_some) {
        following
    } else {
        following.max(roles.values().filter_map(told).max().unwrap_or_default())
    };
    let mut body = Tree::from([("mode", Tree::text("sentinel"))]);
    if let Some(name) = declared.get("master") {
        body.insert("master", name.clone());
    }
    body.insert("replicas", Tree::Int(i64::try_from(replicas).unwrap_or_default()));
    if let Some(number) = sentinels.map(Tree::Int).or_else(|| declared.get("sentinels").cloned()) {
        body.insert("sentinels", number);
    }
    let unseen = roles.values().any(Option::is_none);
    if masters.len() > 1 || (masters.is_empty() && !unseen) {
        body.insert("masters", Tree::List(masters.into_iter().map(|name| Tree::text(name.as_str())).collect()));
        if body.get("masters").is_some_and(Tree::is_empty_collection) {
            body.insert("without_master", true);
        }
    }
    Some(body)
}

/// What a sentinel knows of a master, as far as something is declared of it, and whether it could agree on a failover.
pub fn watched_body(declared: &Tree, master: &Reply, quorum: &Reply) -> Tree {
    let mut body = Tree::map();
    for (name, value) in master.pairs() {
        if declared.get(&name).is_some()
            && let Some(text) = value.text()
        {
            body.insert(name, text.parse().map_or_else(|_| Tree::text(text), Tree::Int));
        }
    }
    if let Reply::Error(text) = quorum {
        body.insert("ckquorum", Tree::text(text.split_whitespace().next().unwrap_or_default()));
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(roles: &[(&str, Option<Role>)], sentinels: Option<i64>) -> Option<serde_json::Value> {
        let declared = Tree::from_json(&json!({"mode": "sentinel", "master": "cache", "replicas": 2, "sentinels": 3}));
        let roles = roles.iter().map(|(name, role)| ((*name).to_owned(), role.clone())).collect();
        body(&declared, &roles, sentinels).map(|body| body.to_public_json())
    }

    #[test]
    fn a_moved_master_is_no_trouble_and_two_are() {
        let (master, replica) = (Some(Role::Master(2)), Some(Role::Replica(true)));
        let well = json!({"mode": "sentinel", "master": "cache", "replicas": 2, "sentinels": 3});
        let first = [("a", master.clone()), ("b", replica.clone()), ("c", replica.clone())];
        let last = [("a", replica.clone()), ("b", replica.clone()), ("c", master.clone())];
        let unseen = [("a", None), ("b", replica.clone()), ("c", master.clone())];
        for roles in [&first, &last, &unseen] {
            assert_eq!(found(roles, Some(3)), Some(well.clone()));
        }
        let two = [("a", master.clone()), ("b", master), ("c", replica.clone())];
        let expected =
            json!({"mode": "sentinel", "master": "cache", "replicas": 1, "sentinels": 3, "masters": ["a", "b"]});
        assert_eq!(found(&two, None), Some(expected));
        let none = [("a", Some(Role::Replica(false))), ("b", Some(Role::Replica(false)))];
        let found_none = found(&none, Some(2)).unwrap();
        assert_eq!((&found_none["without_master"], &found_none["sentinels"]), (&json!(true), &json!(2)));
        assert_eq!(found(&[("a", None)], None), None);
    }
}
