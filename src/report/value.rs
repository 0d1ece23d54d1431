//! Values as people read them.

use crate::plan::lines::hunks;
use serde_json::Value as Json;

/// The longest value that is shown in full, in characters.
const LONGEST: usize = 160;

/// A value on one line: text as it is unless it could be taken for something else, everything else as JSON; long ones are cut, and say so.
pub fn shown(value: &Json) -> String {
    let text = match value {
        Json::Null => return "(nothing)".into(),
        Json::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    };
    cut(&text)
}

fn is_plain(text: &str) -> bool {
    let reads_as_something_else = serde_json::from_str::<Json>(text).is_ok() || text == "(nothing)";
    !text.is_empty() && text.trim() == text && !reads_as_something_else && !text.contains(['\n', '"'])
}

fn cut(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONGEST {
        return text.into();
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{start}... ({length} characters)")
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineSign {
    /// It stays: it is shown so that one finds the place.
    Same,
    /// It goes.
    Removed,
    /// It comes.
    Added,
}

impl LineSign {
    /// What stands before the line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => " ",
            Self::Removed => "-",
            Self::Added => "+",
        }
    }
}

/// The lines in which two values differ that are shown as lines, each stretch with the line before and after it.
pub fn difference(before: &Json, after: &Json) -> Vec<(LineSign, String)> {
    let (before, after) = (lines(before), lines(after));
    let hunks = hunks(&borrowed(&before), &borrowed(&after));
    let mut rows = Vec::new();
    let mut shown = 0;
    for hunk in &hunks {
        let start = hunk.before.start.saturating_sub(1).max(shown);
        if start > shown {
            rows.push((LineSign::Same, "...".to_owned()));
        }
        rows.extend(before[start..hunk.before.start].iter().map(|line| (LineSign::Same, cut(line))));
        rows.extend(before[hunk.before.clone()].iter().map(|line| (LineSign::Removed, cut(line))));
        rows.extend(after[hunk.after.clone()].iter().map(|line| (LineSign::Added, cut(line))));
        shown = hunk.before.end;
        let next = hunks.iter().find(|next| next.before.start >= shown && *next != hunk);
        if let Some(line) = before.get(shown).filter(|_| next.is_none_or(|next| next.before.start > shown)) {
            rows.push((LineSign::Same, cut(line)));
            shown += 1;
        }
    }
    if shown < before.len() && !hunks.is_empty() {
        rows.push((LineSign::Same, "...".to_owned()));
    }
    rows
}

fn borrowed(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// The lines of a value: text that holds line breaks, or either side of a difference of lines.
fn lines(value: &Json) -> Vec<String> {
    match value {
        Json::Null => Vec::new(),
        Json::String(text) => text.strip_suffix('\n').unwrap_or(text).split('\n').map(str::to_owned).collect(),
        other => vec![other.to_string()],
    }
}

/// Whether a difference is better shown as lines than on one line.
pub fn is_long(path: &str, before: &Json, after: &Json) -> bool {
    let holds_lines = |value: &Json| value.as_str().is_some_and(|text| text.contains('\n'));
    path.starts_with("lines[") || holds_lines(before) || holds_lines(after)
}

/// A number and its noun: `1 change`, `2 changes`.
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_long_text_only_what_differs_is_shown() {
        let shown = |before: &str, after: &str| {
            let rows = difference(&json!(before), &json!(after)).into_iter();
            rows.map(|(sign, line)| format!("{}{line}", sign.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(shown("a\nb\nc\nd\ne\n", "a\nb\nC\nd\ne\n"), [" ...", " b", "-c", "+C", " d", " ..."]);
        assert_eq!(shown("a\nb\nc\n", "a\nB\nC\n"), [" a", "-b", "-c", "+B", "+C"]);
        assert_eq!(shown("a\nb\nc\n", "A\nb\nC\n"), ["-a", "+A", " b", "-c", "+C"]);
        assert_eq!(shown("a\nc\n", "a\nb\nc\n"), [" a", "+b", " c"]);
        assert_eq!(difference(&json!(null), &json!("a\nb")), [(LineSign::Added, "a".into()), (LineSign::Added, "b".into())]);
    }

    #[test]
    fn text_is_told_from_what_it_looks_like() {
        let cases = [
            (json!("allkeys-lru"), "allkeys-lru"),
            (json!("8080"), "\"8080\""),
            (json!(8080), "8080"),
            (json!("true"), "\"true\""),
            (json!(""), "\"\""),
            (json!(" a"), "\" a\""),
            (json!(null), "(nothing)"),
            (json!("(nothing)"), "\"(nothing)\""),
            (json!({"a": [1, "x"]}), r#"{"a":[1,"x"]}"#),
        ];
        for (value, expected) in cases {
            assert_eq!(shown(&value), expected);
        }
        assert_eq!(shown(&json!("x".repeat(161))), format!("{}... (161 characters)", "x".repeat(160)));
    }
}
