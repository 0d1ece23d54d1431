//! Which commands rules allow, once it is known which there are: the same rules are written in other words by other versions.

use std::collections::{BTreeMap, BTreeSet};

/// The commands of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// The commands of each category; a subcommand as `config|get`.
    categories: BTreeMap<String, BTreeSet<String>>,
    /// All that can be allowed by itself: a command without subcommands, or a subcommand.
    leaves: BTreeSet<String>,
}

impl Catalogue {
    /// From `COMMAND LIST` and `ACL CAT category` for each category.
    pub fn new(commands: impl IntoIterator<Item = String>, categories: BTreeMap<String, BTreeSet<String>>) -> Self {
        let commands: BTreeSet<String> = commands.into_iter().map(|name| name.to_lowercase()).collect();
        let named: BTreeSet<String> = commands.into_iter().chain(categories.values().flatten().cloned()).collect();
        let containers: BTreeSet<&str> = named.iter().filter_map(|name| Some(name.split_once('|')?.0)).collect();
        let leaves = named.iter().filter(|name| !containers.contains(name.as_str())).cloned().collect();
        Self { categories, leaves }
    }

    /// What a name in a rule stands for.
    fn members(&self, name: &str) -> BTreeSet<String> {
        let below = format!("{name}|");
        let is_meant = |leaf: &&String| leaf.as_str() == name || leaf.starts_with(&below);
        self.leaves.iter().filter(is_meant).cloned().collect()
    }

    fn of_category(&self, name: &str) -> BTreeSet<String> {
        self.categories.get(name).into_iter().flatten().filter(|one| self.leaves.contains(*one)).cloned().collect()
    }
}

/// Whether what is not there yet is allowed too, and what is.
pub fn allowed(rules: &[String], catalogue: &Catalogue) -> (bool, BTreeSet<String>) {
    let (mut future, mut allowed) = (false, BTreeSet::new());
    for rule in rules {
        let (sign, name) = rule.split_at_checked(1).unwrap_or(("", ""));
        let members = match name.strip_prefix('@') {
            Some("all") => {
                future = sign == "+";
                catalogue.leaves.clone()
            }
            Some(category) => catalogue.of_category(category),
            None => catalogue.members(name),
        };
        match sign {
            // A first argument that is no subcommand (`+select|0`), and what this server does not have, stand for themselves.
            "+" if members.is_empty() => drop(allowed.insert(name.to_owned())),
            "+" => allowed.extend(members),
            _ => allowed.retain(|one| !members.contains(one) && one != name),
        }
    }
    (future, allowed)
}

/// Whether two texts of rules allow the same.
pub fn same(one: &str, other: &str, catalogue: &Catalogue) -> bool {
    let rules = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    one == other || allowed(&rules(one), catalogue) == allowed(&rules(other), catalogue)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
        let categories =
            [("read", "get mget"), ("write", "set"), ("admin", "config|get config|set config"), ("fast", "get set")];
        let categories = categories.map(|(name, text)| (name.to_owned(), names(text)));
        Catalogue::new(names("GET mget set config select"), categories.into_iter().collect())
    }

    #[test]
    fn rules_are_what_they_allow() {
        let all = catalogue();
        for (one, other, equal) in [
            ("+@read", "+get +mget", true),
            ("+@all -@admin", "+@all -config|get -config|set", true),
            ("+@all -@admin", "+get +mget +set +select", false),
            ("+config", "+config|get +config|set", true),
            ("+config -config|set", "+config|get", true),
            ("+@read -get", "+mget", true),
            ("-get +@read", "+@read -get", false),
            ("+select|0", "+select", false),
            ("+select|0", "+select|0", true),
            ("+made-up", "-@all", false),
            ("-@all", "+get -get", true),
        ] {
            assert_eq!(same(one, other, &all), equal, "{one} | {other}");
        }
    }
}
