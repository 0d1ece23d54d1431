//! Diagnostics as text: for people, as JSON, as GitHub workflow commands.

use super::{Sink, SourceMap};

/// For people, with snippets.
pub fn human(_sink: &Sink, _sources: &SourceMap, _color: bool) -> String {
    String::new()
}

/// The `Diagnostics` shape.
pub fn json(_sink: &Sink, _sources: &SourceMap) -> serde_json::Value {
    serde_json::Value::Null
}

/// GitHub workflow commands, one a line.
pub fn github(_sink: &Sink, _sources: &SourceMap) -> String {
    String::new()
}
