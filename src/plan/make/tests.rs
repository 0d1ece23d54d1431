use super::*;
use crate::model::{Moved, Resource};
use crate::plan::fixture::{TABLE, World, actions, address, tree};
use crate::plan::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

type SomeSides = (Option<u8>, Option<u8>, Option<u8>, Vec<usize>);
type Case<'a> = (Option<i64>, Option<i64>, Option<i64>, &'a [&'a str]);

fn options() -> Options<'static> {
    Options::default()
}

fn error(world: &World, options: Options<'_>) -> PlanError {
    world.plan(options).unwrap_err()
}

#[test]
fn a_whole_plan_is_what_it_must_be() {
    let mut world = World::new();
    world.declare("cache-0", &json!({"memory": 2, "image": "a"})).after.push(address("net"));
    world.apply("cache-0", &json!({"memory": 1, "image": "a"}));
    world.live("cache-0", &json!({"memory": 1, "image": "a"}));
    world.in_sync("net", &json!({"driver": "bridge"}));
    let plan = world.plan(options()).unwrap();
    let blank = |name: &str, action, reason: &str| Change {
        address: address(name),
        component: Some(name.split('-').next().unwrap().into()),
        backend: "memory".into(),
        instance: "main".into(),
        action,
        after: vec![],
        wave: 0,
        reason: reason.into(),
        disruptive: false,
        steps: vec![],
        precondition: Some(world.observation.resources[&address(name)].fingerprint.clone()),
        fields: vec![],
        moved_from: None,
    };
    let restart = Change {
        after: vec![address("net")],
        wave: 1,
        disruptive: true,
        steps: vec!["change 1 field".into(), "restart what runs".into()],
        fields: vec![FieldChange {
            path: "memory".parse().unwrap(),
            before: Some(tree(&json!(1))),
            after: Some(tree(&json!(2))),
            after_unknown: false,
            sensitive: false,
            source: None,
            via: vec![],
            via_more: 0,
        }],
        ..blank("cache-0", Action::Restart, "Git was changed")
    };
    let expected = Plan {
        environment: "staging".into(),
        project: "shop".into(),
        scope: world.scope.clone(),
        targets: vec!["compose".into()],
        revision: world.revision.clone(),
        lineage: Some("lineage".into()),
        generation: 1,
        generations: BTreeMap::new(),
        destroy: false,
        forgotten: BTreeMap::new(),
        only: vec![],
        changes: vec![blank("net", Action::Keep, "as declared"), restart],
        resources: world.desired.iter().map(|resource| (resource.address.clone(), resource.clone())).collect(),
        applied: world.applied.clone(),
        artifacts: BTreeMap::new(),
        deferred: vec![],
        gaps: vec![],
        losses: vec![],
        findings: vec![],
        tickets: vec![],
        cursors: BTreeMap::new(),
        secrets: crate::plan::PlannedSecrets::default(),
    };
    assert_eq!(plan, expected);
    assert_eq!(plan.guarded().into_iter().cloned().collect::<Vec<_>>(), [address("cache-0"), address("net")]);
}

#[test]
fn every_combination_of_declared_applied_and_live_has_its_action() {
    let body = |value: i64| json!({"v": value});
    let cases: &[Case<'_>] = &[
        (Some(1), Some(1), Some(1), &["keep x"]),
        (Some(1), Some(1), Some(2), &["update x"]),
        (Some(2), Some(1), Some(1), &["update x"]),
        (Some(2), Some(1), Some(2), &["keep x"]),
        (Some(3), Some(1), Some(2), &["update x"]),
        (Some(1), Some(1), None, &["create x"]),
        (Some(1), None, None, &["create x"]),
        (Some(1), None, Some(1), &["keep x"]),
        (Some(1), None, Some(2), &["update x"]),
        (None, Some(1), Some(1), &["delete x"]),
        (None, Some(1), Some(2), &["delete x"]),
        (None, Some(1), None, &[]),
        (None, None, Some(1), &["keep x"]),
        (None, None, None, &[]),
    ];
    for (desired, applied, live, expected) in cases {
        let mut world = World::new();
        world.in_sync("anchor", &json!({"v": 0}));
        desired.map(|value| world.declare("x", &body(value)).protect = false);
        applied.map(|value| world.apply("x", &body(value)).protect = false);
        live.map(|value| world.live("x", &body(value)).ours = true);
        let mut all = vec!["keep anchor".to_owned()];
        all.extend(expected.iter().map(|action| (*action).to_owned()));
        assert_eq!(world.actions(options()), all, "{desired:?} {applied:?} {live:?}");
        // A gap takes the place of whatever would be done: never a deletion, never a creation.
        world.gap("x", "cannot be read");
        assert_eq!(world.actions(options()), ["keep anchor"], "{desired:?} {applied:?} {live:?}");
        // Not ours: never touched.
        if let Some(observed) = world.observation.resources.get_mut(&address("x")) {
            observed.ours = false;
            world.observation.gaps.clear();
            let plan = world.plan(options()).unwrap();
            assert_eq!(
                (actions(&plan), plan.gaps.len()),
                (vec!["keep anchor".to_owned()], usize::from(desired.is_some()))
            );
        }
    }
}

#[test]
fn effects_of_repair_and_of_change_decide_the_action() {
    let cases = [
        (json!({"memory": 1}), json!({"memory": 1}), json!({"memory": 2}), "update x"),
        (json!({"memory": 2}), json!({"memory": 1}), json!({"memory": 1}), "restart x"),
        (json!({"image": 2, "v": 1}), json!({"image": 1, "v": 0}), json!({"image": 1, "v": 0}), "replace x"),
        (json!({"size": 1}), json!({"size": 1}), json!({"size": 2}), "keep x"),
    ];
    for (desired, applied, live, expected) in cases {
        let mut world = World::new();
        world.declare("x", &desired);
        world.apply("x", &applied);
        world.live("x", &live);
        assert_eq!(world.actions(options()), [expected], "{desired} {applied} {live}");
    }
    let mut world = World::new();
    world.declare("x", &json!({"memory": 1}));
    world.live("x", &json!({"memory": 2}));
    assert_eq!(world.actions(options()), ["restart x"], "nothing recorded: the effect of a change holds");
}

#[test]
fn what_would_lose_data_or_cannot_be_done_is_refused_as_a_whole() {
    let mut world = World::new();
    world.declare("x", &json!({"size": 2}));
    world.apply("x", &json!({"size": 1}));
    world.live("x", &json!({"size": 1}));
    assert_eq!(error(&world, options()), PlanError::Refused { address: address("x"), path: "size".parse().unwrap() });

    let mut world = World::new();
    world.declare("x", &json!({"image": 2})).protect = true;
    world.apply("x", &json!({"image": 1}));
    world.live("x", &json!({"image": 1}));
    let reason = "image can only be changed by making it anew".into();
    assert_eq!(error(&world, options()), PlanError::DataLoss { address: address("x"), action: "replace", reason });

    let mut world = World::new();
    world.in_sync("y", &json!({"v": 1}));
    world.apply("x", &json!({"v": 1})).protect = true;
    world.live("x", &json!({"v": 1}));
    let reason = "Git does not declare it any more".into();
    assert_eq!(error(&world, options()), PlanError::DataLoss { address: address("x"), action: "delete", reason });
    assert_eq!(world.actions(Options { delete_data: true, ..options() }), ["delete x", "keep y"]);
    let destroy = Options { destroy: true, ..options() };
    assert_eq!(world.actions(destroy), ["keep x", "delete y"]);
    assert_eq!(world.actions(Options { delete_data: true, ..destroy }), ["delete x", "delete y"]);
}

#[test]
fn deletions_have_a_budget_and_an_empty_environment_deletes_nothing_unasked() {
    let mut world = World::new();
    for number in 10..21 {
        world.apply(&format!("x{number}"), &json!({"v": 1}));
        world.live(&format!("x{number}"), &json!({"v": 1}));
    }
    assert_eq!(error(&world, options()), PlanError::Empty { environment: "staging".into(), existing: 11 });
    let allow_empty = Options { allow_empty: true, ..options() };
    let examples = ["x10", "x11", "x12"].map(address).to_vec();
    assert_eq!(error(&world, allow_empty), PlanError::TooManyDeletions { deletions: 11, allowed: 10, examples });
    assert_eq!(world.plan(Options { max_deletions: Some(11), ..allow_empty }).unwrap().summary().delete, 11);
    assert_eq!(world.plan(Options { destroy: true, ..options() }).unwrap().summary().delete, 11);
    world.in_sync("rest", &json!({"v": 1}));
    let error = error(&world, Options { max_deletions: Some(0), ..options() });
    assert_eq!(error.to_string(), "11 deletions, and 0 are allowed in one apply");
    assert_eq!(error.help(), "among them memory:x10, memory:x11, memory:x12; if that is meant: `--max-deletions 11`");
}

#[test]
fn lost_state_deletes_nothing_and_makes_nothing_twice() {
    let mut world = World::new();
    world.generation = 0;
    world.declare("kept", &json!({"v": 1}));
    world.live("kept", &json!({"v": 1}));
    world.live("left", &json!({"v": 1}));
    let plan = world.plan(options()).unwrap();
    assert_eq!(actions(&plan), ["keep kept", "keep left"]);
    assert_eq!(plan.findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["DL0514"]);
    assert_eq!(world.actions(Options { adopt: true, ..options() }), ["keep kept", "delete left"]);
    // Nor once something else was applied and recorded: that says nothing of it.
    world.generation = 1;
    world.apply("kept", &json!({"v": 1}));
    let plan = world.plan(options()).unwrap();
    assert_eq!(actions(&plan), ["keep kept", "keep left"]);
    assert_eq!(plan.findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["DL0514"]);
    assert_eq!(world.actions(Options { adopt: true, ..options() }), ["keep kept", "delete left"]);
    world.generation = 0;
    world.applied.clear();
    // Nobody knows whether it holds data.
    let destroy = Options { destroy: true, ..options() };
    assert_eq!(world.actions(destroy), ["delete kept", "keep left"]);
    assert_eq!(world.actions(Options { delete_data: true, ..destroy }), ["delete kept", "delete left"]);
}

#[test]
fn what_is_gone_on_both_sides_is_forgotten_where_it_was_looked_for() {
    let mut world = World::new();
    world.in_sync("kept", &json!({"v": 1}));
    world.apply("gone-0", &json!({"v": 1}));
    let forgotten = |options: Options<'_>, world: &World| {
        let plan = world.plan(options).unwrap();
        assert_eq!(actions(&plan).iter().filter(|action| action.contains("gone")).count(), 0);
        plan.forgotten
    };
    let gone = BTreeMap::from([(address("gone-0"), Applier::new("main", "memory"))]);
    assert_eq!(forgotten(options(), &world), gone);
    assert_eq!(forgotten(Options { destroy: true, ..options() }, &world), gone);
    for (only, component, expected) in [
        (Some("memory:gone-*"), None, &gone),
        (Some("memory:kept"), None, &BTreeMap::new()),
        (None, Some("gone"), &gone),
        (None, Some("kept"), &BTreeMap::new()),
    ] {
        let only: Vec<String> = only.into_iter().map(Into::into).collect();
        let components: Vec<String> = component.into_iter().map(Into::into).collect();
        let limited = Options { only: &only, components: &components, ..options() };
        assert_eq!(forgotten(limited, &world), *expected, "{only:?} {components:?}");
    }
    // What could not be read is not gone.
    world.gap("gone-0", "no answer");
    assert_eq!(forgotten(options(), &world), BTreeMap::new());
    // Declared again, it is what was never there.
    world.observation.gaps.clear();
    world.declare("gone-0", &json!({"v": 1}));
    assert_eq!(world.plan(options()).unwrap().forgotten, BTreeMap::new());
}

#[test]
fn what_stands_in_our_place_is_a_gap_or_is_taken_over() {
    let mut world = World::new();
    world.declare("x", &json!({"v": 1}));
    world.declare("needs-x", &json!({"v": 1})).after.push(address("x"));
    world.live("x", &json!({"v": 2})).ours = false;
    let plan = world.plan(options()).unwrap();
    assert_eq!(actions(&plan), Vec::<String>::new());
    let told: Vec<_> = plan.gaps.iter().map(|gap| format!("{} {}", gap.address, gap.reason)).collect();
    let expected = [
        "memory:needs-x it comes after memory:x, which is not known",
        "memory:x something without our mark stands in its place; `driftless apply staging --only memory:x --adopt` takes it over",
    ];
    assert_eq!(told, expected);
    assert!(!plan.is_complete());
    let plan = world.plan(Options { adopt: true, ..options() }).unwrap();
    assert_eq!(actions(&plan), ["adopt x", "create needs-x"]);
    assert_eq!(plan.changes[0].fields.iter().map(|field| field.path.to_string()).collect::<Vec<_>>(), ["v"]);
}

#[test]
fn what_is_renamed_in_git_keeps_what_it_holds() {
    let mut world = World::new();
    world.moved.push(Moved { from: "sessions".into(), to: "cache".into() });
    world.declare("cache-0", &json!({"v": 1})).protect = true;
    world.apply("sessions-0", &json!({"v": 1})).protect = true;
    world.live("sessions-0", &json!({"v": 1}));
    let plan = world.plan(Options { max_deletions: Some(0), ..options() }).unwrap();
    assert_eq!(actions(&plan), ["create cache-0", "delete sessions-0"]);
    assert_eq!(plan.changes[0].moved_from, Some(address("sessions-0")));
    assert!(!plan.changes[1].disruptive);
    let only = ["memory:cache-0".to_owned()];
    assert_eq!(world.actions(Options { only: &only, ..options() }), ["create cache-0", "delete sessions-0"]);
}

#[test]
fn what_lives_in_what_is_made_is_run_once_it_is_healthy_and_is_no_gap() {
    let mut world = World::new();
    world.declare("box", &json!({"image": "a"}));
    world.declare("node/config", &json!({"v": 1}));
    world.carried_by("node/config", "box");
    world.gap("node", "no answer");
    let plan = world.plan(options()).unwrap();
    assert_eq!((actions(&plan), plan.gaps.clone()), (vec!["create box".into(), "run node/config".into()], vec![]));
    assert_eq!(plan.changes[1].after, [address("box")]);
    // What cannot be seen because its carrier drifted is run once that is put back, whatever it takes.
    let mut world = World::new();
    world.in_sync("box", &json!({"memory": 1, "image": "a"}));
    world.in_sync("node/config", &json!({"v": 1}));
    world.carried_by("node/config", "box");
    world.gap("node", "no answer");
    world.observation.resources.get_mut(&address("box")).unwrap().body = tree(&json!({"memory": 2, "image": "a"}));
    assert_eq!(world.actions(options()), ["update box", "run node/config"]);
}

#[test]
fn deletions_go_the_other_way_round() {
    let mut world = World::new();
    world.in_sync("anchor", &json!({"v": 1}));
    world.apply("a-net", &json!({"v": 1}));
    world.live("a-net", &json!({"v": 1}));
    world.apply("box", &json!({"v": 1})).after.push(address("a-net"));
    world.live("box", &json!({"v": 1}));
    assert_eq!(world.actions(options()), ["keep anchor", "delete box", "delete a-net"]);
}

#[test]
fn a_circle_is_named() {
    let mut world = World::new();
    for (name, after) in [("a", "c"), ("b", "a"), ("c", "b"), ("d", "a")] {
        world.declare(name, &json!({"v": 1})).after.push(address(after));
    }
    let error = error(&world, options());
    assert_eq!(error.to_string(), "these changes wait for each other: memory:a -> memory:b -> memory:c -> memory:a");
    assert_eq!(error.code().0, "DL0501");
}

#[test]
fn limits_choose_and_cannot_be_finer_than_what_is_applied() {
    let mut world = World::new();
    for name in ["api-0", "cache-0"] {
        world.declare(name, &json!({"v": 1}));
    }
    let only = ["memory:api-*".to_owned()];
    let limited = Options { only: &only, ..options() };
    assert_eq!(world.actions(limited), ["create api-0", "keep cache-0"]);
    let components = ["cache".to_owned()];
    let by_component = Options { components: &components, ..options() };
    assert_eq!(world.actions(by_component), ["keep api-0", "create cache-0"]);
    world.declare("shared", &json!({"v": 1})).component = None;
    assert_eq!(error(&world, by_component).code().0, "DL0507");
    world.granularity = Granularity::Instance;
    assert_eq!(
        error(&world, limited).to_string(),
        "main cannot be limited so finely: memory applies it as a whole, and memory:cache-0 is left out"
    );
    let nothing = ["other:**".to_owned()];
    assert_eq!(world.actions(Options { only: &nothing, ..options() }), ["keep api-0", "keep cache-0", "keep shared"]);
}

struct Failover;

impl Procedure for Failover {
    fn expand(&self, around: &Around<'_>) -> Expansion {
        let changes = around.changes;
        let run = Change { address: address("run"), action: Action::Run, after: vec![], ..changes[0].clone() };
        Expansion { edges: vec![(run.address.clone(), changes[0].address.clone())], runs: vec![run] }
    }
}

struct Vandal;

impl Procedure for Vandal {
    fn expand(&self, around: &Around<'_>) -> Expansion {
        let changes = around.changes;
        let delete = Change { action: Action::Delete, ..changes[0].clone() };
        Expansion { edges: vec![], runs: vec![delete] }
    }
}

#[test]
fn procedures_add_runs_and_edges_and_nothing_else() {
    let mut world = World::new();
    world.declare("x", &json!({"v": 1}));
    let plan = world.with(options(), &[&Failover], make).unwrap();
    assert_eq!(actions(&plan), ["run run", "create x"]);
    assert_eq!(plan.changes[1].after, [address("run")]);
    let error = world.with(options(), &[&Vandal], make).unwrap_err();
    assert_eq!(error, PlanError::Overreach { instance: "main".into(), reason: "memory:x is no run".into() });
}

#[test]
fn two_resources_of_one_address_are_refused() {
    let mut world = World::new();
    world.declare("x", &json!({"v": 1}));
    world.declare("x", &json!({"v": 2}));
    assert_eq!(error(&world, options()), PlanError::Duplicate { address: address("x") });
}

#[test]
fn an_ignored_field_is_no_change_and_a_file_says_that_it_is_overwritten() {
    let mut world = World::new();
    world.ignore("memory:x", Some("replicas"), Some("2026-01-31"));
    world.declare("x", &json!({"replicas": 1, "v": 2})).text = Some("t".into());
    world.apply("x", &json!({"replicas": 1, "v": 1}));
    world.live("x", &json!({"replicas": 5, "v": 1}));
    let plan = world.plan(options()).unwrap();
    let steps = [
        "change 1 field in place",
        "overwrite replicas, which a rule ignores: HPA (environments/staging.yaml:30), until 2026-01-31",
    ];
    assert_eq!(
        (actions(&plan), plan.changes[0].steps.clone()),
        (vec!["update x".into()], steps.map(Into::into).to_vec())
    );
    assert_eq!(plan.findings, []);
    world.ignore[0].rule.expires = Some("2026-01-30".into());
    let plan = world.plan(options()).unwrap();
    assert_eq!(plan.changes[0].fields.len(), 2);
    assert_eq!(plan.findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["DL0511"]);
}

fn sides() -> impl Strategy<Value = Vec<SomeSides>> {
    let side = || prop::option::of(0u8..3);
    prop::collection::vec((side(), side(), side(), prop::collection::vec(0usize..8, 0..3)), 1..8)
}

fn world_of(sides: &[SomeSides]) -> World {
    let mut world = World::new();
    let body = |value: u8| -> Json { json!({"v": value, "deep": {"w": value % 2}}) };
    world.in_sync("anchor", &json!({"v": 0}));
    for (number, (desired, applied, live, after)) in sides.iter().enumerate() {
        let name = format!("x{number}");
        let before = after.iter().filter(|other| **other < number).map(|other| address(&format!("x{other}")));
        let before: Vec<_> = before.collect();
        desired.map(|value| world.declare(&name, &body(value)).after.clone_from(&before));
        applied.map(|value| world.apply(&name, &body(value)).after.clone_from(&before));
        live.map(|value| world.live(&name, &body(value)).ours = true);
    }
    world
}

/// What the world is once the plan was applied.
fn carried_out(mut world: World, plan: &Plan) -> World {
    for change in &plan.changes {
        let resource: Option<&Resource> = plan.resources.get(&change.address);
        match (change.action, resource) {
            (Action::Delete, _) => {
                world.observation.resources.remove(&change.address);
                world.applied.remove(&change.address);
            }
            (_, Some(resource)) => {
                let name = change.address.path();
                let json = resource.body.to_public_json();
                world.applied.remove(&change.address);
                world.apply(name, &json).after.clone_from(&resource.after);
                world.observation.resources.remove(&change.address);
                world.live(name, &json);
            }
            _ => {}
        }
    }
    world
}

proptest! {
    #[test]
    fn apply_then_plan_is_empty_and_order_respects_edges(sides in sides()) {
        let world = world_of(&sides);
        let plan = world.plan(options()).unwrap();
        prop_assert_eq!(&plan, &world.plan(options()).unwrap());
        for (at, change) in plan.changes.iter().enumerate() {
            for before in &change.after {
                let place = plan.changes.iter().position(|other| other.address == *before).unwrap();
                prop_assert!(place < at && plan.changes[place].wave < change.wave);
            }
        }
        let after = carried_out(world, &plan);
        prop_assert!(!after.plan(options()).unwrap().has_changes());
    }

    #[test]
    fn nothing_without_our_mark_is_changed_or_deleted(sides in sides()) {
        let mut world = world_of(&sides);
        for (at, observed) in world.observation.resources.values_mut().enumerate() {
            observed.ours = at % 2 == 0;
        }
        let plan = world.plan(options()).unwrap();
        for change in plan.doing() {
            prop_assert!(world.observation.resources.get(&change.address).is_none_or(|observed| observed.ours));
        }
    }
}

#[test]
fn the_table_of_the_fixture_belongs_to_no_backend() {
    assert_eq!(TABLE.backend, "memory");
}
