//! `drift`: live compared with Git.

use super::error::OpsError;
use super::look::Look;
use super::place::Places;
use super::plan::Wanted;
use super::project::Project;
use super::world::World;
use crate::drift::{self, Details, DriftReport};
use crate::plan::BUILT_IN;
use crate::state::record::Records;
use crate::sys::git::{BlamedLine, blame};
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
    let look = Look::take(project, world, name, &wanted.only).await?;
    let store = world.store(project)?;
    let records = Records::of(store.as_ref(), name);
    let seen = records.drift_history().await?;
    let details = Details {
        observed_at: &look.observed_at,
        secrets_judged: true,
        all_resources,
        first_seen: &|address, path| seen.since(address, &path.to_string()).map(str::to_owned),
    };
    let mut report = look.with_inputs(wanted.options(), |inputs| drift::report(inputs, &details))?;
    let fields = drift::places_wanted(&report);
    if let (Some(compiled), false) = (&look.compiled, fields.is_empty()) {
        let perturbable = Places::new(project, compiled, &look.backends);
        drift::locate(&mut report, &drift::provenance::locate(&perturbable, &fields, drift::provenance::Depth::Source));
        name_authors(project, &mut report);
    }
    Ok(report)
}

/// Puts commit and author of each line into a report, or why they are not known.
fn name_authors(project: &Project, report: &mut DriftReport) {
    let mut lines: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for place in report.places_mut().filter(|place| !place.file.starts_with(BUILT_IN)) {
        lines.entry(place.file.clone()).or_default().insert(place.line);
    }
    let blamed: BTreeMap<_, _> = lines
        .into_iter()
        .map(|(file, lines)| {
            let blamed = blame(&project.root, None, &file, &lines);
            (file, blamed)
        })
        .collect();
    for place in report.places_mut() {
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
