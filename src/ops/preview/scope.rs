//! Where previews are, as far as files and records say.

use crate::diag::code::NO_PREVIEWS;
use crate::model::{Preview, Scope};
use crate::ops::environment::{compile_files, has_file, scope_of};
use crate::ops::error::OpsError;
use crate::ops::project::{PreviewFiles, Project};
use crate::ops::world::World;
use crate::state::record::Records;

/// A preview of the work tree of which no more is known than its number, and its name.
///
/// # Errors
/// Never for the work tree.
pub fn any(project: &Project, base: &str, number: u32) -> Result<(Project, String), OpsError> {
    let unknown = Some("unknown".to_owned());
    let preview = Preview { base: base.into(), number, branch: unknown.clone(), sha: unknown };
    let name = preview.name();
    Ok((project.for_preview(PreviewFiles { preview, tree: None })?, name))
}

/// Where a preview would be, as the file of its environment says. None: the file says nothing of previews. What is not known of the pull
/// request has no say in where it goes.
///
/// # Errors
/// When there is no such environment, or its files have errors.
pub(super) fn declared(project: &Project, base: &str, number: u32) -> Result<Option<Scope>, OpsError> {
    let (own, name) = any(project, base, number)?;
    match compile_files(&own, &name) {
        Ok(compiled) => Ok(Some(Scope::of(&compiled.model))),
        Err(OpsError::Files { sink, .. }) if sink.iter().any(|one| one.code == NO_PREVIEWS) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where a preview is, as far as anything says: its own record, its environment's file, its environment's record.
///
/// # Errors
/// When the state cannot be read; when nothing says anything, the error of the file.
pub(super) async fn of_preview(
    project: &Project,
    world: &World<'_>,
    base: &str,
    number: u32,
) -> Result<Option<Scope>, OpsError> {
    let preview = Preview { base: base.into(), number, branch: None, sha: None };
    let store = world.store(project)?;
    if let Some(scope) = Records::of(store.as_ref(), &preview.name()).scope().await? {
        return Ok(Some(scope));
    }
    let of_file = || match declared(project, base, number)? {
        Some(scope) => Ok(scope),
        None => Ok(scope_of(project, base)?.for_preview(&preview)),
    };
    let there = has_file(&project.files, base);
    match (there.then(of_file), Records::of(store.as_ref(), base).scope().await?) {
        (Some(Ok(scope)), _) => Ok(Some(scope)),
        (_, Some(scope)) => Ok(Some(scope.for_preview(&preview))),
        (Some(Err(error)), None) => Err(error),
        (None, None) => Ok(None),
    }
}

/// Where all other environments are, as far as files and records say. What has errors says nothing.
///
/// # Errors
/// When environments/ or the state cannot be read.
pub(super) async fn of_others(project: &Project, world: &World<'_>) -> Result<Vec<Scope>, OpsError> {
    let names = crate::ops::environment::names(&project.files)?;
    let model = |name: &String| compile_files(project, name).ok().map(|compiled| Scope::of(&compiled.model));
    let mut scopes: Vec<Scope> = names.iter().filter_map(model).collect();
    let store = world.store(project)?;
    for name in Records::environments(store.as_ref()).await? {
        scopes.extend(Records::of(store.as_ref(), &name).scope().await?);
    }
    Ok(scopes)
}
