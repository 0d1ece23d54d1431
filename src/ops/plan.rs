//! `plan`: what apply would change.

use super::error::OpsError;
use super::look::Look;
use super::place::Places;
use super::project::Project;
use super::wanted::Wanted;
use super::world::World;
use crate::drift::provenance;
use crate::event::Event;
use crate::model::Digest;
use crate::plan::file::{self as plan_file, PlanFileError};
use crate::plan::{Action, Plan, PlannedSecrets, make, places};
use std::collections::BTreeSet;

/// The reason of a change that only another value of a secret is.
pub(super) const SECRET_CHANGED: &str = "a secret was changed at its source";
/// Reasons of the engine that speak of Git, and hold for an apply that is gone back to in its place.
const IN_GIT: &str = "Git was changed";
const NOT_DECLARED: &str = "Git does not declare it any more";
const NOT_THERE: &str = "it is declared and not there yet";

/// Plans an environment.
///
/// # Errors
/// When files have errors, a backend cannot look, or the plan is refused.
pub async fn plan(project: &Project, world: &World<'_>, name: &str, wanted: &Wanted) -> Result<Plan, OpsError> {
    let project = &*super::preview::subject(project, world, name).await?;
    let look = Look::take(project, world, name, wanted).await?;
    super::limits::check(&look, wanted)?;
    plan_from(project, world, &look, wanted)
}

/// Plans from a look.
///
/// # Errors
/// When the plan is refused, or needs a secret that cannot be had.
pub fn plan_from(project: &Project, world: &World<'_>, look: &Look, wanted: &Wanted) -> Result<Plan, OpsError> {
    world.events.emit(&Event::StageStarted { stage: "plan", subject: look.environment().to_owned() });
    let mut plan = look.with_inputs(wanted, make)?;
    look.with_references(&mut plan);
    look.secrets.suffice(&plan)?;
    plan.secrets = planned_secrets(look, &plan);
    say_why(look, &mut plan);
    let fields = places::wanted(&plan);
    if let (Some(compiled), false) = (&look.compiled, fields.is_empty()) {
        let perturbable = Places::new(project, compiled, &look.backends);
        places::locate(&mut plan, &provenance::locate(&perturbable, &fields, provenance::Depth::Source));
    }
    world.events.emit(&Event::StageEnded { stage: "plan" });
    Ok(plan)
}

/// What the secrets are of the instances that something is done in.
fn planned_secrets(look: &Look, plan: &Plan) -> PlannedSecrets {
    let instances: BTreeSet<&str> =
        plan.doing().filter(|change| change.action != Action::Delete).map(|change| change.instance.as_str()).collect();
    let mentioned = instances.iter().flat_map(|instance| look.mentioned(instance));
    let names: BTreeSet<String> = mentioned.cloned().chain(super::secrets::needed(plan)).collect();
    look.secrets.planned(names.iter())
}

/// Says why of what the engine cannot tell from a change in Git: a secret that has another value, an earlier apply that is gone back to.
fn say_why(look: &Look, plan: &mut Plan) {
    for change in plan.changes.iter_mut().filter(|change| change.action != Action::Keep) {
        let of_source = look.is_of_source(&change.address, change.fields.iter().map(|field| &field.path));
        if of_source {
            change.reason = SECRET_CHANGED.into();
        } else if let (Some(number), IN_GIT | NOT_DECLARED | NOT_THERE) = (look.at_apply, change.reason.as_str()) {
            change.reason = format!("rollback to apply {number}");
        }
    }
}

/// A plan as the bytes of its file, and its digest.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn saved(plan: &Plan) -> Result<(Vec<u8>, Digest), OpsError> {
    let encode = || Ok((plan_file::encode(plan)?, plan_file::digest(plan)?));
    encode().map_err(|error: PlanFileError| OpsError::refused(error.to_string(), "please report this"))
}
