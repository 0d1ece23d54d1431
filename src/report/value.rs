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

/// How many lines of one difference are shown.
const MOST_SHOWN: usize = 60;

/// How many lines that differ are still compared one by one; more are one block.
const MOST_LINES: usize = 2_000;

/// A difference as lines, each with its sign: `-` and `+` for what went and came, a space for the line before and after, which is the same.
/// What lies between is one line of dots. Of a long difference it is the beginning, and how much more there is.
pub fn edits(before: &Json, after: &Json) -> Vec<(char, String)> {
    // A line break at the end is an empty line where only one side has it, and nothing where both have.
    let breaks = [before, after].iter().all(|value| value.as_str().is_none_or(|text| text.ends_with('\n')));
    let (before, after) = (lines(before, breaks), lines(after, breaks));
    let [before, after] = [&before, &after].map(|lines| lines.iter().map(String::as_str).collect::<Vec<_>>());
    let starts = before.iter().zip(&after).take_while(|(before, after)| before == after).count();
    let (old, new) = (&before[starts..], &after[starts..]);
    let ends = old.iter().rev().zip(new.iter().rev()).take_while(|(before, after)| before == after).count();
    let (old, new) = (&old[..old.len() - ends], &new[..new.len() - ends]);
    let mut all: Vec<(char, &str)> = before[..starts].iter().map(|line| (' ', *line)).collect();
    if old.len().max(new.len()) > MOST_LINES {
        all.extend(old.iter().map(|line| ('-', *line)));
        all.extend(new.iter().map(|line| ('+', *line)));
    } else {
        for op in similar::capture_diff_slices(similar::Algorithm::Myers, old, new) {
            all.extend(op.iter_changes(old, new).map(|change| (sign(change.tag()), change.value())));
        }
    }
    all.extend(before[starts + old.len()..].iter().map(|line| (' ', *line)));
    near(&all)
}

const fn sign(tag: similar::ChangeTag) -> char {
    match tag {
        similar::ChangeTag::Equal => ' ',
        similar::ChangeTag::Delete => '-',
        similar::ChangeTag::Insert => '+',
    }
}

/// The lines that differ, and the one before and after each.
fn near(all: &[(char, &str)]) -> Vec<(char, String)> {
    let differs = |at: usize| all.get(at).is_some_and(|(sign, _)| *sign != ' ');
    let mut shown = Vec::new();
    let mut last = None;
    for (at, (sign, line)) in all.iter().enumerate() {
        if !(differs(at) || differs(at + 1) || at > 0 && differs(at - 1)) {
            continue;
        }
        if last.is_some_and(|last| last + 1 != at) {
            shown.push((' ', "...".to_owned()));
        }
        if shown.len() >= MOST_SHOWN {
            let more = all[at..].iter().filter(|(sign, _)| *sign != ' ').count();
            if more > 0 {
                shown.push((' ', format!("... and {}", counted(more, "more line"))));
            }
            return shown;
        }
        shown.push((*sign, cut(line)));
        last = Some(at);
    }
    shown
}

/// The lines of a value that is shown as lines: text that holds line breaks, or either side of a difference of lines.
fn lines(value: &Json, breaks: bool) -> Vec<String> {
    match value {
        Json::Null => Vec::new(),
        Json::String(text) => {
            let text = if breaks { text.strip_suffix('\n').unwrap_or(text) } else { text };
            text.split('\n').map(str::to_owned).collect()
        }
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

/// A field's path as people read it: what is all of its resource has a word.
pub fn field_name(path: &crate::model::FieldPath) -> String {
    if path.0.is_empty() { "value".to_owned() } else { path.to_string() }
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

    #[test]
    fn of_long_texts_only_what_differs_is_shown_and_a_line_around_it() {
        let text = |lines: &[&str]| json!(lines.join("\n") + "\n");
        let before = text(&["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
        let after = text(&["a", "b", "C", "d", "e", "f", "g", "h", "i", "j"]);
        let shown: Vec<_> = edits(&before, &after).into_iter().map(|(sign, line)| format!("{sign}{line}")).collect();
        assert_eq!(shown, [" b", "-c", "+C", " d", " ...", " i", "+j"]);
        assert_eq!(edits(&json!(null), &json!("x\ny")), [('+', "x".into()), ('+', "y".into())]);
        assert_eq!(edits(&json!("x\n"), &json!("x")), [(' ', "x".into()), ('-', String::new())]);
        let [old, new] =
            ["o", "n"].map(|name| json!((0..=MOST_LINES).map(|at| format!("{name}{at}\n")).collect::<String>()));
        let shown = edits(&old, &new);
        assert_eq!(shown.len(), MOST_SHOWN + 1);
        assert_eq!(shown[MOST_SHOWN], (' ', format!("... and {} more lines", 2 * (MOST_LINES + 1) - MOST_SHOWN)));
    }
}
