//! Reports without what changes from run to run.

use serde_json::Value as Json;

/// The same report with `<commit>`, `<digest>` and `<time>` in the place of commits, digests and times.
pub fn stable(report: &Json) -> Json {
    match report {
        Json::String(text) => Json::String(stable_text(text)),
        Json::Array(list) => Json::Array(list.iter().map(stable).collect()),
        Json::Object(map) => Json::Object(map.iter().map(|(key, value)| (key.clone(), stable(value))).collect()),
        other => other.clone(),
    }
}

fn stable_text(text: &str) -> String {
    if let Some(commit) = text.strip_prefix("commit ") {
        return format!("commit {}", stable_text(commit));
    }
    let hex = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let time = text.len() >= 20
        && text.as_bytes()[10] == b'T'
        && text.ends_with('Z')
        && text[..4].bytes().all(|b| b.is_ascii_digit());
    if hex(text, 40) {
        "<commit>".into()
    } else if text.strip_prefix("sha256:").is_some_and(|rest| hex(rest, 64)) {
        "<digest>".into()
    } else if time {
        "<time>".into()
    } else {
        text.into()
    }
}

/// Asserts that two reports are equal, showing where they differ.
#[track_caller]
pub fn assert_report(actual: &Json, expected: &Json) {
    let (actual, expected) = (stable(actual), stable(expected));
    let pretty = |json: &Json| serde_json::to_string_pretty(json).unwrap();
    assert!(actual == expected, "the report is\n{}\nand should be\n{}", pretty(&actual), pretty(&expected));
}
