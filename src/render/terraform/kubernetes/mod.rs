//! Terraform on Kubernetes, with the typed resources of the provider hashicorp/kubernetes.
//!
//! Never: uses `kubernetes_manifest`, whose plan needs a live cluster; writes a secret's value.
//!
//! Invariants: each resource is a lowered object in the provider's terms; what the provider cannot express is a located loss.

mod expressions;
mod module;
#[rustfmt::skip]
mod provider;
mod schema;
mod write;

#[cfg(test)]
mod tests;

use super::hcl::{self, Block, Body, Expression};
use super::root::{self, Variable};
use crate::diag::{Diagnostic, NAME_COLLISION, Sink};
use crate::model::{
    Address, Carrier, Component, Condition, Instance, Model, Reach, Resource, Tree, Workload, WorkloadKind,
};
use crate::render::kubernetes::{self as objects, Lowered, Manager, Object, Scope};
use crate::render::{Rendered, Templates, live};
use indexmap::IndexSet;
use module::Module;

/// The provider: its local name, source and versions.
const PROVIDERS: &[(&str, &str, &str)] = &[("kubernetes", "hashicorp/kubernetes", "~> 2.36")];

/// What lowered objects are called here: no patch is for them, since patches speak of resources.
const NO_TARGET: &str = "";

/// Renders an instance.
pub fn render(model: &Model, instance: &Instance, _templates: &dyn Templates, sink: &mut Sink) -> Rendered {
    let (scope, lowered) = objects::lower(model, instance, Manager::Terraform, NO_TARGET, sink);
    let mut rendered = Rendered { losses: lowered.losses.clone(), ..Rendered::default() };
    let secret = lowered.objects.iter().find(|object| is_secret(object));
    let mut calls = Vec::new();
    rendered.resources.extend(secret.map(|secret| secret_resource(instance, secret)));
    for component in model.components_of(instance) {
        let module = module::lower(model, component, &scope, &lowered, &mut rendered.losses, sink);
        module.write(component, &mut rendered.files);
        rendered.resources.extend(module.resources(component, instance));
        calls.push((component, module));
    }
    let root = Root { model, instance, scope: &scope, lowered: &lowered, secret, calls: &calls };
    root.write(&mut rendered, sink);
    let carriers = |workload: &Workload, _: Option<u32>| carriers(model, instance, workload);
    rendered.resources.extend(live::resources(model, instance, &carriers));
    rendered
}

fn is_secret(object: &Object) -> bool {
    object.kind() == "Secret" && object.component.is_none()
}

/// The address of something that Terraform manages.
fn address(instance: &Instance, path: &str) -> Address {
    Address::new("terraform", instance.address_name(), [path])
}

/// Terraform knows the set of a workload's members, not each of them.
fn carriers(model: &Model, instance: &Instance, workload: &Workload) -> Vec<Carrier> {
    let holds = |component: &&Component| component.workloads.get(&workload.name) == Some(workload);
    let kind = match workload.kind {
        WorkloadKind::Stateful => "kubernetes_stateful_set_v1",
        WorkloadKind::Service => "kubernetes_deployment_v1",
        WorkloadKind::Job => "kubernetes_job_v1",
    };
    let reach = workload.ports.values().next().map(|port| Reach { port: port.number, published: None, login: None });
    let carrier = |component: &Component| Carrier {
        address: address(
            instance,
            &format!("module.{}.{kind}.{}", root::identifier(&component.name), root::identifier(&workload.name)),
        ),
        reach: reach.clone(),
    };
    model.components.values().find(holds).map(carrier).into_iter().collect()
}

/// The root module.
struct Root<'a> {
    model: &'a Model,
    instance: &'a Instance,
    scope: &'a Scope,
    lowered: &'a Lowered,
    /// The Secret, where its values are variables.
    secret: Option<&'a Object>,
    calls: &'a [(&'a Component, Module)],
}

impl Root<'_> {
    fn write(&self, rendered: &mut Rendered, sink: &mut Sink) {
        let mut versions = root::versions(PROVIDERS, Some(self.instance));
        let provider = Block::new("provider", ["kubernetes"])
            .with("config_path", Expression::raw("var.kubeconfig"))
            .with("config_context", Expression::raw("var.kube_context"));
        versions.block(provider);
        rendered.files.insert("versions.tf", None, hcl::write(&versions));
        rendered.files.insert("variables.tf", None, hcl::write(&self.variables(sink)));
        rendered.files.insert("main.tf", None, hcl::write(&self.main()));
        let outputs = self.outputs();
        if !outputs.items.is_empty() {
            rendered.files.insert("outputs.tf", None, hcl::write(&outputs));
        }
        if self.secret.is_some() {
            let message = "Terraform keeps the Secret in its state, values included: keep the state where only those may read it who may know them";
            rendered.losses.extend(self.calls.first().map(|(component, _)| crate::model::Loss {
                component: component.name.clone(),
                instance: self.instance.name.clone(),
                message: message.into(),
                span: self.instance.span,
                address: None,
            }));
        }
    }

    fn variables(&self, sink: &mut Sink) -> Body {
        let mut body = Body::default();
        let context = self.instance.setting("context").map_or(Expression::Null, Expression::from);
        let own = [
            Variable::tuned(
                "kubeconfig",
                "string",
                "Path of the kubeconfig file; null: as the provider's environment variables say.",
                Expression::from("~/.kube/config"),
            ),
            Variable::tuned(
                "kube_context",
                "string",
                "Context in the kubeconfig file; null: the current one.",
                context,
            ),
            Variable::tuned(
                "namespace",
                "string",
                "The namespace of all objects. It has to be there.",
                Expression::from(self.scope.namespace.as_str()),
            ),
        ];
        let secret = Variable::tuned(
            "secret_name",
            "string",
            "The Secret that containers read secrets from.",
            Expression::from(self.scope.secret.as_str()),
        );
        let has_secrets = !self.lowered.secrets.is_empty();
        let mut seen = IndexSet::new();
        for variable in own.into_iter().chain(has_secrets.then_some(secret)) {
            seen.insert(variable.name.clone());
            body.block(root_block(&variable));
        }
        for (component, module) in self.calls {
            for variable in module.variables.iter().filter(|variable| variable.from.is_none()) {
                let name = root::root_name(&component.name, &variable.name);
                if !seen.insert(name.clone()) {
                    let message = format!("two variables of the root would be called `{name}`");
                    sink.push(Diagnostic::error(NAME_COLLISION, component.span, message));
                }
                body.block(variable.in_root(&component.name));
            }
        }
        let modules = self.calls.iter().flat_map(|(_, module)| module.variables.clone());
        let secrets = self.secret.iter().flat_map(|_| root::part_variables(self.lowered.secrets.values()));
        for variable in secrets.chain(modules) {
            let shared = variable.from.as_ref().is_some_and(|from| *from == format!("var.{}", variable.name));
            if shared && seen.insert(variable.name.clone()) {
                body.block(Variable { validation: None, ..variable }.in_module());
            }
        }
        body
    }

    fn main(&self) -> Body {
        let mut body = Body::default();
        let labels =
            self.scope.shared_labels().iter().map(|(key, value)| (key.clone(), Expression::from(value.as_str())));
        body.block(Block::new("locals", []).with("labels", root::labels(labels)));
        if let Some(secret) = self.secret {
            body.block(secret_block(secret));
        }
        for (component, module) in self.calls {
            body.block(root::module_call(component, &module.variables, &self.needs(component)));
        }
        body
    }

    /// The components that must be well before this one is made.
    fn needs(&self, component: &Component) -> Vec<String> {
        let needs = component.workloads.values().flat_map(|workload| &workload.needs);
        let mut names = IndexSet::new();
        for need in needs.filter(|need| need.component != component.name && need.condition >= Condition::Started) {
            let same =
                self.model.components.get(&need.component).is_some_and(|other| other.instance == self.instance.name);
            if same {
                names.insert(need.component.clone());
            }
        }
        names.into_iter().collect()
    }

    fn outputs(&self) -> Body {
        let mut body = Body::default();
        for (component, module) in self.calls {
            for (name, sensitive) in &module.outputs {
                let label = root::root_name(&component.name, &root::identifier(name));
                let value = format!("module.{}.{}", root::identifier(&component.name), root::identifier(name));
                let mut block = Block::new("output", [label.as_str()])
                    .with("description", format!("What {} reports as {name}.", component.name))
                    .with("value", Expression::Raw(value));
                if *sensitive {
                    block.body.attribute("sensitive", true);
                }
                body.block(block);
            }
        }
        body
    }
}

/// A variable that is the root's alone.
fn root_block(variable: &Variable) -> Block {
    let mut block = variable.in_module();
    if let Some(default) = &variable.default {
        block.body.attribute("default", default.clone());
    }
    block
}

fn secret_resource(instance: &Instance, secret: &Object) -> Resource {
    let metadata = secret.body.get("metadata").cloned().unwrap_or_default();
    let data = secret.body.get("stringData").cloned().unwrap_or_default();
    let body = Tree::from([("metadata", metadata), ("data", data)]);
    Resource::new(address(instance, "kubernetes_secret_v1.secrets"), None, body)
}

fn secret_block(secret: &Object) -> Block {
    let data = secret.body.get("stringData").map_or(Expression::Null, root::tree_expression);
    let metadata = Block::new("metadata", [])
        .with("name", Expression::raw("var.secret_name"))
        .with("namespace", Expression::raw("var.namespace"))
        .with("labels", Expression::raw("local.labels"));
    let mut block = Block::new("resource", ["kubernetes_secret_v1", "secrets"]);
    block.body.block(metadata).blank().attribute("data", data);
    block
}
