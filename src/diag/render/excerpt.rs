//! The lines of a file that a snippet shows.

use crate::diag::{Sink, SourceMap, Span, code};
use std::ops::Range;

/// The longest line that is shown, in bytes; in a longer one only the place is named.
const LONGEST_LINE: usize = 4_096;

/// How many lines of one span are shown.
const MOST_LINES: usize = 4;

/// Whole lines of a file, and where a span lies in them.
pub struct Excerpt {
    /// The lines; what is masked in the file is masked here.
    pub text: String,
    /// The number of the first of them.
    pub first_line: usize,
    /// The span in `text`; a span over many lines ends with the last one shown.
    pub range: Range<usize>,
}

/// Spans that hold what must not be printed.
pub fn masked(sink: &Sink) -> Vec<Span> {
    sink.iter()
        .filter(|diagnostic| diagnostic.code == code::LITERAL_SECRET)
        .filter_map(|diagnostic| diagnostic.span)
        .collect()
}

/// The lines of a span. None where there is no text to show, or a line is too long.
pub fn excerpt(sources: &SourceMap, span: Span, masked: &[Span]) -> Option<Excerpt> {
    let text = sources.text(span.file);
    let (start, end) = (span.start as usize, (span.end.max(span.start) as usize).min(text.len()));
    let line_start = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let mut shown_end = line_start;
    for line in text[line_start..].split_inclusive('\n').take(MOST_LINES) {
        if line.len() > LONGEST_LINE {
            return None;
        }
        shown_end += line.len();
        if shown_end >= end {
            break;
        }
    }
    let shown_end = line_start + text[line_start..shown_end].trim_end_matches(['\n', '\r']).len();
    let lines = hide(text, line_start..shown_end.max(start), span, masked);
    let first_line = sources.place(span).line as usize;
    Some(Excerpt { range: start - line_start..end.min(shown_end).max(start) - line_start, text: lines, first_line })
}

/// The bytes of a range, those of the masked spans as `*`, so that offsets stay.
fn hide(text: &str, range: Range<usize>, span: Span, masked: &[Span]) -> String {
    let mut bytes = text.as_bytes().get(range.clone()).unwrap_or_default().to_vec();
    for mask in masked.iter().filter(|mask| mask.file == span.file) {
        let from = (mask.start as usize).max(range.start);
        let to = (mask.end as usize).min(range.end);
        for byte in bytes.iter_mut().take(to.saturating_sub(range.start)).skip(from - range.start) {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b'*';
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
