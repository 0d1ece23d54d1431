//! A run is killed at every event it tells of; the next one converges, and nothing is done twice.

use super::{Loop, desired, thing};
use crate::backend::Backend;
use crate::backend::git::{GitBackend, GitTarget};
use crate::backend::memory::MemoryBackend;
use crate::event::{Event, EventSink};
use crate::exec::testing::{Desired, Told, actions, context};
use crate::model::{Address, Resource};
use crate::plan::Options;
use crate::state::FsStore;
use crate::state::record::{Records, RevisionOutcome};
use crate::sys::FixedClock;
use crate::sys::process::{Invocation, run};
use rustix::process::{Signal, getpid, kill_process};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Kills its own process at an event.
struct Killer {
    at: usize,
    seen: AtomicUsize,
}

impl EventSink for Killer {
    fn emit(&self, _event: &Event) {
        if self.seen.fetch_add(1, Ordering::SeqCst) == self.at {
            let _ = kill_process(getpid(), Signal::KILL);
            std::thread::sleep(std::time::Duration::from_mins(1));
        }
    }
}

fn variable(name: &str) -> Option<String> {
    crate::sys::Variables::text(&crate::sys::ProcessVariables, name)
}

fn turn(folder: &Path, kind: &str) -> Loop {
    let backend: Arc<dyn Backend> = if kind == "memory" {
        Arc::new(MemoryBackend::in_folder("shop/staging", folder.join("live")))
    } else {
        let target = GitTarget {
            root: folder.join("project"),
            cache: folder.join("cache"),
            project: "shop".into(),
            environment: "staging".into(),
            instance: "compose".into(),
            siblings: vec!["compose".into()],
            repository: if kind == "git" {
                ".".into()
            } else {
                format!("file://{}", folder.join("state.git").display())
            },
            branch: "driftless/staging".into(),
            path: ".".into(),
        };
        Arc::new(GitBackend::new(target, Arc::new(FixedClock::at(1_800_000_000))).unwrap())
    };
    let mut turn = Loop::new([("compose", backend)]);
    turn.store = Arc::new(FsStore::new(folder.join(".driftless")));
    turn
}

fn file(name: &str, value: i64) -> Resource {
    let address = Address::new("git", None, ["compose", name]);
    let text = format!("value: {value}\n");
    let body = crate::backend::git::parse_body(name, &text);
    Resource { text: Some(text), ..Resource::new(address, Some("cache".into()), body) }
}

/// What is there before, and what the run that is killed must bring about: something is made, changed, deleted, kept.
fn states(kind: &str) -> (Desired, Desired) {
    if kind == "memory" {
        let before = vec![thing("a", 1, &[]), thing("gone", 1, &[]), thing("kept", 1, &[])];
        (desired(before), desired(vec![thing("a", 2, &["new"]), thing("new", 1, &[]), thing("kept", 1, &[])]))
    } else {
        let before = vec![file("a.yaml", 1), file("gone.yaml", 1), file("kept.yaml", 1)];
        (desired(before), desired(vec![file("a.yaml", 2), file("kept.yaml", 1), file("new.yaml", 1)]))
    }
}

fn prepare(folder: &Path) {
    for arguments in [vec!["init", "-q", "project"], vec!["init", "-q", "--bare", "state.git"]] {
        assert!(run(&Invocation::new("git", arguments, folder)).unwrap().success());
    }
}

/// The process that is killed: only when the test below starts it.
#[tokio::test]
async fn child() {
    let (Some(folder), Some(kind), Some(at)) = (variable("DL_FOLDER"), variable("DL_KIND"), variable("DL_AT")) else {
        return;
    };
    let turn = turn(&PathBuf::from(folder), &kind);
    let (_, after) = states(&kind);
    let plan = turn.plan_with(&after, Options { max_deletions: Some(9), ..Options::default() }).await.unwrap();
    let killer = Killer { at: at.parse().unwrap(), seen: AtomicUsize::new(0) };
    turn.run_told(&plan, &context(&killer)).await.unwrap();
}

async fn killed_at(kind: &str, at: usize) -> bool {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let (before, after) = states(kind);
    turn(folder.path(), kind).apply(&before).await;
    let test = std::env::current_exe().unwrap();
    let test = test.to_str().unwrap();
    let mut child = Invocation::new(test, ["--exact", "exec::tests::killed::child", "--nocapture"], folder.path());
    let variables =
        [("DL_FOLDER", folder.path().display().to_string()), ("DL_KIND", kind.into()), ("DL_AT", at.to_string())];
    child.set = variables.map(|(name, value)| (name.to_owned(), value.into())).to_vec();
    let ended = run(&child).unwrap();
    let killed = ended.code.is_none();
    assert!(killed || ended.success(), "{}", String::from_utf8_lossy(&ended.output));

    let turn = turn(folder.path(), kind);
    let options = Options { max_deletions: Some(9), ..Options::default() };
    let plan = turn.plan_with(&after, options).await.unwrap();
    // What was done already is not done again.
    let told = Told::default();
    let done = turn.run_told(&plan, &context(&told)).await.unwrap();
    assert!(done.complete, "{kind} {at}: {done:?}");
    let next = turn.plan(&after).await.unwrap();
    assert_eq!(actions(&next), [], "{kind} {at}");
    assert_eq!(turn.classes(&after).await, [], "{kind} {at}");
    let seen = turn.observe(&after).await.unwrap().remove("compose").unwrap();
    let there: Vec<_> = seen.resources.keys().cloned().collect();
    let mut declared: Vec<_> = after["compose"].iter().map(|resource| resource.address.clone()).collect();
    declared.sort();
    assert_eq!(there, declared, "{kind} {at}");
    let records = Records::of(turn.store.as_ref(), "staging");
    let applied: Vec<_> = records.applied().await.unwrap().into_keys().collect();
    assert!(declared.iter().all(|address| applied.contains(address)), "{kind} {at}: {applied:?}");
    if done.generation.is_some() {
        let newest = records.revision(records.generation().await.unwrap()).await.unwrap().unwrap();
        assert_eq!(newest.outcome, RevisionOutcome::Applied, "{kind} {at}");
    }
    if kind != "memory" {
        let repository = if kind == "git" { folder.path().join("project") } else { folder.path().join("state.git") };
        let count = run(&Invocation::new("git", ["rev-list", "--count", "driftless/staging"], &repository)).unwrap();
        assert_eq!(
            String::from_utf8(count.output).unwrap(),
            "2\n",
            "{kind} {at}: one commit each, whenever it is killed"
        );
    }
    killed
}

async fn at_every_event(kind: &str) {
    let mut at = 0;
    while killed_at(kind, at).await {
        at += 1;
    }
    assert!(at >= 10, "{kind} tells of {at} events only");
}

#[tokio::test]
async fn on_memory_a_run_that_is_killed_at_any_event_can_be_made_again() {
    at_every_event("memory").await;
}

#[tokio::test]
async fn on_a_branch_here_a_run_that_is_killed_at_any_event_can_be_made_again() {
    at_every_event("git").await;
}

#[tokio::test]
async fn on_a_remote_branch_a_run_that_is_killed_at_any_event_can_be_made_again() {
    at_every_event("remote").await;
}
