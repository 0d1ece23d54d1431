//! Turns the model into files for one tool, and into the resources that these files stand for.
//!
//! Never: reads a secret's value, the clock, the network, the disk; knows a module by name.
//!
//! Invariants: the same model gives the same bytes, in whatever order files were read; what a target cannot express is a located
//! [`Loss`], never dropped; files and resources come from one lowering; what a user wrote arrives unchanged.

pub mod ansible;
pub mod capability;
pub mod compose;
pub mod endpoint;
pub mod engine;
pub mod helm;
pub mod kubernetes;
pub mod live;
pub mod merge;
pub mod terraform;
#[cfg(test)]
pub mod tests;
pub mod yaml;

use crate::diag::Sink;
use crate::model::{Instance, Loss, Model, Resource};
use std::collections::BTreeMap;

/// One rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The text.
    pub content: String,
    /// The component that it belongs to; none where it holds several.
    pub component: Option<String>,
    /// Whether it is a program.
    pub executable: bool,
}

/// Rendered files, by path within the instance's folder, with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileTree {
    /// The files.
    pub files: BTreeMap<String, Artifact>,
}

impl FileTree {
    /// Adds a file.
    pub fn insert(&mut self, path: impl Into<String>, component: Option<&str>, content: impl Into<String>) {
        let artifact = Artifact { content: content.into(), component: component.map(Into::into), executable: false };
        self.files.insert(path.into(), artifact);
    }
}

/// What one target makes of one instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rendered {
    /// What people and other tools read.
    pub files: FileTree,
    /// What a native backend compares and applies, in the order of dependency.
    pub resources: Vec<Resource>,
    /// What this target cannot express.
    pub losses: Vec<Loss>,
}

/// The text templates of the targets (`helm/NOTES.txt.j2`): the repository's own where it has one, else the built-in one.
pub trait Templates: Send + Sync {
    /// The text of a template; none: there is no such template.
    fn get(&self, name: &str) -> Option<&str>;
}

/// One kind of target. Pure.
pub trait Target: Send + Sync {
    /// Its name: `compose`, `helm`, `terraform`, `ansible`.
    fn kind(&self) -> &'static str;

    /// Renders the components of `model` that go to `instance`. What a user wrote and cannot be rendered is pushed into `sink` with its
    /// place; the result is then only good for further checks.
    fn render(&self, model: &Model, instance: &Instance, templates: &dyn Templates, sink: &mut Sink) -> Rendered;
}

/// The built-in targets.
pub fn targets() -> [&'static dyn Target; 4] {
    [&compose::Compose, &helm::Helm, &terraform::Terraform, &ansible::Ansible]
}

/// The target of a kind.
pub fn target(kind: &str) -> Option<&'static dyn Target> {
    targets().into_iter().find(|target| target.kind() == kind)
}
