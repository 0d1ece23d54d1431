use super::*;
use crate::drift::{Place, locate, places_wanted};
use crate::plan::fixture::{World, address};
use crate::plan::{ChangedBy, Granularity, Located, Options, Places, Source};
use serde_json::json;

fn details() -> Details<'static> {
    let first_seen: &'static dyn Fn(&Address, &FieldPath) -> Option<String> =
        &|_, _| Some("2026-01-30T03:00:00Z".into());
    Details { observed_at: "2026-01-31T12:00:00Z", secrets_judged: true, all_resources: false, first_seen }
}

fn report_of(world: &World) -> DriftReport {
    world.with(Options::default(), &[], |inputs| report(inputs, &details())).unwrap()
}

fn json_of(world: &World) -> Json {
    serde_json::to_value(report_of(world)).unwrap()
}

/// Address, class, reason of each resource.
fn told(report: &DriftReport) -> Vec<String> {
    let class = |resource: &ResourceDrift| serde_json::to_value(resource.class).unwrap().as_str().unwrap().to_owned();
    report.resources.iter().map(|resource| format!("{} {}", resource.address.path(), class(resource))).collect()
}

/// One of everything that can be said of a field.
pub(crate) fn world() -> World {
    let mut world = World::new();
    world.in_sync("anchor", &json!({"v": 0}));
    world.declare("cache-0", &json!({"memory": 512, "image": "a", "note": "x"}));
    world.apply("cache-0", &json!({"memory": 512, "image": "b", "note": "x"}));
    let live = world.live("cache-0", &json!({"memory": 256, "image": "c", "status": {"up": true}, "extra": "1"}));
    live.changed_by = Some(ChangedBy {
        who: Some("Bob <bob@example.org>".into()),
        when: Some("2026-01-31T02:00:00Z".into()),
        evidence: Some("commit 1a2b3c4".into()),
    });
    world
}

#[test]
fn a_whole_report_is_what_it_must_be() {
    let mut report = report_of(&world());
    assert_eq!(places_wanted(&report).len(), 3);
    let source = Source { file: "environments/staging.yaml".into(), line: 12, column: 15, commit: None, author: None };
    let located = Located { source: Some(source.clone()), via: vec![Source { line: 14, ..source }] };
    let places = Places::from([((address("cache-0"), "memory".parse().unwrap()), located)]);
    locate(&mut report, &places);
    for place in report.places_mut() {
        place.commit = Some("9f8e7d6".into());
        place.author = Some("Ann".into());
    }
    let changed_by =
        json!({"who": "Bob <bob@example.org>", "when": "2026-01-31T02:00:00Z", "evidence": "commit 1a2b3c4"});
    let command = "driftless apply staging --only memory:cache-0";
    let expected = json!({
        "format_version": "1.0", "kind": "DriftReport", "tool_version": env!("CARGO_PKG_VERSION"), "environment": "staging",
        "revision": {"commit": "1a2b3c4d5e6f", "dirty": false, "digest": crate::model::Digest::of("render")},
        "observed_at": "2026-01-31T12:00:00Z", "complete": true, "drifted": true, "baseline": "applied", "secrets_judged": true,
        "summary": {"in_sync": 1, "changed": 1, "missing": 0, "unmanaged": 0, "moved": 0, "pending": 0, "ignored": 0, "unknown": 0,
            "consequences": 0},
        "resources": [{
            "address": "memory:cache-0", "component": "cache", "class": "changed", "occupied_by": null,
            "fields": [
                {"path": "memory", "class": "changed", "declared": 512, "applied": 512, "live": 256, "sensitive": false,
                    "source": {"file": "environments/staging.yaml", "line": 12, "column": 15, "commit": "9f8e7d6", "author": "Ann"},
                    "via": [{"file": "environments/staging.yaml", "line": 14, "column": 15, "commit": "9f8e7d6", "author": "Ann"}],
                    "changed_by": changed_by, "first_seen": "2026-01-30T03:00:00Z",
                    "remedy": {"kind": "runtime", "command": command, "deploys_pending": true}},
                {"path": "image", "class": "changed", "declared": "a", "applied": "b", "live": "c", "sensitive": false,
                    "source": null, "via": [], "changed_by": changed_by, "first_seen": "2026-01-30T03:00:00Z",
                    "remedy": {"kind": "replace", "command": command, "deploys_pending": true}, "pending": true},
                {"path": "note", "class": "removed", "declared": "x", "applied": "x", "live": null, "sensitive": false,
                    "source": null, "via": [], "changed_by": changed_by, "first_seen": "2026-01-30T03:00:00Z",
                    "remedy": {"kind": "runtime", "command": command, "deploys_pending": true}},
                {"path": "extra", "class": "added", "declared": null, "applied": null, "live": "1", "sensitive": false,
                    "source": null, "via": [], "changed_by": changed_by, "first_seen": "2026-01-30T03:00:00Z",
                    "remedy": {"kind": "runtime", "command": command, "deploys_pending": true}},
            ],
            "consequences": [],
        }],
        "gaps": [],
        "ignored": [{"address": "memory:cache-0", "path": "status", "rule": "server-status"}],
        "findings": [],
    });
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(text, expected.to_string());
    assert_eq!(serde_json::from_str::<DriftReport>(&text).unwrap(), report);
    assert_eq!(report.exit_code(), 2);
}

#[test]
fn each_class_is_told_with_its_reason_and_counted_once() {
    let mut world = World::new();
    world.in_sync("same", &json!({"v": 1}));
    world.declare("gone", &json!({"v": 1}));
    world.apply("gone", &json!({"v": 1}));
    world.declare("new", &json!({"v": 1}));
    world.declare("pending", &json!({"v": 2}));
    world.apply("pending", &json!({"v": 1}));
    world.live("pending", &json!({"v": 1}));
    world.apply("leaving", &json!({"v": 1}));
    world.live("leaving", &json!({"v": 1}));
    world.live("foreign", &json!({"v": 9})).ours = false;
    world.declare("taken", &json!({"v": 1}));
    world.live("taken", &json!({"v": 1})).ours = false;
    world.declare("unread", &json!({"v": 1}));
    world.apply("unread", &json!({"v": 1}));
    world.gap("unread", "no answer");
    world.apply("forgotten", &json!({"v": 1}));
    world.ignore("memory:quiet", None, None);
    world.declare("quiet", &json!({"v": 1}));
    world.apply("quiet", &json!({"v": 1}));
    let report = report_of(&world);
    let expected = [
        "foreign unmanaged",
        "gone missing",
        "leaving pending",
        "new pending",
        "pending pending",
        "quiet ignored",
        "taken missing",
        "unread unknown",
    ];
    assert_eq!(told(&report), expected);
    let summary = DriftSummary {
        in_sync: 1,
        missing: 2,
        unmanaged: 1,
        pending: 3,
        ignored: 1,
        unknown: 1,
        ..DriftSummary::default()
    };
    assert_eq!(report.summary, summary);
    assert_eq!(report.resources[6].occupied_by.as_deref(), Some("memory:taken"));
    assert_eq!((report.complete, report.drifted, report.exit_code()), (false, true, 3));
    assert_eq!(
        report.ignored,
        [IgnoredField {
            address: address("quiet"),
            path: FieldPath::default(),
            rule: "HPA (environments/staging.yaml:30)".into()
        }]
    );
    let gone = serde_json::to_value(&report.resources[1]).unwrap();
    let expected = json!({
        "address": "memory:gone", "component": "gone", "class": "missing", "occupied_by": null, "fields": [], "consequences": [],
        "reason": "it was applied and is not there any more", "first_seen": "2026-01-30T03:00:00Z",
        "remedy": {"kind": "runtime", "command": "driftless apply staging --only memory:gone"},
    });
    assert_eq!(gone, expected);
}

#[test]
fn pending_alone_is_no_drift_and_neither_is_what_is_not_ours() {
    let mut world = World::new();
    world.declare("x", &json!({"v": 2}));
    world.apply("x", &json!({"v": 1}));
    world.live("x", &json!({"v": 1}));
    world.live("foreign", &json!({"v": 1})).ours = false;
    let report = report_of(&world);
    assert_eq!(
        (report.drifted, report.exit_code(), told(&report)),
        (false, 0, vec!["foreign unmanaged".into(), "x pending".into()])
    );
    let field = &report.resources[1].fields[0];
    assert_eq!((field.pending, field.changed_by.clone(), field.first_seen.clone()), (true, ChangedBy::default(), None));
}

#[test]
fn what_left_git_and_was_changed_has_drifted_whatever_it_is() {
    let mut world = World::new();
    world.in_sync("anchor", &json!({"v": 0}));
    world.apply("text", &json!(null)).text = Some("a".into());
    world.live("text", &json!(null)).text = Some("b".into());
    world.apply("tree", &json!({"v": 1, "w": 1}));
    world.live("tree", &json!({"v": 2, "w": 1}));
    let report = report_of(&world);
    assert_eq!(told(&report), ["text changed", "tree changed"]);
    let fields: Vec<_> =
        report.resources[1].fields.iter().map(|field| (field.path.to_string(), field.pending)).collect();
    assert_eq!(fields, [("v".to_owned(), true)]);
    assert_eq!(
        report.resources[1].reason.as_deref(),
        Some("Git does not declare it any more; the next apply deletes it")
    );
}

#[test]
fn a_file_that_somebody_renamed_is_moved_and_not_missing_and_unmanaged() {
    let mut world = World::new();
    world.in_sync("anchor", &json!({"v": 0}));
    world.declare("a", &json!({"k": 1}));
    world.apply("a", &json!({"k": 1}));
    world.live("b", &json!({"k": 1})).ours = false;
    let report = report_of(&world);
    assert_eq!((told(&report), report.exit_code()), (vec!["a moved".to_owned()], 2));
    assert_eq!(report.resources[0].moved_to, Some(address("b")));
    // Heal makes ours again and leaves the other alone.
    assert_eq!(world.actions(Options::default()), ["create a", "keep anchor"]);
    // An empty file is like any other empty file: no move can be told from it.
    let mut world = World::new();
    world.declare("a", &json!({}));
    world.apply("a", &json!({}));
    world.live("b", &json!({})).ours = false;
    assert_eq!(told(&report_of(&world)), ["a missing", "b unmanaged"]);
}

#[test]
fn what_only_follows_from_a_reported_carrier_is_its_consequence() {
    let mut world = World::new();
    world.in_sync("box", &json!({"state": "running"}));
    world.in_sync("node/config", &json!({"v": 1}));
    world.in_sync("node/acl", &json!({"v": 1}));
    world.in_sync("topology", &json!({"master": "a"}));
    for name in ["node/config", "node/acl", "topology"] {
        world.carried_by(name, "box");
    }
    let set = |world: &mut World, name: &str, body: Json| {
        world.observation.resources.get_mut(&address(name)).unwrap().body = Tree::from_json(&body);
    };
    // The carrier looks healthy: what cannot be read is unknown.
    world.gap("node", "connection refused");
    let healthy = report_of(&world);
    assert_eq!(
        (told(&healthy), healthy.summary.unknown, healthy.gaps.len(), healthy.exit_code()),
        (vec!["node/acl unknown".into(), "node/config unknown".into()], 2, 1, 3)
    );
    // It is stopped: the rest follows.
    set(&mut world, "box", json!({"state": "exited"}));
    set(&mut world, "topology", json!({"master": "b"}));
    let stopped = report_of(&world);
    assert_eq!(
        (told(&stopped), stopped.complete, stopped.summary.consequences),
        (vec!["box changed".to_owned()], true, 2)
    );
    let consequences = serde_json::to_value(&stopped.resources[0].consequences).unwrap();
    let expected = json!([
        {"address": "memory:node", "class_before": "in_sync", "reason": "connection refused"},
        {"address": "memory:topology", "class_before": "in_sync", "reason": "master differs"},
    ]);
    assert_eq!(consequences, expected);
    // Another drift of the carrier explains no difference of what lives in it.
    world.observation.gaps.clear();
    set(&mut world, "box", json!({"state": "running", "memory": 5}));
    assert_eq!(told(&report_of(&world)), ["box changed", "topology changed"]);
}

#[test]
fn without_a_record_git_is_the_baseline_and_drift_is_not_hidden() {
    let mut world = World::new();
    world.generation = 0;
    world.declare("x", &json!({"v": 1}));
    world.live("x", &json!({"v": 2}));
    world.declare("gone", &json!({"v": 1}));
    let report = report_of(&world);
    assert_eq!((told(&report), report.baseline), (vec!["gone missing".into(), "x changed".into()], Baseline::Desired));
}

#[test]
fn rules_hold_until_their_day_and_useless_ones_are_told() {
    let mut world = World::new();
    world.in_sync("x", &json!({"v": 1}));
    world.ignore("memory:x", Some("v"), None);
    world.ignore("memory:x", Some("w"), Some("2026-01-30"));
    let codes = |report: &DriftReport| report.findings.iter().map(|finding| finding.code.clone()).collect::<Vec<_>>();
    assert_eq!(codes(&report_of(&world)), ["DL0510", "DL0511"]);
    world.gap("other", "no answer");
    assert_eq!(codes(&report_of(&world)), ["DL0511"], "not all was looked at");
}

#[test]
fn what_is_only_observed_is_put_back_by_hand() {
    let mut world = World::new();
    world.declare("x", &json!({"v": 1})).observed_only = true;
    world.apply("x", &json!({"v": 1}));
    world.live("x", &json!({"v": 2}));
    let json = json_of(&world);
    let expected = json!({"kind": "manual", "command": "driftless explain staging 'memory:x#v'"});
    assert_eq!(json["resources"][0]["fields"][0]["remedy"], expected);
    assert_eq!(world.actions(Options::default()), ["keep x"]);
}

#[test]
fn sensitive_values_are_not_shown() {
    use crate::model::{Part, Resource, Value};
    let mut world = World::new();
    let secret = Tree::from([(
        "url",
        Tree::Text(Value::from_parts([Part::Literal("redis://".into()), Part::Secret("p".into())])),
    )]);
    world.desired.push(Resource::new(address("x"), None, secret.clone()));
    world.apply("x", &json!({})).body = secret;
    world.live("x", &json!({"url": null}));
    let json = json_of(&world);
    let field = &json["resources"][0]["fields"][0];
    assert_eq!(
        (&field["declared"], &field["live"], &field["sensitive"]),
        (&json!("(sensitive)"), &json!(null), &json!(true))
    );
}

#[test]
fn only_what_was_asked_for_is_told() {
    let mut world = world();
    world.granularity = Granularity::Address;
    let only = ["memory:anchor".to_owned()];
    let options = Options { only: &only, ..Options::default() };
    let report =
        world.with(options, &[], |inputs| report(inputs, &Details { all_resources: true, ..details() })).unwrap();
    assert_eq!((told(&report), report.drifted, report.summary.in_sync), (vec!["anchor in_sync".into()], false, 1));
}

#[test]
fn a_place_says_why_its_author_is_not_known() {
    let place = Place {
        file: "f".into(),
        line: 1,
        column: 1,
        commit: None,
        author: None,
        unknown_because: Some("the clone is shallow".into()),
    };
    let expected = json!({"file": "f", "line": 1, "column": 1, "commit": null, "author": null, "unknown_because": "the clone is shallow"});
    assert_eq!(serde_json::to_value(place).unwrap(), expected);
}
