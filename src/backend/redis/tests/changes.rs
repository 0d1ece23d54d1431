//! What is applied: in one command or not at all, only what may be, and what cannot be set says so.

use super::*;
use crate::backend::{ApplyRecord, Batch, Outcome};
use crate::model::Revision;
use crate::plan::{Action, Change};
use serde_json::json;
use std::collections::BTreeSet;

pub fn change(resource: &Resource, action: Action, seen: &Observation) -> Change {
    let there = seen.resources.get(&resource.address);
    Change {
        address: resource.address.clone(),
        component: resource.component.clone(),
        backend: "redis".into(),
        instance: "compose".into(),
        action,
        after: vec![],
        wave: 0,
        reason: "a test".into(),
        disruptive: false,
        steps: vec![],
        precondition: there.map(|there| there.fingerprint.clone()),
        fields: vec![],
        moved_from: None,
    }
}

pub async fn apply(
    backend: &RedisBackend,
    changes: &[Change],
    resources: &[Resource],
    applied: &BTreeMap<Address, Applied>,
    supply: &dyn Supply,
) -> Vec<Outcome> {
    let resources = resources.iter().map(|resource| (resource.address.clone(), resource.clone())).collect();
    let record = ApplyRecord {
        who: "Ada".into(),
        why: "a test".into(),
        revision: Revision { commit: None, dirty: false, digest: Digest::of("x") },
        plan_digest: Digest::of("plan"),
        environment: ENVIRONMENT.into(),
        project: "shop".into(),
        generation: 1,
    };
    let (forgotten, artifacts) = (BTreeSet::new(), BTreeMap::new());
    let batch = Batch {
        changes,
        resources: &resources,
        applied,
        ticket: None,
        cursor: None,
        generation: None,
        forgotten: &forgotten,
        artifacts: &artifacts,
        supply,
        record: &record,
    };
    backend.apply(&context(&Silent), batch).await.unwrap()
}

fn errors(outcomes: &[Outcome]) -> Vec<Option<(ErrorClass, String)>> {
    outcomes.iter().map(|one| one.result.as_ref().err().map(|error| (error.class, error.message.clone()))).collect()
}

#[tokio::test]
async fn parameters_of_a_server_are_set_together_or_not_at_all() {
    let server = Server::start("c-0", &[]);
    let backend = backend();
    let good = [server.resource("config/maxmemory", &json!("64mb")), server.resource("config/hz", &json!(50))];
    let seen = look(&backend, &good).await;
    let changes: Vec<Change> = good.iter().map(|one| change(one, Action::Update, &seen)).collect();
    let none = Secrets::of(&[]);
    let done = apply(&backend, &changes, &good, &BTreeMap::new(), &none).await;
    assert_eq!(errors(&done), [None, None]);
    let now = look(&backend, &good).await;
    let fingerprints: Vec<_> =
        good.iter().map(|one| Ok(Some(now.resources[&one.address].fingerprint.clone()))).collect();
    assert_eq!(done.into_iter().map(|one| one.result).collect::<Vec<_>>(), fingerprints);
    assert_eq!(
        server.cli(&["CONFIG", "GET", "maxmemory", "hz"]).lines().collect::<BTreeSet<_>>(),
        BTreeSet::from(["maxmemory", "67108864", "hz", "50"])
    );

    let bad = [
        server.resource("config/maxmemory", &json!("1mb")),
        server.resource("config/maxmemory-policy", &json!("none")),
    ];
    let seen = look(&backend, &bad).await;
    let changes: Vec<Change> = bad.iter().map(|one| change(one, Action::Update, &seen)).collect();
    let done = apply(&backend, &changes, &bad, &BTreeMap::new(), &none).await;
    let refused = errors(&done);
    assert!(
        refused.iter().all(|one| one
            .as_ref()
            .is_some_and(|(class, text)| *class == ErrorClass::Invalid && text.contains("maxmemory-policy"))),
        "{refused:?}"
    );
    assert_eq!(server.cli(&["CONFIG", "GET", "maxmemory"]), "maxmemory\n67108864");
}

#[tokio::test]
async fn what_is_declared_no_more_gets_its_default_and_is_gone_then() {
    let server = Server::start("c-0", &["--maxmemory", "64mb", "--slowlog-max-len", "9"]);
    let backend = backend();
    let kept = server.resource("config/hz", &json!(10));
    let former = server.resource("config/slowlog-max-len", &json!(9));
    let fixed = server.resource("config/databases", &json!(8));
    let applied = applied(&[kept.clone(), former.clone(), fixed.clone()]);
    let none = Secrets::of(&[]);
    let seen = look_with(&backend, std::slice::from_ref(&kept), &applied, &none).await;
    let there: Vec<String> = bodies(&seen).into_keys().collect();
    assert_eq!(there, ["redis:c-0/config/hz", "redis:c-0/config/slowlog-max-len"], "16 databases are the default");
    let changes = [change(&former, Action::Delete, &seen)];
    let done = apply(&backend, &changes, std::slice::from_ref(&kept), &applied, &none).await;
    assert_eq!(done[0].result, Ok(None));
    assert_eq!(server.cli(&["CONFIG", "GET", "slowlog-max-len"]), "slowlog-max-len\n128");
    let seen = look_with(&backend, std::slice::from_ref(&kept), &applied, &none).await;
    assert_eq!(bodies(&seen).into_keys().collect::<Vec<_>>(), ["redis:c-0/config/hz"]);
}

#[tokio::test]
async fn what_only_a_restart_changes_is_not_tried_and_what_moved_is_not_overwritten() {
    let server = Server::start("c-0", &[]);
    let backend = backend();
    let resources = [server.resource("config/databases", &json!(4)), server.resource("config/hz", &json!(20))];
    let seen = look(&backend, &resources).await;
    let changes: Vec<Change> = [(0, Action::Restart), (1, Action::Update)]
        .map(|(at, action): (usize, _)| change(&resources[at], action, &seen))
        .into();
    server.cli(&["CONFIG", "SET", "hz", "30"]);
    let none = Secrets::of(&[]);
    let done = apply(&backend, &changes, &resources, &BTreeMap::new(), &none).await;
    let restart = "redis:c-0/config/databases changes with a restart of its server only".to_owned();
    let moved = "redis:c-0/config/hz was changed by somebody else".to_owned();
    assert_eq!(errors(&done), [Some((ErrorClass::Unsupported, restart)), Some((ErrorClass::Conflict, moved))]);
    assert_eq!(server.cli(&["CONFIG", "GET", "hz"]), "hz\n30");
    // A goal is reached from wherever it is.
    let run = [change(&resources[1], Action::Run, &Observation::default())];
    assert_eq!(errors(&apply(&backend, &run, &resources, &BTreeMap::new(), &none).await), [None]);
    assert_eq!(server.cli(&["CONFIG", "GET", "hz"]), "hz\n20");
}

#[tokio::test]
async fn a_secret_parameter_is_set_and_never_told() {
    let server = Server::start("c-0", &[]);
    let backend = backend();
    let resource = server.resource_of_tree("config/masterauth", Tree::Text(secret("p")));
    let source = Secrets::of(&[("p", "canary-7")]);
    let resources = [resource];
    let seen = look_with(&backend, &resources, &BTreeMap::new(), &source).await;
    let changes = [change(&resources[0], Action::Update, &seen)];
    let done = apply(&backend, &changes, &resources, &BTreeMap::new(), &source).await;
    assert_eq!(server.cli(&["CONFIG", "GET", "masterauth"]), "masterauth\ncanary-7");
    assert!(!format!("{seen:?}{done:?}").contains("canary"));
}
