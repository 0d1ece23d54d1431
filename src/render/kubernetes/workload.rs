//! Deployments, stateful sets, jobs, and what stands beside them.

use super::scope::{headless_name, texts};
use super::tree::{map, number, text};
use super::{Lowering, Object};
use crate::model::{Condition, Retention, Tree, UpdateOrder, Workload, WorkloadKind};

impl Lowering<'_> {
    /// The objects of a workload, each after those that it needs.
    pub(super) fn workload(&mut self, workload: &Workload) -> Vec<Object> {
        self.lose_order(workload);
        let mut objects = vec![self.service_account(workload)];
        objects.extend(self.config_map(workload));
        objects.extend(self.claims(workload));
        objects.extend(self.services(workload));
        let pod = self.pod_template(workload);
        objects.push(match workload.kind {
            WorkloadKind::Service => self.deployment(workload, pod),
            WorkloadKind::Stateful => self.stateful_set(workload, pod),
            WorkloadKind::Job => self.job(workload, pod),
        });
        objects.extend(self.disruption_budget(workload));
        objects.extend(self.ingresses(workload));
        objects
    }

    /// An object of a workload, under the workload's name or a longer one.
    pub(super) fn object_of<const N: usize>(
        &self,
        workload: &Workload,
        (api_version, kind, name): (&str, &str, &str),
        entries: [(&str, Option<Tree>); N],
    ) -> Object {
        let metadata = self.scope.metadata(&self.component.name, &workload.name, name, Vec::new());
        let mut body = map([("apiVersion", text(api_version)), ("kind", text(kind)), ("metadata", Some(metadata))]);
        if let (Tree::Map(body), Tree::Map(rest)) = (&mut body, map(entries)) {
            body.extend(rest);
        }
        self.object(&workload.name, body)
    }

    /// What selects the workload's pods.
    pub(super) fn match_labels(&self, workload: &Workload) -> Tree {
        Tree::from([("matchLabels", texts(&self.scope.selector(&workload.name)))])
    }

    fn service_account(&self, workload: &Workload) -> Object {
        let head = ("v1", "ServiceAccount", workload.name.as_str());
        self.object_of(workload, head, [("automountServiceAccountToken", Some(Tree::Bool(false)))])
    }

    fn deployment(&self, workload: &Workload, pod: Tree) -> Object {
        // A volume that one node at a time can mount is not free before the old pod is gone.
        let recreate = !workload.volumes.is_empty() && workload.replicas <= 1;
        let spec = map([
            ("replicas", number(workload.replicas)),
            ("selector", Some(self.match_labels(workload))),
            ("strategy", recreate.then(|| Tree::from([("type", "Recreate".into())]))),
            ("template", Some(pod)),
        ]);
        self.object_of(workload, ("apps/v1", "Deployment", &workload.name), [("spec", Some(spec))])
    }

    fn stateful_set(&self, workload: &Workload, pod: Tree) -> Object {
        let policy = match workload.update {
            UpdateOrder::Ordered => "OrderedReady",
            UpdateOrder::Parallel => "Parallel",
        };
        let claims = self.claim_templates(workload);
        let goes = !workload.volumes.is_empty()
            && workload.volumes.values().all(|volume| volume.retention == Retention::Delete);
        let retention = Tree::from([("whenDeleted", "Delete".into()), ("whenScaled", "Delete".into())]);
        let spec = map([
            ("serviceName", text(headless_name(&workload.name))),
            ("replicas", number(workload.replicas)),
            ("podManagementPolicy", text(policy)),
            ("selector", Some(self.match_labels(workload))),
            ("persistentVolumeClaimRetentionPolicy", goes.then_some(retention)),
            ("template", Some(pod)),
            ("volumeClaimTemplates", claims),
        ]);
        let object = self.object_of(workload, ("apps/v1", "StatefulSet", &workload.name), [("spec", Some(spec))]);
        Object { protect: self.component.protect && !workload.volumes.is_empty(), ..object }
    }

    fn job(&self, workload: &Workload, pod: Tree) -> Object {
        let spec = map([("backoffLimit", number(6)), ("template", Some(pod))]);
        self.object_of(workload, ("batch/v1", "Job", &workload.name), [("spec", Some(spec))])
    }

    /// Draining a node takes one member at a time. With a single one it would only be in the way.
    fn disruption_budget(&self, workload: &Workload) -> Option<Object> {
        let spec = map([("maxUnavailable", number(1)), ("selector", Some(self.match_labels(workload)))]);
        let head = ("policy/v1", "PodDisruptionBudget", workload.name.as_str());
        (workload.kind != WorkloadKind::Job && workload.replicas > 1)
            .then(|| self.object_of(workload, head, [("spec", Some(spec))]))
    }

    /// Kubernetes starts everything at once. Only who applies object by object, or Argo CD by its waves, keeps the order.
    fn lose_order(&mut self, workload: &Workload) {
        let waits = workload.needs.iter().filter(|need| need.condition > Condition::Started);
        let names: Vec<_> = waits.map(|need| format!("`{}`", need.workload)).collect();
        if names.is_empty() || self.scope.manager != super::Manager::Helm {
            return;
        }
        let message = format!(
            "order is approximated: Argo CD starts `{}` after {} by its sync wave; plain Helm and Flux start all at once, and it is \
             restarted until it finds what it needs",
            workload.name,
            names.join(" and "),
        );
        self.lose("needs", message);
    }
}
