//! Makes changes: one batch, one project.
//!
//! The rendered files first, then the images, then what goes, what is put back in place, and what is made or made anew by Compose. At the
//! end everything is looked at again: what is said of a change is what was seen of it.
//!
//! Never: waits for health; changes what does not bear our mark, but to take it over where that was asked for; removes a volume but to
//! delete it.
//!
//! Invariants: nothing is removed before the images of all that is to come are there; what moved since the plan is refused, unless this
//! apply moved it; applying twice is applying once.

mod adopt;
mod compose;
mod containers;
mod course;
mod files;
mod guard;
mod images;
mod in_place;
mod networks;
mod scene;
mod sharing;
mod turn;
mod up;
mod variables;
mod volumes;

pub(super) use compose::{Program, compose_version};
pub(super) use turn::was_killed;

use super::memory::Memory;
use super::names::{Kind, named};
use super::{DockerTarget, Engine};
use crate::backend::{BackendError, Batch, Context, Outcome};
use crate::event::Event;
use crate::model::Address;
use crate::plan::Action;
use crate::seam::{BoxFuture, all};
use crate::sys::file::FileLock;
use bollard::Docker;
use course::{Course, course};
use scene::Scene;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use turn::Turn;

/// How many containers, networks and volumes are worked on at once through the engine's API.
const AT_ONCE: usize = 16;

/// What became of each address so far.
type Results = BTreeMap<Address, Result<(), BackendError>>;

/// One batch under way.
struct Work<'a> {
    engine: &'a Engine,
    client: &'a Docker,
    target: &'a DockerTarget,
    memory: &'a Memory,
    context: &'a Context<'a>,
    batch: Batch<'a>,
    lock: &'a Arc<FileLock>,
}

/// Makes the changes of one batch.
pub(super) async fn apply(
    engine: &Engine,
    target: &DockerTarget,
    memory: &Memory,
    context: &Context<'_>,
    batch: Batch<'_>,
) -> Result<Vec<Outcome>, BackendError> {
    if batch.changes.is_empty() {
        return Ok(Vec::new());
    }
    let client = engine.client().await?;
    let turn = Turn::take(&target.folder, context).await?;
    let outcomes = apply_in_turn(Work { engine, client, target, memory, context, batch, lock: &turn.lock }).await;
    turn.end(&target.folder)?;
    outcomes
}

async fn apply_in_turn(work: Work<'_>) -> Result<Vec<Outcome>, BackendError> {
    let (folder, artifacts) = (&work.target.folder, work.batch.artifacts);
    files::write(folder, artifacts)?;
    work.memory.enter(work.batch.record);
    let outcomes = work.run().await?;
    if outcomes.iter().all(|outcome| outcome.result.is_ok()) {
        files::done(folder, artifacts)?;
    }
    Ok(outcomes)
}

/// What is to be done to which address.
type Courses = BTreeMap<Address, Course>;

impl Work<'_> {
    async fn run(&self) -> Result<Vec<Outcome>, BackendError> {
        let scene = self.look(self.batch.changes.iter().map(|change| change.address.clone()).collect()).await?;
        let (mut results, mut courses) = (Results::new(), Courses::new());
        for change in self.batch.changes {
            match course(self, change, &scene) {
                Ok(course) => _ = courses.insert(change.address.clone(), course),
                Err(error) => _ = results.insert(change.address.clone(), Err(error)),
            }
        }
        self.share(&mut courses, &scene);
        if let Err(error) = self.fetch_images(&courses).await {
            // What was to be changed beside it stays as it is, too: nothing is removed for something that cannot come.
            results.extend(courses.into_keys().map(|address| (address, Err(error.clone()))));
            return Ok(self.outcomes(results, &Scene::default()));
        }
        self.make_changes(courses, &scene, &mut results).await;
        let mut seen: BTreeSet<Address> = self.batch.changes.iter().map(|change| change.address.clone()).collect();
        seen.extend(self.memory.begun());
        let after = self.look(seen).await?;
        self.leave(&after).await;
        Ok(self.outcomes(results, &after))
    }

    async fn make_changes(&self, mut courses: Courses, scene: &Scene, results: &mut Results) {
        let of = |courses: &Courses, wanted: &[Kind], deletes: bool| -> Vec<(Address, Course)> {
            let is_wanted = |(address, course): &(&Address, &Course)| {
                let kind = named(address).map(|(kind, _)| kind);
                kind.is_some_and(|kind| wanted.contains(&kind)) && (**course == Course::Delete) == deletes
            };
            courses.iter().filter(is_wanted).map(|(address, course)| (address.clone(), course.clone())).collect()
        };
        // What holds something goes before what it holds, and comes after it.
        let (containers, others) = ([Kind::Container], [Kind::Network, Kind::Volume]);
        self.each(of(&courses, &containers, true), scene, results).await;
        self.each(of(&courses, &others, true), scene, results).await;
        self.each(of(&courses, &others, false), scene, results).await;
        let in_place: Vec<_> = of(&courses, &containers, false);
        let is_in_place = |(_, course): &(Address, Course)| matches!(course, Course::InPlace { .. });
        let in_place: Vec<_> = in_place.into_iter().filter(is_in_place).collect();
        self.each(in_place.clone(), scene, results).await;
        for (address, course) in in_place {
            self.made_anew_instead(&address, &course, &mut courses, results);
        }
        self.up_with_adopted(courses, scene, results).await;
    }

    /// What could not be put back in place is made anew.
    fn made_anew_instead(&self, address: &Address, course: &Course, courses: &mut Courses, results: &mut Results) {
        use crate::backend::ErrorClass::{Invalid, Unsupported};
        let failed = results.get(address).and_then(|result| result.as_ref().err());
        if failed.is_some_and(|error| matches!(error.class, Invalid | Unsupported)) {
            let message = "it cannot be put back in place, and is made anew".into();
            self.context.events.emit(&Event::ChangeProgress { address: Some(address.clone()), message });
            results.remove(address);
            courses.insert(address.clone(), Course::Up { force: true });
        } else if failed.is_none() && matches!(course, Course::InPlace { scale: true, .. }) {
            results.remove(address);
            courses.insert(address.clone(), Course::Up { force: false });
        }
    }

    /// Does what can be done at once.
    async fn each(&self, wanted: Vec<(Address, Course)>, scene: &Scene, results: &mut Results) {
        for chunk in wanted.chunks(AT_ONCE) {
            let one = |(address, course): &(Address, Course)| {
                let (address, course) = (address.clone(), course.clone());
                let one: BoxFuture<'_, (Address, Result<(), BackendError>)> = Box::pin(async move {
                    let result = self.one(&address, &course, scene).await;
                    (address, result)
                });
                one
            };
            results.extend(all(chunk.iter().map(one)).await);
        }
    }

    async fn one(&self, address: &Address, course: &Course, scene: &Scene) -> Result<(), BackendError> {
        let Some((kind, name)) = named(address) else { return Ok(()) };
        if *course != Course::Nothing {
            self.memory.begin(address, self.is_job(address));
        }
        match kind {
            Kind::Container => self.container(address, &name, course, scene).await,
            Kind::Network => self.network(address, &name, course, scene).await,
            Kind::Volume => self.volume(address, &name, course, scene).await,
        }
    }

    /// Whether an address is to run to its end.
    fn is_job(&self, address: &Address) -> bool {
        let state = self.batch.resources.get(address).and_then(|resource| resource.body.get("state"));
        state.and_then(crate::model::Tree::as_str) == Some("exited")
    }

    fn outcomes(&self, mut results: Results, after: &Scene) -> Vec<Outcome> {
        let outcome = |change: &crate::plan::Change| {
            let result = results.remove(&change.address).unwrap_or(Ok(()));
            self.outcome(change.action, &change.address, result, after)
        };
        self.batch.changes.iter().map(outcome).collect()
    }

    fn outcome(&self, action: Action, address: &Address, result: Result<(), BackendError>, after: &Scene) -> Outcome {
        let seen = after.observation.resources.get(address);
        let gone = action == Action::Delete;
        let result = result.and_then(|()| match seen {
            _ if gone && seen.is_some_and(|seen| seen.ours) => Err(guard::still_there(address)),
            _ if gone => Ok(None),
            Some(seen) => Ok(Some(seen.fingerprint.clone())),
            None => Err(guard::not_there(address, after)),
        });
        let mut outputs = seen.filter(|_| result.is_ok()).map(|seen| seen.outputs.clone()).unwrap_or_default();
        if result.is_ok() && !gone {
            outputs.extend(self.outputs(action, address, after));
        }
        Outcome { address: address.clone(), result, outputs }
    }
}
