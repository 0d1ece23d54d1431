//! What every backend must do, whatever it talks to. A wrong backend makes the suite fail: the mutants prove it.

use super::{Backend, Batch, ObserveRequest, Outcome};
use crate::event::{Ended, Silent};
use crate::exec::ExecError;
use crate::exec::testing::{Desired, ENVIRONMENT, Literals, Loop, actions, context};
use crate::model::{Address, Resource};
use crate::plan::{Action, Observation, Options};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The instance of the suite.
pub const INSTANCE: &str = "compose";

/// A live system that the suite can meddle with.
pub trait Bench {
    /// The backend over it.
    fn backend(&self) -> Arc<dyn Backend>;
    /// A thing that can be declared, in scope.
    fn resource(&self, name: &str, value: &str) -> Resource;
    /// Makes a thing be as declared by `resource`, behind everybody's back; ours stays ours, a new one is nobody's.
    fn put(&self, resource: &Resource);
    /// Takes a thing away, behind everybody's back.
    fn take(&self, address: &Address);
}

/// What a rule came to: why it does not hold.
pub type Rule = Result<(), String>;

fn must(holds: bool, rule: &str) -> Rule {
    if holds { Ok(()) } else { Err(rule.into()) }
}

fn same<T: PartialEq + std::fmt::Debug>(found: &T, expected: &T, rule: &str) -> Rule {
    if found == expected { Ok(()) } else { Err(format!("{rule}: {found:?} is not {expected:?}")) }
}

/// Runs everything on a system in which nothing is yet; the first rule that does not hold.
pub async fn suite(bench: &dyn Bench) -> Rule {
    let suite = Suite { bench, turn: Loop::new([(INSTANCE, bench.backend())]) };
    let desired = suite.desired(&[("a", "1"), ("b", "1"), ("c", "1")]);
    suite.creates(&desired).await?;
    suite.is_idempotent(&desired).await?;
    suite.sees_and_repairs(&desired).await?;
    suite.leaves_others_alone(&desired).await?;
    suite.refuses_what_moved(&desired).await?;
    let changed = suite.desired(&[("b", "2"), ("c", "1")]);
    suite.changes_and_deletes(&changed).await?;
    suite.destroys_what_is_ours(&changed).await
}

struct Suite<'a> {
    bench: &'a dyn Bench,
    turn: Loop,
}

impl Suite<'_> {
    fn desired(&self, things: &[(&str, &str)]) -> Desired {
        let resources = things.iter().map(|(name, value)| self.bench.resource(name, value)).collect();
        BTreeMap::from([(INSTANCE.to_owned(), resources)])
    }

    fn address(&self, name: &str) -> Address {
        self.bench.resource(name, "").address
    }

    async fn look(&self, desired: &Desired) -> Result<Observation, String> {
        let mut all = self.turn.observe(desired).await.map_err(|error| format!("observe failed: {error}"))?;
        all.pop_first().map(|(_, observation)| observation).ok_or_else(|| "nothing was observed".into())
    }

    async fn apply(&self, desired: &Desired, expected: &[(&str, Action)], rule: &str) -> Rule {
        let plan = self.turn.plan(desired).await.map_err(|error| format!("{rule}: {error}"))?;
        let expected: Vec<_> =
            expected.iter().map(|(name, action)| (self.address(name).to_string(), *action)).collect();
        same(&actions(&plan), &expected, rule)?;
        let done = self.turn.run(&plan).await.map_err(|error| format!("{rule}: {error}"))?;
        must(done.complete, &format!("{rule}: {done:?}"))?;
        self.is_as_declared(desired, rule).await
    }

    async fn is_as_declared(&self, desired: &Desired, rule: &str) -> Rule {
        let seen = self.look(desired).await?;
        for resource in &desired[INSTANCE] {
            let observed =
                seen.resources.get(&resource.address).ok_or(format!("{rule}: {} is not there", resource.address))?;
            same(&observed.body, &resource.body, rule)?;
            same(&observed.text, &resource.text, rule)?;
            must(observed.ours, &format!("{rule}: {} is not ours", resource.address))?;
        }
        let plan = self.turn.plan(desired).await.map_err(|error| format!("{rule}: {error}"))?;
        same(&actions(&plan), &Vec::new(), &format!("{rule}: the next plan is empty"))
    }

    async fn creates(&self, desired: &Desired) -> Rule {
        let before = self.look(desired).await?;
        must(before.resources.is_empty() && before.gaps.is_empty(), "nothing is there at first")?;
        let all = [("a", Action::Create), ("b", Action::Create), ("c", Action::Create)];
        self.apply(desired, &all, "what is declared is made").await
    }

    async fn is_idempotent(&self, desired: &Desired) -> Rule {
        let seen = self.look(desired).await?;
        same(&self.look(desired).await?, &seen, "two looks at the same are the same")?;
        let only = vec![self.address("b").to_string()];
        let request = ObserveRequest {
            environment: ENVIRONMENT,
            desired: &desired[INSTANCE],
            applied: &BTreeMap::new(),
            only: &only,
            supply: &Literals,
        };
        let narrow = self.bench.backend().observe(&context(&Silent), request).await.map_err(|error| error.message)?;
        let addresses: Vec<_> = narrow.resources.keys().cloned().collect();
        same(&addresses, &vec![self.address("b")], "a narrow look sees what was asked for")?;
        same(
            narrow.resources.get(&addresses[0]).map(|one| &one.fingerprint).unwrap(),
            &seen.resources[&addresses[0]].fingerprint,
            "a fingerprint is the same in a narrow look",
        )?;
        let again: Vec<_> = self.created(desired, &seen);
        let outcomes = self.force(desired, &again).await?;
        for outcome in outcomes {
            let fingerprint = seen.resources.get(&outcome.address).map(|observed| observed.fingerprint.clone());
            same(&outcome.result, &Ok(fingerprint), "applied again, it says the same")?;
        }
        same(&self.look(desired).await?, &seen, "applying twice is applying once")
    }

    fn created(&self, desired: &Desired, seen: &Observation) -> Vec<crate::plan::Change> {
        let change = |resource: &Resource| crate::plan::Change {
            address: resource.address.clone(),
            component: resource.component.clone(),
            backend: self.bench.backend().name().into(),
            instance: INSTANCE.into(),
            action: Action::Update,
            after: Vec::new(),
            wave: 0,
            reason: "once more".into(),
            disruptive: false,
            steps: Vec::new(),
            precondition: seen.resources.get(&resource.address).map(|observed| observed.fingerprint.clone()),
            fields: Vec::new(),
            moved_from: None,
        };
        desired[INSTANCE].iter().map(change).collect()
    }

    async fn force(&self, desired: &Desired, changes: &[crate::plan::Change]) -> Result<Vec<Outcome>, String> {
        let resources = desired[INSTANCE].iter().map(|resource| (resource.address.clone(), resource.clone())).collect();
        let record = super::ApplyRecord {
            who: "Ada <ada@example.org>".into(),
            why: "once more".into(),
            revision: self.turn.revision.clone(),
            plan_digest: crate::model::Digest::of("plan"),
            environment: ENVIRONMENT.into(),
            project: "shop".into(),
            generation: 9,
        };
        let applied = self.turn.shares().await.pop_first().map(|(_, applied)| applied).unwrap_or_default();
        let (forgotten, artifacts) = (BTreeSet::new(), BTreeMap::new());
        let batch = Batch {
            changes,
            resources: &resources,
            applied: &applied,
            ticket: None,
            cursor: None,
            generation: None,
            forgotten: &forgotten,
            artifacts: &artifacts,
            supply: &Literals,
            record: &record,
        };
        self.bench.backend().apply(&context(&Silent), batch).await.map_err(|error| error.message)
    }

    async fn sees_and_repairs(&self, desired: &Desired) -> Rule {
        let before = self.look(desired).await?;
        self.bench.put(&self.bench.resource("b", "meddled"));
        let after = self.look(desired).await?;
        for name in ["a", "b", "c"] {
            let fingerprint =
                |seen: &Observation| seen.resources.get(&self.address(name)).map(|one| one.fingerprint.clone());
            let moved = fingerprint(&before) != fingerprint(&after);
            same(&moved, &(name == "b"), "a fingerprint moves with its thing and no other")?;
        }
        self.apply(desired, &[("b", Action::Update)], "what was changed by hand is put back").await?;
        for name in ["a", "b", "c"] {
            self.bench.take(&self.address(name));
            self.apply(desired, &[(name, Action::Create)], "what was deleted by hand is made again").await?;
        }
        Ok(())
    }

    async fn leaves_others_alone(&self, desired: &Desired) -> Rule {
        let foreign = self.bench.resource("foreign", "theirs");
        self.bench.put(&foreign);
        self.foreign_is_untouched(desired, "what is not ours is seen and untouched").await?;
        self.apply(desired, &[], "what is not ours needs no change").await?;
        let mut more = desired.clone();
        more.get_mut(INSTANCE).unwrap().push(self.bench.resource("foreign", "ours"));
        let plan = self.turn.plan(&more).await.map_err(|error| error.to_string())?;
        let gaps: Vec<_> = plan.gaps.iter().map(|gap| gap.address.clone()).collect();
        same(&gaps, &vec![foreign.address.clone()], "what stands in our way is a gap of the plan")?;
        let seen = self.look(&more).await?;
        let changes: Vec<_> =
            self.created(&more, &seen).into_iter().filter(|change| change.address == foreign.address).collect();
        let forced = self.force(&more, &changes).await;
        must(forced.is_err() || forced.is_ok_and(|all| all[0].result.is_err()), "what is not ours is not overwritten")?;
        self.foreign_is_untouched(desired, "what is not ours is as it was").await
    }

    async fn foreign_is_untouched(&self, desired: &Desired, rule: &str) -> Rule {
        let seen = self.look(desired).await?;
        let foreign = self.bench.resource("foreign", "theirs");
        let observed = seen.resources.get(&foreign.address).ok_or(format!("{rule}: it is gone"))?;
        same(&observed.ours, &false, rule)?;
        // What it is need only be told where it stands in our way.
        let mut asked = desired.clone();
        asked.entry(INSTANCE.into()).or_default().push(self.bench.resource("foreign", "ours"));
        let seen = self.look(&asked).await?;
        let observed = seen.resources.get(&foreign.address).ok_or(format!("{rule}: it is gone"))?;
        same(&(&observed.body, &observed.text, observed.ours), &(&foreign.body, &foreign.text, false), rule)
    }

    async fn refuses_what_moved(&self, desired: &Desired) -> Rule {
        let mut changed = desired.clone();
        changed.get_mut(INSTANCE).unwrap()[0] = self.bench.resource("a", "2");
        let plan = self.turn.plan(&changed).await.map_err(|error| error.to_string())?;
        let real: Vec<_> = plan.changes.iter().filter(|change| change.action != Action::Keep).cloned().collect();
        self.bench.put(&self.bench.resource("a", "meddled"));
        let seen = self.look(desired).await?;
        let refused = self.turn.run(&plan).await;
        must(matches!(refused, Err(ExecError::Stale { .. })), "a plan whose address has moved is refused")?;
        let applied = self.force(&changed, &real).await;
        let failed = applied.is_err() || applied.is_ok_and(|all| all.iter().any(|one| one.result.is_err()));
        must(failed, "a backend refuses by itself what has moved")?;
        same(&self.look(desired).await?, &seen, "what was refused has changed nothing")?;
        self.apply(desired, &[("a", Action::Update)], "a new plan puts it back").await
    }

    async fn changes_and_deletes(&self, desired: &Desired) -> Rule {
        let expected = [("a", Action::Delete), ("b", Action::Update)];
        let plan = self.turn.plan(desired).await.map_err(|error| error.to_string())?;
        let mut found = actions(&plan);
        found.sort();
        let wanted: Vec<_> = expected.iter().map(|(name, action)| (self.address(name).to_string(), *action)).collect();
        same(&found, &wanted, "what Git declares no more is deleted, what it declares anew is changed")?;
        let done = self.turn.run(&plan).await.map_err(|error| error.to_string())?;
        must(done.outcomes.iter().all(|outcome| outcome.ended == Ended::Done), "the change is done")?;
        self.is_as_declared(desired, "a change is there afterwards").await?;
        let seen = self.look(desired).await?;
        must(!seen.resources.contains_key(&self.address("a")), "what was deleted is gone")?;
        self.foreign_is_untouched(desired, "a deletion takes nothing that is not ours").await
    }

    async fn destroys_what_is_ours(&self, desired: &Desired) -> Rule {
        let options = Options { destroy: true, max_deletions: Some(100), delete_data: true, ..Options::default() };
        let plan = self.turn.plan_with(desired, options).await.map_err(|error| error.to_string())?;
        let done = self.turn.run(&plan).await.map_err(|error| error.to_string())?;
        must(done.complete, "all of it is deleted")?;
        let seen = self.look(&Desired::new()).await?;
        let left: Vec<_> = seen.resources.keys().cloned().collect();
        same(&left, &vec![self.address("foreign")], "only what is not ours is left")?;
        self.foreign_is_untouched(desired, "a destroyed environment leaves others alone").await
    }
}
