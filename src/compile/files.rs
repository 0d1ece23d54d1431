//! Where files come from: the work tree, a Git tree at a revision, the library inside the binary.

/// Why a file cannot be had. Never holds what is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is none.
    #[error("there is no such file")]
    NotFound,
    /// The path, or a symbolic link on it, leaves the repository.
    #[error("it lies outside the repository")]
    Outside,
    /// It is a folder, a device, or something else that is no file.
    #[error("it is no regular file")]
    NotAFile,
    /// It is larger than `limit` bytes.
    #[error("it has {size} bytes, and {limit} is the limit")]
    TooLarge {
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// Read-only access below one root. Paths are relative to it, use `/`, and hold neither `.` nor `..`.
pub trait Files: Send + Sync {
    /// The bytes of a file, at most [`MAX_FILE_BYTES`].
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;

    /// The entries of a folder, sorted by name; empty where there is no such folder.
    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError>;
}
