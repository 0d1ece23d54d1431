//! `init`: a project that can be planned at once.

use super::error::OpsError;
use crate::compile::{Files, library};
use crate::sys::file;
use crate::sys::git::{GitError, Repository};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Debug, Clone, Serialize)]
pub struct Initialised {
    /// `1.0`.
    pub format_version: &'static str,
    /// `Initialised`.
    pub kind: &'static str,
    /// The version of driftless.
    pub tool_version: &'static str,
    /// The project's name.
    pub project: String,
    /// The files, by path from the folder.
    pub written: Vec<String>,
    /// Files that were there already and were left alone.
    pub kept: Vec<String>,
    /// Whether a Git repository was made, because the folder lay in none.
    pub made_repository: bool,
}

/// Scaffolds a project in a folder; what is there is never touched. A folder that lies in no Git repository becomes one: what the scaffold
/// declares is applied to a branch.
///
/// # Errors
/// When the folder is a project already, or cannot be written to.
pub fn init(folder: &Path) -> Result<Initialised, OpsError> {
    if file::is_there(&folder.join("driftless.yaml")) {
        let message = format!("{} has a driftless.yaml already", folder.display());
        return Err(OpsError::refused(message, "see `driftless validate` and `driftless plan ENV`"));
    }
    let done = scaffold(folder, "templates/init")?;
    let made_repository = match Repository::discover(folder) {
        Err(GitError::NoRepository { .. }) => Repository::create(folder).map(|_| true)?,
        // One that cannot be read is there all the same.
        _ => false,
    };
    Ok(Initialised { made_repository, ..done })
}

/// Writes one of the scaffolds of the library into a folder.
///
/// # Errors
/// When the folder cannot be written to.
pub fn scaffold(folder: &Path, name: &str) -> Result<Initialised, OpsError> {
    let failed = |path: &Path, error: &std::io::Error| OpsError::File {
        action: "write",
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    file::make_folder(folder).map_err(|error| failed(folder, &error))?;
    let folder: PathBuf = file::real(folder).map_err(|error| failed(folder, &error))?;
    let project = project_name(&folder);
    let mut done = Initialised {
        format_version: "1.0",
        kind: "Initialised",
        tool_version: env!("CARGO_PKG_VERSION"),
        project: project.clone(),
        written: Vec::new(),
        kept: Vec::new(),
        made_repository: false,
    };
    let mut texts = Vec::new();
    collect(&library(), name, "", &mut texts)?;
    for (path, text) in texts {
        let path = path.strip_prefix("dot-").map_or_else(|| path.clone(), |rest| format!(".{rest}"));
        let full = folder.join(&path);
        if file::is_there(&full) {
            done.kept.push(path);
            continue;
        }
        let text = text.replace("{{ project }}", &project);
        file::write_artifact(&full, text.as_bytes(), false).map_err(|error| failed(&full, &error))?;
        done.written.push(path);
    }
    Ok(done)
}

fn collect(files: &dyn Files, root: &str, below: &str, texts: &mut Vec<(String, String)>) -> Result<(), OpsError> {
    let folder = if below.is_empty() { root.to_owned() } else { format!("{root}/{below}") };
    for entry in files.list(&folder).map_err(|error| super::project::unreadable(&folder, &error))? {
        let path = if below.is_empty() { entry.name } else { format!("{below}/{}", entry.name) };
        if entry.is_folder {
            collect(files, root, &path, texts)?;
        } else {
            let full = format!("{root}/{path}");
            let bytes = files.read(&full).map_err(|error| super::project::unreadable(&full, &error))?;
            texts.push((path, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(())
}

/// A name for the project: the folder's, as far as it makes a label.
fn project_name(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name } else { "project".into() }
}
