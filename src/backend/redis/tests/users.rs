//! Users: equal rules in other words, passwords that are others, rotation, and whom nobody declared.

use super::changes::{apply, change};
use super::*;
use crate::plan::Action;
use serde_json::json;
use std::collections::BTreeSet;

fn user(server: &Server, name: &str, rules: &str, password: Option<&str>) -> Resource {
    let mut body = Tree::from([("rules", Tree::text(rules))]);
    if let Some(name) = password {
        body.insert("password", secret(name));
    }
    server.resource_of_tree(&format!("acl/{name}"), body)
}

fn hash(password: &str) -> String {
    Digest::of(password).as_str().trim_start_matches("sha256:").to_owned()
}

fn hashes(server: &Server, name: &str) -> BTreeSet<String> {
    let told = server.cli(&["ACL", "LIST"]);
    let line = told.lines().find(|line| line.starts_with(&format!("user {name} "))).unwrap_or_default().to_owned();
    line.split(' ').filter_map(|word| word.strip_prefix('#')).map(str::to_owned).collect()
}

#[tokio::test]
async fn equal_rules_are_silent_in_any_words_and_others_are_not() {
    let server = Server::start("c-0", &[]);
    let equal = [
        ("~a ~b +@read +@write", vec!["~b", "~a", "+@write", "+@read"]),
        ("%R~x %W~x +get", vec!["~x", "+GET"]),
        ("+@all -@dangerous +info", vec!["+@all", "-@dangerous", "+info"]),
        ("~* &* +@all", vec!["allkeys", "allchannels", "allcommands"]),
        ("+config|get +acl|list", vec!["+acl|list", "+config|get"]),
        ("+@read -get (~k +set)", vec!["(~k", "+set)", "+@read", "-get"]),
        ("+@string", vec!["+@all", "-@all", "+@string"]),
        ("&news:*", vec!["resetchannels", "&news:*"]),
    ];
    for (declared, set) in equal {
        let resource = user(&server, "app", declared, None);
        let set: Vec<String> = super::super::acl::tokens(&set.join(" "));
        let arguments: Vec<&str> =
            ["ACL", "SETUSER", "app", "reset", "on"].into_iter().chain(set.iter().map(String::as_str)).collect();
        assert_eq!(server.cli(&arguments), "OK", "{declared}");
        let seen = look(&backend(), std::slice::from_ref(&resource)).await;
        assert_eq!(
            seen.resources[&resource.address].body,
            resource.body,
            "{declared}: {}",
            server.cli(&["ACL", "LIST"])
        );
    }
    for (declared, set) in [
        ("~a +get", "~b +get"),
        ("~a +get", "~a +set"),
        ("~a +get", "~a +get +set"),
        ("~a +get", "~a &x +get"),
        ("~a", "off ~a"),
    ] {
        let resource = user(&server, "app", declared, None);
        let arguments: Vec<&str> = ["ACL", "SETUSER", "app", "reset", "on"].into_iter().chain(set.split(' ')).collect();
        assert_eq!(server.cli(&arguments), "OK");
        let seen = look(&backend(), std::slice::from_ref(&resource)).await;
        assert_ne!(seen.resources[&resource.address].body, resource.body, "{declared} {set}");
    }
}

#[tokio::test]
async fn a_user_is_made_changed_and_taken_away_and_others_stay() {
    let server = Server::start("c-0", &[]);
    server.cli(&["ACL", "SETUSER", "eve", "on", "nopass", "+get"]);
    let backend = backend();
    let source = Secrets::of(&[("p", "canary-1")]);
    let resource = user(&server, "app", "~app:* &n:* +@read -get (~k +set)", Some("p"));
    let resources = [resource.clone()];
    let seen = look_with(&backend, &resources, &BTreeMap::new(), &source).await;
    assert_eq!(bodies(&seen).into_keys().collect::<Vec<_>>(), ["redis:c-0/acl/eve"]);
    let done =
        apply(&backend, &[change(&resource, Action::Create, &seen)], &resources, &BTreeMap::new(), &source).await;
    let seen = look_with(&backend, &resources, &BTreeMap::new(), &source).await;
    let live = &seen.resources[&resource.address];
    assert_eq!((&live.body, done[0].result.clone()), (&resource.body, Ok(Some(live.fingerprint.clone()))));
    assert_eq!((hashes(&server, "app"), &done[0].outputs), (BTreeSet::from([hash("canary-1")]), &live.outputs));
    for text in [format!("{seen:?}"), format!("{done:?}")] {
        assert!(!text.contains("canary") && !text.contains(&hash("canary-1")), "{text}");
    }
    let recorded = applied(&resources);
    let kept = server.resource("config/hz", &json!(10));
    let other = user(&server, "other", "+get", None);
    let seen = look_with(&backend, &[kept.clone(), other.clone()], &recorded, &source).await;
    let delete = change(&resource, Action::Delete, &seen);
    let done = apply(&backend, &[delete], &[kept, other], &recorded, &source).await;
    assert_eq!(done[0].result, Ok(None));
    assert_eq!(server.cli(&["ACL", "USERS"]), "default\neve");
}

#[tokio::test]
async fn another_password_is_seen_a_rotated_one_goes_through_both() {
    let server = Server::start("c-0", &[]);
    let backend = backend();
    let resource = user(&server, "app", "~* +@all", Some("p"));
    let resources = [resource.clone()];
    let (old, new) = (Secrets::of(&[("p", "old")]), Secrets::of(&[("p", "new")]));
    let nothing = BTreeMap::new();
    let seen = look_with(&backend, &resources, &nothing, &old).await;
    let done = apply(&backend, &[change(&resource, Action::Create, &seen)], &resources, &nothing, &old).await;
    let mut recorded = applied(&resources);
    recorded.get_mut(&resource.address).unwrap().outputs = done[0].outputs.clone();

    // By hand: it is another one, and is put back.
    server.cli(&["ACL", "SETUSER", "app", "resetpass", ">by-hand"]);
    let seen = look_with(&backend, &resources, &recorded, &old).await;
    let live = &seen.resources[&resource.address].body;
    assert!(live.get("password") != resource.body.get("password") && live.is_sensitive());
    let done = apply(&backend, &[change(&resource, Action::Update, &seen)], &resources, &recorded, &old).await;
    assert_eq!((done[0].result.is_ok(), hashes(&server, "app")), (true, BTreeSet::from([hash("old")])));

    // Rotated at its source: live is as it was applied, and both are good until the old one is retired.
    let seen = look_with(&backend, &resources, &recorded, &new).await;
    assert_eq!(
        seen.resources[&resource.address].body, resource.body,
        "as applied: the digests say that its source moved"
    );
    let done = apply(&backend, &[change(&resource, Action::Update, &seen)], &resources, &recorded, &new).await;
    assert!(done[0].result.is_ok(), "{done:?}");
    assert_eq!(hashes(&server, "app"), BTreeSet::from([hash("old"), hash("new")]));
    recorded.get_mut(&resource.address).unwrap().outputs = done[0].outputs.clone();
    let mut retire = change(&resource, Action::Run, &Observation::default());
    retire.address = "redis:c-0/retired/app".parse().unwrap();
    let done = apply(&backend, &[retire], &resources, &recorded, &new).await;
    assert_eq!((done[0].result.clone(), hashes(&server, "app")), (Ok(None), BTreeSet::from([hash("new")])));
    let seen = look_with(&backend, &resources, &recorded, &new).await;
    assert_eq!(seen.resources[&resource.address].body, resource.body);

    // Before a restart the new one is taken beside.
    let newest = Secrets::of(&[("p", "newest")]);
    let mut rotating = change(&resource, Action::Run, &Observation::default());
    rotating.address = "redis:c-0/rotating".parse().unwrap();
    assert_eq!(apply(&backend, &[rotating], &resources, &recorded, &newest).await[0].result, Ok(None));
    assert_eq!(hashes(&server, "app"), BTreeSet::from([hash("new"), hash("newest")]));

    // The source is away: what was applied says what is right.
    let away = Secrets::of(&[]);
    server.cli(&["ACL", "SETUSER", "app", "resetpass", ">new"]);
    let seen = look_with(&backend, &resources, &recorded, &away).await;
    assert_eq!(seen.resources[&resource.address].body, resource.body);
    server.cli(&["ACL", "SETUSER", "app", "resetpass", ">by-hand"]);
    let seen = look_with(&backend, &resources, &recorded, &away).await;
    assert_ne!(seen.resources[&resource.address].body, resource.body);
    let seen = look_with(&backend, &resources, &nothing, &away).await;
    assert_eq!(seen.gaps.len(), 1);
}

#[tokio::test]
async fn we_do_not_lock_ourselves_out_and_a_refused_user_is_told() {
    let server = Server::start("c-0", &[]);
    let source = Secrets::of(&[("w", "writer"), ("a", "app")]);
    server.cli(&["ACL", "SETUSER", "admin", "on", ">writer", "~*", "&*", "+@all"]);
    let mut writer = user(&server, "admin", "~* &* +@all -debug", Some("w"));
    let mut app = user(&server, "zeta", "~a +get", Some("a"));
    let mut bad = user(&server, "bad", "+no-such-command", Some("a"));
    let mut closed = server.resource("acl/default", &json!({"enabled": false}));
    for resource in [&mut writer, &mut app, &mut bad, &mut closed] {
        resource.carriers[0].reach.as_mut().unwrap().login = login("admin", secret("w"));
    }
    let resources = [writer.clone(), app.clone(), bad.clone(), closed.clone()];
    let backend = backend();
    let nothing = BTreeMap::new();
    let seen = look_with(&backend, &resources, &nothing, &source).await;
    let changes: Vec<_> = resources.iter().map(|one| change(one, Action::Run, &seen)).collect();
    let done = apply(&backend, &changes, &resources, &nothing, &source).await;
    let failed: Vec<_> =
        done.iter().filter_map(|one| Some((one.address.to_string(), one.result.clone().err()?))).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!((failed[0].0.as_str(), failed[0].1.class), ("redis:c-0/acl/bad", ErrorClass::Invalid));
    let seen = look_with(&backend, &resources, &nothing, &source).await;
    for resource in [&writer, &app, &closed] {
        assert_eq!(seen.resources[&resource.address].body, resource.body);
    }
}

#[tokio::test]
async fn a_reading_user_of_the_least_rights_sees_everything() {
    let server = Server::start("c-0", &[]);
    let rules = "resetkeys resetchannels -@all +ping +info +config|get +acl|list +acl|cat +command +cluster|nodes +cluster|info +role";
    let words: Vec<&str> = rules.split(' ').collect();
    server.cli(&[&["ACL", "SETUSER", "reader", "on", ">r"][..], &words].concat());
    let mut desired = vec![user(&server, "reader", rules, Some("r")), server.resource("config/maxmemory", &json!(0))];
    for resource in &mut desired {
        resource.carriers[0].reach.as_mut().unwrap().login = login("reader", secret("r"));
    }
    let seen = look_with(&backend(), &desired, &BTreeMap::new(), &Secrets::of(&[("r", "r")])).await;
    assert_eq!(seen.gaps, []);
    assert!(desired.iter().all(|one| seen.resources[&one.address].body == one.body), "{:?}", bodies(&seen));
}
