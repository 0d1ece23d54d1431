//! Makes what others wrote harmless where it is shown.

/// For a terminal: what cannot be seen, or would move or reorder other text, is written out (`\n`, `\u{1b}`).
pub fn terminal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => escaped.extend(character.escape_default()),
            _ if is_invisible(character) => escaped.extend(character.escape_unicode()),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Control characters, and those of Unicode that steer direction or have no width.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// For prose in markdown: nothing in it is markup, a link or a mention.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in terminal(text).chars() {
        match character {
            '@' | '<' | '>' | '&' => escaped.push_str(match character {
                '@' => "&#64;",
                '<' => "&lt;",
                '>' => "&gt;",
                _ => "&amp;",
            }),
            _ if character.is_ascii_punctuation()
                && !matches!(character, ',' | ';' | '%' | '"' | '\'' | '?' | '=' | '/' | '.' | ':') =>
            {
                escaped.extend(['\\', character]);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A code span in markdown, whatever backticks the text holds.
pub fn code(text: &str) -> String {
    let text = terminal(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let space = if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// A block of code in markdown; its lines are escaped one by one.
pub fn block(language: &str, lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| terminal(line)).collect();
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal_or_a_page() {
        assert_eq!(terminal("a\u{1b}[31mb\r\n\u{202e}c\u{7f}\t"), r"a\u{1b}[31mb\r\n\u{202e}c\u{7f}\t");
        assert_eq!(
            markdown("<b> @team *x* [y](z) `q` #1 a_b|c"),
            r"&lt;b&gt; &#64;team \*x\* \[y\]\(z\) \`q\` \#1 a\_b\|c"
        );
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(block("diff", &["+ ```".into(), "- \u{1b}".into()]), "````diff\n+ ```\n- \\u{1b}\n````\n");
    }
}
