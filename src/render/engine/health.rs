//! The one health check that an engine knows.

use super::Context;
use super::entry::shell_quote;
use crate::model::{Component, Container, Part, Probe, ProbeAction, Value, Workload};

/// A health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// `CMD` and an argument vector, or `CMD-SHELL` and a line.
    pub test: Vec<Value>,
    /// Seconds between two.
    pub interval_seconds: u32,
    /// Seconds that one may take.
    pub timeout_seconds: u32,
    /// Failures in a row that count.
    pub retries: u32,
    /// Seconds after the start in which failures do not count.
    pub start_seconds: u32,
}

/// The probe that says whether others may use the container.
pub fn chosen(container: &Container) -> Option<&Probe> {
    let probes = &container.probes;
    probes.readiness.as_ref().or(probes.startup.as_ref()).or(probes.liveness.as_ref())
}

impl Context<'_, '_> {
    pub(super) fn health(
        &mut self,
        component: &Component,
        workload: &Workload,
        container: &Container,
    ) -> Option<Health> {
        if container.probes.liveness.is_some() {
            let message = "an engine shows that a container is ill, and does not restart it: the liveness probe restarts nothing here";
            self.lose(component, component.place_of("probes"), message);
        }
        let probe = chosen(container)?;
        let test = self.test(component, workload, &probe.action)?;
        Some(Health {
            test,
            interval_seconds: probe.interval_seconds,
            timeout_seconds: probe.timeout_seconds,
            retries: probe.failures,
            start_seconds: probe.start_seconds,
        })
    }

    fn test(&mut self, component: &Component, workload: &Workload, action: &ProbeAction) -> Option<Vec<Value>> {
        match action {
            ProbeAction::Exec(command) => {
                let command = command.iter().map(|word| self.argument(component, "probes", word));
                Some(std::iter::once(Value::literal("CMD")).chain(command).collect())
            }
            ProbeAction::Http { port, path } => {
                let number = workload.ports.get(port)?.number;
                let url = shell_quote(&format!("http://127.0.0.1:{number}{path}"));
                let message = "an engine can only run a command in the container: the HTTP probe needs `wget` or `curl` in the image";
                self.lose(component, component.place_of("probes"), message);
                Some(shell(&format!("wget -q -O /dev/null {url} || curl -fsS -o /dev/null {url}")))
            }
            ProbeAction::Tcp { port } => {
                let number = workload.ports.get(port)?.number;
                let message =
                    "an engine can only run a command in the container: the TCP probe needs `nc` in the image";
                self.lose(component, component.place_of("probes"), message);
                Some(shell(&format!("nc -z 127.0.0.1 {number}")))
            }
        }
    }
}

fn shell(line: &str) -> Vec<Value> {
    vec![Value::literal("CMD-SHELL"), Value::from_parts([Part::Literal(line.into())])]
}
