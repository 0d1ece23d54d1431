//! What the running software must report, and as whom it is asked.

use super::Reader;
use super::container::EFFECTS;
use super::workload::workload_name;
use crate::model::{Effect, LiveExpectation, Login, Value, Workload};
use crate::spec::{Node, NodeKind};
use indexmap::IndexMap;

const EXPECTATION: &[&str] = &["backend", "workload", "members", "path", "value", "effect"];

/// What `live.yaml.j2` says.
#[derive(Debug, Default)]
pub struct Live {
    /// What must be reported.
    pub expectations: Vec<LiveExpectation>,
    /// As whom it is asked.
    pub login: Option<Login>,
}

/// Reads the document of a component whose workloads are known.
pub fn read_live(reader: &mut Reader<'_>, component: &str, workloads: &IndexMap<String, Workload>) -> Option<Live> {
    let node = reader.parse()?;
    let fields = reader.fields(&node, "the live document", &["expect", "login"])?;
    let mut live = Live { expectations: Vec::new(), login: fields.get("login").and_then(|node| reader.login(node)) };
    let Some(expectations) = fields.get("expect") else { return Some(live) };
    let NodeKind::List(items) = &expectations.kind else {
        reader.error(expectations.span, "`expect` must be a list");
        return Some(live);
    };
    for item in items {
        live.expectations.extend(reader.expectation(item, component, workloads).unwrap_or_default());
    }
    Some(live)
}

impl Reader<'_> {
    fn expectation(
        &mut self,
        node: &Node,
        component: &str,
        workloads: &IndexMap<String, Workload>,
    ) -> Option<Vec<LiveExpectation>> {
        let what = "an expectation";
        let fields = self.fields(node, what, EXPECTATION)?;
        let backend = self.required(&fields, what, "backend").and_then(|node| self.text(node, "backend"));
        let path = self.required(&fields, what, "path").and_then(|node| self.text(node, "path"));
        let value = self.required(&fields, what, "value").map(|node| self.tree(node));
        let effect = fields.get("effect").map_or(Some(Effect::Runtime), |node| self.choice(node, "effect", EFFECTS));
        let key = fields.get("workload").map_or(Some("main".into()), |node| self.text(node, "workload"))?;
        let workload = workload_name(component, &key);
        let Some(replicas) = workloads.get(&workload).map(|workload| workload.replicas) else {
            self.error(fields.span, format!("there is no workload `{workload}`"));
            return None;
        };
        let members = self.members(fields.get("members"), replicas)?;
        let expectation =
            LiveExpectation { backend: backend?, workload, member: None, path: path?, value: value?, effect: effect? };
        Some(members.into_iter().map(|member| LiveExpectation { member, ..expectation.clone() }).collect())
    }

    /// `all` of the workload's members, one by its number, or none of them: the topology as a whole.
    fn members(&mut self, node: Option<&Node>, replicas: u32) -> Option<Vec<Option<u32>>> {
        let Some(node) = node else { return Some(vec![None]) };
        if node.scalar_text() == Some("all") {
            return Some((0..replicas).map(Some).collect());
        }
        let member: u32 = self.integer(node, "members", "`all` or the number of a member")?;
        Some(vec![Some(member)])
    }

    fn login(&mut self, node: &Node) -> Option<Login> {
        let fields = self.fields(node, "`login`", &["read", "write"])?;
        let read = fields.get("read").and_then(|node| self.user(node));
        let write = fields.get("write").and_then(|node| self.user(node));
        Some(Login { read, write })
    }

    fn user(&mut self, node: &Node) -> Option<(String, Value)> {
        let fields = self.fields(node, "a login", &["user", "password"])?;
        let user = self.required(&fields, "a login", "user").and_then(|node| self.text(node, "user"));
        let password = self.required(&fields, "a login", "password").and_then(|node| self.value(node, "password"));
        Some((user?, password?))
    }
}
