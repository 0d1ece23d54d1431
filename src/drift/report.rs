//! Makes the drift report from the assessment that plan reads too.

use super::types::{
    Baseline, Consequence, DriftField, DriftReport, DriftSummary, IgnoredField, Remedy, RemedyKind, ResourceDrift,
};
use crate::model::{Address, Effect, FieldPath, Tree};
use crate::plan::{Assessed, Assessment, Field, Finding, Inputs, PlanError, ResourceClass, assess, holds};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What the report says beyond the compare.
#[derive(Clone, Copy)]
pub struct Details<'a> {
    /// When live was looked at: RFC 3339, UTC.
    pub observed_at: &'a str,
    /// Whether secrets were compared (their sources could be read, or what was applied stood in for them).
    pub secrets_judged: bool,
    /// Whether resources that are in sync are listed too.
    pub all_resources: bool,
    /// Since when a difference has been seen, RFC 3339, as the state knows it; the empty path asks for the resource itself.
    pub first_seen: &'a dyn Fn(&Address, &FieldPath) -> Option<String>,
}

/// Compares live with Git. Places in Git are put in afterwards (`places_wanted`, `locate`).
///
/// # Errors
/// When two resources have one address.
pub fn report(inputs: &Inputs<'_>, details: &Details<'_>) -> Result<DriftReport, PlanError> {
    let assessment = assess(inputs)?;
    let selected = || assessment.resources.iter().filter(|(_, one)| one.selected);
    let summary = summarise(&assessment);
    let carriers: BTreeSet<&Address> = selected().filter_map(|(_, one)| one.follows.as_ref()).collect();
    let is_listed = |address: &Address, one: &Assessed<'_>| {
        let wanted = details.all_resources || carriers.contains(address) || one.class != ResourceClass::InSync;
        one.follows.is_none() && wanted
    };
    let listed = selected().filter(|(address, one)| is_listed(address, one));
    let resources = listed.map(|(address, one)| resource(inputs, details, &assessment, address, one)).collect();
    let baseline_desired = selected().any(|(_, one)| one.baseline_desired && one.follows.is_none());
    let unjudged = selected().any(|(_, one)| !one.compared.unjudged.is_empty());
    let drifted = selected().any(|(_, one)| one.follows.is_none() && one.class.is_drift());
    Ok(DriftReport {
        format_version: "1.0".into(),
        kind: "DriftReport".into(),
        tool_version: env!("CARGO_PKG_VERSION").into(),
        environment: inputs.environment.into(),
        revision: inputs.revision.clone(),
        observed_at: details.observed_at.into(),
        complete: assessment.gaps.is_empty(),
        drifted,
        baseline: if baseline_desired { Baseline::Desired } else { Baseline::Applied },
        secrets_judged: details.secrets_judged && !unjudged,
        summary,
        resources,
        ignored: ignored(&assessment),
        findings: findings(&assessment, inputs),
        gaps: assessment.gaps,
        closed: Vec::new(),
    })
}

fn findings(assessment: &Assessment<'_>, inputs: &Inputs<'_>) -> Vec<Finding> {
    inputs.findings.iter().chain(&assessment.findings).cloned().collect()
}

fn summarise(assessment: &Assessment<'_>) -> DriftSummary {
    let mut summary = DriftSummary::default();
    let mut nodes = BTreeSet::new();
    for (address, one) in assessment.resources.iter().filter(|(_, one)| one.selected) {
        if one.follows.is_some() {
            nodes.insert(node(address, one));
            continue;
        }
        *match one.class {
            ResourceClass::InSync => &mut summary.in_sync,
            ResourceClass::Changed => &mut summary.changed,
            ResourceClass::Missing => &mut summary.missing,
            ResourceClass::Unmanaged => &mut summary.unmanaged,
            ResourceClass::Moved => &mut summary.moved,
            ResourceClass::Pending => &mut summary.pending,
            ResourceClass::Ignored => &mut summary.ignored,
            ResourceClass::Unknown => &mut summary.unknown,
        } += 1;
    }
    let bare = |address: &Address| !assessment.resources.keys().any(|other| holds(address, other));
    summary.unknown += assessment.gaps.iter().filter(|gap| bare(&gap.address)).count();
    summary.consequences = nodes.len();
    summary
}

/// What a consequence is called: the node in the carrier, not each of its keys.
fn node(address: &Address, one: &Assessed<'_>) -> Address {
    one.gap.as_ref().map_or(address, |gap| &gap.address).root()
}

fn resource(
    inputs: &Inputs<'_>,
    details: &Details<'_>,
    assessment: &Assessment<'_>,
    address: &Address,
    one: &Assessed<'_>,
) -> ResourceDrift {
    let fields: Vec<_> = one.compared.fields.iter().map(|found| field(inputs, details, address, one, found)).collect();
    let told_as_a_whole = fields.is_empty() && (one.class.is_drift() || one.class == ResourceClass::Unmanaged);
    let whole = told_as_a_whole.then(|| {
        let there = one.observed.and_then(|observed| observed.changed_by.as_ref());
        there.or(one.gone_by).cloned()
    });
    ResourceDrift {
        address: address.clone(),
        component: one.component.map(Into::into),
        class: one.class,
        occupied_by: one.occupied.then(|| address.to_string()),
        fields,
        consequences: consequences(assessment, address),
        reason: reason(one),
        moved_to: one.moved_to.clone(),
        source: None,
        changed_by: whole.flatten(),
        first_seen: if told_as_a_whole { (details.first_seen)(address, &FieldPath::default()) } else { None },
        remedy: (told_as_a_whole && one.class.is_drift()).then(|| whole_remedy(inputs, address, one)),
    }
}

/// Why something that is not there is pending.
pub const NEVER_APPLIED: &str = "it was never applied; the next apply makes it";
/// Why something that is there is pending.
pub const CHANGED_IN_GIT: &str = "Git was changed; the next apply brings it";

fn reason(one: &Assessed<'_>) -> Option<String> {
    let nothing_recorded = "nothing is recorded as applied";
    match one.class {
        ResourceClass::Unknown => one.gap.as_ref().map(|gap| gap.reason.clone()),
        ResourceClass::Ignored => one.ignored_by.clone(),
        ResourceClass::Missing if one.occupied => Some(match in_the_way(one) {
            Some(what) => format!("{what} stands in its place"),
            None => "something without our mark stands in its place".into(),
        }),
        ResourceClass::Missing if one.baseline_desired => {
            Some(format!("it is declared and not there; {nothing_recorded}"))
        }
        ResourceClass::Missing => Some("it was applied and is not there any more".into()),
        ResourceClass::Moved => one.moved_to.as_ref().map(|to| format!("somebody renamed it to {to}")),
        ResourceClass::Unmanaged => Some("it is in our scope and not ours: it is never touched".into()),
        ResourceClass::Pending | ResourceClass::Changed if one.desired.is_none() => {
            Some("Git does not declare it any more; the next apply deletes it".into())
        }
        ResourceClass::Pending if one.observed.is_none() => Some(NEVER_APPLIED.into()),
        ResourceClass::Pending => Some(CHANGED_IN_GIT.into()),
        ResourceClass::Changed => one.observed.and_then(|observed| observed.unreadable.clone()),
        ResourceClass::InSync => None,
    }
}

fn field(
    inputs: &Inputs<'_>,
    details: &Details<'_>,
    address: &Address,
    one: &Assessed<'_>,
    found: &Field,
) -> DriftField {
    let shown = |tree: &Option<Tree>| match tree {
        None => Json::Null,
        Some(_) if found.sensitive => Json::String("(sensitive)".into()),
        Some(tree) => tree.to_public_json(),
    };
    let drifted = found.verdict.is_drift();
    let changed_by = one.observed.and_then(|observed| observed.changed_by.clone()).filter(|_| drifted);
    DriftField {
        path: found.path.clone(),
        class: found.class,
        declared: shown(&found.declared),
        applied: shown(&found.applied),
        live: shown(&found.live),
        sensitive: found.sensitive,
        source: None,
        via: Vec::new(),
        via_more: 0,
        changed_by: changed_by.unwrap_or_default(),
        first_seen: if drifted { (details.first_seen)(address, &found.path) } else { None },
        remedy: remedy(inputs, address, one, found),
        pending: found.verdict.is_pending(),
    }
}

fn remedy(inputs: &Inputs<'_>, address: &Address, one: &Assessed<'_>, found: &Field) -> Remedy {
    let by_repair = !found.verdict.is_pending() && !one.baseline_desired;
    let effect = if by_repair { found.repair } else { found.change };
    let kind = match effect {
        _ if is_observed_only(one) => RemedyKind::Manual,
        Effect::Runtime => RemedyKind::Runtime,
        Effect::Restart => RemedyKind::Restart,
        Effect::Replace => RemedyKind::Replace,
        Effect::Refused => RemedyKind::Manual,
    };
    if kind == RemedyKind::Manual {
        let by_hand = "put it back there, or write the live value where Git declares it";
        return manual(by_hand, look(inputs, address));
    }
    Remedy { kind, command: apply(inputs, address), by_hand: None, deploys_pending: one.compared.has_pending() }
}

/// How a resource that is not there at all is put back.
fn whole_remedy(inputs: &Inputs<'_>, address: &Address, one: &Assessed<'_>) -> Remedy {
    if is_observed_only(one) {
        return manual("make it there, or take it out of Git", look(inputs, address));
    }
    match in_the_way(one) {
        Some(_) => manual("move away what stands there: no apply does", apply(inputs, address)),
        None if one.occupied => {
            let by_hand =
                "move away what stands there, and leave out `--adopt`; else that is overwritten and ours from then on";
            manual(by_hand, format!("{} --adopt", apply(inputs, address)))
        }
        None => Remedy {
            kind: RemedyKind::Runtime,
            command: apply(inputs, address),
            by_hand: None,
            deploys_pending: one.class_before() == ResourceClass::Pending,
        },
    }
}

fn manual(by_hand: &str, command: String) -> Remedy {
    Remedy { kind: RemedyKind::Manual, command, by_hand: Some(by_hand.into()), deploys_pending: false }
}

fn is_observed_only(one: &Assessed<'_>) -> bool {
    one.desired.is_some_and(|resource| resource.observed_only)
}

/// What stands in its place and cannot be taken over.
fn in_the_way<'a>(one: &Assessed<'a>) -> Option<&'a str> {
    one.observed?.in_the_way.as_deref()
}

fn apply(inputs: &Inputs<'_>, address: &Address) -> String {
    format!("driftless apply {} --only {}", inputs.environment, quoted(&address.to_string()))
}

/// The command that shows whether it is back.
fn look(inputs: &Inputs<'_>, address: &Address) -> String {
    format!("driftless drift {} --only {}", inputs.environment, quoted(&address.to_string()))
}

/// A word that a shell passes on as it is.
fn quoted(word: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '@' | '%' | '=' | '+' | ',');
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

fn consequences(assessment: &Assessment<'_>, carrier: &Address) -> Vec<Consequence> {
    let mut by_node = BTreeMap::new();
    for (address, one) in assessment.resources.iter().filter(|(_, one)| one.follows.as_ref() == Some(carrier)) {
        let known = by_node.entry(node(address, one)).or_insert_with(|| (one.class_before(), consequence_of(one)));
        known.0 = known.0.max(one.class_before());
    }
    by_node.into_iter().map(|(address, (class_before, reason))| Consequence { address, class_before, reason }).collect()
}

fn consequence_of(one: &Assessed<'_>) -> String {
    match (&one.gap, one.class) {
        (Some(gap), _) => gap.reason.clone(),
        (None, ResourceClass::Missing) => "it is not there".into(),
        _ => {
            let paths: Vec<_> = one.compared.fields.iter().map(|field| field.path.to_string()).collect();
            format!("{} differs", paths.join(", "))
        }
    }
}

fn ignored(assessment: &Assessment<'_>) -> Vec<IgnoredField> {
    let mut ignored = Vec::new();
    for (address, one) in assessment.resources.iter().filter(|(_, one)| one.selected) {
        let whole = one.ignored_by.iter().map(|rule| (FieldPath::default(), rule.clone()));
        let fields = one.compared.silenced.iter().map(|silenced| (silenced.path.clone(), silenced.rule.clone()));
        ignored.extend(whole.chain(fields).map(|(path, rule)| IgnoredField { address: address.clone(), path, rule }));
    }
    ignored
}

#[cfg(test)]
pub(crate) mod tests;
