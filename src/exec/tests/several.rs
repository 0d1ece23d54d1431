//! An instance with two backends: one makes what runs, another looks after what is inside of it.

use crate::backend::memory::MemoryBackend;
use crate::backend::{Backend, BackendError, Batch, Capabilities, Context, Health, ObserveRequest, Outcome};
use crate::exec::testing::{Desired, Loop, actions};
use crate::model::{Address, Applier, Carrier, Resource, Tree};
use crate::plan::{Action, CompareTable, Observation};
use crate::render::Rendered;
use crate::seam::BoxFuture;
use crate::state::record::Records;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A memory that takes addresses of one kind alone.
struct OfKind {
    kind: &'static str,
    memory: MemoryBackend,
}

impl Backend for OfKind {
    fn name(&self) -> &str {
        self.kind
    }

    fn capabilities(&self) -> Capabilities {
        self.memory.capabilities()
    }

    fn table(&self) -> &'static CompareTable {
        self.memory.table()
    }

    fn desired(&self, instance: &str, rendered: &Rendered) -> Vec<Resource> {
        self.memory.desired(instance, rendered)
    }

    fn observe<'a>(
        &'a self,
        context: &'a Context<'a>,
        request: ObserveRequest<'a>,
    ) -> BoxFuture<'a, Result<Observation, BackendError>> {
        self.memory.observe(context, request)
    }

    fn apply<'a>(
        &'a self,
        context: &'a Context<'a>,
        batch: Batch<'a>,
    ) -> BoxFuture<'a, Result<Vec<Outcome>, BackendError>> {
        assert!(batch.changes.iter().all(|change| change.backend == self.kind), "{:?}", batch.changes);
        self.memory.apply(context, batch)
    }

    fn probe<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a Address,
    ) -> BoxFuture<'a, Result<Health, BackendError>> {
        self.memory.probe(context, address)
    }
}

fn resource(address: &str, value: &str) -> Resource {
    Resource::new(address.parse().unwrap(), Some("c".into()), Tree::from([("v", Tree::text(value))]))
}

/// `inner:a/x` lives in `box:a`.
fn inside(value: &str) -> Resource {
    let carrier: Address = "box:a".parse().unwrap();
    let after = vec![carrier.clone()];
    Resource { after, carriers: vec![Carrier { address: carrier, reach: None }], ..resource("inner:a/x", value) }
}

fn desired(outer: &str, inner: &str) -> Desired {
    BTreeMap::from([("main".to_owned(), vec![inside(inner), resource("box:a", outer)])])
}

#[tokio::test]
async fn each_does_what_is_its_own_and_both_are_one_plan() {
    let (outer, inner) = (MemoryBackend::new("shop/staging"), MemoryBackend::new("shop/staging"));
    let backend = |kind, memory: &MemoryBackend| -> Arc<dyn Backend> {
        Arc::new(OfKind { kind, memory: memory.owned_by("shop/staging") })
    };
    let turn = Loop::new([("main", backend("box", &outer)), ("main", backend("inner", &inner))]);
    let plan = turn.plan(&desired("1", "1")).await.unwrap();
    let appliers: Vec<_> = plan.changes.iter().map(|change| change.applier().to_string()).collect();
    assert_eq!(appliers, ["main/box", "main/inner"]);
    assert_eq!(actions(&plan), [("box:a".to_owned(), Action::Create), ("inner:a/x".to_owned(), Action::Run)]);
    assert!(turn.run(&plan).await.unwrap().complete);
    let there = |memory: &MemoryBackend| memory.things().unwrap().keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((there(&outer), there(&inner)), (vec!["box:a".to_owned()], vec!["inner:a/x".to_owned()]));

    assert_eq!(actions(&turn.plan(&desired("1", "1")).await.unwrap()), []);
    let plan = turn.plan(&desired("1", "2")).await.unwrap();
    assert_eq!(actions(&plan), [("inner:a/x".to_owned(), Action::Update)]);
    assert!(turn.run(&plan).await.unwrap().complete);

    // What was applied is remembered for the instance, and is whose kind it is.
    let applied = Records::of(turn.store.as_ref(), "staging").applied().await.unwrap();
    assert_eq!(applied.values().map(|one| one.instance.as_deref()).collect::<Vec<_>>(), [Some("main"); 2]);
    let shares = turn.backends.share(&applied);
    let of = |kind: &str| shares[&Applier::new("main", kind)].keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((of("box"), of("inner")), (vec!["box:a".to_owned()], vec!["inner:a/x".to_owned()]));
}
