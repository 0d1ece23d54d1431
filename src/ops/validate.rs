//! `validate`: compile, check, and render in memory.

use super::environment::{compile_files, has_file, names};
use super::error::OpsError;
use super::project::Project;
use super::rendering::{Instances, RenderedInstance, render_instances};
use crate::diag::{Severity, Sink, SourceMap};
use crate::model::{Loss, Preview};

/// What is to be said of one environment.
pub struct Validated {
    /// The environment.
    pub environment: String,
    /// What the compiler, the checks and the targets say.
    pub sink: Sink,
    /// The texts that it points into.
    pub sources: SourceMap,
    /// What targets cannot express, and how bad that is.
    pub losses: Vec<(Loss, Severity)>,
}

/// Validates some environments, or all where none is named.
///
/// # Errors
/// When a named one is not there, or files cannot be read. What is wrong with an environment is in its result.
pub fn validate(project: &Project, environments: &[String]) -> Result<Vec<Validated>, OpsError> {
    let all = if environments.is_empty() { names(&project.files)? } else { environments.to_vec() };
    all.iter().map(|name| validate_one(project, name)).collect()
}

/// An environment, and what its file says of previews; or a preview.
fn validate_one(project: &Project, name: &str) -> Result<Validated, OpsError> {
    let preview =
        Preview::parse_name(name).filter(|(base, _)| !has_file(&project.files, name) && has_file(&project.files, base));
    if let Some((base, number)) = preview {
        let (own, preview) = super::preview::any(project, base, number)?;
        return validate_as(&own, &preview, name).map(|(validated, _)| validated);
    }
    let (validated, has_previews) = validate_as(project, name, name)?;
    if !has_previews || validated.sink.has_errors() {
        return Ok(validated);
    }
    let (own, preview) = super::preview::any(project, name, 1)?;
    let (of_preview, _) = validate_as(&own, &preview, name)?;
    Ok(if of_preview.sink.has_errors() { of_preview } else { validated })
}

/// What is to be said of an environment under a name, and whether a file of it speaks of previews.
fn validate_as(project: &Project, compiled_as: &str, name: &str) -> Result<(Validated, bool), OpsError> {
    let checked = compile_files(project, compiled_as).and_then(|compiled| {
        let has_previews = compiled.loaded.layers.iter().any(|layer| layer.node.get("preview").is_some());
        let rendered = render_instances(&compiled.model, &compiled.sources, &project.templates, Instances::Used)?;
        let of = |one: &RenderedInstance| {
            one.rendered.losses.iter().map(|loss| (loss.clone(), one.severity_of(loss))).collect::<Vec<_>>()
        };
        let losses = rendered.iter().flat_map(of).collect();
        let validated = Validated { environment: name.into(), sink: compiled.sink, sources: compiled.sources, losses };
        Ok((validated, has_previews))
    });
    match checked {
        Err(OpsError::Files { sink, sources }) => {
            Ok((Validated { environment: name.into(), sink, sources, losses: Vec::new() }, false))
        }
        other => other,
    }
}
