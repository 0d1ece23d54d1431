//! Kubernetes replaces `$(NAME)` in environment values, commands, arguments and exec probes, and reads `$$` as `$`.
//!
//! Text of a user is doubled where it would be read so; a secret becomes a reference to a variable of its own.

use crate::model::{Part, Value};

/// Text as a value in which Kubernetes finds this very text.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    push_escaped(&mut escaped, text, false);
    escaped
}

/// A value in which each part that `variable` knows is a reference to that variable, and all other text is escaped.
pub fn expand(value: &Value, variable: &dyn Fn(&Part) -> Option<String>) -> Value {
    let mut expanded = Value::default();
    for (at, part) in value.parts().iter().enumerate() {
        match (part, variable(part)) {
            (_, Some(name)) => expanded.push(Part::Literal(format!("$({name})"))),
            (Part::Literal(text), None) => {
                let mut escaped = String::with_capacity(text.len());
                push_escaped(&mut escaped, text, at + 1 < value.parts().len());
                expanded.push(Part::Literal(escaped));
            }
            (other, None) => expanded.push(other.clone()),
        }
    }
    expanded
}

/// Whether there is something in the text that Kubernetes would replace.
pub fn has_reference(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('$') {
            rest = tail;
        } else if rest.starts_with('(') && rest.contains(')') {
            return true;
        }
    }
    false
}

/// A lone `$` is left as it is where that is safe, since people have to read it. Before a character beyond ASCII it is not: the
/// expansion takes that character's first byte for a character of its own.
fn push_escaped(out: &mut String, text: &str, followed: bool) {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let tail = rest[at..].trim_start_matches('$');
        let run = rest.len() - at - tail.len();
        let dangerous = tail.chars().next().map_or(followed, |next| next == '(' || !next.is_ascii());
        let count = if run > 1 || dangerous { 2 * run } else { run };
        out.extend(std::iter::repeat_n('$', count));
        rest = tail;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// What a kubelet does, byte by byte.
    fn kubelet(input: &[u8], variables: &BTreeMap<&str, &str>) -> Vec<u8> {
        let mut output = Vec::new();
        let mut cursor = 0;
        while cursor < input.len() {
            if input[cursor] != b'$' || cursor + 1 == input.len() {
                output.push(input[cursor]);
                cursor += 1;
                continue;
            }
            let rest = &input[cursor + 1..];
            cursor += 2;
            match rest[0] {
                b'$' => output.push(b'$'),
                b'(' => match rest.iter().position(|byte| *byte == b')') {
                    Some(end) => {
                        let name = String::from_utf8(rest[1..end].to_vec()).unwrap();
                        let unknown = format!("$({name})");
                        let known = variables.get(name.as_str()).map_or(unknown, |value| (*value).to_owned());
                        output.extend(known.bytes());
                        cursor += end;
                    }
                    None => output.extend(b"$("),
                },
                other => output.extend(format!("${}", char::from(other)).bytes()),
            }
        }
        output
    }

    proptest! {
        #[test]
        fn a_kubelet_finds_the_text_that_was_written(text in r"([$()ab é]|\$\(A\)){0,24}") {
            let variables = BTreeMap::from([("A", "wrong"), ("", "wrong")]);
            prop_assert_eq!(kubelet(escape(&text).as_bytes(), &variables), text.as_bytes());
            prop_assert!(!has_reference(&escape(&text)));
        }

        #[test]
        fn a_secret_between_any_texts_is_the_only_thing_replaced(left in r"[$()ab]{0,12}", right in r"[$()ab]{0,12}") {
            let secret = Part::Secret("key".into());
            let value = Value::from_parts([Part::Literal(left.clone()), secret, Part::Literal(right.clone())]);
            let variable = |part: &Part| matches!(part, Part::Secret(_)).then(|| "SECRET_KEY".to_owned());
            let expanded = expand(&value, &variable);
            let variables = BTreeMap::from([("SECRET_KEY", "s3cr3t")]);
            let seen = kubelet(expanded.as_literal().unwrap().as_bytes(), &variables);
            prop_assert_eq!(String::from_utf8(seen).unwrap(), format!("{left}s3cr3t{right}"));
            prop_assert!(has_reference(expanded.as_literal().unwrap()));
        }
    }
}
