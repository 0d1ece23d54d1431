//! Strings that someone might write, and that some tool takes for something else.

/// Pieces that mean something to a shell, a template language, YAML, JSON or HCL.
const PIECES: &[&str] = &[
    "$", "$$", "${", "${x}", "$(x)", "`x`", "{{", "}}", "{{ x }}", "{%", "%}", "{% raw %}", "{% endraw %}", "{#", "#}", "%{", "%{ if x }",
    "%%{", "$${", "%", "%%", "\"", "'", "''", "\\", "\\n", "\\u0041", "#", " #", "!", "!unsafe", "!!str", "&a", "*a", "|", ">", "-", "- ",
    ": ", ":", "?", "? ", "@", "[", "]", "{", "}", ",", "~", "=", "<<", "\n", "\n\n", "\t", "\r", "\r\n", " ", "  ", "é", "ß", "日本", "🦀",
    "\u{a0}", "\u{feff}", "\u{2028}", "\u{200b}", "\u{85}", "e\u{301}", "\u{1}", "\u{7}", "\u{1b}[0m", "\u{7f}", "\u{80}", "a", "B", "0",
    "<no value>", "<<EOT", "EOT", "/*", "//", "${jsonencode(1)}", "lookup('env', 'HOME')", ".Values.x", "include \"x\"", "ansible_", "#jinja2:",
];

/// Whole texts that a reader takes for something that is no text.
const WHOLE: &[&str] = &[
    "", "no", "yes", "on", "off", "y", "n", "true", "false", "True", "null", "Null", "~", "0777", "0o17", "0x1f", "1_000", "1e3", "1.0", "-1",
    "+1", ".5", "12:30", "1:30:00", "2026-01-31", "2026-01-31T12:00:00Z", ".inf", ".nan", "NaN", "=", "<<", "---", "...", "[]", "{}", "[a]",
    "{a: b}", "\"a\"", "'a'", "a: b", "a:", "- a", "#a", "a #b", " a", "a ", "\na", "a\n", "a\n\n", "a\n b\n  c", " a\n b", "\ta", "%a", "@a",
    "`a`", "*a", "&a", "!a", "|", ">", "?", "- ", "#jinja2: trim_blocks: False", "{{ 'a' }}", "{{", "${a.b}", "$A", "EOT\n", "<<-EOT\nx\nEOT\n",
];

/// `count` strings, always the same: those that are known to be hard, then mixtures.
pub fn hard(count: usize, may_have: impl Fn(char) -> bool) -> Vec<String> {
    let mut strings: Vec<String> = WHOLE.iter().chain(PIECES).map(|text| (*text).to_owned()).collect();
    let mut seed: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    while strings.len() < count * 2 {
        let length = 1 + next(6);
        strings.push((0..length).map(|_| PIECES[next(PIECES.len())]).collect());
    }
    strings.retain(|text| text.chars().all(&may_have));
    strings.truncate(count);
    strings
}
