//! Small environments for tests.

use super::*;
use crate::diag::{FileId, Span as DiagSpan};
use crate::model::{Address, Carrier, Digest, Effect, IgnoreRule, Moved, Resource, Revision, Scope, Tree};
use serde_json::Value as Json;
use std::collections::BTreeMap;

const fn row(pattern: &'static str, repair: Effect, change: Effect) -> Row {
    Row { pattern, kind: CompareKind::NamedOrExact, repair, change, added: Added::Drift }
}

pub(crate) static TABLE: CompareTable = CompareTable {
    backend: "memory",
    rows: &[
        row("**.memory", Effect::Runtime, Effect::Restart),
        row("**.image", Effect::Replace, Effect::Replace),
        row("**.size", Effect::Refused, Effect::Refused),
        Row { added: Added::Silent("server-status"), ..row("**.status", Effect::Runtime, Effect::Runtime) },
        row("**", Effect::Runtime, Effect::Runtime),
    ],
};

/// One instance, `main`, of a kind that only tests know.
#[derive(Clone)]
pub(crate) struct World {
    pub desired: Vec<Resource>,
    pub observation: Observation,
    pub applied: BTreeMap<Address, Applied>,
    pub revision: Revision,
    pub moved: Vec<Moved>,
    pub ignore: Vec<ignore::Rule>,
    pub generation: u64,
    pub granularity: Granularity,
    pub artifacts: BTreeMap<String, String>,
    pub scope: Scope,
}

pub(crate) fn address(text: &str) -> Address {
    format!("memory:{text}").parse().unwrap()
}

pub(crate) fn tree(json: &Json) -> Tree {
    Tree::from_json(json)
}

impl World {
    pub fn new() -> Self {
        let revision = Revision { commit: Some("1a2b3c4d5e6f".into()), dirty: false, digest: Digest::of("render") };
        Self {
            desired: Vec::new(),
            observation: Observation::default(),
            applied: BTreeMap::new(),
            revision,
            moved: Vec::new(),
            ignore: Vec::new(),
            generation: 1,
            granularity: Granularity::Address,
            artifacts: BTreeMap::new(),
            scope: Scope::nowhere("shop", "staging"),
        }
    }

    pub fn declare(&mut self, name: &str, body: &Json) -> &mut Resource {
        let component = name.split(['-', '/']).next().map(Into::into);
        self.desired.push(Resource::new(address(name), component, tree(body)));
        self.desired.last_mut().unwrap()
    }

    pub fn apply(&mut self, name: &str, body: &Json) -> &mut Applied {
        let component = name.split(['-', '/']).next().map(Into::into);
        let applied = Applied {
            component,
            instance: None,
            body: tree(body),
            text: None,
            executable: false,
            revision: None,
            fingerprint: None,
            protect: false,
            outputs: BTreeMap::new(),
            secrets: BTreeMap::new(),
            after: Vec::new(),
        };
        self.applied.entry(address(name)).or_insert(applied)
    }

    pub fn live(&mut self, name: &str, body: &Json) -> &mut Observed {
        let observed = Observed {
            body: tree(body),
            text: None,
            executable: false,
            unreadable: None,
            in_the_way: None,
            as_system_would: None,
            fingerprint: Digest::of(format!("{name} {body}")),
            ours: true,
            component: None,
            outputs: BTreeMap::new(),
            changed_by: None,
        };
        self.observation.resources.entry(address(name)).or_insert(observed)
    }

    /// Declared, applied and live alike.
    pub fn in_sync(&mut self, name: &str, body: &Json) {
        self.declare(name, body);
        self.apply(name, body);
        self.live(name, body);
    }

    pub fn carried_by(&mut self, name: &str, carrier: &str) {
        let wanted = address(name);
        let resource = self.desired.iter_mut().find(|resource| resource.address == wanted).unwrap();
        resource.carriers.push(Carrier { address: address(carrier), reach: None });
    }

    pub fn gap(&mut self, name: &str, reason: &str) {
        self.observation.gaps.push(Gap { address: address(name), reason: reason.into() });
    }

    pub fn ignore(&mut self, glob: &str, field: Option<&str>, expires: Option<&str>) {
        let rule = IgnoreRule {
            address: glob.into(),
            field: field.map(Into::into),
            owner: None,
            reason: "HPA".into(),
            expires: expires.map(Into::into),
            span: DiagSpan::start_of(FileId(0)),
        };
        let source =
            Source { file: "environments/staging.yaml".into(), line: 30, column: 3, commit: None, author: None };
        self.ignore.push(ignore::Rule { rule, source: Some(source) });
    }

    pub fn with<T>(
        &self,
        options: Options<'_>,
        procedures: &[&dyn Procedure],
        then: impl FnOnce(&Inputs<'_>) -> T,
    ) -> T {
        let instance = InstanceInput {
            name: "main",
            kind: "compose",
            backend: "memory",
            granularity: self.granularity,
            table: &TABLE,
            desired: &self.desired,
            observation: &self.observation,
            applied: &self.applied,
            procedures,
            artifacts: &self.artifacts,
        };
        then(&Inputs {
            environment: "staging",
            project: "shop",
            scope: &self.scope,
            revision: &self.revision,
            instances: &[instance],
            moved: &self.moved,
            ignore: &self.ignore,
            today: "2026-01-31",
            options,
            lineage: Some("lineage"),
            generation: self.generation,
            deferred: &[],
            losses: &[],
            findings: &[],
        })
    }

    pub fn plan(&self, options: Options<'_>) -> Result<Plan, PlanError> {
        self.with(options, &[], make)
    }

    /// Action and address of each change, in the plan's order.
    pub fn actions(&self, options: Options<'_>) -> Vec<String> {
        actions(&self.plan(options).unwrap())
    }
}

pub(crate) fn actions(plan: &Plan) -> Vec<String> {
    let action = |action: Action| serde_json::to_value(action).unwrap().as_str().unwrap().to_owned();
    plan.changes.iter().map(|change| format!("{} {}", action(change.action), change.address.path())).collect()
}
