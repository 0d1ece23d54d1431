//! The environment of a pull request: whose preview it is, and what that makes of names that must be its own.

use super::tree::Tree;
use serde::{Deserialize, Serialize};

/// Settings of a target instance whose value names a place that no two environments may share.
const NAMES: [&str; 2] = ["project", "namespace"];
/// Settings of a target instance that are paths of such a place.
const PATHS: [&str; 1] = ["path"];
/// The setting that says where a tool keeps its own state: one entry, the kind of place with its settings.
const STATE: &str = "backend";
/// What names the state within its place, for the kinds of place that there are.
const STATE_NAMES: [&str; 5] = ["key", "prefix", "path", "secret_suffix", "schema_name"];

/// Which preview an environment is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The environment that it is made from.
    pub base: String,
    /// The number of the pull request, from 1.
    pub number: u32,
    /// Its branch as a name: lower-case letters, digits and `-`. None: nobody said.
    pub branch: Option<String>,
    /// The commit that it is compiled from. None: it is not known.
    pub sha: Option<String>,
}

/// What an environment file says of its previews, for one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewSettings {
    /// Which one it is.
    pub preview: Preview,
    /// Where it is reached, as the file says.
    pub url: Option<String>,
    /// Seconds after the last activity until it expires.
    pub ttl_seconds: u32,
    /// How many there may be at once.
    pub max: u32,
}

impl Preview {
    /// Its name as an environment.
    pub fn name(&self) -> String {
        format!("{}{}", self.base, self.suffix())
    }

    fn suffix(&self) -> String {
        format!("-pr-{}", self.number)
    }

    /// The base and the number that a name says, where it is a preview's.
    pub fn parse_name(name: &str) -> Option<(&str, u32)> {
        let (base, number) = name.rsplit_once("-pr-")?;
        let parsed: u32 = number.parse().ok()?;
        (!base.is_empty() && parsed > 0 && parsed.to_string() == number).then_some((base, parsed))
    }

    /// A name that is this preview's own.
    pub fn own_name(&self, name: &str) -> String {
        let suffix = self.suffix();
        if name.ends_with(&suffix) { name.to_owned() } else { format!("{name}{suffix}") }
    }

    /// A path that is this preview's own: its last part is, but for its extension.
    pub fn own_path(&self, path: &str) -> String {
        let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
        let slash = if folder.len() < path.len() - name.len() { "/" } else { "" };
        match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => {
                format!("{folder}{slash}{}.{extension}", self.own_name(stem))
            }
            _ => format!("{folder}{slash}{}", self.own_name(name)),
        }
    }

    /// Makes the settings of a target instance its own.
    pub fn own_settings(&self, settings: &mut Tree) {
        change(settings, &NAMES, |name| self.own_name(name));
        change(settings, &PATHS, |path| self.own_path(path));
        let places = settings.as_map_mut().and_then(|map| map.get_mut(STATE)).and_then(Tree::as_map_mut);
        for place in places.into_iter().flat_map(|places| places.values_mut()) {
            change(place, &STATE_NAMES, |name| self.own_path(name));
        }
    }
}

fn change(settings: &mut Tree, keys: &[&str], own: impl Fn(&str) -> String) {
    for key in keys {
        if let Some(owned) = settings.get(key).and_then(Tree::as_str).map(&own) {
            settings.insert(*key, owned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn preview(number: u32) -> Preview {
        Preview { base: "staging".into(), number, branch: None, sha: None }
    }

    #[test]
    fn a_name_reads_back() {
        assert_eq!(Preview::parse_name(&preview(42).name()), Some(("staging", 42)));
        assert_eq!(Preview::parse_name("a-pr-1-pr-2"), Some(("a-pr-1", 2)));
        for no in ["staging", "staging-pr-", "staging-pr-0", "staging-pr-07", "staging-pr-+7", "-pr-7", "a-pr-7x"] {
            assert_eq!(Preview::parse_name(no), None, "{no}");
        }
        assert_eq!(Preview::parse_name("a-pr-4294967296"), None);
    }

    #[test]
    fn names_and_paths_become_its_own_once() {
        let cases = [
            ("staging.tfstate", "staging-pr-7.tfstate"),
            ("a/b.c/state", "a/b.c/state-pr-7"),
            ("a/.hidden", "a/.hidden-pr-7"),
            ("/x", "/x-pr-7"),
            ("x-pr-7.json", "x-pr-7.json"),
            ("x-pr-77", "x-pr-77-pr-7"),
            ("", "-pr-7"),
        ];
        for (path, own) in cases {
            assert_eq!(preview(7).own_path(path), own, "{path}");
        }
    }

    #[test]
    fn settings_that_name_a_place_become_its_own_and_no_others() {
        let mut settings = Tree::from_json(&json!({
            "project": "shop", "namespace": "shop-pr-7", "path": "live/x", "host": "unix:///x", "context": "edge",
            "backend": {"s3": {"bucket": "shop-tf", "key": "staging.tfstate"}},
        }));
        preview(7).own_settings(&mut settings);
        let expected = json!({
            "project": "shop-pr-7", "namespace": "shop-pr-7", "path": "live/x-pr-7", "host": "unix:///x", "context": "edge",
            "backend": {"s3": {"bucket": "shop-tf", "key": "staging-pr-7.tfstate"}},
        });
        assert_eq!(settings.to_public_json(), expected);
    }
}
