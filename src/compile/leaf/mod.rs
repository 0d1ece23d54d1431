//! The leaves that a model comes from, and what each could be instead: how one finds the place in Git of a field, by trying.
//!
//! A leaf is a scalar of an environment file, of driftless.yaml or of a module's defaults, a literal of a template, or a line of a file.
//! An [`Edit`] of one is compiled with [`compile`](super::compile); what moves comes from there. That is right through references, merges
//! and templates without following any of them.
//!
//! Never: decides which of several leaves is the one to show.

mod perturb;
mod yaml_text;

use super::edit::{Change, Edit};
use super::load::Loaded;
use super::module::{Module, ModuleTemplate, TargetFile};
use crate::diag::{FileId, Span};
use crate::spec::module::{Input, InputType};
use crate::spec::{Node, NodeKind};
use indexmap::IndexMap;

/// What a leaf is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeafOrigin {
    /// A scalar of an environment file or of driftless.yaml.
    Environment,
    /// A scalar of the default of a module's input.
    ModuleDefault,
    /// A literal of a template that gives a document.
    TemplateLiteral,
    /// A line or a literal of a file that a module brings.
    FileLiteral,
}

/// One leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub origin: LeafOrigin,
    /// When it is merged: later layers are higher. Files of modules are 0, driftless.yaml 1, and the environment's own file the highest.
    pub layer: u32,
    /// The component that it belongs to, where it stands below one.
    pub component: Option<String>,
}

/// All leaves, in the order of layers and files.
pub fn leaves(loaded: &Loaded) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for module in loaded.modules.values() {
        module_leaves(loaded, module, &mut leaves);
    }
    if let Some(name) = loaded.project.as_ref().and_then(|project| project.node.get("name")) {
        leaves.push(Leaf { span: name.span, origin: LeafOrigin::Environment, layer: 1, component: None });
    }
    for (at, layer) in loaded.layers.iter().enumerate() {
        let number = 2 + u32::try_from(at).unwrap_or(u32::MAX - 2);
        let mut add = |span: Span, path: &[&str]| {
            let component = match path {
                ["components", name, ..] => Some((*name).to_owned()),
                _ => None,
            };
            leaves.push(Leaf { span, origin: LeafOrigin::Environment, layer: number, component });
        };
        scalars(&layer.node, &mut Vec::new(), &mut add);
    }
    leaves
}

/// What a leaf could be instead, within its type, the mildest change first; at last that it is not there.
pub fn edits(loaded: &Loaded, leaf: &Leaf) -> Vec<Edit> {
    let written = loaded.sources.slice(leaf.span);
    let texts = match leaf.origin {
        LeafOrigin::Environment => environment_texts(loaded, leaf),
        LeafOrigin::ModuleDefault => default_texts(loaded, leaf),
        LeafOrigin::TemplateLiteral => perturb::literal(written),
        LeafOrigin::FileLiteral => perturb::line(written),
    };
    let replaced = texts.into_iter().map(|text| Edit { leaf: leaf.span, change: Change::Replace(text) });
    replaced.chain(std::iter::once(Edit { leaf: leaf.span, change: Change::Remove })).collect()
}

fn scalars<'n>(node: &'n Node, path: &mut Vec<&'n str>, add: &mut impl FnMut(Span, &[&str])) {
    match &node.kind {
        NodeKind::Scalar { .. } => add(node.span, path),
        NodeKind::List(items) => {
            for item in items {
                path.push("");
                scalars(item, path, add);
                path.pop();
            }
        }
        NodeKind::Map(entries) => {
            for entry in entries {
                path.push(&entry.key);
                scalars(&entry.value, path, add);
                path.pop();
            }
        }
    }
}

fn module_leaves(loaded: &Loaded, module: &Module, leaves: &mut Vec<Leaf>) {
    let mut add = |span: Span, origin: LeafOrigin| leaves.push(Leaf { span, origin, layer: 0, component: None });
    defaults(&module.file.inputs, &mut |node, _| {
        scalars(node, &mut Vec::new(), &mut |span, _| add(span, LeafOrigin::ModuleDefault));
    });
    let mut document = |template: &ModuleTemplate| {
        for span in template.template.constants() {
            add(span, LeafOrigin::TemplateLiteral);
        }
        for span in template.template.raw_texts() {
            let text = loaded.sources.slice(span);
            yaml_text::values(text, |start, end| add(within(span, start, end), LeafOrigin::TemplateLiteral));
        }
    };
    document(&module.model);
    module.live.iter().for_each(&mut document);
    let target_files = module.targets.values().flat_map(IndexMap::values);
    for file in target_files.clone() {
        if let TargetFile::Objects(template) = file {
            document(template);
        }
    }
    let rendered =
        target_files.clone().filter_map(|file| if let TargetFile::Text(of) = file { Some(of) } else { None });
    for template in module.files.values().chain(rendered) {
        for span in template.template.constants() {
            add(span, LeafOrigin::FileLiteral);
        }
        for span in template.template.raw_texts() {
            lines(loaded.sources.slice(span), |start, end| add(within(span, start, end), LeafOrigin::FileLiteral));
        }
    }
    for file in target_files {
        if let TargetFile::Verbatim(file) = file {
            let whole = whole(loaded, *file);
            lines(loaded.sources.slice(whole), |start, end| add(within(whole, start, end), LeafOrigin::FileLiteral));
        }
    }
}

fn whole(loaded: &Loaded, file: FileId) -> Span {
    Span::new(file, 0, u32::try_from(loaded.sources.text(file).len()).unwrap_or(u32::MAX))
}

fn within(span: Span, start: usize, end: usize) -> Span {
    let at = |offset: usize| span.start.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
    Span::new(span.file, at(start), at(end))
}

/// The lines of a text without the space around them.
fn lines(text: &str, mut add: impl FnMut(usize, usize)) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        if !content.is_empty() {
            let start = at + (line.len() - line.trim_start().len());
            add(start, start + content.len());
        }
        at += line.len();
    }
}

/// All defaults of inputs and of their fields.
fn defaults<'m>(inputs: &'m IndexMap<String, Input>, each: &mut impl FnMut(&'m Node, &'m InputType)) {
    for input in inputs.values() {
        if let Some(default) = &input.default {
            each(default, &input.ty);
        }
        fields_of(&input.ty, each);
    }
}

fn fields_of<'m>(ty: &'m InputType, each: &mut impl FnMut(&'m Node, &'m InputType)) {
    match ty {
        InputType::Object(fields) => defaults(fields, each),
        InputType::Map { values, .. } => fields_of(values, each),
        InputType::List { elements, .. } => fields_of(elements, each),
        _ => {}
    }
}

fn default_texts(loaded: &Loaded, leaf: &Leaf) -> Vec<String> {
    let mut texts = Vec::new();
    let Some(module) = loaded.modules.values().find(|module| module.file_id == leaf.span.file) else { return texts };
    defaults(&module.file.inputs, &mut |default, ty| {
        if let Some(ty) = type_at(default, leaf.span, ty) {
            let text = scalar_at(default, leaf.span).unwrap_or_default();
            texts = perturb::typed(&ty, text, &[]);
        }
    });
    texts
}

fn environment_texts(loaded: &Loaded, leaf: &Leaf) -> Vec<String> {
    let layers = loaded.layers.iter().chain(&loaded.project);
    let Some(layer) = layers.clone().find(|layer| layer.file == leaf.span.file) else { return Vec::new() };
    let text = scalar_at(&layer.node, leaf.span).unwrap_or_default();
    let secrets = loaded.layers.iter().filter_map(|layer| layer.node.get("secrets")).flat_map(Node::entries);
    let secrets: Vec<&str> = secrets.map(|entry| entry.key.as_str()).collect();
    let ty = leaf.component.as_deref().and_then(|name| input_type(loaded, &layer.node, name, leaf.span));
    perturb::typed(&ty.unwrap_or(InputType::Any), text, &secrets)
}

/// The type of the input that a leaf of a layer is, or is part of.
fn input_type(loaded: &Loaded, layer: &Node, component: &str, leaf: Span) -> Option<InputType> {
    let of = |node: &Node| node.get("components").and_then(|components| components.get(component)).cloned();
    let mut modules = loaded.layers.iter().rev().filter_map(|layer| of(&layer.node));
    let module = modules.find_map(|component| component.get("module")?.scalar_text().map(ToOwned::to_owned))?;
    let with = of(layer)?.get("with")?.clone();
    let inputs = &loaded.modules.get(&module)?.file.inputs;
    type_at(&with, leaf, &InputType::Object(inputs.clone()))
}

/// The type of a scalar in a node of a type.
fn type_at(node: &Node, leaf: Span, ty: &InputType) -> Option<InputType> {
    if node.span == leaf && matches!(node.kind, NodeKind::Scalar { .. }) {
        return Some(ty.clone());
    }
    match (&node.kind, ty) {
        (NodeKind::Map(entries), _) => entries.iter().find_map(|entry| {
            let below = match ty {
                InputType::Object(fields) => fields.get(&entry.key).map(|input| &input.ty),
                InputType::Map { values, .. } => Some(&**values),
                _ => Some(&InputType::Any),
            };
            type_at(&entry.value, leaf, below?)
        }),
        (NodeKind::List(items), InputType::List { elements, .. }) => {
            items.iter().find_map(|item| type_at(item, leaf, elements))
        }
        (NodeKind::List(items), _) => items.iter().find_map(|item| type_at(item, leaf, &InputType::Any)),
        (NodeKind::Scalar { .. }, _) => None,
    }
}

fn scalar_at(node: &Node, leaf: Span) -> Option<&str> {
    match &node.kind {
        NodeKind::Scalar { text, .. } => (node.span == leaf).then_some(text.as_str()),
        NodeKind::List(items) => items.iter().find_map(|item| scalar_at(item, leaf)),
        NodeKind::Map(entries) => entries.iter().find_map(|entry| scalar_at(&entry.value, leaf)),
    }
}
