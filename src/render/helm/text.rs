//! The chart's files that are no objects: Chart.yaml, helpers, notes.

use super::expression::literal;
use crate::diag::{Diagnostic, Sink, TEXT_TEMPLATE};
use crate::model::{Model, Tree};
use crate::render::kubernetes::scope::{COMPONENT, WAVE};
use crate::render::kubernetes::{Lowered, Manager, Scope};
use crate::render::{FileTree, Templates, yaml};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value as Context, context};

/// Steps that one template may take.
const FUEL: u64 = 1_000_000;

/// Templates, the files that they become, and their text where no other is given.
const TEXTS: &[(&str, &str, &str)] = &[
    ("helm/_helpers.tpl.j2", "templates/_helpers.tpl", include_str!("../../../templates/helm/_helpers.tpl.j2")),
    ("helm/NOTES.txt.j2", "templates/NOTES.txt", include_str!("../../../templates/helm/NOTES.txt.j2")),
    ("helm/helmignore.j2", ".helmignore", include_str!("../../../templates/helm/helmignore.j2")),
];

/// Writes all of them.
pub fn write(
    model: &Model,
    scope: &Scope,
    lowered: &Lowered,
    templates: &dyn Templates,
    files: &mut FileTree,
    sink: &mut Sink,
) {
    files.insert("Chart.yaml", None, chart_yaml(model));
    let context = context_of(model, scope, lowered);
    for (name, path, built_in) in TEXTS {
        match fill_in(templates.get(name).unwrap_or(built_in), &context) {
            Ok(text) => files.insert(*path, None, text),
            Err(error) => {
                let message = format!("the template `{name}` cannot be rendered: {error}");
                sink.push(Diagnostic::error(TEXT_TEMPLATE, None, message));
            }
        }
    }
}

fn fill_in(text: &str, context: &Context) -> Result<String, minijinja::Error> {
    let mut environment = Environment::empty();
    environment.set_syntax(brackets()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("literal", |text: String| literal(&text));
    environment.add_filter("scalar", |text: String| yaml::scalar(&literal(&text)));
    environment.render_str(text, context)
}

/// Helm's braces are text: what is filled in stands in brackets.
fn brackets() -> Result<SyntaxConfig, minijinja::Error> {
    let mut syntax = SyntaxConfig::builder();
    syntax.block_delimiters("[%", "%]").variable_delimiters("[[", "]]").comment_delimiters("[#", "#]");
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()
}

fn chart_yaml(model: &Model) -> String {
    let environment = &model.environment;
    let description = format!("The environment {} of {}", environment.name.clone(), environment.project);
    yaml::write_tree(&Tree::from([
        ("apiVersion", "v2".into()),
        ("name", Tree::text(environment.name.clone())),
        ("description", Tree::text(description)),
        ("type", "application".into()),
        ("version", "0.1.0".into()),
    ]))
}

fn context_of(model: &Model, scope: &Scope, lowered: &Lowered) -> Context {
    let managed = "app.kubernetes.io/managed-by";
    let shared = scope.shared_labels().iter().map(|(key, value)| {
        let expression = key == managed && scope.manager == Manager::Helm;
        context! { key => key.clone(), value => value.clone(), expression => expression }
    });
    let selector: Vec<_> = scope.selector("").into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let secrets: Vec<_> = lowered.secrets.keys().cloned().collect();
    let entrances = lowered.objects.iter().filter(|object| object.kind() == "Ingress").filter_map(|object| {
        let host = object.body.get("spec")?.get("rules")?.as_list()?.first()?.get("host")?.as_str()?;
        let scheme = if object.body.get("spec")?.get("tls").is_some() { "https" } else { "http" };
        Some(context! { workload => object.workload.clone(), url => format!("{scheme}://{host}") })
    });
    let workloads = lowered.objects.iter().filter(|object| matches!(object.kind(), "Deployment" | "StatefulSet"));
    let workloads = workloads.map(|object| context! { kind => object.kind().to_lowercase(), name => object.name() });
    context! {
        chart => model.environment.name.clone(),
        environment => model.environment.name.clone(),
        project => model.environment.project.clone(),
        namespace => scope.namespace.clone(),
        shared => shared.collect::<Vec<_>>(),
        selector => selector,
        component_label => COMPONENT,
        wave => WAVE,
        secrets => secrets,
        secret => scope.secret.clone(),
        entrances => entrances.collect::<Vec<_>>(),
        workloads => workloads.collect::<Vec<_>>(),
    }
}
