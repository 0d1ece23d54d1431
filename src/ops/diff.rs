//! `diff`: how what is rendered differs between two Git revisions; no live system is asked.

use super::environment::{compile, compile_from, names};
use super::error::OpsError;
use super::project::{Project, TemplateTexts};
use super::rendering::{Instances, render_instances};
use crate::compile::Files;
use crate::sys::git::GitTree;
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet};

/// How one environment differs.
#[derive(Debug, Clone, serde::Serialize)]
pub struct EnvironmentDiff {
    /// The environment.
    pub environment: String,
    /// The files that differ.
    pub files: Vec<FileDiff>,
}

/// How one file differs.
#[derive(Debug, Clone, serde::Serialize)]
pub struct FileDiff {
    /// Its path from the environment's output folder.
    pub path: String,
    /// `added`, `changed`, `removed`.
    pub change: &'static str,
    /// Unified, with three lines of context.
    pub diff: String,
}

type Texts = BTreeMap<String, String>;

/// Compares what environments render to at two revisions; without `to`, the work tree is the later one.
///
/// # Errors
/// When a revision is not there, or an environment has errors at one of them.
pub fn diff(
    project: &Project,
    environments: &[String],
    from: &str,
    to: Option<&str>,
) -> Result<Vec<EnvironmentDiff>, OpsError> {
    let earlier = Side::revision(project, from)?;
    let later = to.map(|revision| Side::revision(project, revision)).transpose()?;
    let mut all: BTreeSet<String> = environments.iter().cloned().collect();
    if all.is_empty() {
        all.extend(names(&earlier.files)?);
        all.extend(later.as_ref().map_or_else(|| names(&project.files), |side| names(&side.files))?);
    }
    let one = |name: &String| {
        let before = earlier.texts(project, name)?;
        let after = match &later {
            Some(side) => side.texts(project, name)?,
            None => work_tree(project, name)?,
        };
        Ok(EnvironmentDiff { environment: name.clone(), files: compare(&before, &after) })
    };
    all.iter().map(one).collect()
}

struct Side {
    /// As it was asked for.
    revision: String,
    files: GitTree,
    templates: TemplateTexts,
}

impl Side {
    fn revision(project: &Project, revision: &str) -> Result<Self, OpsError> {
        let files = GitTree::open(&project.root, revision)?;
        let templates = TemplateTexts::load(&files, &project.library)?;
        Ok(Self { revision: revision.to_owned(), files, templates })
    }

    fn texts(&self, project: &Project, name: &str) -> Result<Texts, OpsError> {
        if !names(&self.files)?.iter().any(|known| known == name) {
            return Ok(Texts::new());
        }
        rendered(project, &self.files, &self.templates, name).map_err(|error| match error {
            OpsError::Files { sink, sources } => OpsError::Files { sink, sources: sources.at_revision(&self.revision) },
            other => other,
        })
    }
}

fn work_tree(project: &Project, name: &str) -> Result<Texts, OpsError> {
    if !names(&project.files)?.iter().any(|known| known == name) {
        return Ok(Texts::new());
    }
    compile(project, name)?;
    rendered(project, &project.files, &project.templates, name)
}

fn rendered(project: &Project, files: &dyn Files, templates: &TemplateTexts, name: &str) -> Result<Texts, OpsError> {
    let compiled = compile_from(files, project, name)?;
    let instances = render_instances(&compiled.model, &compiled.sources, templates, Instances::Used)?;
    let texts = instances.into_iter().flat_map(|one| {
        let folder = one.instance.name;
        one.rendered.files.files.into_iter().map(move |(path, file)| (format!("{folder}/{path}"), file.content))
    });
    Ok(texts.collect())
}

fn compare(before: &Texts, after: &Texts) -> Vec<FileDiff> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differs = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    differs
        .map(|path| {
            let (old, new) = (before.get(path), after.get(path));
            let change = match (old, new) {
                (None, _) => "added",
                (_, None) => "removed",
                _ => "changed",
            };
            let text = |side: Option<&String>| side.map_or("", String::as_str).to_owned();
            let (old, new) = (text(old), text(new));
            let diff = TextDiff::from_lines(old.as_str(), new.as_str());
            let diff =
                diff.unified_diff().context_radius(3).header(&format!("a/{path}"), &format!("b/{path}")).to_string();
            FileDiff { path: path.clone(), change, diff }
        })
        .collect()
}
