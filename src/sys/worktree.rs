//! The files of the work tree, below one root and nowhere else.

use crate::compile::{Entry, FileError, Files, MAX_FILE_BYTES};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The most entries of one folder.
const MAX_ENTRIES: usize = 20_000;

/// Read-only access to a folder. Symbolic links are followed where they stay below it; Git's own folder is not part of it.
#[derive(Debug, Clone)]
pub struct WorkTree {
    root: PathBuf,
}

impl WorkTree {
    /// The files below `root`.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn open(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        if root.is_dir() { Ok(Self { root }) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// The root, without symbolic links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file of ours really lies: below the root, whatever symbolic links lead to it.
    ///
    /// # Errors
    /// When it is not there, or lies elsewhere.
    pub fn real_path(&self, path: &str) -> Result<PathBuf, FileError> {
        self.resolve(path)
    }

    fn resolve(&self, path: &str) -> Result<PathBuf, FileError> {
        if !path.is_empty() && !is_plain_path(path) {
            return Err(FileError::Outside);
        }
        let real = self.root.join(path).canonicalize().map_err(|error| unreadable(&error))?;
        let inside = real.strip_prefix(&self.root).map_err(|_| FileError::Outside)?;
        if inside.components().any(|part| part.as_os_str() == ".git") {
            return Err(FileError::Outside);
        }
        Ok(real)
    }
}

/// Whether a path is relative, uses `/`, and holds neither `.`, `..`, empty parts, nor Git's own folder.
pub fn is_plain_path(path: &str) -> bool {
    !path.contains(['\0', '\\']) && path.split('/').all(|part| !matches!(part, "" | "." | ".." | ".git"))
}

fn unreadable(error: &io::Error) -> FileError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::NotFound,
        kind => FileError::Unreadable(kind.to_string()),
    }
}

fn check(metadata: &Metadata) -> Result<(), FileError> {
    if !metadata.is_file() {
        return Err(FileError::NotAFile);
    }
    within_limit(metadata.len())
}

/// Refuses a size above [`MAX_FILE_BYTES`].
pub(super) const fn within_limit(size: u64) -> Result<(), FileError> {
    if size > MAX_FILE_BYTES { Err(FileError::TooLarge { size, limit: MAX_FILE_BYTES }) } else { Ok(()) }
}

impl Files for WorkTree {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let real = self.resolve(path)?;
        // Looked at before it is opened: to open a pipe can wait for ever.
        check(&std::fs::metadata(&real).map_err(|error| unreadable(&error))?)?;
        let file = File::open(&real).map_err(|error| unreadable(&error))?;
        check(&file.metadata().map_err(|error| unreadable(&error))?)?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        within_limit(bytes.len() as u64)?;
        Ok(bytes)
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        let real = match self.resolve(folder) {
            Err(FileError::NotFound) => return Ok(Vec::new()),
            resolved => resolved?,
        };
        if !real.is_dir() {
            return Ok(Vec::new());
        }
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&real).map_err(|error| unreadable(&error))? {
            let name = entry.map_err(|error| unreadable(&error))?.file_name().to_string_lossy().into_owned();
            if name == ".git" {
                continue;
            }
            if entries.len() == MAX_ENTRIES {
                return Err(FileError::Unreadable(format!("the folder has more than {MAX_ENTRIES} entries")));
            }
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let is_folder = self.resolve(&path).is_ok_and(|real| real.is_dir());
            entries.push(Entry { name, is_folder });
        }
        entries.sort();
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_regular_files_below_the_root_are_read() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "s3cret").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("a/.git")).unwrap();
        std::fs::write(root.join("a/f"), "text").unwrap();
        std::fs::write(root.join("a/.git/config"), "x").unwrap();
        std::fs::write(root.join("big"), vec![b'x'; usize::try_from(MAX_FILE_BYTES).unwrap() + 1]).unwrap();
        symlink("a/f", root.join("inside")).unwrap();
        symlink(outside.path().join("secret"), root.join("leaves")).unwrap();
        symlink(outside.path(), root.join("folder")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        symlink("nothing", root.join("dangling")).unwrap();
        let files = WorkTree::open(root).unwrap();
        assert_eq!(files.read("a/f").unwrap(), b"text");
        assert_eq!(files.read("inside").unwrap(), b"text");
        for path in ["leaves", "folder/secret", "../x", "a/../a/f", "/etc/passwd", "./a/f", "a//f", "a/.git/config"] {
            assert_eq!(files.read(path), Err(FileError::Outside), "{path}");
        }
        for path in ["none", "a/f/x", "dangling"] {
            assert_eq!(files.read(path), Err(FileError::NotFound), "{path}");
        }
        assert_eq!(files.read("a"), Err(FileError::NotAFile));
        assert!(matches!(files.read("loop"), Err(FileError::Unreadable(_))));
        let size = MAX_FILE_BYTES + 1;
        assert_eq!(files.read("big"), Err(FileError::TooLarge { size, limit: MAX_FILE_BYTES }));
        assert_eq!(files.list("a").unwrap(), [Entry { name: "f".into(), is_folder: false }]);
        assert_eq!(files.list("none").unwrap(), []);
        assert_eq!(files.list("folder"), Err(FileError::Outside));
        let names: Vec<_> = files.list("").unwrap().into_iter().map(|entry| (entry.name, entry.is_folder)).collect();
        let expected = [("a", true), ("big", false), ("dangling", false), ("folder", false)];
        let expected = expected.into_iter().chain([("inside", false), ("leaves", false), ("loop", false)]);
        assert_eq!(names, expected.map(|(name, folder)| (name.to_owned(), folder)).collect::<Vec<_>>());
    }
}
