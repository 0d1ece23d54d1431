//! Every parameter of the running version that can be set: set to another value it is seen and named, set back it is silent.

use super::super::TABLE;
use super::super::parameter::{Class, Kind, canonical_name, parameter};
use super::{Server, backend, look};
use crate::model::Resource;
use crate::plan::{Comparison, Content, compare};
use serde_json::json;
use std::collections::BTreeMap;

/// Parameters that this server refuses to set to anything else, and why.
const NOT_HERE: &[(&str, &str)] = &[
    ("activedefrag", "it needs an allocator that this server was not built with"),
    ("tls-cluster", "it needs certificates"),
    ("tls-replication", "it needs certificates"),
];

fn others(kind: Kind, value: &str, refusal: &str) -> Vec<String> {
    if let Some((_, words)) = refusal.split_once("must be one of the following: ") {
        return words.split(", ").filter(|word| *word != value).map(str::to_owned).collect();
    }
    let number: i64 = value.trim_end_matches('%').parse().unwrap_or(1);
    let numbers = [number + 1, number * 2, number - 1, number / 2, 1, 2, 50, 1 << 22].map(|number| number.to_string());
    match kind {
        Kind::Memory | Kind::MemoryOrPercent | Kind::Integer => numbers.into(),
        Kind::Word => ["yes", "no"].map(str::to_owned).into(),
        Kind::Save => vec!["60 1000".into()],
        Kind::KeyspaceEvents => vec!["KEA".into()],
        Kind::BufferLimits => vec!["normal 1048576 65536 60".into()],
        Kind::Flags => vec!["save now".into()],
        Kind::Numbers => vec!["50 90".into()],
        Kind::Words => vec!["127.0.0.1".into(), "1 201 801".into()],
        Kind::Octal => vec!["700".into()],
        Kind::Text => ["other", "{title}", "ARM64-COW-BUG", "127.0.0.1", ""].map(str::to_owned).into(),
    }
}

/// The fields that differ.
async fn differences(resource: &Resource) -> Vec<String> {
    let observation = look(&backend(), std::slice::from_ref(resource)).await;
    assert!(observation.gaps.is_empty(), "{:?}", observation.gaps);
    let live = &observation.resources[&resource.address];
    let desired = Some(Content::of_resource(resource));
    let compared = compare(&Comparison {
        address: &resource.address,
        table: &TABLE,
        owned: &[],
        desired,
        applied: desired,
        live: Some(Content::of_observed(live)),
        as_system_would: None,
        silence: &|_| None,
    });
    assert!(compared.not_compared.is_empty());
    compared.fields.iter().map(|field| field.path.to_string()).collect()
}

#[tokio::test]
async fn every_parameter_that_can_be_set_is_seen_named_and_silent_again() {
    let server = Server::start("c-0", &[]);
    let told = server.cli(&["CONFIG", "GET", "*"]);
    let lines: Vec<&str> = told.split('\n').collect();
    let all: BTreeMap<String, String> = lines
        .chunks(2)
        .map(|pair| (canonical_name(pair[0]), pair.get(1).copied().unwrap_or_default().to_owned()))
        .collect();
    let (mut seen, mut refused) = (0, Vec::new());
    for (name, value) in &all {
        let known = parameter(name).unwrap_or_else(|| panic!("the table does not know {name}"));
        let set = |value: &str| server.cli(&["CONFIG", "SET", name, value]);
        if known.class == Class::Immutable || known.class == Class::Protected {
            assert_ne!(set(value), "OK", "{name} can be set, and the table says that it cannot");
            continue;
        }
        if known.class != Class::Runtime {
            continue;
        }
        assert_eq!(set(value), "OK", "{name} cannot be set, and the table says that it can");
        let resource = server.resource(&format!("config/{name}"), &json!(value));
        assert_eq!(differences(&resource).await, Vec::<String>::new(), "{name} {value}");
        let refusal = if known.kind == Kind::Word { set("no such word") } else { String::new() };
        let candidates = others(known.kind, value, &refusal);
        let Some(other) = candidates.iter().find(|other| *other != value && set(other) == "OK") else {
            refused.push(name.as_str());
            continue;
        };
        let found = differences(&resource).await;
        let expected = if known.kind == Kind::BufferLimits { "normal" } else { "" };
        assert_eq!(found, [expected], "{name}: {value} -> {other}");
        assert_eq!(set(value), "OK");
        assert_eq!(differences(&resource).await, Vec::<String>::new(), "{name}: {other} -> {value}");
        seen += 1;
    }
    assert_eq!(refused, NOT_HERE.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    assert!(seen > 100, "{seen}");
}
