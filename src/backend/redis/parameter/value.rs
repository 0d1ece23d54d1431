//! One canonical form for all texts of which a server makes the same value.

use super::Kind;
use crate::model::Tree;
use std::collections::BTreeSet;

/// What `A` stands for among the events of keys.
const ALL_EVENTS: &str = "g$lshzxetd";
/// The other classes of events, in the order in which a server writes them.
const OTHER_EVENTS: &str = "KEmn";
/// The order in which a server writes the flags of a shutdown.
const SHUTDOWN_FLAGS: &[&str] = &["default", "save", "nosave", "now", "force"];
/// How many file descriptors a server keeps for itself: it lowers `maxclients` to the limit of the process less these.
const RESERVED_DESCRIPTORS: i64 = 32;

/// The canonical form of a text; the text itself where it cannot be read as that kind.
pub fn canonical(kind: Kind, text: &str) -> Tree {
    let read = match kind {
        Kind::Memory => memory(text).map(Tree::Int),
        Kind::MemoryOrPercent => percent(text).or_else(|| memory(text).map(Tree::Int)),
        Kind::Integer => text.parse().ok().map(Tree::Int),
        Kind::Octal => i64::from_str_radix(text, 8).ok().map(|number| Tree::text(format!("{number:o}"))),
        Kind::Word => Some(Tree::text(text.to_lowercase())),
        Kind::Words => Some(Tree::text(words(text).join(" "))),
        Kind::Numbers => numbers(text),
        Kind::Flags => Some(Tree::text(flags(text))),
        Kind::KeyspaceEvents => events(text).map(Tree::text),
        Kind::Save => save(text).map(Tree::text),
        Kind::BufferLimits => buffer_limits(text),
        Kind::Text => None,
    };
    read.unwrap_or_else(|| Tree::text(text))
}

/// A canonical value as CONFIG SET takes it.
pub fn quoted(kind: Kind, value: &Tree) -> String {
    match (kind, value) {
        (Kind::BufferLimits, Tree::Map(classes)) => {
            let one = |(class, limits): (&String, &Tree)| format!("{class} {}", limits.as_str().unwrap_or_default());
            classes.iter().map(one).collect::<Vec<_>>().join(" ")
        }
        _ => value.scalar_text().unwrap_or_default(),
    }
}

/// Why a server that was given one value reports another all the same: a sentence without a full stop.
pub fn explains(name: &str, declared: &Tree, live: &Tree) -> Option<String> {
    let (Tree::Int(declared), Tree::Int(live)) = (declared, live) else { return None };
    match name {
        "hz" if *live == (*declared).clamp(1, 500) => {
            Some(format!("the server keeps hz between 1 and 500: {declared} is {live} there"))
        }
        // A limit of open files is a multiple of 1024 as it is usually set; what somebody set by hand is not 32 below one.
        "maxclients" if live < declared && (live + RESERVED_DESCRIPTORS) % 1024 == 0 => {
            Some(format!("the host allows fewer open files: {declared} clients are {live} there"))
        }
        _ => None,
    }
}

/// The arguments of a line as redis.conf writes them, quotes undone; none where they are not closed.
pub fn arguments(line: &str) -> Option<Vec<String>> {
    let mut arguments = Vec::new();
    let mut rest = line.chars().peekable();
    loop {
        while rest.next_if(|character| character.is_whitespace()).is_some() {}
        let Some(first) = rest.peek().copied() else { return Some(arguments) };
        let mut argument = String::new();
        if first == '"' || first == '\'' {
            rest.next();
            loop {
                match rest.next()? {
                    character if character == first => break,
                    '\\' if first == '"' => argument.push(escaped(rest.next()?)),
                    '\\' if rest.peek() == Some(&'\'') => argument.extend(rest.next()),
                    character => argument.push(character),
                }
            }
            if rest.peek().is_some_and(|character| !character.is_whitespace()) {
                return None;
            }
        } else {
            while let Some(character) = rest.next_if(|character| !character.is_whitespace()) {
                argument.push(character);
            }
        }
        arguments.push(argument);
    }
}

const fn escaped(character: char) -> char {
    match character {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => other,
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn memory(text: &str) -> Option<i64> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let factor: i64 = match unit.to_lowercase().as_str() {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    digits.parse::<i64>().ok()?.checked_mul(factor)
}

fn percent(text: &str) -> Option<Tree> {
    let number: i64 = text.strip_suffix('%')?.parse().ok()?;
    Some(Tree::text(format!("{number}%")))
}

fn numbers(text: &str) -> Option<Tree> {
    let one = |word: &str| word.parse::<f64>().ok().map(|number| number.to_string());
    Some(Tree::text(text.split_whitespace().map(one).collect::<Option<Vec<_>>>()?.join(" ")))
}

fn flags(text: &str) -> String {
    let text = text.to_lowercase();
    let given: BTreeSet<&str> = text.split_whitespace().collect();
    let known = SHUTDOWN_FLAGS.iter().filter(|flag| given.contains(**flag)).copied();
    let others = given.iter().filter(|word| !SHUTDOWN_FLAGS.contains(word)).copied();
    known.chain(others).collect::<Vec<_>>().join(" ")
}

fn events(text: &str) -> Option<String> {
    let expanded = text.replace('A', ALL_EVENTS);
    let given: BTreeSet<char> = expanded.chars().collect();
    if given.iter().any(|letter| !ALL_EVENTS.contains(*letter) && !OTHER_EVENTS.contains(*letter)) {
        return None;
    }
    let all = ALL_EVENTS.chars().all(|letter| given.contains(&letter));
    let classes: String =
        if all { "A".into() } else { ALL_EVENTS.chars().filter(|letter| given.contains(letter)).collect() };
    // A server that is told `A` does not say whether `n` is set too: it cannot be seen.
    let others = OTHER_EVENTS.chars().filter(|letter| given.contains(letter) && !(all && *letter == 'n'));
    Some(classes + &others.collect::<String>())
}

fn save(text: &str) -> Option<String> {
    let numbers: Vec<u64> = text.split_whitespace().map(|word| word.parse().ok()).collect::<Option<_>>()?;
    if !numbers.len().is_multiple_of(2) {
        return None;
    }
    let pairs: BTreeSet<(u64, u64)> = numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    Some(pairs.iter().rev().map(|(seconds, changes)| format!("{seconds} {changes}")).collect::<Vec<_>>().join(" "))
}

fn buffer_limits(text: &str) -> Option<Tree> {
    let words = words(text);
    if words.is_empty() || !words.len().is_multiple_of(4) {
        return None;
    }
    let mut classes = Tree::map();
    for group in words.chunks(4) {
        let class = match group[0].to_lowercase().as_str() {
            "slave" | "replica" => "replica".to_owned(),
            class @ ("normal" | "pubsub") => class.to_owned(),
            _ => return None,
        };
        let (hard, soft, seconds) = (memory(group[1])?, memory(group[2])?, group[3].parse::<u64>().ok()?);
        classes.insert(class, Tree::text(format!("{hard} {soft} {seconds}")));
    }
    Some(classes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_server_takes_for_the_same_is_the_same() {
        let cases: &[(Kind, &[&str], serde_json::Value)] = &[
            (Kind::Memory, &["1gb", "1GB", "1073741824", "1073741824b", "1048576kb"], json!(1_073_741_824)),
            (Kind::Memory, &["1g", "1G", "1000m", "1000000000"], json!(1_000_000_000)),
            (Kind::Memory, &["1.5gb"], json!("1.5gb")),
            (Kind::Memory, &["99999999999gb"], json!("99999999999gb")),
            (Kind::MemoryOrPercent, &["5%", "05%"], json!("5%")),
            (Kind::MemoryOrPercent, &["64mb", "67108864"], json!(67_108_864)),
            (Kind::Integer, &["10", "010"], json!(10)),
            (Kind::Integer, &["1k"], json!("1k")),
            (Kind::Octal, &["0700", "700"], json!("700")),
            (Kind::Word, &["YES", "yes"], json!("yes")),
            (Kind::Words, &["* -::*", " *  -::*"], json!("* -::*")),
            (Kind::Numbers, &["50.0 99 99.90", "50 99 99.9"], json!("50 99 99.9")),
            (Kind::Flags, &["NOW save", "save now"], json!("save now")),
            (Kind::KeyspaceEvents, &["KEA", "AKE", "AKEn", "KEg$lshzxetd"], json!("AKE")),
            (Kind::KeyspaceEvents, &["gKE$", "g$KE"], json!("g$KE")),
            (Kind::KeyspaceEvents, &["gKEn"], json!("gKEn")),
            (Kind::KeyspaceEvents, &["?"], json!("?")),
            (Kind::Save, &["60 1000 300 10", "300 10 60 1000"], json!("300 10 60 1000")),
            (Kind::Save, &[""], json!("")),
            (
                Kind::BufferLimits,
                &["slave 1mb 1k 60", "REPLICA 1048576 1000 60"],
                json!({"replica": "1048576 1000 60"}),
            ),
            (Kind::Text, &["Any thing"], json!("Any thing")),
        ];
        for (kind, texts, expected) in cases {
            for text in *texts {
                assert_eq!(canonical(*kind, text), Tree::from_json(expected), "{kind:?} {text}");
            }
        }
    }

    #[test]
    fn a_server_that_makes_less_of_it_is_explained_and_a_hand_is_not() {
        let number =
            |name: &str, declared: i64, live: i64| explains(name, &Tree::Int(declared), &Tree::Int(live)).is_some();
        assert!(number("hz", 1000, 500) && number("hz", 0, 1) && !number("hz", 1000, 499));
        assert!(number("maxclients", 50_000, 992) && !number("maxclients", 50_000, 1000));
        assert!(!number("maxclients", 900, 992) && !number("maxmemory", 1000, 500));
    }

    #[test]
    fn arguments_are_those_of_a_configuration_file() {
        let cases: &[(&str, Option<&[&str]>)] = &[
            (r#""""#, Some(&[""])),
            (r#"a "b c" 'd e'"#, Some(&["a", "b c", "d e"])),
            (r#""a\"b\n""#, Some(&["a\"b\n"])),
            (r#""open"#, None),
            (r#""a"b"#, None),
            ("", Some(&[])),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|all| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
            assert_eq!(arguments(line), expected, "{line}");
        }
    }
}
