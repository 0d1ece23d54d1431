//! What is known of each parameter: what kind of value it takes, who may change it and how, its other names and its default.
//!
//! Never: asks a server.
//!
//! Invariants: two texts of which a server makes the same value have one canonical form; what cannot be read is left as it is.

mod table;
mod value;

pub use table::{PARAMETERS, PATTERNS};
pub use value::{arguments, canonical, explains, quoted};

use crate::model::Tree;

/// What kind of value a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Bytes: `1gb` is 1024³, `1g` is 1000³.
    Memory,
    /// Bytes, or a percentage that stays one.
    MemoryOrPercent,
    /// A decimal number.
    Integer,
    /// A number in base 8.
    Octal,
    /// One of some words, in any case.
    Word,
    /// Words whose order counts.
    Words,
    /// Numbers whose order counts.
    Numbers,
    /// Words whose order does not count, in any case.
    Flags,
    /// Letters, each of which stands for a class of events.
    KeyspaceEvents,
    /// Pairs of seconds and changes.
    Save,
    /// A class of clients and three numbers, once or several times.
    BufferLimits,
    /// Any text.
    Text,
}

/// Who may change a parameter, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// CONFIG SET.
    Runtime,
    /// Only a restart.
    Immutable,
    /// Only a restart, unless the server was started to allow more.
    Protected,
    /// It follows from where the server runs, or from its role: never compared.
    Owned,
    /// A password: never read.
    Sensitive,
}

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// Redis.
    Redis,
    /// Valkey, which calls itself a Redis 7.2 beside.
    Valkey,
}

/// Which server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Whose.
    pub product: Product,
    /// Major and minor.
    pub number: (u32, u32),
}

impl Version {
    /// From what `INFO server` says.
    pub fn of_info(info: &str) -> Option<Self> {
        let field = |name: &str| info.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'));
        let (product, text) = match (field("valkey_version"), field("redis_version")) {
            (Some(text), _) => (Product::Valkey, text),
            (None, text) => (Product::Redis, text?),
        };
        let mut parts = text.split('.').map(|part| part.parse().ok());
        Some(Self { product, number: (parts.next()??, parts.next()??) })
    }
}

/// What is known of one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its canonical name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Who may change it.
    pub class: Class,
    /// Its default where no later one is known, as the server itself would write it.
    pub default: Option<&'static str>,
}

/// The canonical name for any spelling.
pub fn canonical_name(name: &str) -> String {
    let name = name.to_lowercase();
    let alias = table::ALIASES.iter().find(|(alias, _)| *alias == name);
    alias.map_or(name, |(_, canonical)| (*canonical).to_owned())
}

/// All names under which a server may know it, the canonical one first.
pub fn spellings(canonical: &str) -> Vec<String> {
    let aliases = table::ALIASES.iter().filter(|(_, name)| *name == canonical).map(|(alias, _)| (*alias).to_owned());
    std::iter::once(canonical.to_owned()).chain(aliases).collect()
}

/// What is known of it, under any spelling.
pub fn parameter(name: &str) -> Option<&'static Parameter> {
    let name = canonical_name(name);
    PARAMETERS.binary_search_by(|one| one.name.cmp(name.as_str())).ok().map(|at| &PARAMETERS[at])
}

/// The default of a version, in canonical form; none where it is not known.
pub fn default_of(name: &str, version: Version) -> Option<(&'static str, Tree)> {
    let parameter = parameter(name)?;
    let known = |(product, from, below): &(Product, (u32, u32), (u32, u32))| {
        *product == version.product && (*from..*below).contains(&version.number)
    };
    table::KNOWN_DEFAULTS.iter().find(|range| known(range))?;
    let later = table::LATER_DEFAULTS.iter().rev().find(|(name, product, from, _)| {
        *name == parameter.name && *product == version.product && *from <= version.number
    });
    let text = later.map(|(.., text)| *text).or(parameter.default)?;
    Some((text, canonical(parameter.kind, text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_its_defaults_are_canonical() {
        assert!(PARAMETERS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for one in PARAMETERS {
            assert_eq!(canonical_name(one.name), one.name);
            let Some(default) = one.default else { continue };
            let tree = canonical(one.kind, default);
            let written = quoted(one.kind, &tree);
            assert_eq!(canonical(one.kind, &written), tree, "{}", one.name);
        }
        for (alias, name) in table::ALIASES {
            assert_eq!(parameter(alias).map(|one| one.name), Some(*name));
            assert!(spellings(name).iter().any(|spelling| spelling == alias));
        }
    }

    #[test]
    fn defaults_follow_the_version() {
        let of = |info: &str, name: &str| default_of(name, Version::of_info(info).unwrap()).map(|(text, _)| text);
        assert_eq!(of("redis_version:7.0.15", "repl-backlog-size"), Some("1048576"));
        assert_eq!(of("redis_version:7.2.4\r\nvalkey_version:8.0.1\r\n", "repl-backlog-size"), Some("10485760"));
        assert_eq!(of("redis_version:7.2.4\nvalkey_version:7.2.7", "LUA-TIME-LIMIT"), Some("5000"));
        assert_eq!(of("redis_version:8.0.0", "maxmemory"), None, "nobody looked");
        assert_eq!(of("redis_version:7.4.2", "dir"), None);
        assert_eq!(of("redis_version:7.4.2", "made-up"), None);
        assert_eq!(Version::of_info("# Server\r\n"), None);
    }
}
