//! `preview down`: all that bears a preview's mark goes, its volumes too, and another look proves that nothing is left.

use super::scope::of_preview;
use super::up::{close, run_of};
use crate::exec;
use crate::model::{Address, Preview, Scope};
use crate::ops::apply::{Request, apply};
use crate::ops::error::OpsError;
use crate::ops::look::{Look, backends_for};
use crate::ops::plan::plan_from;
use crate::ops::project::Project;
use crate::ops::remembered::Remembered;
use crate::ops::wanted::Wanted;
use crate::ops::world::World;
use crate::plan::{Gap, Plan};
use crate::preview::{PreviewRecord, is_out_of_sight};
use crate::report::preview::{Removal, RemovalReport, RunReport};
use crate::state::record::Previews;
use std::collections::BTreeSet;

/// A preview that is to be taken away.
pub struct Going {
    /// Its name.
    pub name: String,
    /// The plan; none: nothing says where it is, and so nothing is there.
    pub plan: Option<Plan>,
    /// Whether things are recorded as applied, and not one of them is seen.
    pub is_out_of_sight: bool,
    base: String,
    number: u32,
    record: Option<PreviewRecord>,
}

impl Going {
    /// The environment that it is made from, and the number of the pull request.
    pub(super) fn subject(&self) -> (&str, u32) {
        (&self.base, self.number)
    }
}

/// Looks for a preview and plans its end. Works from its marks, whether or not something is recorded or declared.
///
/// # Errors
/// When there is no such environment and nothing is recorded; or as those of a plan.
pub async fn prepare(project: &Project, world: &World<'_>, base: &str, number: u32) -> Result<Going, OpsError> {
    let name = Preview { base: base.into(), number, branch: None, sha: None }.name();
    let store = world.store(project)?;
    let record = Previews::of(store.as_ref(), base).all().await?.previews.remove(&number);
    let scope = of_preview(project, world, base, number).await?;
    let (plan, is_out_of_sight) = match scope {
        Some(scope) => plan(project, world, &name, scope).await.map(|(plan, lost)| (Some(plan), lost))?,
        None if record.is_some() => (None, false),
        None => {
            crate::ops::environment::known(project, base)?;
            (None, false)
        }
    };
    Ok(Going { name, plan, is_out_of_sight, base: base.into(), number, record })
}

async fn plan(project: &Project, world: &World<'_>, name: &str, scope: Scope) -> Result<(Plan, bool), OpsError> {
    let remembered = Remembered::of(project, world, name).await?;
    let recorded = remembered.applied.len();
    let look = Look::of_nothing(project, world, remembered, scope).await?;
    let seen = look.groups.iter().flat_map(|group| group.observation.resources.values()).filter(|one| one.ours).count();
    let gaps: usize = look.groups.iter().map(|group| group.observation.gaps.len()).sum();
    let wanted = Wanted { destroy: true, delete_data: true, ..Wanted::default() };
    Ok((plan_from(project, world, &look, &wanted)?, is_out_of_sight(seen + gaps, recorded)))
}

/// Takes a preview away, and looks again. Its record goes only when nothing is left.
///
/// # Errors
/// When the run does not begin, or the state cannot be written. What goes wrong later is in the report.
pub async fn run(
    project: &Project,
    world: &World<'_>,
    going: &Going,
    options: &exec::Options,
) -> Result<RemovalReport, OpsError> {
    Ok(RemovalReport::new(remove(project, world, going, options).await?))
}

pub(super) async fn remove(
    project: &Project,
    world: &World<'_>,
    going: &Going,
    options: &exec::Options,
) -> Result<Removal, OpsError> {
    let store = world.store(project)?;
    let previews = Previews::of(store.as_ref(), &going.base);
    if let Some(seen) = &going.record {
        let now = world.clock.now().as_second();
        if !close(&previews, going.number, seen, now).await? {
            return Err(OpsError::refused(
                format!("{} was brought up again meanwhile: it stays", going.name),
                "if it is to go all the same, say so again",
            ));
        }
    }
    let mut removal = Removal {
        name: going.name.clone(),
        environment: going.base.clone(),
        number: going.number,
        run: RunReport::default(),
        left: Vec::new(),
        gaps: Vec::new(),
        error: None,
    };
    if let Some(plan) = &going.plan {
        let why = format!("pull request {} is over", going.number);
        let applied = apply(project, world, &Request { plan, why: &why, options }).await?;
        removal.run = run_of(&applied);
        (removal.left, removal.gaps) = what_is_left(project, world, &plan.scope).await?;
    }
    if removal.is_proved() {
        previews.update::<OpsError>(|records| Ok(records.after_removal(going.number))).await?;
    }
    Ok(removal)
}

/// What bears the mark still, by another look at the places and by asking whole systems; and what could not be looked at.
async fn what_is_left(
    project: &Project,
    world: &World<'_>,
    scope: &Scope,
) -> Result<(Vec<Address>, Vec<Gap>), OpsError> {
    let remembered = Remembered::of(project, world, &scope.environment).await?;
    let look = Look::of_nothing(project, world, remembered, scope.clone()).await?;
    let mut left: BTreeSet<Address> = BTreeSet::new();
    let mut gaps = Vec::new();
    for group in &look.groups {
        let ours = group.observation.resources.iter().filter(|(_, one)| one.ours);
        left.extend(ours.map(|(address, _)| address.clone()));
        gaps.extend(group.observation.gaps.iter().cloned());
    }
    let owner = scope.owner();
    for (_, backend) in backends_for(project, world, scope)?.iter() {
        let marked = backend.marked(&world.context(), &owner).await?;
        left.extend(marked.and_then(|mut marked| marked.remove(&owner)).unwrap_or_default());
    }
    Ok((left.into_iter().collect(), gaps))
}
