//! How a record becomes bytes: JSON that says its format and its kind.

use crate::model::{UnknownFormat, known_major};
use crate::state::{StateError, Stored};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The format that is written.
pub const FORMAT: &str = "1.0";

/// One step from a major format to the next: the kind of the record, and its content.
type Migration = fn(kind: &str, content: Json) -> Json;

/// The steps, that from format 1 first. The number of steps is what the newest format that is read is above 1.
const MIGRATIONS: &[Migration] = &[];

#[derive(Serialize)]
struct Written<'a, T> {
    format_version: &'static str,
    kind: &'a str,
    content: &'a T,
}

#[derive(Deserialize)]
struct Read {
    format_version: String,
    kind: String,
    content: Json,
}

/// The bytes of a record.
///
/// # Errors
/// When it cannot be written as JSON.
pub(super) fn encode<T: Serialize>(key: &str, kind: &str, content: &T) -> Result<Vec<u8>, StateError> {
    serde_json::to_vec(&Written { format_version: FORMAT, kind, content })
        .map_err(|_| damaged(key, "it cannot be written as JSON"))
}

/// The record of some bytes, brought to the newest format; the old form is replaced when it is written next.
///
/// # Errors
/// A newer major format, another kind, and what is no record.
pub(super) fn decode<T: DeserializeOwned>(key: &str, kind: &str, stored: &Stored) -> Result<T, StateError> {
    let read: Read = serde_json::from_slice(&stored.bytes).map_err(|_| damaged(key, "it is no record of driftless"))?;
    if read.kind != kind {
        return Err(damaged(key, &format!("it is no {kind}")));
    }
    let content = migrated(key, &read.format_version, kind, read.content, MIGRATIONS)?;
    // The text of the parser's error could quote what was read.
    serde_json::from_value(content).map_err(|_| damaged(key, &format!("its content is no {kind}")))
}

fn migrated(key: &str, format: &str, kind: &str, content: Json, migrations: &[Migration]) -> Result<Json, StateError> {
    let major = check_format(key, format, migrations.len() + 1)?;
    Ok(migrations.iter().skip(major - 1).fold(content, |content, migrate| migrate(kind, content)))
}

/// The major format; refused where it is newer than `newest`.
fn check_format(key: &str, format: &str, newest: usize) -> Result<usize, StateError> {
    known_major(format, newest).map_err(|error| match error {
        UnknownFormat::Newer => {
            StateError::NewerFormat { key: key.into(), found: format.into(), known: format!("{newest}.x") }
        }
        UnknownFormat::NoVersion => damaged(key, "its format is no version"),
    })
}

pub(super) fn damaged(key: &str, reason: &str) -> StateError {
    StateError::Damaged { key: key.into(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Version;
    use serde_json::json;

    fn stored(json: &Json) -> Stored {
        Stored { bytes: serde_json::to_vec(json).unwrap(), version: Version("1".into()) }
    }

    #[test]
    fn a_newer_major_is_refused_by_name_and_a_newer_minor_is_read() {
        let record = |format: &str| stored(&json!({"format_version": format, "kind": "Pin", "content": 7, "more": 1}));
        assert_eq!(decode::<u8>("a/b", "Pin", &record("1.9")), Ok(7));
        let newer = StateError::NewerFormat { key: "a/b".into(), found: "2.0".into(), known: "1.x".into() };
        assert_eq!(decode::<u8>("a/b", "Pin", &record("2.0")), Err(newer));
    }

    #[test]
    fn what_is_damaged_is_named_and_not_quoted() {
        let cases = [
            (stored(&json!({"format_version": "1.0", "kind": "Other", "content": 7})), "it is no Pin"),
            (stored(&json!({"format_version": "1.0", "kind": "Pin", "content": "hush"})), "its content is no Pin"),
            (stored(&json!({"format_version": "x", "kind": "Pin", "content": 7})), "its format is no version"),
            (stored(&json!({"format_version": "0.9", "kind": "Pin", "content": 7})), "its format is no version"),
            (stored(&json!(["hush"])), "it is no record of driftless"),
        ];
        for (stored, reason) in cases {
            assert_eq!(decode::<u8>("a/b", "Pin", &stored), Err(damaged("a/b", reason)));
        }
    }

    #[test]
    fn an_older_format_goes_through_every_step_after_it() {
        let steps: &[Migration] = &[|_, content| json!([content]), |kind, content| json!({ kind: content })];
        let read = |format: &str| migrated("k", format, "Pin", json!(1), steps);
        assert_eq!(read("1.0"), Ok(json!({"Pin": [1]})));
        assert_eq!(read("2.3"), Ok(json!({"Pin": 1})));
        assert_eq!(read("3.0"), Ok(json!(1)));
        assert!(matches!(read("4.0"), Err(StateError::NewerFormat { .. })));
    }
}
