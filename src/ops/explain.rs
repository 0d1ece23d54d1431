//! `explain ENV PATH`: where a final value comes from, hop by hop.

use super::environment::compile;
use super::error::OpsError;
use super::look::backends_for;
use super::place::Places;
use super::project::Project;
use super::rendering::{Instances, render_instances};
use super::world::World;
use crate::diag::did_you_mean;
use crate::drift::provenance::{self, Perturbable as _, fields};
use crate::model::{Address, FieldPath};
use crate::plan::{BUILT_IN, Question, Source};
use serde::Serialize;
use serde_json::Value as Json;

/// Where values come from.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// `1.0`.
    pub format_version: &'static str,
    /// `Explanation`.
    pub kind: &'static str,
    /// The version of driftless.
    pub tool_version: &'static str,
    /// The address.
    pub address: Address,
    /// The fields that were asked for.
    pub fields: Vec<FieldExplanation>,
}

/// Where one value comes from.
#[derive(Debug, Clone, Serialize)]
pub struct FieldExplanation {
    /// The field.
    pub path: FieldPath,
    /// Its final value.
    pub value: Json,
    /// Where it comes from: the source first, then what else moves it.
    pub hops: Vec<Hop>,
}

/// One place that moves a value.
#[derive(Debug, Clone, Serialize)]
pub struct Hop {
    /// The file.
    pub file: String,
    /// Counts from 1.
    pub line: u32,
    /// Counts from 1.
    pub column: u32,
    /// The line's text.
    pub text: String,
}

/// Explains the fields of an address: `ADDRESS`, or `ADDRESS#FIELD` for that field and what lies below it.
///
/// # Errors
/// When there is no such environment, address or field.
pub async fn explain(project: &Project, world: &World<'_>, name: &str, path: &str) -> Result<Explanation, OpsError> {
    let compiled = compile(project, name)?;
    let rendered = render_instances(&compiled.model, &compiled.sources, &project.templates, Instances::Used)?;
    let backends = backends_for(project, world, &crate::model::Scope::of(&compiled.model))?;
    let resources: Vec<_> = rendered
        .iter()
        .filter_map(|one| Some(backends.get(&one.instance.name)?.desired(&one.instance.name, &one.rendered)))
        .flatten()
        .collect();
    let (wanted, field) = path.split_once('#').map_or((path, None), |(address, field)| (address, Some(field)));
    let Some(resource) = resources.iter().find(|resource| resource.address.to_string() == wanted) else {
        let all: Vec<String> = resources.iter().map(|resource| resource.address.to_string()).collect();
        return Err(unknown_address(name, wanted, &all));
    };
    let field: FieldPath = match field {
        Some(field) => {
            field.parse().map_err(|_| OpsError::usage(format!("`{field}` is no field path"), "see `driftless plan`"))?
        }
        None => FieldPath::default(),
    };
    let chosen: Vec<_> =
        fields(&resource.body, resource.text.as_deref()).into_iter().filter(|(path, _)| field.contains(path)).collect();
    if chosen.is_empty() {
        return Err(OpsError::refused(
            format!("{wanted} has no field `{field}`"),
            format!("`driftless explain {name} {wanted}` shows all"),
        ));
    }
    let places = Places::new(project, &compiled, &backends);
    let asked: Vec<_> = chosen.iter().map(|(path, _)| Question::new(resource.address.clone(), path.clone())).collect();
    let mut located = provenance::locate(&places, &asked, provenance::Depth::Everything);
    let explained = chosen.into_iter().zip(asked).map(|((path, value), key)| {
        let located = located.remove(&key.key()).unwrap_or_default();
        let owner = places.owner(&resource.address);
        let hops = located.source.or(owner).into_iter().chain(located.via).map(|source| hop(&compiled.sources, source));
        FieldExplanation { path, value: value.to_public_json(), hops: hops.collect() }
    });
    Ok(Explanation {
        format_version: "1.0",
        kind: "Explanation",
        tool_version: env!("CARGO_PKG_VERSION"),
        address: resource.address.clone(),
        fields: explained.collect(),
    })
}

fn hop(sources: &crate::diag::SourceMap, source: Source) -> Hop {
    let (path, built_in) =
        source.file.strip_prefix(BUILT_IN).map_or((source.file.as_str(), false), |path| (path, true));
    let file = sources.ids().find(|id| sources.path(*id) == path && sources.in_repository(*id) != built_in);
    let text =
        file.and_then(|id| sources.text(id).lines().nth(source.line.saturating_sub(1) as usize)).unwrap_or_default();
    Hop { text: text.chars().take(160).collect(), file: source.file, line: source.line, column: source.column }
}

fn unknown_address(environment: &str, wanted: &str, all: &[String]) -> OpsError {
    let help = match did_you_mean(wanted, all.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", all.iter().take(20).cloned().collect::<Vec<_>>().join(", ")),
    };
    OpsError::refused(format!("{environment} has no resource `{wanted}`"), help)
}
