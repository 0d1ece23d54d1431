//! Real repositories: trees at a revision, what is dirty, who wrote a line.

use super::{Author, BlamedLine, CommitRequest, Edit, EntryKind, GitError, GitTree, Repository, blame};
use crate::compile::{Entry, FileError, Files, MAX_FILE_BYTES};
use crate::sys::FixedVariables;
use crate::sys::process::{Invocation, run};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::symlink;
use std::path::Path;

fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"];
    let mut invocation = Invocation::new("git", [&identity, arguments].concat(), folder);
    invocation.set = vec![("GIT_CONFIG_NOSYSTEM".into(), "1".into()), ("GIT_CONFIG_GLOBAL".into(), "/dev/null".into())];
    let ended = run(&invocation).unwrap();
    assert!(ended.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&ended.error));
    String::from_utf8(ended.output).unwrap().trim().to_owned()
}

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn commit(folder: &Path, message: &str) -> String {
    git(folder, &["add", "-A", "-f"]);
    git(folder, &["commit", "-q", "-m", message]);
    git(folder, &["rev-parse", "HEAD"])
}

#[test]
fn a_tree_at_a_revision_is_read_without_leaving_it() {
    let folder = repository();
    let root = folder.path();
    write(root, "project/a/f", "old");
    write(root, "outside", "s3cret");
    write(root, "project/big", &"x".repeat(usize::try_from(MAX_FILE_BYTES).unwrap() + 1));
    symlink("a/f", root.join("project/inside")).unwrap();
    symlink("../a/../a/f", root.join("project/a/up")).unwrap();
    symlink("a", root.join("project/folder")).unwrap();
    symlink("../outside", root.join("project/leaves")).unwrap();
    symlink("/etc/passwd", root.join("project/absolute")).unwrap();
    symlink("loop", root.join("project/loop")).unwrap();
    symlink("nothing", root.join("project/dangling")).unwrap();
    let first = commit(root, "one");
    write(root, "project/a/f", "new");
    commit(root, "two");
    write(root, "project/a/f", "not committed");

    let files = GitTree::open(&root.join("project"), "HEAD~1").unwrap();
    assert_eq!(files.commit(), first);
    for path in ["a/f", "inside", "a/up", "folder/f"] {
        assert_eq!(files.read(path).unwrap(), b"old", "{path}");
    }
    for path in ["leaves", "absolute", "../outside", "/etc/passwd", "a/../a/f"] {
        assert_eq!(files.read(path), Err(FileError::Outside), "{path}");
    }
    for path in ["none", "a/f/x", "dangling"] {
        assert_eq!(files.read(path), Err(FileError::NotFound), "{path}");
    }
    assert_eq!(files.read("a"), Err(FileError::NotAFile));
    assert_eq!(files.read("loop"), Err(FileError::Unreadable("too many symbolic links".into())));
    let size = MAX_FILE_BYTES + 1;
    assert_eq!(files.read("big"), Err(FileError::TooLarge { size, limit: MAX_FILE_BYTES }));
    let entries = |folder: &str| {
        let listed = files.list(folder).unwrap().into_iter();
        listed
            .map(|Entry { name, is_folder }| format!("{name}{}", if is_folder { "/" } else { "" }))
            .collect::<Vec<_>>()
    };
    assert_eq!(entries(""), ["a/", "absolute", "big", "dangling", "folder/", "inside", "leaves", "loop"]);
    assert_eq!(entries("folder"), ["f", "up"]);
    assert_eq!(entries("none"), Vec::<String>::new());
    assert_eq!(GitTree::open(root, "HEAD").unwrap().read("project/a/f").unwrap(), b"new");
    let missing = GitTree::open(root, "v9").err();
    assert_eq!(missing, Some(GitError::Revision { revision: "v9".into() }));
}

#[test]
fn only_the_paths_asked_for_make_it_dirty() {
    let folder = repository();
    let root = folder.path();
    let repository = Repository::discover(root).unwrap();
    assert_eq!(repository.head(), Ok(None));
    write(root, "clean", "1");
    write(root, "changed", "1");
    write(root, "staged", "1");
    write(root, "deleted", "1");
    write(root, ".gitignore", "ignored/\n");
    let head = commit(root, "one");
    write(root, "changed", "2");
    write(root, "staged", "2");
    git(root, &["add", "staged"]);
    std::fs::remove_file(root.join("deleted")).unwrap();
    write(root, "new/file", "1");
    write(root, "ignored/file", "1");
    assert_eq!(repository.head(), Ok(Some(head)));
    let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    let all = paths(&["clean", "changed", "staged", "deleted", "new/file", "ignored/file", "none", "c*"]);
    let dirty = paths(&["changed", "deleted", "ignored/file", "new/file", "staged"]);
    assert_eq!(repository.dirty(&all), Ok(dirty));
    assert_eq!(repository.dirty(&paths(&["clean"])), Ok(vec![]));
    assert_eq!(repository.dirty(&[]), Ok(vec![]));
    write(root, "sub/x", "1");
    assert_eq!(repository.prefix_of(&root.join("sub")), Some("sub".into()));
    assert_eq!(repository.prefix_of(root), Some(String::new()));
    assert_eq!(repository.prefix_of(Path::new("/")), None);
}

#[test]
fn a_line_is_blamed_on_its_commit_unless_history_is_cut_off() {
    let folder = repository();
    let root = folder.path();
    write(root, "sub/a b.yaml", "one: 1\ntwo: 2\nthree: 3\n");
    let first = commit(root, "one");
    write(root, "sub/a b.yaml", "one: 1\ntwo: 22\nthree: 3\n");
    let second = commit(root, "two");
    write(root, "sub/a b.yaml", "one: 1\ntwo: 22\nthree: 3\nfour: 4\n");
    let lines: BTreeSet<u32> = [1, 2, 4, 9].into();
    let by = |id: &str| BlamedLine::Commit { id: id.into(), author: "Ada <ada@example.org>".into() };
    let unknown = |reason: &str| BlamedLine::Unknown(reason.into());
    let at_head = blame(&root.join("sub"), Some("HEAD"), "a b.yaml", &lines);
    assert_eq!(at_head, Ok(BTreeMap::from([(1, by(&first)), (2, by(&second))])));
    let in_work_tree = blame(root, None, "sub/a b.yaml", &lines).unwrap();
    assert_eq!(in_work_tree[&4], unknown("it is not committed"));
    assert_eq!(in_work_tree[&2], by(&second));
    assert_eq!(blame(root, Some("HEAD"), "sub/a b.yaml", &[9].into()), Ok(BTreeMap::new()));
    let none = blame(root, Some("HEAD"), "none", &[1].into());
    assert_eq!(none, Ok(BTreeMap::from([(1, unknown("it is not committed"))])));

    let shallow = tempfile::tempdir().unwrap();
    let url = format!("file://{}", root.display());
    git(shallow.path(), &["clone", "-q", "--depth", "1", &url, "clone"]);
    let cut = blame(&shallow.path().join("clone"), Some("HEAD"), "sub/a b.yaml", &[1, 2].into());
    let reason = || unknown("the clone is shallow, and the history before it is not here");
    assert_eq!(cut, Ok(BTreeMap::from([(1, reason()), (2, reason())])));
}

#[test]
fn a_commit_is_its_edits_and_a_branch_moves_only_from_where_it_was() {
    let folder = repository();
    let repository = Repository::open(folder.path()).unwrap();
    let author = Author { name: "Ada".into(), mail: "ada@example.org".into() };
    let edit = |text: &str| Edit::Write { content: text.into(), executable: false };
    let commit = |parent: Option<&str>, edits: &[(&str, Edit)]| {
        let edits = edits.iter().map(|(path, edit)| ((*path).to_owned(), edit.clone())).collect();
        repository.write_commit(&CommitRequest { parent, edits: &edits, message: "m", author: &author, seconds: 1 })
    };
    let first = commit(None, &[("a/b/c", edit("1")), ("x", edit("1"))]).unwrap().unwrap();
    assert_eq!(commit(None, &[("a/b/c", edit("1")), ("x", edit("1"))]).unwrap().unwrap(), first);
    assert_eq!(commit(Some(&first), &[("x", edit("1")), ("none/y", Edit::Remove)]), Ok(None));
    for (path, in_the_way) in [("a", "a"), ("a/b", "a/b"), ("x/y", "x")] {
        assert_eq!(commit(Some(&first), &[(path, edit("2"))]), Err(GitError::InTheWay { path: in_the_way.into() }));
    }
    assert!(commit(Some(&first), &[("a/.git/config", edit("x"))]).is_err());
    let second = commit(Some(&first), &[("a/b/c", Edit::Remove)]).unwrap().unwrap();
    let (entries, more) = repository.entries_below(&second, "", 10).unwrap();
    assert_eq!(
        entries.iter().map(|entry| (entry.path.as_str(), entry.kind)).collect::<Vec<_>>(),
        [("x", EntryKind::File { executable: false })]
    );
    assert!(!more);

    assert_eq!(repository.move_branch("b/c", None, &first, "w"), Ok(true));
    assert_eq!(repository.move_branch("b/c", None, &second, "w"), Ok(false));
    assert_eq!(repository.move_branch("b/c", Some(&second), &second, "w"), Ok(false));
    assert_eq!(repository.move_branch("b/c", Some(&first), &second, "w"), Ok(true));
    assert_eq!(repository.move_branch("gone", Some(&first), &second, "w"), Ok(false));
    assert_eq!(repository.branch_tip("b/c"), Ok(Some(second.clone())));
    assert!(repository.is_in_history(&first, &second) && !repository.is_in_history(&second, &first));
    let changes = repository.last_changes(&second, &["x", "a/b/c"]).unwrap();
    assert_eq!(
        changes.into_iter().map(|(path, commit)| (path, commit.id)).collect::<Vec<_>>(),
        [("x".to_owned(), first)]
    );
}

#[test]
fn a_lock_of_a_branch_that_somebody_died_over_is_broken_and_a_fresh_one_is_not() {
    let folder = repository();
    let repository = Repository::open(folder.path()).unwrap();
    let author = Author { name: "Ada".into(), mail: "ada@example.org".into() };
    let edits = [("x".to_owned(), Edit::Write { content: "1".into(), executable: false })].into();
    let request = CommitRequest { parent: None, edits: &edits, message: "m", author: &author, seconds: 1 };
    let commit = repository.write_commit(&request).unwrap().unwrap();
    let lock = folder.path().join(".git/refs/heads/b/c.lock");
    std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
    let file = std::fs::File::create(&lock).unwrap();
    assert_eq!(repository.move_branch("b/c", None, &commit, "w"), Ok(false));
    assert!(lock.exists());
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(repository.move_branch("b/c", None, &commit, "w"), Ok(false));
    assert_eq!(repository.move_branch("b/c", None, &commit, "w"), Ok(true));
    assert_eq!((repository.branch_tip("b/c"), lock.exists()), (Ok(Some(commit)), false));
}

#[test]
fn who_commits_is_asked_of_the_environment_first() {
    let folder = repository();
    git(folder.path(), &["config", "user.name", "Config"]);
    git(folder.path(), &["config", "user.email", "config@example.org"]);
    let repository = Repository::open(folder.path()).unwrap();
    let set = BTreeMap::from([("GIT_AUTHOR_NAME".to_owned(), "Variable".to_owned())]);
    let found = repository.identity(&FixedVariables(set));
    assert_eq!(found, Some(("Variable".into(), "config@example.org".into())));
}
