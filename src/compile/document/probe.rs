//! Probes, resources and security of a container.

use super::Reader;
use super::fields::Fields;
use crate::model::quantity::{parse_bytes, parse_cpu_millis, parse_seconds};
use crate::model::{Probe, ProbeAction, Probes, Resources, Security};
use crate::spec::{Node, NodeKind};

const PROBE: &[&str] = &["exec", "http", "tcp", "interval", "timeout", "failures", "start"];
const SECURITY: &[&str] =
    &["user", "group", "read_only_root", "no_new_privileges", "drop_capabilities", "add_capabilities"];

impl Reader<'_> {
    pub(super) fn probes(&mut self, node: &Node) -> Probes {
        let Some(fields) = self.fields(node, "`probes`", &["startup", "readiness", "liveness"]) else {
            return Probes::default();
        };
        let mut probe = |key: &str| fields.get(key).and_then(|node| self.probe(node, key));
        Probes { startup: probe("startup"), readiness: probe("readiness"), liveness: probe("liveness") }
    }

    fn probe(&mut self, node: &Node, name: &str) -> Option<Probe> {
        let what = format!("the {name} probe");
        let fields = self.fields(node, &what, PROBE)?;
        let action = self.probe_action(&fields, &what);
        let mut seconds = |key: &str, default: u32| match fields.get(key) {
            None => Some(default),
            Some(node) => self.seconds(node, key),
        };
        let (interval, timeout, start) = (seconds("interval", 10), seconds("timeout", 5), seconds("start", 0));
        let failures = match fields.get("failures") {
            None => Some(3),
            Some(node) => self.integer(node, "failures", "a whole number from 1"),
        };
        Some(Probe {
            action: action?,
            interval_seconds: interval?.max(1),
            timeout_seconds: timeout?.max(1),
            failures: failures?,
            start_seconds: start?,
        })
    }

    fn probe_action(&mut self, fields: &Fields<'_>, what: &str) -> Option<ProbeAction> {
        match (fields.get("exec"), fields.get("http"), fields.get("tcp")) {
            (Some(command), None, None) => self.values(command, "exec").map(ProbeAction::Exec),
            (None, Some(node), None) => {
                let http = self.fields(node, "`http`", &["port", "path"])?;
                let port = self.required(&http, "`http`", "port")?;
                let path = http.get("path").map_or(Some("/".into()), |path| self.text(path, "path"));
                Some(ProbeAction::Http { port: self.text(port, "port")?, path: path? })
            }
            (None, None, Some(port)) => self.text(port, "tcp").map(|port| ProbeAction::Tcp { port }),
            _ => {
                self.error(fields.span, format!("{what} must have exactly one of `exec`, `http`, `tcp`"));
                None
            }
        }
    }

    /// A duration in whole seconds.
    pub(super) fn seconds(&mut self, node: &Node, what: &str) -> Option<u32> {
        self.quantity(node, what, "a duration such as `30s`", |text| parse_seconds(text).or_else(|| text.parse().ok()))
    }

    pub(super) fn resources(&mut self, node: &Node) -> Resources {
        let mut resources = Resources::default();
        let Some(fields) = self.fields(node, "`resources`", &["cpu", "memory"]) else { return resources };
        if let Some((request, limit)) = fields.get("cpu").and_then(|node| self.amounts(node, "cpu", parse_cpu_millis)) {
            (resources.cpu_request_millis, resources.cpu_limit_millis) = (request, limit);
        }
        if let Some((request, limit)) = fields.get("memory").and_then(|node| self.amounts(node, "memory", parse_bytes))
        {
            (resources.memory_request_bytes, resources.memory_limit_bytes) = (request, limit);
        }
        resources
    }

    /// `{request: x, limit: y}`, or one amount for both.
    fn amounts(
        &mut self,
        node: &Node,
        what: &str,
        parse: fn(&str) -> Option<u64>,
    ) -> Option<(Option<u64>, Option<u64>)> {
        let expected = "an amount such as `250m` CPUs or `512Mi` bytes";
        if !matches!(node.kind, NodeKind::Map(_)) {
            let amount = self.quantity(node, what, expected, parse);
            return Some((amount, amount));
        }
        let fields = self.fields(node, what, &["request", "limit"])?;
        let mut amount = |key: &str| fields.get(key).and_then(|node| self.quantity(node, key, expected, parse));
        let (request, limit) = (amount("request"), amount("limit"));
        if let (Some(request), Some(limit)) = (request, limit)
            && request > limit
        {
            self.error(node.span, format!("more {what} is asked for than is allowed"));
        }
        Some((request, limit))
    }

    pub(super) fn security(&mut self, node: &Node) -> Security {
        let Some(fields) = self.fields(node, "`security`", SECURITY) else { return Security::default() };
        let mut id = |key: &str| fields.get(key).and_then(|node| self.integer(node, key, "a number from 0"));
        let (user, group) = (id("user"), id("group"));
        let mut flag = |key: &str| fields.get(key).and_then(|node| self.flag(node, key)).unwrap_or(false);
        let (read_only_root, no_new_privileges) = (flag("read_only_root"), flag("no_new_privileges"));
        let mut names = |key: &str| fields.get(key).and_then(|node| self.texts(node, key)).unwrap_or_default();
        let (drop_capabilities, add_capabilities) = (names("drop_capabilities"), names("add_capabilities"));
        Security { user, group, read_only_root, no_new_privileges, drop_capabilities, add_capabilities }
    }
}
