//! `preview list`: what is recorded, and what bears the marks of previews without a record.

use super::marks::{Marks, marks};
use super::scope::declared;
use super::up::status_of;
use crate::model::Preview;
use crate::ops::environment::{has_file, known, names};
use crate::ops::error::OpsError;
use crate::ops::project::Project;
use crate::ops::world::World;
use crate::preview::PreviewRecords;
use crate::report::preview::{PreviewsReport, Unlisted};
use crate::state::record::{Previews, Records};
use std::collections::BTreeSet;

/// The previews of one environment.
pub(super) struct Listed {
    /// The environment.
    pub base: String,
    /// What is recorded.
    pub records: PreviewRecords,
    /// What bears their marks.
    pub marks: Marks,
}

impl Listed {
    /// What could not be listed.
    pub fn unlisted(&self) -> impl Iterator<Item = Unlisted> + '_ {
        let reasons = self.marks.failed.iter().chain(&self.marks.unknown);
        reasons.map(|reason| Unlisted { environment: self.base.clone(), reason: reason.clone() })
    }

    /// The name of a preview.
    pub fn name(&self, number: u32) -> String {
        Preview { base: self.base.clone(), number, branch: None, sha: None }.name()
    }
}

/// The previews of the named environments, or of all.
///
/// # Errors
/// When there is no such environment, or the state cannot be read.
pub async fn list(project: &Project, world: &World<'_>, environments: &[String]) -> Result<PreviewsReport, OpsError> {
    let now = world.clock.now().as_second();
    let all = listed(project, world, environments).await?;
    let mut previews = Vec::new();
    for one in &all {
        let numbers: BTreeSet<u32> =
            one.records.previews.keys().copied().chain(one.marks.unrecorded(&one.records)).collect();
        for number in numbers {
            let mut status = status_of(&one.name(number), &one.base, number, one.records.previews.get(&number), now);
            status.resources = one.marks.count(number);
            previews.push(status);
        }
    }
    Ok(PreviewsReport::new(previews, all.iter().flat_map(Listed::unlisted).collect()))
}

pub(super) async fn listed(
    project: &Project,
    world: &World<'_>,
    environments: &[String],
) -> Result<Vec<Listed>, OpsError> {
    let mut all = Vec::new();
    for base in bases(project, world, environments).await? {
        let store = world.store(project)?;
        let records = Previews::of(store.as_ref(), &base).all().await?;
        let marks = marks(project, world, &base, &records).await?;
        all.push(Listed { base, records, marks });
    }
    Ok(all)
}

/// The environments that can have previews: those of which some are recorded, and those whose files say so.
async fn bases(project: &Project, world: &World<'_>, environments: &[String]) -> Result<Vec<String>, OpsError> {
    let store = world.store(project)?;
    let recorded = Previews::environments(store.as_ref()).await?;
    for name in environments {
        let is_recorded = recorded.contains(name) || Records::of(store.as_ref(), name).scope().await?.is_some();
        if !is_recorded && !has_file(&project.files, name) {
            known(project, name)?;
        }
    }
    if !environments.is_empty() {
        return Ok(environments.to_vec());
    }
    // A file with errors may have previews: that it could not be read is said with them.
    let may_have = |name: &String| !matches!(declared(project, name, 1), Ok(None));
    let of_files = names(&project.files)?.into_iter().filter(may_have);
    Ok(of_files.chain(recorded).collect::<BTreeSet<_>>().into_iter().collect())
}
