//! What holds for every state store.

use super::{FsStore, MemoryStore, StateError, StateStore, Version};
use crate::sys::file::FileLock;
use std::path::Path;
use std::sync::Arc;

/// Calls a check with every store.
macro_rules! on_every_store {
    ($($name:ident)*) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(std::sync::Arc::new(super::MemoryStore::default())).await;
            })*
        }
        mod fs {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                super::$name(std::sync::Arc::new(super::FsStore::new(folder.path()))).await;
            })*
        }
    };
}

on_every_store! {
    an_object_is_written_only_by_who_knows_its_version
    of_many_writers_one_wins_each_time
    a_lineage_is_made_by_the_first_write_and_stays
    any_key_is_kept_apart_and_listed
    a_lease_excludes_until_it_is_given_back
}

async fn an_object_is_written_only_by_who_knows_its_version(store: Arc<dyn StateStore>) {
    let conflict = || Err(StateError::Conflict { key: "a/b".into() });
    assert_eq!(store.get("a/b").await, Ok(None));
    let first = store.put("a/b", None, b"one").await.unwrap();
    assert_eq!(store.put("a/b", None, b"other").await, conflict());
    let second = store.put("a/b", Some(&first), b"two").await.unwrap();
    let again = store.put("a/b", Some(&second), b"one").await.unwrap();
    assert_eq!(store.put("a/b", Some(&first), b"three").await, conflict(), "equal bytes are not the same version");
    let stored = store.get("a/b").await.unwrap().unwrap();
    assert_eq!((stored.bytes.as_slice(), &stored.version), (b"one".as_slice(), &again));
    assert_eq!(store.delete("a/b", &second).await, conflict().map(drop));
    store.delete("a/b", &again).await.unwrap();
    assert_eq!(store.get("a/b").await, Ok(None));
    assert_eq!(store.delete("a/b", &again).await, conflict().map(drop));
    assert_eq!(store.put("a/b", Some(&again), b"x").await, conflict());
}

async fn of_many_writers_one_wins_each_time(store: Arc<dyn StateStore>) {
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for _ in 0..10 {
                loop {
                    let stored = store.get("count").await.unwrap();
                    let count = stored.as_ref().map_or(0, |stored| stored.bytes.len());
                    let version = stored.map(|stored| stored.version);
                    match store.put("count", version.as_ref(), &vec![b'x'; count + 1]).await {
                        Ok(_) => break,
                        Err(StateError::Conflict { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        });
    }
    writers.join_all().await;
    assert_eq!(store.get("count").await.unwrap().unwrap().bytes.len(), 40);
}

async fn a_lineage_is_made_by_the_first_write_and_stays(store: Arc<dyn StateStore>) {
    assert_eq!(store.lineage().await, Ok(None));
    drop(store.lease("environments/a", "somebody").await.unwrap());
    assert_eq!(store.lineage().await, Ok(None), "a lease is no write");
    let version = store.put("a", None, b"").await.unwrap();
    let lineage = store.lineage().await.unwrap();
    assert!(lineage.is_some());
    store.delete("a", &version).await.unwrap();
    assert_eq!(store.lineage().await, Ok(lineage));
}

async fn any_key_is_kept_apart_and_listed(store: Arc<dyn StateStore>) {
    let long = format!("e/{}", "ä".repeat(400));
    let mut keys =
        vec!["e", "e/a", "e/a/b", "e/A", "e/a~", "e/a+", "e/ab", "e/../x", "e/.x", "e//", "e/ %/*\n", "f", &long];
    for key in &keys {
        store.put(key, None, key.as_bytes()).await.unwrap();
    }
    for key in &keys {
        assert_eq!(store.get(key).await.unwrap().unwrap().bytes, key.as_bytes(), "{key}");
    }
    keys.sort_unstable();
    assert_eq!(store.list("").await.unwrap(), keys);
    for prefix in ["e/", "e/a", "e/a/", "e/a~", "f", "g", "e/ä", "e/.", "e//"] {
        let expected: Vec<_> = keys.iter().filter(|key| key.starts_with(prefix)).copied().collect();
        assert_eq!(store.list(prefix).await.unwrap(), expected, "{prefix}");
    }
}

async fn a_lease_excludes_until_it_is_given_back(store: Arc<dyn StateStore>) {
    let lease = store.lease("environments/a.b", "alice").await.unwrap();
    let locked = store.lease("environments/a.b", "bob").await.err();
    assert_eq!(locked, Some(StateError::Locked { holder: "alice".into() }));
    assert_eq!(store.holder("environments/a.b").await, Ok(Some("alice".into())));
    assert_eq!(store.holder("environments/a.c").await, Ok(None));
    let other = store.lease("environments/a.c", "bob").await.unwrap();
    assert_ne!(lease.token(), other.token());
    assert_eq!(lease.check().await, Ok(()));
    drop(lease);
    assert_eq!(store.holder("environments/a.b").await, Ok(None));
    assert_eq!(store.lease("environments/a.b", "bob").await.unwrap().check().await, Ok(()));
}

fn first_file(folder: &Path) -> std::path::PathBuf {
    let entry = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    if entry.path().is_dir() { first_file(&entry.path()) } else { entry.path() }
}

#[tokio::test]
async fn a_damaged_file_is_named_whatever_happened_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = FsStore::new(folder.path());
    let version = store.put("a/b", None, b"{\"hush\": 1}").await.unwrap();
    let path = first_file(&store.folder().join("objects"));
    let whole = std::fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damage in [&whole[..whole.len() - 1], &whole[..5], b"", flipped.as_slice()] {
        std::fs::write(&path, damage).unwrap();
        let error = store.get("a/b").await.unwrap_err();
        assert!(matches!(&error, StateError::Damaged { key, .. } if key == "a/b"), "{error}");
        assert!(
            error.to_string().contains(&path.display().to_string()) && !error.to_string().contains("hush"),
            "{error}"
        );
        assert!(store.put("a/b", Some(&version), b"x").await.is_err(), "what is damaged is not overwritten");
    }
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(store.get("a/b").await.unwrap().unwrap().version, version);
}

#[tokio::test]
async fn a_newer_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = FsStore::new(folder.path());
    store.put("a", None, b"x").await.unwrap();
    assert!(store.was_written());
    assert_eq!(std::fs::read(folder.path().join(".gitignore")).unwrap(), b"*\n");
    let about = store.folder().join("store.json");
    std::fs::write(&about, r#"{"store_format": 2, "lineage": "l", "new": true}"#).unwrap();
    let refused = StateError::NewerFormat { key: about.display().to_string(), found: "2".into(), known: "1".into() };
    let version = Version("v".into());
    assert_eq!(store.lineage().await, Err(refused.clone()));
    assert_eq!(store.get("a").await, Err(refused.clone()));
    assert_eq!(store.list("").await, Err(refused.clone()));
    assert_eq!(store.put("b", None, b"x").await, Err(refused.clone()));
    assert_eq!(store.delete("a", &version).await, Err(refused.clone()));
    assert_eq!(store.lease("a", "me").await.err(), Some(refused));
}

#[tokio::test]
async fn a_lease_of_another_process_excludes_and_ends_with_its_death() {
    let folder = tempfile::tempdir().unwrap();
    let store = FsStore::new(folder.path());
    // The first lease makes the files; then another program takes the kernel's lock, as another driftless would.
    drop(store.lease("e", "me").await.unwrap());
    let lock = first_file(&store.folder().join("locks/leases"));
    #[expect(clippy::disallowed_methods, reason = "the test needs a process that can be killed")]
    let mut other = std::process::Command::new("flock")
        .arg(&lock)
        .args(["sh", "-c", "echo held; exec sleep 600"])
        .stdout(std::process::Stdio::piped())
        .process_group_of_its_own()
        .spawn()
        .unwrap();
    let mut held = [0; 5];
    std::io::Read::read_exact(other.stdout.as_mut().unwrap(), &mut held).unwrap();
    assert_eq!(store.lease("e", "me").await.err(), Some(StateError::Locked { holder: "another process".into() }));
    let group = rustix::process::Pid::from_raw(i32::try_from(other.id()).unwrap()).unwrap();
    rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
    other.wait().unwrap();
    // The kernel closes the last descriptor of the group when its last process is gone.
    let freed = FileLock::acquire(&lock).unwrap();
    drop(freed);
    assert_eq!(store.lease("e", "me").await.unwrap().check().await, Ok(()));
}

#[tokio::test]
async fn a_lease_whose_files_were_taken_away_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let store = FsStore::new(folder.path());
    let lease = store.lease("e", "me").await.unwrap();
    std::fs::remove_dir_all(store.folder().join("locks/leases")).unwrap();
    let holder = "somebody who removed its files".into();
    assert_eq!(lease.check().await, Err(StateError::LeaseLost { name: "e".into(), holder }));
    let other = store.lease("e", "you").await.unwrap();
    let lost = StateError::LeaseLost { name: "e".into(), holder: "you".into() };
    assert_eq!(lease.check().await, Err(lost));
    drop(lease);
    assert_eq!(other.check().await, Ok(()));
}

trait OwnGroup {
    fn process_group_of_its_own(&mut self) -> &mut Self;
}

impl OwnGroup for std::process::Command {
    fn process_group_of_its_own(&mut self) -> &mut Self {
        std::os::unix::process::CommandExt::process_group(self, 0)
    }
}
