//! `set`: inputs of components, edited in the environment file with every comment kept.

use super::assignment::{Assignment, NewInput};
use super::environment::compile_from;
use super::error::OpsError;
use super::project::{Project, unreadable};
use super::rendering::{Instances, render_instances};
use crate::compile::{self, Entry, FileError, Files};
use crate::model::FieldPath;
use crate::spec::edit::{self, EditError};
use crate::spec::{Node, NodeKind, Scalar};
use crate::sys::file;
use serde::Serialize;

/// What was edited.
#[derive(Debug, Clone, Serialize)]
pub struct Edits {
    /// `1.0`.
    pub format_version: &'static str,
    /// `Edits`.
    pub kind: &'static str,
    /// The version of driftless.
    pub tool_version: &'static str,
    /// The environment.
    pub environment: String,
    /// The edits, in the order of the assignments.
    pub edits: Vec<Edited>,
}

/// One edit that was made.
#[derive(Debug, Clone, Serialize)]
pub struct Edited {
    /// What was set: `api.image`.
    pub path: String,
    /// What stood there; none where nothing did.
    pub before: Option<String>,
    /// What stands there now.
    pub after: String,
    /// The file.
    pub file: String,
    /// Counts from 1.
    pub line: u32,
    /// Counts from 1.
    pub column: u32,
}

/// Sets inputs; all of them or none.
///
/// # Errors
/// When an assignment makes no sense, or the environment would not compile or render with it: then nothing is written.
pub fn set(project: &Project, environment: &str, assignments: &[String]) -> Result<Edits, OpsError> {
    super::environment::known(project, environment)?;
    let path = format!("environments/{environment}.yaml");
    let original = read(project, &path)?;
    let loaded = compile::load_with(&project.files, &project.library, &project.modules, environment);
    let mut text = original.clone();
    let mut made = Vec::new();
    for written in assignments {
        let assignment = Assignment::parse(written, &loaded)?;
        let before = edit::find(&text, &assignment.target).map(|(node, _)| node);
        let edited = match assignment.value(before.as_ref())? {
            NewInput::Scalar(value) => edit::set(&text, &assignment.target, &value),
            NewInput::List(values) => edit::set_list(&text, &assignment.target, &values),
        };
        text = edited.map_err(|error| refused(written, &error))?;
        made.push((assignment.target, assignment.name, before));
    }
    check(project, environment, &path, &text)?;
    if text != original {
        write(project, &path, &text)?;
    }
    let shown = made.into_iter().map(|(target, name, before)| edited(&path, &text, &target, name, before));
    Ok(Edits::of(environment, shown.collect()))
}

impl Edits {
    /// The edits of an environment.
    pub(super) fn of(environment: &str, edits: Vec<Edited>) -> Self {
        let (kind, tool_version, environment) = ("Edits", env!("CARGO_PKG_VERSION"), environment.to_owned());
        Self { format_version: "1.0", kind, tool_version, environment, edits }
    }
}

pub(super) fn read(project: &Project, path: &str) -> Result<String, OpsError> {
    let bytes = project.files.read(path).map_err(|error| unreadable(path, &error))?;
    String::from_utf8(bytes).map_err(|_| OpsError::File {
        action: "read",
        path: path.to_owned(),
        reason: "it is not UTF-8".into(),
    })
}

/// A file behind a symbolic link is edited where it lies: to replace the link would leave the others that lead there behind.
pub(super) fn write(project: &Project, path: &str, text: &str) -> Result<(), OpsError> {
    let real = project.files.real_path(path).map_err(|error| unreadable(path, &error))?;
    file::write_artifact(&real, text.as_bytes(), false).map_err(|error| OpsError::File {
        action: "write",
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// Compiles and renders the environment as it would be: a target can refuse what the compiler takes.
fn check(project: &Project, environment: &str, path: &str, text: &str) -> Result<(), OpsError> {
    let overlay = Overlay { files: &project.files, path, text };
    let compiled = compile_from(&overlay, project, environment)?;
    render_instances(&compiled.model, &compiled.sources, &project.templates, Instances::Used).map(drop)
}

pub(super) fn edited(path: &str, text: &str, target: &FieldPath, name: String, before: Option<Node>) -> Edited {
    let found = edit::find(text, target);
    let at = found.as_ref().map(|(node, sources)| sources.place(node.span));
    Edited {
        path: name,
        before: before.filter(|node| !node.is_null()).map(|node| shown(&node)),
        after: found.map(|(node, _)| shown(&node)).unwrap_or_default(),
        file: path.to_owned(),
        line: at.as_ref().map_or(1, |at| at.line),
        column: at.map_or(1, |at| at.column),
    }
}

/// A value in one line.
fn shown(node: &Node) -> String {
    match &node.kind {
        NodeKind::Scalar { text, scalar: Scalar::Null, .. } if text.is_empty() => "null".into(),
        NodeKind::Scalar { text, .. } => text.clone(),
        NodeKind::List(elements) => format!("[{}]", elements.iter().map(shown).collect::<Vec<_>>().join(", ")),
        NodeKind::Map(_) => "(a mapping)".into(),
    }
}

fn refused(assignment: &str, error: &EditError) -> OpsError {
    OpsError::refused(format!("`{assignment}`: {error}"), "nothing was written")
}

/// The project's files with one of them as it would be.
pub(super) struct Overlay<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) path: &'a str,
    pub(super) text: &'a str,
}

impl Files for Overlay<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        if path == self.path { Ok(self.text.as_bytes().to_vec()) } else { self.files.read(path) }
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        self.files.list(folder)
    }
}
