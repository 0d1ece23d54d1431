//! What goes wrong, and what becomes of the rest.

use super::{Bench, Wanted, plan, texts};
use crate::backend::{ErrorClass, Health};
use crate::event::Ended;
use crate::exec::{ExecError, Interruption, OnFailure};
use crate::state::MemoryStore;
use crate::state::record::{ChangeResult, Records, RunOutcome};
use std::sync::Arc;
use std::time::Duration;

const CHAIN: &Wanted<'_> = &[("a", "x", "1", &[]), ("a", "y", "1", &["x"]), ("b", "z", "1", &[])];

async fn outcome(bench: &Bench) -> (RunOutcome, Vec<ChangeResult>) {
    let record = Records::of(bench.store.as_ref(), "staging").revisions(1).await.unwrap().remove(0);
    (record.outcome, record.changes.into_iter().map(|change| change.result).collect())
}

#[tokio::test(start_paused = true)]
async fn a_clean_run_says_every_step_and_records_what_it_did() {
    let bench = Bench::new();
    let (told, run) = bench.apply(&CHAIN[..2]).await;
    let expected = [
        "lease",
        "held",
        "create x",
        "recorded x",
        "done x",
        "create y",
        "recorded y",
        "done y",
        "revision 1",
        "released",
    ];
    assert_eq!(told, expected);
    let run = run.unwrap();
    assert_eq!((run.complete, run.generation, run.interruption), (true, Some(1), None));
    assert_eq!(bench.applied().await, texts(&[("x", "1"), ("y", "1")]));
    let records = Records::of(bench.store.as_ref(), "staging");
    let record = records.revision(1).await.unwrap().unwrap();
    assert_eq!((record.who.as_str(), record.why.as_str(), record.outcome), ("alice", "because", RunOutcome::Done));
    assert_eq!(record.ended_at.as_deref(), Some("1970-01-01T00:00:00Z"));
    assert_eq!(records.resources_after(&record).await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_skips_what_waits_for_it_and_nothing_else() {
    let bench = Bench::new();
    bench.live.fail("x", ErrorClass::Denied);
    let (told, run) = bench.apply(CHAIN).await;
    assert!(told.contains(&"failed x: x broke".to_owned()));
    assert!(told.contains(&"skipped y: live:x comes first, and was not done".to_owned()), "{told:?}");
    assert!(told.contains(&"done z".to_owned()));
    let run = run.unwrap();
    assert!(!run.complete && !run.conflicted());
    assert_eq!(bench.live.contents(), texts(&[("z", "1")]));
    assert_eq!(bench.applied().await, texts(&[("z", "1")]));
    assert_eq!(outcome(&bench).await.0, RunOutcome::Partial);
}

#[tokio::test(start_paused = true)]
async fn only_what_may_go_away_by_itself_is_tried_again_and_not_for_ever() {
    let bench = Bench::new();
    bench.live.fail("x", ErrorClass::Transient);
    bench.live.fail("observe", ErrorClass::Transient);
    (0..9).for_each(|_| bench.live.fail("z", ErrorClass::Transient));
    let (told, run) = bench.apply(CHAIN).await;
    let retries: Vec<_> = told.iter().filter(|word| word.starts_with("again")).map(String::as_str).collect();
    assert_eq!(retries.iter().filter(|word| word.contains("x broke")).count(), 1);
    assert_eq!(retries.iter().filter(|word| word.contains("observe broke")).count(), 1);
    let z: Vec<_> = retries.into_iter().filter(|word| word.contains("z broke")).collect();
    assert_eq!(z, ["again in 500: z broke", "again in 1000: z broke", "again in 2000: z broke"]);
    assert_eq!(run.unwrap().failed().map(|failed| failed.address.path().to_owned()).collect::<Vec<_>>(), ["z"]);
    assert_eq!(bench.live.contents(), texts(&[("x", "1"), ("y", "1")]));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_changed_where_one_address_is_not_what_it_was() {
    let bench = Bench::new();
    let plan = plan(CHAIN, &bench.live, bench.store.as_ref()).await;
    bench.live.put("z", "by hand");
    let (told, run) = bench.run_told(&plan).await;
    assert_eq!(run, Err(ExecError::Stale { reasons: vec!["live:z was not there when the plan was made".into()] }));
    assert_eq!(told, ["lease", "released"]);
    assert_eq!(bench.live.contents(), texts(&[("z", "by hand")]));
    assert_eq!(bench.store.lineage().await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_applied_once_and_with_its_own_store() {
    let bench = Bench::new();
    let first = plan(CHAIN, &bench.live, bench.store.as_ref()).await;
    assert!(bench.run_told(&first).await.1.unwrap().complete);
    let (_, again) = bench.run_told(&first).await;
    let reasons = vec!["it follows apply 0 of staging, and the last one was 1".into()];
    assert_eq!(again, Err(ExecError::Stale { reasons }));
    let elsewhere = Bench { live: bench.live.clone(), ..Bench::new() };
    let newer = plan(CHAIN, &bench.live, bench.store.as_ref()).await;
    let reasons = vec!["it was made with another state store".into()];
    assert_eq!(elsewhere.run_told(&newer).await.1, Err(ExecError::Stale { reasons }));
}

#[tokio::test(start_paused = true)]
async fn health_is_waited_for_and_not_for_ever() {
    let mut bench = Bench::new();
    bench.options.health_timeout = Duration::from_secs(3);
    let waiting = |times| vec![Health::Progressing("starting".into()); times];
    bench.live.health("x", waiting(2));
    bench.live.health("z", waiting(99));
    let (told, _) = bench.apply(CHAIN).await;
    assert_eq!(told.iter().filter(|word| *word == "x waits: starting").count(), 1);
    assert!(told.contains(&"done y".to_owned()));
    assert!(told.contains(&"failed z: not well after 3 seconds: starting".to_owned()), "{told:?}");
    assert_eq!(bench.applied().await, texts(&[("x", "1"), ("y", "1"), ("z", "1")]));
    let ill = Bench::new();
    ill.live.health("x", vec![Health::Failed("exit code 1".into())]);
    let (told, _) = ill.apply(CHAIN).await;
    assert!(told.contains(&"failed x: exit code 1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_puts_back_what_the_run_changed_and_nothing_else() {
    for atomic in [false, true] {
        let mut bench = Bench::new();
        bench.live.atomic = atomic;
        let before: &Wanted<'_> = &[("a", "kept", "1", &[]), ("a", "old", "1", &[]), ("a", "x", "1", &[])];
        assert!(bench.apply(before).await.1.unwrap().complete);
        bench.options.on_failure = OnFailure::Rollback;
        bench.live.health("last", vec![Health::Failed("ill".into())]);
        let after: &Wanted<'_> =
            &[("a", "kept", "1", &[]), ("a", "x", "2", &[]), ("a", "y", "1", &["x"]), ("b", "last", "1", &["y"])];
        let (_, run) = bench.apply(after).await;
        let run = run.unwrap();
        assert!(run.rolled_back.iter().all(|one| one.ended == Ended::Done), "{:?}", run.rolled_back);
        assert_eq!(bench.live.contents(), texts(&[("kept", "1"), ("old", "1"), ("x", "1")]), "{atomic}");
        assert_eq!(bench.applied().await, texts(&[("kept", "1"), ("old", "1"), ("x", "1")]), "{atomic}");
        assert_eq!(outcome(&bench).await.0, RunOutcome::Failed);
        let records = Records::of(bench.store.as_ref(), "staging");
        let record = records.revision(2).await.unwrap().unwrap();
        let names: Vec<_> = records.resources_after(&record).await.unwrap().into_keys().collect();
        assert_eq!(names, ["kept", "old", "x"].map(super::address));
        assert_eq!(bench.live.batches().len(), if atomic { 3 } else { 8 });
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_runs_one_waits_or_is_told_who_holds_the_lease() {
    let mut bench = Bench::new();
    let lease = bench.store.lease("environments/staging", "bob").await.unwrap();
    let (told, run) = bench.apply(CHAIN).await;
    assert_eq!((told, run), (vec![], Err(ExecError::Locked { holder: "bob".into() })));
    bench.options.lock_timeout = Duration::from_mins(1);
    let give_back = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(lease);
    };
    let ((told, run), ()) = tokio::join!(bench.apply(CHAIN), give_back);
    assert!(run.unwrap().complete);
    assert_eq!(told[..3], ["waiting for bob", "lease", "held"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_stops_everything_that_has_not_begun() {
    let store = MemoryStore::default();
    let bench = Bench { store: Arc::new(store.clone()), ..Bench::new() };
    bench.live.after("x", move || store.break_lease("environments/staging"));
    let (told, run) = bench.apply(&CHAIN[..2]).await;
    let run = run.unwrap();
    assert_eq!(run.interruption, Some(Interruption::LeaseLost { holder: "nobody".into() }));
    assert!(!run.complete);
    assert!(told.contains(&"skipped y: it was not begun".to_owned()), "{told:?}");
    assert_eq!(bench.live.contents(), texts(&[("x", "1")]));
    assert_eq!(outcome(&bench).await.0, RunOutcome::Interrupted);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_finishes_what_is_in_flight() {
    let bench = Bench::new();
    let (stop, cancelled) = tokio::sync::watch::channel(false);
    bench.live.after("x", move || stop.send_modify(|stopped| *stopped = true));
    let plan = plan(&CHAIN[..2], &bench.live, bench.store.as_ref()).await;
    let run = bench.run(&plan, &crate::event::Silent, cancelled).await.unwrap();
    assert_eq!(run.interruption, Some(Interruption::Cancelled));
    assert_eq!(bench.applied().await, texts(&[("x", "1")]));
    assert_eq!(bench.live.contents(), texts(&[("x", "1")]));
    let (_stop, cancelled) = tokio::sync::watch::channel(true);
    let plan = super::plan(CHAIN, &bench.live, bench.store.as_ref()).await;
    assert_eq!(bench.run(&plan, &crate::event::Silent, cancelled).await, Err(ExecError::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_changed_meanwhile_is_a_conflict_and_not_overwritten() {
    let bench = Bench::new();
    bench.live.fail("x", ErrorClass::Conflict);
    let run = bench.apply(CHAIN).await.1.unwrap();
    assert!(run.conflicted());
}

#[tokio::test(start_paused = true)]
async fn what_is_written_as_a_whole_is_one_batch_of_all_instances() {
    let mut bench = Bench::new();
    bench.live.atomic = true;
    assert!(bench.apply(CHAIN).await.1.unwrap().complete);
    assert_eq!(bench.live.batches(), [["x", "y", "z"].map(String::from).to_vec()]);
    let waves = Bench::new();
    assert!(waves.apply(&CHAIN[..2]).await.1.unwrap().complete);
    assert_eq!(waves.live.batches(), [vec!["x".to_owned()], vec!["y".to_owned()]]);
}

#[tokio::test(start_paused = true)]
async fn what_is_as_declared_already_is_recorded_and_what_is_kept_otherwise_is_not() {
    let bench = Bench::new();
    bench.live.put("x", "1");
    bench.live.put("y", "by hand");
    let mut plan = plan(&CHAIN[..2], &bench.live, bench.store.as_ref()).await;
    plan.changes[1].action = crate::plan::Action::Keep;
    let (told, run) = bench.run_told(&plan).await;
    assert_eq!(told, ["lease", "held", "recorded x", "released"]);
    assert_eq!(run.unwrap().generation, None);
    assert_eq!(bench.applied().await, texts(&[("x", "1")]));
}

/// More writers than are at work at once, so that the last begins when others have ended: instance, name, text, what comes first.
const MANY: &Wanted<'_> = &[
    ("a", "0", "1", &[]),
    ("b", "1", "1", &[]),
    ("c", "2", "1", &[]),
    ("d", "3", "1", &[]),
    ("e", "4", "1", &[]),
    ("f", "5", "1", &[]),
    ("g", "6", "1", &[]),
    ("h", "7", "1", &[]),
    ("i", "8", "1", &[]),
];

#[tokio::test(start_paused = true)]
async fn what_begins_later_is_looked_at_again_and_not_overwritten() {
    let bench = Bench::new();
    let live = bench.live.clone();
    bench.live.after("0", move || live.put("8", "by hand"));
    let (told, run) = bench.apply(MANY).await;
    assert!(told.contains(&"failed 8: live:8 was not there when the plan was made".to_owned()), "{told:?}");
    assert!(!told.contains(&"create 8".to_owned()), "{told:?}");
    let run = run.unwrap();
    assert!(run.conflicted() && !run.complete);
    let mut expected: Vec<(&str, &str)> = MANY.iter().map(|(_, name, text, _)| (*name, *text)).collect();
    expected[8].1 = "by hand";
    assert_eq!(bench.live.contents(), texts(&expected));
    assert_eq!(bench.applied().await, texts(&expected[..8]));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_at_again_is_not_changed() {
    let bench = Bench::new();
    let live = bench.live.clone();
    bench.live.after("0", move || live.fail("observe", ErrorClass::Denied));
    let run = bench.apply(MANY).await.1.unwrap();
    let failed: Vec<_> = run.failed().map(|one| (one.address.path().to_owned(), one.class)).collect();
    assert_eq!(failed, [("8".to_owned(), Some(ErrorClass::Denied))]);
    assert_eq!(bench.live.contents().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn what_follows_from_what_the_run_changed_is_not_held_against_it() {
    let bench = Bench::new();
    let live = bench.live.clone();
    // What comes first is what makes it different: another look would take that for somebody else's hand.
    bench.live.after("x", move || {
        live.put("y", "made by x");
        live.fail("observe", ErrorClass::Denied);
    });
    let run = bench.apply(&CHAIN[..2]).await.1.unwrap();
    assert!(run.complete, "{run:?}");
    assert_eq!(bench.live.contents(), texts(&[("x", "1"), ("y", "1")]));
}

#[tokio::test(start_paused = true)]
async fn by_default_a_run_that_fails_puts_back_what_it_did() {
    let bench = Bench { options: crate::exec::Options::default(), ..Bench::new() };
    assert!(bench.apply(&[("a", "x", "1", &[])]).await.1.unwrap().complete);
    bench.live.fail("y", ErrorClass::Denied);
    let after: &Wanted<'_> = &[("a", "x", "2", &[]), ("a", "y", "1", &["x"]), ("a", "w", "1", &["y"])];
    let run = bench.apply(after).await.1.unwrap();
    let put_back: Vec<_> = run.rolled_back.iter().map(|one| (one.address.path(), one.ended.clone())).collect();
    assert_eq!((put_back, run.complete), (vec![("x", Ended::Done)], false));
    assert_eq!(bench.live.contents(), texts(&[("x", "1")]));
    assert_eq!(bench.applied().await, texts(&[("x", "1")]));
    assert_eq!(outcome(&bench).await.0, RunOutcome::Failed);
}
