//! Renders an instance as one Helm chart, named for the environment.
//!
//! Never: writes an object that was not lowered, or a value that moves nothing.
//!
//! Invariants: rendered with its default values into the instance's namespace, the chart is the lowered objects; every key of values.yaml
//! moves an object, and the schema refuses another type for it; no file holds a secret's value.

mod chart;
mod drive;
mod expression;
mod image;
mod job;
mod node;
mod secret;
mod text;
mod values;

#[cfg(test)]
mod tests;

use super::kubernetes::{self, Lowered, Manager, Object, Scope};
use super::{Rendered, Target, Templates, yaml};
use crate::diag::Sink;
use crate::model::{Instance, Model};
use chart::Chart;
use values::Values;

/// The name of the target.
pub const KIND: &str = "helm";

/// The way of applying in which we create the objects ourselves, and no Helm takes part.
const BY_OURSELVES: &str = "server-side";

/// The target `helm`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Helm;

impl Target for Helm {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn render(&self, model: &Model, instance: &Instance, templates: &dyn Templates, sink: &mut Sink) -> Rendered {
        let manager = if instance.apply.name == BY_OURSELVES { Manager::Driftless } else { Manager::Helm };
        let (scope, mut lowered) = kubernetes::lower(model, instance, manager, KIND, sink);
        let mut rendered = Rendered { losses: std::mem::take(&mut lowered.losses), ..Rendered::default() };
        let values = write_templates(&scope, &mut lowered, &mut rendered);
        rendered.files.insert("values.yaml", None, values.yaml(&head(model)));
        let title = format!("Values of the chart {}", scope.environment);
        rendered.files.insert("values.schema.json", None, values.schema(&title));
        text::write(model, &scope, &lowered, templates, &mut rendered.files, sink);
        rendered.resources = kubernetes::resource::resources(model, instance, &scope, &lowered.objects);
        rendered
    }
}

/// Writes a template for each object, and gives each job the name that its template gives it.
fn write_templates(scope: &Scope, lowered: &mut Lowered, rendered: &mut Rendered) -> Values {
    let mut chart = Chart::new(scope, lowered);
    let mut nodes: Vec<_> = lowered.objects.iter().map(|_| None).collect();
    for at in reading_order(&lowered.objects) {
        nodes[at] = Some(drive::template(&mut chart, &lowered.objects[at]));
    }
    let secrets = secret::template(&mut chart, &lowered.secrets);
    for (object, node) in lowered.objects.iter_mut().zip(nodes) {
        let Some(mut node) = node else { continue };
        let path = file_name(object);
        if object.kind() == "Job" {
            job::name(&chart, object, &mut node);
        }
        rendered.files.insert(path, object.component.as_deref(), yaml::write(&node));
    }
    if let Some(template) = secrets {
        rendered.files.insert("templates/secrets.yaml", None, template);
    }
    chart.values
}

/// The order of values.yaml: workload by workload, what runs first. The Secret has a template of its own.
fn reading_order(objects: &[Object]) -> Vec<usize> {
    let first = |workload: &Option<String>| objects.iter().position(|object| object.workload == *workload);
    let runs = |object: &Object| matches!(object.kind(), "Deployment" | "StatefulSet" | "Job");
    let mut order: Vec<_> = (0..objects.len()).filter(|at| objects[*at].component.is_some()).collect();
    order.sort_by_key(|at| (first(&objects[*at].workload), !runs(&objects[*at]), *at));
    order
}

fn file_name(object: &Object) -> String {
    let kind = object.kind().to_ascii_lowercase();
    let folder = object.component.as_deref().unwrap_or("shared");
    format!("templates/{folder}/{kind}-{}.yaml", object.name())
}

fn head(model: &Model) -> String {
    let environment = &model.environment;
    format!(
        "Values of the environment {} of {}.\nWritten by driftless from {}.",
        environment.name, environment.project, environment.file
    )
}
