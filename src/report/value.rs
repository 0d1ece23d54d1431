//! Values as people read them.

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

/// The lines of a value that is shown as lines: text that holds line breaks, or either side of a difference of lines.
pub fn lines(value: &Json) -> Vec<String> {
    match value {
        Json::Null => Vec::new(),
        Json::String(text) => text.split('\n').map(cut).collect(),
        other => vec![cut(&other.to_string())],
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
