//! `destroy`: an environment's desired set is empty; its file may be gone.

use super::error::OpsError;
use super::look::Look;
use super::plan::plan_from;
use super::project::Project;
use super::wanted::Wanted;
use super::world::World;
use crate::plan::Plan;

/// Plans the deletion of all that an environment has.
///
/// # Errors
/// When neither its file nor the state knows where it is, or as those of a plan.
pub async fn destroy(project: &Project, world: &World<'_>, name: &str, wanted: &Wanted) -> Result<Plan, OpsError> {
    let project = &*super::preview::subject(project, world, name).await?;
    let look = match super::environment::known(project, name) {
        Ok(()) => Look::take(project, world, name, wanted).await?,
        Err(unknown) => Look::of_scope(project, world, name, unknown).await?,
    };
    super::limits::check(&look, wanted)?;
    plan_from(project, world, &look, wanted)
}
