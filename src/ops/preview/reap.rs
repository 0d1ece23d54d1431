//! `preview reap`: takes away the previews whose time is over, and whose records say so.

use super::down::{Going, prepare as prepare_removal, remove};
use super::list::{Listed, listed};
use crate::exec;
use crate::ops::error::OpsError;
use crate::ops::project::Project;
use crate::ops::world::World;
use crate::preview::{Decision, Recorded, Verdict, decide};
use crate::report::preview::{Held, ReapReport, Removal, RunReport, Unlisted};
use std::collections::BTreeMap;

/// What a reap would do.
pub struct Reaping {
    /// What is taken away.
    pub going: Vec<Going>,
    /// What could not be prepared.
    failed: Vec<Removal>,
    held: Vec<Held>,
    stays: Vec<String>,
    unrecorded: Vec<String>,
    unlisted: Vec<Unlisted>,
}

/// Decides what is taken away, at most `budget` previews. Nothing is changed yet.
///
/// # Errors
/// When there is no such environment, or the state cannot be read.
pub async fn prepare(
    project: &Project,
    world: &World<'_>,
    environments: &[String],
    budget: u32,
) -> Result<Reaping, OpsError> {
    let all = listed(project, world, environments).await?;
    let mut reaping = Reaping {
        going: Vec::new(),
        failed: Vec::new(),
        held: Vec::new(),
        stays: Vec::new(),
        unrecorded: all
            .iter()
            .flat_map(|one| one.marks.unrecorded(&one.records).map(|number| one.name(number)))
            .collect(),
        unlisted: all.iter().flat_map(Listed::unlisted).collect(),
    };
    let failed = all.iter().filter_map(|one| Some((one.base.clone(), one.marks.failed.clone()?)));
    let unlisted: BTreeMap<String, String> = failed.collect();
    let recorded: Vec<Recorded<'_>> = all.iter().flat_map(recorded).collect();
    for decision in decide(&recorded, &unlisted, world.clock.now().as_second(), budget) {
        reaping.take(project, world, decision).await;
    }
    Ok(reaping)
}

fn recorded(listed: &Listed) -> impl Iterator<Item = Recorded<'_>> {
    let all = listed.records.previews.iter();
    all.map(|(number, record)| Recorded { base: &listed.base, number: *number, record })
}

impl Reaping {
    async fn take(&mut self, project: &Project, world: &World<'_>, decision: Decision) {
        let Decision { name, base, number, verdict } = decision;
        match verdict {
            Verdict::Stays => self.stays.push(name),
            Verdict::Held(reason) => self.held.push(Held { name, reason }),
            Verdict::Reaped(_) => match prepare_removal(project, world, &base, number).await {
                Ok(going) if going.is_out_of_sight => self.held.push(Held {
                    name,
                    reason: format!(
                        "things of it are recorded as applied, and none of them is seen: if they are gone, `driftless preview down {base} \
                         --number {number}` says so"
                    ),
                }),
                Ok(going) => self.going.push(going),
                Err(error) => self.failed.push(failure(&name, &base, number, &error)),
            },
        }
    }
}

fn failure(name: &str, base: &str, number: u32, error: &OpsError) -> Removal {
    Removal {
        name: name.into(),
        environment: base.into(),
        number,
        run: RunReport::default(),
        left: Vec::new(),
        gaps: Vec::new(),
        error: Some(error.to_string()),
    }
}

/// Takes them away, one after the other; one that fails does not keep the others.
pub async fn run(project: &Project, world: &World<'_>, reaping: Reaping, options: &exec::Options) -> ReapReport {
    let mut reaped = reaping.failed;
    for going in &reaping.going {
        let removal = remove(project, world, going, options).await;
        reaped.push(removal.unwrap_or_else(|error| {
            let (base, number) = going.subject();
            failure(&going.name, base, number, &error)
        }));
    }
    reaped.sort_by(|a, b| (&a.environment, a.number).cmp(&(&b.environment, b.number)));
    ReapReport::new(reaped, reaping.held, reaping.stays, reaping.unrecorded, reaping.unlisted)
}
