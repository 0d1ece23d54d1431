//! A preview as an environment of its own: plan, drift, status and the other commands take its name.

use crate::model::Preview;
use crate::ops::environment::has_file;
use crate::ops::error::OpsError;
use crate::ops::project::{PreviewFiles, Project};
use crate::ops::world::World;
use crate::preview::{PreviewRecord, slug};
use crate::state::record::Previews;
use crate::sys::git::GitTree;
use std::ops::Deref;

/// A project, its files being those of the environment that is meant.
pub enum Subject<'a> {
    /// As it is.
    Plain(&'a Project),
    /// For a preview.
    Preview(Box<Project>),
}

impl Deref for Subject<'_> {
    type Target = Project;

    fn deref(&self) -> &Project {
        match self {
            Self::Plain(project) => project,
            Self::Preview(project) => project,
        }
    }
}

/// The project as the environment of a name needs it: where it is a preview that is recorded, and no file is called so, for that.
///
/// # Errors
/// When the state cannot be read, or the commit of the preview is not there any more.
pub async fn subject<'a>(project: &'a Project, world: &World<'_>, name: &str) -> Result<Subject<'a>, OpsError> {
    let plain = Subject::Plain(project);
    let Some((base, number)) = Preview::parse_name(name) else { return Ok(plain) };
    if project.preview_called(name).is_some() || has_file(&project.files, name) {
        return Ok(plain);
    }
    let store = world.store(project)?;
    let records = Previews::of(store.as_ref(), base).all().await?;
    let Some(record) = records.previews.get(&number) else { return Ok(plain) };
    let files = files_of(project, base, number, record)?;
    Ok(Subject::Preview(Box::new(project.for_preview(files)?)))
}

/// A preview as it is recorded, with its files.
///
/// # Errors
/// When its commit is not there any more, or the repository cannot be read.
fn files_of(project: &Project, base: &str, number: u32, record: &PreviewRecord) -> Result<PreviewFiles, OpsError> {
    let branch = record.branch.as_deref().map(slug).transpose()?;
    files(project, base, number, branch, record.sha.as_deref())
}

/// A preview of a branch (as a name) and a commit, or of the work tree.
///
/// # Errors
/// When there is no such commit, or the repository cannot be read.
pub(super) fn files(
    project: &Project,
    base: &str,
    number: u32,
    branch: Option<String>,
    sha: Option<&str>,
) -> Result<PreviewFiles, OpsError> {
    let tree = sha.map(|sha| GitTree::open(&project.root, sha)).transpose()?;
    let sha = match (&tree, project.repository()?) {
        (Some(tree), _) => Some(tree.commit().to_owned()),
        (None, Some(repository)) => repository.head()?,
        (None, None) => None,
    };
    Ok(PreviewFiles { preview: Preview { base: base.into(), number, branch, sha }, tree })
}
