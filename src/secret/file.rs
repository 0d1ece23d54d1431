//! Secrets from files below the repository's root (which Git ignores, as a rule).

use super::{SecretError, SecretReader, SecretValue};
use crate::backend::BoxFuture;
use crate::compile::{FileError, Files};
use crate::model::SecretSource;
use crate::sys::WorkTree;
use std::path::PathBuf;

/// Reads `{file: PATH}`. One line break at the end is no part of the value.
#[derive(Debug, Clone)]
pub struct FileReader {
    root: PathBuf,
}

impl FileReader {
    /// Reads from the repository's root.
    pub const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn value(&self, path: &str) -> Result<SecretValue, SecretError> {
        let error = |reason: String| SecretError { source_name: format!("file {path}"), reason, transient: false };
        let mut bytes = self.bytes(path).map_err(|failed| error(failed.to_string()))?;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        if bytes.is_empty() { Err(error("it is empty".into())) } else { Ok(SecretValue::new(bytes)) }
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let files = WorkTree::open(&self.root).map_err(|error| FileError::Unreadable(error.kind().to_string()))?;
        files.read(path)
    }
}

impl SecretReader for FileReader {
    fn kind(&self) -> &'static str {
        "file"
    }

    fn read<'a>(&'a self, source: &'a SecretSource) -> BoxFuture<'a, Result<SecretValue, SecretError>> {
        Box::pin(async move { self.value(&source.argument) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_without_its_line_break_and_nothing_outside_by_a_detour() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("mounted"), "abc\r\n").unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one"), "s3cret\n\n").unwrap();
        std::fs::write(folder.path().join("empty"), "\n").unwrap();
        std::os::unix::fs::symlink(outside.path().join("mounted"), folder.path().join("leaves")).unwrap();
        let reader = FileReader::new(folder.path().to_owned());
        assert_eq!(reader.value("one").unwrap().expose(), b"s3cret\n");
        std::fs::write(folder.path().join("two"), "abc\r\n").unwrap();
        assert_eq!(reader.value("two").unwrap().expose(), b"abc");
        let reason = |path: &str| reader.value(path).unwrap_err().reason;
        assert_eq!(reason("empty"), "it is empty");
        assert_eq!(reason("none"), "there is no such file");
        assert_eq!(reason("leaves"), "it lies outside the repository");
        assert_eq!(reason("../x"), "it lies outside the repository");
        assert_eq!(reason("/etc/hostname"), "it lies outside the repository");
    }
}
