use super::*;
use crate::drift::report::tests::world;
use crate::drift::{Details, DriftReport, locate, report};
use crate::plan::fixture::{World, address};
use crate::plan::{ChangedBy, Located, Options, Places, digest};
use crate::report::{HistoryEntry, HistoryReport, InstanceStatus, LastApply, PlanReport, StatusReport};
use serde_json::json;

pub(crate) fn drift_of(world: &World) -> DriftReport {
    let details = Details {
        observed_at: "2026-01-31T12:00:00Z",
        secrets_judged: true,
        all_resources: false,
        first_seen: &|_, _| Some("2026-01-30T03:00:00Z".into()),
    };
    let mut found = world.with(Options::default(), &[], |inputs| report(inputs, &details)).unwrap();
    let source = Source { file: "environments/staging.yaml".into(), line: 12, column: 15, commit: None, author: None };
    let located = Located { source: Some(source.clone()), via: vec![Source { line: 14, ..source }] };
    locate(&mut found, &Places::from([((address("cache-0"), "memory".parse().unwrap()), located)]));
    for place in found.places_mut() {
        place.commit = Some("9f8e7d6c5b4a".into());
        place.author = Some("Ann".into());
    }
    found
}

/// Everything that a report can hold, with values that try to steer.
pub(crate) fn full_world() -> World {
    let mut world = world();
    world.declare("motd", &json!(null)).text = Some("hello\nworld\n".into());
    world.apply("motd", &json!(null)).text = Some("hello\nworld\n".into());
    let live = world.live("motd", &json!(null));
    live.text = Some("hello\n\u{1b}[31m`@team` <b>\n".into());
    live.changed_by = Some(ChangedBy { who: Some("\u{1b}]0;x\u{7}Eve".into()), when: None, evidence: None });
    world.declare("gone", &json!({"v": 1}));
    world.apply("gone", &json!({"v": 1}));
    world.declare("unread", &json!({"v": 1}));
    world.apply("unread", &json!({"v": 1}));
    world.gap("unread", "no answer");
    world
}

pub(crate) fn plan_of(world: &World) -> PlanReport {
    let mut plan = world.plan(Options::default()).unwrap();
    let source = Source { file: "environments/staging.yaml".into(), line: 12, column: 15, commit: None, author: None };
    let located = Located { source: Some(source), via: vec![] };
    crate::plan::places::locate(&mut plan, &Places::from([((address("cache-0"), "memory".parse().unwrap()), located)]));
    PlanReport::new(&plan, &digest(&plan).unwrap())
}

#[test]
fn a_drift_report_reads_well_at_three_in_the_morning() {
    let text = drift(&drift_of(&full_world()), DriftOptions::default()).plain();
    assert_eq!(text, include_str!("golden/drift.txt"));
}

#[test]
fn a_plan_reads_well() {
    let report = plan_of(&full_world());
    let text = plan(&report).plain().replace(report.digest.as_str(), "DIGEST");
    assert_eq!(text, include_str!("golden/plan.txt"));
}

#[test]
fn history_and_status_read_well() {
    let entry = |generation: u64, outcome: &str| HistoryEntry {
        generation,
        applied_at: "2026-01-31T12:00:00Z".into(),
        who: if generation == 10 { "Ann".into() } else { "Robert".into() },
        why: "push to main".into(),
        commit: (generation == 10).then(|| "1a2b3c4d5e6f".into()),
        dirty: generation == 10,
        plan_digest: crate::model::Digest::of("plan"),
        outcome: outcome.into(),
        changes: 1,
    };
    let report = HistoryReport::new("staging", vec![entry(10, "applied"), entry(9, "failed")]);
    let expected = "10  2026-01-31T12:00:00Z  1a2b3c4*  Ann     applied, 1 change  push to main  plan 4fc32cbc1fd1\n \
                    9  2026-01-31T12:00:00Z  -------   Robert  failed, 1 change  push to main  plan 4fc32cbc1fd1\n";
    let digest = crate::model::Digest::of("plan").short().to_owned();
    assert_eq!(history(&report).plain(), expected.replace("4fc32cbc1fd1", &digest));
    assert_eq!(history(&HistoryReport::new("staging", vec![])).plain(), "staging was never applied\n");

    let mut report = StatusReport::new("staging");
    report.last_apply = Some(LastApply {
        dirty: true,
        generation: 10,
        applied_at: "2026-01-31T12:00:00Z".into(),
        who: "Ann".into(),
        commit: Some("1a2b3c4d5e6f".into()),
        outcome: "done".into(),
    });
    report.pending = Some(2);
    report.problem = Some("staging.yaml has errors".into());
    report.locked_by = Some("host 4711".into());
    report.pinned_to = Some("9f8e7d6c5b4a".into());
    report.instances.push(InstanceStatus {
        instance: "compose".into(),
        target: "compose".into(),
        backend: "git".into(),
        destination: "branch driftless/staging".into(),
        applied: 3,
    });
    let expected = "staging
  Git       staging.yaml has errors
  applied   10, 1a2b3c4 and uncommitted changes by Ann at 2026-01-31T12:00:00Z (done)
  pending   2 resources: `driftless plan staging`
  pinned    to 9f8e7d6 by a rollback, until Git has a newer commit
  locked    by host 4711
  compose   compose through git to branch driftless/staging, 3 resources applied
";
    assert_eq!(status(&report).plain(), expected);
}

#[test]
fn a_place_in_the_library_is_said_to_be_built_in() {
    use crate::plan::{BUILT_IN, Source};
    let place = |file: String| Source { file, line: 7, column: 3, commit: None, author: None };
    let shown = |file: String| super::place_of_source(&place(file));
    assert_eq!(shown(format!("{BUILT_IN}modules/redis/model.yaml.j2")), "built-in modules/redis/model.yaml.j2:7:3");
    assert_eq!(shown("modules/redis/model.yaml.j2".into()), "modules/redis/model.yaml.j2:7:3");
    let place = crate::drift::Place::from(&place(format!("{BUILT_IN}modules/redis/module.yaml")));
    assert_eq!(super::place_of(&place), "built-in modules/redis/module.yaml:7:3");
}
