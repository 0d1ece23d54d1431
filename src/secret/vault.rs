//! The secrets of one environment: each read once, filled in at the last moment, compared by keyed digests, kept out of texts.

use super::{SecretError, SecretReader, SecretValue};
use crate::model::{Part, Resource, SecretSource, Tree, Value, scrub};
use crate::seam::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::task::Poll;

/// The key of an environment's digests: known to its state store alone.
#[derive(Clone)]
pub struct DigestKey(SecretValue);

impl DigestKey {
    /// A key that is known already.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(SecretValue::new(bytes))
    }

    /// 32 random bytes, for an environment that has no key yet.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn random() -> Result<Vec<u8>, SecretError> {
        crate::sys::random::bytes(32).map_err(|error| SecretError {
            source_name: "the system's randomness".into(),
            reason: error.to_string(),
            transient: true,
        })
    }

    /// The digest of some bytes: `hmac-sha256:` and 64 hexadecimal digits. Says nothing of them without the key.
    pub fn digest(&self, bytes: &[u8]) -> String {
        // A key of any length is one: the constructor has no other error.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose()) else { return String::new() };
        mac.update(bytes);
        let code = mac.finalize().into_bytes();
        code.iter().fold(String::from("hmac-sha256:"), |text, byte| text + &format!("{byte:02x}"))
    }
}

/// Why a value cannot be filled in. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// A secret of it cannot be had.
    #[error("the secret `{name}` cannot be read from {error}")]
    Secret {
        /// Its name.
        name: String,
        /// Why.
        error: SecretError,
    },
    /// No source says where the secret comes from.
    #[error("the secret `{name}` has no source")]
    Undeclared {
        /// Its name.
        name: String,
    },
    /// It waits for what something else reports, or for a place that only a render knows.
    #[error("`{reference}` is not known yet")]
    Unknown {
        /// The reference, as it stands in an environment file.
        reference: String,
    },
}

/// The names of all secrets that a tree refers to.
pub fn names_in(tree: &Tree, names: &mut BTreeSet<String>) {
    match tree {
        Tree::Text(value) => names.extend(value.secrets().map(str::to_owned)),
        Tree::List(list) => list.iter().for_each(|tree| names_in(tree, names)),
        Tree::Map(map) => map.values().for_each(|tree| names_in(tree, names)),
        Tree::Null | Tree::Bool(_) | Tree::Int(_) | Tree::Float(_) => {}
    }
}

/// The names of all secrets that some resources refer to, those included that are needed to look at them.
pub fn names_in_resources<'a>(resources: impl IntoIterator<Item = &'a Resource>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for resource in resources {
        names_in(&resource.body, &mut names);
        let logins = resource.carriers.iter().filter_map(|carrier| carrier.reach.as_ref()?.login.as_ref());
        for (_, password) in logins.flat_map(|login| login.read.iter().chain(&login.write)) {
            names.extend(password.secrets().map(str::to_owned));
        }
    }
    names
}

/// Secrets that were read, and what components report. Nothing of it can be printed or serialised.
#[derive(Default)]
pub struct Vault {
    secrets: BTreeMap<String, Result<SecretValue, SecretError>>,
    outputs: BTreeMap<(String, String), SecretValue>,
}

impl Vault {
    /// Reads the named secrets, each once, all at the same time. One that cannot be read is an error only where it is needed.
    pub async fn read(
        names: &BTreeSet<String>,
        sources: impl Fn(&str) -> Option<SecretSource>,
        readers: &[Box<dyn SecretReader>],
    ) -> Self {
        let declared: Vec<_> = names.iter().filter_map(|name| Some((name, sources(name)?))).collect();
        let mut reads: Vec<_> =
            declared.iter().map(|(name, source)| (*name, read_one(source, readers), None)).collect();
        poll_fn(|context| {
            for (_, read, value) in reads.iter_mut().filter(|(_, _, value)| value.is_none()) {
                if let Poll::Ready(ready) = read.as_mut().poll(context) {
                    *value = Some(ready);
                }
            }
            if reads.iter().all(|(_, _, value)| value.is_some()) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let secrets = reads.into_iter().filter_map(|(name, _, value)| Some((name.clone(), value?))).collect();
        Self { secrets, outputs: BTreeMap::new() }
    }

    /// Adds what a component reports.
    pub fn add_output(&mut self, component: &str, output: &str, value: SecretValue) {
        self.outputs.insert((component.into(), output.into()), value);
    }

    /// The secrets that could not be read, and why.
    pub fn unreadable(&self) -> impl Iterator<Item = (&str, &SecretError)> {
        self.secrets.iter().filter_map(|(name, secret)| Some((name.as_str(), secret.as_ref().err()?)))
    }

    /// The bytes of a value.
    ///
    /// # Errors
    /// When a part of it cannot be had.
    pub fn fill(&self, value: &Value) -> Result<SecretValue, FillError> {
        let mut bytes = SecretValue::new(Vec::new());
        for part in value.parts() {
            match part {
                Part::Literal(text) => bytes.push(text.as_bytes()),
                Part::Secret(name) => bytes.push(self.secret(name)?.expose()),
                Part::Deferred { component, output, .. } => {
                    let known = self.outputs.get(&(component.clone(), output.clone()));
                    bytes.push(known.ok_or_else(|| unknown(part))?.expose());
                }
                Part::Endpoint { .. } => return Err(unknown(part)),
            }
        }
        Ok(bytes)
    }

    fn secret(&self, name: &str) -> Result<&SecretValue, FillError> {
        let secret = self.secrets.get(name).ok_or_else(|| FillError::Undeclared { name: name.into() })?;
        secret.as_ref().map_err(|error| FillError::Secret { name: name.into(), error: error.clone() })
    }

    /// The keyed digest of a value: what is compared, planned and recorded in its place.
    ///
    /// # Errors
    /// When a part of it cannot be had.
    pub fn digest(&self, key: &DigestKey, value: &Value) -> Result<String, FillError> {
        Ok(key.digest(self.fill(value)?.expose()))
    }

    /// The text with `(sensitive)` in the place of each secret, raw, quoted, in base64, hexadecimal or percent-encoded.
    pub fn scrub(&self, text: &str) -> String {
        let secrets = self.secrets.values().filter_map(|secret| secret.as_ref().ok());
        scrub(text, secrets.chain(self.outputs.values()))
    }

    /// Whether a secret is in the text, in one of these forms.
    pub fn is_in(&self, text: &str) -> bool {
        self.scrub(text) != text
    }
}

fn unknown(part: &Part) -> FillError {
    FillError::Unknown { reference: Value::from_parts([part.clone()]).display() }
}

fn read_one<'a>(
    source: &'a SecretSource,
    readers: &'a [Box<dyn SecretReader>],
) -> BoxFuture<'a, Result<SecretValue, SecretError>> {
    if let Some(reader) = readers.iter().find(|reader| reader.kind() == source.kind) {
        return reader.read(source);
    }
    let kinds: Vec<_> = readers.iter().map(|reader| reader.kind()).collect();
    let reason = format!("secrets come from one of: {}", kinds.join(", "));
    let source_name = format!("{} {}", source.kind, source.argument);
    Box::pin(std::future::ready(Err(SecretError { source_name, reason, transient: false })))
}

#[cfg(test)]
mod tests {
    use super::super::readers;
    use super::*;
    use crate::sys::{FixedVariables, Variables};
    use std::path::Path;
    use std::sync::Arc;

    fn variables(pairs: &[(&str, &str)]) -> Arc<dyn Variables> {
        Arc::new(FixedVariables(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()))
    }

    async fn vault(root: &Path, environment: &[(&str, &str)], sources: &[(&str, &str, &str)]) -> Vault {
        let names = sources.iter().map(|(name, ..)| (*name).to_owned()).collect();
        let source = |name: &str| {
            let (_, kind, argument) = sources.iter().find(|(known, ..)| *known == name)?;
            Some(SecretSource { kind: (*kind).into(), argument: (*argument).into() })
        };
        Vault::read(&names, source, &readers(root, &variables(environment))).await
    }

    fn secret(name: &str) -> Value {
        Value::from_parts([Part::Secret(name.into())])
    }

    #[tokio::test]
    async fn a_value_of_many_parts_is_filled_in_and_has_one_digest() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("token"), "two\r\n").unwrap();
        let mut vault =
            vault(root.path(), &[("ONE", "unodos")], &[("one", "env", "ONE"), ("two", "file", "token")]).await;
        vault.add_output("net", "host", SecretValue::new(b"h".to_vec()));
        let deferred =
            |output: &str| Part::Deferred { component: "net".into(), output: output.into(), sensitive: false };
        let parts = ["redis://", ":", "@"].map(|text| Part::Literal(text.into()));
        let [scheme, colon, at] = parts;
        let value = Value::from_parts([
            scheme,
            Part::Secret("one".into()),
            colon,
            Part::Secret("two".into()),
            at,
            deferred("host"),
        ]);
        assert_eq!(vault.fill(&value).unwrap().expose(), b"redis://unodos:two@h");
        let key = DigestKey::new(b"key".to_vec());
        assert_eq!(vault.digest(&key, &value).unwrap(), key.digest(b"redis://unodos:two@h"));
        assert_ne!(key.digest(b"a"), DigestKey::new(b"other".to_vec()).digest(b"a"));
        let missing = vault.fill(&Value::from_parts([deferred("port")]));
        assert_eq!(missing, Err(FillError::Unknown { reference: "${net.port}".into() }));
        assert_eq!(vault.fill(&secret("x")), Err(FillError::Undeclared { name: "x".into() }));
        assert_eq!(vault.scrub("failed: dW5vZG9z"), "failed: (sensitive)");
        assert!(vault.is_in("unodos") && !vault.is_in("tres"));
        assert_eq!(format!("{:?}", vault.fill(&value)), "Ok((sensitive))");
    }

    #[test]
    fn the_digest_is_the_one_of_the_standard() {
        // RFC 4231, test case 2.
        assert_eq!(
            DigestKey::new(b"Jefe".to_vec()).digest(b"what do ya want for nothing?"),
            "hmac-sha256:5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_named_and_never_quoted() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(root.path().join(name), bytes).unwrap();
        write("empty", b"\n");
        write("nul", b"hush\0hush");
        write("large", &vec![b'a'; 64 * 1024 + 1]);
        write("exact", &[vec![b'a'; 64 * 1024], b"\n".to_vec()].concat());
        std::fs::write(outside.path().join("mounted"), "hush").unwrap();
        std::os::unix::fs::symlink(outside.path().join("mounted"), root.path().join("link")).unwrap();
        let mounted = outside.path().join("mounted").display().to_string();
        let cases = [
            ("env", "MISSING", "environment variable MISSING: it is not set"),
            ("env", "EMPTY", "environment variable EMPTY: it is empty; remove the secret where none is needed"),
            ("file", "empty", "file empty: it is empty; remove the secret where none is needed"),
            ("file", "nul", "file nul: it holds a NUL byte, which no tool can be given"),
            ("file", "large", "file large: it has more than 65536 bytes"),
            ("file", "../x", "file ../x: a relative path stays in the repository and has no `..`"),
            ("file", "link", "file link: it leads out of the repository"),
            ("file", "missing", "file missing: there is no such file"),
            ("file", "/dev/zero", "file /dev/zero: it is no regular file"),
            ("vault", "kv/x", "vault kv/x: secrets come from one of: env, file"),
        ];
        for (kind, argument, expected) in cases {
            let vault = vault(root.path(), &[("EMPTY", "")], &[("s", kind, argument)]).await;
            let errors: Vec<_> = vault.unreadable().map(|(name, error)| (name, error.to_string())).collect();
            assert_eq!(errors, [("s", expected.to_owned())]);
            assert!(matches!(vault.fill(&secret("s")), Err(FillError::Secret { .. })));
        }
        for argument in ["exact", &mounted] {
            let vault = vault(root.path(), &[], &[("s", "file", argument)]).await;
            assert_eq!(vault.unreadable().count(), 0, "{argument}");
        }
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        let mut tree = Tree::map();
        tree.insert("a", Tree::List(vec![Tree::Text(secret("x")), Tree::text("y")]));
        tree.insert("b", Tree::Text(secret("z")));
        let mut names = BTreeSet::new();
        names_in(&tree, &mut names);
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["x", "z"]);
    }
}
