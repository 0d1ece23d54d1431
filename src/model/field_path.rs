//! The name of a field of a resource.

use super::tree::Tree;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// One step of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// The entry of a map: `.memory`, or `["a.b/c"]` where the key is no plain word.
    Key(String),
    /// The element of an ordered list: `[2]`.
    Index(usize),
    /// The element of a list whose elements are known by a key of theirs: `[name=redis]`.
    Keyed {
        /// The key.
        key: String,
        /// Its value.
        value: String,
    },
    /// An entry of a file: `[maxmemory-policy]`.
    Entry(String),
    /// Lines of a file, counting from 1, both included: `[3-7]`, after the key `lines`.
    Lines(usize, usize),
}

/// A readable and exact path, in the vocabulary of the system's own files:
/// `spec.template.spec.containers[name=redis].resources.limits.memory`, `configs.redis-conf[maxmemory-policy]`, `lines[3-7]`.
/// Parses back from what it prints. The empty path is the resource itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(pub Vec<Segment>);

/// What was given is no field path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no field path")]
pub struct ParseFieldPath(String);

impl FieldPath {
    /// A path of map keys.
    pub fn keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        Self(keys.into_iter().map(|key| Segment::Key(key.into())).collect())
    }

    /// Lines `first` to `last` of a file.
    pub fn lines(first: usize, last: usize) -> Self {
        Self(vec![Segment::Key("lines".into()), Segment::Lines(first, last)])
    }

    /// This path and one segment more.
    #[must_use]
    pub fn join(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }

    /// This path and one key more.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.join(Segment::Key(key.into()))
    }

    /// Whether `other` is this path or lies below it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The subtree at this path. Entries and lines are not walked (their backend splits the content).
    pub fn lookup<'a>(&self, tree: &'a Tree) -> Option<&'a Tree> {
        self.0.iter().try_fold(tree, |node, segment| match segment {
            Segment::Key(key) | Segment::Entry(key) => node.get(key),
            Segment::Index(index) => node.as_list()?.get(*index),
            Segment::Keyed { key, value } => {
                let named = |element: &&Tree| element.get(key).and_then(Tree::scalar_text).as_ref() == Some(value);
                node.as_list()?.iter().find(named)
            }
            Segment::Lines(..) => None,
        })
    }

    /// A tree with another value at this path, or with nothing there. What the path leads through and is not there stays away, as do lines.
    #[must_use]
    pub fn put(&self, tree: &Tree, value: Option<Tree>) -> Tree {
        let mut tree = tree.clone();
        if let Some((last, before)) = self.0.split_last()
            && let Some(parent) = Self(before.to_vec()).lookup_mut(&mut tree)
        {
            match (last, parent) {
                (Segment::Key(key) | Segment::Entry(key), Tree::Map(map)) => match value {
                    Some(value) => drop(map.insert(key.clone(), value)),
                    None => drop(map.shift_remove(key)),
                },
                (Segment::Index(index), Tree::List(list)) if *index < list.len() => match value {
                    Some(value) => list[*index] = value,
                    None => drop(list.remove(*index)),
                },
                _ => {}
            }
        }
        tree
    }

    fn lookup_mut<'a>(&self, tree: &'a mut Tree) -> Option<&'a mut Tree> {
        self.0.iter().try_fold(tree, |node, segment| match (segment, node) {
            (Segment::Key(key) | Segment::Entry(key), Tree::Map(map)) => map.get_mut(key),
            (Segment::Index(index), Tree::List(list)) => list.get_mut(*index),
            (Segment::Keyed { key, value }, Tree::List(list)) => {
                let named = |element: &&mut Tree| element.get(key).and_then(Tree::scalar_text).as_ref() == Some(value);
                list.iter_mut().find(named)
            }
            _ => None,
        })
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '$' | '@' | '+'))
}

fn quote(text: &str) -> String {
    serde_json::Value::String(text.into()).to_string()
}

fn plain_or_quoted(text: &str) -> String {
    let number = text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || c == '-');
    if is_plain(text) && !number { text.into() } else { quote(text) }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if is_plain(key) => write!(f, "{}{key}", if at == 0 { "" } else { "." })?,
                Segment::Key(key) => write!(f, ".[{}]", quote(key))?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Keyed { key, value } => write!(f, "[{}={}]", plain_or_quoted(key), plain_or_quoted(value))?,
                Segment::Entry(entry) => write!(f, "[{}]", plain_or_quoted(entry))?,
                Segment::Lines(first, last) => write!(f, "[{first}-{last}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for FieldPath {
    type Err = ParseFieldPath;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (segment, tail) = next_segment(rest, segments.is_empty()).ok_or_else(|| ParseFieldPath(text.into()))?;
            segments.push(segment);
            rest = tail;
        }
        Ok(Self(segments))
    }
}

fn next_segment(text: &str, first: bool) -> Option<(Segment, &str)> {
    if let Some(tail) = text.strip_prefix(".[") {
        let (key, tail) = quoted(tail)?;
        return Some((Segment::Key(key), tail.strip_prefix(']')?));
    }
    if let Some(tail) = text.strip_prefix('[') {
        return bracketed(tail);
    }
    let tail = if first { text } else { text.strip_prefix('.')? };
    let end = tail.find(['.', '[']).unwrap_or(tail.len());
    (end > 0 && is_plain(&tail[..end])).then(|| (Segment::Key(tail[..end].into()), &tail[end..]))
}

fn bracketed(text: &str) -> Option<(Segment, &str)> {
    let (head, tail, was_quoted) = word(text)?;
    if let Some(tail) = tail.strip_prefix('=') {
        let (value, tail, _) = word(tail)?;
        return Some((Segment::Keyed { key: head, value }, tail.strip_prefix(']')?));
    }
    let tail = tail.strip_prefix(']')?;
    let lines = head.split_once('-').and_then(|(a, b)| Some(Segment::Lines(a.parse().ok()?, b.parse().ok()?)));
    let number = head.parse().ok().map(Segment::Index).or(lines).filter(|_| !was_quoted);
    Some((number.unwrap_or(Segment::Entry(head)), tail))
}

fn word(text: &str) -> Option<(String, &str, bool)> {
    if text.starts_with('"') {
        return quoted(text).map(|(word, tail)| (word, tail, true));
    }
    let end = text.find(['=', ']'])?;
    Some((text[..end].into(), &text[end..], false))
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let word = stream.next()?.ok()?;
    let end = stream.byte_offset();
    Some((word, &text[end..]))
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_back_from_what_it_prints() {
        let keyed = Segment::Keyed { key: "name".into(), value: "a.b=c]".into() };
        let cases = [
            (FieldPath::keys(["spec", "a.b/c", "memory"]), r#"spec.["a.b/c"].memory"#),
            (FieldPath::keys(["spec", "x"]).join(keyed), r#"spec.x[name="a.b=c]"]"#),
            (FieldPath::keys(["command"]).join(Segment::Index(2)), "command[2]"),
            (
                FieldPath::keys(["configs"]).key("redis-conf").join(Segment::Entry("save".into())),
                "configs.redis-conf[save]",
            ),
            (FieldPath::keys(["configs"]).join(Segment::Entry("12".into())), r#"configs["12"]"#),
            (FieldPath::lines(3, 7), "lines[3-7]"),
            (FieldPath::keys(["", "0"]), r#".[""].0"#),
            (FieldPath::default(), ""),
        ];
        for (path, text) in cases {
            assert_eq!(path.to_string(), text);
            assert_eq!(text.parse::<FieldPath>().unwrap(), path, "{text}");
        }
    }
}
