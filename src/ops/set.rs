//! `set`: inputs of components, edited in the environment file with every comment kept.

use super::environment::compile_from;
use super::error::OpsError;
use super::project::{Project, unreadable};
use crate::compile::{Entry, FileError, Files};
use crate::diag::{Sink, SourceMap};
use crate::model::{FieldPath, Segment};
use crate::spec::edit::{EditError, NewScalar, set as set_scalar};
use crate::sys::file;

/// One edit that was made.
#[derive(Debug, Clone)]
pub struct Edited {
    /// `file:line:column`.
    pub place: String,
    /// What was set: `api.image`.
    pub path: String,
    /// What stood there; `(nothing)` where nothing did.
    pub before: String,
    /// What stands there now.
    pub after: String,
}

/// Sets inputs; all of them or none.
///
/// # Errors
/// When an assignment makes no sense, or the environment would not compile with it: then nothing is written.
pub fn set(project: &Project, environment: &str, assignments: &[String]) -> Result<Vec<Edited>, OpsError> {
    super::environment::known(project, environment)?;
    let path = format!("environments/{environment}.yaml");
    let bytes = project.files.read(&path).map_err(|error| unreadable(&path, &error))?;
    let original = String::from_utf8(bytes).map_err(|_| OpsError::File {
        action: "read",
        path: path.clone(),
        reason: "it is not UTF-8".into(),
    })?;
    let mut text = original.clone();
    let mut edits = Vec::new();
    for assignment in assignments {
        let (target, value) = parse(assignment)?;
        let before = scalar_at(&text, &target);
        let edited = set_scalar(&text, &target, &new_scalar(before.as_ref(), value));
        text = edited.map_err(|error| refused(assignment, &error))?;
        edits.push((
            target,
            before.map(|(text, _)| text),
            value.to_owned(),
            assignment.split('=').next().unwrap_or_default().to_owned(),
        ));
    }
    let overlay = Overlay { files: &project.files, path: &path, text: &text };
    compile_from(&overlay, project, environment)?;
    if text != original {
        // A file behind a symbolic link is edited where it lies: to replace the link would leave the others that lead there behind.
        let real = project.files.real_path(&path).map_err(|error| unreadable(&path, &error))?;
        file::write_artifact(&real, text.as_bytes(), false).map_err(|error| OpsError::File {
            action: "write",
            path: path.clone(),
            reason: error.to_string(),
        })?;
    }
    Ok(edits
        .into_iter()
        .map(|(target, before, after, name)| Edited {
            place: place(&path, &text, &target),
            path: name,
            before: before.unwrap_or_else(|| "(nothing)".into()),
            after,
        })
        .collect())
}

/// `api.image=x` is `components.api.with.image` and `x`.
fn parse(assignment: &str) -> Result<(FieldPath, &str), OpsError> {
    let malformed = || {
        OpsError::usage(
            format!("`{assignment}` is no assignment"),
            "write COMPONENT.INPUT=VALUE, for example `api.image=ghcr.io/shop/api:1.5.0`",
        )
    };
    let (target, value) = assignment.split_once('=').ok_or_else(malformed)?;
    let target: FieldPath = target.parse().map_err(|_| malformed())?;
    let [Segment::Key(component), input @ ..] = target.0.as_slice() else { return Err(malformed()) };
    if input.is_empty() {
        return Err(malformed());
    }
    let mut path = FieldPath::keys(["components", component, "with"]);
    path.0.extend_from_slice(input);
    Ok((path, value))
}

/// What is written like text stays text (`version: "7.4"`); what is new is what it looks like.
fn new_scalar(before: Option<&(String, bool)>, value: &str) -> NewScalar {
    match before {
        Some((_, true)) => NewScalar::text(value),
        _ => NewScalar::plain(value),
    }
}

/// The text of the scalar at a path, and whether it is text by how it is written.
fn scalar_at(text: &str, path: &FieldPath) -> Option<(String, bool)> {
    let (node, _) = root(text)?;
    let found = path.0.iter().try_fold(&node, |node, segment| match segment {
        Segment::Key(key) => node.get(key),
        Segment::Index(index) => node.elements().get(*index),
        _ => None,
    })?;
    let is_text = matches!(&found.kind, crate::spec::NodeKind::Scalar { scalar: crate::spec::Scalar::Text, .. });
    found.scalar_text().map(|text| (text.to_owned(), is_text))
}

fn root(text: &str) -> Option<(crate::spec::Node, SourceMap)> {
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let file = sources.add("", text);
    crate::spec::parse(file, &sources, &mut sink).map(|node| (node, sources))
}

fn place(path: &str, text: &str, target: &FieldPath) -> String {
    let found = root(text).and_then(|(node, sources)| {
        let found = target.0.iter().try_fold(&node, |node, segment| match segment {
            Segment::Key(key) => node.get(key),
            Segment::Index(index) => node.elements().get(*index),
            _ => None,
        })?;
        Some(sources.place(found.span))
    });
    found.map_or_else(|| path.to_owned(), |at| format!("{path}:{}:{}", at.line, at.column))
}

fn refused(assignment: &str, error: &EditError) -> OpsError {
    OpsError::refused(format!("`{assignment}`: {error}"), "nothing was written")
}

/// The project's files with one of them as it would be.
struct Overlay<'a> {
    files: &'a dyn Files,
    path: &'a str,
    text: &'a str,
}

impl Files for Overlay<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        if path == self.path { Ok(self.text.as_bytes().to_vec()) } else { self.files.read(path) }
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        self.files.list(folder)
    }
}
