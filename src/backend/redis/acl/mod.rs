//! A user of the access control lists as a model: read from the rules that Git declares or from what a server lists, told as a tree.
//!
//! Never: asks a server; holds a password (a server holds hashes of them, and so does this).
//!
//! Invariants: the order of keys, channels, selectors and passwords means nothing; the order of rules about commands does.

mod body;
mod commands;

pub use body::{declared, is_switch, live_body, setuser};
pub use commands::Catalogue;

use std::collections::BTreeSet;

/// What one set of rules allows: the root of a user, or one selector.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permissions {
    /// Patterns of keys, each with what may be done: `~app:*`, `%R~app:*`.
    pub keys: BTreeSet<String>,
    /// Patterns of channels: `&news:*`.
    pub channels: BTreeSet<String>,
    /// Rules about commands in their order, as they are since the last that allows or forbids all.
    pub commands: Vec<String>,
}

/// One user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// Whether it can log in.
    pub enabled: bool,
    /// Whether any password will do.
    pub nopass: bool,
    /// Whether what it restores is not looked through.
    pub skips_sanitizing: bool,
    /// SHA-256 of its passwords, hex. Never shown.
    pub hashes: BTreeSet<String>,
    /// What it may do.
    pub root: Permissions,
    /// What else it may do.
    pub selectors: BTreeSet<Permissions>,
    /// Rules that are not known here, as they stand there.
    pub others: BTreeSet<String>,
}

impl User {
    /// A user that can do nothing, with rules put upon it.
    pub fn of_rules(rules: &str) -> Self {
        let mut user = Self::default();
        for rule in tokens(rules) {
            user.put(&rule);
        }
        user
    }

    /// A line of `ACL LIST`: the name and the user.
    pub fn of_line(line: &str) -> Option<(String, Self)> {
        let (name, rules) = line.strip_prefix("user ")?.split_once(' ')?;
        Some((name.to_owned(), Self::of_rules(rules)))
    }

    fn put(&mut self, rule: &str) {
        if let Some(inside) = rule.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            let mut selector = Permissions::default();
            for rule in tokens(inside) {
                selector.put(&rule);
            }
            self.selectors.insert(selector);
            return;
        }
        match rule.to_lowercase().as_str() {
            "on" => self.enabled = true,
            "off" => self.enabled = false,
            "nopass" => {
                self.nopass = true;
                self.hashes.clear();
            }
            "resetpass" => {
                self.nopass = false;
                self.hashes.clear();
            }
            "skip-sanitize-payload" => self.skips_sanitizing = true,
            "sanitize-payload" => self.skips_sanitizing = false,
            "clearselectors" => self.selectors.clear(),
            "reset" => *self = Self::default(),
            "alldbs" => {}
            _ => self.put_other(rule),
        }
    }

    fn put_other(&mut self, rule: &str) {
        match rule.split_at_checked(1) {
            Some(("#", hash)) => {
                self.nopass = false;
                self.hashes.insert(hash.to_lowercase());
            }
            Some(("!", hash)) => drop(self.hashes.remove(&hash.to_lowercase())),
            _ if self.root.put(rule) => {}
            _ => drop(self.others.insert(rule.to_owned())),
        }
    }
}

impl Permissions {
    /// Whether it is a rule about keys, channels or commands.
    fn put(&mut self, rule: &str) -> bool {
        match rule.to_lowercase().as_str() {
            "allkeys" => self.put_key("~*"),
            "resetkeys" => self.keys.clear(),
            "allchannels" => self.put_channel("&*"),
            "resetchannels" => self.channels.clear(),
            "allcommands" | "+@all" => self.commands = vec!["+@all".into()],
            "nocommands" | "-@all" => self.commands.clear(),
            "" => {}
            lower if lower.starts_with(['+', '-']) => self.put_command(lower),
            _ if rule.starts_with('~') || rule.starts_with('%') => self.put_key(rule),
            _ if rule.starts_with('&') => self.put_channel(rule),
            _ => return false,
        }
        true
    }

    /// The last rule about a command or category is what counts.
    fn put_command(&mut self, rule: &str) {
        self.commands.retain(|other| other != rule);
        self.commands.push(rule.to_owned());
    }

    fn put_channel(&mut self, pattern: &str) {
        if pattern == "&*" {
            self.channels.clear();
        }
        if !self.channels.contains("&*") {
            self.channels.insert(pattern.to_owned());
        }
    }

    fn put_key(&mut self, rule: &str) {
        let (rights, pattern) =
            rule.strip_prefix('%').and_then(|rest| rest.split_once('~')).unwrap_or(("RW", &rule[1..]));
        let rights = rights.to_uppercase();
        if self.keys.contains("~*") {
            return;
        }
        let (read, write, both) = (format!("%R~{pattern}"), format!("%W~{pattern}"), format!("~{pattern}"));
        let held = |one: &String| self.keys.contains(one) || self.keys.contains(&both);
        let reads = rights.contains('R') || held(&read);
        let writes = rights.contains('W') || held(&write);
        self.keys.remove(&read);
        self.keys.remove(&write);
        if reads && writes && pattern == "*" {
            self.keys.clear();
        }
        let merged = match (reads, writes) {
            (true, false) => read,
            (false, true) => write,
            _ => both,
        };
        self.keys.insert(merged);
    }

    /// The rules about commands in words.
    pub fn commands_text(&self) -> String {
        if self.commands.is_empty() { "-@all".into() } else { self.commands.join(" ") }
    }

    /// All of it in words, in canonical order.
    pub fn text(&self) -> String {
        let mut words: Vec<&str> = self.keys.iter().chain(&self.channels).map(String::as_str).collect();
        let commands = self.commands_text();
        words.push(&commands);
        words.join(" ")
    }
}

/// Rules, each by itself; what stands in parentheses is one.
pub fn tokens(rules: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut inside = false;
    for word in rules.split_whitespace() {
        match tokens.last_mut().filter(|_| inside) {
            Some(open) => {
                open.push(' ');
                open.push_str(word);
            }
            None => tokens.push(word.to_owned()),
        }
        inside = (inside || word.starts_with('(')) && !word.ends_with(')');
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_rules_are_one_user() {
        let pairs = [
            ("on ~a ~b +get", "on +GET ~b ~a ~a"),
            ("%R~x %W~x", "~x"),
            ("%RW~x", "~x"),
            ("~a ~*", "allkeys ~b"),
            ("&a &*", "allchannels"),
            ("~x resetkeys ~y", "~y"),
            ("+get -@all +set", "nocommands +set"),
            ("+get +@all -set", "allcommands -set"),
            ("nopass", "#00 nopass"),
            ("(~a +get) (~b +set)", "(+set ~b) ( ~a +get )"),
            ("sanitize-payload +get", "+get resetchannels alldbs"),
            ("reset on +get", "on +get"),
            ("+get +set +get", "+set +get"),
        ];
        for (one, other) in pairs {
            assert_eq!(User::of_rules(one), User::of_rules(other), "{one} | {other}");
        }
    }

    #[test]
    fn other_rules_are_other_users() {
        let pairs = [
            ("~a", "%R~a"),
            ("~A", "~a"),
            ("on", "off"),
            ("+get", "+get|x"),
            ("+a -b", "-b +a"),
            ("nopass", ""),
            ("(~a +get)", "~a +get"),
            ("db=1", ""),
            ("&a", "&b"),
            ("#00", "#01"),
            ("skip-sanitize-payload", ""),
        ];
        for (one, other) in pairs {
            assert_ne!(User::of_rules(one), User::of_rules(other), "{one} | {other}");
        }
    }

    #[test]
    fn a_line_of_the_list_is_read() {
        let line = "user app on #AB ~app:* resetchannels -@all +@read (~b resetchannels -@all +get)";
        let (name, user) = User::of_line(line).unwrap();
        assert_eq!((name.as_str(), user), ("app", User::of_rules("on #ab ~app:* +@read (~b +get)")));
        assert_eq!(User::of_line("something else"), None);
        assert_eq!(User::of_line("user x"), None);
    }
}
