//! The one glob language: `*` is any text within a segment, `**` any text; everything else is itself.

/// Whether `glob` matches all of `text`; segments end at `/`.
pub fn segments_match(glob: &str, text: &str) -> bool {
    matches(glob, text, '/')
}

/// Whether `glob` matches all of `text`; `*` does not pass `separator`. Linear in glob times text.
pub fn matches(glob: &str, text: &str, separator: char) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    let mut rest = glob;
    while !rest.is_empty() {
        let (token, tail) = next_token(rest);
        reached = step(&reached, &text, token, separator);
        rest = tail;
    }
    reached[text.len()]
}

#[derive(Clone, Copy)]
enum Token {
    Segment,
    Any,
    Literal(char),
}

fn next_token(glob: &str) -> (Token, &str) {
    if let Some(tail) = glob.strip_prefix("**") {
        return (Token::Any, tail);
    }
    let mut characters = glob.chars();
    let token = match characters.next() {
        Some('*') | None => Token::Segment,
        Some(character) => Token::Literal(character),
    };
    (token, characters.as_str())
}

fn step(reached: &[bool], text: &[char], token: Token, separator: char) -> Vec<bool> {
    let mut next = vec![false; reached.len()];
    for at in 0..reached.len() {
        let from_before = at > 0
            && match token {
                Token::Any => next[at - 1],
                Token::Segment => next[at - 1] && text[at - 1] != separator,
                Token::Literal(character) => reached[at - 1] && text[at - 1] == character,
            };
        next[at] = from_before || (reached[at] && !matches!(token, Token::Literal(_)));
    }
    next
}

#[cfg(test)]
mod tests {
    use super::segments_match;

    #[test]
    fn a_star_stays_in_its_segment_and_two_do_not() {
        let cases = [
            ("docker:container/*", "docker:container/cache-0", true),
            ("docker:*", "docker:container/cache-0", false),
            ("docker:**", "docker:container/cache-0", true),
            ("**", "", true),
            ("*-0", "cache-0", true),
            ("*-0", "cache-01", false),
            ("a*b*c", "aXbYc", true),
            ("", "x", false),
        ];
        for (glob, text, expected) in cases {
            assert_eq!(segments_match(glob, text), expected, "{glob} {text}");
        }
    }
}
