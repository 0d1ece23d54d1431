//! `render`: artifacts into a folder, or compared with one.

use super::environment::compile_files;
use super::error::OpsError;
use super::project::Project;
use super::rendering::{Instances, losses, render_instances};
use crate::model::{Digest, UnknownFormat, known_major};
use crate::plan::Finding;
use crate::sys::file;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The list of what was written, in each environment's folder: what is not on it is not ours.
const MANIFEST: &str = ".driftless-render.json";

/// The largest artifact that is read back, in bytes.
const MAX_ARTIFACT_BYTES: u64 = 16 << 20;

/// How one file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// It was not there.
    Added,
    /// It was there with another text.
    Changed,
    /// It was there, and is not rendered any more.
    Removed,
}

/// What rendering one environment did, or would do.
#[derive(Debug, Clone)]
pub struct Written {
    /// The environment.
    pub environment: String,
    /// The files that differ, by path from the output folder.
    pub files: BTreeMap<String, Difference>,
    /// How many are the same.
    pub unchanged: usize,
    /// What targets cannot express.
    pub losses: Vec<Finding>,
}

/// What is rendered, and where to.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The environments.
    pub environments: &'a [String],
    /// Which instances.
    pub targets: &'a [String],
    /// The output folder.
    pub out: &'a Path,
    /// Whether nothing is written.
    pub check: bool,
    /// Whether a loss is an error.
    pub deny_loss: bool,
}

/// The format of the manifest that is written.
const FORMAT: &str = "1.0";

#[derive(Debug, Default, Serialize, Deserialize)]
struct Manifest {
    format_version: String,
    files: BTreeMap<String, Digest>,
}

#[derive(Deserialize)]
struct Head {
    format_version: String,
}

/// Renders environments in parallel; the results stand in the order of the request.
///
/// # Errors
/// Those of the first environment that has any; nothing of that environment is written then.
pub fn render(project: &Project, request: &Request<'_>) -> Result<Vec<Written>, OpsError> {
    request.environments.par_iter().map(|name| render_one(project, request, name)).collect()
}

/// Compiles and renders environments in parallel and keeps nothing: how many bytes all their artifacts have.
///
/// # Errors
/// Those of the first environment that has any.
pub fn measure(project: &Project, environments: &[String], targets: &[String]) -> Result<usize, OpsError> {
    let request = Request { environments, targets, out: Path::new(""), check: true, deny_loss: false };
    let bytes = environments.par_iter().map(|name| {
        let (files, _) = artifacts(project, &request, name)?;
        Ok(files.values().map(|(text, _)| text.len()).sum::<usize>())
    });
    bytes.collect::<Result<Vec<_>, _>>().map(|bytes| bytes.iter().sum())
}

fn render_one(project: &Project, request: &Request<'_>, name: &str) -> Result<Written, OpsError> {
    let (files, losses) = artifacts(project, request, name)?;
    let folder = request.out.join(name);
    if !request.check && !file::is_folder(&folder) {
        return write_whole(request.out, name, &files, losses);
    }
    let before = read_manifest(&folder)?;
    let mut written = Written { environment: name.into(), files: BTreeMap::new(), unchanged: 0, losses };
    for (path, (text, executable)) in &files {
        let difference = difference(&folder.join(path), text)?;
        let Some(difference) = difference else {
            written.unchanged += 1;
            continue;
        };
        written.files.insert(format!("{name}/{path}"), difference);
        if !request.check {
            write(&folder.join(path), text, *executable)?;
        }
    }
    let gone: BTreeSet<_> = before.files.keys().filter(|path| !files.contains_key(*path)).cloned().collect();
    for path in gone {
        if file::is_there(&folder.join(&path)) {
            written.files.insert(format!("{name}/{path}"), Difference::Removed);
            if !request.check {
                remove(&folder, &path, before.files.get(&path))?;
            }
        }
    }
    if !request.check && (!written.files.is_empty() || before.files.len() != files.len()) {
        write_manifest(&folder, &files)?;
    }
    Ok(written)
}

/// Writes an environment that was not there: into a folder beside it, which then takes its name, so that it is there whole or not at all.
fn write_whole(out: &Path, name: &str, files: &Artifacts, losses: Vec<Finding>) -> Result<Written, OpsError> {
    let made = file::NewFolder::beside(&out.join(name)).map_err(|error| failed("write", out, &error))?;
    let folders: BTreeSet<_> = files.keys().filter_map(|path| Path::new(path).parent()).collect();
    made.make_folders(folders).map_err(|error| failed("write", &out.join(name), &error))?;
    files.par_iter().try_for_each(|(path, (text, executable))| {
        made.write(path, text.as_bytes(), *executable)
            .map_err(|error| failed("write", &out.join(name).join(path), &error))
    })?;
    made.write(MANIFEST, manifest(files).as_bytes(), false)
        .map_err(|error| failed("write", &out.join(name), &error))?;
    made.persist().map_err(|error| failed("write", &out.join(name), &error))?;
    let added = files.keys().map(|path| (format!("{name}/{path}"), Difference::Added)).collect();
    Ok(Written { environment: name.into(), files: added, unchanged: 0, losses })
}

type Artifacts = BTreeMap<String, (String, bool)>;

fn artifacts(project: &Project, request: &Request<'_>, name: &str) -> Result<(Artifacts, Vec<Finding>), OpsError> {
    let compiled = compile_files(project, name)?;
    let which = Instances::Named(request.targets);
    let rendered = render_instances(&compiled.model, &compiled.sources, &project.templates, which)?;
    let losses = losses(&rendered, &compiled.sources);
    if let (true, Some(loss)) = (request.deny_loss, losses.first()) {
        let place = loss.source.as_ref().map(|at| format!("{}:{}:{}: ", at.file, at.line, at.column));
        let message = format!("{}{}", place.unwrap_or_default(), loss.message);
        return Err(OpsError::refused(message, "without `--deny-loss` this is no error"));
    }
    let mut files = Artifacts::new();
    for one in rendered {
        for (path, artifact) in one.rendered.files.files {
            files.insert(format!("{}/{path}", one.instance.name), (artifact.content, artifact.executable));
        }
    }
    Ok((files, losses))
}

fn difference(path: &Path, text: &str) -> Result<Option<Difference>, OpsError> {
    match file::read(path, MAX_ARTIFACT_BYTES) {
        Ok(Some(bytes)) if bytes == text.as_bytes() => Ok(None),
        Ok(Some(_)) => Ok(Some(Difference::Changed)),
        Ok(None) => Ok(Some(Difference::Added)),
        Err(error) => Err(failed("read", path, &error)),
    }
}

fn write(path: &Path, text: &str, executable: bool) -> Result<(), OpsError> {
    file::write_artifact(path, text.as_bytes(), executable).map_err(|error| failed("write", path, &error))
}

/// Removes a file that an earlier render wrote, if nobody changed it since.
fn remove(folder: &Path, path: &str, digest: Option<&Digest>) -> Result<(), OpsError> {
    let full = folder.join(path);
    let bytes = file::read(&full, MAX_ARTIFACT_BYTES).map_err(|error| failed("read", &full, &error))?;
    if bytes.map(Digest::of).as_ref() == digest {
        file::remove(&full).map_err(|error| failed("remove", &full, &error))?;
    }
    Ok(())
}

fn read_manifest(folder: &Path) -> Result<Manifest, OpsError> {
    let path = folder.join(MANIFEST);
    let bytes = file::read(&path, MAX_ARTIFACT_BYTES).map_err(|error| failed("read", &path, &error))?;
    let Some(bytes) = bytes else { return Ok(Manifest::default()) };
    let unusable = |reason: String| OpsError::File {
        action: "read",
        path: path.display().to_string(),
        reason: format!("{reason}; remove it, and nothing that was rendered before is cleaned up"),
    };
    let Head { format_version } = serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string()))?;
    if known_major(&format_version, 1) == Err(UnknownFormat::Newer) {
        return Err(unusable(format!("it has format {format_version}, and this driftless reads {FORMAT} at most")));
    }
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string()))?;
    let inside = manifest.files.keys().all(|path| crate::sys::worktree::is_plain_path(path));
    if inside {
        Ok(manifest)
    } else {
        Err(OpsError::refused(format!("{} names a file outside its folder", path.display()), "remove it"))
    }
}

fn write_manifest(folder: &Path, files: &Artifacts) -> Result<(), OpsError> {
    write(&folder.join(MANIFEST), &manifest(files), false)
}

fn manifest(files: &Artifacts) -> String {
    let digests = files.iter().map(|(path, (text, _))| (path.clone(), Digest::of(text))).collect();
    let manifest = Manifest { format_version: FORMAT.into(), files: digests };
    format!("{}\n", serde_json::to_string_pretty(&manifest).unwrap_or_default())
}

fn failed(action: &'static str, path: &Path, error: &std::io::Error) -> OpsError {
    OpsError::File { action, path: path.display().to_string(), reason: error.to_string() }
}
