//! Runs against a scripted live system.

mod crash;
mod faults;
mod live;
mod several;

use crate::backend::table::Backends;
use crate::event::{Event, EventSink};
use crate::exec::testing::Literals;
use crate::exec::{ExecError, Execution, OnFailure, Options, Request, execute};
use crate::model::{Address, Applier, Digest, Resource, Revision, Scope, Tree};
use crate::plan::{Action, Applied, Change, Plan};
use crate::state::record::Records;
use crate::state::{MemoryStore, StateStore};
use crate::sys::FixedClock;
use live::Live;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Keeps the words of all events.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn words(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl EventSink for Told {
    fn emit(&self, event: &Event) {
        self.0.lock().unwrap().push(word(event));
    }
}

fn word(event: &Event) -> String {
    use crate::event::Ended;
    match event {
        Event::LeaseWaiting { holder } => format!("waiting for {holder}"),
        Event::LeaseTaken => "lease".into(),
        Event::LeaseReleased => "released".into(),
        Event::PreconditionsHeld => "held".into(),
        Event::ChangeStarted { address, action } => format!("{} {}", action.as_str(), address.path()),
        Event::ChangeEnded { address, ended, .. } => match ended {
            Ended::Done => format!("done {}", address.path()),
            Ended::Failed(reason) => format!("failed {}: {reason}", address.path()),
            Ended::Skipped(reason) => format!("skipped {}: {reason}", address.path()),
        },
        Event::Recorded { address } => format!("recorded {}", address.path()),
        Event::Retrying { reason, after_ms, .. } => format!("again in {after_ms}: {reason}"),
        Event::HealthWaiting { address, reason } => format!("{} waits: {reason}", address.path()),
        Event::RevisionRecorded { generation } => format!("revision {generation}"),
        other => format!("{other:?}"),
    }
}

fn address(name: &str) -> Address {
    Address::new("live", None, [name])
}

fn resource(name: &str, text: &str, after: &[&str]) -> Resource {
    let body = Tree::text(text);
    Resource {
        after: after.iter().map(|name| address(name)).collect(),
        ..Resource::new(address(name), Some("c".into()), body)
    }
}

/// What ought to be there: instance, name, text, what comes first.
type Wanted<'a> = [(&'a str, &'a str, &'a str, &'a [&'a str])];

/// A plan as `plan/` would make it, from what is there and what ought to be.
async fn plan(wanted: &Wanted<'_>, live: &Live, store: &dyn StateStore) -> Plan {
    let records = Records::of(store, "staging");
    let applied = records.applied().await.unwrap();
    let there = live.contents();
    let mut changes = Vec::new();
    for (instance, name, text, after) in wanted {
        let precondition = there.get(*name).map(|text| live::fingerprint(text));
        let action = match there.get(*name) {
            None => Action::Create,
            Some(live) if live == text => Action::Keep,
            Some(_) => Action::Update,
        };
        changes.push(change(instance, name, action, after, precondition));
    }
    let mut forgotten = BTreeMap::new();
    for name in applied.keys().map(|address| address.path().to_owned()) {
        if wanted.iter().any(|(_, wanted, ..)| *wanted == name) {
            continue;
        }
        match there.get(&name) {
            Some(text) => changes.push(change("a", &name, Action::Delete, &[], Some(live::fingerprint(text)))),
            None => drop(forgotten.insert(address(&name), Applier::new("a", "live"))),
        }
    }
    Plan {
        environment: "staging".into(),
        project: "shop".into(),
        scope: Scope::nowhere("shop", "staging"),
        targets: vec![],
        revision: Revision { commit: Some("c0ffee".into()), dirty: false, digest: Digest::of("r") },
        lineage: store.lineage().await.unwrap(),
        generation: records.generation().await.unwrap(),
        generations: BTreeMap::new(),
        destroy: false,
        forgotten,
        only: vec![],
        changes,
        resources: wanted.iter().map(|(_, name, text, after)| (address(name), resource(name, text, after))).collect(),
        applied,
        artifacts: BTreeMap::new(),
        deferred: vec![],
        gaps: vec![],
        losses: vec![],
        findings: vec![],
        tickets: vec![],
        cursors: BTreeMap::new(),
        secrets: crate::plan::PlannedSecrets::default(),
    }
}

fn change(instance: &str, name: &str, action: Action, after: &[&str], precondition: Option<Digest>) -> Change {
    Change {
        address: address(name),
        component: Some("c".into()),
        backend: "live".into(),
        instance: instance.into(),
        action,
        after: after.iter().map(|name| address(name)).collect(),
        wave: 0,
        reason: String::new(),
        disruptive: false,
        steps: vec![],
        precondition,
        fields: vec![],
        moved_from: None,
    }
}

/// A live system, a store, and who listens.
struct Bench {
    live: Live,
    store: Arc<dyn StateStore>,
    options: Options,
}

impl Bench {
    fn new() -> Self {
        let options = Options { on_failure: OnFailure::Keep, ..Options::default() };
        Self { live: Live::default(), store: Arc::new(MemoryStore::default()), options }
    }

    fn backends(&self) -> Backends {
        let mut backends = Backends::default();
        for instance in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
            backends.insert(instance, Arc::new(self.live.instance(instance)));
        }
        backends
    }

    async fn run(
        &self,
        plan: &Plan,
        events: &dyn EventSink,
        cancelled: tokio::sync::watch::Receiver<bool>,
    ) -> Result<Execution, ExecError> {
        let digest = Digest::of("plan");
        let backends = self.backends();
        let context = crate::backend::Context { events, cancelled };
        let request = Request {
            supply: &Literals,
            plan,
            digest: &digest,
            backends: &backends,
            store: self.store.as_ref(),
            clock: &FixedClock::at(0),
            who: "alice",
            why: "because",
            options: &self.options,
            secrets: &BTreeMap::new(),
        };
        execute(&context, request).await
    }

    /// Plans and runs; what was told, and what came out.
    async fn apply(&self, wanted: &Wanted<'_>) -> (Vec<String>, Result<Execution, ExecError>) {
        let plan = plan(wanted, &self.live, self.store.as_ref()).await;
        self.run_told(&plan).await
    }

    async fn run_told(&self, plan: &Plan) -> (Vec<String>, Result<Execution, ExecError>) {
        let told = Told::default();
        let (_stop, cancelled) = tokio::sync::watch::channel(false);
        let result = self.run(plan, &told, cancelled).await;
        (told.words(), result)
    }

    async fn applied(&self) -> BTreeMap<String, String> {
        let applied = Records::of(self.store.as_ref(), "staging").applied().await.unwrap();
        let text = |applied: Applied| applied.body.as_str().unwrap().to_owned();
        applied.into_iter().map(|(address, applied)| (address.path().to_owned(), text(applied))).collect()
    }
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}
