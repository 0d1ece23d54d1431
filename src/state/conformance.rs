//! What every state store must do.

use super::record::Records;
use super::{FsStore, MemoryStore, StateError, StateStore, Version};
use crate::model::{Address, Tree};
use crate::plan::Applied;
use std::collections::BTreeMap;

async fn suite(store: &dyn StateStore) {
    assert_eq!(store.lineage().await, Ok(None));
    assert_eq!(store.list("").await, Ok(vec![]));
    assert_eq!(store.get("a").await, Ok(None));
    compare_and_set(store).await;
    odd_keys(store).await;
    leases(store).await;
}

async fn compare_and_set(store: &dyn StateStore) {
    let conflict = |key: &str| StateError::Conflict { key: key.into() };
    let first = store.put("a", None, b"1").await.unwrap();
    let lineage = store.lineage().await.unwrap().unwrap();
    assert_eq!(store.put("a", None, b"2").await, Err(conflict("a")));
    assert_eq!(store.put("b", Some(&first), b"2").await, Err(conflict("b")));
    let second = store.put("a", Some(&first), b"2").await.unwrap();
    assert_ne!(first, second);
    assert_eq!(store.put("a", Some(&first), b"3").await, Err(conflict("a")));
    assert_eq!(store.delete("a", &first).await, Err(conflict("a")));
    let stored = store.get("a").await.unwrap().unwrap();
    assert_eq!((stored.bytes, &stored.version), (b"2".to_vec(), &second));
    store.delete("a", &second).await.unwrap();
    assert_eq!(store.get("a").await, Ok(None));
    assert_eq!(store.delete("a", &second).await, Err(conflict("a")));
    assert_eq!(store.delete("none", &Version("x".into())).await, Err(conflict("none")));
    assert_eq!(store.lineage().await, Ok(Some(lineage)));
}

async fn odd_keys(store: &dyn StateStore) {
    let long = "x".repeat(700);
    let keys =
        ["k/..", "k/.", "k/a", "k/a/b", "k/a b%2F:*~+", "k/é\n", "k/", "k/a~", "k/a+/b", &format!("k/{long}/{long}")];
    for key in keys {
        store.put(key, None, key.as_bytes()).await.unwrap();
    }
    for key in keys {
        assert_eq!(store.get(key).await.unwrap().unwrap().bytes, key.as_bytes(), "{key}");
    }
    let mut sorted = keys.map(str::to_owned).to_vec();
    sorted.sort();
    assert_eq!(store.list("k/").await.unwrap(), sorted);
    assert_eq!(store.list("k/a/").await.unwrap(), ["k/a/b"]);
    for key in keys {
        let stored = store.get(key).await.unwrap().unwrap();
        store.delete(key, &stored.version).await.unwrap();
    }
    assert_eq!(store.list("k/").await, Ok(vec![]));
}

async fn leases(store: &dyn StateStore) {
    let lease = store.lease("staging", "Ada").await.unwrap();
    assert_eq!(lease.check().await, Ok(()));
    let locked = store.lease("staging", "Bob").await.map(|lease| lease.token().to_owned());
    assert_eq!(locked, Err(StateError::Locked { holder: "Ada".into() }));
    let other = store.lease("prod/eu", "Bob").await.unwrap();
    assert_ne!(lease.token(), other.token());
    let token = lease.token().to_owned();
    drop(lease);
    let again = store.lease("staging", "Bob").await.unwrap();
    assert_ne!(again.token(), token);
    assert_eq!(again.check().await, Ok(()));
}

async fn records(store: &dyn StateStore) {
    let records = Records::of(store, "staging");
    let address: Address = "kubernetes@edge:apps/Deployment/shop/a%20b".parse().unwrap();
    let applied = Applied {
        component: Some("cache".into()),
        body: Tree::from([("a", Tree::Int(1))]),
        text: None,
        revision: None,
        fingerprint: None,
        protect: true,
        outputs: BTreeMap::new(),
        secrets: BTreeMap::from([("x".into(), "hmac".into())]),
        after: vec![],
    };
    records.set_applied(&address, Some(&applied)).await.unwrap();
    records.set_applied(&address, Some(&applied)).await.unwrap();
    assert_eq!(records.applied().await, Ok(BTreeMap::from([(address.clone(), applied)])));
    assert_eq!(Records::of(store, "stagin").applied().await, Ok(BTreeMap::new()));
    records.set_applied(&address, None).await.unwrap();
    records.set_applied(&address, None).await.unwrap();
    assert_eq!(records.applied().await, Ok(BTreeMap::new()));
    let seen = BTreeMap::from([("x".to_owned(), "2026-01-31T12:00:00Z".to_owned())]);
    records.set_first_seen(&seen).await.unwrap();
    assert_eq!(records.first_seen().await, Ok(seen));
    let kept = records.keep_text("text").await.unwrap();
    assert_eq!(records.keep_text("text").await, Ok(kept.clone()));
    assert_eq!(records.text(&kept).await, Ok("text".into()));
    assert_eq!(Records::environments(store).await, Ok(vec!["staging".into()]));
}

#[tokio::test]
async fn the_store_in_memory_conforms() {
    suite(&MemoryStore::default()).await;
    records(&MemoryStore::default()).await;
}

#[tokio::test]
async fn the_store_in_a_folder_conforms_and_git_ignores_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".driftless");
    suite(&FsStore::new(path.clone())).await;
    assert_eq!(std::fs::read_to_string(path.join(".gitignore")).unwrap(), "*\n");
    records(&FsStore::new(folder.path().join("other"))).await;
}

#[tokio::test]
async fn a_newer_format_is_refused_by_name_and_damage_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = FsStore::new(folder.path().to_owned());
    let key = "environments/staging/revisions/0000000001";
    let newer = br#"{"format_version":"2.3","anything":1}"#;
    let version = store.put(key, None, newer).await.unwrap();
    let records = Records::of(&store, "staging");
    let refused = StateError::NewerFormat { key: key.into(), found: "2.3".into(), known: "1.0".into() };
    assert_eq!(records.revision(1).await, Err(refused));
    store.put(key, Some(&version), b"{\"format_version\":\"1.0\"}").await.unwrap();
    let damaged = |key: &str, reason: &str| StateError::Damaged { key: key.into(), reason: reason.into() };
    assert_eq!(records.revision(1).await, Err(damaged(key, "it is not what its key says")));
    std::fs::write(folder.path().join("store.json"), "{\"format_version\":\"9.0\",\"lineage\":\"x\"}").unwrap();
    let refused = StateError::NewerFormat { key: "store.json".into(), found: "9.0".into(), known: "1.0".into() };
    assert_eq!(store.get(key).await, Err(refused.clone()));
    assert_eq!(store.put("x", None, b"").await, Err(refused));
    std::fs::write(folder.path().join("store.json"), "{").unwrap();
    assert_eq!(store.list("").await, Err(damaged("store.json", "it is no description of a store")));
}

#[tokio::test]
async fn a_lease_notices_that_it_was_taken_away() {
    let store = MemoryStore::default();
    let lease = store.lease("staging", "Ada").await.unwrap();
    store.break_lease("staging");
    let _bob = store.lease("staging", "Bob").await.unwrap();
    let lost = StateError::LeaseLost { name: "staging".into(), holder: "Bob".into() };
    assert_eq!(lease.check().await, Err(lost));

    let folder = tempfile::tempdir().unwrap();
    let store = FsStore::new(folder.path().to_owned());
    let lease = store.lease("staging", "Ada").await.unwrap();
    std::fs::remove_file(folder.path().join("locks/staging.lease")).unwrap();
    let _bob = store.lease("staging", "Bob").await.unwrap();
    let lost = StateError::LeaseLost { name: "staging".into(), holder: "Bob".into() };
    assert_eq!(lease.check().await, Err(lost));
}
