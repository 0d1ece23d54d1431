//! `validate`: compile, check, and render in memory.

use super::environment::{compile_files, names};
use super::error::OpsError;
use super::project::Project;
use super::rendering::{Instances, RenderedInstance, render_instances};
use crate::diag::{Severity, Sink, SourceMap};
use crate::model::Loss;

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

fn validate_one(project: &Project, name: &str) -> Result<Validated, OpsError> {
    let checked = compile_files(project, name).and_then(|compiled| {
        let rendered = render_instances(&compiled.model, &compiled.sources, &project.templates, Instances::Used)?;
        let of = |one: &RenderedInstance| {
            one.rendered.losses.iter().map(|loss| (loss.clone(), one.severity_of(loss))).collect::<Vec<_>>()
        };
        let losses = rendered.iter().flat_map(of).collect();
        Ok(Validated { environment: name.into(), sink: compiled.sink, sources: compiled.sources, losses })
    });
    match checked {
        Err(OpsError::Files { sink, sources }) => {
            Ok(Validated { environment: name.into(), sink, sources, losses: Vec::new() })
        }
        other => other,
    }
}
