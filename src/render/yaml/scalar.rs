//! How text is written as a scalar.

use std::fmt::Write as _;

/// A key of more bytes than this must be written with `?` (YAML allows 1024 characters).
const LONGEST_SIMPLE_KEY: usize = 1_000;

/// Writes `key:`, or the long form of it.
pub fn write_key(out: &mut String, key: &str, indent: usize) {
    if key.len() <= LONGEST_SIMPLE_KEY {
        write_inline(out, key);
    } else {
        out.push_str("? ");
        write_inline(out, key);
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
    }
    out.push(':');
}

/// Writes text on one line.
pub fn write_inline(out: &mut String, text: &str) {
    if is_plain(text) { out.push_str(text) } else { quote(out, text) }
}

/// Whether text without quotes is read back as itself by readers of YAML 1.1 and 1.2 alike.
pub fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let characters = if text.is_ascii() {
        text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
    } else {
        text.chars().all(is_plain_character)
    };
    characters
        && starts_plain(first, text)
        && !text.ends_with([' ', ':'])
        && !text.as_bytes().windows(2).any(|pair| pair == b": " || pair == b" #")
        && !is_typed(text)
}

fn starts_plain(first: char, text: &str) -> bool {
    match first {
        '-' => text.chars().nth(1).is_some_and(|next| !matches!(next, ' ' | ':')) && !text.starts_with("---"),
        '.' => !text.starts_with("..."),
        '/' | '_' | '(' | '+' | '$' | '^' | ';' | '\\' | '~' | '=' | '<' => true,
        other => other.is_alphanumeric(),
    }
}

fn is_plain_character(character: char) -> bool {
    matches!(character, ' '..='~') || (character.is_alphanumeric() && character < '\u{F000}')
}

/// Whether some reader takes the plain text for something else than text.
fn is_typed(text: &str) -> bool {
    const WORDS: [&str; 15] =
        ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", "=", "<<", ".nan", ".inf", "nan"];
    const LONGEST: usize = 5;
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    (unsigned.len() <= LONGEST && WORDS.iter().any(|word| unsigned.eq_ignore_ascii_case(word)))
        || is_number_like(unsigned)
}

/// Numbers in any notation of any reader, dates and times, and whatever else is made of the same characters.
fn is_number_like(unsigned: &str) -> bool {
    let numeric = |c: char| {
        c.is_ascii_hexdigit()
            || matches!(c, '_' | '.' | ':' | '+' | '-' | 'x' | 'X' | 'o' | 'O' | 'T' | 't' | 'Z' | 'z' | ' ' | ',')
    };
    if !unsigned.trim_start_matches('.').starts_with(|c: char| c.is_numeric())
        || !unsigned.chars().all(|c| numeric(c) || c.is_numeric())
    {
        return false;
    }
    let is_dotted = unsigned.chars().all(|c| c.is_ascii_digit() || c == '.')
        && unsigned.split('.').count() > 2
        && unsigned.split('.').all(|number| !number.is_empty());
    !is_dotted
}

/// Writes text in double quotes.
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        quoted_character(out, character);
    }
    out.push('"');
}

fn quoted_character(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        other if is_printable(other) => out.push(other),
        other => {
            let code = u32::from(other);
            // Writing to a string cannot fail.
            let _ = match code {
                0..=0xFF => write!(out, "\\x{code:02x}"),
                0x100..=0xFFFF => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
        }
    }
}

/// Whether every reader takes the character as it is, and shows it.
fn is_printable(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{A1}'..='\u{2027}' | '\u{202F}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}' | '\u{10000}'..)
        && !matches!(character, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{206F}')
}

/// The header of a literal block that holds exactly this text; none where only quotes can.
pub fn literal_header(text: &str) -> Option<String> {
    let body = text.trim_end_matches('\n');
    let trailing = text.len() - body.len();
    let exact = |line: &str| {
        line.is_empty()
            || (line.contains(|c| c != ' ' && c != '\t') && line.chars().all(|c| c == '\t' || is_printable(c)))
    };
    if body.is_empty() || !text.contains('\n') || !body.split('\n').all(exact) {
        return None;
    }
    let indicator = if body.starts_with([' ', '\t', '\n']) { "2" } else { "" };
    let chomping = ["-", "", "+"][trailing.min(2)];
    Some(format!("|{indicator}{chomping}"))
}

/// A number with a point or an exponent, as YAML 1.2 writes it.
pub fn float(number: f64) -> String {
    if number.is_nan() {
        ".nan".into()
    } else if number.is_infinite() {
        if number > 0.0 { ".inf".into() } else { "-.inf".into() }
    } else {
        format!("{number:?}")
    }
}
