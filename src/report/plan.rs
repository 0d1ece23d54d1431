//! The plan as it is reported: its fields and their order are the contract of `plan --output json`.

use crate::model::{Address, Digest, FieldPath, Revision, Tree};
use crate::plan::{Action, Change, Deferred, FieldChange, Finding, Gap, Plan, Source, Summary};
use serde::Serialize;
use serde_json::Value as Json;

/// One field of a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanField {
    /// The field.
    pub path: FieldPath,
    /// What it is now; null: nothing.
    pub before: Json,
    /// What it will be; null: nothing, or not known yet.
    pub after: Json,
    /// Whether `after` is known only once something else has been applied.
    pub after_unknown: bool,
    /// Whether the values are not shown.
    pub sensitive: bool,
    /// Where in Git `after` comes from.
    pub source: Option<Source>,
    /// What else moves it.
    pub via: Vec<Source>,
    /// How many more places do.
    #[serde(skip_serializing_if = "is_none")]
    pub via_more: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_none(number: &usize) -> bool {
    *number == 0
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "named and documented as in the plan")]
pub struct PlanChange {
    pub address: Address,
    pub component: Option<String>,
    pub backend: String,
    pub action: Action,
    pub after: Vec<Address>,
    pub wave: u32,
    pub reason: String,
    pub disruptive: bool,
    pub steps: Vec<String>,
    pub precondition: Option<Digest>,
    pub fields: Vec<PlanField>,
    pub instance: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Address>,
}

/// A plan and what it comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "named and documented as in the plan")]
pub struct PlanReport {
    pub format_version: &'static str,
    pub kind: &'static str,
    pub tool_version: &'static str,
    pub environment: String,
    pub targets: Vec<String>,
    pub digest: Digest,
    pub complete: bool,
    pub revision: Revision,
    pub summary: Summary,
    pub changes: Vec<PlanChange>,
    pub deferred: Vec<Deferred>,
    pub gaps: Vec<Gap>,
    pub losses: Vec<Finding>,
    pub findings: Vec<Finding>,
    pub destroy: bool,
    pub destinations: Vec<PlanDestination>,
}

/// Where the changes of a target instance go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanDestination {
    /// The instance.
    pub instance: String,
    /// A branch, an engine, a cluster; for people.
    pub destination: String,
}

fn destinations(plan: &Plan) -> Vec<PlanDestination> {
    let scope = &plan.scope;
    let planned = scope.instances.iter().filter(|one| plan.changes.iter().any(|change| change.instance == one.name));
    planned.map(|one| PlanDestination { instance: one.name.clone(), destination: scope.destination(one) }).collect()
}

impl PlanReport {
    /// A plan as it is reported. `digest` is that of the plan file.
    pub fn new(plan: &Plan, digest: &Digest) -> Self {
        Self {
            format_version: "1.0",
            kind: "Plan",
            tool_version: env!("CARGO_PKG_VERSION"),
            environment: plan.environment.clone(),
            targets: plan.targets.clone(),
            digest: digest.clone(),
            complete: plan.is_complete(),
            revision: plan.revision.clone(),
            summary: plan.summary(),
            changes: plan.changes.iter().map(change).collect(),
            deferred: plan.deferred.clone(),
            gaps: plan.gaps.clone(),
            losses: plan.losses.clone(),
            findings: plan.findings.clone(),
            destroy: plan.destroy,
            destinations: destinations(plan),
        }
    }
}

impl PlanReport {
    /// For people: what somebody wrote that a target cannot express, and a line for all that modules ask for by themselves.
    pub(super) fn losses(&self) -> (Vec<Finding>, Option<String>) {
        let (of_modules, own): (Vec<Finding>, Vec<Finding>) =
            self.losses.iter().cloned().partition(|loss| loss.severity == "note");
        let line = || {
            let things = super::value::counted(of_modules.len(), "thing");
            format!(
                "{things} that modules ask for cannot be expressed: `driftless validate {}` shows all",
                self.environment
            )
        };
        let line = (!of_modules.is_empty()).then(line);
        (own, line)
    }
}

fn change(change: &Change) -> PlanChange {
    let change = change.clone();
    PlanChange {
        address: change.address,
        component: change.component,
        backend: change.backend,
        action: change.action,
        after: change.after,
        wave: change.wave,
        reason: change.reason,
        disruptive: change.disruptive,
        steps: change.steps,
        precondition: change.precondition,
        fields: change.fields.into_iter().map(field).collect(),
        instance: change.instance,
        moved_from: change.moved_from,
    }
}

fn field(field: FieldChange) -> PlanField {
    let shown = |tree: Option<&Tree>| match tree {
        None => Json::Null,
        Some(_) if field.sensitive => Json::String("(sensitive)".into()),
        Some(tree) => tree.to_public_json(),
    };
    let before = shown(field.before.as_ref());
    let after = if field.after_unknown { Json::Null } else { shown(field.after.as_ref()) };
    let FieldChange { path, after_unknown, sensitive, source, via, via_more, .. } = field;
    PlanField { path, before, after, after_unknown, sensitive, source, via, via_more }
}
