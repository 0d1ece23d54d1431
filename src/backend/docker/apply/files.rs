//! The rendered files, where `docker compose` reads them.

use crate::backend::{BackendError, ErrorClass};
use crate::sys::file::{make_private_folder, read, remove, write_atomically};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The file that Compose reads.
pub(super) const COMPOSE_FILE: &str = "compose.yaml";

/// The largest file that is looked at before it is written over.
const LIMIT_BYTES: u64 = 64 << 20;

/// The folder of what was written over, until the batch is done.
const PREVIOUS: &str = ".previous";

/// Writes the files that differ; what they were is kept beside them until [`done`].
pub(super) fn write(folder: &Path, artifacts: &BTreeMap<String, String>) -> Result<(), BackendError> {
    for (path, content) in artifacts {
        write_one(folder, path, content).map_err(|error| refused(&folder.join(path), &error))?;
    }
    Ok(())
}

/// Forgets what was there before.
pub(super) fn done(folder: &Path, artifacts: &BTreeMap<String, String>) -> Result<(), BackendError> {
    for path in artifacts.keys() {
        let previous = folder.join(PREVIOUS).join(path);
        remove(&previous).map_err(|error| refused(&previous, &error))?;
    }
    Ok(())
}

fn write_one(folder: &Path, path: &str, content: &str) -> io::Result<()> {
    if !crate::sys::worktree::is_plain_path(path) {
        return Err(io::Error::other("its name leads out of the folder"));
    }
    let file = folder.join(path);
    let there = read(&file, LIMIT_BYTES)?;
    if there.as_deref() == Some(content.as_bytes()) {
        return Ok(());
    }
    if let Some(there) = there {
        let previous = folder.join(PREVIOUS).join(path);
        make_folders(&previous)?;
        // A run that died has kept what was there before it: that is what was there before.
        if read(&previous, LIMIT_BYTES)?.is_none() {
            write_atomically(&previous, &there)?;
        }
    }
    make_folders(&file)?;
    write_atomically(&file, content.as_bytes())
}

fn make_folders(file: &Path) -> io::Result<()> {
    make_private_folder(&file.parent().map_or_else(PathBuf::new, Path::to_path_buf))
}

fn refused(path: &Path, error: &io::Error) -> BackendError {
    let message = format!("cannot write {}: {error}", path.display());
    let full = error.kind() == io::ErrorKind::StorageFull;
    let refused = BackendError::new(ErrorClass::Denied, message);
    if full { refused.help("make room on the disk") } else { refused }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    fn one(content: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(COMPOSE_FILE.to_owned(), content.to_owned())])
    }

    #[test]
    fn what_is_the_same_is_not_written_and_what_was_there_is_kept_until_it_is_done() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("run/staging/compose");
        let text = |path: &str| std::fs::read_to_string(folder.join(path)).ok();
        write(&folder, &one("1")).unwrap();
        let file = folder.join(COMPOSE_FILE);
        let before = std::fs::metadata(&file).unwrap();
        assert_eq!(before.permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        write(&folder, &one("1")).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().ino(), before.ino());
        write(&folder, &one("2")).unwrap();
        write(&folder, &one("3")).unwrap();
        assert_eq!((text(COMPOSE_FILE), text(".previous/compose.yaml")), (Some("3".into()), Some("1".into())));
        done(&folder, &one("3")).unwrap();
        done(&folder, &one("3")).unwrap();
        assert_eq!((text(COMPOSE_FILE), text(".previous/compose.yaml")), (Some("3".into()), None));
        let outside = BTreeMap::from([("../x".to_owned(), String::new())]);
        assert!(write(&folder, &outside).is_err());
    }
}
