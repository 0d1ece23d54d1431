//! Whether what a command is limited to is there at all: a name that nothing has is a slip of the pen, not an empty result.

use super::error::OpsError;
use super::look::Look;
use super::wanted::Wanted;
use crate::diag::did_you_mean;
use crate::model::Address;
use std::collections::BTreeSet;

/// Checks targets, components and globs.
///
/// # Errors
/// [`OpsError::NothingMatches`] for the first that matches nothing; a near name is named.
pub(super) fn check(look: &Look, wanted: &Wanted) -> Result<(), OpsError> {
    if wanted.is_everything() {
        return Ok(());
    }
    let environment = look.environment();
    let names: BTreeSet<String> = look.groups.iter().map(|group| group.name.clone()).collect();
    if let Some(unknown) = wanted.targets.iter().find(|name| !names.contains(*name)) {
        return Err(nothing(format!("{environment} does not go to `{unknown}`"), "it goes to", unknown, &names));
    }
    let names = components(look, wanted);
    if let Some(unknown) = wanted.components.iter().find(|name| !names.contains(*name)) {
        return Err(nothing(format!("{environment} has no component `{unknown}`"), "it has", unknown, &names));
    }
    let addresses = addresses(look, wanted);
    let matches = |glob: &&String| addresses.iter().any(|address| address.matches(glob));
    if let Some(unknown) = wanted.only.iter().find(|glob| !matches(glob)) {
        let names = addresses.iter().map(ToString::to_string).collect();
        return Err(nothing(format!("no address of {environment} matches `{unknown}`"), "there are", unknown, &names));
    }
    Ok(())
}

fn nothing(message: String, there_are: &str, unknown: &str, names: &BTreeSet<String>) -> OpsError {
    const MOST: usize = 10;
    let help = match did_you_mean(unknown, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "there is nothing of it".into(),
        None => {
            let shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
            let more = if names.len() > MOST { format!(", and {} more", names.len() - MOST) } else { String::new() };
            format!("{there_are}: {shown}{more}")
        }
    };
    OpsError::NothingMatches { message, help }
}

/// What is declared, was applied, or is there and names one.
fn components(look: &Look, wanted: &Wanted) -> BTreeSet<String> {
    let declared = look.compiled.iter().flat_map(|compiled| compiled.model.components.keys().cloned());
    let applied = look.remembered.applied.values().filter_map(|applied| applied.component.clone());
    let mut names: BTreeSet<String> = declared.chain(applied).collect();
    for group in look.chosen(wanted) {
        names.extend(group.desired.iter().filter_map(|resource| resource.component.clone()));
        names.extend(group.observation.resources.values().filter_map(|observed| observed.component.clone()));
        let applied = group.observation.applied.iter().flat_map(|applied| applied.values());
        names.extend(applied.filter_map(|applied| applied.component.clone()));
    }
    names
}

fn addresses(look: &Look, wanted: &Wanted) -> BTreeSet<Address> {
    let mut addresses: BTreeSet<Address> = look.remembered.applied.keys().cloned().collect();
    for group in look.chosen(wanted) {
        addresses.extend(group.desired.iter().map(|resource| resource.address.clone()));
        addresses.extend(group.observation.resources.keys().cloned());
        addresses.extend(group.observation.gaps.iter().map(|gap| gap.address.clone()));
        addresses.extend(group.observation.applied.iter().flat_map(|applied| applied.keys().cloned()));
    }
    addresses
}
