//! Ansible: a playbook with a role for each component, whose workloads run as containers or as packages of the distribution.
//!
//! Never: templates what a user wrote, or puts a secret anywhere but into files on the host that only its user can read.
//!
//! Invariants: a task's name is unique in its role; the body of a resource is the arguments of its task; every default of a role drives an
//! argument; all of it can be run in check mode, and a second run changes nothing.

mod container;
mod health;
mod jinja;
mod name;
mod package;
mod patch;
mod playbook;
mod role;
mod secrets;
mod task;
#[cfg(test)]
mod tests;

use super::endpoint::Naming;
use super::live;
use super::{Rendered, Target, Templates};
use crate::diag::{Diagnostic, NAME_COLLISION, NO_PACKAGE_FORM, SECRET_NAME_COLLISION, Sink};
use crate::model::{Address, Carrier, Component, Instance, Model, Reach, Resource, Value, Workload};
use role::{Role, Scope};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The target `ansible`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ansible;

const ENTRY_SCRIPT: &str = include_str!("../../../templates/ansible/entrypoint.sh");

/// What members are called: containers by their aliases on the network, hosts by their names in the inventory.
struct Names<'a> {
    instance: &'a Instance,
}

impl Naming for Names<'_> {
    fn host(&self, component: &Component, workload: &Workload, member: Option<u32>) -> Value {
        let name = if package::is_used(self.instance, component) {
            format!("{}-{}", component.name, member.unwrap_or(0))
        } else {
            member.map_or_else(|| workload.name.clone(), |member| format!("{}-{member}", workload.name))
        };
        Value::literal(name)
    }
}

impl Target for Ansible {
    fn kind(&self) -> &'static str {
        "ansible"
    }

    fn render(&self, model: &Model, instance: &Instance, templates: &dyn Templates, sink: &mut Sink) -> Rendered {
        let mut rendered = Rendered::default();
        let mut roles: Vec<Role> = Vec::new();
        check_secret_names(model, instance, sink);
        for component in model.components_of(instance) {
            let naming = Names { instance };
            let scope = Scope {
                model,
                instance,
                component,
                role: role::role_name(&component.name),
                entry_script: templates.get("ansible/entrypoint.sh").unwrap_or(ENTRY_SCRIPT).to_owned(),
                naming: &naming,
                sink: RefCell::default(),
                losses: RefCell::new(Vec::new()),
            };
            let role = lower(&scope);
            rendered.losses.append(&mut scope.losses.borrow_mut());
            sink.append(scope.sink.into_inner());
            if roles.iter().any(|other| other.name == role.name) {
                let message = format!(
                    "the role of `{}` would be called `{}`, like that of another component",
                    component.name, role.name
                );
                sink.push(Diagnostic::error(NAME_COLLISION, component.span, message));
            }
            roles.push(role);
        }
        write(model, instance, &roles, &mut rendered);
        let carriers = |workload: &Workload, _: Option<u32>| carriers(model, &roles, &rendered.resources, workload);
        let live = live::resources(model, instance, &carriers);
        rendered.resources.extend(live);
        rendered
    }
}

fn lower(scope: &Scope<'_>) -> Role {
    let component = scope.component;
    let mut role = if package::is_used(scope.instance, component) {
        package::lower(scope)
    } else {
        if scope.instance.setting("runtime") == Some("package") {
            let message = format!("`{}` has no form for `runtime: package`", component.module.name);
            let help = "send it to an instance with `runtime: container`";
            scope.report(Diagnostic::error(NO_PACKAGE_FORM, component.module_span, message).help(help));
        }
        container::lower(scope)
    };
    patch::apply(scope, &mut role);
    role
}

/// The task that starts what a workload's members run in: the last one of its role that carries on from the others.
fn carriers(model: &Model, roles: &[Role], resources: &[Resource], workload: &Workload) -> Vec<Carrier> {
    let owner = model.components.values().find(|component| component.workloads.contains_key(&workload.name));
    let role = owner.and_then(|owner| roles.iter().find(|role| role.component == owner.name));
    let started = role.and_then(|role| role.starts(&workload.name));
    let resource = resources.iter().find(|resource| {
        Some(&resource.component) == role.map(|role| Some(role.component.clone())).as_ref()
            && resource.address.segments().last().as_deref() == started
    });
    let reach = workload.ports.values().next().map(|port| Reach { port: port.number, published: None, login: None });
    resource.map(|resource| Carrier { address: resource.address.clone(), reach }).into_iter().collect()
}

/// Two secrets whose variables have one name would both have the value of one.
fn check_secret_names(model: &Model, instance: &Instance, sink: &mut Sink) {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for component in model.components_of(instance) {
        for secret in &component.secrets {
            let other = *known.entry(jinja::secret_variable(secret)).or_insert(secret);
            if other != secret {
                let variable = jinja::secret_variable(secret);
                let message = format!("the secrets `{other}` and `{secret}` would both be the variable `{variable}`");
                sink.push(Diagnostic::error(SECRET_NAME_COLLISION, component.span, message));
            }
        }
    }
}

fn write(model: &Model, instance: &Instance, roles: &[Role], rendered: &mut Rendered) {
    if roles.is_empty() {
        return;
    }
    let header = format!("# Rendered by driftless from {}: edit that file instead.\n", model.environment.file);
    let files = &mut rendered.files;
    files.insert("site.yml", None, playbook::site(&header, roles));
    files.insert("requirements.yml", None, playbook::requirements(&header));
    files.insert("ansible.cfg", None, playbook::configuration(&header, instance.setting("inventory").is_none()));
    if instance.setting("inventory").is_none() {
        let about = "# Say for each host in host_vars/NAME.yml how it is reached (ansible_host, ansible_user).\n\
                     # The hosts of one group reach each other under the names that they have here.\n";
        files.insert("inventory.yml", None, playbook::inventory(&format!("{header}{about}"), roles));
    }
    let network = format!("{}-{}", model.environment.project, model.environment.name);
    if let Some(network) = patch::shared(roles, "driftless_network").or(Some(network)) {
        files.insert("group_vars/all.yml", None, playbook::group_variables(&header, &network));
    }
    let mut last: BTreeMap<&str, Address> = BTreeMap::new();
    for role in roles {
        role.write(&header, files);
        let Some(component) = model.components.get(&role.component) else { continue };
        let needed = component.workloads.values().flat_map(|workload| &workload.needs);
        let mut after: Vec<Address> = needed.filter_map(|need| last.get(need.component.as_str()).cloned()).collect();
        after.sort();
        after.dedup();
        let resources = role.resources(instance.address_name(), component.protect, after);
        if let Some(resource) = resources.last() {
            last.insert(role.component.as_str(), resource.address.clone());
        }
        rendered.resources.extend(resources);
    }
}
