//! Modules that were read and parsed once, for all environments that use them.
//!
//! What is kept has spans, and so belongs to the numbers that its files have among the sources of an environment. Environments of a project
//! mostly read the same files in the same order; where the numbers differ the module is read again.

use super::files::Files;
use super::ledger::Ledger;
use super::module::Module;
use crate::diag::SourceMap;
use crate::model::Digest;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Modules by their name, whether they lie in the repository, and the number of their first file. Holds for one set of files.
#[derive(Debug, Default)]
pub struct ModuleCache(Mutex<BTreeMap<(String, bool, usize), Kept>>);

#[derive(Debug, Clone)]
struct Kept {
    module: Arc<Module>,
    sources: SourceMap,
    digests: BTreeMap<String, Digest>,
}

impl ModuleCache {
    /// Reads a module, or takes the one that was read. One with anything to be said of it is read each time, so that it is said each time.
    pub(super) fn load(
        &self,
        files: &dyn Files,
        name: &str,
        in_repository: bool,
        ledger: &mut Ledger<'_>,
    ) -> Option<Arc<Module>> {
        let first = ledger.sources.len();
        let key = (name.to_owned(), in_repository, first);
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(kept) = kept {
            ledger.sources.append(&kept.sources);
            ledger.digests.extend(kept.digests);
            return Some(kept.module);
        }
        let (before, sayings) = (ledger.digests.clone(), ledger.sink.iter().count());
        let module = Arc::new(Module::load(files, name, in_repository, ledger)?);
        if ledger.sink.iter().count() == sayings {
            let digests = ledger.digests.iter().filter(|(path, _)| !before.contains_key(*path));
            let digests = digests.map(|(path, digest)| (path.clone(), digest.clone())).collect();
            let kept = Kept { module: Arc::clone(&module), sources: ledger.sources.after(first), digests };
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, kept);
        }
        Some(module)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MemoryFiles, compile, inputs_digest, library, load, load_with};
    use super::*;

    const PROJECT: &str = "apiVersion: driftless/v1\nkind: Project\nname: shop\n";

    fn environment(extends: &str, module: &str) -> String {
        format!(
            "apiVersion: driftless/v1\nkind: Environment\n{extends}target: compose\ncomponents:\n  a:\n    module: {module}\n    with: {{image: \"x:1\"}}\n"
        )
    }

    #[test]
    fn what_comes_out_of_the_cache_is_what_is_read() {
        let base = "apiVersion: driftless/v1\nkind: Base\n";
        let wrong = environment("", "service").replace("image", "imag");
        let files = MemoryFiles::from_texts([
            ("driftless.yaml", PROJECT),
            ("environments/base.yaml", base),
            ("environments/one.yaml", &environment("", "service")),
            ("environments/two.yaml", &environment("", "service")),
            ("environments/three.yaml", &environment("extends: base.yaml\n", "service")),
            ("environments/four.yaml", &environment("", "broken")),
            ("environments/five.yaml", &wrong),
            ("modules/broken/module.yaml", "name: broken\n"),
        ]);
        let (library, cache) = (library(), ModuleCache::default());
        for name in ["one", "two", "three", "three", "four", "four", "five"] {
            let alone = load(&files, &library, name);
            let shared = load_with(&files, &library, &cache, name);
            assert_eq!(inputs_digest(&shared), inputs_digest(&alone), "{name}");
            let [alone, shared] = [alone, shared].map(|loaded| {
                let compiled = compile(&loaded, None);
                (format!("{:?}", compiled.model), crate::diag::human(&compiled.sink, &compiled.sources, false))
            });
            assert_eq!(shared, alone, "{name}");
        }
        assert_eq!(cache.0.lock().unwrap().len(), 2, "`service` after two files and after three");
    }
}
