//! Wrong backends: each breaks one rule of the suite, and is found by that one.

use super::conformance::Rule;
use super::{
    Backend, BackendError, Batch, BoxFuture, Capabilities, Context, ErrorClass, Health, ObserveRequest, Outcome,
};
use crate::model::{Address, Digest, Effect, Resource, Tree};
use crate::plan::{Action, Added, Change, CompareKind, CompareTable, Observation, Observed, Row};
use crate::render::Rendered;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// It does not see one of ours.
    ObservesOneLess,
    /// It says that it applies, and does not.
    AppliesNothing,
    /// What it sees is never the same.
    NeverTheSame,
    /// It looks at everything, whatever is asked for.
    LooksAtEverything,
    /// What it sees in a narrow look has another fingerprint.
    NarrowFingerprints,
    /// It says another fingerprint of what it applied than it sees.
    SaysOtherwise,
    /// Applied again, what is there already becomes another thing.
    AppliesTwice,
    /// All things have one fingerprint.
    OneFingerprint,
    /// Everything is equal to it.
    AlwaysEqual,
    /// It sees what was there once.
    SeesTheDead,
    /// It does not see what is not ours.
    HidesOthers,
    /// It takes for ours what is not.
    ClaimsOthers,
    /// It overwrites what is not ours.
    TakesOver,
    /// It applies to what somebody else has changed.
    ForgetsPreconditions,
    /// It refuses what somebody else has changed, and writes it all the same.
    WritesWhatItRefuses,
    /// It says that it deletes, and does not.
    DeletesNothing,
    /// Where it deletes something, it deletes what is not ours too.
    DeletesOthers,
    /// It says that it deletes, and does so once.
    DeletesOnce,
}

/// All of them.
pub const MUTATIONS: [Mutation; 18] = [
    Mutation::ObservesOneLess,
    Mutation::AppliesNothing,
    Mutation::NeverTheSame,
    Mutation::LooksAtEverything,
    Mutation::NarrowFingerprints,
    Mutation::SaysOtherwise,
    Mutation::AppliesTwice,
    Mutation::OneFingerprint,
    Mutation::AlwaysEqual,
    Mutation::SeesTheDead,
    Mutation::HidesOthers,
    Mutation::ClaimsOthers,
    Mutation::TakesOver,
    Mutation::ForgetsPreconditions,
    Mutation::WritesWhatItRefuses,
    Mutation::DeletesNothing,
    Mutation::DeletesOthers,
    Mutation::DeletesOnce,
];

impl Mutation {
    /// The rule that finds it.
    const fn rule(self) -> &'static str {
        match self {
            Self::ObservesOneLess | Self::AppliesNothing => "what is declared is made: ",
            Self::NeverTheSame => "two looks at the same are the same: ",
            Self::LooksAtEverything => "a narrow look sees what was asked for: ",
            Self::NarrowFingerprints => "a fingerprint is the same in a narrow look: ",
            Self::SaysOtherwise => "applied again, it says the same: ",
            Self::AppliesTwice => "applying twice is applying once: ",
            Self::OneFingerprint => "a fingerprint moves with its thing and no other: ",
            Self::AlwaysEqual => "what was changed by hand is put back: ",
            Self::SeesTheDead => "what was deleted by hand is made again: ",
            Self::HidesOthers | Self::ClaimsOthers => "what is not ours is seen and untouched: ",
            Self::TakesOver => "what is not ours is not overwritten",
            Self::ForgetsPreconditions => "a backend refuses by itself what has moved",
            Self::WritesWhatItRefuses => "what was refused has changed nothing: ",
            Self::DeletesNothing => "what was deleted is gone",
            Self::DeletesOthers => "a deletion takes nothing that is not ours: ",
            Self::DeletesOnce => "only what is not ours is left: ",
        }
    }

    /// Asserts that the suite found it, by the rule that it breaks and no other.
    #[track_caller]
    pub fn assert_found(self, found: &Rule) {
        let Err(broken) = found else { panic!("the suite passes {self:?}") };
        // A backend that remembers by itself knows that it is still there, and the next plan would delete it.
        let planned_again = self == Self::DeletesNothing
            && broken.starts_with("a change is there afterwards: the next plan is empty: ");
        assert!(broken.starts_with(self.rule()) || planned_again, "{self:?} is found by another rule: {broken}");
    }
}

/// A backend with something wrong.
pub struct Mutant {
    inner: Arc<dyn Backend>,
    mutation: Mutation,
    seen: Mutex<BTreeMap<Address, Observed>>,
    looks: Mutex<usize>,
    deletions: Mutex<usize>,
}

static BLIND: CompareTable = CompareTable {
    backend: "mutant",
    rows: &[Row {
        pattern: "**",
        kind: CompareKind::Unobservable,
        repair: Effect::Runtime,
        change: Effect::Runtime,
        added: Added::Silent("blind"),
    }],
};

impl Mutant {
    pub fn new(inner: Arc<dyn Backend>, mutation: Mutation) -> Self {
        Self { inner, mutation, seen: Mutex::default(), looks: Mutex::default(), deletions: Mutex::default() }
    }

    fn spoil(&self, observation: &mut Observation, narrow: bool) {
        let resources = &mut observation.resources;
        match self.mutation {
            Mutation::ObservesOneLess => {
                let ours = resources.iter().filter(|(_, observed)| observed.ours);
                if let Some(address) = ours.map(|(address, _)| address.clone()).next_back() {
                    resources.remove(&address);
                }
            }
            Mutation::NeverTheSame => {
                let mut looks = self.looks.lock().unwrap();
                *looks += 1;
                for observed in resources.values_mut() {
                    observed.outputs.insert("look".into(), looks.to_string());
                }
            }
            Mutation::NarrowFingerprints if narrow => {
                resources.values_mut().for_each(|observed| observed.fingerprint = Digest::of("narrow"));
            }
            Mutation::OneFingerprint => {
                resources.values_mut().for_each(|observed| observed.fingerprint = Digest::of("one"));
            }
            Mutation::SeesTheDead => {
                let mut seen = self.seen.lock().unwrap();
                seen.extend(resources.clone());
                resources.clone_from(&seen);
            }
            Mutation::HidesOthers => resources.retain(|_, observed| observed.ours),
            Mutation::ClaimsOthers => resources.values_mut().for_each(|observed| observed.ours = true),
            _ => {}
        }
    }

    async fn everything(&self, context: &Context<'_>, batch: Batch<'_>) -> Result<Observation, BackendError> {
        let environment = &batch.record.environment;
        let request =
            ObserveRequest { environment, desired: &[], applied: batch.applied, only: &[], supply: batch.supply };
        self.inner.observe(context, request).await
    }

    /// The batch as the mutant has it done.
    async fn twist(&self, context: &Context<'_>, batch: Batch<'_>) -> Result<Vec<Outcome>, BackendError> {
        let mut changes = batch.changes.to_vec();
        let mut resources = batch.resources.clone();
        let there = self.everything(context, batch).await?.resources;
        let fingerprint = |address: &Address| there.get(address).map(|observed| observed.fingerprint.clone());
        match self.mutation {
            Mutation::AppliesTwice => {
                for resource in resources.values_mut().filter(|one| is_as(one, there.get(&one.address))) {
                    more(resource);
                }
            }
            Mutation::TakesOver => {
                let kept = |change: &&mut Change| change.action != Action::Delete;
                changes.iter_mut().filter(kept).for_each(|change| change.action = Action::Adopt);
            }
            Mutation::ForgetsPreconditions | Mutation::WritesWhatItRefuses | Mutation::OneFingerprint => {
                changes.iter_mut().for_each(|change| change.precondition = fingerprint(&change.address));
            }
            Mutation::DeletesNothing => changes.retain(|change| change.action != Action::Delete),
            Mutation::DeletesOnce => {
                let mut deletions = self.deletions.lock().unwrap();
                changes.retain(|change| change.action != Action::Delete || *deletions == 0);
                *deletions += changes.iter().filter(|change| change.action == Action::Delete).count();
            }
            _ => {}
        }
        let moved: Vec<_> = batch.changes.iter().filter(|one| one.precondition != fingerprint(&one.address)).collect();
        let done = self.inner.apply(context, Batch { changes: &changes, resources: &resources, ..batch }).await?;
        if self.mutation == Mutation::DeletesOthers && changes.iter().any(|change| change.action == Action::Delete) {
            self.delete_others(context, batch, &there).await?;
        }
        let outcome = |change: &Change| {
            let done = done.iter().find(|outcome| outcome.address == change.address);
            let result = match done.map(|outcome| outcome.result.clone()) {
                None => Ok(None),
                Some(Ok(Some(_))) if self.mutation == Mutation::SaysOtherwise => Ok(Some(Digest::of("otherwise"))),
                Some(Ok(Some(_))) if self.mutation == Mutation::OneFingerprint => Ok(Some(Digest::of("one"))),
                Some(Ok(_)) if self.mutation == Mutation::AppliesTwice && change.precondition.is_some() => {
                    Ok(change.precondition.clone())
                }
                Some(Ok(_)) if self.mutation == Mutation::WritesWhatItRefuses && moved.contains(&change) => {
                    Err(BackendError::new(ErrorClass::Conflict, "refused"))
                }
                Some(result) => result,
            };
            Outcome { address: change.address.clone(), result, outputs: BTreeMap::new() }
        };
        Ok(batch.changes.iter().map(outcome).collect())
    }

    /// Takes what is not ours over, to delete it.
    async fn delete_others(
        &self,
        context: &Context<'_>,
        batch: Batch<'_>,
        there: &BTreeMap<Address, Observed>,
    ) -> Result<(), BackendError> {
        // What it is taken over with does not matter: it is deleted at once.
        let (Some(pattern), Some(any)) = (batch.changes.first(), batch.resources.values().next()) else {
            return Ok(());
        };
        for address in there.iter().filter(|(_, observed)| !observed.ours).map(|(address, _)| address) {
            let resource = Resource { address: address.clone(), ..any.clone() };
            let desired = [resource.clone()];
            let (environment, applied) = (batch.record.environment.as_str(), batch.applied);
            let request = ObserveRequest { environment, desired: &desired, applied, only: &[], supply: batch.supply };
            let seen = self.inner.observe(context, request).await?;
            let resources = BTreeMap::from([(address.clone(), resource)]);
            let mut precondition = seen.resources.get(address).map(|observed| observed.fingerprint.clone());
            for action in [Action::Adopt, Action::Delete] {
                let changes = [Change { address: address.clone(), action, precondition, ..pattern.clone() }];
                let batch = Batch { changes: &changes, resources: &resources, cursor: None, generation: None, ..batch };
                let outcomes = self.inner.apply(context, batch).await?;
                precondition = outcomes.into_iter().next().and_then(|outcome| outcome.result.ok().flatten());
            }
        }
        Ok(())
    }
}

fn is_as(resource: &Resource, observed: Option<&Observed>) -> bool {
    observed.is_some_and(|observed| (&observed.body, &observed.text) == (&resource.body, &resource.text))
}

/// Makes it another thing: a line, an element of what is a list already, or a field more.
fn more(resource: &mut Resource) {
    let Resource { text, body, .. } = resource;
    let list = body.as_map_mut().into_iter().flatten().find_map(|(_, one)| match one {
        Tree::List(list) => Some(list),
        _ => None,
    });
    match (text, list) {
        (Some(text), _) => text.push('\n'),
        (None, Some(list)) => list.push(Tree::text("~more")),
        (None, None) => body.insert("more", Tree::Bool(true)),
    }
}

impl Backend for Mutant {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn owns(&self, instance: &str, address: &Address) -> bool {
        self.inner.owns(instance, address)
    }

    fn table(&self) -> &'static CompareTable {
        if self.mutation == Mutation::AlwaysEqual { &BLIND } else { self.inner.table() }
    }

    fn desired(&self, instance: &str, rendered: &Rendered) -> Vec<Resource> {
        self.inner.desired(instance, rendered)
    }

    fn observe<'a>(
        &'a self,
        context: &'a Context<'a>,
        request: ObserveRequest<'a>,
    ) -> BoxFuture<'a, Result<Observation, BackendError>> {
        Box::pin(async move {
            let only = if self.mutation == Mutation::LooksAtEverything { &[] } else { request.only };
            let mut observation = self.inner.observe(context, ObserveRequest { only, ..request }).await?;
            self.spoil(&mut observation, !request.only.is_empty());
            Ok(observation)
        })
    }

    fn apply<'a>(
        &'a self,
        context: &'a Context<'a>,
        batch: Batch<'a>,
    ) -> BoxFuture<'a, Result<Vec<Outcome>, BackendError>> {
        if self.mutation != Mutation::AppliesNothing {
            return Box::pin(self.twist(context, batch));
        }
        Box::pin(async move {
            let outcome = |change: &Change| Outcome {
                address: change.address.clone(),
                result: Ok(change.precondition.clone()),
                outputs: BTreeMap::new(),
            };
            Ok(batch.changes.iter().map(outcome).collect())
        })
    }

    fn probe<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a Address,
    ) -> BoxFuture<'a, Result<Health, BackendError>> {
        self.inner.probe(context, address)
    }
}
