//! `explain ENV [PATH]`: where a final value comes from, hop by hop; without a path, what can be asked.

use super::environment::{Compiled, compile};
use super::error::OpsError;
use super::file_line::{Chosen, Declared, FileLine};
use super::look::backends_for;
use super::place::Places;
use super::project::Project;
use super::rendering::{Instances, RenderedInstance, render_instances};
use super::world::World;
use crate::backend::table::Backends;
use crate::diag::did_you_mean;
use crate::drift::provenance::{self, Perturbable as _, fields};
use crate::model::{Address, FieldPath, Resource, Scope, Tree};
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

/// What can be asked of an environment.
#[derive(Debug, Clone, Serialize)]
pub struct Addresses {
    /// `1.0`.
    pub format_version: &'static str,
    /// `Addresses`.
    pub kind: &'static str,
    /// The version of driftless.
    pub tool_version: &'static str,
    /// The environment.
    pub environment: String,
    /// The addresses of what it declares.
    pub addresses: Vec<Address>,
}

/// The addresses of an environment.
///
/// # Errors
/// When there is no such environment, or it has errors.
pub async fn addresses(project: &Project, world: &World<'_>, name: &str) -> Result<Addresses, OpsError> {
    let project = &*super::preview::subject(project, world, name).await?;
    let compiled = compile(project, name)?;
    let backends = backends_for(project, world, &Scope::of(&compiled.model))?;
    let declared = declared(project, &compiled, &backends)?;
    Ok(Addresses {
        format_version: "1.0",
        kind: "Addresses",
        tool_version: env!("CARGO_PKG_VERSION"),
        environment: name.to_owned(),
        addresses: declared.into_iter().map(|one| one.resource.address).collect(),
    })
}

/// Explains the fields of an address: `ADDRESS`, or `ADDRESS#FIELD` for that field and what lies below it; or a line of a rendered file:
/// `FILE:LINE`.
///
/// # Errors
/// When there is no such environment, address, field or line.
pub async fn explain(project: &Project, world: &World<'_>, name: &str, path: &str) -> Result<Explanation, OpsError> {
    let project = &*super::preview::subject(project, world, name).await?;
    let compiled = compile(project, name)?;
    let backends = backends_for(project, world, &Scope::of(&compiled.model))?;
    let declared = declared(project, &compiled, &backends)?;
    let (resource, chosen) = chosen(name, path, &declared)?;
    let places = Places::new(project, &compiled, &backends);
    let asked: Vec<_> = chosen.iter().map(|(path, _)| asked_of(resource, path)).collect();
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

/// All that an environment declares.
fn declared(project: &Project, compiled: &Compiled, backends: &Backends) -> Result<Vec<Declared>, OpsError> {
    let rendered = render_instances(&compiled.model, &compiled.sources, &project.templates, Instances::Used)?;
    let of_instance = |one: &RenderedInstance| {
        let instance = one.instance.name.clone();
        let of_backends = backends.of_instance(&instance).map(|(_, backend)| backend.desired(&instance, &one.rendered));
        let resources: Vec<_> = of_backends.flatten().collect();
        resources.into_iter().map(move |resource| Declared { instance: instance.clone(), resource })
    };
    Ok(rendered.iter().flat_map(of_instance).collect())
}

/// The resource and the fields that are asked for.
fn chosen<'d>(name: &str, path: &str, declared: &'d [Declared]) -> Result<Chosen<'d>, OpsError> {
    let (wanted, field) = path.split_once('#').map_or((path, None), |(address, field)| (address, Some(field)));
    let Some(one) = declared.iter().find(|one| one.resource.address.to_string() == wanted) else {
        return match FileLine::parse(path) {
            Some(line) => line.chosen(name, declared),
            None => Err(unknown_address(name, wanted, declared)),
        };
    };
    let resource = &one.resource;
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
    Ok((resource, chosen))
}

fn hop(sources: &crate::diag::SourceMap, source: Source) -> Hop {
    let (path, built_in) =
        source.file.strip_prefix(BUILT_IN).map_or((source.file.as_str(), false), |path| (path, true));
    let file = sources.ids().find(|id| sources.path(*id) == path && sources.in_repository(*id) != built_in);
    let text =
        file.and_then(|id| sources.text(id).lines().nth(source.line.saturating_sub(1) as usize)).unwrap_or_default();
    Hop { text: text.chars().take(160).collect(), file: source.file, line: source.line, column: source.column }
}

fn unknown_address(environment: &str, wanted: &str, declared: &[Declared]) -> OpsError {
    let all: Vec<String> = declared.iter().map(|one| one.resource.address.to_string()).collect();
    let help = match did_you_mean(wanted, all.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "ask for an address, ADDRESS#FIELD, or FILE:LINE of a rendered file; there are: {}",
            all.iter().take(20).cloned().collect::<Vec<_>>().join(", ")
        ),
    };
    OpsError::refused(format!("{environment} has no resource `{wanted}`"), help)
}

/// What is all of a resource that is a single value is asked for as that value.
fn asked_of(resource: &Resource, path: &FieldPath) -> Question {
    let question = Question::new(resource.address.clone(), path.clone());
    let is_map = matches!(resource.body, Tree::Map(_) | Tree::Null);
    if is_map { question } else { question.about(&Json::Null, &Json::Null) }
}
