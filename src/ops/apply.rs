//! `apply`: a plan, run.

use super::error::{OpsError, PLAN_AGAIN};
use super::look::{Look, backends_for};
use super::plan::plan_from;
use super::project::Project;
use super::secrets::{Secrets, recorded};
use super::wanted::Wanted;
use super::world::World;
use crate::exec::{self, Execution, Interruption};
use crate::model::{Address, Digest, Scope};
use crate::plan::Plan;
use crate::plan::file::{PlanFileError, decode, digest};
use crate::report::exit;
use crate::secret::names_in_resources;
use crate::state::record::Records;
use crate::sys::file;
use std::path::Path;

/// The largest plan file, in bytes.
const MAX_PLAN_FILE_BYTES: u64 = 256 << 20;

/// One run.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Why, in words.
    pub why: &'a str,
    /// Settings.
    pub options: &'a exec::Options,
}

/// What a run did.
pub struct Applied {
    /// What became of each change.
    pub execution: Execution,
    /// What the closing look still finds to do.
    pub remaining: Vec<Address>,
    /// Why there was no closing look.
    pub unseen: Option<OpsError>,
    /// Whether everything of the plan could be read.
    pub plan_complete: bool,
}

impl Applied {
    /// 1 where a change failed, 5 where somebody else was faster, 3 where something is left.
    pub fn exit_code(&self) -> u8 {
        let failed = self.execution.failed().next().is_some();
        let conflicted = self.execution.conflicted();
        let failure = match (conflicted, failed) {
            (true, _) => exit::STALE,
            (false, true) => exit::ERROR,
            (false, false) => exit::DONE,
        };
        let whole = self.execution.complete && self.plan_complete && self.remaining.is_empty() && self.unseen.is_none();
        exit::stronger(failure, if whole { exit::DONE } else { exit::INCOMPLETE })
    }
}

/// Reads a saved plan; with a digest, only that one.
///
/// # Errors
/// Exit 5 where it is damaged, altered, or not the plan of that digest.
pub fn read_plan(path: &Path, expected: Option<&str>) -> Result<Plan, OpsError> {
    let failed = |reason: String| OpsError::File { action: "read", path: path.display().to_string(), reason };
    let bytes = file::read(path, MAX_PLAN_FILE_BYTES).map_err(|error| failed(error.to_string()))?;
    let bytes = bytes.ok_or_else(|| failed("there is no such file".into()))?;
    let (plan, digest) =
        decode(&bytes).map_err(|error: PlanFileError| stale(format!("{}: {error}", path.display())))?;
    match expected {
        Some(expected) if expected != digest.as_str() => {
            Err(stale(format!("{} is the plan {digest}, and {expected} was asked for", path.display())))
        }
        _ => Ok(plan),
    }
}

/// Refuses a saved plan that was made for another place than the one where its environment is applied to now.
///
/// # Errors
/// Exit 5 where it differs; when neither its file nor the state says where the environment is.
pub async fn check_place(project: &Project, world: &World<'_>, plan: &Plan) -> Result<(), OpsError> {
    let project = &*super::preview::subject(project, world, &plan.environment).await?;
    let store = world.store(project)?;
    let older = Records::of(store.as_ref(), &plan.environment).scope().await?;
    let now = match (super::environment::known(project, &plan.environment), older) {
        (Ok(()), older) => {
            older.iter().fold(super::environment::scope_of(project, &plan.environment)?, Scope::with_older)
        }
        (Err(_), Some(older)) => older,
        (Err(error), None) => return Err(error),
    };
    if now.is_same(&plan.scope) {
        return Ok(());
    }
    Err(stale(format!("the plan is stale: it is for {}, and {} goes to {now} now", plan.scope, plan.environment)))
}

fn stale(message: String) -> OpsError {
    OpsError::Refused { message, help: Some(PLAN_AGAIN.into()), exit_code: exit::STALE }
}

/// Runs a plan, and looks again.
///
/// # Errors
/// When it does not begin: nothing was changed then. What goes wrong later is in the result.
pub async fn apply(project: &Project, world: &World<'_>, request: &Request<'_>) -> Result<Applied, OpsError> {
    let plan = request.plan;
    if plan.project != project.settings.name.value {
        let message =
            format!("the plan is for the project `{}`, and this is `{}`", plan.project, project.settings.name.value);
        return Err(OpsError::Refused { message, help: None, exit_code: exit::STALE });
    }
    let store = world.store(project)?;
    let records = Records::of(store.as_ref(), &plan.environment);
    let secrets = secrets_of(project, world, plan, &records).await?;
    let digests = recorded(&secrets, plan);
    let backends = backends_for(project, world, &plan.scope)?;
    let who = world.who(project)?;
    let digest = digest_of(plan)?;
    let run = exec::Request {
        plan,
        digest: &digest,
        backends: &backends,
        store: store.as_ref(),
        clock: world.clock.as_ref(),
        who: &who,
        why: request.why,
        options: request.options,
        secrets: &digests,
        supply: &secrets,
    };
    let execution = exec::execute(&world.context(), run).await?;
    // From here on something was done: what fails leaves the result incomplete, and does not undo it.
    let closing = close(project, world, plan, &records, &execution).await;
    let (remaining, unseen) = match closing {
        Ok(remaining) => (remaining, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    Ok(Applied { execution, remaining, unseen, plan_complete: plan.is_complete() })
}

/// What follows a run: a rollback's hold is given up, and the closing look taken.
async fn close(
    project: &Project,
    world: &World<'_>,
    plan: &Plan,
    records: &Records<'_>,
    execution: &Execution,
) -> Result<Vec<Address>, OpsError> {
    // What was put back is what was held before.
    if execution.generation.is_some() && execution.rolled_back.is_empty() {
        release(records, plan).await?;
    }
    if execution.complete { remaining(project, world, plan).await } else { Ok(Vec::new()) }
}

/// The secrets of what is applied; refuses where a secret is not what it was when the plan was made, or cannot be had.
async fn secrets_of(
    project: &Project,
    world: &World<'_>,
    plan: &Plan,
    records: &Records<'_>,
) -> Result<Secrets, OpsError> {
    let mut names = names_in_resources(plan.resources.values());
    let make_key = !names.is_empty();
    names.extend(plan.secrets.digests.keys().cloned());
    let secrets = Secrets::read(project, world, records, &plan.scope, &names, make_key).await?;
    secrets.suffice(plan)?;
    secrets.are_as_planned(plan)?;
    Ok(secrets)
}

fn digest_of(plan: &Plan) -> Result<Digest, OpsError> {
    digest(plan).map_err(|error| OpsError::refused(error.to_string(), "please report this"))
}

/// Something else than what a rollback holds was applied: it holds no more.
async fn release(records: &Records<'_>, plan: &Plan) -> Result<(), OpsError> {
    let Some(pin) = records.pin().await? else { return Ok(()) };
    let held = records.revision(pin.generation).await?;
    if held.is_none_or(|held| held.revision != plan.revision) {
        records.set_pin(None).await?;
    }
    Ok(())
}

/// What the same plan would still do: a run that says it is done must have done it.
async fn remaining(project: &Project, world: &World<'_>, plan: &Plan) -> Result<Vec<Address>, OpsError> {
    if plan.destroy || !plan.has_changes() {
        return Ok(Vec::new());
    }
    let look = Look::at_resources(project, world, plan).await?;
    let wanted = Wanted { only: plan.only.clone(), ..Wanted::default() };
    let again = plan_from(
        project,
        world,
        &look,
        &Wanted { allow_empty: true, max_deletions: Some(u32::MAX), delete_data: true, ..wanted },
    )?;
    let done: Vec<&Address> = plan.doing().map(|change| &change.address).collect();
    Ok(again.doing().filter(|change| done.contains(&&change.address)).map(|change| change.address.clone()).collect())
}

/// Why a run ended before its end, for people.
pub fn interruption(interruption: &Interruption) -> String {
    match interruption {
        Interruption::Cancelled => "stopped, as was asked; what was in flight is finished".into(),
        Interruption::LeaseLost { holder } => format!("somebody else took the lock meanwhile: {holder}"),
        Interruption::State(error) => format!("the state could not be written: {error}"),
    }
}
