//! A tree of values: the body of a resource, a parsed artifact.

use super::value::{Part, Value};
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

/// A number that is no integer. Equal where its bits are; never a NaN in what a user wrote.
#[derive(Debug, Clone, Copy)]
pub struct Float(pub f64);

impl PartialEq for Float {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Float {}

/// A tree of [`Value`]s. Maps keep their order, and are equal whatever their order.
///
/// Serialised as plain JSON; text with parts that are not literal as `{"$value": [parts]}`, and a map that has a single key which starts
/// with `$` as `{"$map": {...}}`, so that no text of a user can be mistaken for either.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tree {
    /// Nothing.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(Float),
    /// Text.
    Text(Value),
    /// A list.
    List(Vec<Tree>),
    /// A map.
    Map(IndexMap<String, Tree>),
}

impl Tree {
    /// Literal text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Value::literal(text))
    }

    /// An empty map.
    pub fn map() -> Self {
        Self::Map(IndexMap::new())
    }

    /// The entry of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// The map, if it is one.
    pub const fn as_map(&self) -> Option<&IndexMap<String, Self>> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The map, if it is one.
    pub const fn as_map_mut(&mut self) -> Option<&mut IndexMap<String, Self>> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// The text, if it is literal text.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(value) = self { value.as_literal() } else { None }
    }

    /// A scalar as text, if it is known: `8080`, `true`, `redis`.
    pub fn scalar_text(&self) -> Option<String> {
        match self {
            Self::Bool(flag) => Some(flag.to_string()),
            Self::Int(number) => Some(number.to_string()),
            Self::Float(number) => Some(number.0.to_string()),
            Self::Text(value) => value.as_literal().map(str::to_owned),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Whether it is a map or list without entries.
    pub fn is_empty_collection(&self) -> bool {
        match self {
            Self::List(list) => list.is_empty(),
            Self::Map(map) => map.is_empty(),
            _ => false,
        }
    }

    /// Inserts into a map; does nothing where it is none.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Self>) {
        if let Self::Map(map) = self {
            map.insert(key.into(), value.into());
        }
    }

    /// Whether a sensitive value is anywhere in it.
    pub fn is_sensitive(&self) -> bool {
        match self {
            Self::Text(value) => value.is_sensitive(),
            Self::List(list) => list.iter().any(Self::is_sensitive),
            Self::Map(map) => map.values().any(Self::is_sensitive),
            _ => false,
        }
    }

    /// What reports show: plain JSON, with `(sensitive)` in the place of every sensitive value.
    pub fn to_public_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(flag) => Json::Bool(*flag),
            Self::Int(number) => Json::from(*number),
            Self::Float(number) => Json::from(number.0),
            Self::Text(value) if value.is_sensitive() => Json::String("(sensitive)".into()),
            Self::Text(value) => Json::String(value.display()),
            Self::List(list) => Json::Array(list.iter().map(Self::to_public_json).collect()),
            Self::Map(map) => {
                Json::Object(map.iter().map(|(key, value)| (key.clone(), value.to_public_json())).collect())
            }
        }
    }

    /// A tree from JSON that holds data alone (a tool's answer): nothing in it is read as a reference.
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(flag) => Self::Bool(*flag),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| Self::Float(Float(number.as_f64().unwrap_or_default())), Self::Int)
            }
            Json::String(text) => Self::text(text.clone()),
            Json::Array(list) => Self::List(list.iter().map(Self::from_json).collect()),
            Json::Object(map) => {
                Self::Map(map.iter().map(|(key, value)| (key.clone(), Self::from_json(value))).collect())
            }
        }
    }

    fn to_stored_json(&self) -> Result<Json, serde_json::Error> {
        Ok(match self {
            Self::Text(value) if value.as_literal().is_none() => {
                serde_json::json!({"$value": serde_json::to_value(value.parts())?})
            }
            Self::List(list) => Json::Array(list.iter().map(Self::to_stored_json).collect::<Result<_, _>>()?),
            Self::Map(map) => {
                let entries = map.iter().map(|(key, value)| Ok((key.clone(), value.to_stored_json()?)));
                let entries = Json::Object(entries.collect::<Result<_, serde_json::Error>>()?);
                if map.len() == 1 && map.keys().all(|key| key.starts_with('$')) {
                    serde_json::json!({"$map": entries})
                } else {
                    entries
                }
            }
            other => other.to_public_json(),
        })
    }

    fn from_stored_json(json: &Json) -> Result<Self, serde_json::Error> {
        Ok(match json {
            Json::Array(list) => Self::List(list.iter().map(Self::from_stored_json).collect::<Result<_, _>>()?),
            Json::Object(map) => match map.iter().next() {
                Some((key, parts)) if map.len() == 1 && key == "$value" => {
                    Self::Text(Value::from_parts(Vec::<Part>::deserialize(parts)?))
                }
                Some((key, Json::Object(entries))) if map.len() == 1 && key == "$map" => Self::stored_entries(entries)?,
                Some((key, _)) if map.len() == 1 && key.starts_with('$') => {
                    return Err(<serde_json::Error as serde::de::Error>::custom("a map with a reserved key"));
                }
                _ => Self::stored_entries(map)?,
            },
            other => Self::from_json(other),
        })
    }

    fn stored_entries(map: &serde_json::Map<String, Json>) -> Result<Self, serde_json::Error> {
        let entries = map.iter().map(|(key, value)| Ok((key.clone(), Self::from_stored_json(value)?)));
        entries.collect::<Result<_, _>>().map(Self::Map)
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_stored_json().map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_stored_json(&Json::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

// A value alone is stored as the leaf of a tree is.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Tree::Text(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Tree::deserialize(deserializer)? {
            Tree::Text(value) => Ok(value),
            _ => Err(serde::de::Error::custom("a value is a text")),
        }
    }
}

impl From<Value> for Tree {
    fn from(value: Value) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Tree {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Tree {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<bool> for Tree {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Tree {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Tree {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<u16> for Tree {
    fn from(number: u16) -> Self {
        Self::Int(i64::from(number))
    }
}

impl<T: Into<Self>> From<Vec<T>> for Tree {
    fn from(list: Vec<T>) -> Self {
        Self::List(list.into_iter().map(Into::into).collect())
    }
}

impl<K: Into<String>, const N: usize> From<[(K, Self); N]> for Tree {
    fn from(entries: [(K, Self); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_reads_back_and_users_text_is_never_a_reference() {
        let secret = Tree::Text(Value::from_parts([Part::Literal("a".into()), Part::Secret("b".into())]));
        let cases = [
            (secret.clone(), r#"{"$value":[{"literal":"a"},{"secret":"b"}]}"#),
            (Tree::from([("$value", Tree::List(vec![]))]), r#"{"$map":{"$value":[]}}"#),
            (Tree::from([("$map", Tree::from([("$x", Tree::Null)]))]), r#"{"$map":{"$map":{"$map":{"$x":null}}}}"#),
            (
                Tree::from([("a", secret), ("$b", Tree::Int(1))]),
                r#"{"a":{"$value":[{"literal":"a"},{"secret":"b"}]},"$b":1}"#,
            ),
        ];
        for (tree, stored) in cases {
            assert_eq!(serde_json::to_string(&tree).unwrap(), stored);
            assert_eq!(serde_json::from_str::<Tree>(stored).unwrap(), tree);
        }
        assert!(serde_json::from_str::<Tree>(r#"{"$other":1}"#).is_err());
    }
}
