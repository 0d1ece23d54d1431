//! Text of a file in a message: bounded and on one line.

const LONGEST: usize = 60;

/// A piece of a file as messages quote it: at most 60 characters, control characters escaped.
pub fn bounded(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::bounded;

    #[test]
    fn what_is_quoted_is_short_and_on_one_line() {
        assert_eq!(bounded("a\nb\u{1b}[1m"), "a\\nb\\u{1b}[1m");
        assert_eq!(bounded(&"é".repeat(70)), format!("{}…", "é".repeat(60)));
    }
}
