//! A module with its templates, read once.

use super::files::{FileError, Files};
use super::ledger::Ledger;
use super::template::{Failure, Template};
use crate::diag::{Diagnostic, FileId, Span, code};
use crate::model::Digest;
use crate::spec::module::ModuleFile;
use crate::spec::{Node, decode, decode_library};
use indexmap::IndexMap;
use std::sync::OnceLock;

/// How many files a module may have.
const MAX_FILES: usize = 500;
/// How deep the folders of a module may be nested.
const MAX_DEPTH: usize = 8;

/// A template and the file that it stands in.
#[derive(Debug)]
pub struct ModuleTemplate {
    /// The file.
    pub file: FileId,
    /// The template.
    pub template: Template,
}

/// A file of `targets/KIND/`.
#[derive(Debug)]
pub enum TargetFile {
    /// `NAME.yaml.j2` in the folder itself: a mapping of lowered objects.
    Objects(ModuleTemplate),
    /// `NAME.j2` in the folder itself: text that is rendered.
    Text(ModuleTemplate),
    /// Any other file, and all files of folders: text as it stands.
    Verbatim(FileId),
}

/// A module that was read.
#[derive(Debug)]
pub struct Module {
    /// Its folder, from the root.
    pub folder: String,
    /// module.yaml.
    pub file: ModuleFile,
    /// The file of module.yaml.
    pub file_id: FileId,
    /// module.yaml as it was parsed, once edits of it are tried.
    pub(super) node: OnceLock<Option<Node>>,
    /// All its files that were read.
    pub(super) files_of: Vec<FileId>,
    /// model.yaml.j2.
    pub model: ModuleTemplate,
    /// live.yaml.j2.
    pub live: Option<ModuleTemplate>,
    /// files/NAME.j2, by name.
    pub files: IndexMap<String, ModuleTemplate>,
    /// targets/KIND/**, by kind, then by path below the folder (without `.j2` where it is rendered).
    pub targets: IndexMap<String, IndexMap<String, TargetFile>>,
    /// The digest of all its files.
    pub digest: Digest,
    /// Whether it lies in the repository.
    pub in_repository: bool,
}

impl Module {
    /// Reads a module. None where something is missing without which nothing works.
    pub fn load(files: &dyn Files, name: &str, in_repository: bool, ledger: &mut Ledger<'_>) -> Option<Self> {
        let folder = format!("modules/{name}");
        let mut reader = ModuleReader { files, folder, in_repository, ledger, digests: Vec::new(), read: Vec::new() };
        let file_id = reader.source("module.yaml")?;
        let file = ModuleFile::read(file_id, Some(name), reader.ledger.sources, reader.ledger.sink)?;
        let model = reader.required("model.yaml.j2", file_id)?;
        let names = reader.list("", 0);
        let live = names.iter().find(|name| matches!(name.as_str(), "live.yaml.j2" | "live.yaml"));
        let live = live.and_then(|name| reader.template(name));
        let mut contents = IndexMap::new();
        let mut targets: IndexMap<String, IndexMap<String, TargetFile>> = IndexMap::new();
        for path in &names {
            if let Some(name) = path.strip_prefix("files/").and_then(|name| name.strip_suffix(".j2")) {
                contents.extend(reader.template(path).map(|template| (name.to_owned(), template)));
            } else if let Some((kind, below)) = path.strip_prefix("targets/").and_then(|path| path.split_once('/')) {
                let entry = reader.target_file(path, below);
                targets.entry(kind.to_owned()).or_default().extend(entry);
            }
        }
        let digest = reader.digest(&names);
        let ModuleReader { folder, read: files_of, .. } = reader;
        let node = OnceLock::new();
        Some(Self {
            folder,
            file,
            file_id,
            node,
            files_of,
            model,
            live,
            files: contents,
            targets,
            digest,
            in_repository,
        })
    }
}

struct ModuleReader<'a, 'l> {
    files: &'a dyn Files,
    folder: String,
    in_repository: bool,
    ledger: &'a mut Ledger<'l>,
    digests: Vec<(String, Digest)>,
    read: Vec<FileId>,
}

impl ModuleReader<'_, '_> {
    /// The paths of all files below the module's folder, sorted.
    fn list(&mut self, below: &str, depth: usize) -> Vec<String> {
        let folder = if below.is_empty() { self.folder.clone() } else { format!("{}/{below}", self.folder) };
        let mut paths = Vec::new();
        for entry in self.files.list(&folder).unwrap_or_default() {
            let path = if below.is_empty() { entry.name } else { format!("{below}/{}", entry.name) };
            if !entry.is_folder {
                paths.push(path);
            } else if depth < MAX_DEPTH {
                paths.extend(self.list(&path, depth + 1));
            }
            if paths.len() > MAX_FILES {
                let message = format!("{} has more than {MAX_FILES} files; the rest is not read", self.folder);
                self.ledger.sink.push(Diagnostic::error(code::MODULE_FILE, None, message));
                paths.truncate(MAX_FILES);
                break;
            }
        }
        paths
    }

    fn source(&mut self, path: &str) -> Option<FileId> {
        let path = format!("{}/{path}", self.folder);
        let bytes = match self.files.read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let diagnostic = super::unreadable(&path, &error, code::MODULE_FILE, self.ledger.sources);
                self.ledger.sink.push(diagnostic);
                return None;
            }
        };
        let digest = Digest::of(&bytes);
        self.digests.push((path.clone(), digest.clone()));
        self.ledger.digests.insert(path.clone(), digest);
        let (sources, sink) = (&mut *self.ledger.sources, &mut *self.ledger.sink);
        let file = if self.in_repository {
            decode(&path, &bytes, sources, sink)
        } else {
            decode_library(&path, &bytes, sources, sink)
        };
        self.read.extend(file);
        file
    }

    /// The digest of all files of the module, tests and documentation left out.
    #[expect(
        clippy::case_sensitive_file_extension_comparisons,
        reason = "paths of a repository are told apart by case"
    )]
    fn digest(&mut self, names: &[String]) -> Digest {
        let unread = names.iter().filter(|name| !name.starts_with("tests/") && !name.ends_with(".md"));
        let unread: Vec<String> = unread.map(|name| format!("{}/{name}", self.folder)).collect();
        for path in unread {
            if self.digests.iter().all(|(known, _)| *known != path)
                && let Ok(bytes) = self.files.read(&path)
            {
                self.digests.push((path, Digest::of(bytes)));
            }
        }
        self.digests.sort();
        Digest::of_pieces(self.digests.iter().flat_map(|(path, digest)| [path.as_bytes(), digest.as_str().as_bytes()]))
    }

    fn template(&mut self, path: &str) -> Option<ModuleTemplate> {
        let file = self.source(path)?;
        match Template::read(self.ledger.sources.text(file), file) {
            Ok(template) => Some(ModuleTemplate { file, template }),
            Err(Failure(diagnostic)) => {
                self.ledger.sink.push(*diagnostic);
                None
            }
        }
    }

    fn required(&mut self, path: &str, module_file: FileId) -> Option<ModuleTemplate> {
        if self.files.read(&format!("{}/{path}", self.folder)) == Err(FileError::NotFound) {
            let message = format!("the module has no `{path}`");
            let help = "it says what workloads the inputs become; docs/module-authoring.md lists its keys";
            let place = Span::start_of(module_file);
            self.ledger.sink.push(Diagnostic::error(code::MODULE_FILE, place, message).help(help));
            return None;
        }
        self.template(path)
    }

    #[expect(
        clippy::case_sensitive_file_extension_comparisons,
        reason = "paths of a repository are told apart by case"
    )]
    fn target_file(&mut self, path: &str, below: &str) -> Option<(String, TargetFile)> {
        if below.contains('/') || !below.ends_with(".j2") {
            return self.source(path).map(|file| (below.to_owned(), TargetFile::Verbatim(file)));
        }
        let template = self.template(path)?;
        let name = below.trim_end_matches(".j2").to_owned();
        let is_objects = name.ends_with(".yaml");
        Some((name, if is_objects { TargetFile::Objects(template) } else { TargetFile::Text(template) }))
    }
}
