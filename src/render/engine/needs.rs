//! What a container waits for.

use super::{Context, health, main_units};
use crate::model::{Component, Condition, Dependency, Workload};
use indexmap::IndexMap;

impl<'m> Context<'m, '_> {
    /// The containers that a workload waits for, and what must have happened to them.
    pub(super) fn depends_on(&mut self, component: &Component, workload: &Workload) -> IndexMap<String, Condition> {
        let mut units = IndexMap::new();
        for need in &workload.needs {
            let Some((other, condition)) = self.need(component, workload, need) else { continue };
            for unit in main_units(other) {
                let strongest = units.entry(unit).or_insert(condition);
                *strongest = condition.max(*strongest);
            }
        }
        units
    }

    fn need(
        &mut self,
        component: &Component,
        workload: &Workload,
        need: &Dependency,
    ) -> Option<(&'m Workload, Condition)> {
        let model = self.model;
        let producer = model.components.get(&need.component)?;
        let other = producer.workloads.get(&need.workload)?;
        let span = component.place_of("needs");
        if producer.instance != self.instance.name {
            let message = format!(
                "`{}` cannot wait for `{}`, which another target instance (`{}`) runs: it starts at once and has to retry",
                workload.name, other.name, producer.instance
            );
            self.lose(component, span, message);
            return None;
        }
        let checked = other.containers.first().is_some_and(|container| health::chosen(container).is_some());
        if need.condition == Condition::Healthy && !checked {
            let message =
                format!("`{}` has no probe: `{}` waits only until it has been started", other.name, workload.name);
            self.lose(component, span, message);
            return Some((other, Condition::Started));
        }
        Some((other, need.condition))
    }
}
