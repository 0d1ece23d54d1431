//! Runs of plans: order, failures, leases, stale plans, records, rollback, and death at every event.

mod killed;

use super::testing::{Desired, Loop, Told, actions, context};
use super::{ExecError, Execution, Interruption, OnFailure};
use crate::backend::memory::{Fault, LiveThing, MemoryBackend, Trouble};
use crate::backend::{Backend, Context, ErrorClass};
use crate::event::{Ended, Event, EventSink, Silent};
use crate::model::{Address, Resource, Tree};
use crate::plan::{Action, Options};
use crate::state::MemoryStore;
use crate::state::record::{Records, RevisionOutcome};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A thing with a value, after others.
fn thing(name: &str, value: i64, after: &[&str]) -> Resource {
    let address = |name: &str| Address::new("docker", None, ["container", name]);
    let after = after.iter().map(|name| address(name)).collect();
    Resource { after, ..Resource::new(address(name), Some("cache".into()), Tree::from([("value", Tree::Int(value))])) }
}

fn desired(things: Vec<Resource>) -> Desired {
    BTreeMap::from([("compose".to_owned(), things)])
}

fn system() -> (MemoryBackend, Loop) {
    let system = MemoryBackend::new("shop/staging");
    let turn = Loop::new([("compose", Arc::new(system.clone()) as Arc<dyn Backend>)]);
    (system, turn)
}

fn fault(address: &str, trouble: Trouble, times: usize) -> Fault {
    Fault { address: format!("**/{address}"), trouble, times }
}

/// Name, how it ended.
fn ended(done: &Execution) -> Vec<(String, Ended)> {
    let name = |address: &Address| address.segments().last().unwrap();
    done.outcomes.iter().map(|outcome| (name(&outcome.address), outcome.ended.clone())).collect()
}

fn done(name: &str) -> (String, Ended) {
    (name.into(), Ended::Done)
}

fn values(system: &MemoryBackend) -> Vec<(String, i64)> {
    let value = |thing: &LiveThing| if let Some(Tree::Int(value)) = thing.body.get("value") { *value } else { 0 };
    system.things().unwrap().values().map(|thing| (thing.address.segments().last().unwrap(), value(thing))).collect()
}

#[tokio::test]
async fn the_events_of_a_run_tell_all_of_it_in_order() {
    let (_, turn) = system();
    let told = Told::default();
    let plan = turn.plan(&desired(vec![thing("b", 1, &["a"]), thing("a", 1, &[])])).await.unwrap();
    turn.run_told(&plan, &context(&told)).await.unwrap();
    let [a, b] = ["a", "b"].map(|name| thing(name, 1, &[]).address);
    let action = Action::Create;
    let of = |address: &Address| {
        [
            Event::ChangeStarted { address: address.clone(), action },
            Event::Recorded { address: address.clone() },
            Event::ChangeEnded { address: address.clone(), action, ended: Ended::Done },
        ]
    };
    let mut expected = vec![Event::LeaseTaken, Event::PreconditionsHeld];
    expected.extend(of(&a).into_iter().chain(of(&b)));
    expected.extend([Event::RevisionRecorded { generation: 1 }, Event::LeaseReleased]);
    assert_eq!(*told.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_failure_skips_what_waits_for_it_and_nothing_else() {
    let (system, turn) = system();
    let things = vec![thing("a", 1, &[]), thing("b", 1, &["a"]), thing("c", 1, &["b"]), thing("d", 1, &[])];
    system.inject(fault("a", Trouble::Apply(ErrorClass::Denied), 1));
    let result = turn.run(&turn.plan(&desired(things.clone())).await.unwrap()).await.unwrap();
    let skipped = |by: &str| Ended::Skipped(format!("docker:container/{by} comes first, and was not done"));
    let failed = Ended::Failed("docker:container/a cannot be written".into());
    let mut found = ended(&result);
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [("a".into(), failed), ("b".into(), skipped("a")), ("c".into(), skipped("b")), done("d")];
    assert_eq!(found, expected);
    assert!(!result.complete);
    assert_eq!(values(&system), [("d".into(), 1)]);
    let record = Records::of(turn.store.as_ref(), "staging").revision(1).await.unwrap().unwrap();
    assert_eq!((record.outcome, record.changes.len()), (RevisionOutcome::Partial, 1));
    turn.apply(&desired(things)).await;
    assert_eq!(values(&system).len(), 4);
}

#[tokio::test]
async fn only_transient_failures_are_tried_again_and_not_for_ever() {
    let (system, turn) = system();
    let all = desired(vec![thing("a", 1, &[])]);
    system.inject(fault("a", Trouble::Apply(ErrorClass::Transient), 3));
    let told = Told::default();
    let plan = turn.plan(&all).await.unwrap();
    assert!(turn.run_told(&plan, &context(&told)).await.unwrap().complete);
    let retrying = |event: &&Event| matches!(event, Event::Retrying { .. });
    let pauses: Vec<_> = told.0.lock().unwrap().iter().filter(retrying).cloned().collect();
    let again = |after_ms| Event::Retrying {
        subject: "docker:container/a".into(),
        reason: "docker:container/a cannot be written".into(),
        after_ms,
    };
    assert_eq!(pauses, [again(1), again(2), again(4)]);
    system.inject(fault("a", Trouble::Apply(ErrorClass::Transient), 9));
    let more = desired(vec![thing("a", 2, &[])]);
    let result = turn.run(&turn.plan(&more).await.unwrap()).await.unwrap();
    assert_eq!(result.outcomes[0].class, Some(ErrorClass::Transient));
    assert_eq!(system.writes(&thing("a", 0, &[]).address), 1);
}

#[tokio::test]
async fn health_is_waited_for_and_an_ill_thing_is_a_failure() {
    let (system, mut turn) = system();
    turn.options.health_timeout = Duration::from_millis(50);
    let starting = || Trouble::Progressing("starting".into());
    system.inject(fault("a", starting(), 2));
    let told = Told::default();
    let plan = turn.plan(&desired(vec![thing("a", 1, &[])])).await.unwrap();
    assert!(turn.run_told(&plan, &context(&told)).await.unwrap().complete);
    let waits = told.0.lock().unwrap().iter().filter(|event| matches!(event, Event::HealthWaiting { .. })).count();
    assert_eq!(waits, 1);
    system.inject(fault("a", starting(), usize::MAX));
    let plan = turn.plan(&desired(vec![thing("a", 2, &[]), thing("b", 1, &["a"])])).await.unwrap();
    let result = turn.run(&plan).await.unwrap();
    let skipped = Ended::Skipped("docker:container/a comes first, and was not done".into());
    let expected = [("a".into(), Ended::Failed("not well after 0 seconds: starting".into())), ("b".into(), skipped)];
    assert_eq!(ended(&result), expected);
}

#[tokio::test]
async fn a_plan_that_does_not_fit_any_more_changes_nothing() {
    let (system, turn) = system();
    let first = desired(vec![thing("a", 1, &[]), thing("b", 1, &[])]);
    turn.apply(&first).await;
    let second = desired(vec![thing("a", 2, &[]), thing("b", 2, &[])]);
    let old = turn.plan(&second).await.unwrap();
    let stale = |reasons: &[&str]| {
        Err(ExecError::Stale { reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect() })
    };

    let mut meddled = system.things().unwrap().remove(&thing("b", 0, &[]).address).unwrap();
    meddled.body = Tree::Null;
    system.put(&meddled).unwrap();
    let moved = ["docker:container/b is not what it was when the plan was made"];
    assert_eq!(turn.run(&old).await, stale(&moved));
    system.take(&meddled.address).unwrap();
    assert_eq!(turn.run(&old).await, stale(&["docker:container/b is not there any more"]));
    assert_eq!(values(&system), [("a".into(), 1)]);

    system.inject(fault("b", Trouble::Unreadable("no answer".into()), 1));
    system.put(&meddled).unwrap();
    let unread = turn.run(&turn.plan(&first).await.unwrap()).await;
    assert!(unread.is_ok(), "what cannot be read is no change of a plan: {unread:?}");
    let again = turn.plan(&second).await.unwrap();
    system.inject(fault("b", Trouble::Unreadable("no answer".into()), 1));
    assert!(matches!(turn.run(&again).await, Err(ExecError::Unreadable { gaps }) if gaps.len() == 1));

    turn.apply(&first).await;
    let newer = "it was made after apply 1, and apply 2 of `staging` was made since";
    assert_eq!(turn.run(&old).await, stale(&[newer]));
    let elsewhere = Loop { store: Arc::new(MemoryStore::default()), ..Loop::new([]) };
    let elsewhere = Loop { backends: turn.backends.clone(), ..elsewhere };
    let refused = elsewhere.run(&old).await;
    assert_eq!(
        refused,
        stale(&[
            "it was made with another state store",
            "it was made after apply 1, and apply 0 of `staging` was made since"
        ])
    );
}

#[tokio::test]
async fn of_two_runs_at_once_one_waits_or_is_refused() {
    let (system, mut turn) = system();
    let plan = turn.plan(&desired(vec![thing("a", 1, &[])])).await.unwrap();
    let lease = turn.store.lease("staging", "Bob (elsewhere)").await.unwrap();
    assert_eq!(turn.run(&plan).await, Err(ExecError::Locked { holder: "Bob (elsewhere)".into() }));
    assert!(system.things().unwrap().is_empty());
    turn.options.lock_timeout = Duration::from_secs(20);
    let told = Told::default();
    let context = context(&told);
    let run = turn.run_told(&plan, &context);
    let free = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(lease);
    };
    let (result, ()) = tokio::join!(run, free);
    assert!(result.unwrap().complete);
    assert_eq!(told.0.lock().unwrap()[0], Event::LeaseWaiting { holder: "Bob (elsewhere)".into() });
}

/// Does something at the first event that is wanted.
struct At<F: Fn() + Send + Sync>(fn(&Event) -> bool, F);

impl<F: Fn() + Send + Sync> EventSink for At<F> {
    fn emit(&self, event: &Event) {
        if (self.0)(event) {
            (self.1)();
        }
    }
}

const fn recorded(event: &Event) -> bool {
    matches!(event, Event::Recorded { .. })
}

#[tokio::test]
async fn a_lost_lease_stops_before_the_next_change() {
    let (system, mut turn) = system();
    let store = MemoryStore::default();
    turn.store = Arc::new(store.clone());
    let plan = turn.plan(&desired(vec![thing("a", 1, &[]), thing("b", 1, &["a"])])).await.unwrap();
    let sink = At(recorded, move || store.break_lease("staging"));
    let result = turn.run_told(&plan, &context(&sink)).await.unwrap();
    assert_eq!(result.interruption, Some(Interruption::LeaseLost { holder: "nobody".into() }));
    assert_eq!(ended(&result), [done("a"), ("b".into(), Ended::Skipped("it was not begun".into()))]);
    assert_eq!(values(&system), [("a".into(), 1)]);
}

#[tokio::test]
async fn the_first_signal_finishes_what_is_in_flight() {
    let (system, turn) = system();
    let plan = turn.plan(&desired(vec![thing("a", 1, &[]), thing("b", 1, &["a"])])).await.unwrap();
    let (cancel, cancelled) = watch::channel(false);
    let sink = At(|event| matches!(event, Event::ChangeStarted { .. }), move || cancel.send(true).unwrap());
    let result = turn.run_told(&plan, &Context { events: &sink, cancelled }).await.unwrap();
    assert_eq!(result.interruption, Some(Interruption::Cancelled));
    assert_eq!(ended(&result), [done("a"), ("b".into(), Ended::Skipped("it was not begun".into()))]);
    assert_eq!(values(&system), [("a".into(), 1)]);
}

#[tokio::test]
async fn on_failure_the_policy_decides() {
    for (policy, expected) in [
        (OnFailure::Keep, vec![("a", 2), ("b", 1), ("d", 2), ("n", 1)]),
        (OnFailure::Stop, vec![("a", 2), ("b", 1), ("d", 1), ("n", 1)]),
        (OnFailure::Rollback, vec![("a", 1), ("b", 1), ("d", 1)]),
    ] {
        let (system, mut turn) = system();
        turn.apply(&desired(vec![thing("a", 1, &[]), thing("b", 1, &[]), thing("d", 1, &[])])).await;
        turn.options.on_failure = policy;
        system.inject(fault("b", Trouble::Apply(ErrorClass::Denied), 1));
        let things = vec![thing("n", 1, &[]), thing("a", 2, &["n"]), thing("b", 2, &["a"]), thing("d", 2, &["a"])];
        let result = turn.run(&turn.plan(&desired(things)).await.unwrap()).await.unwrap();
        let expected: Vec<_> = expected.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        assert_eq!(values(&system), expected, "{policy:?}");
        let back: Vec<_> =
            result.rolled_back.iter().map(|one| (one.address.to_string(), one.action, one.ended.clone())).collect();
        let record = Records::of(turn.store.as_ref(), "staging").revision(2).await.unwrap().unwrap();
        if policy == OnFailure::Rollback {
            let one = |name: &str, action| (format!("docker:container/{name}"), action, Ended::Done);
            assert_eq!(back, [one("a", Action::Update), one("n", Action::Delete)]);
            assert_eq!((record.outcome, record.changes), (RevisionOutcome::RolledBack, vec![]));
            let applied = Records::of(turn.store.as_ref(), "staging").applied().await.unwrap();
            assert_eq!(applied[&thing("a", 0, &[]).address].body, thing("a", 1, &[]).body);
            assert_eq!(applied.len(), 3);
        } else {
            assert_eq!((back, record.outcome), (vec![], RevisionOutcome::Partial));
        }
    }
}

#[tokio::test]
async fn a_revision_says_what_it_changed_and_from_what() {
    let (_, turn) = system();
    turn.apply(&desired(vec![thing("a", 1, &[]), thing("b", 1, &[])])).await;
    let options = Options { max_deletions: Some(1), ..Options::default() };
    let plan = turn.plan_with(&desired(vec![thing("a", 2, &[])]), options).await.unwrap();
    assert_eq!(turn.run(&plan).await.unwrap().generation, Some(2));
    let records = Records::of(turn.store.as_ref(), "staging");
    let all = records.revisions().await.unwrap();
    assert_eq!(all.iter().map(|record| record.generation).collect::<Vec<_>>(), [2, 1]);
    let record = &all[0];
    assert_eq!(
        (record.who.as_str(), record.why.as_str(), record.when.as_str()),
        ("Ada <ada@example.org>", "because", "2027-01-15T08:00:00Z")
    );
    assert_eq!((record.outcome, &record.revision), (RevisionOutcome::Applied, &turn.revision));
    let mut bodies: Vec<_> = record
        .changes
        .iter()
        .map(|change| {
            let body = |applied: &Option<crate::plan::Applied>| applied.as_ref().map(|applied| applied.body.clone());
            (change.address.segments().last().unwrap(), change.action, body(&change.before), body(&change.after))
        })
        .collect();
    bodies.sort_by(|a, b| a.0.cmp(&b.0));
    let value = |value| Some(Tree::from([("value", Tree::Int(value))]));
    let expected =
        [("a".to_owned(), Action::Update, value(1), value(2)), ("b".to_owned(), Action::Delete, value(1), None)];
    assert_eq!(bodies, expected);
    assert_eq!(records.resources(&record.resources).await.unwrap(), plan.resources);
}

#[tokio::test]
async fn what_is_already_as_declared_is_recorded_and_is_no_apply() {
    let (system, turn) = system();
    let all = desired(vec![thing("a", 1, &[])]);
    turn.apply(&all).await;
    let forgetful = Loop { store: Arc::new(MemoryStore::default()), backends: turn.backends.clone(), ..Loop::new([]) };
    let plan = forgetful.plan(&all).await.unwrap();
    assert_eq!(actions(&plan), []);
    let result = forgetful.run(&plan).await.unwrap();
    assert_eq!((result.generation, result.complete, result.outcomes.len()), (None, true, 0));
    let applied = Records::of(forgetful.store.as_ref(), "staging").applied().await.unwrap();
    assert_eq!(applied[&thing("a", 0, &[]).address].body, thing("a", 1, &[]).body);
    assert_eq!(system.writes(&thing("a", 0, &[]).address), 1);
}

#[tokio::test]
async fn a_state_that_is_lost_deletes_nothing_and_applies_nothing_twice() {
    let (system, turn) = system();
    let things = || vec![thing("a", 1, &[]), thing("b", 1, &[])];
    turn.apply(&desired(things())).await;
    let lost = Loop { store: Arc::new(MemoryStore::default()), backends: turn.backends.clone(), ..Loop::new([]) };
    lost.apply(&desired(things())).await;
    lost.apply(&desired(vec![thing("a", 1, &[])])).await;
    assert_eq!(system.writes(&thing("a", 0, &[]).address), 1);
    let lost = Loop { store: Arc::new(MemoryStore::default()), backends: turn.backends.clone(), ..Loop::new([]) };
    let plan = lost.plan(&desired(vec![])).await.unwrap();
    assert_eq!(actions(&plan), []);
    assert!(lost.run(&plan).await.unwrap().complete);
    assert!(values(&system).contains(&("a".into(), 1)));
}

#[tokio::test]
async fn a_plan_for_an_instance_that_is_not_there_is_refused() {
    let (_, turn) = system();
    let plan = turn.plan(&desired(vec![thing("a", 1, &[])])).await.unwrap();
    let nothing = Loop::new([]);
    let refused = nothing.run_told(&plan, &context(&Silent)).await;
    assert_eq!(refused, Err(ExecError::UnknownInstance { instance: "compose".into() }));
}
