//! `drift`: live compared with Git.

use super::error::OpsError;
use super::look::Look;
use super::place::Places;
use super::plan::SECRET_CHANGED;
use super::project::Project;
use super::wanted::Wanted;
use super::world::World;
use crate::compile::Files as _;
use crate::diag::code::DRIFT_NOT_REMEMBERED;
use crate::drift::{self, Details, DriftReport, ResourceClass};
use crate::model::Address;
use crate::plan::{BUILT_IN, Finding};
use crate::state::record::Records;
use crate::sys::git::{BlamedLine, GitTree, blame};
use std::collections::{BTreeMap, BTreeSet};

/// Compares one environment.
///
/// # Errors
/// When files have errors, a backend cannot look at all, or two resources have one address.
pub async fn drift(
    project: &Project,
    world: &World<'_>,
    name: &str,
    wanted: &Wanted,
    all_resources: bool,
) -> Result<DriftReport, OpsError> {
    let project = &*super::preview::subject(project, world, name).await?;
    let look = Look::take(project, world, name, wanted).await?;
    super::limits::check(&look, wanted)?;
    of_look(project, &look, wanted, all_resources).await
}

/// Compares what was looked at.
///
/// # Errors
/// When two resources have one address, or the state cannot be read.
pub(super) async fn of_look(
    project: &Project,
    look: &Look,
    wanted: &Wanted,
    all_resources: bool,
) -> Result<DriftReport, OpsError> {
    let records = look.remembered.records();
    let seen = records.drift_history().await?;
    let details = Details {
        observed_at: &look.observed_at,
        secrets_judged: look.secrets_judged(wanted),
        all_resources,
        first_seen: &|address, path| {
            Some(seen.since(address, &path.to_string()).unwrap_or(&look.observed_at).to_owned())
        },
    };
    let mut report = look.with_inputs(wanted, |inputs| drift::report(inputs, &details))?;
    remember(&records, &mut report, wanted).await;
    say_why(look, &mut report).await?;
    let fields = drift::places_wanted(&report);
    if let (Some(compiled), false) = (&look.compiled, fields.is_empty()) {
        let perturbable = Places::new(project, compiled, &look.backends);
        drift::locate(&mut report, &drift::provenance::locate(&perturbable, &fields, drift::provenance::Depth::Source));
        name_authors(project, look.environment(), &mut report);
    }
    Ok(report)
}

/// Says why of what is pending: a secret that has another value, an earlier apply that is held, an environment that was destroyed.
async fn say_why(look: &Look, report: &mut DriftReport) -> Result<(), OpsError> {
    let destroyed = match look.remembered.generation {
        0 => None,
        newest => look.remembered.records().revision(newest).await?.filter(|record| record.destroy),
    };
    for resource in report.resources.iter_mut().filter(|resource| resource.class == ResourceClass::Pending) {
        let of_source = look.is_of_source(&resource.address, resource.fields.iter().map(|field| &field.path));
        let never = resource.reason.as_deref() == Some(drift::NEVER_APPLIED);
        let in_git = resource.reason.as_deref() == Some(drift::CHANGED_IN_GIT);
        resource.reason = match (&destroyed, look.at_apply) {
            _ if of_source => Some(format!("{SECRET_CHANGED}; the next apply brings it")),
            (Some(record), _) if never => {
                Some(format!("it was destroyed by apply {}; the next apply makes it again", record.generation))
            }
            (_, None) if in_git && report.revision.dirty => {
                Some("its files were changed, and are not committed; the next apply brings it".into())
            }
            (_, Some(number)) if in_git => {
                Some(format!("the environment is held at what apply {number} left; the next apply brings it"))
            }
            _ => continue,
        };
    }
    Ok(())
}

/// Remembers since when each drift is seen. What was not looked at, or could not be judged, stays open.
async fn remember(records: &Records<'_>, report: &mut DriftReport, wanted: &Wanted) {
    let mut seen: BTreeMap<Address, Vec<String>> = BTreeMap::new();
    for resource in &report.resources {
        let fields =
            resource.fields.iter().filter(|field| field.first_seen.is_some()).map(|field| field.path.to_string());
        let whole = resource.first_seen.iter().map(|_| String::new());
        let paths: Vec<String> = fields.chain(whole).collect();
        if !paths.is_empty() {
            seen.insert(resource.address.clone(), paths);
        }
    }
    let limited = !wanted.is_everything();
    let unjudged = |address: &Address| limited || !report.is_judged(address);
    let now = report.observed_at.clone();
    if let Err(error) = records.update_drift_history(|before| before.after(&seen, &unjudged, &now)).await {
        // A look is worth having on a machine that cannot remember it.
        report.findings.push(Finding {
            code: DRIFT_NOT_REMEMBERED.to_string(),
            severity: "warning".into(),
            message: format!("since when this is so could not be remembered: {error}"),
            source: None,
        });
    }
}

/// Puts commit and author of each line into a report, or why they are not known.
fn name_authors(project: &Project, name: &str, report: &mut DriftReport) {
    let tree = project.preview_called(name).and_then(|files| files.tree.as_ref());
    let mut lines: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for place in report.places_mut().filter(|place| !place.file.starts_with(BUILT_IN)) {
        lines.entry(place.file.clone()).or_default().insert(place.line);
    }
    let blamed: BTreeMap<_, _> = lines
        .into_iter()
        .map(|(file, lines)| {
            let blamed = blame(&project.root, tree.map(GitTree::commit), &file, &lines);
            (file, blamed)
        })
        .collect();
    for place in report.places_mut() {
        if project.library.read(&place.file).is_ok() && project.files.read(&place.file).is_err() {
            place.unknown_because = Some("it is part of driftless".into());
            continue;
        }
        match blamed.get(&place.file) {
            Some(Ok(lines)) => match lines.get(&place.line) {
                Some(BlamedLine::Commit { id, author }) => {
                    place.commit = Some(id.clone());
                    place.author = Some(author.clone());
                }
                Some(BlamedLine::Unknown(reason)) => place.unknown_because = Some(reason.clone()),
                None => place.unknown_because = Some("the line is not committed".into()),
            },
            Some(Err(error)) => place.unknown_because = Some(error.to_string()),
            None => {}
        }
    }
}
