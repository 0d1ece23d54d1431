//! The loop as ops runs it, for tests of backends and of runs: observe, plan, apply.

use super::{ExecError, Execution, Options, Request, execute};
use crate::backend::table::Backends;
use crate::backend::{Backend, BackendError, Context, ErrorClass, ObserveRequest, Supply};
use crate::event::{EventSink, Silent};
use crate::model::{Address, Applier, Digest, Resource, Revision, Scope, SecretValue, Value};
use crate::plan::{
    Action, Applied, Assessment, Inputs, InstanceInput, Observation, Options as PlanOptions, Plan, PlanError, assess,
    make,
};
use crate::state::record::Records;
use crate::state::{MemoryStore, StateStore};
use crate::sys::FixedClock;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The environment of all these tests.
pub const ENVIRONMENT: &str = "staging";

/// A context that is never cancelled.
pub fn context(events: &dyn EventSink) -> Context<'_> {
    Context { events, cancelled: watch::channel(false).1 }
}

/// Knows no secret.
pub struct Literals;

impl Supply for Literals {
    fn fill(&self, value: &Value) -> Result<SecretValue, BackendError> {
        let unknown = || BackendError::new(ErrorClass::Denied, "no secret is known here");
        value.as_literal().map(|text| SecretValue::new(text.into())).ok_or_else(unknown)
    }
}

/// An environment of a single instance or several, and its memory.
pub struct Loop {
    pub backends: Backends,
    pub store: Arc<dyn StateStore>,
    pub options: Options,
    pub revision: Revision,
}

/// What must be there, by instance.
pub type Desired = BTreeMap<String, Vec<Resource>>;

impl Loop {
    pub fn new(backends: impl IntoIterator<Item = (&'static str, Arc<dyn Backend>)>) -> Self {
        let mut all = Backends::default();
        for (instance, backend) in backends {
            all.insert(instance, backend);
        }
        let mut options = Options { health_pause: Duration::from_millis(1), ..Options::default() };
        options.retry.pause = Duration::from_millis(1);
        let revision = Revision { commit: Some("1".repeat(40)), dirty: false, digest: Digest::of("input") };
        Self { backends: all, store: Arc::new(MemoryStore::default()), options, revision }
    }

    pub async fn observe(&self, desired: &Desired) -> Result<BTreeMap<Applier, Observation>, BackendError> {
        let shares = self.shares().await;
        let mut observations = BTreeMap::new();
        for (applier, backend) in self.backends.iter() {
            let wanted = self.wanted(desired, applier);
            let request = ObserveRequest {
                environment: ENVIRONMENT,
                desired: &wanted,
                applied: &shares[applier],
                only: &[],
                supply: &Literals,
            };
            observations.insert(applier.clone(), backend.observe(&context(&Silent), request).await?);
        }
        Ok(observations)
    }

    /// What a backend of an instance applies of what is declared there.
    fn wanted(&self, desired: &Desired, applier: &Applier) -> Vec<Resource> {
        let all = desired.get(&applier.instance).into_iter().flatten();
        let is_its =
            |resource: &&Resource| self.backends.owner_of(Some(&applier.instance), &resource.address) == Some(applier);
        all.filter(is_its).cloned().collect()
    }

    /// What was applied, by whose it is.
    pub async fn shares(&self) -> BTreeMap<Applier, BTreeMap<Address, Applied>> {
        self.backends.share(&Records::of(self.store.as_ref(), ENVIRONMENT).applied().await.unwrap())
    }

    pub async fn plan(&self, desired: &Desired) -> Result<Plan, PlanError> {
        self.plan_with(desired, PlanOptions::default()).await
    }

    pub async fn plan_with(&self, desired: &Desired, options: PlanOptions<'_>) -> Result<Plan, PlanError> {
        self.inputs(desired, options, make).await
    }

    /// The classes of all addresses that are not in sync.
    pub async fn classes(&self, desired: &Desired) -> Vec<(String, String)> {
        let class = |assessment: Assessment<'_>| {
            let shown = |class| serde_json::to_value(class).unwrap().as_str().unwrap().to_owned();
            let all = assessment.resources.iter().map(|(address, one)| (address.to_string(), shown(one.class)));
            Ok(all.filter(|(_, class)| class != "in_sync").collect())
        };
        self.inputs(desired, PlanOptions::default(), |inputs| assess(inputs).and_then(class)).await.unwrap()
    }

    async fn inputs<T>(
        &self,
        desired: &Desired,
        options: PlanOptions<'_>,
        then: impl FnOnce(&Inputs<'_>) -> Result<T, PlanError>,
    ) -> Result<T, PlanError> {
        let records = Records::of(self.store.as_ref(), ENVIRONMENT);
        let observations = self.observe(desired).await.unwrap();
        let applied = self.shares().await;
        let none = BTreeMap::new();
        let wanted: BTreeMap<_, _> =
            self.backends.iter().map(|(applier, _)| (applier, self.wanted(desired, applier))).collect();
        let instances: Vec<_> = self
            .backends
            .iter()
            .map(|(applier, backend)| InstanceInput {
                name: &applier.instance,
                kind: "any",
                backend: backend.name(),
                granularity: backend.capabilities().granularity,
                table: backend.table(),
                desired: &wanted[applier],
                observation: &observations[applier],
                applied: &applied[applier],
                procedures: &[],
                artifacts: &none,
            })
            .collect();
        let lineage = self.store.lineage().await.unwrap();
        then(&Inputs {
            environment: ENVIRONMENT,
            project: "shop",
            scope: &Scope::nowhere("shop", ENVIRONMENT),
            revision: &self.revision,
            instances: &instances,
            moved: &[],
            ignore: &[],
            today: "2026-01-31",
            options,
            lineage: lineage.as_deref(),
            generation: records.generation().await.unwrap(),
            deferred: &[],
            losses: &[],
            findings: &[],
        })
    }

    pub async fn run(&self, plan: &Plan) -> Result<Execution, ExecError> {
        self.run_told(plan, &context(&Silent)).await
    }

    pub async fn run_told(&self, plan: &Plan, context: &Context<'_>) -> Result<Execution, ExecError> {
        let digest = Digest::of_json(plan).unwrap();
        let request = Request {
            plan,
            digest: &digest,
            backends: &self.backends,
            store: self.store.as_ref(),
            clock: &FixedClock::at(1_800_000_000),
            who: "Ada <ada@example.org>",
            why: "because",
            options: &self.options,
            secrets: &BTreeMap::new(),
            supply: &Literals,
        };
        execute(context, request).await
    }

    /// Plans and runs; the whole must succeed.
    pub async fn apply(&self, desired: &Desired) -> Execution {
        let plan = self.plan(desired).await.unwrap();
        let done = self.run(&plan).await.unwrap();
        assert!(done.complete, "{done:?}");
        done
    }
}

/// The changes of a plan that do something.
pub fn actions(plan: &Plan) -> Vec<(String, Action)> {
    let changes = plan.changes.iter().filter(|change| change.action != Action::Keep);
    changes.map(|change| (change.address.to_string(), change.action)).collect()
}
