//! Files that are written whole or not at all, and locks that the kernel frees when their process dies.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What the names begin with of files that are being written.
const HALF_WRITTEN: &str = ".new-";

/// Writes a file: beside it first, then renamed over it, both made durable. Its folder is made where it is missing.
///
/// # Errors
/// What the system says; then the file is as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut temporary = tempfile::Builder::new().prefix(HALF_WRITTEN).tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().set_permissions(std::fs::Permissions::from_mode(0o600))?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Writes a file that others read: whole or not at all, with ordinary permissions, not forced to the disk (it can be made again).
///
/// # Errors
/// What the system says; then the file is as it was.
pub fn write_artifact(path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut temporary = tempfile::Builder::new().prefix(HALF_WRITTEN).tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    let mode = if executable { 0o755 } else { 0o644 };
    temporary.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A folder with files that others read, which appears whole under its name or not at all.
#[derive(Debug)]
pub struct NewFolder {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl NewFolder {
    /// An empty folder beside `path`, which does not exist yet.
    ///
    /// # Errors
    /// What the system says.
    pub fn beside(path: &Path) -> io::Result<Self> {
        let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent)?;
        let permissions = std::fs::Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().prefix(HALF_WRITTEN).permissions(permissions).tempdir_in(parent)?;
        Ok(Self { folder, path: path.to_owned() })
    }

    /// Makes folders in it, and those above them, each once.
    ///
    /// # Errors
    /// What the system says.
    pub fn make_folders<'p>(&self, folders: impl IntoIterator<Item = &'p Path>) -> io::Result<()> {
        let all: BTreeSet<_> = folders.into_iter().flat_map(Path::ancestors).collect();
        // Those above come first; the first of all is the new folder itself.
        all.into_iter()
            .filter(|folder| !folder.as_os_str().is_empty())
            .try_for_each(|folder| std::fs::create_dir(self.folder.path().join(folder)))
    }

    /// Adds a file to a folder that was made.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &str, bytes: &[u8], executable: bool) -> io::Result<()> {
        let mode = if executable { 0o755 } else { 0o644 };
        let mut open = OpenOptions::new();
        open.write(true).create_new(true).mode(mode).open(self.folder.path().join(path))?.write_all(bytes)
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    /// What the system says; then there is no folder.
    pub fn persist(self) -> io::Result<()> {
        std::fs::rename(self.folder.path(), &self.path)?;
        // It has moved: nothing is left to be removed.
        let _: PathBuf = self.folder.keep();
        Ok(())
    }
}

/// Removes what writers that died left half-written in a folder; how many files that are. Only for a folder that is ours alone, under a
/// lock that every writer of it holds: then nobody is writing them any more.
///
/// # Errors
/// What the system says.
pub fn sweep(folder: &Path) -> io::Result<usize> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut swept = 0;
    for entry in entries {
        let entry = entry?;
        let left = entry.file_name().to_str().is_some_and(|name| name.starts_with(HALF_WRITTEN));
        if left && entry.file_type()?.is_file() {
            std::fs::remove_file(entry.path())?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// Removes a file; one that is not there is no error.
///
/// # Errors
/// What the system says.
pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Ok(()) => sync_folder(path.parent().unwrap_or(Path::new("."))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The bytes of a file of ours, at most `limit`; none where there is no such file.
///
/// # Errors
/// What the system says, and a file that is larger than `limit`.
pub fn read(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it has more than {limit} bytes")));
    }
    Ok(Some(bytes))
}

/// Whether something has that name: a file, a folder, or a link that leads to one.
pub fn is_there(path: &Path) -> bool {
    path.exists()
}

/// Whether that is a regular file, or leads to one.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Whether that is a folder, or leads to one.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// A path without symbolic links.
///
/// # Errors
/// What the system says, and that there is nothing.
pub fn real(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize()
}

/// Makes a folder and those above it, where they are missing.
///
/// # Errors
/// What the system says.
pub fn make_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Makes a folder that only its owner can look into, and those above it, where they are missing.
///
/// # Errors
/// What the system says.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above)?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
        }
        made => made,
    }
}

/// Makes a folder for somebody to look into, which stays.
///
/// # Errors
/// What the system says.
pub fn make_temporary_folder(prefix: &str) -> io::Result<PathBuf> {
    tempfile::Builder::new().prefix(prefix).tempdir().map(tempfile::TempDir::keep)
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FolderEntry {
    /// Its name.
    pub name: OsString,
    /// Whether it is a folder; a link is none.
    pub is_folder: bool,
}

/// What is in a folder of ours, sorted; nothing where there is no such folder.
///
/// # Errors
/// What the system says.
pub fn list(folder: &Path) -> io::Result<Vec<FolderEntry>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let one = |entry: io::Result<std::fs::DirEntry>| {
        let entry = entry?;
        Ok(FolderEntry { name: entry.file_name(), is_folder: entry.file_type()?.is_dir() })
    };
    let mut all = entries.map(one).collect::<io::Result<Vec<_>>>()?;
    all.sort();
    Ok(all)
}

/// A lock that is held. Freed when it is dropped, and by the kernel when the process dies.
#[derive(Debug)]
pub struct FileLock {
    file: File,
    path: PathBuf,
}

impl FileLock {
    /// Takes the lock, waiting for whoever holds it: for what takes a moment only.
    ///
    /// # Errors
    /// What the system says.
    pub fn acquire(path: &Path) -> io::Result<Self> {
        loop {
            let file = open_lock(path)?;
            file.lock()?;
            if let Some(lock) = Self::if_still_there(file, path) {
                return Ok(lock);
            }
        }
    }

    /// Takes the lock if nobody holds it; none: somebody does.
    ///
    /// # Errors
    /// What the system says.
    pub fn try_acquire(path: &Path) -> io::Result<Option<Self>> {
        loop {
            let file = open_lock(path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            if let Some(lock) = Self::if_still_there(file, path) {
                return Ok(Some(lock));
            }
        }
    }

    /// A lock on a file that was removed meanwhile excludes nobody.
    fn if_still_there(file: File, path: &Path) -> Option<Self> {
        let lock = Self { file, path: path.to_owned() };
        lock.is_held().then_some(lock)
    }

    /// The locked file once more, for another process: the lock is free only when it is closed everywhere.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn shared(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Whether the file under the lock's path is still the one that is locked.
    pub fn is_held(&self) -> bool {
        let same = |a: &std::fs::Metadata, b: &std::fs::Metadata| a.ino() == b.ino() && a.dev() == b.dev();
        matches!((self.file.metadata(), std::fs::metadata(&self.path)), (Ok(ours), Ok(there)) if same(&ours, &there))
    }
}

fn open_lock(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_excludes_until_it_is_dropped_and_notices_that_its_file_went() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/lock");
        let lock = FileLock::acquire(&path).unwrap();
        assert!(FileLock::try_acquire(&path).unwrap().is_none());
        std::fs::remove_file(&path).unwrap();
        assert!(!lock.is_held());
        let other = FileLock::try_acquire(&path).unwrap().unwrap();
        drop(lock);
        assert!(other.is_held());
        drop(other);
        assert!(FileLock::try_acquire(&path).unwrap().is_some());
    }

    #[test]
    fn a_new_folder_is_there_whole_or_not_at_all() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("deep/env");
        let folder = NewFolder::beside(&path).unwrap();
        folder.make_folders([Path::new("a/b"), Path::new("a"), Path::new("")]).unwrap();
        folder.write("a/b/c", b"1", true).unwrap();
        folder.write("a/d", b"2", false).unwrap();
        assert!(!path.exists());
        folder.persist().unwrap();
        assert_eq!(read(&path.join("a/b/c"), 10).unwrap(), Some(b"1".to_vec()));
        assert_ne!(std::fs::metadata(path.join("a/b/c")).unwrap().mode() & 0o100, 0);
        let second = NewFolder::beside(&path).unwrap();
        second.write("x", b"3", false).unwrap();
        assert!(second.persist().is_err(), "a folder with files is not replaced");
        assert_eq!(std::fs::read_dir(parent.path().join("deep")).unwrap().count(), 1);
    }

    #[test]
    fn a_write_replaces_the_whole_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"2").unwrap();
        assert_eq!(read(&path, 10).unwrap(), Some(b"2".to_vec()));
        assert_eq!(std::fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
        assert!(read(&path, 0).is_err());
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(read(&path, 10).unwrap(), None);
    }
}
