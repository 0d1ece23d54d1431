//! Ports that are reached from outside the engine's network.

use super::Context;
use crate::model::{Component, Exposure, Port, Protocol, Workload};

/// The address that only the machine itself reaches.
const LOOPBACK: &str = "127.0.0.1";

/// A port that is published on the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its name.
    pub name: String,
    /// The number in the container.
    pub target: u16,
    /// The number on the machine; none: any free one.
    pub published: Option<u16>,
    /// The machine's address; none: all.
    pub host_ip: Option<&'static str>,
    /// TCP or UDP.
    pub protocol: Protocol,
}

impl Context<'_, '_> {
    /// The ports of one replica.
    pub(super) fn published(
        &mut self,
        component: &Component,
        workload: &Workload,
        member: Option<u32>,
    ) -> Vec<Published> {
        let ports = workload.ports.iter();
        ports.filter_map(|(name, port)| self.publish(component, workload, member, (name, port))).collect()
    }

    fn publish(
        &mut self,
        component: &Component,
        workload: &Workload,
        member: Option<u32>,
        (name, port): (&str, &Port),
    ) -> Option<Published> {
        let (published, host_ip) = match &port.exposure {
            Exposure::Internal => return None,
            Exposure::Node { .. } if self.model.environment.preview.is_some() => (None, Some(LOOPBACK)),
            Exposure::Node { port: wanted } => (self.node_port(component, workload, member, name, *wanted), None),
            Exposure::Public { .. } => {
                let message = format!(
                    "a container engine has no HTTP entrance: port `{name}` of `{}` is published on a free port of 127.0.0.1, for a proxy \
                     on the machine, without its host name and without TLS",
                    workload.name
                );
                self.lose(component, component.place_of("ports"), message);
                (None, Some(LOOPBACK))
            }
        };
        Some(Published { name: name.into(), target: port.number, published, host_ip, protocol: port.protocol })
    }

    fn node_port(
        &mut self,
        component: &Component,
        workload: &Workload,
        member: Option<u32>,
        name: &str,
        wanted: Option<u16>,
    ) -> Option<u16> {
        let wanted = wanted?;
        if workload.replicas == 1 {
            return Some(wanted);
        }
        let span = component.place_of("ports");
        if let Some(own) = member.and_then(|member| wanted.checked_add(u16::try_from(member).ok()?)) {
            let last = u32::from(wanted) + workload.replicas - 1;
            let message = format!(
                "all members of `{}` share one machine: port `{name}` of each is published under a number of its own, from {wanted} to {last}",
                workload.name
            );
            self.lose(component, span, message);
            return Some(own);
        }
        let message = format!(
            "all replicas of `{}` share one machine: port `{name}` of each is published on a free port instead of {wanted}",
            workload.name
        );
        self.lose(component, span, message);
        None
    }
}
