//! Reports as JSON: the structs themselves, so that their fields are the contract.

use serde::Serialize;

/// Readable JSON and a line break at the end.
///
/// # Errors
/// Never for a report of this room: their keys are text.
pub fn pretty(report: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}
