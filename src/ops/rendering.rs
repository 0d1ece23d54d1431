//! A model, rendered for its target instances.

use super::error::OpsError;
use crate::diag::{Sink, SourceMap};
use crate::model::{ApplyMode, Instance, Model, Tree};
use crate::plan::{BUILT_IN, Finding, Source};
use crate::render::{Rendered, Templates, target, targets};
use crate::spec::environment::APPLY_AS_FILES;
use indexmap::IndexMap;

/// One instance, rendered.
pub struct RenderedInstance {
    /// The instance.
    pub instance: Instance,
    /// What it was rendered to.
    pub rendered: Rendered,
}

/// Which instances are rendered.
#[derive(Debug, Clone, Copy)]
pub enum Instances<'a> {
    /// Those that components go to.
    Used,
    /// Every component goes to each of these (an instance of the file, or a kind of target).
    Named(&'a [String]),
}

/// Renders the instances of a model.
///
/// # Errors
/// When a named one is neither an instance nor a kind of target; when what a user wrote cannot be rendered.
pub fn render_instances(
    model: &Model,
    sources: &SourceMap,
    templates: &dyn Templates,
    which: Instances<'_>,
) -> Result<Vec<RenderedInstance>, OpsError> {
    let mut sink = Sink::default();
    let rendered = match which {
        Instances::Used | Instances::Named([]) => render_used(model, templates, &mut sink)?,
        Instances::Named(names) => {
            let mut rendered = Vec::new();
            for name in names {
                rendered.extend(render_used(&retarget(model, name)?, templates, &mut sink)?);
            }
            rendered
        }
    };
    if sink.has_errors() {
        return Err(OpsError::Files { sink, sources: sources.clone() });
    }
    Ok(rendered)
}

fn render_used(model: &Model, templates: &dyn Templates, sink: &mut Sink) -> Result<Vec<RenderedInstance>, OpsError> {
    let render = |instance: &Instance| {
        let target = target(&instance.kind).ok_or_else(|| unknown_target(&instance.kind))?;
        let rendered = target.render(model, instance, templates, sink);
        Ok(RenderedInstance { instance: instance.clone(), rendered })
    };
    model.used_instances().map(render).collect()
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
        component.instance = name.into();
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
    let all = rendered.iter().flat_map(|one| &one.rendered.losses);
    all.map(|loss| Finding {
        code: crate::diag::TARGET_LOSS.to_string(),
        severity: "warning".into(),
        message: format!("{} ({}): {}", loss.component, loss.instance, loss.message),
        source: Some(source(sources, loss.span)),
    })
    .collect()
}

/// A place for reports.
pub fn source(sources: &SourceMap, span: crate::diag::Span) -> Source {
    let place = sources.place(span);
    let file = if sources.in_repository(span.file) { place.file } else { format!("{BUILT_IN}{}", place.file) };
    Source { file, line: place.line, column: place.column, commit: None, author: None }
}
