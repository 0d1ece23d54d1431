//! The scalars in a piece of a template's YAML: not the document, whose values are written by expressions, but what stands there literally.

/// Calls `add` with the bytes of each value (not of keys) of a piece of YAML, quotes included. A word that touches the piece's end goes on in
/// an expression, and is none.
pub(super) fn values(text: &str, mut add: impl FnMut(usize, usize)) {
    let mut after_value_mark = false;
    let mut line_start = true;
    let mut at = 0;
    let mut flow = 0_usize;
    while let Some(character) = text[at..].chars().next() {
        match character {
            '\n' => (line_start, after_value_mark) = (true, flow > 0 && after_value_mark),
            ' ' | '\t' => {}
            '#' => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                continue;
            }
            '[' | '{' => (flow, after_value_mark, line_start) = (flow + 1, true, false),
            ']' | '}' => flow = flow.saturating_sub(1),
            ',' => after_value_mark = true,
            ':' => (after_value_mark, line_start) = (true, false),
            '-' if line_start && text[at + 1..].starts_with([' ', '\n']) => after_value_mark = true,
            _ => {
                let end = word_end(text, at, flow > 0);
                let is_key = text[end..].trim_start_matches(' ').starts_with(':');
                if after_value_mark && !is_key && end < text.len() {
                    add(at, end);
                }
                (line_start, after_value_mark) = (false, after_value_mark && is_key);
                at = end;
                continue;
            }
        }
        at += character.len_utf8();
    }
}

/// Where a word or quoted text ends that starts at a byte.
fn word_end(text: &str, at: usize, in_flow: bool) -> usize {
    let rest = &text[at..];
    if let Some(quote) = rest.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        return rest[1..].find(quote).map_or(text.len(), |close| at + close + 2);
    }
    let ends = |(offset, character): (usize, char)| {
        let tail = &rest[offset + character.len_utf8()..];
        // A piece may begin within brackets that an earlier one opened: closing ones always end a word.
        let structural = matches!(character, ']' | '}') || in_flow && matches!(character, ',' | '[' | '{');
        let comment = character == '#' && rest[..offset].ends_with(' ');
        let key = character == ':'
            && (tail.is_empty() || tail.starts_with([' ', '\n']) || in_flow && tail.starts_with(['{', '[']));
        (character == '\n' || structural || comment || key).then_some(offset)
    };
    let end = rest.char_indices().find_map(ends).unwrap_or(rest.len());
    at + rest[..end].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::values;

    #[test]
    fn values_are_found_and_keys_are_not() {
        let cases: [(&str, &[&str]); 9] = [
            ("kind: stateful\nreplicas: 3 # x\n", &["stateful", "3"]),
            ("a: {path: /etc/x, content: ", &["/etc/x"]),
            ("}\nentries:\n  maxmemory: runtime\n", &["runtime"]),
            ("command: [\"/bin/sh\", '-c', x y]\n", &["\"/bin/sh\"", "'-c'", "x y"]),
            ("list:\n  - a\n  - b: c\n", &["a", "c"]),
            ("# kind: job\nx: y:z\n", &["y:z"]),
            ("name: half", &[]),
            (", effect: runtime}\n", &["runtime"]),
            ("ready: {main: healthy, sentinel: healthy}\n", &["healthy", "healthy"]),
        ];
        for (text, expected) in cases {
            let mut found = Vec::new();
            values(text, |start, end| found.push(&text[start..end]));
            assert_eq!(found, expected, "{text}");
        }
    }
}
