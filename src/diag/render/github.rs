//! GitHub workflow commands, which become annotations of a pull request.
//!
//! The escaping is the one of the runner: `%`, CR and LF everywhere, `:` and `,` in properties too. A column is only given where the span
//! is on one line, since the runner drops it otherwise.

use crate::diag::{Diagnostic, Severity, Sink, SourceMap};

/// One workflow command a line; by file and place.
pub fn github(sink: &Sink, sources: &SourceMap) -> String {
    sink.sorted().into_iter().map(|diagnostic| command(diagnostic, sources)).collect()
}

fn command(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(span) = diagnostic.span {
        let place = sources.place(span);
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("endLine={}", place.end_line));
        if place.line == place.end_line {
            properties.push(format!("col={}", place.column));
            properties.push(format!("endColumn={}", place.end_column));
        }
    }
    properties.push(format!("title={}", property(diagnostic.code.0)));
    let help = diagnostic.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    format!("::{word} {}::{}\n", properties.join(","), data(&format!("{}{help}", diagnostic.message)))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
