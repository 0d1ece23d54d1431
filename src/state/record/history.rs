//! What is remembered beside what was applied: since when drift is seen, what an environment is pinned to.

use crate::model::Address;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Since when each drift is seen (RFC 3339, UTC), by address and field path; the empty path is the resource itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftHistory {
    /// The open ones.
    pub open: BTreeMap<Address, BTreeMap<String, String>>,
}

impl DriftHistory {
    /// What is remembered after a look: `seen` is open, since `now` where it was not open before; what is not seen any more is closed,
    /// unless its address is one that could not be judged this time (unknown, or a consequence).
    #[must_use]
    pub fn after(&self, seen: &BTreeMap<Address, Vec<String>>, unjudged: &dyn Fn(&Address) -> bool, now: &str) -> Self {
        let mut open: BTreeMap<_, _> =
            self.open.iter().filter(|(address, _)| unjudged(address)).map(|(a, b)| (a.clone(), b.clone())).collect();
        for (address, paths) in seen {
            let since = |path: &String| self.open.get(address).and_then(|known| known.get(path)).cloned();
            let entries = paths.iter().map(|path| (path.clone(), since(path).unwrap_or_else(|| now.into())));
            open.entry(address.clone()).or_default().extend(entries);
        }
        Self { open }
    }

    /// Since when a drift is seen.
    pub fn since(&self, address: &Address, path: &str) -> Option<&str> {
        self.open.get(address)?.get(path).map(String::as_str)
    }
}

/// What an environment is held at after a rollback, until a newer commit comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The apply whose resources are in place.
    pub generation: u64,
    /// The commit that does not count as newer; none outside a repository.
    pub at_commit: Option<String>,
    /// The digest of what was compiled then: another one is newer too (outside a repository, and with changes that are not committed).
    pub at_digest: crate::model::Digest,
    /// Who pinned it.
    pub who: String,
    /// Why, in words.
    pub why: String,
    /// When: RFC 3339, UTC.
    pub when: String,
}

impl Pin {
    /// Whether it still holds: nothing newer than what Git said then is there.
    pub fn holds(&self, revision: &crate::model::Revision) -> bool {
        (&self.at_commit, &self.at_digest) == (&revision.commit, &revision.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drift_keeps_its_first_day_and_stays_open_while_nobody_can_judge_it() {
        let address = |path: &str| Address::new("memory", None, [path]);
        let seen = |pairs: &[(&str, &str)]| {
            let mut seen: BTreeMap<Address, Vec<String>> = BTreeMap::new();
            for (path, field) in pairs {
                seen.entry(address(path)).or_default().push((*field).into());
            }
            seen
        };
        let none = |_: &Address| false;
        let first = DriftHistory::default().after(&seen(&[("a", "x"), ("a", ""), ("b", "y")]), &none, "1");
        let unknown = |one: &Address| *one == address("b");
        let second = first.after(&seen(&[("a", "x"), ("c", "z")]), &unknown, "2");
        let since = |path: &str, field: &str| second.since(&address(path), field).map(str::to_owned);
        assert_eq!(since("a", "x").as_deref(), Some("1"));
        assert_eq!(since("b", "y").as_deref(), Some("1"));
        assert_eq!(since("c", "z").as_deref(), Some("2"));
        assert_eq!(since("a", ""), None);
        assert_eq!(second.after(&BTreeMap::new(), &none, "3"), DriftHistory::default());
    }
}
