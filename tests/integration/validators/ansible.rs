//! What Ansible and its linter say, and what each default of a role moves.

use super::{took, written};
use crate::support::tools::{python, succeed, tool};
use serde_json::json;
use std::collections::BTreeSet;

/// Every playbook, those once that are the same file for file.
fn distinct() -> (tempfile::TempDir, Vec<String>) {
    let (folder, cases) = written("ansible");
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for case in &cases {
        let files = &case.rendered.files.files;
        let texts: Vec<_> = files.iter().map(|(path, artifact)| (path.clone(), artifact.content.clone())).collect();
        if seen.insert(texts) {
            kept.push(case.folder.clone());
        } else {
            std::fs::remove_dir_all(folder.path().join(&case.folder)).unwrap();
        }
    }
    assert!(kept.len() > 3, "there are hardly any playbooks");
    (folder, kept)
}

#[test]
fn ansible_reads_every_playbook() {
    let (folder, cases) = distinct();
    let books = cases.iter().map(|case| format!("{case}/site.yml"));
    let mut check = tool("ansible-playbook", folder.path());
    check.args(["-i", "localhost,", "--syntax-check"]).args(books);
    took("ansible-playbook --syntax-check", || succeed(&mut check));
}

#[test]
fn the_linter_of_ansible_finds_nothing() {
    let (folder, _) = distinct();
    let mut lint = tool("ansible-lint", folder.path());
    lint.args(["--profile", "production", "--strict", "--nocolor", "--offline"]);
    took("ansible-lint", || succeed(&mut lint));
}

const VARY_ANSIBLE: &str = include_str!("../programs/vary_ansible.py");

#[test]
fn every_default_of_a_role_moves_something() {
    let (folder, cases) = distinct();
    let folders: Vec<_> = cases.iter().map(|case| folder.path().join(case)).collect();
    let found = took("every default of a role", || python(VARY_ANSIBLE, &json!(folders), folder.path()));
    let roles = |case: &std::path::PathBuf| std::fs::read_dir(case.join("roles")).unwrap().count();
    let controls: usize = folders.iter().map(roles).sum();
    let still = found["still"].as_array().unwrap();
    let (control, wrong): (Vec<_>, Vec<_>) =
        still.iter().partition(|one| one.as_str().is_some_and(|one| one.ends_with(": nobody_reads_this")));
    assert_eq!(wrong, Vec::<&serde_json::Value>::new());
    assert_eq!(control.len(), controls, "a default that nobody reads is not found in every role");
    assert!(found["tried"].as_u64() > Some(controls as u64 * 3), "there are hardly any defaults: {found}");
}
