//! Environment files to model: load, merge, resolve, lower, check; one function a stage.
//!
//! [`load`] reads everything once; [`compile`] is pure and quick, so that it can be asked again with an [`Edit`] to see what moves.
//!
//! Never: async, clock, network, environment variables; knows a module by name.
//!
//! Invariants: the same files give the same model; all that is wrong is reported in one run; nothing outside the repository is read.

mod baseline;
mod describe;
pub mod document;
mod edit;
pub mod files;
mod input;
pub mod leaf;
mod ledger;
pub mod library;
mod load;
mod lower;
mod lowerings;
mod memory;
mod module;
mod module_cache;
pub mod module_test;
mod order;
mod patch;
mod path;
mod preview;
mod scope;
mod settings;
mod stages;
pub mod template;
#[cfg(test)]
mod tests;

pub use baseline::{Baseline, Recompiled};
pub use edit::{Change, Edit};
pub use files::{Entry, FileError, Files, MAX_FILE_BYTES};
pub use ledger::Ledger;
pub use library::library;
pub use load::{
    ENVIRONMENTS, Layer, Loaded, PROJECT_FILE, environment_names, known_modules, load, load_preview, load_with,
    unreadable,
};
pub use memory::MemoryFiles;
pub use module::{Module, ModuleTemplate, TargetFile};
pub use module_cache::ModuleCache;
pub use stages::values;

use crate::diag::{Sink, SourceMap};
use crate::model::{Digest, Model};
use edit::Edited;
use lowerings::Memory;

/// What became of an environment.
#[derive(Debug)]
pub struct Compiled {
    /// The model; none where there is an error.
    pub model: Option<Model>,
    /// The texts that spans point into.
    pub sources: SourceMap,
    /// All that is to be said of it.
    pub sink: Sink,
}

/// Compiles what was loaded. With an edit, one leaf reads differently and findings of checks are left out: only what moves is of interest.
pub fn compile(loaded: &Loaded, edit: Option<&Edit>) -> Compiled {
    let mut sink = loaded.sink.clone();
    let edited = match edit {
        None => Some(Edited::unchanged(loaded)),
        Some(edit) => Edited::new(loaded, edit),
    };
    let model =
        edited.filter(|_| loaded.complete).and_then(|edited| stages::build(loaded, &edited, Memory::None, &mut sink));
    if let (Some(model), None) = (&model, edit) {
        crate::check::check(model, &mut sink);
    }
    let model = model.filter(|_| !sink.has_errors());
    Compiled { model, sources: loaded.sources.clone(), sink }
}

/// The digest of everything that goes into compiling an environment.
pub fn inputs_digest(loaded: &Loaded) -> Digest {
    let name = [loaded.environment.as_bytes()];
    let files = loaded.digests.iter().flat_map(|(path, digest)| [path.as_bytes(), digest.as_str().as_bytes()]);
    let told = loaded.preview.iter().flat_map(|preview| {
        [("branch", &preview.branch), ("sha", &preview.sha)].map(|(what, told)| (what, told.as_deref()))
    });
    let told = told.flat_map(|(what, told)| [what, told.unwrap_or_default()].map(str::as_bytes));
    Digest::of_pieces(name.into_iter().chain(files).chain(told))
}

/// Compiles an environment from texts by path, with the embedded library. Where there is no driftless.yaml the project is called `demo`.
pub fn from_texts(texts: &[(&str, &str)], environment: &str) -> Compiled {
    compile(&load_texts(texts, environment), None)
}

/// Loads an environment from texts by path, with the embedded library.
pub fn load_texts(texts: &[(&str, &str)], environment: &str) -> Loaded {
    let mut files = MemoryFiles::from_texts(texts.iter().copied());
    if texts.iter().all(|(path, _)| *path != PROJECT_FILE) {
        files.insert(PROJECT_FILE, "apiVersion: driftless/v1\nkind: Project\nname: demo\n");
    }
    load(&files, &library(), environment)
}
