//! A run that dies at any event is made good by the next one.

use super::{Bench, Wanted, plan, texts, word};
use crate::event::{Event, EventSink};
use crate::model::Scope;
use crate::state::record::{Records, RunOutcome};
use crate::state::{FsStore, MemoryStore, StateStore};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Lets so many events pass; at the last of them the run dies.
struct DiesAfter {
    left: AtomicUsize,
}

impl EventSink for DiesAfter {
    fn emit(&self, event: &Event) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            // Unwinds without a word: the run is dropped where it stands.
            std::panic::resume_unwind(Box::new(word(event)));
        }
    }
}

const BEFORE: &Wanted<'_> = &[("a", "kept", "1", &[]), ("a", "changed", "1", &[]), ("a", "gone", "1", &[])];
const AFTER: &Wanted<'_> = &[
    ("a", "kept", "1", &[]),
    ("a", "changed", "2", &[]),
    ("a", "new", "1", &["changed"]),
    ("b", "other", "1", &["new"]),
];

async fn prepared(atomic: bool, store: Arc<dyn StateStore>) -> Bench {
    let mut bench = Bench { store, ..Bench::new() };
    bench.live.atomic = atomic;
    // A program that another test starts holds our files open for as long as it takes to become that program.
    bench.options.lock_timeout = std::time::Duration::from_secs(5);
    let (_, first) = bench.apply(BEFORE).await;
    assert!(first.unwrap().complete);
    bench
}

/// Dies after so many events; whether it died.
async fn dies_after(bench: &Bench, events: usize) -> bool {
    let plan = plan(AFTER, &bench.live, bench.store.as_ref()).await;
    let sink = DiesAfter { left: AtomicUsize::new(events) };
    let (_stop, cancelled) = tokio::sync::watch::channel(false);
    let mut run = Box::pin(bench.run(&plan, &sink, cancelled));
    std::future::poll_fn(|context| {
        let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run.as_mut().poll(context)));
        match polled {
            Ok(std::task::Poll::Pending) => std::task::Poll::Pending,
            Ok(std::task::Poll::Ready(_)) => std::task::Poll::Ready(false),
            Err(_) => std::task::Poll::Ready(true),
        }
    })
    .await
}

async fn every_death_is_made_good(atomic: bool, stores: impl Fn() -> Arc<dyn StateStore>) {
    let mut deaths = 0;
    for events in 1.. {
        let bench = prepared(atomic, stores()).await;
        if !dies_after(&bench, events).await {
            break;
        }
        deaths += 1;
        let (told, result) = bench.apply(AFTER).await;
        assert!(result.as_ref().is_ok_and(|run| run.complete), "after {events}: {result:?} {told:?}");
        let expected = texts(&[("kept", "1"), ("changed", "2"), ("new", "1"), ("other", "1")]);
        assert_eq!(bench.live.contents(), expected, "after {events}");
        assert_eq!(bench.applied().await, expected, "after {events}");
        let store = Records::of(bench.store.as_ref(), "staging");
        assert_eq!(store.scope().await.unwrap(), Some(Scope::nowhere("shop", "staging")), "after {events}");
        let newest = store.revisions(1).await.unwrap().remove(0);
        let kept = store.resources_after(&newest).await.unwrap();
        let kept = kept.values().map(|one| (one.address.path(), one.body.as_str().unwrap()));
        assert_eq!(texts(&kept.collect::<Vec<_>>()), expected, "after {events}");
        let once: Vec<usize> = bench.live.writes().into_values().collect();
        assert_eq!(once, [2, 2, 1, 1, 1], "after {events}: {:?}", bench.live.writes());
        let (told, again) = bench.apply(AFTER).await;
        assert_eq!((told, again.unwrap().generation), (["lease", "held", "released"].map(String::from).into(), None));
        let records = Records::of(bench.store.as_ref(), "staging").revisions(9).await.unwrap();
        let numbers: Vec<u64> = records.iter().rev().map(|record| record.generation).collect();
        assert_eq!(numbers, (1..=records.len() as u64).collect::<Vec<_>>());
        assert_eq!(records.last().map(|record| record.outcome), Some(RunOutcome::Done));
    }
    assert!(deaths >= if atomic { 15 } else { 16 }, "{deaths}");
}

#[tokio::test]
async fn in_memory_address_by_address() {
    every_death_is_made_good(false, || Arc::new(MemoryStore::default())).await;
}

#[tokio::test]
async fn in_memory_as_a_whole() {
    every_death_is_made_good(true, || Arc::new(MemoryStore::default())).await;
}

#[tokio::test]
async fn on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let fresh = || {
        let path = folder.path().join(number.fetch_add(1, Ordering::SeqCst).to_string());
        let store: Arc<dyn StateStore> = Arc::new(FsStore::new(&path));
        store
    };
    every_death_is_made_good(false, fresh).await;
}
