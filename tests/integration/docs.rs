//! docs/ and README.md: what is generated is what the program says now, links lead somewhere, and the tutorial prints what it shows.
//!
//! `DRIFTLESS_BLESS=1 cargo test --test integration docs` writes what the program says now into docs/.

mod links;
mod picture;
mod reference;
mod tutorial;

use crate::support::cases::root;
use crate::support::is_blessed;
use std::path::PathBuf;

/// A file of the repository.
fn path(name: &str) -> PathBuf {
    root().join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Compares a checked-in file with what it must say, as `same` sees both; writes it where the run blesses.
#[track_caller]
pub fn compare(name: &str, wanted: &str, same: impl Fn(&str) -> String) {
    let found = std::fs::read_to_string(path(name)).unwrap_or_default();
    if same(&found) == same(wanted) {
        return;
    }
    if is_blessed() {
        std::fs::create_dir_all(path(name).parent().unwrap()).unwrap();
        return std::fs::write(path(name), wanted).unwrap();
    }
    let (found, wanted) = (same(&found), same(wanted));
    let diff = similar::TextDiff::from_lines(&found, &wanted).unified_diff().to_string();
    panic!("{name} is not what the program says now; DRIFTLESS_BLESS=1 writes it:\n{diff}");
}
