//! How values are written: one notation for what files, people and the engine write in several.

use crate::model::Tree;
use crate::model::quantity::parse_nanoseconds;
use crate::render::compose::parse_bytes;
use std::collections::BTreeSet;

/// Nanoseconds as `1m30s`, `500ms`, `0s`.
pub fn duration(nanoseconds: i64) -> String {
    let units = [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000)];
    let mut rest = nanoseconds.max(0);
    let mut text = String::new();
    for (unit, factor) in units.into_iter().chain([("us", 1_000), ("ns", 1)]) {
        if rest >= factor {
            text.push_str(&format!("{}{unit}", rest / factor));
            rest %= factor;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

/// A duration in the one notation; what is none stays.
pub fn same_duration(value: &Tree) -> Tree {
    let nanoseconds = value.as_str().and_then(parse_nanoseconds).and_then(|number| i64::try_from(number).ok());
    nanoseconds.map_or_else(|| value.clone(), |number| Tree::text(duration(number)))
}

/// Billionths of a CPU as a decimal number: `0.5`.
pub fn cpus(billionths: i64) -> String {
    let text = format!("{}.{:09}", billionths / 1_000_000_000, billionths % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number of CPUs in the one notation; what is none stays.
pub fn same_cpus(value: &Tree) -> Tree {
    let text = value.scalar_text();
    let number = text.as_deref().and_then(|text| text.trim().parse::<f64>().ok());
    let Some(number) = number.filter(|number| (0.0..1_000_000.0).contains(number)) else { return value.clone() };
    let (whole, fraction) = (format!("{number:.9}"), '0');
    Tree::text(whole.trim_end_matches(fraction).trim_end_matches('.'))
}

/// Bytes as a number; what is none stays.
pub fn same_bytes(value: &Tree) -> Tree {
    let bytes = value.as_str().and_then(parse_bytes).and_then(|bytes| i64::try_from(bytes).ok());
    bytes.map_or_else(|| same_integer(value), Tree::Int)
}

/// An integer, also where it stands as text; what is none stays.
pub fn same_integer(value: &Tree) -> Tree {
    value.as_str().and_then(|text| text.trim().parse().ok()).map_or_else(|| value.clone(), Tree::Int)
}

/// A boolean, also where it stands as text; what is none stays.
pub fn same_flag(value: &Tree) -> Tree {
    match value.as_str() {
        Some("true" | "yes" | "on") => Tree::Bool(true),
        Some("false" | "no" | "off") => Tree::Bool(false),
        _ => value.clone(),
    }
}

/// A scalar as text; what is none stays.
pub fn same_text(value: &Tree) -> Tree {
    if value.as_str().is_some() {
        return value.clone();
    }
    value.scalar_text().map_or_else(|| value.clone(), Tree::text)
}

/// A list of texts, also where one stands alone.
pub fn texts(value: &Tree) -> Tree {
    match value {
        Tree::List(list) => Tree::List(list.iter().map(same_text).collect()),
        Tree::Null | Tree::Map(_) => value.clone(),
        one => Tree::List(vec![same_text(one)]),
    }
}

/// Texts in order, each once, each in another notation.
pub fn sorted(value: &Tree, normal: impl Fn(&str) -> String) -> Tree {
    let Tree::List(list) = texts(value) else { return value.clone() };
    let known: Option<BTreeSet<String>> = list.iter().map(|one| one.as_str().map(&normal)).collect();
    known.map_or_else(|| Tree::List(list), set)
}

/// A list of texts in order, each once.
pub fn set(texts: impl IntoIterator<Item = String>) -> Tree {
    let texts: BTreeSet<String> = texts.into_iter().collect();
    Tree::List(texts.into_iter().map(Tree::text).collect())
}

/// `KEY<separator>VALUE` texts, also where they stand as a map.
pub fn pairs(value: &Tree, separator: char) -> Tree {
    let Tree::Map(map) = value else { return sorted(value, |text| same_pair(text, separator)) };
    let mut all = BTreeSet::new();
    for (key, value) in map {
        let values = value.as_list().map_or_else(|| vec![value.clone()], <[Tree]>::to_vec);
        let Some(texts) = values.iter().map(Tree::scalar_text).collect::<Option<Vec<_>>>() else {
            return Tree::Map(map.clone());
        };
        all.extend(texts.into_iter().map(|text| format!("{key}{separator}{text}")));
    }
    set(all)
}

/// `a=b` as `a:b`, where a colon separates.
fn same_pair(text: &str, separator: char) -> String {
    match text.split_once(['=', ':']) {
        Some((key, value)) => format!("{key}{separator}{value}"),
        None => text.to_owned(),
    }
}

/// A map of texts, also where `KEY=value` texts stand in a list.
pub fn text_map(value: &Tree) -> Tree {
    match value {
        Tree::Map(map) => Tree::Map(map.iter().map(|(key, value)| (key.clone(), same_text(value))).collect()),
        Tree::List(list) => {
            let entry = |one: &Tree| {
                let text = one.as_str()?;
                let (key, value) = text.split_once('=').unwrap_or((text, ""));
                Some((key.to_owned(), Tree::text(value)))
            };
            list.iter().map(entry).collect::<Option<_>>().map_or_else(|| value.clone(), Tree::Map)
        }
        _ => value.clone(),
    }
}

/// `CAP_NET_ADMIN`, `net_admin` and `NET_ADMIN` are the same.
pub fn capability(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").map(str::to_owned).unwrap_or(upper)
}

/// `no-new-privileges`, `no-new-privileges=true` and `no-new-privileges:true` are the same; `key=value` is `key:value`.
pub fn security_option(text: &str) -> String {
    match text.split_once(['=', ':']) {
        Some((key, value)) => format!("{key}:{value}"),
        None if text == "no-new-privileges" => "no-new-privileges:true".into(),
        None => text.to_owned(),
    }
}

/// `SOURCE[:TARGET[:PERMISSIONS]]` in full.
pub fn device(text: &str) -> String {
    let mut parts = text.split(':');
    let source = parts.next().unwrap_or_default();
    let (target, permissions) = match (parts.next(), parts.next()) {
        (None, _) => (source, "rwm"),
        (Some(only), None) if !only.starts_with('/') => (source, only),
        (Some(target), permissions) => (target, permissions.unwrap_or("rwm")),
    };
    format!("{source}:{target}:{permissions}")
}

/// A temporary file system: its path, and its options in order.
pub fn temporary(text: &str) -> String {
    let (path, options) = text.split_once(':').unwrap_or((text, ""));
    let options: BTreeSet<&str> = options.split(',').filter(|option| !option.is_empty()).collect();
    let options: Vec<&str> = options.into_iter().collect();
    if options.is_empty() { path.to_owned() } else { format!("{path}:{}", options.join(",")) }
}

/// `linux/arm64/v8` is `linux/arm64`.
pub fn platform(text: &str) -> String {
    let parts: Vec<&str> = text.split('/').collect();
    match parts[..] {
        [system, "arm64" | "aarch64", ..] => format!("{system}/arm64"),
        [system, "amd64" | "x86_64", "v1"] | [system, "amd64" | "x86_64"] => format!("{system}/amd64"),
        [system, "arm"] => format!("{system}/arm/v7"),
        _ => text.to_owned(),
    }
}

/// The words of a command line as a shell would split it; none where a quote is not closed.
pub fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                let escaped = characters.next()?;
                let plain = quote.is_some() && !matches!(escaped, '"' | '\\' | '$' | '`');
                let word = word.get_or_insert_default();
                if plain {
                    word.push('\\');
                }
                word.push(escaped);
            }
            (None, space) if space.is_whitespace() => words.extend(word.take()),
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// Both ends of `80` or `80-82`; none where it is no range of ports.
pub fn port_range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_notation() {
        assert_eq!([0, 90_000_000_000, 1_500_000_000].map(duration), ["0s", "1m30s", "1s500ms"]);
        assert_eq!(same_duration(&Tree::from("90s")), Tree::from("1m30s"));
        assert_eq!([500_000_000, 2_000_000_000, 0].map(cpus), ["0.5", "2", "0"]);
        assert_eq!([".50", "2.0"].map(|text| same_cpus(&Tree::from(text))), ["0.5", "2"].map(Tree::from));
        assert_eq!(["CAP_NET_ADMIN", "net_admin"].map(capability), ["NET_ADMIN", "NET_ADMIN"]);
        assert_eq!(
            ["no-new-privileges", "label=disable"].map(security_option),
            ["no-new-privileges:true", "label:disable"]
        );
        assert_eq!(
            ["/dev/a", "/dev/a:r", "/dev/a:/dev/b"].map(device),
            ["/dev/a:/dev/a:rwm", "/dev/a:/dev/a:r", "/dev/a:/dev/b:rwm"]
        );
        assert_eq!(["linux/arm64/v8", "linux/amd64"].map(platform), ["linux/arm64", "linux/amd64"]);
        assert_eq!(temporary("/run:size=1m,mode=700"), "/run:mode=700,size=1m");
        let hosts = Tree::from([("a", Tree::from("1.1.1.1")), ("b", Tree::from(vec!["::1", "::2"]))]);
        assert_eq!(pairs(&hosts, ':'), Tree::from(vec!["a:1.1.1.1", "b:::1", "b:::2"]));
        assert_eq!(pairs(&Tree::from(vec!["b=2", "a:1"]), ':'), Tree::from(vec!["a:1", "b:2"]));
    }

    #[test]
    fn a_command_line_is_split_as_a_shell_does() {
        let cases = [
            ("a  b", Some(vec!["a", "b"])),
            ("sh -c 'a \"b\" $c' ''", Some(vec!["sh", "-c", "a \"b\" $c", ""])),
            (r#"a\ b "c\"d\e""#, Some(vec!["a b", r#"c"d\e"#])),
            ("'a", None),
            ("", Some(vec![])),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|words| words.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(words(line), expected, "{line}");
        }
    }
}
