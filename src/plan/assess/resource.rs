//! What one resource is, by itself.

use super::{Assessed, ResourceClass};
use crate::diag::Code;
use crate::diag::code::{NOT_COMPARED, NOT_LINE_BY_LINE};
use crate::model::{Address, Resource};
use crate::plan::compare::{Compared, Comparison, Content, compare};
use crate::plan::finding::Finding;
use crate::plan::ignore::Rules;
use crate::plan::inputs::InstanceInput;
use crate::plan::observation::{Applied, ChangedBy, Gap, Observed};
use std::collections::BTreeMap;

/// Everything that is known of one address.
pub(super) struct Sides<'a, 'b> {
    pub address: &'b Address,
    pub desired: Option<&'a Resource>,
    pub applied: Option<&'a Applied>,
    pub observed: Option<&'a Observed>,
    pub gone_by: Option<&'a ChangedBy>,
    pub gap: Option<&'b Gap>,
    /// Whether an address that is not recorded as applied was never applied.
    pub recorded: bool,
}

/// What it is; none: nothing that is worth a word (applied once, and gone on both sides).
pub(super) fn classify<'a>(
    sides: &Sides<'a, '_>,
    instance: &InstanceInput<'a>,
    at: usize,
    rules: &Rules<'_>,
) -> Option<Assessed<'a>> {
    let (class, compared) = if sides.gap.is_some() {
        (ResourceClass::Unknown, Compared::default())
    } else {
        judge(sides, instance, rules)?
    };
    let owner = |sides: &Sides<'a, '_>| {
        let desired = sides.desired.map(|resource| resource.component.as_deref());
        let applied = sides.applied.map(|applied| applied.component.as_deref());
        let observed = sides.observed.filter(|observed| observed.ours).map(|observed| observed.component.as_deref());
        desired.or(applied).or(observed).flatten()
    };
    let occupied = sides.desired.is_some() && sides.observed.is_some_and(|observed| !observed.ours);
    Some(Assessed {
        component: owner(sides),
        instance: at,
        class,
        compared,
        desired: sides.desired,
        applied: sides.applied,
        observed: sides.observed,
        baseline_desired: sides.applied.is_none() && sides.desired.is_some() && !occupied && is_baseline(sides),
        occupied,
        gone_by: sides.gone_by.filter(|_| sides.observed.is_none()),
        moved_to: None,
        moved_from: None,
        ignored_by: None,
        gap: sides.gap.cloned(),
        follows: None,
        selected: true,
    })
}

/// Whether what is desired stands in for what was applied: it is there, or nothing is recorded at all.
const fn is_baseline(sides: &Sides<'_, '_>) -> bool {
    sides.observed.is_some() || !sides.recorded
}

fn judge(sides: &Sides<'_, '_>, instance: &InstanceInput<'_>, rules: &Rules<'_>) -> Option<(ResourceClass, Compared)> {
    let plain = |class| Some((class, Compared::default()));
    let ours = sides.observed.is_some_and(|observed| observed.ours);
    match (sides.desired.is_some(), sides.applied.is_some(), sides.observed.is_some()) {
        (true, _, true) if !ours => plain(ResourceClass::Missing),
        (true, _, true) => {
            let compared = compare_sides(sides, instance, rules);
            Some((of_fields(&compared), compared))
        }
        (true, false, false) if sides.recorded => plain(ResourceClass::Pending),
        (true, _, false) => plain(ResourceClass::Missing),
        (false, _, true) if !ours => plain(ResourceClass::Unmanaged),
        (false, true, true) => {
            let mut compared = compare_sides(sides, instance, rules);
            let drifted = compared.has_drift() || text_alone_differs(sides, &compared);
            let class = if drifted { ResourceClass::Changed } else { ResourceClass::Pending };
            compared.fields.retain(|field| field.verdict.is_drift());
            Some((class, compared))
        }
        (false, false, true) => plain(ResourceClass::Pending),
        (false, _, false) => None,
    }
}

/// Whether the text of a file that Git does not declare any more was changed, where no field of it tells.
fn text_alone_differs(sides: &Sides<'_, '_>, compared: &Compared) -> bool {
    let applied = sides.applied.and_then(|applied| applied.text.as_ref());
    let live = sides.observed.and_then(|observed| observed.text.as_ref());
    compared.silenced.is_empty() && applied.is_some() && live.is_some() && applied != live
}

fn of_fields(compared: &Compared) -> ResourceClass {
    if compared.has_drift() {
        ResourceClass::Changed
    } else if compared.has_pending() {
        ResourceClass::Pending
    } else if compared.silenced.iter().any(|silenced| silenced.by_user) {
        ResourceClass::Ignored
    } else {
        ResourceClass::InSync
    }
}

fn compare_sides(sides: &Sides<'_, '_>, instance: &InstanceInput<'_>, rules: &Rules<'_>) -> Compared {
    let desired = sides.desired.map(Content::of_resource);
    let applied = sides.applied.map(Content::of_applied);
    let live = sides.observed.map(Content::of_observed);
    let owner = owner_of(sides.observed);
    compare(&Comparison {
        address: sides.address,
        table: instance.table,
        owned: sides.desired.map_or(&[], |resource| &resource.owned),
        desired,
        applied: applied.or(desired),
        live,
        as_system_would: sides
            .observed
            .filter(|_| desired.is_some())
            .and_then(|observed| observed.as_system_would.as_ref()),
        silence: &|path| rules.field(sides.address, path, owner).map(crate::plan::ignore::Rule::name),
    })
}

fn owner_of(observed: Option<&Observed>) -> Option<&str> {
    observed?.changed_by.as_ref()?.who.as_deref()
}

/// Applies the rules that cover whole resources.
pub(super) fn ignore(resources: &mut BTreeMap<Address, Assessed<'_>>, rules: &Rules<'_>) {
    for (address, one) in resources {
        if !(one.class.is_drift() || one.class == ResourceClass::Unmanaged) {
            continue;
        }
        if let Some(rule) = rules.resource(address, owner_of(one.observed)) {
            one.class = ResourceClass::Ignored;
            one.ignored_by = Some(rule.name());
            one.compared.fields.clear();
        }
    }
}

/// What the compare has to say of itself.
pub(super) fn findings(resources: &BTreeMap<Address, Assessed<'_>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let note = |code: Code, message: String| Finding {
        code: code.to_string(),
        severity: "note".into(),
        message,
        source: None,
    };
    for (address, one) in resources.iter().filter(|(_, one)| one.selected) {
        let fields = one.compared.not_compared.iter();
        findings.extend(fields.map(|path| {
            note(
                NOT_COMPARED,
                format!(
                    "no rule says how {path} of {address} is compared: exactly, and a change of it makes the thing anew"
                ),
            )
        }));
        if one.compared.blunt {
            findings.push(note(
                NOT_LINE_BY_LINE,
                format!("the texts of {address} are too different to be compared line by line"),
            ));
        }
    }
    findings
}
