//! Stage one: what is read. The environment file and what it extends, driftless.yaml, and the modules that are named anywhere in them.

use super::files::{FileError, Files};
use super::ledger::Ledger;
use super::module::Module;
use super::module_cache::ModuleCache;
use super::path;
use crate::diag::{Code, Diagnostic, FileId, Sink, SourceMap, Span, code, did_you_mean};
use crate::model::{Digest, Preview};
use crate::spec::environment::{FileKind, Header, Spanned, read_layer, without_header};
use crate::spec::project::ProjectFile;
use crate::spec::{Node, decode};
use indexmap::{IndexMap, IndexSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The folder of the environment files.
pub const ENVIRONMENTS: &str = "environments";
/// The project's file.
pub const PROJECT_FILE: &str = "driftless.yaml";
/// How many files one environment may extend, all in all.
const MAX_LAYERS: usize = 64;

/// One file of an environment.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The file.
    pub file: FileId,
    /// What it says, without its header.
    pub node: Node,
}

/// All that an environment is compiled from. Compiling it again, with or without an edit, reads nothing.
#[derive(Debug)]
pub struct Loaded {
    /// The environment's name.
    pub environment: String,
    /// Which preview it is; none: it is no preview.
    pub preview: Option<Preview>,
    /// The path of its file.
    pub path: String,
    /// The texts that spans point into.
    pub sources: SourceMap,
    /// What is wrong with the files themselves.
    pub sink: Sink,
    /// The layers in the order in which they are merged: the environment's own file is the last.
    pub layers: Vec<Layer>,
    /// driftless.yaml; none where it cannot be read.
    pub project: Option<Layer>,
    /// The modules that a layer names and that exist, by name.
    pub modules: IndexMap<String, Arc<Module>>,
    /// The names of all modules that could be used.
    pub known_modules: Vec<String>,
    /// Whether all layers could be read.
    pub complete: bool,
    /// The digest of each file that was read, by path.
    pub digests: BTreeMap<String, Digest>,
}

/// Reads an environment and all that it needs. What is wrong is in the result's sink.
pub fn load(files: &dyn Files, library: &dyn Files, environment: &str) -> Loaded {
    load_with(files, library, &ModuleCache::default(), environment)
}

/// The same for one of many environments of the same files: modules are read once.
pub fn load_with(files: &dyn Files, library: &dyn Files, cache: &ModuleCache, environment: &str) -> Loaded {
    let mut loader = Loader { files, library, cache, loaded: Loaded::new(environment), stack: Vec::new() };
    loader.project();
    loader.environment();
    loader.modules();
    loader.loaded
}

/// The same for a preview: the files of the environment that it is made from.
pub fn load_preview(files: &dyn Files, library: &dyn Files, cache: &ModuleCache, preview: &Preview) -> Loaded {
    let loaded = load_with(files, library, cache, &preview.base);
    Loaded { environment: preview.name(), preview: Some(preview.clone()), ..loaded }
}

impl Loaded {
    fn new(environment: &str) -> Self {
        Self {
            environment: environment.to_owned(),
            preview: None,
            path: format!("{ENVIRONMENTS}/{environment}.yaml"),
            sources: SourceMap::default(),
            sink: Sink::default(),
            layers: Vec::new(),
            project: None,
            modules: IndexMap::new(),
            known_modules: Vec::new(),
            complete: true,
            digests: BTreeMap::new(),
        }
    }
}

struct Loader<'a> {
    files: &'a dyn Files,
    library: &'a dyn Files,
    cache: &'a ModuleCache,
    loaded: Loaded,
    /// The files that are being read, each extended by the one before it at a place.
    stack: Vec<(String, Option<Span>)>,
}

impl Loader<'_> {
    fn project(&mut self) {
        let bytes = match self.files.read(PROJECT_FILE) {
            Ok(bytes) => bytes,
            Err(error) => {
                let help = "its `name` is part of every mark that driftless leaves; `driftless init` makes one";
                let message = format!("{PROJECT_FILE}: {error}");
                return self.loaded.sink.push(Diagnostic::error(code::NO_PROJECT, None, message).help(help));
            }
        };
        let Some(file) = self.decode(PROJECT_FILE, &bytes) else { return };
        ProjectFile::read(file, &self.loaded.sources, &mut self.loaded.sink);
        // Typed above with all that is wrong with it; the node is what edits are tried on.
        let node = crate::spec::parse(file, &self.loaded.sources, &mut Sink::default());
        self.loaded.project = node.map(|node| Layer { file, node });
    }

    fn decode(&mut self, path: &str, bytes: &[u8]) -> Option<FileId> {
        self.loaded.digests.insert(path.to_owned(), Digest::of(bytes));
        decode(path, bytes, &mut self.loaded.sources, &mut self.loaded.sink)
    }

    fn environment(&mut self) {
        let path = self.loaded.path.clone();
        let bytes = match self.files.read(&path) {
            Ok(bytes) => bytes,
            Err(error) => return self.no_environment(&error),
        };
        let Some(header) = self.layer(&path, &bytes, None) else { return };
        if header.kind == FileKind::Base {
            let place = self.loaded.layers.last().map(|layer| Span::start_of(layer.file));
            let message =
                format!("`{}` is a base: it is only extended, and no environment of its own", self.loaded.environment);
            let help = "name an environment that extends it; `driftless status` lists them";
            self.loaded.sink.push(Diagnostic::error(code::NO_ENVIRONMENT, place, message).help(help));
            self.loaded.complete = false;
        }
    }

    fn no_environment(&mut self, error: &FileError) {
        self.loaded.complete = false;
        let path = &self.loaded.path;
        if *error != FileError::NotFound {
            let diagnostic = unreadable(path, error, code::NO_ENVIRONMENT, &mut self.loaded.sources);
            return self.loaded.sink.push(diagnostic);
        }
        let name = &self.loaded.environment;
        let mut diagnostic = Diagnostic::error(code::NO_ENVIRONMENT, None, format!("there is no environment `{name}`"));
        let known = environment_names(self.files).unwrap_or_default();
        diagnostic.help = Some(match did_you_mean(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => {
                format!("`{}` is missing; `driftless init` makes one to begin with", self.loaded.path)
            }
            None => format!("there is {}", known.join(", ")),
        });
        self.loaded.sink.push(diagnostic);
    }

    /// Reads a file, first those that it extends, and adds it to the layers.
    fn layer(&mut self, path: &str, bytes: &[u8], from: Option<Span>) -> Option<Header> {
        self.stack.push((path.to_owned(), from));
        let header = self.layer_within(path, bytes);
        self.stack.pop();
        if header.is_none() {
            self.loaded.complete = false;
        }
        header
    }

    fn layer_within(&mut self, path: &str, bytes: &[u8]) -> Option<Header> {
        let file = self.decode(path, bytes)?;
        let (header, node) = read_layer(file, &self.loaded.sources, &mut self.loaded.sink)?;
        for extended in &header.extends {
            self.extend(path, extended);
        }
        self.loaded.layers.push(Layer { file, node: without_header(node) });
        Some(header)
    }

    fn extend(&mut self, from: &str, extended: &Spanned<String>) {
        let Some(target) = path::join(path::folder(from), &extended.value) else {
            let help = "copy it into the repository: nothing outside of it is read".to_owned();
            return self.cannot_extend_with_help(extended, "it lies outside the repository", Some(help));
        };
        if let Some(at) = self.stack.iter().position(|(open, _)| *open == target) {
            return self.extends_cycle(at, extended);
        }
        // A file that several extend is merged once, below all of them.
        if self.loaded.layers.iter().any(|layer| self.loaded.sources.path(layer.file) == target) {
            return;
        }
        if self.loaded.layers.len() + self.stack.len() >= MAX_LAYERS {
            return self.cannot_extend(extended, &format!("more than {MAX_LAYERS} files are merged"));
        }
        match self.files.read(&target) {
            Ok(bytes) => {
                self.layer(&target, &bytes, Some(extended.span));
            }
            Err(FileError::NotFound) => {
                let folder = path::folder(&target).to_owned();
                let names = self.files.list(&folder).unwrap_or_default();
                let near = did_you_mean(path::name(&target), names.iter().map(|entry| entry.name.as_str()));
                let help = near.map(|near| format!("did you mean `{near}`?"));
                self.cannot_extend_with_help(extended, &format!("there is no `{target}`"), help);
            }
            Err(error @ FileError::TooLarge { .. }) => {
                self.loaded.complete = false;
                let diagnostic = unreadable(&target, &error, code::EXTENDS_FILE, &mut self.loaded.sources);
                self.loaded.sink.push(diagnostic);
            }
            Err(error) => self.cannot_extend_with_help(extended, &error.to_string(), Some(REGULAR_FILE.into())),
        }
    }

    fn cannot_extend(&mut self, extended: &Spanned<String>, why: &str) {
        self.cannot_extend_with_help(extended, why, None);
    }

    fn cannot_extend_with_help(&mut self, extended: &Spanned<String>, why: &str, help: Option<String>) {
        self.loaded.complete = false;
        if self.loaded.sink.has_error_at(extended.span) {
            return;
        }
        let message = format!("`{}` cannot be extended: {why}", extended.value);
        let mut diagnostic = Diagnostic::error(code::EXTENDS_FILE, extended.span, message);
        diagnostic.help = help;
        self.loaded.sink.push(diagnostic);
    }

    fn extends_cycle(&mut self, at: usize, extended: &Spanned<String>) {
        self.loaded.complete = false;
        let circle = self.stack[at..].iter().map(|(path, _)| path.as_str());
        let circle: Vec<_> = circle.chain(std::iter::once(self.stack[at].0.as_str())).collect();
        let message = format!("files extend each other in a circle: {}", circle.join(" -> "));
        let mut diagnostic = Diagnostic::error(code::EXTENDS_CYCLE, extended.span, message);
        for (path, from) in &self.stack[at + 1..] {
            if let Some(span) = from {
                diagnostic = diagnostic.label(*span, format!("`{path}` is extended here"));
            }
        }
        self.loaded.sink.push(diagnostic.help("remove one of these lines"));
    }

    /// The modules that any layer names: which of them hold is known only when the layers are merged.
    fn modules(&mut self) {
        let layers = self.loaded.layers.iter();
        let components = layers.filter_map(|layer| layer.node.get("components")).flat_map(Node::entries);
        let names: IndexSet<String> = components
            .filter_map(|component| component.value.get("module")?.scalar_text().map(ToOwned::to_owned))
            .collect();
        self.loaded.known_modules = known_modules(self.files, self.library);
        for name in names {
            if !self.loaded.known_modules.contains(&name) {
                continue;
            }
            let own = has_module(self.files, &name);
            let (files, in_repository) = if own { (self.files, true) } else { (self.library, false) };
            let Loaded { sources, sink, digests, .. } = &mut self.loaded;
            let mut ledger = Ledger { sources, sink, digests };
            let module = self.cache.load(files, &name, in_repository, &mut ledger);
            if let Some(module) = module {
                self.loaded.modules.insert(name, module);
            }
        }
    }
}

const REGULAR_FILE: &str = "it must be a regular file of the repository; a symbolic link must not leave it";

/// What is said of a file that is there and is not read.
pub fn unreadable(path: &str, error: &FileError, code: Code, sources: &mut SourceMap) -> Diagnostic {
    if let FileError::TooLarge { size, .. } = error {
        return crate::spec::too_large(path, *size, sources);
    }
    let place = Span::start_of(sources.add(path, ""));
    Diagnostic::error(code, place, format!("the file is not read: {error}")).help(REGULAR_FILE)
}

fn has_module(files: &dyn Files, name: &str) -> bool {
    let entries = files.list(&format!("modules/{name}")).unwrap_or_default();
    entries.iter().any(|entry| entry.name == "module.yaml")
}

/// The names of the modules of the repository and of the library, sorted.
pub fn known_modules(files: &dyn Files, library: &dyn Files) -> Vec<String> {
    let names = |files: &dyn Files| {
        let folders = files.list("modules").unwrap_or_default().into_iter().filter(|entry| entry.is_folder);
        let with_file = folders.filter(|entry| has_module(files, &entry.name));
        with_file.map(|entry| entry.name).collect::<Vec<_>>()
    };
    let all = names(files).into_iter().chain(names(library));
    all.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// The names of the environments, sorted: the files of `environments/` but those of `kind: Base`. A file that cannot be read counts, so that
/// compiling it says why.
pub fn environment_names(files: &dyn Files) -> Result<Vec<String>, FileError> {
    let entries = files.list(ENVIRONMENTS)?.into_iter().filter(|entry| !entry.is_folder);
    let names = entries.filter_map(|entry| entry.name.strip_suffix(".yaml").map(ToOwned::to_owned));
    Ok(names.filter(|name| !is_base(files, name)).collect())
}

fn is_base(files: &dyn Files, name: &str) -> bool {
    let path = format!("{ENVIRONMENTS}/{name}.yaml");
    let Ok(bytes) = files.read(&path) else { return false };
    let Ok(text) = std::str::from_utf8(&bytes) else { return false };
    if !text.contains("Base") {
        return false;
    }
    let mut sources = SourceMap::default();
    let file = sources.add(&path, text);
    let parsed = crate::spec::parse_partial(file, &sources, &mut Sink::default());
    parsed.node.is_some_and(|node| node.get("kind").and_then(Node::scalar_text) == Some("Base"))
}
