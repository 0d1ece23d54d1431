//! An environment, compiled, with the revision that it was compiled from.

use super::error::OpsError;
use super::project::{PreviewFiles, Project, TemplateTexts, unreadable};
use crate::compile::{self, FileError, Files, Loaded, ModuleCache};
use crate::diag::{Sink, SourceMap, did_you_mean};
use crate::model::{Digest, Model, Revision, Scope};

/// A compiled environment.
pub struct Compiled {
    /// What it was compiled from.
    pub loaded: Loaded,
    /// The model.
    pub model: Model,
    /// Warnings and notes.
    pub sink: Sink,
    /// The texts that they point into.
    pub sources: SourceMap,
    /// The revision.
    pub revision: Revision,
}

/// The names of all environments.
///
/// # Errors
/// When environments/ cannot be read.
pub fn names(files: &dyn Files) -> Result<Vec<String>, OpsError> {
    compile::environment_names(files).map_err(|error| unreadable("environments", &error))
}

/// Compiles an environment of the work tree.
///
/// # Errors
/// When there is no such environment, or its files have errors.
pub fn compile(project: &Project, name: &str) -> Result<Compiled, OpsError> {
    let mut compiled = compile_files(project, name)?;
    if let Some(tree) = project.preview_called(name).and_then(|files| files.tree.as_ref()) {
        compiled.revision.commit = Some(tree.commit().to_owned());
        return Ok(compiled);
    }
    if let Some(repository) = project.repository()? {
        let prefix = repository.prefix_of(&project.root).unwrap_or_default();
        let paths = compiled.sources.ids().filter(|id| compiled.sources.in_repository(*id));
        let paths = paths.map(|id| join(&prefix, compiled.sources.path(id)));
        let kinds = compiled.model.used_kinds();
        let templates = project.templates.of_project(&kinds).map(|(path, _)| join(&prefix, &path));
        let paths: Vec<_> = paths.chain(templates).collect();
        compiled.revision.commit = repository.head()?;
        compiled.revision.dirty = !repository.dirty(&paths)?.is_empty();
    }
    Ok(compiled)
}

/// Where an environment is applied to, as its file says.
///
/// # Errors
/// When its files have errors.
pub fn scope_of(project: &Project, name: &str) -> Result<Scope, OpsError> {
    Ok(Scope::of(&compile(project, name)?.model))
}

/// Compiles an environment of the work tree for what does not depend on the commit: of its revision only the digest is known.
///
/// # Errors
/// When there is no such environment, or its files have errors.
pub fn compile_files(project: &Project, name: &str) -> Result<Compiled, OpsError> {
    if let Some(PreviewFiles { preview, tree }) = project.preview_called(name) {
        let files: &dyn Files = tree.as_ref().map_or(&project.files, |tree| tree);
        if !has_file(files, &preview.base) {
            return Err(unknown_environment(&preview.base, &names(files)?));
        }
        return compiled(project, compile::load_preview(files, &project.library, &project.modules, preview));
    }
    compile_with(&project.files, project, &project.modules, name)
}

fn join(prefix: &str, path: &str) -> String {
    if prefix.is_empty() { path.to_owned() } else { format!("{prefix}/{path}") }
}

/// Compiles an environment of any files, with the templates of the work tree.
///
/// # Errors
/// When there is no such environment, or its files have errors.
pub fn compile_from(files: &dyn Files, project: &Project, name: &str) -> Result<Compiled, OpsError> {
    compile_with(files, project, &ModuleCache::default(), name)
}

fn compile_with(files: &dyn Files, project: &Project, modules: &ModuleCache, name: &str) -> Result<Compiled, OpsError> {
    if !has_file(files, name) {
        return Err(unknown_environment(name, &names(files)?));
    }
    compiled(project, compile::load_with(files, &project.library, modules, name))
}

fn compiled(project: &Project, loaded: Loaded) -> Result<Compiled, OpsError> {
    let compile::Compiled { model, sources, sink } = compile::compile(&loaded, None);
    match model {
        Some(model) if !sink.has_errors() => {
            let digest = digest(&loaded, &model, &project.templates);
            let revision = Revision { commit: None, dirty: false, digest };
            Ok(Compiled { loaded, model, sink, sources, revision })
        }
        _ => Err(OpsError::Files { sink, sources }),
    }
}

/// The digest of everything that goes into what an environment is rendered to: its files, and the project's own templates.
fn digest(loaded: &Loaded, model: &Model, templates: &TemplateTexts) -> Digest {
    let files = compile::inputs_digest(loaded);
    let kinds = model.used_kinds();
    let own: Vec<_> = templates.of_project(&kinds).collect();
    if own.is_empty() {
        return files;
    }
    let pieces = own.iter().flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()]);
    Digest::of_pieces([files.as_str().as_bytes()].into_iter().chain(pieces))
}

/// Checks that there is such an environment.
///
/// # Errors
/// When there is none; a near name is named.
pub fn known(project: &Project, name: &str) -> Result<(), OpsError> {
    if project.preview_called(name).is_some() {
        return Ok(());
    }
    let names = names(&project.files)?;
    if names.iter().any(|known| known == name) || has_file(&project.files, name) {
        return Ok(());
    }
    Err(unknown_environment(name, &names))
}

/// The environments that a command is about: those that are named, or all where that is asked for.
///
/// # Errors
/// When none is named and not all are meant (64), or environments/ cannot be read.
pub fn chosen(project: &Project, named: &[String], all: bool) -> Result<Vec<String>, OpsError> {
    if !all && !named.is_empty() {
        return Ok(named.to_vec());
    }
    let names = names(&project.files)?;
    if all {
        return Ok(names);
    }
    let help = if names.is_empty() {
        "there is none yet: `driftless init` makes one".into()
    } else {
        format!("name some of {}, or say `--all`", names.join(", "))
    };
    Err(OpsError::usage("no environment is named", help))
}

/// Checks that the file of an environment that is applied is still there.
///
/// # Errors
/// When it is gone: then nothing declares what there is.
pub fn not_gone(project: &Project, name: &str) -> Result<(), OpsError> {
    if project.preview_called(name).is_some() || has_file(&project.files, name) {
        return Ok(());
    }
    Err(OpsError::refused(
        format!("{name} is still applied, and its file environments/{name}.yaml is gone"),
        format!("`driftless destroy {name}` deletes what it has; or put the file back"),
    ))
}

/// A base, and a file that cannot be read, are no environments: what the compiler says of them is clearer than that there is none.
pub(super) fn has_file(files: &dyn Files, name: &str) -> bool {
    !name.contains('/') && files.read(&format!("environments/{name}.yaml")) != Err(FileError::NotFound)
}

pub(super) fn unknown_environment(name: &str, names: &[String]) -> OpsError {
    // Who completes a path in a shell names the file.
    let stem = name.rsplit('/').next().unwrap_or(name);
    let stem = stem.strip_suffix(".yaml").or_else(|| stem.strip_suffix(".yml")).unwrap_or(stem);
    let of_file = names.iter().map(String::as_str).find(|known| *known == stem);
    let help = match of_file.or_else(|| did_you_mean(name, names.iter().map(String::as_str))) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "there is none yet: `driftless init` makes one".into(),
        None => format!("there are: {}", names.join(", ")),
    };
    OpsError::refused(format!("there is no environment `{name}` in environments/"), help)
}
