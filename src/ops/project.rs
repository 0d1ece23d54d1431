//! A project: the folder in which driftless.yaml lies, and what belongs to it.

use super::error::OpsError;
use crate::compile::{self, FileError, Files, MemoryFiles, ModuleCache, library};
use crate::diag::{Sink, SourceMap, code};
use crate::model::Preview;
use crate::render::Templates;
use crate::spec::project::ProjectFile;
use crate::sys::WorkTree;
use crate::sys::file;
use crate::sys::git::{GitTree, Repository};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The name of the project file.
const PROJECT_FILE: &str = "driftless.yaml";

/// Where text templates lie.
const FOLDER: &str = "templates";

/// A project on this machine.
pub struct Project {
    /// The folder in which driftless.yaml lies, without symbolic links.
    pub root: PathBuf,
    /// Its files.
    pub files: WorkTree,
    /// What is part of the program.
    pub library: MemoryFiles,
    /// The modules that were read, for the other environments that use them.
    pub modules: ModuleCache,
    /// The text templates of targets, its own before the built-in ones.
    pub templates: TemplateTexts,
    /// driftless.yaml.
    pub settings: ProjectFile,
    /// The preview that its files are read for; none: no preview.
    pub preview: Option<PreviewFiles>,
}

/// A preview, and where its files are.
pub struct PreviewFiles {
    /// Which it is.
    pub preview: Preview,
    /// The tree of its commit; none: the work tree.
    pub tree: Option<GitTree>,
}

impl Project {
    /// The project that `folder` lies in: the nearest folder above (or the folder itself) with a driftless.yaml.
    ///
    /// # Errors
    /// When there is none, or its file has errors.
    pub fn open(folder: &Path) -> Result<Self, OpsError> {
        let unreadable = |reason: std::io::Error| OpsError::File {
            action: "open",
            path: folder.display().to_string(),
            reason: reason.to_string(),
        };
        let start = file::real(folder).map_err(unreadable)?;
        let Some(root) = start.ancestors().find(|above| file::is_file(&above.join(PROJECT_FILE))) else {
            return Err(OpsError::refused(
                format!("there is no {PROJECT_FILE} in {} or above it", start.display()),
                "`driftless init` makes one, and an environment that can be planned at once",
            ));
        };
        let files = WorkTree::open(root).map_err(unreadable)?;
        let settings = read_settings(&files)?;
        let library = library();
        let templates = TemplateTexts::load(&files, &library)?;
        Ok(Self {
            root: root.to_owned(),
            files,
            library,
            modules: ModuleCache::default(),
            templates,
            settings,
            preview: None,
        })
    }

    /// The same project, its environment called like the preview being that. With a tree its files and templates are those of the tree.
    ///
    /// # Errors
    /// When a template of the tree cannot be read.
    pub fn for_preview(&self, files: PreviewFiles) -> Result<Self, OpsError> {
        let templates = match &files.tree {
            Some(tree) => TemplateTexts::load(tree, &self.library)?,
            None => self.templates.clone(),
        };
        Ok(Self {
            root: self.root.clone(),
            files: self.files.clone(),
            library: self.library.clone(),
            modules: ModuleCache::default(),
            templates,
            settings: self.settings.clone(),
            preview: Some(files),
        })
    }

    /// The preview that is called so.
    pub fn preview_called(&self, name: &str) -> Option<&PreviewFiles> {
        self.preview.as_ref().filter(|files| files.preview.name() == name)
    }

    /// The repository that the project lies in; none: it lies in none.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn repository(&self) -> Result<Option<Repository>, OpsError> {
        match Repository::discover(&self.root) {
            Ok(repository) => Ok(Some(repository)),
            Err(crate::sys::git::GitError::NoRepository { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The folder of the local state store and of what can be made again.
    pub fn local_folder(&self) -> PathBuf {
        self.root.join(&self.settings.state.path)
    }
}

fn read_settings(files: &WorkTree) -> Result<ProjectFile, OpsError> {
    let mut sources = SourceMap::default();
    let mut sink = Sink::default();
    let bytes = match files.read(PROJECT_FILE) {
        Ok(bytes) => bytes,
        Err(error) => {
            sink.push(compile::unreadable(PROJECT_FILE, &error, code::NO_PROJECT, &mut sources));
            return Err(OpsError::Files { sink, sources });
        }
    };
    let file = crate::spec::decode(PROJECT_FILE, &bytes, &mut sources, &mut sink);
    let settings = file.and_then(|file| ProjectFile::read(file, &sources, &mut sink));
    match settings {
        Some(settings) if !sink.has_errors() => Ok(settings),
        _ => Err(OpsError::Files { sink, sources }),
    }
}

pub(super) fn unreadable(path: &str, error: &FileError) -> OpsError {
    OpsError::File { action: "read", path: path.to_owned(), reason: error.to_string() }
}

/// The texts of templates by name (`helm/NOTES.txt.j2`).
#[derive(Clone)]
pub struct TemplateTexts {
    texts: BTreeMap<String, String>,
    own: BTreeSet<String>,
}

impl TemplateTexts {
    /// Those of some files, and of the library where these have none.
    ///
    /// # Errors
    /// When one of them cannot be read or is no UTF-8.
    pub fn load(files: &dyn Files, library: &dyn Files) -> Result<Self, OpsError> {
        let mut own = BTreeMap::new();
        collect(files, FOLDER, &mut own)?;
        let names = own.keys().cloned().collect();
        let mut texts = BTreeMap::new();
        collect(library, FOLDER, &mut texts)?;
        texts.extend(own);
        Ok(Self { texts, own: names })
    }

    /// Those of the project itself for some kinds of target: what goes into what these render, by path from the project's root.
    pub fn of_project(&self, kinds: &BTreeSet<&str>) -> impl Iterator<Item = (String, &str)> {
        let wanted = |name: &&String| name.split_once('/').is_some_and(|(kind, _)| kinds.contains(kind));
        let own = self.own.iter().filter(move |name| wanted(name));
        own.filter_map(|name| Some((format!("{FOLDER}/{name}"), self.texts.get(name)?.as_str())))
    }
}

fn collect(files: &dyn Files, folder: &str, texts: &mut BTreeMap<String, String>) -> Result<(), OpsError> {
    for entry in files.list(folder).map_err(|error| unreadable(folder, &error))? {
        let path = format!("{folder}/{}", entry.name);
        if entry.is_folder {
            collect(files, &path, texts)?;
            continue;
        }
        let bytes = files.read(&path).map_err(|error| unreadable(&path, &error))?;
        let text = String::from_utf8(bytes).map_err(|_| OpsError::File {
            action: "read",
            path: path.clone(),
            reason: "it is not UTF-8".into(),
        })?;
        let name = path.strip_prefix(FOLDER).and_then(|path| path.strip_prefix('/')).unwrap_or(&path).to_owned();
        texts.insert(name, text);
    }
    Ok(())
}

impl Templates for TemplateTexts {
    fn get(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }
}
