//! `validate`: compile, check, and render in memory.

use super::environment::{compile, names};
use super::error::OpsError;
use super::project::Project;
use super::rendering::{Instances, losses, render_instances};
use crate::diag::{Sink, SourceMap};
use crate::plan::Finding;

/// What is to be said of one environment.
pub struct Validated {
    /// The environment.
    pub environment: String,
    /// What the compiler, the checks and the targets say.
    pub sink: Sink,
    /// The texts that it points into.
    pub sources: SourceMap,
    /// What targets cannot express.
    pub losses: Vec<Finding>,
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
    let checked = compile(project, name).and_then(|compiled| {
        let rendered = render_instances(&compiled.model, &compiled.sources, &project.templates, Instances::Used)?;
        let losses = losses(&rendered, &compiled.sources);
        Ok(Validated { environment: name.into(), sink: compiled.sink, sources: compiled.sources, losses })
    });
    match checked {
        Err(OpsError::Files { sink, sources }) => {
            Ok(Validated { environment: name.into(), sink, sources, losses: Vec::new() })
        }
        other => other,
    }
}
