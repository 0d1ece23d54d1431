//! The template of a workload's pods.

use super::mount::PodVolumes;
use super::scope::texts;
use super::tree::{list, map, number, text, unless_empty};
use super::{Lowering, Object};
use crate::diag::{Diagnostic, SECRET_IN_ARGUMENT};
use crate::model::{Container, Part, Tree, Value, Workload, WorkloadKind};
use crate::render::endpoint::Endpoints;

impl Lowering<'_> {
    /// The `ConfigMap` with the files of all containers.
    pub(super) fn config_map(&mut self, workload: &Workload) -> Option<Object> {
        let mut data = Tree::map();
        for container in &workload.containers {
            for (name, file) in &container.files {
                let content = self.plain(&file.content, "files");
                data.insert(super::mount::config_key(workload, container, name), Tree::Text(content));
            }
        }
        let name = super::mount::config_name(&workload.name);
        let head = ("v1", "ConfigMap", name.as_str());
        unless_empty(data).map(|data| self.object_of(workload, head, [("data", Some(data))]))
    }

    pub(super) fn pod_template(&mut self, workload: &Workload) -> Tree {
        let labels = self.scope.labels(&self.component.name, &workload.name);
        let metadata = Tree::from([("labels", texts(&labels))]);
        Tree::from([("metadata", metadata), ("spec", self.pod_spec(workload))])
    }

    fn pod_spec(&mut self, workload: &Workload) -> Tree {
        let mut volumes = PodVolumes::new(workload, &self.scope.secret);
        let mut containers = Vec::new();
        let mut sidecars = Vec::new();
        for (at, container) in workload.containers.iter().enumerate() {
            let lowered = self.container(workload, container, at, &mut volumes);
            // A job ends with its main container only where the others are sidecars in Kubernetes' own sense.
            if workload.kind == WorkloadKind::Job && at > 0 {
                let mut lowered = lowered;
                lowered.insert("restartPolicy", "Always");
                sidecars.push(lowered);
            } else {
                containers.push(lowered);
            }
        }
        let restart = (workload.kind == WorkloadKind::Job).then(|| Tree::text("OnFailure"));
        map([
            ("serviceAccountName", text(workload.name.clone())),
            ("automountServiceAccountToken", Some(Tree::Bool(false))),
            // Variables of the kind CACHE_PORT=tcp://... would be mistaken for settings.
            ("enableServiceLinks", Some(Tree::Bool(false))),
            ("securityContext", Some(pod_security(workload))),
            ("restartPolicy", restart),
            ("terminationGracePeriodSeconds", workload.stop_grace_seconds.map(Tree::from)),
            ("initContainers", list(sidecars)),
            ("containers", list(containers)),
            ("volumes", volumes.into_tree()),
        ])
    }

    /// A value that cannot carry a secret, its endpoints resolved.
    pub(super) fn plain(&mut self, value: &Value, input: &str) -> Value {
        let resolved = self.resolve(value, input);
        if !resolved.is_sensitive() {
            return resolved;
        }
        let span = self.component.place_of(input);
        let message = format!(
            "a secret cannot stand in `{input}`: it would be seen by everybody who can list objects or processes"
        );
        let help = "hand it over as an environment variable or as a secret file";
        self.sink.push(Diagnostic::error(SECRET_IN_ARGUMENT, span, message).help(help));
        let parts = resolved.parts().iter().map(|part| match part {
            Part::Literal(_) => part.clone(),
            other => Part::Literal(Value::from_parts([other.clone()]).display()),
        });
        Value::from_parts(parts)
    }

    /// A value in which no endpoint is left.
    pub(super) fn resolve(&mut self, value: &Value, input: &str) -> Value {
        let endpoints = Endpoints { model: self.model, consumer: self.component, naming: self.scope };
        let span = self.component.place_of(input);
        let resolved = endpoints.resolve(value, span, self.sink);
        self.refuse_deferred(&resolved, input);
        resolved
    }

    fn refuse_deferred(&mut self, value: &Value, input: &str) {
        if self.instance.apply.name != super::secret::NOBODY_SUPPLIES {
            return;
        }
        for part in value.parts() {
            let Part::Deferred { component, output, .. } = part else { continue };
            let message = format!(
                "`{component}.{output}` is known only after `{component}` has been applied, and with `apply: git` nobody hands it over"
            );
            let help = "apply this instance by another way than git, or write the value down";
            let span = self.component.place_of(input);
            self.sink.push(Diagnostic::error(crate::diag::DEFERRED_UNSUPPORTED, span, message).help(help));
        }
    }
}

/// Docker's default profile is what a container has elsewhere; here it has to be asked for. A group may read what is mounted.
fn pod_security(workload: &Workload) -> Tree {
    map([
        ("fsGroup", group_of_files(workload).map(Tree::from)),
        ("seccompProfile", Some(Tree::from([("type", "RuntimeDefault".into())]))),
    ])
}

/// The group that owns volumes and secret files.
pub(super) fn group_of_files(workload: &Workload) -> Option<u32> {
    let has_files = |container: &Container| !container.mounts.is_empty() || !container.secret_files.is_empty();
    let group = |container: &Container| container.security.group.filter(|_| has_files(container));
    workload.containers.iter().find_map(group)
}

/// Whether a number stands for something: zero is Kubernetes' own.
pub(super) fn positive(seconds: u32) -> Option<Tree> {
    if seconds > 0 { number(seconds) } else { None }
}
