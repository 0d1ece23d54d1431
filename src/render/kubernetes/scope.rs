//! What all objects of an instance share: namespace, names, labels, the order of waves.

use super::Object;
use super::tree::{map, text};
use crate::diag::{Diagnostic, NAME_COLLISION, OBJECT_NAME, Sink};
use crate::model::{Component, Condition, Instance, Model, Tree, Value, Workload, WorkloadKind};
use crate::render::endpoint::Naming;
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};

/// The label by which our objects are known: `PROJECT.ENVIRONMENT`.
pub const OWNER: &str = "driftless.dev/owner";
/// The label that names the component.
pub const COMPONENT: &str = "driftless.dev/component";
/// Argo CD applies objects in the order of this annotation, and waits for the health of each wave.
pub const WAVE: &str = "argocd.argoproj.io/sync-wave";

const LONGEST_LABEL: usize = 63;

/// Who creates the objects: the value of `app.kubernetes.io/managed-by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// Helm, or somebody who renders the chart as Helm does.
    Helm,
    /// Terraform.
    Terraform,
    /// We ourselves.
    Driftless,
}

impl Manager {
    /// The label's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Helm => "Helm",
            Self::Terraform => "Terraform",
            Self::Driftless => "driftless",
        }
    }
}

/// What all objects of an instance share.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// The namespace.
    pub namespace: String,
    /// The environment's name.
    pub environment: String,
    /// The name of the Secret that holds the environment's secrets.
    pub secret: String,
    /// Who creates the objects.
    pub manager: Manager,
    shared: IndexMap<String, String>,
    annotations: IndexMap<String, String>,
    waves: BTreeMap<String, u32>,
}

impl Scope {
    /// The scope of an instance.
    pub fn new(model: &Model, instance: &Instance, manager: Manager) -> Self {
        let environment = &model.environment;
        let (labels, annotations) =
            environment.labels.clone().into_iter().partition(|(_, value)| is_label_value(value));
        let mut shared: IndexMap<String, String> = labels;
        shared.insert("app.kubernetes.io/instance".into(), label_value(&environment.name));
        shared.insert("app.kubernetes.io/part-of".into(), label_value(&environment.project));
        shared.insert("app.kubernetes.io/managed-by".into(), manager.as_str().into());
        shared.insert(OWNER.into(), label_value(&format!("{}.{}", environment.project, environment.name)));
        Self {
            namespace: instance.setting("namespace").unwrap_or(&environment.name).to_owned(),
            environment: environment.name.clone(),
            secret: format!("{}-secrets", environment.name),
            manager,
            shared,
            annotations,
            // Argo CD renders charts; nobody else reads the annotation.
            waves: if manager == Manager::Helm { waves(model, instance) } else { BTreeMap::new() },
        }
    }

    /// The labels of what belongs to the whole environment.
    pub fn shared_labels(&self) -> &IndexMap<String, String> {
        &self.shared
    }

    /// The labels of what belongs to a workload.
    pub fn labels(&self, component: &str, workload: &str) -> IndexMap<String, String> {
        let mut labels: IndexMap<_, _> = [("app.kubernetes.io/name".to_owned(), workload.to_owned())].into();
        labels.extend(self.shared.clone());
        labels.insert("app.kubernetes.io/component".into(), component.into());
        labels.insert(COMPONENT.into(), component.into());
        labels
    }

    /// The labels that find the pods of a workload: they never change.
    pub fn selector(&self, workload: &str) -> IndexMap<String, String> {
        let instance = self.shared.get("app.kubernetes.io/instance").cloned().unwrap_or_default();
        [
            ("app.kubernetes.io/name".to_owned(), workload.to_owned()),
            ("app.kubernetes.io/instance".to_owned(), instance),
        ]
        .into()
    }

    /// Metadata of an object of a workload. `annotations` come after those that every object of the workload has.
    pub fn metadata(&self, component: &str, workload: &str, name: &str, annotations: Vec<(&str, String)>) -> Tree {
        let mut all = self.annotations.clone();
        // Every object of a workload is in its wave: a claim that is bound only when its first pod comes would block a wave of its own.
        if let Some(wave) = self.waves.get(workload).filter(|wave| **wave > 0) {
            all.insert(WAVE.into(), wave.to_string());
        }
        all.extend(annotations.into_iter().map(|(key, value)| (key.to_owned(), value)));
        map([
            ("name", text(name)),
            ("namespace", text(self.namespace.clone())),
            ("labels", Some(texts(&self.labels(component, workload)))),
            ("annotations", (!all.is_empty()).then(|| texts(&all))),
        ])
    }
}

/// Reports names that Kubernetes refuses, and objects of one name.
pub(super) fn check_names(objects: &[Object], model: &Model, sink: &mut Sink) {
    let mut seen = BTreeSet::new();
    for object in objects {
        let component = object.component.as_ref().and_then(|name| model.components.get(name));
        let span = component.map(|component| component.span);
        if let Some(problem) = name_problem(object.kind(), object.name()) {
            let message = format!("`{}` cannot be the name of a {}: {problem}", object.name(), object.kind());
            sink.push(Diagnostic::error(OBJECT_NAME, span, message).help("rename the component"));
        }
        if !seen.insert((object.group().to_owned(), object.key())) {
            let message = format!("there would be two objects `{}`", object.key());
            sink.push(Diagnostic::error(NAME_COLLISION, span, message));
        }
    }
}

impl Naming for Scope {
    fn host(&self, _component: &Component, workload: &Workload, member: Option<u32>) -> Value {
        Value::literal(match member {
            Some(member) if workload.kind == WorkloadKind::Stateful => {
                format!("{}-{member}.{}", workload.name, headless_name(&workload.name))
            }
            _ => workload.name.clone(),
        })
    }
}

/// The name of the Service that gives each member of a stateful workload a name of its own.
pub fn headless_name(workload: &str) -> String {
    format!("{workload}-headless")
}

/// A map of texts.
pub fn texts(entries: &IndexMap<String, String>) -> Tree {
    Tree::Map(entries.iter().map(|(key, value)| (key.clone(), Tree::text(value.clone()))).collect())
}

/// Claims and pods carry names as labels, with a suffix of up to eleven characters.
fn name_problem(kind: &str, name: &str) -> Option<&'static str> {
    let longest = match kind {
        "StatefulSet" | "Job" => 52,
        "Service" | "Deployment" => 63,
        _ => 253,
    };
    if name.len() > longest {
        return Some(if longest == 52 { "it has more than 52 characters" } else { "it is too long" });
    }
    let digit = kind == "Service" && name.starts_with(|first: char| first.is_ascii_digit());
    digit.then_some("it starts with a digit, and it becomes a name in DNS that must not")
}

fn is_label_value(value: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let outer = |c: char| c.is_ascii_alphanumeric();
    value.len() <= LONGEST_LABEL
        && value.chars().all(inner)
        && (value.is_empty() || (value.starts_with(outer) && value.ends_with(outer)))
}

/// Text as a label's value: characters that it cannot have become `-`; what is too long ends with a digest.
fn label_value(value: &str) -> String {
    if is_label_value(value) {
        return value.to_owned();
    }
    let digest = crate::model::Digest::of(value);
    let clean: String =
        value.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).take(50).collect();
    format!("{}-{}", clean.trim_matches(['-', '.']), digest.short()).trim_start_matches('-').to_owned()
}

/// How many workloads must be well, one after the other, before each may start.
fn waves(model: &Model, instance: &Instance) -> BTreeMap<String, u32> {
    let mut waves = BTreeMap::new();
    let components = || model.components_of(instance);
    let workloads = || components().flat_map(|component| component.workloads.values());
    // Each pass settles at least one more link of the longest chain.
    for _ in 0..workloads().count() {
        let before = waves.clone();
        for workload in workloads() {
            let wave = workload.needs.iter().filter_map(|need| {
                let wave = waves.get(&need.workload)?;
                Some(wave + u32::from(need.condition > Condition::Started))
            });
            let wave = wave.max().unwrap_or(0);
            waves.insert(workload.name.clone(), wave);
        }
        if waves == before {
            break;
        }
    }
    waves
}
