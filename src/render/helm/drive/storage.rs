//! What people tune on claims.

use super::Drive;
use crate::model::Tree;
use crate::render::helm::expression::reference;
use crate::render::helm::node::{below, elements, optional, put, text};
use crate::render::kubernetes::storage::claim_name;
use crate::render::yaml::{Entry, Node};
use serde_json::json;

impl Drive<'_, '_> {
    pub(super) fn claim_templates(&mut self, node: &mut Node) {
        let lowered = self.object.body.get("spec").and_then(|spec| spec.get("volumeClaimTemplates"));
        let lowered = lowered.and_then(Tree::as_list).unwrap_or_default().to_vec();
        for (element, claim) in elements(node, &["spec", "volumeClaimTemplates"]).zip(&lowered) {
            let name = below(element, &["metadata"]).and_then(|metadata| text(metadata, "name"));
            if let (Some(name), Some(spec)) = (name, below(element, &["spec"])) {
                self.claim_spec(&name, spec, claim.get("spec"));
            }
        }
    }

    pub(super) fn claim(&mut self, node: &mut Node) {
        let prefix = claim_name(self.workload, "");
        let Some(name) = self.object.name().strip_prefix(&prefix).map(str::to_owned) else { return };
        let lowered = self.object.body.get("spec").cloned();
        if let Some(spec) = below(node, &["spec"]) {
            self.claim_spec(&name, spec, lowered.as_ref());
        }
    }

    fn claim_spec(&mut self, name: &str, spec: &mut Node, lowered: Option<&Tree>) {
        let section = crate::render::helm::chart::section(name);
        let size =
            lowered.and_then(|spec| spec.get("resources")?.get("requests")?.get("storage")).and_then(Tree::as_str);
        if let (Some(size), Some(requests)) = (size, below(spec, &["resources", "requests"])) {
            let schema = json!({"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(m|[kMGTPE]i?|Ki)?$"});
            let path = self.declare(
                &["persistence", &section, "size"],
                "How much storage is asked for",
                Tree::text(size),
                schema,
            );
            put(requests, Entry::new("storage", Node::Raw(format!("{{{{ {} | quote }}}}", reference(&path)))), &[]);
        }
        let class = lowered.and_then(|spec| spec.get("storageClassName")).and_then(Tree::as_str).unwrap_or_default();
        let comment = "Storage class; empty: the cluster's default";
        let names = ["persistence", section.as_str(), "storageClass"];
        let path = self.declare(&names, comment, Tree::text(class), json!({"type": "string"}));
        let entry = optional("storageClassName", &reference(&path), Node::Raw("{{ . | quote }}".into()));
        put(spec, entry, &["resources"]);
    }
}
