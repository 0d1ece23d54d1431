//! (kind of target, `apply:`) -> backend: the one place that lists the built-in ones.

use super::git::{GitBackend, GitTarget};
use super::memory::MemoryBackend;
use super::{Backend, BackendError, ErrorClass};
use crate::model::{Environment, Instance};
use crate::sys::Clock;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The values that `apply:` takes.
pub const APPLY_MODES: &[&str] = &["git", "memory"];

/// The backends of an environment, by target instance. Instances that are applied to the same place share one backend: it is looked at
/// once, and it alone writes there.
#[derive(Clone, Default)]
pub struct Backends {
    by_instance: BTreeMap<String, Arc<dyn Backend>>,
}

impl Backends {
    /// Adds an instance.
    pub fn insert(&mut self, instance: impl Into<String>, backend: Arc<dyn Backend>) {
        self.by_instance.insert(instance.into(), backend);
    }

    /// The backend of an instance.
    pub fn get(&self, instance: &str) -> Option<&Arc<dyn Backend>> {
        self.by_instance.get(instance)
    }

    /// Each backend once, with the instances that it serves, in the order of the first of them.
    pub fn distinct(&self) -> Vec<(Vec<&str>, &Arc<dyn Backend>)> {
        let mut distinct: Vec<(Vec<&str>, &Arc<dyn Backend>)> = Vec::new();
        for (instance, backend) in &self.by_instance {
            match distinct.iter_mut().find(|(_, known)| Arc::ptr_eq(known, backend)) {
                Some((instances, _)) => instances.push(instance),
                None => distinct.push((vec![instance], backend)),
            }
        }
        distinct
    }
}

/// Where backends find what is not in the environment file.
#[derive(Clone)]
pub struct Surroundings {
    /// The repository's root: where driftless.yaml lies.
    pub root: PathBuf,
    /// The local folder for what can be made again (`.driftless`).
    pub local: PathBuf,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// The backends of an environment's instances.
///
/// # Errors
/// [`ErrorClass::Unsupported`] for an `apply:` that no backend is for; the error of the backend that cannot be set up.
pub fn backends<'a>(
    environment: &Environment,
    instances: impl IntoIterator<Item = &'a Instance>,
    surroundings: &Surroundings,
) -> Result<Backends, BackendError> {
    let mut backends = Backends::default();
    let mut git: Option<Arc<dyn Backend>> = None;
    for instance in instances {
        let backend = match instance.apply.name.as_str() {
            "git" => match &git {
                Some(backend) => Arc::clone(backend),
                None => Arc::clone(git.insert(git_backend(environment, surroundings)?)),
            },
            "memory" => memory_backend(environment, instance, surroundings)?,
            other => return Err(unknown(&instance.name, other)),
        };
        backends.insert(&instance.name, backend);
    }
    Ok(backends)
}

fn git_backend(environment: &Environment, surroundings: &Surroundings) -> Result<Arc<dyn Backend>, BackendError> {
    let target = GitTarget {
        root: surroundings.root.clone(),
        cache: surroundings.local.join("git"),
        project: environment.project.clone(),
        environment: environment.name.clone(),
        repository: environment.git.repository.clone(),
        branch: environment.git.branch.clone(),
        path: environment.git.path.clone(),
    };
    Ok(Arc::new(GitBackend::new(target, Arc::clone(&surroundings.clock))?))
}

fn memory_backend(
    environment: &Environment,
    instance: &Instance,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Backend>, BackendError> {
    let owner = format!("{}/{}", environment.project, environment.name);
    let default = || surroundings.local.join("memory").join(&environment.name).join(&instance.name);
    let folder = instance.setting("path").map_or_else(|| Ok(default()), |path| inside(&surroundings.root, path))?;
    Ok(Arc::new(MemoryBackend::in_folder(&owner, folder)))
}

fn inside(root: &Path, path: &str) -> Result<PathBuf, BackendError> {
    if crate::sys::worktree::is_plain_path(path) {
        return Ok(root.join(path));
    }
    Err(BackendError {
        class: ErrorClass::Invalid,
        message: format!("`{path}` is no path inside the repository"),
        help: Some("use a relative path without `..`".into()),
    })
}

fn unknown(instance: &str, mode: &str) -> BackendError {
    BackendError {
        class: ErrorClass::Unsupported,
        message: format!("nothing applies `{instance}` with `apply: {mode}`"),
        help: Some(format!("`apply` is one of: {}", APPLY_MODES.join(", "))),
    }
}
