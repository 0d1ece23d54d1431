//! Makes a plan: what each resource needs, in which order, and what is refused.

mod action;
mod graph;
mod guard;
mod steps;

use super::assess::{Assessed, Assessment, ResourceClass, assess, holds};
use super::error::PlanError;
use super::finding::Finding;
use super::inputs::Inputs;
use super::observation::Gap;
use super::procedure::Around;
use super::types::{Action, Change, Plan, PlannedSecrets};
use crate::model::{Address, Applier};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is decided, while the plan is being made.
pub(super) struct Draft<'a> {
    inputs: &'a Inputs<'a>,
    changes: BTreeMap<Address, Change>,
    gaps: Vec<Gap>,
    findings: Vec<Finding>,
    /// Old addresses of renamed components: they go, and nothing is lost.
    renamed: BTreeSet<Address>,
}

/// Makes a plan. The same inputs give the same bytes. Places in Git are put in afterwards (`places::wanted`, `places::locate`).
///
/// # Errors
/// When a guard refuses it, or its changes wait for each other.
pub fn make(inputs: &Inputs<'_>) -> Result<Plan, PlanError> {
    let mut assessment = assess(inputs)?;
    select_renamed(&mut assessment);
    guard::limits_are_possible(inputs, &assessment)?;
    let mut draft = Draft {
        inputs,
        changes: BTreeMap::new(),
        gaps: assessment.gaps.iter().filter(|gap| !is_only_observed(&assessment, gap)).cloned().collect(),
        findings: assessment.findings.clone(),
        renamed: assessment.resources.values().filter_map(|one| one.moved_from.clone()).collect(),
    };
    for (address, one) in &assessment.resources {
        draft.decide(address, one)?;
    }
    draft.ensure_what_lives_in_what_is_made(&assessment);
    let mut edges = graph::edges(&draft.changes, &assessment);
    draft.hold_back(&assessment, &edges);
    draft.expand_procedures(&mut edges)?;
    guard::deletions(inputs, &assessment, &draft)?;
    let order = graph::order(&draft.changes, &edges)?;
    Ok(draft.finish(&assessment, order))
}

/// The globs that a plan is limited to; components stand for the addresses that they have.
fn limits(inputs: &Inputs<'_>, assessment: &Assessment<'_>) -> Vec<String> {
    if inputs.options.components.is_empty() {
        return inputs.options.only.to_vec();
    }
    let chosen = assessment.resources.iter().filter(|(_, one)| one.selected);
    chosen.map(|(address, _)| address.to_string()).collect()
}

/// Whether a gap hides nothing that a plan could change.
fn is_only_observed(assessment: &Assessment<'_>, gap: &Gap) -> bool {
    let mut below = assessment.resources.iter().filter(|(address, _)| holds(&gap.address, address)).peekable();
    below.peek().is_some() && below.all(|(_, one)| one.desired.is_some_and(|resource| resource.observed_only))
}

/// What is gone on both sides, with who applied it.
fn gone(inputs: &Inputs<'_>, assessment: &Assessment<'_>) -> BTreeMap<Address, Applier> {
    let named = |(address, at): (&Address, &usize)| Some((address.clone(), inputs.instances.get(*at)?.applier()));
    assessment.gone.iter().filter_map(named).collect()
}

/// What is renamed is chosen on both ends or on none.
fn select_renamed(assessment: &mut Assessment<'_>) {
    let chosen = assessment.resources.values().filter(|one| one.selected);
    let old: Vec<Address> = chosen.filter_map(|one| one.moved_from.clone()).collect();
    for address in old {
        if let Some(one) = assessment.resources.get_mut(&address) {
            one.selected = true;
        }
    }
}

impl Draft<'_> {
    fn decide(&mut self, address: &Address, one: &Assessed<'_>) -> Result<(), PlanError> {
        let Some(decided) = action::decide(self.inputs, address, one, self.renamed.contains(address))? else {
            return Ok(());
        };
        match decided {
            action::Decided::Change(change, findings) => {
                self.findings.extend(findings);
                self.changes.insert(address.clone(), *change);
            }
            action::Decided::Gap(reason) => self.gap(address, reason),
        }
        Ok(())
    }

    fn gap(&mut self, address: &Address, reason: String) {
        if !self.gaps.iter().any(|gap| gap.address == *address) {
            self.gaps.push(Gap { address: address.clone(), reason });
        }
    }

    /// What lives in something that is made, made anew or started is brought to what it must be once that is healthy.
    fn ensure_what_lives_in_what_is_made(&mut self, assessment: &Assessment<'_>) {
        let mut ensured = Vec::new();
        for (address, one) in assessment.resources.iter().filter(|(_, one)| one.selected) {
            let Some(desired) = one.desired.filter(|resource| !resource.observed_only) else { continue };
            let mut carriers = desired.carriers.iter().map(|carrier| &carrier.address);
            let helps =
                |carrier: &&Address| self.is_made(carrier) || (one.follows.is_some() && self.is_changed(carrier));
            if let Some(carrier) = carriers.find(helps).filter(|_| !one.occupied) {
                ensured.push((address, one, format!("brought to what it must be once {carrier} is healthy")));
            }
        }
        for (address, one, reason) in ensured {
            let mut change = action::blank(self.inputs, address, one, Action::Run, reason);
            change.steps = vec!["bring it to what is declared".into()];
            self.changes.insert(address.clone(), change);
        }
    }

    fn is_changed(&self, carrier: &Address) -> bool {
        self.changes.get(carrier).is_some_and(|change| change.action != Action::Keep)
    }

    fn is_made(&self, carrier: &Address) -> bool {
        let started =
            |change: &Change| change.fields.iter().any(|field| field.path.to_string() == super::assess::STATE);
        let made = |change: &Change| {
            matches!(change.action, Action::Create | Action::Replace | Action::Restart) || started(change)
        };
        self.changes.get(carrier).is_some_and(made)
    }

    /// Changes that wait for what could not be read are no changes of this plan.
    fn hold_back(&mut self, assessment: &Assessment<'_>, edges: &graph::Edges) {
        let unread = |address: &Address| {
            assessment.resources.get(address).is_some_and(|one| one.class == ResourceClass::Unknown)
        };
        loop {
            let missing =
                |address: &&Address| !self.changes.contains_key(*address) && (unread(address) || self.has_gap(address));
            let held = self.changes.values().filter(|change| change.action != Action::Keep).find_map(|change| {
                let before = edges.get(&change.address)?;
                Some((change.address.clone(), before.iter().find(missing)?.clone()))
            });
            let Some((address, before)) = held else { return };
            self.changes.remove(&address);
            self.gap(&address, format!("it comes after {before}, which is not known"));
        }
    }

    fn has_gap(&self, address: &Address) -> bool {
        self.gaps.iter().any(|gap| gap.address == *address)
    }

    fn expand_procedures(&mut self, edges: &mut graph::Edges) -> Result<(), PlanError> {
        for instance in self.inputs.instances {
            for procedure in instance.procedures {
                let changes: Vec<Change> = self.changes.values().cloned().collect();
                let expansion = procedure.expand(&Around {
                    changes: &changes,
                    desired: instance.desired,
                    applied: instance.observation.applied.as_ref().unwrap_or(instance.applied),
                    observation: instance.observation,
                });
                guard::expansion(instance.name, &expansion, &self.changes)?;
                for run in expansion.runs {
                    edges.entry(run.address.clone()).or_default().extend(run.after.iter().cloned());
                    self.changes.insert(run.address.clone(), run);
                }
                for (first, then) in expansion.edges {
                    edges.entry(then).or_default().insert(first);
                }
            }
        }
        Ok(())
    }

    fn finish(mut self, assessment: &Assessment<'_>, order: Vec<graph::Place>) -> Plan {
        let mut changes = Vec::new();
        for graph::Place { address, wave, after } in order {
            if let Some(change) = self.changes.remove(&address) {
                changes.push(Change { after, wave, ..change });
            }
        }
        let inputs = self.inputs;
        let mut gaps = self.gaps;
        gaps.sort_by(|a, b| a.address.cmp(&b.address));
        let kinds: BTreeSet<_> = inputs.instances.iter().map(|instance| instance.kind.to_owned()).collect();
        let one = |address: &Address| assessment.resources.get(address);
        let desired =
            changes.iter().filter_map(|change| Some((change.address.clone(), one(&change.address)?.desired?.clone())));
        let applied =
            changes.iter().filter_map(|change| Some((change.address.clone(), one(&change.address)?.applied?.clone())));
        Plan {
            environment: inputs.environment.into(),
            project: inputs.project.into(),
            scope: inputs.scope.clone(),
            targets: kinds.into_iter().collect(),
            revision: inputs.revision.clone(),
            lineage: inputs.lineage.map(Into::into),
            generation: inputs.generation,
            generations: inputs
                .instances
                .iter()
                .filter_map(|instance| Some((instance.applier(), instance.observation.generation?)))
                .collect(),
            destroy: inputs.options.destroy,
            forgotten: gone(inputs, assessment),
            only: limits(inputs, assessment),
            resources: desired.collect(),
            applied: applied.collect(),
            artifacts: inputs
                .instances
                .iter()
                .filter(|instance| !instance.artifacts.is_empty())
                .map(|instance| (instance.name.to_owned(), instance.artifacts.clone()))
                .collect(),
            deferred: inputs.deferred.to_vec(),
            gaps,
            losses: inputs.losses.to_vec(),
            findings: inputs.findings.iter().cloned().chain(self.findings).collect(),
            tickets: inputs.instances.iter().flat_map(|instance| instance.observation.tickets.clone()).collect(),
            cursors: inputs
                .instances
                .iter()
                .filter_map(|instance| Some((instance.applier(), instance.observation.cursor.clone()?)))
                .collect(),
            secrets: PlannedSecrets::default(),
            changes,
        }
    }
}

#[cfg(test)]
mod tests;
