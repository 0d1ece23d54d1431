//! Which files of the branch are ours, and what we wrote into them.

use super::message::Trailers;
use super::{GitTarget, join};
use crate::backend::{ApplyRecord, BackendError, ErrorClass};
use crate::model::{Digest, Revision, UnknownFormat, known_major};
use crate::sys::git::{EntryKind, Repository};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Its name. No extension that Argo CD or Flux would read as an object.
pub(super) const NAME: &str = ".driftless-manifest";

/// The format that is written.
const FORMAT: &str = "1.0";

/// The largest manifest, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// The files of an environment in a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    format_version: String,
    project: String,
    environment: String,
    /// What the newest apply was made from.
    revision: Option<Revision>,
    /// Its plan.
    plan: Option<Digest>,
    /// Its number.
    #[serde(default)]
    generation: u64,
    /// By path from the root of the branch.
    pub(super) files: BTreeMap<String, ManifestFile>,
}

/// A file of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ManifestFile {
    /// The digest of what we wrote, and of whether it is a program.
    pub(super) digest: Digest,
    /// The target instance that it belongs to.
    pub(super) instance: String,
    /// The component that it belongs to; none where it holds several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) component: Option<String>,
    /// What it was made from.
    pub(super) revision: Revision,
}

impl Manifest {
    fn empty(target: &GitTarget) -> Self {
        Self {
            format_version: FORMAT.into(),
            project: target.project.clone(),
            environment: target.environment.clone(),
            revision: None,
            plan: None,
            generation: 0,
            files: BTreeMap::new(),
        }
    }

    /// The manifest that an apply leaves.
    pub(super) fn after(target: &GitTarget, record: &ApplyRecord, files: BTreeMap<String, ManifestFile>) -> Self {
        Self {
            revision: Some(record.revision.clone()),
            plan: Some(record.plan_digest.clone()),
            generation: record.generation,
            files,
            ..Self::empty(target)
        }
    }

    /// Its bytes: the same files give the same ones.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, BackendError> {
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|_| BackendError::new(ErrorClass::Invalid, "the manifest cannot be written as JSON"))?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// What the branch says of us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ours {
    /// Our files.
    pub(super) files: BTreeMap<String, ManifestFile>,
    /// The commit whose tree holds what we wrote: our newest, else the tip.
    pub(super) commit: Option<String>,
    /// Whether anything of ours was found in its history.
    pub(super) found: bool,
    /// Where the manifest lies.
    pub(super) path: Option<String>,
    /// The number of the newest apply; 0: none is known.
    pub(super) generation: u64,
    /// The digest of its plan.
    plan: Option<String>,
}

impl Ours {
    /// Whether the newest apply is the one that a plan was made after, or this apply itself.
    pub(super) fn follows(&self, generation: u64, record: &ApplyRecord) -> bool {
        let is_this = self.generation == record.generation && self.plan.as_deref() == Some(record.plan_digest.as_str());
        self.generation == generation || is_this
    }
}

#[derive(Deserialize)]
struct Format {
    format_version: String,
}

/// Reads what the branch says of us.
pub(super) fn read(repository: &Repository, tip: Option<&str>, target: &GitTarget) -> Result<Ours, BackendError> {
    let nothing = Ours { files: BTreeMap::new(), commit: None, found: false, path: None, generation: 0, plan: None };
    let Some(tip) = tip else { return Ok(nothing) };
    let newest = repository.find_in_history(tip, |commit| -> Result<_, BackendError> {
        let Some(trailers) = Trailers::of(&commit.message).filter(|trailers| trailers.are_of(target)) else {
            return Ok(None);
        };
        let folder = if trailers.path == "." { "" } else { &trailers.path };
        let path = join(folder, NAME);
        // A commit of ours whose manifest somebody took out or broke says nothing: the one before it does.
        let manifest = if trailers.files == 0 {
            Some(Manifest::empty(target))
        } else {
            at(repository, &commit.id, &path, target)?
        };
        Ok(manifest.map(|manifest| Ours {
            files: manifest.files,
            commit: Some(commit.id.clone()),
            found: true,
            path: Some(path),
            // A commit that left no files left no manifest.
            generation: trailers.generation,
            plan: trailers.plan,
        }))
    })?;
    if let Some(ours) = newest {
        return Ok(ours);
    }
    // History that was squashed or cut off has none of our commits, and still our manifest.
    let path = join(&target.folder(), NAME);
    Ok(at(repository, tip, &path, target)?.map_or(nothing, |manifest| Ours {
        files: manifest.files,
        commit: Some(tip.to_owned()),
        found: true,
        path: Some(path),
        generation: manifest.generation,
        plan: manifest.plan.map(|plan| plan.to_string()),
    }))
}

/// What the newest applies were made from, the newest first, each once.
pub(super) fn sources(
    repository: &Repository,
    tip: &str,
    target: &GitTarget,
    most: usize,
) -> Result<Vec<Revision>, BackendError> {
    let mut sources: Vec<Revision> = Vec::new();
    repository.find_in_history(tip, |commit| -> Result<_, BackendError> {
        let trailers = Trailers::of(&commit.message).filter(|trailers| trailers.are_of(target));
        if let Some(revision) = trailers.and_then(|trailers| trailers.revision).filter(|one| !sources.contains(one)) {
            sources.push(revision);
        }
        Ok((sources.len() == most).then_some(()))
    })?;
    Ok(sources)
}

/// The manifest at a path of a commit; none where there is none that is ours and whole.
fn at(repository: &Repository, commit: &str, path: &str, target: &GitTarget) -> Result<Option<Manifest>, BackendError> {
    let entry = repository.entry_at(commit, path)?;
    let Some(entry) = entry.filter(|entry| matches!(entry.kind, EntryKind::File { .. })) else { return Ok(None) };
    let bytes = repository.blob(&entry.id, MAX_BYTES)?;
    let Ok(format) = serde_json::from_slice::<Format>(&bytes) else { return Ok(None) };
    if known_major(&format.format_version, 1) == Err(UnknownFormat::Newer) {
        let found = format.format_version;
        let message = format!("`{path}` has format {found}, and this driftless reads {FORMAT} at most");
        return Err(BackendError::new(ErrorClass::Unsupported, message).help("use the driftless that wrote it"));
    }
    let manifest: Option<Manifest> = serde_json::from_slice(&bytes).ok();
    Ok(manifest.filter(|manifest| manifest.project == target.project && manifest.environment == target.environment))
}
