//! `preview up`: the environment of a pull request, planned and applied as any other.

use super::scope::of_others;
use super::subject::files;
use crate::exec;
use crate::model::{Preview, PreviewSettings, Scope};
use crate::ops::apply::{Applied, Request, apply, interruption};
use crate::ops::environment::{compile, has_file};
use crate::ops::error::OpsError;
use crate::ops::look::Look;
use crate::ops::plan::plan_from;
use crate::ops::project::Project;
use crate::ops::wanted::Wanted;
use crate::ops::world::World;
use crate::plan::Plan;
use crate::preview::{Activity, PreviewRecord, PreviewRecords, check_place, commit, endpoints, slug};
use crate::report::preview::{FailedChange, PreviewReport, PreviewStatus, RunReport};
use crate::spec::environment::APPLY_AS_FILES;
use crate::state::StateError;
use crate::state::record::Previews;
use crate::sys::rfc3339_of_seconds;

/// What is told of a pull request.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The environment.
    pub base: &'a str,
    /// The number of the pull request.
    pub number: u32,
    /// Its branch; none: as recorded.
    pub branch: Option<&'a str>,
    /// The commit whose tree is compiled; none: the work tree.
    pub sha: Option<&'a str>,
}

/// A preview, planned.
pub struct Prepared {
    /// The project, its files being those of the preview.
    pub project: Project,
    /// The plan.
    pub plan: Plan,
    base: String,
    number: u32,
    branch: Option<String>,
    sha: Option<String>,
    settings: PreviewSettings,
    is_there: bool,
}

impl Prepared {
    fn activity(&self, now_seconds: i64) -> Activity<'_> {
        Activity {
            base: &self.base,
            number: self.number,
            branch: self.branch.as_deref(),
            sha: self.sha.as_deref(),
            commit: self.plan.revision.commit.as_deref(),
            url: self.settings.url.as_deref(),
            ttl_seconds: self.settings.ttl_seconds,
            max: self.settings.max,
            is_there: self.is_there,
            now_seconds,
        }
    }
}

/// Compiles a preview, looks where it goes, and plans it. Nothing is recorded yet.
///
/// # Errors
/// What is told is refused; there is no room; its place is taken; or as those of a plan.
pub async fn prepare(project: &Project, world: &World<'_>, told: &Told<'_>) -> Result<Prepared, OpsError> {
    let (base, number) = (told.base, told.number);
    told.branch.map(slug).transpose()?;
    let sha = told.sha.map(commit).transpose()?;
    let store = world.store(project)?;
    let records = Previews::of(store.as_ref(), base).all().await?;
    let known = records.previews.get(&number).and_then(|record| record.branch.clone());
    let branch = told.branch.map(str::to_owned).or(known);
    let name = branch.as_deref().map(slug).transpose()?;
    let own = project.for_preview(files(project, base, number, name, sha.as_deref())?)?;
    let (settings, scope) = settings(project, &own, base, number)?;
    let others = of_others(project, world).await?;
    check_place(&scope, &others)?;
    let wanted = Wanted { remember: true, max_deletions: Some(u32::MAX), delete_data: true, ..Wanted::default() };
    let look = Look::take(&own, world, &scope.environment, &wanted).await?;
    let ours = look.groups.iter().flat_map(|group| group.observation.resources.values()).any(|one| one.ours);
    let is_there = ours || look.remembered.scope.is_some();
    let plan = plan_from(&own, world, &look, &wanted)?;
    let sha = sha.and(settings.preview.sha.clone());
    let prepared = Prepared { project: own, plan, base: base.into(), number, branch, sha, settings, is_there };
    records.after_up(&prepared.activity(world.clock.now().as_second()))?;
    Ok(prepared)
}

/// What the file says of previews, and where this one goes.
fn settings(project: &Project, own: &Project, base: &str, number: u32) -> Result<(PreviewSettings, Scope), OpsError> {
    let name = Preview { base: base.into(), number, branch: None, sha: None }.name();
    if has_file(&project.files, &name) {
        return Err(OpsError::refused(
            format!("environments/{name}.yaml is an environment of its own: no preview can be called so"),
            "rename that environment",
        ));
    }
    let model = compile(own, &name)?.model;
    let scope = Scope::of(&model);
    let ours = &project.settings.name.value;
    if scope.project != *ours {
        return Err(OpsError::refused(
            format!("the project is called `{}` at that commit, and `{ours}` here", scope.project),
            "bring the pull request up to date with this branch",
        ));
    }
    let missing = || OpsError::refused(format!("{name} is no preview"), "please report this");
    Ok((model.environment.preview.ok_or_else(missing)?, scope))
}

/// Records a preview, applies its plan, and says where it is reached.
///
/// # Errors
/// When there is no room any more, or the run does not begin. What goes wrong later is in the report.
pub async fn run(world: &World<'_>, prepared: &Prepared, options: &exec::Options) -> Result<PreviewReport, OpsError> {
    let store = world.store(&prepared.project)?;
    let previews = Previews::of(store.as_ref(), &prepared.base);
    let before = previews.all().await?;
    let now = world.clock.now().as_second();
    let after = previews.update(|records| admit(records, prepared, now)).await?;
    let why = format!("preview of pull request {}", prepared.number);
    let request = Request { plan: &prepared.plan, why: &why, options };
    let applied = apply(&prepared.project, world, &request).await?;
    let name = &prepared.plan.environment;
    let record = after.previews.get(&prepared.number);
    let status = status_of(name, &prepared.base, prepared.number, record, now);
    let is_new = !before.previews.contains_key(&prepared.number) && !prepared.is_there;
    let mut report = PreviewReport::new(status, is_new, run_of(&applied));
    reach(world, prepared, &mut report).await;
    Ok(report)
}

fn admit(records: &PreviewRecords, prepared: &Prepared, now_seconds: i64) -> Result<PreviewRecords, OpsError> {
    Ok(records.after_up(&prepared.activity(now_seconds))?)
}

/// Where it is reached, by another look; or why nothing says so.
async fn reach(world: &World<'_>, prepared: &Prepared, report: &mut PreviewReport) {
    let scope = &prepared.plan.scope;
    if scope.instances.iter().all(|instance| instance.apply == APPLY_AS_FILES) {
        report.note = Some(format!(
            "there is no URL: its files are on branch {}, and whoever applies that branch brings it up",
            scope.branch
        ));
        return;
    }
    match Look::at_resources(&prepared.project, world, &prepared.plan).await {
        Ok(look) => {
            let model = compile(&prepared.project, look.environment()).ok().map(|compiled| compiled.model);
            let seen = look.groups.iter().flat_map(|group| &group.observation.resources);
            report.endpoints = endpoints(seen, model.as_ref());
            if report.endpoints.is_empty() {
                report.note = Some("no port of it is published on a machine".into());
            }
        }
        Err(error) => {
            report.note = Some(format!("where it is reached could not be looked at: {error}"));
            report.complete = false;
        }
    }
}

/// What a run came to.
pub(super) fn run_of(applied: &Applied) -> RunReport {
    use crate::backend::ErrorClass;
    use crate::event::Ended;
    let done = applied.execution.outcomes.iter().filter(|outcome| outcome.ended == Ended::Done);
    let failed = applied.execution.outcomes.iter().filter_map(|outcome| match &outcome.ended {
        Ended::Failed(reason) => Some(FailedChange {
            address: outcome.address.clone(),
            reason: reason.clone(),
            conflict: outcome.class == Some(ErrorClass::Conflict),
        }),
        Ended::Done | Ended::Skipped(_) => None,
    });
    let mut remaining: Vec<String> = applied.remaining.iter().map(ToString::to_string).collect();
    remaining.extend(applied.unseen.iter().map(ToString::to_string));
    if !applied.plan_complete {
        remaining.push("not all of it could be read".into());
    }
    RunReport {
        changed: done.map(|outcome| outcome.address.clone()).collect(),
        failed: failed.collect(),
        interrupted: applied.execution.interruption.as_ref().map(interruption),
        remaining,
    }
}

/// A preview as it is reported; without a record it is known by its marks alone.
pub(super) fn status_of(
    name: &str,
    base: &str,
    number: u32,
    record: Option<&PreviewRecord>,
    now_seconds: i64,
) -> PreviewStatus {
    use crate::preview::Standing;
    let time = |of: fn(&PreviewRecord) -> i64| record.map(of).and_then(rfc3339_of_seconds);
    PreviewStatus {
        name: name.into(),
        environment: base.into(),
        number,
        standing: record.map_or(Standing::Unrecorded, |record| record.standing(now_seconds)),
        branch: record.and_then(|record| record.branch.clone()),
        commit: record.and_then(|record| record.commit.clone()),
        created_at: time(|record| record.created_seconds),
        last_activity_at: time(|record| record.active_seconds),
        expires_at: time(PreviewRecord::expires_seconds),
        url: record.and_then(|record| record.url.clone()),
        resources: None,
    }
}

/// Closes a record that is still the one that was looked at; whether it was.
///
/// # Errors
/// When the state cannot be read or written.
pub(super) async fn close(
    previews: &Previews<'_>,
    number: u32,
    seen: &PreviewRecord,
    now_seconds: i64,
) -> Result<bool, StateError> {
    let closed = |records: &PreviewRecords| {
        Ok(records.after_close(number, seen, now_seconds).unwrap_or_else(|| records.clone()))
    };
    let after: PreviewRecords = previews.update::<StateError>(closed).await?;
    Ok(after.previews.get(&number).is_some_and(|record| record.closed_seconds.is_some()))
}
