//! Embeds the library of modules and templates: a table of paths and bytes, sorted, the same on every machine.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const FOLDERS: [&str; 2] = ["modules", "templates"];

#[expect(clippy::disallowed_methods, reason = "cargo hands a build script its folders in the environment")]
fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut files = Vec::new();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        collect(&root, Path::new(folder), &mut files)?;
    }
    files.sort();
    let mut table = String::from("/// The files by path, sorted.\npub static EMBEDDED: &[(&str, &[u8])] = &[\n");
    for path in &files {
        // Where the tree lies is asked when it is compiled: a tree that moves takes its build along.
        let from_root = format!("/{path}");
        let _ =
            writeln!(table, "    ({path:?}, include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {from_root:?}))),");
    }
    table.push_str("];\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("embedded.rs"), table)
}

/// The files below a folder, without what editors leave behind.
fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    let absolute = root.join(folder);
    if !absolute.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(absolute)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = folder.join(&name);
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(root, &path, files)?;
        } else {
            files.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}
