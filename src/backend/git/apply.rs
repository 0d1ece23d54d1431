//! One commit out of a batch: each of its files looked at again on the tip that the commit comes after.

use super::files::{Standing, fingerprint, standing};
use super::manifest::{self, Manifest, ManifestFile};
use super::message::message;
use super::observe::{BRANCH, REPOSITORY, is_ours};
use super::place::Snapshot;
use super::{GitBackend, GitTarget, join, path_of};
use crate::backend::{ApplyRecord, BackendError, Batch, ErrorClass, Outcome};
use crate::model::{Address, Digest, Resource};
use crate::plan::{Action, Applied, Change};
use crate::sys::git::{Author, CommitRequest, Edit, Repository};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A batch that outlives its borrower.
#[derive(Debug, Clone)]
pub(super) struct Order(Arc<OrderParts>);

#[derive(Debug)]
struct OrderParts {
    changes: Vec<Change>,
    resources: BTreeMap<Address, Resource>,
    applied: BTreeMap<Address, Applied>,
    record: ApplyRecord,
    generation: Option<u64>,
    forgotten: BTreeSet<Address>,
}

impl Order {
    pub(super) fn of(batch: Batch<'_>) -> Self {
        let needed = |change: &Change| Some((change.address.clone(), batch.resources.get(&change.address)?.clone()));
        Self(Arc::new(OrderParts {
            changes: batch.changes.to_vec(),
            resources: batch.changes.iter().filter_map(needed).collect(),
            applied: batch.applied.clone(),
            record: batch.record.clone(),
            generation: batch.generation,
            forgotten: batch.forgotten.clone(),
        }))
    }
}

/// A commit that is written and not published yet.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    /// What the branch was.
    pub(super) snapshot: Snapshot,
    /// The commit; none: the branch is as it must be.
    pub(super) commit: Option<String>,
    results: Vec<(Address, Option<Digest>)>,
}

impl Prepared {
    /// What is said once it is published.
    pub(super) fn outcomes(self, target: &GitTarget) -> Vec<Outcome> {
        let commit = self.commit.or(self.snapshot.tip);
        let place = [(BRANCH, &target.branch), (REPOSITORY, &target.repository)];
        let mut outputs: BTreeMap<_, _> = place.map(|(name, value)| (name.to_owned(), value.clone())).into();
        outputs.extend(commit.map(|commit| ("commit".to_owned(), commit)));
        let outcome = |(address, fingerprint)| Outcome { address, result: Ok(fingerprint), outputs: outputs.clone() };
        self.results.into_iter().map(outcome).collect()
    }
}

/// Writes the objects of a batch's commit.
pub(super) fn prepare(backend: &GitBackend, order: &Order) -> Result<Prepared, BackendError> {
    let Order(order) = order;
    let target = &backend.target;
    let (repository, snapshot) = backend.place.look(target)?;
    let ours = manifest::read(&repository, snapshot.tip.as_deref(), target)?;
    if order.generation.is_some_and(|generation| !ours.follows(generation, &order.record)) {
        let message = format!("apply {} of {} came in between", ours.generation, target.environment);
        return Err(BackendError::new(ErrorClass::Conflict, message).help("plan again"));
    }
    let mut work =
        Work { order, repository: &repository, ours: &ours, files: ours.files.clone(), edits: BTreeMap::new() };
    let path = join(&target.folder(), manifest::NAME);
    let mut results = Vec::new();
    let is_list = |(address, _): &(Address, Option<Digest>)| path_of(address) == path;
    for change in &order.changes {
        if path_of(&change.address) == path {
            work.check(change, &path, standing_at(&repository, &snapshot, &path)?.as_ref())?;
            results.push((change.address.clone(), None));
        } else {
            results.push((change.address.clone(), work.change(change, snapshot.tip.as_deref())?));
        }
    }
    work.forget(snapshot.tip.as_deref())?;
    if work.edits.is_empty() && work.files == ours.files && !results.iter().any(is_list) {
        return Ok(Prepared { snapshot, commit: None, results });
    }
    let (files, mut edits) = (work.files, work.edits);
    let count = files.len();
    let (edit, digest) = manifest_edit(&Manifest::after(target, &order.record, files), count)?;
    edits.insert(path.clone(), edit);
    if let Some((_, result)) = results.iter_mut().find(|result| is_list(result)) {
        *result = digest;
    }
    // The folder was another one before: its manifest goes with its files.
    if let Some(old) = ours.path.filter(|old| *old != path) {
        edits.insert(old, Edit::Remove);
    }
    let request = CommitRequest {
        parent: snapshot.tip.as_deref(),
        edits: &edits,
        message: &message(target, &order.record, count),
        author: &author_of(&order.record.who),
        seconds: backend.clock.now().as_second(),
    };
    let commit = repository.write_commit(&request)?;
    Ok(Prepared { snapshot, commit, results })
}

fn standing_at(repository: &Repository, snapshot: &Snapshot, path: &str) -> Result<Option<Standing>, BackendError> {
    snapshot.tip.as_deref().map_or(Ok(None), |tip| standing(repository, tip, path))
}

/// A manifest without files is none. With its fingerprint.
fn manifest_edit(manifest: &Manifest, count: usize) -> Result<(Edit, Option<Digest>), BackendError> {
    if count == 0 {
        return Ok((Edit::Remove, None));
    }
    let content = manifest.bytes()?;
    let digest = fingerprint(&content, false);
    Ok((Edit::Write { content, executable: false }, Some(digest)))
}

/// `Name <mail>`, or a login alone.
fn author_of(who: &str) -> Author {
    let clean = |text: &str| text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect::<String>();
    let (name, mail) = who.split_once('<').unwrap_or((who, ""));
    let (name, mail) = (clean(name).trim().to_owned(), clean(mail).trim().to_owned());
    Author {
        name: if name.is_empty() { "driftless".into() } else { name },
        mail: if mail.is_empty() { "driftless@localhost".into() } else { mail },
    }
}

struct Work<'a> {
    order: &'a OrderParts,
    repository: &'a Repository,
    ours: &'a manifest::Ours,
    files: BTreeMap<String, ManifestFile>,
    edits: BTreeMap<String, Edit>,
}

impl Work<'_> {
    /// Takes one change into the commit; the fingerprint afterwards, none: it is gone.
    fn change(&mut self, change: &Change, tip: Option<&str>) -> Result<Option<Digest>, BackendError> {
        let path = path_of(&change.address);
        let live = match tip {
            Some(tip) => standing(self.repository, tip, &path)?,
            None => None,
        };
        if change.action == Action::Delete {
            return self.delete(change, &path, live.as_ref()).map(|()| None);
        }
        let resource = self.order.resources.get(&change.address);
        let content = resource.and_then(|resource| Some((resource, resource.text.as_ref()?)));
        let Some((resource, text)) = content else {
            return Err(BackendError::new(ErrorClass::Invalid, format!("{} has no text to commit", change.address)));
        };
        let executable = resource.executable;
        let digest = fingerprint(text.as_bytes(), executable);
        if !self.is_there(&path, live.as_ref(), &digest) {
            self.check(change, &path, live.as_ref())?;
            let content = text.clone().into_bytes();
            self.edits.insert(path.clone(), Edit::Write { content, executable });
        }
        self.list(path, change, resource, digest.clone());
        Ok(Some(digest))
    }

    /// Takes what is gone on both sides out of the manifest.
    fn forget(&mut self, tip: Option<&str>) -> Result<(), BackendError> {
        for path in self.order.forgotten.iter().filter(|address| address.kind() == super::KIND).map(path_of) {
            let there = tip.map(|tip| standing(self.repository, tip, &path)).transpose()?.flatten();
            if there.is_none() {
                self.files.remove(&path);
            }
        }
        Ok(())
    }

    fn is_there(&self, path: &str, live: Option<&Standing>, digest: &Digest) -> bool {
        live.is_some_and(|live| live.fingerprint == *digest && is_ours(self.ours, path, digest, &self.order.applied))
    }

    fn list(&mut self, path: String, change: &Change, resource: &Resource, digest: Digest) {
        let revision = self.order.record.revision.clone();
        let file =
            ManifestFile { digest, instance: change.instance.clone(), component: resource.component.clone(), revision };
        let same = |known: &ManifestFile| {
            (&known.digest, &known.instance, &known.component) == (&file.digest, &file.instance, &file.component)
        };
        if !self.files.get(&path).is_some_and(same) {
            self.files.insert(path, file);
        }
    }

    fn delete(&mut self, change: &Change, path: &str, live: Option<&Standing>) -> Result<(), BackendError> {
        if live.is_some() {
            self.check(change, path, live)?;
            self.edits.insert(path.to_owned(), Edit::Remove);
        }
        self.files.remove(path);
        Ok(())
    }

    /// Refuses what is not what the plan was made against, and what is not ours.
    fn check(&self, change: &Change, path: &str, live: Option<&Standing>) -> Result<(), BackendError> {
        let there = live.map(|live| &live.fingerprint);
        if there != change.precondition.as_ref() {
            let message = format!("{} was changed by somebody else since the plan was made", change.address);
            return Err(BackendError::new(ErrorClass::Conflict, message).help("plan again"));
        }
        let Some(live) = live else { return Ok(()) };
        if let Some(what) = &live.in_the_way {
            let message = format!("{what} stands in the place of {}", change.address);
            return Err(BackendError::new(ErrorClass::Conflict, message).help("move it, or set `git.path`"));
        }
        let is_list = self.ours.path.as_deref() == Some(path);
        let ours = is_list || is_ours(self.ours, path, &live.fingerprint, &self.order.applied);
        if change.action != Action::Adopt && !ours {
            let message = format!("{} is not ours", change.address);
            return Err(
                BackendError::new(ErrorClass::Denied, message).help("`driftless apply ENV --adopt` takes it over")
            );
        }
        Ok(())
    }
}
