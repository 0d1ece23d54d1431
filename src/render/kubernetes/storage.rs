//! Claims for volumes.

use super::scope::texts;
use super::tree::{list, map, text};
use super::{Lowering, Object};
use crate::model::{Retention, Tree, Volume, Workload, WorkloadKind, quantity};

/// What is asked for where nobody says how much: a claim must ask for something.
const UNSAID_SIZE_BYTES: u64 = 1 << 30;

/// The name of a claim of a workload without stable identity.
pub fn claim_name(workload: &str, volume: &str) -> String {
    format!("{workload}-{volume}")
}

impl Lowering<'_> {
    /// The claims of a workload whose replicas share their volumes.
    pub(super) fn claims(&mut self, workload: &Workload) -> Vec<Object> {
        for (name, volume) in &workload.volumes {
            self.lose_size(name, volume);
        }
        if workload.kind == WorkloadKind::Stateful {
            self.lose_mixed_retention(workload);
            return Vec::new();
        }
        let shared = workload.replicas > 1;
        if shared && !workload.volumes.is_empty() {
            let message = format!(
                "the {} replicas of `{}` share its volumes: the storage class must offer ReadWriteMany",
                workload.replicas, workload.name
            );
            self.lose("volumes", message);
        }
        workload.volumes.iter().map(|(name, volume)| self.claim(workload, name, volume, shared)).collect()
    }

    fn claim(&self, workload: &Workload, name: &str, volume: &Volume, shared: bool) -> Object {
        let claim = claim_name(&workload.name, name);
        let spec = claim_spec(volume, if shared { "ReadWriteMany" } else { "ReadWriteOnce" });
        let mut object = self.object_of(workload, ("v1", "PersistentVolumeClaim", &claim), [("spec", Some(spec))]);
        if volume.retention == Retention::Keep {
            // Uninstalling the release must not take the data with it.
            let metadata = object.body.as_map_mut().and_then(|body| body.get_mut("metadata"));
            if let Some(Tree::Map(metadata)) = metadata {
                let annotations = metadata.entry("annotations".into()).or_insert_with(Tree::map);
                annotations.insert("helm.sh/resource-policy", "keep");
            }
        }
        Object { protect: self.component.protect, ..object }
    }

    /// The claims of each member. No label of theirs may ever change: the templates are immutable.
    pub(super) fn claim_templates(&self, workload: &Workload) -> Option<Tree> {
        let template = |(name, volume): (&String, &Volume)| {
            map([
                ("apiVersion", text("v1")),
                ("kind", text("PersistentVolumeClaim")),
                (
                    "metadata",
                    Some(map([("name", text(name)), ("labels", Some(texts(&self.scope.selector(&workload.name))))])),
                ),
                ("spec", Some(claim_spec(volume, "ReadWriteOnce"))),
            ])
        };
        list(workload.volumes.iter().map(template).collect())
    }

    fn lose_size(&mut self, name: &str, volume: &Volume) {
        if volume.size_bytes.is_none() {
            let size = quantity::format_bytes(UNSAID_SIZE_BYTES);
            self.lose("volumes", format!("volume `{name}` has no size, and Kubernetes wants one: {size} is asked for"));
        }
    }

    fn lose_mixed_retention(&mut self, workload: &Workload) {
        let deleted = workload.volumes.values().filter(|volume| volume.retention == Retention::Delete).count();
        if deleted > 0 && deleted < workload.volumes.len() {
            let message = format!("the volumes of `{}` are kept or go together: all are kept", workload.name);
            self.lose("volumes", message);
        }
    }
}

fn claim_spec(volume: &Volume, access: &str) -> Tree {
    let size = quantity::format_bytes(volume.size_bytes.unwrap_or(UNSAID_SIZE_BYTES));
    map([
        ("accessModes", Some(Tree::List(vec![Tree::text(access)]))),
        ("storageClassName", volume.class.as_deref().and_then(text)),
        ("resources", Some(Tree::from([("requests", Tree::from([("storage", Tree::text(size))]))]))),
    ])
}
