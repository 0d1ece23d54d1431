//! The `Diagnostics` shape.

use crate::diag::{Diagnostic, Sink, SourceMap, Span};
use serde_json::{Map, Value, json};

/// The `Diagnostics` shape, version 1.0; by file and place. Lines and columns count from 1, columns in characters; null where a diagnostic has
/// no place or no help.
pub fn json(sink: &Sink, sources: &SourceMap) -> Value {
    let diagnostics: Vec<_> = sink.sorted().into_iter().map(|diagnostic| one(diagnostic, sources)).collect();
    json!({
        "format_version": "1.0",
        "kind": "Diagnostics",
        "tool_version": env!("CARGO_PKG_VERSION"),
        "diagnostics": diagnostics,
        "dropped": sink.dropped(),
    })
}

fn one(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let mut fields = Map::new();
    fields.insert("code".into(), diagnostic.code.0.into());
    fields.insert("severity".into(), diagnostic.severity.as_str().into());
    fields.insert("message".into(), diagnostic.message.clone().into());
    place(&mut fields, diagnostic.span, sources);
    fields.insert("help".into(), diagnostic.help.clone().into());
    let related = diagnostic.labels.iter().map(|label| {
        let mut fields = Map::from_iter([("message".to_owned(), Value::from(label.message.clone()))]);
        place(&mut fields, Some(label.span), sources);
        Value::Object(fields)
    });
    fields.insert("related".into(), related.collect());
    Value::Object(fields)
}

fn place(fields: &mut Map<String, Value>, span: Option<Span>, sources: &SourceMap) {
    let place = span.map(|span| sources.place(span));
    let numbers = place.as_ref().map(|place| [place.line, place.column, place.end_line, place.end_column]);
    fields.insert("file".into(), place.map(|place| place.file).into());
    for (at, name) in ["line", "column", "end_line", "end_column"].into_iter().enumerate() {
        fields.insert(name.into(), numbers.map(|numbers| numbers[at]).into());
    }
}
