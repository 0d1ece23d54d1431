//! What each resource is: one classification, read by plan and drift alike.

mod carriers;
mod moves;
mod resource;

pub(super) use carriers::STATE;

use super::compare::Compared;
use super::error::PlanError;
use super::finding::Finding;
use super::ignore::Rules;
use super::inputs::{Inputs, InstanceInput};
use super::observation::{Applied, ChangedBy, Gap, Observed};
use crate::model::{Address, Resource};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceClass {
    /// As declared.
    InSync,
    /// There, and different.
    Changed,
    /// Not there, or something that is not ours stands in its place.
    Missing,
    /// In our scope and not ours: never touched.
    Unmanaged,
    /// Under another name.
    Moved,
    /// Git has moved on, live has not.
    Pending,
    /// Different, and a rule of the user says that it is of no interest.
    Ignored,
    /// It could not be read.
    Unknown,
}

impl ResourceClass {
    /// Whether live is what nobody declared.
    pub const fn is_drift(self) -> bool {
        matches!(self, Self::Changed | Self::Missing | Self::Moved)
    }
}

/// One resource and what it is.
#[derive(Debug, Clone)]
pub struct Assessed<'a> {
    /// Its component.
    pub component: Option<&'a str>,
    /// The place of its instance in the inputs.
    pub instance: usize,
    /// What it is.
    pub class: ResourceClass,
    /// Its fields.
    pub compared: Compared,
    /// What must be.
    pub desired: Option<&'a Resource>,
    /// What was last applied.
    pub applied: Option<&'a Applied>,
    /// What is.
    pub observed: Option<&'a Observed>,
    /// Whether nothing is recorded as applied, and what is desired stood in for it.
    pub baseline_desired: bool,
    /// Whether something without our mark stands in its place.
    pub occupied: bool,
    /// Who took it away, for what is not there any more.
    pub gone_by: Option<&'a ChangedBy>,
    /// Where it is now, for a resource that somebody renamed.
    pub moved_to: Option<Address>,
    /// Where it was before, for a resource whose component was renamed in Git.
    pub moved_from: Option<Address>,
    /// The rule of the user that covers it.
    pub ignored_by: Option<String>,
    /// What could not be read of it: the gap's address and why.
    pub gap: Option<Gap>,
    /// The reported resource that it only follows from.
    pub follows: Option<Address>,
    /// Whether it is among what was asked for.
    pub selected: bool,
}

impl Assessed<'_> {
    /// Whether what stands in the place of a file is none: it cannot be taken over.
    pub fn is_obstructed(&self) -> bool {
        let file = self.desired.is_some_and(|resource| resource.text.is_some());
        self.occupied && file && self.observed.is_some_and(|observed| observed.text.is_none())
    }

    /// What it is but for what it lives in: as declared, or behind Git.
    pub fn class_before(&self) -> ResourceClass {
        let content = |body, text| (body, text);
        let desired = self.desired.map(|resource| content(&resource.body, &resource.text));
        let applied = self.applied.map(|applied| content(&applied.body, &applied.text));
        if applied.is_none() || applied == desired { ResourceClass::InSync } else { ResourceClass::Pending }
    }
}

/// All resources of an environment, and what they are.
#[derive(Debug)]
pub struct Assessment<'a> {
    /// By address. What is neither declared, recorded nor live is not in it.
    pub resources: BTreeMap<Address, Assessed<'a>>,
    /// What could not be read and is worth telling: not what follows from a reported resource, nor what is yet to be made.
    pub gaps: Vec<Gap>,
    /// What is to be said of rules and of the compare itself.
    pub findings: Vec<Finding>,
    /// What was asked for, is recorded as applied, and is neither declared nor there any more, with the place of its instance.
    pub gone: BTreeMap<Address, usize>,
}

/// Classifies everything.
///
/// # Errors
/// When two resources have one address.
pub fn assess<'a>(inputs: &Inputs<'a>) -> Result<Assessment<'a>, PlanError> {
    let rules = Rules::new(inputs.ignore, inputs.today);
    let (mut resources, mut gone) = (BTreeMap::new(), BTreeMap::new());
    for (at, instance) in inputs.instances.iter().enumerate() {
        for (address, mut assessed) in assess_instance(inputs, instance, at, &rules, &mut gone)? {
            assessed.selected = is_selected(inputs, &address, assessed.component);
            if resources.insert(address.clone(), assessed).is_some() {
                return Err(PlanError::Duplicate { address });
            }
        }
    }
    carriers::settle(&mut resources, &|address| is_looked_at(inputs, address));
    let gaps = gaps(inputs, &resources);
    let everything = gaps.is_empty() && inputs.options.only.is_empty() && inputs.options.components.is_empty();
    let mut findings = rules.findings(everything && !inputs.options.destroy);
    findings.extend(resource::findings(&resources));
    for finding in inputs.instances.iter().flat_map(|instance| &instance.observation.findings) {
        // Instances that write to one place say the same of it.
        if !findings.contains(finding) {
            findings.push(finding.clone());
        }
    }
    Ok(Assessment { resources, gaps, findings, gone })
}

/// Whether the look saw it: backends look at what the globs choose, and at all of that.
fn is_looked_at(inputs: &Inputs<'_>, address: &Address) -> bool {
    let only = inputs.options.only;
    only.is_empty() || only.iter().any(|glob| address.matches(glob))
}

fn is_selected(inputs: &Inputs<'_>, address: &Address, component: Option<&str>) -> bool {
    let components = inputs.options.components;
    is_looked_at(inputs, address)
        && (components.is_empty() || component.is_some_and(|name| components.iter().any(|wanted| wanted == name)))
}

fn assess_instance<'a>(
    inputs: &Inputs<'a>,
    instance: &InstanceInput<'a>,
    at: usize,
    rules: &Rules<'_>,
    gone: &mut BTreeMap<Address, usize>,
) -> Result<BTreeMap<Address, Assessed<'a>>, PlanError> {
    let wanted: &'a [Resource] = if inputs.options.destroy { &[] } else { instance.desired };
    let mut desired = BTreeMap::new();
    let own: &'a [Resource] = if inputs.options.destroy { &[] } else { &instance.observation.own };
    for resource in wanted.iter().chain(own) {
        if desired.insert(&resource.address, resource).is_some() {
            return Err(PlanError::Duplicate { address: resource.address.clone() });
        }
    }
    let applied = instance.observation.applied.as_ref().unwrap_or(instance.applied);
    let recorded = recorded(inputs, instance);
    let live = &instance.observation.resources;
    let mut assessed = BTreeMap::new();
    for address in desired.keys().copied().chain(applied.keys()).chain(live.keys()) {
        if assessed.contains_key(address) {
            continue;
        }
        let sides = resource::Sides {
            address,
            desired: desired.get(address).copied(),
            applied: applied.get(address),
            observed: live.get(address),
            gone_by: instance.observation.gone.get(address),
            gap: covering(&instance.observation.gaps, address),
            recorded,
        };
        let component = sides.applied.map(|applied| applied.component.as_deref());
        match (resource::classify(&sides, instance, at, rules), component) {
            (Some(one), _) => drop(assessed.insert(address.clone(), one)),
            (None, Some(component)) if is_selected(inputs, address, component) => {
                gone.insert(address.clone(), at);
            }
            (None, _) => {}
        }
    }
    moves::find_renamed_components(inputs.moved, &mut assessed);
    moves::find_renamed_files(&mut assessed);
    resource::ignore(&mut assessed, rules);
    Ok(assessed)
}

/// Whether an address that is not recorded as applied was never applied: something remembers what was.
fn recorded(inputs: &Inputs<'_>, instance: &InstanceInput<'_>) -> bool {
    instance.observation.applied.is_some() || !instance.applied.is_empty() || inputs.generation > 0
}

/// The gap in which an address lies.
fn covering<'a>(gaps: &'a [Gap], address: &Address) -> Option<&'a Gap> {
    gaps.iter().find(|gap| holds(&gap.address, address))
}

/// Whether `inner` is `outer` or lies below it.
pub fn holds(outer: &Address, inner: &Address) -> bool {
    let rest = inner.path().strip_prefix(outer.path());
    outer.kind() == inner.kind()
        && outer.instance() == inner.instance()
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The gaps that are neither explained by a reported resource nor by one that is yet to be made.
fn gaps(inputs: &Inputs<'_>, resources: &BTreeMap<Address, Assessed<'_>>) -> Vec<Gap> {
    let all = inputs.instances.iter().flat_map(|instance| &instance.observation.gaps);
    let mut gaps: Vec<Gap> = Vec::new();
    for gap in all {
        let mut below = resources.iter().filter(|(address, _)| holds(&gap.address, address)).peekable();
        let selected = |(address, one): &(&Address, &Assessed<'_>)| {
            one.selected && one.class == ResourceClass::Unknown && one.follows.is_none() && holds(&gap.address, address)
        };
        let open = match below.peek() {
            None => is_selected(inputs, &gap.address, None) || inputs.options.only.is_empty(),
            Some(_) => below.any(|pair| selected(&pair)),
        };
        if open && !gaps.contains(gap) {
            gaps.push(gap.clone());
        }
    }
    gaps.sort_by(|a, b| a.address.cmp(&b.address));
    gaps
}

#[cfg(test)]
mod tests;
