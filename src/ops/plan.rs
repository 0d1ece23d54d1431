//! `plan`: what apply would change.

use super::error::OpsError;
use super::look::Look;
use super::place::Places;
use super::project::Project;
use super::world::World;
use crate::drift::provenance;
use crate::event::Event;
use crate::model::Digest;
use crate::plan::file::{self as plan_file, PlanFileError};
use crate::plan::{Options, Plan, make, places};

/// What limits and guards a plan, owned.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line, named as there")]
pub struct Wanted {
    /// Address globs; empty: everything.
    pub only: Vec<String>,
    /// Components; empty: all.
    pub components: Vec<String>,
    /// Target instances; empty: all.
    pub targets: Vec<String>,
    /// Delete the whole environment.
    pub destroy: bool,
    /// An environment in which nothing is left to be there deletes what was there.
    pub allow_empty: bool,
    /// How many deletions are allowed; none: the environment's policy, else the built-in budget.
    pub max_deletions: Option<u32>,
    /// Data may be lost.
    pub delete_data: bool,
    /// What stands at our addresses without our mark is taken over.
    pub adopt: bool,
}

impl Wanted {
    /// As plan takes it.
    pub fn options(&self) -> Options<'_> {
        Options {
            only: &self.only,
            components: &self.components,
            destroy: self.destroy,
            allow_empty: self.allow_empty,
            max_deletions: self.max_deletions,
            delete_data: self.delete_data,
            adopt: self.adopt,
        }
    }
}

/// Plans an environment; the look that it was planned from is kept for an apply.
///
/// # Errors
/// When files have errors, a backend cannot look, or the plan is refused.
pub async fn plan(project: &Project, world: &World<'_>, name: &str, wanted: &Wanted) -> Result<(Plan, Look), OpsError> {
    let look = Look::take(project, world, name, &wanted.only).await?;
    let plan = plan_from(project, world, &look, wanted)?;
    Ok((plan, look))
}

/// Plans from a look.
///
/// # Errors
/// When the plan is refused.
pub fn plan_from(project: &Project, world: &World<'_>, look: &Look, wanted: &Wanted) -> Result<Plan, OpsError> {
    world.events.emit(&Event::StageStarted { stage: "plan", subject: look.environment().to_owned() });
    let mut plan = look.with_inputs(wanted, make)??;
    let fields = places::wanted(&plan);
    if let (Some(compiled), false) = (&look.compiled, fields.is_empty()) {
        let perturbable = Places::new(project, compiled, &look.backends);
        places::locate(&mut plan, &provenance::locate(&perturbable, &fields, provenance::Depth::Source));
    }
    world.events.emit(&Event::StageEnded { stage: "plan" });
    Ok(plan)
}

/// A plan as the bytes of its file, and its digest.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn saved(plan: &Plan) -> Result<(Vec<u8>, Digest), OpsError> {
    let encode = || Ok((plan_file::encode(plan)?, plan_file::digest(plan)?));
    encode().map_err(|error: PlanFileError| OpsError::refused(error.to_string(), "please report this"))
}
