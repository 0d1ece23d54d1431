//! Files that are held in memory: what is embedded, and what callers put together.

use super::files::{Entry, FileError, Files, MAX_FILE_BYTES};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Files by path.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles {
    files: BTreeMap<String, Cow<'static, [u8]>>,
}

impl MemoryFiles {
    /// Files from paths and texts.
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = texts.into_iter().map(|(path, text)| (path.to_owned(), Cow::Owned(text.as_bytes().to_vec())));
        Self { files: files.collect() }
    }

    /// Files from a table that is part of the program.
    pub fn from_table(table: &[(&'static str, &'static [u8])]) -> Self {
        let files = table.iter().map(|(path, bytes)| ((*path).to_owned(), Cow::Borrowed(*bytes)));
        Self { files: files.collect() }
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), Cow::Owned(bytes.into()));
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let Some(bytes) = self.files.get(path) else {
            let is_folder = !list(&self.files, path).is_empty();
            return Err(if is_folder { FileError::NotAFile } else { FileError::NotFound });
        };
        let size = bytes.len() as u64;
        if size > MAX_FILE_BYTES {
            return Err(FileError::TooLarge { size, limit: MAX_FILE_BYTES });
        }
        Ok(bytes.to_vec())
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        Ok(list(&self.files, folder))
    }
}

fn list(files: &BTreeMap<String, Cow<'static, [u8]>>, folder: &str) -> Vec<Entry> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let below = files.range(prefix.clone()..).map(|(path, _)| path);
    let below = below.take_while(|path| path.starts_with(&prefix)).filter_map(|path| path.strip_prefix(&prefix));
    let entries: BTreeSet<Entry> = below
        .map(|rest| match rest.split_once('/') {
            Some((name, _)) => Entry { name: name.to_owned(), is_folder: true },
            None => Entry { name: rest.to_owned(), is_folder: false },
        })
        .collect();
    entries.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_what_paths_say() {
        let files = MemoryFiles::from_texts([("a/b.yaml", "x"), ("a/c/d.yaml", "y"), ("e", "z")]);
        let names = |folder: &str| {
            let entries = files.list(folder).unwrap();
            entries.into_iter().map(|entry| (entry.name, entry.is_folder)).collect::<Vec<_>>()
        };
        assert_eq!(names(""), [("a".to_owned(), true), ("e".to_owned(), false)]);
        assert_eq!(names("a"), [("b.yaml".to_owned(), false), ("c".to_owned(), true)]);
        assert_eq!(names("nowhere"), []);
        assert_eq!(files.read("a"), Err(FileError::NotAFile));
        assert_eq!(files.read("b"), Err(FileError::NotFound));
        assert_eq!(files.read("e"), Ok(b"z".to_vec()));
    }
}
