//! Wrong environments and modules, each with all that is said of it: `CODE file:line:column message | help`, a line each.

use driftless::compile::{Entry, FileError, Files, compile, library, load};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder on disk, as the work tree is read: nothing outside of it, and no symbolic link.
struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let path = self.0.join(path);
        let kind = fs::symlink_metadata(&path).map_err(|_| FileError::NotFound)?.file_type();
        match (kind.is_symlink(), kind.is_file()) {
            (true, _) => Err(FileError::Outside),
            (_, false) => Err(FileError::NotAFile),
            _ => fs::read(&path).map_err(|error| FileError::Unreadable(error.to_string())),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        let Ok(entries) = fs::read_dir(self.0.join(folder)) else { return Ok(Vec::new()) };
        let entry = |entry: fs::DirEntry| {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            Entry { name: entry.file_name().to_string_lossy().into_owned(), is_folder }
        };
        let mut entries: Vec<Entry> = entries.flatten().map(entry).collect();
        entries.sort();
        Ok(entries)
    }
}

fn told(folder: &Path) -> String {
    let compiled = compile(&load(&Folder(folder.to_owned()), &library(), "bad"), None);
    let lines = compiled.sink.sorted().into_iter().map(|diagnostic| {
        let place = diagnostic.span.map_or_else(|| "-".into(), |span| compiled.sources.place(span).to_string());
        let help = diagnostic.help.as_deref().unwrap_or("-");
        format!("{} {place} {} | {help}\n", diagnostic.code, diagnostic.message)
    });
    lines.collect()
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_to_do() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bad_projects");
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().flatten().map(|entry| entry.path()).collect();
    folders.sort();

    assert!(folders.len() >= 40, "{} fixtures", folders.len());
    let bless = option_env!("BLESS").is_some();
    let mut differing = String::new();
    for folder in folders {
        let (found, expected) = (told(&folder), folder.join("expected"));
        if bless {
            fs::write(&expected, &found).unwrap();
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        if found != wanted || found.is_empty() {
            differing += &format!("{}\n expected:\n{wanted} found:\n{found}", folder.display());
        }
    }
    assert!(differing.is_empty(), "{differing}");
}
