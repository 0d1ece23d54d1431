//! What one resource needs.

use super::steps;
use crate::diag::Code;
use crate::diag::code::{NOT_DELETED_WITHOUT_RECORD, NOT_REPAIRED};
use crate::model::{Address, Effect, FieldPath};
use crate::plan::assess::{Assessed, ResourceClass};
use crate::plan::compare::{Comparison, Content, Field, compare};
use crate::plan::error::PlanError;
use crate::plan::finding::Finding;
use crate::plan::inputs::Inputs;
use crate::plan::types::{Action, Change, FieldChange};
use crate::plan::verdict::Verdict;

/// What is decided for one resource.
pub(super) enum Decided {
    /// A change, a `keep` included, and what is to be said of it.
    Change(Box<Change>, Vec<Finding>),
    /// Nothing can be decided, and why.
    Gap(String),
}

impl Decided {
    fn plain(change: Change) -> Self {
        Self::Change(Box::new(change), Vec::new())
    }
}

/// A change without fields and steps.
pub(super) fn blank(
    inputs: &Inputs<'_>,
    address: &Address,
    one: &Assessed<'_>,
    action: Action,
    reason: String,
) -> Change {
    let instance = &inputs.instances[one.instance];
    Change {
        address: address.clone(),
        component: one.component.map(Into::into),
        backend: instance.backend.into(),
        instance: instance.name.into(),
        action,
        after: Vec::new(),
        wave: 0,
        reason,
        disruptive: matches!(action, Action::Restart | Action::Replace | Action::Delete),
        steps: Vec::new(),
        precondition: one.observed.map(|observed| observed.fingerprint.clone()),
        fields: Vec::new(),
        moved_from: one.moved_from.clone().filter(|_| action == Action::Create),
    }
}

/// Decides; none: it is no part of a plan (not ours, or already told as a gap).
pub(super) fn decide(
    inputs: &Inputs<'_>,
    address: &Address,
    one: &Assessed<'_>,
    renamed: bool,
) -> Result<Option<Decided>, PlanError> {
    let keep = |reason: &str| Ok(Some(Decided::plain(blank(inputs, address, one, Action::Keep, reason.into()))));
    match one.class {
        ResourceClass::Unmanaged | ResourceClass::Unknown => return Ok(None),
        ResourceClass::Ignored if one.desired.is_none() && one.applied.is_none() => return Ok(None),
        _ if !one.selected => return keep("not among what was asked for"),
        ResourceClass::InSync if one.compared.converged => return keep("already as declared; recorded as applied"),
        ResourceClass::InSync => return keep("as declared"),
        ResourceClass::Ignored => return keep("it differs, and a rule says that this is of no interest"),
        _ => {}
    }
    let Some(desired) = one.desired else { return delete(inputs, address, one, renamed).map(Some) };
    if desired.observed_only {
        return keep("it is only observed here");
    }
    if one.occupied {
        return Ok(Some(occupied(inputs, address, one)));
    }
    if one.observed.is_none() {
        return Ok(Some(Decided::plain(create(inputs, address, one))));
    }
    update(inputs, address, one).map(Some)
}

fn create(inputs: &Inputs<'_>, address: &Address, one: &Assessed<'_>) -> Change {
    let reason = match (&one.moved_from, &one.moved_to, one.class) {
        (Some(old), ..) => format!("its component was renamed: it was {old}"),
        (_, Some(to), _) => format!("somebody renamed it to {to}, which is not ours and stays"),
        (_, _, ResourceClass::Missing) if one.applied.is_some() => "it was applied and is not there any more".into(),
        _ => "it is declared and not there yet".into(),
    };
    let mut change = blank(inputs, address, one, Action::Create, reason);
    change.steps = steps::of_create(&change, one);
    change
}

fn occupied(inputs: &Inputs<'_>, address: &Address, one: &Assessed<'_>) -> Decided {
    if let Some(what) = one.observed.and_then(|observed| observed.in_the_way.as_ref()) {
        return Decided::Gap(format!("{what} stands in its place, and no apply takes that away: move it"));
    }
    if !inputs.options.adopt {
        let environment = inputs.environment;
        return Decided::Gap(format!(
            "something without our mark stands in its place; `driftless apply {environment} --only {address} --adopt` takes it over"
        ));
    }
    let fields = differences(inputs, address, one);
    let mut change =
        blank(inputs, address, one, Action::Adopt, "it is there without our mark, and is taken over".into());
    change.disruptive = fields.iter().any(|field| field.change > Effect::Runtime);
    change.fields = fields.iter().map(field_change).collect();
    change.steps = steps::of_adopt(&change);
    Decided::plain(change)
}

fn differences(inputs: &Inputs<'_>, address: &Address, one: &Assessed<'_>) -> Vec<Field> {
    let desired = one.desired.map(Content::of_resource);
    let comparison = Comparison {
        address,
        table: inputs.instances[one.instance].table,
        owned: one.desired.map_or(&[], |resource| &resource.owned),
        desired,
        applied: desired,
        live: one.observed.map(Content::of_observed),
        as_system_would: one.observed.and_then(|observed| observed.as_system_would.as_ref()),
        silence: &|_| None,
    };
    compare(&comparison).fields
}

/// What a change of a field takes: as its resource says, else as the table does.
fn change_of(one: &Assessed<'_>, field: &Field) -> Effect {
    let effects = one.desired.map(|resource| &resource.effects);
    effects.and_then(|effects| effects.get(&field.path)).copied().unwrap_or(field.change)
}

fn update(inputs: &Inputs<'_>, address: &Address, one: &Assessed<'_>) -> Result<Decided, PlanError> {
    let (mut effect, mut fields, mut findings) = (Effect::Runtime, Vec::new(), Vec::new());
    for field in &one.compared.fields {
        let repair = field.verdict == Verdict::Drift && !one.baseline_desired;
        match if repair { field.repair } else { change_of(one, field) } {
            Effect::Refused if field.verdict.is_pending() => {
                return Err(PlanError::Refused { address: address.clone(), path: field.path.clone() });
            }
            Effect::Refused => findings.push(finding(
                NOT_REPAIRED,
                format!("{} of {address} differs and cannot be put back by an apply", field.path),
            )),
            stronger => {
                effect = effect.max(stronger);
                fields.push(field);
            }
        }
    }
    let action = match effect {
        _ if fields.is_empty() => Action::Keep,
        Effect::Runtime | Effect::Refused => Action::Update,
        Effect::Restart => Action::Restart,
        Effect::Replace => Action::Replace,
    };
    if action == Action::Replace && is_protected(one) {
        let paths: Vec<_> = fields
            .iter()
            .filter(|field| change_of(one, field) == Effect::Replace)
            .map(|field| field.path.to_string())
            .collect();
        let reason = format!("{} can only be changed by making it anew", paths.join(", "));
        return Err(PlanError::DataLoss { address: address.clone(), action: "replace", reason });
    }
    let reason =
        if fields.is_empty() { "what differs cannot be put back by an apply".into() } else { why(one, &fields) };
    let mut change = blank(inputs, address, one, action, reason);
    change.fields = fields.into_iter().map(field_change).collect();
    change.steps = steps::of_update(&change, one);
    Ok(Decided::Change(Box::new(change), findings))
}

fn why(one: &Assessed<'_>, fields: &[&Field]) -> String {
    let drift = fields.iter().any(|field| field.verdict.is_drift());
    let pending = fields.iter().any(|field| field.verdict.is_pending());
    match (drift, pending) {
        _ if one.baseline_desired => "live differs from Git, and nothing is recorded as applied",
        (true, true) => "Git was changed, and live is not what was applied",
        (true, false) => match one.observed.and_then(|observed| observed.unreadable.as_ref()) {
            Some(problem) => return format!("live is not what was applied: {problem}"),
            None => "live is not what was applied",
        },
        _ => "Git was changed",
    }
    .into()
}

fn field_change(field: &Field) -> FieldChange {
    FieldChange {
        path: field.path.clone(),
        before: field.live.clone(),
        after: field.declared.clone(),
        after_unknown: field.declared_unknown,
        sensitive: field.sensitive,
        source: None,
        via: Vec::new(),
        via_more: 0,
    }
}

fn is_protected(one: &Assessed<'_>) -> bool {
    one.desired.map_or_else(|| one.applied.is_some_and(|applied| applied.protect), |resource| resource.protect)
}

fn delete(inputs: &Inputs<'_>, address: &Address, one: &Assessed<'_>, renamed: bool) -> Result<Decided, PlanError> {
    let destroy = inputs.options.destroy;
    let kept = |reason: String| Ok(Decided::plain(blank(inputs, address, one, Action::Keep, reason)));
    // That something else is recorded says nothing of this one: the state may have been lost in between.
    if one.applied.is_none() && !destroy && !inputs.options.adopt {
        let change = blank(
            inputs,
            address,
            one,
            Action::Keep,
            "it carries our mark, and nothing records that it was applied".into(),
        );
        let text = format!(
            "{address} carries our mark and is not declared, but nothing records that it was applied: it is not deleted"
        );
        return Ok(Decided::Change(Box::new(change), vec![finding(NOT_DELETED_WITHOUT_RECORD, text)]));
    }
    if !renamed && !inputs.options.delete_data && holds_data(inputs, address, one) {
        if destroy {
            return kept("it holds data, which is kept without `--delete-data`".into());
        }
        let reason = "Git does not declare it any more".into();
        return Err(PlanError::DataLoss { address: address.clone(), action: "delete", reason });
    }
    let reason = match (renamed, destroy) {
        (true, _) => "its component was renamed",
        (_, true) => "the environment is destroyed",
        _ => "Git does not declare it any more",
    };
    let mut change = blank(inputs, address, one, Action::Delete, reason.into());
    change.disruptive = !renamed && interrupts(inputs, address, one);
    change.steps = vec![if renamed { "gone with the renaming" } else { "delete it" }.into()];
    Ok(Decided::plain(change))
}

/// Whether its end is felt: as a change of it is. A file that is committed stops nothing by itself.
fn interrupts(inputs: &Inputs<'_>, address: &Address, one: &Assessed<'_>) -> bool {
    let row = inputs.instances[one.instance].table.row(address, &FieldPath::default());
    row.is_none_or(|row| row.change > Effect::Runtime)
}

/// Whether deleting it loses data: as was applied; where nothing is recorded, as is declared, and else to be on the safe side.
fn holds_data(inputs: &Inputs<'_>, address: &Address, one: &Assessed<'_>) -> bool {
    let declared = inputs.instances[one.instance].desired.iter().find(|resource| resource.address == *address);
    let applied = one.applied.map(|applied| applied.protect);
    applied.or_else(|| declared.map(|resource| resource.protect)).unwrap_or(inputs.options.destroy)
}

fn finding(code: Code, message: String) -> Finding {
    Finding { code: code.to_string(), severity: "warning".into(), message, source: None }
}
