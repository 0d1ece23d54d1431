//! A model, rendered for its target instances.

use super::error::OpsError;
use crate::diag::{Severity, Sink, SourceMap, Span};
use crate::model::{ApplyMode, Instance, Loss, Model, Tree};
use crate::plan::{BUILT_IN, Finding, Source};
use crate::render::{Rendered, Templates, target, targets};
use crate::spec::environment::APPLY_AS_FILES;
use indexmap::IndexMap;
use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use std::collections::BTreeSet;

/// One instance, rendered.
pub struct RenderedInstance {
    /// The instance.
    pub instance: Instance,
    /// What it was rendered to.
    pub rendered: Rendered,
    /// Where the components stand: a loss that is told there comes from the module, not from an input that somebody wrote.
    components: BTreeSet<Span>,
}

impl RenderedInstance {
    /// How bad a loss is: what somebody wrote down for a target that cannot express it is a warning, what a module asks for by itself is a
    /// note, since nobody can change it in the environment file.
    pub fn severity_of(&self, loss: &Loss) -> Severity {
        if self.components.contains(&loss.span) { Severity::Note } else { Severity::Warning }
    }
}

/// Which instances are rendered.
#[derive(Debug, Clone, Copy)]
pub enum Instances<'a> {
    /// Those that components go to.
    Used,
    /// Every component goes to each of these (an instance of the file, or a kind of target).
    Named(&'a [String]),
}

/// Renders the instances of a model, each on its own; what is said of them stands in their order.
///
/// # Errors
/// When a named one is neither an instance nor a kind of target; when what a user wrote cannot be rendered.
pub fn render_instances(
    model: &Model,
    sources: &SourceMap,
    templates: &dyn Templates,
    which: Instances<'_>,
) -> Result<Vec<RenderedInstance>, OpsError> {
    let results: Vec<_> = match which {
        Instances::Used | Instances::Named([]) => {
            let used: Vec<_> = model.used_instances().collect();
            used.into_par_iter().map(|instance| render_instance(model, instance, templates)).collect()
        }
        Instances::Named(names) => {
            let render = |name: &String| {
                let model = retarget(model, name)?;
                let instance = model.instances.get(name).ok_or_else(|| unknown_target(name))?;
                render_instance(&model, instance, templates)
            };
            names.par_iter().map(render).collect()
        }
    };
    let mut sink = Sink::default();
    let mut rendered = Vec::with_capacity(results.len());
    for result in results {
        let (one, said) = result?;
        rendered.push(one);
        sink.append(said);
    }
    if sink.has_errors() {
        return Err(OpsError::Files { sink, sources: sources.clone() });
    }
    Ok(rendered)
}

fn render_instance(
    model: &Model,
    instance: &Instance,
    templates: &dyn Templates,
) -> Result<(RenderedInstance, Sink), OpsError> {
    let mut sink = Sink::default();
    let target = target(&instance.kind).ok_or_else(|| unknown_target(&instance.kind))?;
    let rendered = target.render(model, instance, templates, &mut sink);
    let components = model.components.values().map(|component| component.span).collect();
    Ok((RenderedInstance { instance: instance.clone(), rendered, components }, sink))
}

/// The same model with every component on one instance.
fn retarget(model: &Model, name: &str) -> Result<Model, OpsError> {
    let mut model = model.clone();
    if !model.instances.contains_key(name) {
        if target(name).is_none() {
            return Err(unknown_target(name));
        }
        let span = model.environment.git.span;
        let apply = ApplyMode { name: APPLY_AS_FILES.into(), observe_live: false };
        let instance =
            Instance { name: name.into(), kind: name.into(), apply, settings: Tree::Map(IndexMap::new()), span };
        model.instances.insert(name.into(), instance);
    }
    for component in model.components.values_mut() {
        name.clone_into(&mut component.instance);
    }
    Ok(model)
}

fn unknown_target(name: &str) -> OpsError {
    let kinds: Vec<_> = targets().iter().map(|target| target.kind()).collect();
    OpsError::usage(
        format!("`{name}` is neither a target of the environment nor a kind of target"),
        format!("kinds of target: {}", kinds.join(", ")),
    )
}

/// What the targets cannot express, for reports.
pub fn losses(rendered: &[RenderedInstance], sources: &SourceMap) -> Vec<Finding> {
    let all = rendered.iter().flat_map(|one| one.rendered.losses.iter().map(move |loss| (one, loss)));
    all.map(|(one, loss)| Finding {
        code: crate::diag::TARGET_LOSS.to_string(),
        severity: one.severity_of(loss).as_str().into(),
        message: format!("{} ({}): {}", loss.component, loss.instance, loss.message),
        source: Some(source(sources, loss.span)),
    })
    .collect()
}

/// A place for reports.
pub fn source(sources: &SourceMap, span: Span) -> Source {
    let place = sources.place(span);
    let file = if sources.in_repository(span.file) { place.file } else { format!("{BUILT_IN}{}", place.file) };
    Source { file, line: place.line, column: place.column, commit: None, author: None }
}
