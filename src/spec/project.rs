//! driftless.yaml, typed: what concerns the whole repository.

use super::environment::{API_VERSION, Spanned};
use super::node::Node;
use super::shape::{Form, Key, Mode, Object, Type, check};
use crate::diag::{FileId, Sink, SourceMap, Span};
use std::sync::LazyLock;

/// Where the local state store lies, where nothing is said.
pub const DEFAULT_STATE_PATH: &str = ".driftless";

/// A driftless.yaml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFile {
    /// The project's name: part of names and marks on every target.
    pub name: Spanned<String>,
    /// Where driftless remembers.
    pub state: StateEntry,
    /// The whole file.
    pub span: Span,
}

/// Where driftless remembers. The kind is opaque to all but the table in state/.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateEntry {
    /// `fs`.
    pub kind: String,
    /// For `fs`: the folder, from the repository's root.
    pub path: String,
    /// The place of the setting, where there is one.
    pub span: Option<Span>,
}

impl Default for StateEntry {
    fn default() -> Self {
        Self { kind: "fs".into(), path: DEFAULT_STATE_PATH.into(), span: None }
    }
}

/// The shape of a driftless.yaml.
pub fn shape() -> &'static Type {
    static SHAPE: LazyLock<Type> = LazyLock::new(|| Type::Object(project()));
    &SHAPE
}

fn project() -> Object {
    let path = Key::new("path", Type::Form(Form::Path), "The folder, from the repository's root; kept out of Git.")
        .default(DEFAULT_STATE_PATH);
    let fs = Object::new("`fs`", [path]);
    let state = [
        Key::new("fs", Type::Object(fs), "A folder on this machine, with locks that the operating system frees."),
        Key::later("s3"),
    ];
    let keys = [
        Key::new("apiVersion", Type::one_of([API_VERSION]), "The version of the file format.").required(),
        Key::new("kind", Type::one_of(["Project"]), "What the file is.").required(),
        Key::new("name", Type::Form(Form::Label), "The project's name: part of names and marks on every target.")
            .required(),
        Key::new(
            "state",
            Type::Object(Object::new("`state`", state).exactly_one()),
            "Where driftless remembers what it applied.",
        )
        .default("{fs: {path: .driftless}}"),
        Key::later("forge"),
        Key::later("notifications"),
        Key::later("modules"),
        Key::later("server"),
    ];
    Object::new("the project file", keys)
}

impl ProjectFile {
    /// Reads and types a driftless.yaml. None where it has no name; what is wrong is in the sink.
    pub fn read(file: FileId, sources: &SourceMap, sink: &mut Sink) -> Option<Self> {
        let node = super::parse(file, sources, sink)?;
        check(shape(), "the file", &node, Mode::Whole, false, sink);
        let name = node.get("name")?;
        let name = Spanned { value: name.scalar_text()?.to_owned(), span: name.span };
        let state = node.get("state").map(state).unwrap_or_default();
        Some(Self { name, state, span: node.span })
    }
}

fn state(node: &Node) -> StateEntry {
    let path = node.get("fs").and_then(|fs| fs.get("path")).and_then(Node::scalar_text);
    StateEntry { path: path.unwrap_or(DEFAULT_STATE_PATH).to_owned(), span: Some(node.span), ..StateEntry::default() }
}
