//! Edits that are tried without touching a file: one leaf replaced or removed, before anything is merged.

use super::load::Loaded;
use super::module::{Module, ModuleTemplate};
use super::template::Template;
use crate::diag::{FileId, Sink, Span};
use crate::spec::module::ModuleFile;
use crate::spec::scalar::resolve;
use crate::spec::{Node, NodeKind, Scalar, ScalarStyle};
use std::borrow::Cow;

/// One edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The leaf.
    pub leaf: Span,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It reads like this instead. In YAML it keeps its quotes: quoted text stays text, a plain scalar is read anew.
    Replace(String),
    /// It is not there.
    Remove,
}

/// What an environment is compiled from, with an edit applied.
pub struct Edited<'a> {
    /// The layers.
    pub layers: Vec<Cow<'a, Node>>,
    /// driftless.yaml, if it was edited.
    pub project: Option<Box<Node>>,
    file: Option<(FileId, EditedFile)>,
}

/// A file of a module that reads differently.
enum EditedFile {
    Module(Box<ModuleFile>),
    Template(Template),
    Text(String),
}

impl<'a> Edited<'a> {
    /// What was loaded, as it is.
    pub fn unchanged(loaded: &'a Loaded) -> Self {
        let layers = loaded.layers.iter().map(|layer| Cow::Borrowed(&layer.node)).collect();
        Self { layers, project: None, file: None }
    }

    /// What was loaded, with an edit. An edit that gives no valid file is none; so is one of a leaf that is not there.
    pub fn new(loaded: &'a Loaded, edit: &Edit) -> Option<Self> {
        let mut edited = Self::unchanged(loaded);
        let file = edit.leaf.file;
        for (layer, slot) in loaded.layers.iter().zip(&mut edited.layers) {
            if layer.file == file {
                *slot = Cow::Owned(edited_node(&layer.node, edit)?);
                return Some(edited);
            }
        }
        if let Some(project) = loaded.project.as_ref().filter(|project| project.file == file) {
            edited.project = Some(Box::new(edited_node(&project.node, edit)?));
            return Some(edited);
        }
        let module = loaded.modules.values().find(|module| module.file_id == file);
        edited.file = Some((
            file,
            match module {
                Some(module) => EditedFile::Module(Box::new(edited_module(loaded, module, edit)?)),
                None => edited_text(loaded, edit)?,
            },
        ));
        Some(edited)
    }

    /// module.yaml of a module.
    pub fn module_file<'m>(&'m self, module: &'m Module) -> &'m ModuleFile {
        match &self.file {
            Some((file, EditedFile::Module(edited))) if *file == module.file_id => edited,
            _ => &module.file,
        }
    }

    /// Whether a file of this module other than module.yaml is edited.
    pub fn has_template_of(&self, module: &Module) -> bool {
        matches!(&self.file, Some((file, EditedFile::Template(_) | EditedFile::Text(_))) if module.files_of.contains(file))
    }

    /// A template of a module.
    pub fn template<'m>(&'m self, template: &'m ModuleTemplate) -> &'m Template {
        match &self.file {
            Some((file, EditedFile::Template(edited))) if *file == template.file => edited,
            _ => &template.template,
        }
    }

    /// The text of a file that is taken as it stands.
    pub fn text<'m>(&'m self, loaded: &'m crate::diag::SourceMap, of: FileId) -> &'m str {
        match &self.file {
            Some((file, EditedFile::Text(edited))) if *file == of => edited,
            _ => loaded.text(of),
        }
    }
}

fn edited_module(loaded: &Loaded, module: &Module, edit: &Edit) -> Option<ModuleFile> {
    let read = || crate::spec::parse(module.file_id, &loaded.sources, &mut Sink::default());
    let node = module.node.get_or_init(read).as_ref()?;
    ModuleFile::from_node(&edited_node(node, edit)?, None, &mut Sink::default())
}

#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "paths of a repository are told apart by case")]
fn edited_text(loaded: &Loaded, edit: &Edit) -> Option<EditedFile> {
    let text = loaded.sources.text(edit.leaf.file);
    let (before, after) = (text.get(..edit.leaf.start as usize)?, text.get(edit.leaf.end as usize..)?);
    let new = match &edit.change {
        Change::Replace(new) => new.as_str(),
        Change::Remove => "",
    };
    let edited = format!("{before}{new}{after}");
    if !loaded.sources.path(edit.leaf.file).ends_with(".j2") {
        return Some(EditedFile::Text(edited));
    }
    Template::read(&edited, edit.leaf.file).ok().map(EditedFile::Template)
}

/// A node with one leaf replaced or removed; none where it is not there.
fn edited_node(node: &Node, edit: &Edit) -> Option<Node> {
    let inside = |node: &Node| node.span.start <= edit.leaf.start && edit.leaf.end <= node.span.end;
    match &node.kind {
        NodeKind::Scalar { style, .. } => {
            let Change::Replace(text) = &edit.change else { return None };
            (node.span == edit.leaf).then(|| Node { kind: scalar(text, *style), span: node.span })
        }
        NodeKind::List(items) => {
            let at = items.iter().position(inside)?;
            let mut items = items.clone();
            match edited_node(&items[at], edit) {
                Some(item) => items[at] = item,
                None if items[at].span == edit.leaf => drop(items.remove(at)),
                None => return None,
            }
            Some(Node { kind: NodeKind::List(items), span: node.span })
        }
        NodeKind::Map(entries) => {
            let at = entries.iter().position(|entry| inside(&entry.value))?;
            let mut entries = entries.clone();
            match edited_node(&entries[at].value, edit) {
                Some(value) => entries[at].value = value,
                None if entries[at].value.span == edit.leaf => drop(entries.remove(at)),
                None => return None,
            }
            Some(Node { kind: NodeKind::Map(entries), span: node.span })
        }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> NodeKind {
    let scalar = if style == ScalarStyle::Plain { resolve(text) } else { Scalar::Text };
    NodeKind::Scalar { text: text.to_owned(), style, scalar }
}
