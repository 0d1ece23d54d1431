//! What is refused as a whole.

use super::Draft;
use crate::model::Address;
use crate::plan::assess::{Assessed, Assessment, ResourceClass};
use crate::plan::error::PlanError;
use crate::plan::inputs::Inputs;
use crate::plan::procedure::{Expansion, Granularity};
use crate::plan::types::{Action, Change};
use std::collections::BTreeMap;

/// As many deletions are always within the built-in budget; beyond it, half of what was applied.
const FEW: usize = 10;

/// Whether what was asked for can be applied by itself.
pub(super) fn limits_are_possible(inputs: &Inputs<'_>, assessment: &Assessment<'_>) -> Result<(), PlanError> {
    if inputs.options.only.is_empty() && inputs.options.components.is_empty() {
        return Ok(());
    }
    for (at, instance) in inputs.instances.iter().enumerate() {
        let of_instance = || assessment.resources.iter().filter(move |(_, one)| one.instance == at && is_ours(one));
        let left_out = || of_instance().filter(|(_, one)| !one.selected);
        let error = |reason: String| PlanError::OnlyTooFine { instance: instance.name.into(), reason };
        let is_split = instance.granularity == Granularity::Instance && of_instance().any(|(_, one)| one.selected);
        if let Some((address, _)) = left_out().next().filter(|_| is_split) {
            return Err(error(format!("{} applies it as a whole, and {address} is left out", instance.backend)));
        }
        let shared = |one: &Assessed<'_>| one.component.is_none() && differs(one);
        if let Some((address, _)) = left_out().find(|(_, one)| !inputs.options.components.is_empty() && shared(one)) {
            return Err(error(format!("{address} holds several components and would change")));
        }
    }
    Ok(())
}

const fn is_ours(one: &Assessed<'_>) -> bool {
    one.desired.is_some() || one.applied.is_some()
}

const fn differs(one: &Assessed<'_>) -> bool {
    one.class.is_drift() || matches!(one.class, ResourceClass::Pending)
}

/// Whether as much may be deleted.
pub(super) fn deletions(inputs: &Inputs<'_>, assessment: &Assessment<'_>, draft: &Draft<'_>) -> Result<(), PlanError> {
    if inputs.options.destroy {
        return Ok(());
    }
    let is_deletion = |change: &&Change| change.action == Action::Delete && !draft.renamed.contains(&change.address);
    let deleted: Vec<&Address> = draft.changes.values().filter(is_deletion).map(|change| &change.address).collect();
    let nothing_declared = inputs.instances.iter().all(|instance| instance.desired.is_empty());
    if nothing_declared && !deleted.is_empty() && !inputs.options.allow_empty {
        return Err(PlanError::Empty { environment: inputs.environment.into(), existing: deleted.len() });
    }
    let was_applied = assessment.resources.values().filter(|one| one.applied.is_some()).count();
    let built_in = FEW.max(was_applied / 2);
    let allowed = inputs.options.max_deletions.map_or(built_in, |max| usize::try_from(max).unwrap_or(usize::MAX));
    if deleted.len() > allowed {
        let examples = deleted.iter().take(3).map(|address| (*address).clone()).collect();
        return Err(PlanError::TooManyDeletions { deletions: deleted.len(), allowed, examples });
    }
    Ok(())
}

/// Whether steps around changes are only that.
pub(super) fn expansion(
    instance: &str,
    expansion: &Expansion,
    changes: &BTreeMap<Address, Change>,
) -> Result<(), PlanError> {
    let error = |reason: String| Err(PlanError::Overreach { instance: instance.into(), reason });
    let known =
        |address: &Address| changes.contains_key(address) || expansion.runs.iter().any(|run| run.address == *address);
    for (at, run) in expansion.runs.iter().enumerate() {
        if run.action != Action::Run {
            return error(format!("{} is no run", run.address));
        }
        if changes.contains_key(&run.address) || expansion.runs[..at].iter().any(|other| other.address == run.address) {
            return error(format!("{} has a change already", run.address));
        }
    }
    let edges = expansion.edges.iter().flat_map(|(first, then)| [first, then]);
    let after = expansion.runs.iter().flat_map(|run| &run.after);
    match edges.chain(after).find(|address| !known(address)) {
        Some(address) => error(format!("{address} is not part of the plan")),
        None => Ok(()),
    }
}
