//! YAML text to nodes. One document a file, YAML 1.2 core, no anchors, no tags; everything else is a diagnostic, and reading goes on.

mod builder;
mod syntax;

use super::node::Node;
use crate::diag::{Diagnostic, FileId, Sink, SourceMap, Span, code};
use builder::Builder;
use granit_parser::{Event, Parser, ScanError, options};

/// How deep collections may be nested.
pub const MAX_DEPTH: usize = 64;

/// How many keys and values a file may hold.
pub const MAX_NODES: usize = 100_000;

/// After how many syntax errors a file is given up.
const MAX_SYNTAX_ERRORS: usize = 16;

/// What was read of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// What could be read; none where there is nothing.
    pub node: Option<Node>,
    /// Whether that is all of it. Where it is not, what is missing in `node` may well be in the file.
    pub complete: bool,
}

/// The document of a file. None where it is empty or not valid YAML; what was refused but could be skipped (a duplicate key, an alias)
/// is left out of the node, and there is an error in the sink.
pub fn parse(file: FileId, sources: &SourceMap, sink: &mut Sink) -> Option<Node> {
    let parsed = parse_partial(file, sources, sink);
    parsed.node.filter(|_| parsed.complete)
}

/// The document of a file, as far as it can be read: after a syntax error reading goes on at the next key in the first column.
pub fn parse_partial(file: FileId, sources: &SourceMap, sink: &mut Sink) -> Parsed {
    let text = sources.text(file);
    let mut builder = Builder::new(file, text, sink);
    let mut from = 0;
    let mut errors = 0;
    while let Err(error) = read(&mut builder, text, from) {
        let resume = builder.syntax_error(&error, from);
        errors += 1;
        match resume {
            Some(offset) if errors < MAX_SYNTAX_ERRORS => from = offset,
            _ => break,
        }
    }
    let (node, whole) = builder.finish();
    let complete = whole && errors == 0;
    if node.as_ref().is_none_or(Node::is_null) && complete {
        sink.push(empty(file));
        return Parsed { node: None, complete: false };
    }
    Parsed { node, complete }
}

/// Feeds the events of the text from an offset on.
fn read(builder: &mut Builder<'_>, text: &str, from: usize) -> Result<(), ScanError> {
    let options = options! {
        emit_comments: false,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: 250,
        block_nesting_limit: 250,
    };
    let rest = text.get(from..).unwrap_or("");
    for next in Parser::new_from_str_with_options(rest, options) {
        let (event, span) = next?;
        let range = span.byte_range().unwrap_or(0..0);
        let tag = span.tag_span().and_then(|tag| tag.byte_range()).map(|tag| tag.start + from..tag.end + from);
        let last = matches!(event, Event::StreamEnd);
        if !builder.event(event, range.start + from..range.end + from, tag) || last {
            return Ok(());
        }
    }
    Ok(())
}

fn empty(file: FileId) -> Diagnostic {
    Diagnostic::error(code::EMPTY_FILE, Span::start_of(file), "the file is empty")
        .help("a file that is meant to declare nothing says so: `components: {}`")
}

#[cfg(test)]
pub(in crate::spec) mod tests;
