//! Secrets from files: in the repository's folder (ignored by Git), or at an absolute path where a runner mounts them.

use super::{MAX_SECRET_BYTES, SecretError, SecretReader, SecretValue, checked};
use crate::model::SecretSource;
use crate::seam::BoxFuture;
use crate::sys::file;
use crate::sys::worktree::is_plain_path;
use std::io;
use std::path::{Path, PathBuf};

/// Reads `file: PATH`.
pub(super) struct FileReader(pub(super) PathBuf);

impl SecretReader for FileReader {
    fn kind(&self) -> &'static str {
        "file"
    }

    fn read<'a>(&'a self, source: &'a SecretSource) -> BoxFuture<'a, Result<SecretValue, SecretError>> {
        let (root, path) = (self.0.clone(), source.argument.clone());
        Box::pin(async move {
            let name = format!("file {path}");
            let ended = tokio::task::spawn_blocking(move || read_now(&root, &path)).await;
            let read = ended.unwrap_or_else(|_| Err("reading it was cut short".into()));
            let failed = |reason| SecretError { source_name: name.clone(), reason, transient: false };
            let mut bytes = read.map_err(failed)?;
            // Editors and `echo` end a file with a newline that is no part of the secret.
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
                if bytes.last() == Some(&b'\r') {
                    bytes.pop();
                }
            }
            checked(name, bytes)
        })
    }
}

fn read_now(root: &Path, path: &str) -> Result<Vec<u8>, String> {
    let why = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        kind => kind.to_string(),
    };
    let absolute = Path::new(path).is_absolute();
    if !absolute && !is_plain_path(path) {
        return Err("a relative path stays in the repository and has no `..`".into());
    }
    let real = file::real(&root.join(path)).map_err(why)?;
    if !absolute && !real.starts_with(file::real(root).map_err(why)?) {
        return Err("it leads out of the repository".into());
    }
    // A pipe would be waited for, a device never ends.
    if !file::is_file(&real) {
        return Err("it is no regular file".into());
    }
    let limit = MAX_SECRET_BYTES as u64 + 2;
    let bytes = file::read(&real, limit).map_err(|error| match error.kind() {
        io::ErrorKind::Other => format!("it has more than {MAX_SECRET_BYTES} bytes"),
        _ => why(error),
    })?;
    bytes.ok_or_else(|| "there is no such file".into())
}
