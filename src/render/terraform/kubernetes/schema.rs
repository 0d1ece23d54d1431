//! The shape of a resource of the provider, and the way from a Kubernetes object to it.

use crate::model::Tree;
use indexmap::IndexMap;

/// What an argument holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text; numbers are written as text.
    Text,
    /// A number.
    Number,
    /// `true`, `false`.
    Bool,
    /// A list of scalars.
    List,
    /// A map of texts.
    Texts,
}

/// How often a block may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// Once.
    Single,
    /// Any number of times.
    Many,
}

/// What a block may hold.
#[derive(Debug)]
pub struct Block {
    /// Its arguments.
    pub attributes: &'static [(&'static str, Kind)],
    /// The blocks in it.
    pub blocks: &'static [(&'static str, Nesting, &'static Block)],
}

/// A key of an object in the provider's terms.
#[derive(Debug, Clone, Copy)]
pub enum Known {
    /// An argument.
    Attribute(&'static str, Kind),
    /// A block.
    Block(&'static str, Nesting, &'static Block),
}

impl Block {
    /// The argument or block of that name.
    pub fn named(&self, name: &str) -> Option<Known> {
        let attribute = self.attributes.iter().find(|(known, _)| *known == name);
        let attribute = attribute.map(|(known, kind)| Known::Attribute(known, *kind));
        let block = || self.blocks.iter().find(|(known, _, _)| *known == name);
        attribute.or_else(|| block().map(|(known, nesting, block)| Known::Block(known, *nesting, block)))
    }

    /// What a key of an object is called here: in snake case, and a list of blocks by the name of one.
    fn of_key(&self, key: &str) -> Option<Known> {
        let snake = snake_case(key);
        self.named(&snake).or_else(|| self.named(snake.strip_suffix('s')?))
    }

    /// An object's tree in the provider's terms. Keys that it does not know are pushed into `unknown` with their path.
    pub fn convert(&self, tree: &Tree, path: &str, unknown: &mut Vec<String>) -> Tree {
        let mut converted = IndexMap::new();
        for (key, value) in tree.as_map().into_iter().flatten() {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match self.of_key(key) {
                // The provider writes them itself.
                _ if matches!(key.as_str(), "apiVersion" | "kind") && value.as_str().is_some() => {}
                Some(Known::Attribute(name, _)) => {
                    converted.insert(name.to_owned(), scalar(name, value));
                }
                Some(Known::Block(name, Nesting::Single, block)) => {
                    converted.insert(name.to_owned(), block.convert(value, &path, unknown));
                }
                Some(Known::Block(name, Nesting::Many, block)) => {
                    let single = std::slice::from_ref(value);
                    let elements = value.as_list().unwrap_or(single).iter();
                    let elements = elements.map(|element| block.convert(element, &path, unknown)).collect();
                    converted.insert(name.to_owned(), Tree::List(elements));
                }
                None => unknown.push(path),
            }
        }
        Tree::Map(converted)
    }
}

/// Permission bits are octal text there.
fn scalar(name: &str, value: &Tree) -> Tree {
    match value {
        Tree::Int(mode) if matches!(name, "mode" | "default_mode") => Tree::text(format!("{mode:04o}")),
        other => other.clone(),
    }
}

/// `clusterIP` is `cluster_ip`, `externalIPs` is `external_ips`.
fn snake_case(key: &str) -> String {
    let characters: Vec<char> = key.replace("IPs", "Ips").chars().collect();
    let mut snake = String::new();
    for (at, character) in characters.iter().enumerate() {
        let starts = character.is_ascii_uppercase() && at > 0 && !characters[at - 1].is_ascii_uppercase();
        if starts {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn keys_are_called_as_the_provider_calls_them() {
        let cases = [
            ("clusterIP", "cluster_ip"),
            ("externalIPs", "external_ips"),
            ("hostPID", "host_pid"),
            ("seLinuxOptions", "se_linux_options"),
            ("preferredDuringSchedulingIgnoredDuringExecution", "preferred_during_scheduling_ignored_during_execution"),
            ("env", "env"),
        ];
        for (key, expected) in cases {
            assert_eq!(snake_case(key), expected);
        }
    }
}
