//! A user as the body of a resource: what Git declares, and what a server lists told in the words of that.

use super::commands::{Catalogue, same};
use super::{Permissions, User};
use crate::model::Tree;
use std::collections::BTreeSet;

/// The canonical form of what Git declares of a user: `{rules, password, password_is}`, or `{enabled}` alone.
pub fn declared(body: &Tree) -> Tree {
    let Some(map) = body.as_map() else { return body.clone() };
    let Some(rules) = map.get("rules").and_then(Tree::as_str) else { return body.clone() };
    let mut user = User { enabled: true, ..User::default() };
    super::tokens(rules).iter().for_each(|rule| user.put(rule));
    let mut tree = tree_of(&user);
    for (key, value) in map.iter().filter(|(key, _)| *key != "rules") {
        tree.insert(key.clone(), value.clone());
    }
    tree
}

/// Whether a body says only whether the user can log in.
pub fn is_switch(body: &Tree) -> bool {
    body.as_map().is_some_and(|map| map.keys().all(|key| key == "enabled"))
}

fn list(texts: impl IntoIterator<Item = String>) -> Tree {
    Tree::List(texts.into_iter().map(Tree::text).collect())
}

fn tree_of(user: &User) -> Tree {
    let mut tree = Tree::from([("enabled", Tree::Bool(user.enabled))]);
    if user.nopass {
        tree.insert("nopass", true);
    }
    tree.insert("keys", list(user.root.keys.iter().cloned()));
    tree.insert("channels", list(user.root.channels.iter().cloned()));
    tree.insert("commands", Tree::text(user.root.commands_text()));
    if !user.selectors.is_empty() {
        tree.insert("selectors", list(user.selectors.iter().map(Permissions::text)));
    }
    if user.skips_sanitizing {
        tree.insert("skip_sanitize_payload", true);
    }
    if !user.others.is_empty() {
        tree.insert("others", list(user.others.iter().cloned()));
    }
    tree
}

/// A live user in the words of what is declared and was applied, where it is the same in other words. Passwords are left out.
pub fn live_body(user: &User, known: &[&Tree], catalogue: Option<&Catalogue>) -> Tree {
    if known.first().is_some_and(|body| is_switch(body)) {
        return Tree::from([("enabled", Tree::Bool(user.enabled))]);
    }
    let mut tree = tree_of(user);
    let Some(catalogue) = catalogue else { return tree };
    let text = user.root.commands_text();
    let worded = known.iter().filter_map(|body| body.get("commands")?.as_str());
    if let Some(words) = worded.clone().find(|words| same(words, &text, catalogue)) {
        tree.insert("commands", Tree::text(words));
    }
    if !user.selectors.is_empty() {
        tree.insert("selectors", list(user.selectors.iter().map(|one| worded_selector(one, known, catalogue))));
    }
    tree
}

/// A selector in the words of one that is known, where it allows the same.
fn worded_selector(selector: &Permissions, known: &[&Tree], catalogue: &Catalogue) -> String {
    let texts = known.iter().filter_map(|body| body.get("selectors")?.as_list()).flatten().filter_map(Tree::as_str);
    let is_same = |text: &&str| {
        let mut other = Permissions::default();
        for rule in text.split_whitespace() {
            other.put(rule);
        }
        (&other.keys, &other.channels) == (&selector.keys, &selector.channels)
            && same(&other.commands_text(), &selector.commands_text(), catalogue)
    };
    texts.clone().find(is_same).map_or_else(|| selector.text(), str::to_owned)
}

/// The rules of ACL SETUSER that make a user what a canonical body says, all of it at once.
pub fn setuser(body: &Tree, hashes: &BTreeSet<String>) -> Vec<String> {
    let flag = |key: &str| body.get(key) == Some(&Tree::Bool(true));
    let switch = if flag("enabled") { "on" } else { "off" };
    if is_switch(body) {
        return vec![switch.into()];
    }
    let texts = |key: &str| body.get(key).and_then(Tree::as_list).unwrap_or_default().iter().filter_map(Tree::as_str);
    // Channels are told whatever the server's default for new users is.
    let mut rules: Vec<String> = vec!["reset".into(), switch.into(), "resetchannels".into()];
    rules.extend(flag("nopass").then(|| "nopass".into()));
    rules.extend(hashes.iter().map(|hash| format!("#{hash}")));
    rules.extend(flag("skip_sanitize_payload").then(|| "skip-sanitize-payload".into()));
    rules.extend(texts("keys").chain(texts("channels")).map(str::to_owned));
    let commands = body.get("commands").and_then(Tree::as_str).unwrap_or_default();
    rules.extend(commands.split_whitespace().map(str::to_owned));
    rules.extend(texts("others").map(str::to_owned));
    rules.extend(texts("selectors").map(|selector| format!("({selector})")));
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Part, Value};
    use serde_json::json;
    use std::collections::BTreeMap;

    #[test]
    fn what_is_declared_reads_back_from_what_is_set() {
        let password = Tree::Text(Value::from_parts([Part::Secret("p".into())]));
        let rules = "~b ~a &n +@READ -get (+set ~c)";
        let body = declared(&Tree::from([("rules", Tree::text(rules)), ("password", password.clone())]));
        let mut expected = Tree::from_json(&json!({
            "enabled": true, "keys": ["~a", "~b"], "channels": ["&n"], "commands": "+@read -get", "selectors": ["~c +set"],
        }));
        expected.insert("password", password);
        assert_eq!(body, expected);
        let set = setuser(&body, &BTreeSet::from(["00".to_owned()]));
        let expected = ["reset", "on", "resetchannels", "#00", "~a", "~b", "&n", "+@read", "-get", "(~c +set)"];
        assert_eq!(set, expected);
        let user = User::of_rules(&set.join(" "));
        assert_eq!(user.hashes, BTreeSet::from(["00".to_owned()]));
        assert_eq!(
            declared(&Tree::from([("enabled", Tree::Bool(false))])),
            Tree::from_json(&json!({"enabled": false}))
        );
    }

    #[test]
    fn a_live_user_speaks_in_the_words_of_git_where_it_may_do_the_same() {
        let read = BTreeMap::from([("read".to_owned(), BTreeSet::from(["get".to_owned(), "mget".to_owned()]))]);
        let catalogue = Catalogue::new(["get", "mget", "set"].map(str::to_owned), read);
        let wanted = declared(&Tree::from_json(&json!({"rules": "~a +@read (~b +get +mget)"})));
        let live = |rules: &str| live_body(&User::of_rules(rules), &[&wanted], Some(&catalogue));
        assert_eq!(live("on ~a -@all +get +mget (~b -@all +@read)"), wanted);
        let other = live("on ~a -@all +get");
        assert_eq!(other.get("commands"), Some(&Tree::text("+get")));
        let switch = Tree::from_json(&json!({"enabled": false}));
        assert_eq!(live_body(&User::of_rules("off ~* +@all"), &[&switch], None), switch);
        assert_eq!(
            live_body(&User::of_rules("on ~* +@all"), &[&switch], None),
            Tree::from_json(&json!({"enabled": true}))
        );
    }
}
