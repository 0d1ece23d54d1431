//! Whether the passwords that a server holds hashes of are those that Git declares, or those that were applied.
//!
//! Never: lets a password or a hash of one out. What stands in a body is the declared reference itself, or a mark that is none.
//!
//! Invariants: a server's password that is neither declared nor applied is told as another one; where nobody can know, a gap.

use super::acl::User;
use crate::backend::{BackendError, Supply};
use crate::model::{Digest, Part, SecretValue, Tree, Value};
use crate::plan::Applied;

/// The output under which the keyed digest of a user's hashes is remembered.
pub const MARK: &str = "passwords";
/// The field that says how many passwords there are beside the declared one.
const MORE: &str = "more_passwords";

/// What is known of the passwords of a live user.
pub enum Known {
    /// Nothing, and why.
    Gap(String),
    /// This.
    Seen {
        /// Fields of its body.
        fields: Vec<(&'static str, Tree)>,
        /// The keyed digest of its hashes.
        mark: Option<String>,
        /// What its fingerprint says of them.
        label: &'static str,
    },
}

/// Judges one user.
pub struct Judge<'a> {
    /// Where values come from.
    pub supply: &'a dyn Supply,
    /// What must be.
    pub desired: Option<&'a Tree>,
    /// What was applied.
    pub applied: Option<&'a Applied>,
}

/// The hash that a server keeps of a body's password; none: it declares none.
///
/// # Errors
/// When the password cannot be had.
pub fn hash(body: &Tree, supply: &dyn Supply) -> Option<Result<String, BackendError>> {
    let Some(Tree::Text(value)) = body.get("password") else { return None };
    let hashed = supply.fill(value).map(|password| {
        let once = sha256(&password);
        // A password that its servers make of others is the digest of these.
        if body.get("password_is").is_some() { sha256(&SecretValue::new(once.into_bytes())) } else { once }
    });
    Some(hashed)
}

fn sha256(password: &SecretValue) -> String {
    Digest::of(password.expose()).as_str().trim_start_matches("sha256:").to_owned()
}

/// The keyed digest of some hashes; none: there is no key, or nothing to be digested.
pub fn mark<'h>(hashes: impl IntoIterator<Item = &'h String>, supply: &dyn Supply) -> Option<String> {
    let joined = hashes.into_iter().fold(String::new(), |joined, hash| format!("{joined}{hash}\n"));
    if joined.is_empty() { None } else { supply.keyed(format!("passwords of a user\n{joined}").as_bytes()) }
}

impl Judge<'_> {
    /// Judges.
    pub fn judge(&self, user: &User) -> Known {
        let mark = mark(&user.hashes, self.supply);
        let declared = self.desired.or(self.applied.map(|applied| &applied.body));
        let password = declared.and_then(|body| body.get("password"));
        let (Some(declared), Some(password)) = (declared, password) else {
            let fields = more(user.hashes.len());
            return Known::Seen { fields, mark, label: "none declared" };
        };
        if user.hashes.is_empty() {
            return Known::Seen { fields: Vec::new(), mark, label: "none" };
        }
        let known = |password: &Tree, others: usize| {
            let mut fields = vec![("password", password.clone())];
            fields.extend(declared.get("password_is").map(|how| ("password_is", how.clone())));
            fields.extend(more(others));
            Known::Seen { fields, mark: mark.clone(), label: if others == 0 { "known" } else { "known and others" } }
        };
        let expected = hash(declared, self.supply).unwrap_or_else(|| Ok(String::new()));
        if expected.as_ref().is_ok_and(|hash| user.hashes.contains(hash)) {
            return known(password, user.hashes.len() - 1);
        }
        let remembered = self.applied.and_then(|applied| applied.outputs.get(MARK));
        if mark.is_some() && remembered == mark.as_ref() {
            let applied = self.applied.and_then(|applied| applied.body.get("password"));
            return known(applied.unwrap_or(password), 0);
        }
        match expected {
            Err(error) if mark.is_none() || remembered.is_none() => self.unjudged(&error, password, &known),
            _ => {
                let mut fields = vec![("password", another(password))];
                fields.extend(declared.get("password_is").map(|how| ("password_is", how.clone())));
                fields.extend(more(user.hashes.len() - 1));
                Known::Seen { fields, mark, label: "another" }
            }
        }
    }

    /// What cannot be judged stands as it was applied, where that is recorded.
    fn unjudged(&self, error: &BackendError, password: &Tree, known: &dyn Fn(&Tree, usize) -> Known) -> Known {
        if self.applied.is_some_and(|applied| applied.secrets.contains_key("password")) {
            return known(password, 0);
        }
        Known::Gap(format!("{error}, and what was applied is not recorded"))
    }
}

fn more(number: usize) -> Vec<(&'static str, Tree)> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    if number == 0 { Vec::new() } else { vec![(MORE, Tree::Int(number))] }
}

/// What stands for a password that is none of ours: like the declared one a reference, or like it a text.
fn another(declared: &Tree) -> Tree {
    if declared.as_str().is_some() {
        return Tree::text("(another)");
    }
    Tree::Text(Value::from_parts([Part::Secret("another password".into())]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::ErrorClass;
    use std::collections::{BTreeMap, BTreeSet};

    /// A source that has one value, or none, and a key, or none.
    struct Source(Option<&'static str>, bool);

    impl Supply for Source {
        fn fill(&self, _value: &Value) -> Result<SecretValue, BackendError> {
            let missing = || BackendError::new(ErrorClass::Denied, "the source does not answer");
            self.0.map(|text| SecretValue::new(text.into())).ok_or_else(missing)
        }

        fn keyed(&self, bytes: &[u8]) -> Option<String> {
            self.1.then(|| Digest::of_pieces([b"key".as_slice(), bytes]).to_string())
        }
    }

    fn live(passwords: &[&str]) -> User {
        let hashes = passwords.iter().map(|password| sha256(&SecretValue::new((*password).into()))).collect();
        User { enabled: true, hashes, ..User::default() }
    }

    fn body() -> Tree {
        Tree::from([("password", Tree::Text(Value::from_parts([Part::Secret("app".into())])))])
    }

    fn applied(password: Option<&str>, secrets: bool) -> Applied {
        let hashes: BTreeSet<String> = password.map(|one| live(&[one]).hashes).unwrap_or_default();
        let outputs = mark(&hashes, &Source(None, true)).map(|mark| (MARK.to_owned(), mark)).into_iter().collect();
        Applied {
            component: None,
            instance: None,
            body: body(),
            text: None,
            executable: false,
            revision: None,
            fingerprint: None,
            protect: false,
            outputs,
            after: vec![],
            secrets: if secrets { BTreeMap::from([("password".to_owned(), "x".to_owned())]) } else { BTreeMap::new() },
        }
    }

    fn judged(source: &Source, passwords: &[&str], applied: Option<&Applied>) -> String {
        let body = body();
        let judge = Judge { supply: source, desired: Some(&body), applied };
        match judge.judge(&live(passwords)) {
            Known::Gap(reason) => format!("gap: {reason}"),
            Known::Seen { fields, label, .. } => {
                let is_declared =
                    fields.iter().any(|(key, value)| *key == "password" && Some(value) == body.get("password"));
                let others = fields.iter().find(|(key, _)| *key == MORE).and_then(|(_, value)| value.scalar_text());
                format!("{label} declared:{is_declared} more:{}", others.unwrap_or_default())
            }
        }
    }

    #[test]
    fn passwords_are_what_git_declares_or_what_was_applied_or_others() {
        let good = Source(Some("new"), true);
        let was = applied(Some("old"), true);
        assert_eq!(judged(&good, &["new"], None), "known declared:true more:");
        assert_eq!(judged(&good, &["new", "mine"], None), "known and others declared:true more:1");
        assert_eq!(judged(&good, &["mine"], None), "another declared:false more:");
        assert_eq!(
            judged(&good, &["old"], Some(&was)),
            "known declared:true more:",
            "rotated at its source: as applied"
        );
        assert_eq!(
            judged(&good, &["mine"], Some(&was)),
            "another declared:false more:",
            "rotated, and changed by hand"
        );
        assert_eq!(judged(&good, &[], Some(&was)), "none declared:false more:");
        let down = Source(None, true);
        assert_eq!(
            judged(&down, &["old"], Some(&was)),
            "known declared:true more:",
            "the source is away: by what was applied"
        );
        assert_eq!(judged(&down, &["mine"], Some(&was)), "another declared:false more:");
        let gap = "gap: the source does not answer, and what was applied is not recorded";
        assert_eq!(judged(&down, &["old"], None), gap);
        assert_eq!(judged(&Source(None, false), &["old"], Some(&applied(None, false))), gap);
        assert_eq!(judged(&Source(None, false), &["old"], Some(&applied(None, true))), "known declared:true more:");
    }

    #[test]
    fn a_password_made_of_others_is_hashed_twice() {
        let mut derived = body();
        let once = hash(&derived, &Source(Some("a"), false)).unwrap().unwrap();
        assert_eq!(once, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
        derived.insert("password_is", "digest");
        let twice = hash(&derived, &Source(Some("a"), false)).unwrap().unwrap();
        assert_eq!(twice, sha256(&SecretValue::new(once.into_bytes())));
    }
}
