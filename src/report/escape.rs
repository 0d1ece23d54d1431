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

/// What keeps a mention or a reference from being one: a space of no width.
const NO_LINK: &str = "&#8203;";

/// For prose in markdown: nothing in it is markup, a link or a mention.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, character) in terminal(text).chars().enumerate() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => escaped.extend(['\\', character]),
            '-' | '+' | '=' if at == 0 => escaped.extend(['\\', character]),
            _ => escaped.push_str(&html_character(character)),
        }
    }
    unlinked(&escaped)
}

/// For text within HTML on a page in markdown.
pub fn html(text: &str) -> String {
    unlinked(&terminal(text).chars().map(html_character).collect::<String>())
}

fn html_character(character: char) -> String {
    match character {
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        '&' => "&amp;".into(),
        '@' | '#' => format!("{character}{NO_LINK}"),
        _ => character.into(),
    }
}

/// Text that begins like an address of the web would become a link by itself.
fn unlinked(text: &str) -> String {
    text.replace("://", "&#58;//").replace("www.", "www&#46;")
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
            markdown("- <b> @team *x* [y](z) `q` #1 a_b|c"),
            r"\- &lt;b&gt; @&#8203;team \*x\* \[y\](z) \`q\` #&#8203;1 a\_b\|c"
        );
        assert_eq!(html("a@b <https://x> www.y"), "a@&#8203;b &lt;https&#58;//x&gt; www&#46;y");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(block("diff", &["+ ```".into(), "- \u{1b}".into()]), "````diff\n+ ```\n- \\u{1b}\n````\n");
    }
}
