//! The secrets of one command: read once, and turned into keyed digests before anything is compared.
//!
//! A backend that is handed references fills them in, so it needs the values: a plan that needs one that cannot be read is an error.
//! One that is handed text in which the tool's own variables stand (`apply: git`) needs none: whoever applies the text supplies them.
//! What can be read is still remembered in the plan, so that it is not applied beside another value than the one it was made with.

use super::error::OpsError;
use super::project::Project;
use super::world::World;
use crate::backend::{BackendError, ErrorClass, Supply};
use crate::exec::ExecError;
use crate::model::{Address, FieldPath, Scope, Segment, Tree, Value};
use crate::plan::{Plan, PlannedSecrets};
use crate::secret::{DigestKey, FillError, SecretValue, Vault, names_in_resources, readers};
use crate::state::record::Records;
use std::collections::{BTreeMap, BTreeSet};

/// The secrets of one command.
#[derive(Default)]
pub struct Secrets {
    vault: Vault,
    key: Option<DigestKey>,
}

impl Secrets {
    /// Reads the named secrets from where a scope says that they come from. A key is made only where `make_key`, and something is to be
    /// digested: a command that only looks writes nothing.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub async fn read(
        project: &Project,
        world: &World<'_>,
        records: &Records<'_>,
        scope: &Scope,
        names: &BTreeSet<String>,
        make_key: bool,
    ) -> Result<Self, OpsError> {
        if names.is_empty() {
            return Ok(Self::default());
        }
        let readers = readers(&project.root, &world.variables);
        let vault = Vault::read(names, |name| scope.secrets.get(name).cloned(), &readers).await;
        let key = match records.digest_key().await? {
            None if make_key && names.iter().any(|name| vault.fill(&reference(name)).is_ok()) => {
                let fresh = DigestKey::random().map_err(|error| OpsError::refused(error.to_string(), "try again"))?;
                Some(records.digest_key_or(&fresh).await?)
            }
            key => key,
        };
        Ok(Self { vault, key: key.map(DigestKey::new) })
    }

    /// The keyed digest of a value; none where nothing was ever digested here.
    pub(super) fn digest(&self, value: &Value) -> Option<Result<String, FillError>> {
        self.key.as_ref().map(|key| self.vault.digest(key, value))
    }

    /// The keyed digest of any bytes.
    pub(super) fn digest_of_text(&self, text: &str) -> Option<String> {
        self.key.as_ref().map(|key| key.digest(text.as_bytes()))
    }

    /// Why a value cannot be had; none where it can.
    pub(super) fn missing(&self, value: &Value) -> Option<FillError> {
        self.vault.fill(value).err()
    }

    /// Whether every one of these secrets can be read.
    pub fn has_all<'a>(&self, mut names: impl Iterator<Item = &'a String>) -> bool {
        names.all(|name| self.missing(&reference(name)).is_none())
    }

    /// The keyed digests of the fields of a body that hold secrets, by field path.
    pub fn fields(&self, body: &Tree) -> BTreeMap<String, String> {
        let digest = |(path, value): (String, &Value)| Some((path, self.digest(value)?.ok()?));
        texts(body).into_iter().filter(|(_, value)| is_secret(value)).filter_map(digest).collect()
    }

    /// What a plan remembers of these secrets.
    pub fn planned<'a>(&self, names: impl Iterator<Item = &'a String>) -> PlannedSecrets {
        let digest = |name: &String| Some((name.clone(), self.digest(&reference(name))?.ok()?));
        PlannedSecrets { key: self.key_id(), digests: names.filter_map(digest).collect() }
    }

    fn key_id(&self) -> Option<String> {
        self.key.as_ref().map(|key| key.digest(b""))
    }

    /// Refuses a plan that needs a secret that cannot be had.
    ///
    /// # Errors
    /// Which, and why.
    pub fn suffice(&self, plan: &Plan) -> Result<(), OpsError> {
        let missing: BTreeSet<String> =
            needed(plan).iter().filter_map(|name| Some(self.missing(&reference(name))?.to_string())).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let message = missing.into_iter().collect::<Vec<_>>().join("; ");
        Err(OpsError::refused(message, "what is to be applied needs its value"))
    }

    /// Refuses a plan that was made with other values.
    ///
    /// # Errors
    /// Exit 5. A secret that cannot be read is no other value: whether it is needed is [`Self::suffice`]'s to say.
    pub fn are_as_planned(&self, plan: &Plan) -> Result<(), OpsError> {
        let stale = |reasons: Vec<String>| OpsError::Exec(ExecError::Stale { reasons });
        if self.key_id() != plan.secrets.key {
            let lost = needed(plan).into_iter().find(|name| plan.secrets.digests.contains_key(name));
            return lost.map_or(Ok(()), |name| {
                Err(stale(vec![format!("another state store knows what the secret `{name}` was when it was made")]))
            });
        }
        let other = plan.secrets.digests.iter().filter(|(name, planned)| {
            self.digest(&reference(name)).and_then(Result::ok).is_some_and(|now| now != **planned)
        });
        let reasons: Vec<_> =
            other.map(|(name, _)| format!("the secret `{name}` has another value than when it was made")).collect();
        if reasons.is_empty() { Ok(()) } else { Err(stale(reasons)) }
    }
}

impl Supply for Secrets {
    fn fill(&self, value: &Value) -> Result<SecretValue, BackendError> {
        self.vault.fill(value).map_err(|error| {
            BackendError::new(ErrorClass::Denied, error.to_string())
                .help("what is looked at or applied needs its value")
        })
    }

    fn keyed(&self, bytes: &[u8]) -> Option<String> {
        self.key.as_ref().map(|key| key.digest(bytes))
    }
}

/// The secrets without which what a plan does cannot be done.
pub fn needed(plan: &Plan) -> BTreeSet<String> {
    names_in_resources(plan.doing().filter_map(|change| plan.resources.get(&change.address)))
}

/// The keyed digests that are recorded with what a plan applies or keeps.
pub fn recorded(secrets: &Secrets, plan: &Plan) -> BTreeMap<Address, BTreeMap<String, String>> {
    let fields = plan.resources.iter().map(|(address, resource)| (address.clone(), secrets.fields(&resource.body)));
    fields.filter(|(_, fields)| !fields.is_empty()).collect()
}

/// A value that is a secret and nothing else.
fn reference(name: &str) -> Value {
    Value::from_parts([crate::model::Part::Secret(name.into())])
}

pub(super) fn is_secret(value: &Value) -> bool {
    value.secrets().next().is_some()
}

/// All texts of a tree, by field path.
pub(super) fn texts(tree: &Tree) -> BTreeMap<String, &Value> {
    let mut texts = BTreeMap::new();
    collect(tree, &FieldPath::default(), &mut texts);
    texts
}

fn collect<'a>(tree: &'a Tree, path: &FieldPath, texts: &mut BTreeMap<String, &'a Value>) {
    match tree {
        Tree::Text(value) => drop(texts.insert(path.to_string(), value)),
        Tree::List(list) => {
            list.iter().enumerate().for_each(|(at, tree)| collect(tree, &path.join(Segment::Index(at)), texts));
        }
        Tree::Map(map) => map.iter().for_each(|(key, tree)| collect(tree, &path.key(key.as_str()), texts)),
        Tree::Null | Tree::Bool(_) | Tree::Int(_) | Tree::Float(_) => {}
    }
}
