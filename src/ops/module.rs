//! `module`: what modules there are, what they take, and whether their cases hold.

use super::error::OpsError;
use super::project::Project;
use crate::compile::{self, Files};
use crate::diag::{Sink, SourceMap, did_you_mean};
use crate::spec::module::ModuleFile;
use serde::Serialize;

/// The modules that can be used in a project.
#[derive(Debug, Clone, Serialize)]
pub struct ModuleList {
    /// `1.0`.
    pub format_version: &'static str,
    /// `Modules`.
    pub kind: &'static str,
    /// The version of driftless.
    pub tool_version: &'static str,
    /// The modules, by name.
    pub modules: Vec<ModuleSummary>,
}

/// One of them.
#[derive(Debug, Clone, Serialize)]
pub struct ModuleSummary {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// `repository` or `built in`.
    pub origin: &'static str,
    /// What it is for.
    pub description: String,
}

/// The modules of the repository and those that are built in; the repository's own go before.
///
/// # Errors
/// When one of them has errors.
pub fn list(project: &Project) -> Result<ModuleList, OpsError> {
    let names = compile::known_modules(&project.files, &project.library);
    let modules = names.iter().map(|name| {
        let (module, in_repository) = read(project, name)?;
        let origin = if in_repository { "repository" } else { "built in" };
        Ok(ModuleSummary { name: module.name, version: module.version, origin, description: module.description })
    });
    let modules = modules.collect::<Result<_, OpsError>>()?;
    Ok(ModuleList { format_version: "1.0", kind: "Modules", tool_version: env!("CARGO_PKG_VERSION"), modules })
}

/// The reference page of a module, as markdown.
///
/// # Errors
/// When there is no such module, or it has errors.
pub fn show(project: &Project, name: &str) -> Result<String, OpsError> {
    Ok(crate::spec::pages::module_page(&read(project, name)?.0))
}

/// The files of all modules of a project.
///
/// # Errors
/// When one of them has errors.
pub fn files(project: &Project) -> Result<Vec<ModuleFile>, OpsError> {
    let names = compile::known_modules(&project.files, &project.library);
    names.iter().map(|name| Ok(read(project, name)?.0)).collect()
}

/// The files of the built-in modules.
///
/// # Errors
/// When one of them has errors, which a test excludes.
pub fn built_in() -> Result<Vec<ModuleFile>, OpsError> {
    let library = compile::library();
    let names = compile::known_modules(&library, &library);
    names.iter().map(|name| Ok(read_from(&library, &library, name)?.0)).collect()
}

fn read(project: &Project, name: &str) -> Result<(ModuleFile, bool), OpsError> {
    let known = compile::known_modules(&project.files, &project.library);
    if !known.iter().any(|one| one == name) {
        let help = did_you_mean(name, known.iter().map(String::as_str));
        let help =
            help.map_or_else(|| format!("there are: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        return Err(OpsError::refused(format!("there is no module `{name}`"), help));
    }
    read_from(&project.files, &project.library, name)
}

fn read_from(files: &dyn Files, library: &dyn Files, name: &str) -> Result<(ModuleFile, bool), OpsError> {
    let path = format!("modules/{name}/module.yaml");
    let own = files.read(&path);
    let in_repository = own.is_ok();
    let bytes = own.or_else(|_| library.read(&path)).map_err(|error| super::project::unreadable(&path, &error))?;
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let file = crate::spec::decode(&path, &bytes, &mut sources, &mut sink);
    let module = file.and_then(|file| ModuleFile::read(file, Some(name), &sources, &mut sink));
    match module {
        Some(module) if !sink.has_errors() => Ok((module, in_repository)),
        _ => Err(OpsError::Files { sink, sources }),
    }
}

/// How cases ended.
#[derive(Debug, Clone, Serialize)]
pub struct TestResults {
    /// `1.0`.
    pub format_version: &'static str,
    /// `ModuleTests`.
    pub kind: &'static str,
    /// The version of driftless.
    pub tool_version: &'static str,
    /// How many hold.
    pub passed: usize,
    /// How many do not.
    pub failed: usize,
    /// The cases.
    pub cases: Vec<CaseResult>,
}

/// How one case ended.
#[derive(Debug, Clone, Serialize)]
pub struct CaseResult {
    /// The module.
    pub module: String,
    /// The case: the name of its file.
    pub case: String,
    /// What it is about.
    pub description: String,
    /// What does not hold, one line each; empty: it holds.
    pub failures: Vec<String>,
}

/// Runs the cases of modules; without names, those of the repository's own modules, or the built-in ones where it has none.
///
/// # Errors
/// When there is no such module, or its cases cannot be read.
pub fn test(project: &Project, names: &[String]) -> Result<TestResults, OpsError> {
    let names = if names.is_empty() { default_names(project)? } else { names.to_vec() };
    let mut cases = Vec::new();
    for name in &names {
        read(project, name)?;
        let results = compile::module_test::module_test(&project.files, &project.library, name).unwrap_or_default();
        cases.extend(results.into_iter().map(|one| CaseResult {
            module: name.clone(),
            case: one.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".yaml").to_owned(),
            description: one.description,
            failures: one.failures,
        }));
    }
    let failed = cases.iter().filter(|case| !case.failures.is_empty()).count();
    Ok(TestResults {
        format_version: "1.0",
        kind: "ModuleTests",
        tool_version: env!("CARGO_PKG_VERSION"),
        passed: cases.len() - failed,
        failed,
        cases,
    })
}

fn default_names(project: &Project) -> Result<Vec<String>, OpsError> {
    let entries = project.files.list("modules").map_err(|error| super::project::unreadable("modules", &error))?;
    let own: Vec<String> = entries.into_iter().filter(|entry| entry.is_folder).map(|entry| entry.name).collect();
    Ok(if own.is_empty() { compile::known_modules(&project.files, &project.library) } else { own })
}
