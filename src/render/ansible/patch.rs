//! What users merge over the arguments of tasks.

use super::role::{Role, Scope};
use super::task::Variable;
use crate::model::{Component, Tree};
use crate::render::merge::{Guard, merge_component};
use indexmap::IndexMap;

/// What containers, networks and volumes are known by.
const GUARDS: &[Guard] = &[
    Guard { objects: "*/Run *", path: &["name"] },
    Guard { objects: "*/Create *", path: &["name"] },
    Guard { objects: "*/*", path: &["labels", "driftless.dev/*"] },
];

/// Merges patches over the arguments of the role's tasks, which are known as `role/task`.
pub fn apply(scope: &Scope<'_>, role: &mut Role) {
    if !scope.component.patches.contains_key("ansible") {
        return;
    }
    let component = Component { overrides: IndexMap::new(), ..scope.component.clone() };
    let name = role.name.clone();
    let key = |task: &str| format!("{name}/{}", task.replace('/', "-"));
    let mut objects: IndexMap<String, Tree> =
        role.all_tasks().map(|task| (key(&task.name), task.args.clone())).collect();
    merge_component(&component, "ansible", &mut objects, '/', GUARDS, &mut scope.sink.borrow_mut());
    for task in role.all_tasks_mut() {
        if let Some(args) = objects.swap_remove(&key(&task.name)) {
            task.args = args;
        }
    }
}

/// The value of a variable of all hosts, after merges.
pub fn shared(roles: &[Role], name: &str) -> Option<String> {
    let tasks = roles.iter().flat_map(Role::all_tasks);
    let mut driven = tasks.flat_map(|task| task.driven());
    let found = driven.find(|(variable, ..)| matches!(variable, Variable::Global(known) if *known == name))?;
    found.1.as_str().map(str::to_owned)
}
