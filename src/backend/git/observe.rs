//! What is in the branch, whose it is, and what we last wrote.

use super::files::{Standing, fingerprint, foreign, of_entry, standing};
use super::manifest::{self, ManifestFile, Ours};
use super::{GitBackend, GitTarget, address_of, body, join, parse_body, path_of};
use crate::backend::{BackendError, ObserveRequest};
use crate::diag::code::BRANCH_IS_GONE;
use crate::model::{Address, Digest, Resource, Revision, Tree};
use crate::plan::{Applied, ChangedBy, Finding, Gap, Observation, Observed, holds};
use crate::sys::clock::rfc3339_of_seconds;
use crate::sys::git::{CommitInfo, Repository, TreeEntry, blob_id};
use std::collections::{BTreeMap, BTreeSet};

/// The most files that are not ours of which one look tells.
const MAX_FOREIGN: usize = 10_000;

/// How many of the newest applies somebody else may not have brought to where they run yet: the newest, instead of the one before it.
const SOURCES: usize = 2;

/// The outputs of an apply that say where it went.
pub(super) const BRANCH: &str = "branch";
pub(super) const REPOSITORY: &str = "repository";

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    desired: BTreeMap<String, Resource>,
    /// What the state remembers of this branch.
    applied: BTreeMap<Address, Applied>,
    /// Whether it remembers something of another one.
    was_elsewhere: bool,
    only: Vec<String>,
}

impl Question {
    pub(super) fn of(target: &GitTarget, request: ObserveRequest<'_>) -> Self {
        let desired = request.desired.iter().map(|resource| (path_of(&resource.address), resource.clone()));
        let is_here = |applied: &Applied| {
            let same = |output, ours: &str| applied.outputs.get(output).is_none_or(|recorded| recorded == ours);
            same(BRANCH, &target.branch) && same(REPOSITORY, &target.repository)
        };
        let applied = request.applied.iter().filter(|(_, applied)| is_here(applied));
        Self {
            desired: desired.collect(),
            applied: applied.map(|(address, applied)| (address.clone(), applied.clone())).collect(),
            was_elsewhere: !request.applied.values().all(is_here),
            only: request.only.to_vec(),
        }
    }

    fn asks_for(&self, path: &str) -> bool {
        let address = address_of(path);
        self.only.is_empty() || self.only.iter().any(|glob| address.matches(glob))
    }
}

/// Whether what stands at a path is ours: the manifest lists it, or it is exactly what the state remembers to have been applied there
/// (history that was rewritten has lost the manifest, not the file).
pub(super) fn is_ours(ours: &Ours, path: &str, live: &Digest, applied: &BTreeMap<Address, Applied>) -> bool {
    let remembered = || applied.get(&address_of(path)).and_then(|applied| applied.fingerprint.as_ref());
    ours.files.contains_key(path) || remembered() == Some(live)
}

/// Looks at everything in scope.
pub(super) fn observe(backend: &GitBackend, question: &Question) -> Result<Observation, BackendError> {
    let (repository, snapshot) = backend.place.look(&backend.target)?;
    let tip = snapshot.tip.as_deref();
    let ours = manifest::read(&repository, tip, &backend.target)?;
    let look = Look { backend, question, repository: &repository, tip, ours: &ours };
    let mut observation = Observation {
        applied: look.applied(),
        cursor: snapshot.tip.clone(),
        generation: Some(ours.generation),
        ..Observation::default()
    };
    match tip {
        Some(tip) => {
            look.live(tip, &mut observation)?;
            look.list(tip, &mut observation)?;
            if backend.target.somebody_else_applies {
                observation.sources = manifest::sources(&repository, tip, &backend.target, SOURCES)?;
            }
        }
        None => observation.findings.extend(look.no_branch()),
    }
    Ok(observation)
}

fn changed_by(commit: &CommitInfo) -> ChangedBy {
    ChangedBy {
        who: Some(commit.author.clone()),
        when: rfc3339_of_seconds(commit.seconds),
        evidence: Some(format!("commit {}", commit.id)),
    }
}

fn written_by_us(
    (instance, component): (String, Option<String>),
    body: Tree,
    text: String,
    executable: bool,
    revision: Option<Revision>,
    digest: Digest,
) -> Applied {
    Applied {
        component,
        instance: Some(instance),
        body,
        text: Some(text),
        executable,
        revision,
        fingerprint: Some(digest),
        protect: false,
        outputs: BTreeMap::new(),
        secrets: BTreeMap::new(),
        after: Vec::new(),
    }
}

struct Look<'a> {
    backend: &'a GitBackend,
    question: &'a Question,
    repository: &'a Repository,
    tip: Option<&'a str>,
    ours: &'a Ours,
}

impl Look<'_> {
    fn our_files(&self) -> impl Iterator<Item = (&String, &ManifestFile)> {
        self.ours.files.iter().filter(|(_, file)| self.backend.target.looks_after(&file.instance))
    }

    /// What was last applied, as far as the branch itself tells. None: it tells nothing.
    fn applied(&self) -> Option<BTreeMap<Address, Applied>> {
        if !self.ours.found {
            // What was applied to another branch was never applied to this one.
            return self.question.was_elsewhere.then(|| self.question.applied.clone());
        }
        let of_file = |(path, file): (&String, &ManifestFile)| {
            let (text, executable) = self.written(path, &file.digest)?;
            let body = parse_body(path, &text);
            let (whose, revision) = ((file.instance.clone(), file.component.clone()), Some(file.revision.clone()));
            let applied = written_by_us(whose, body, text, executable, revision, file.digest.clone());
            Some((address_of(path), applied))
        };
        let mut applied: BTreeMap<_, _> = self.our_files().filter_map(of_file).collect();
        // A commit of ours that is in the history no more was taken out by a push with force: what it wrote is still what was applied last.
        let lost = |applied: &Applied| {
            let commit = applied.outputs.get("commit");
            commit.is_some_and(|commit| self.tip.is_none_or(|tip| !self.repository.is_in_history(commit, tip)))
        };
        let remembered =
            self.question.applied.iter().filter(|(address, applied)| address.kind() == super::KIND && lost(applied));
        applied.extend(remembered.map(|(address, applied)| (address.clone(), applied.clone())));
        Some(applied)
    }

    /// The content that has a digest of the manifest, and whether it is a program: in our commit, unless somebody amended that; else in
    /// what must be or what the state remembers.
    fn written(&self, path: &str, digest: &Digest) -> Option<(String, bool)> {
        let committed = || {
            let entry = self.repository.entry_at(self.ours.commit.as_deref()?, path).ok()??;
            let standing = of_entry(self.repository, &entry).ok()?;
            (standing.fingerprint == *digest).then_some((standing.text?, standing.executable))
        };
        let desired = || self.question.desired.get(path)?.text.clone();
        let remembered = || self.question.applied.get(&address_of(path))?.text.clone();
        let matching = |text: String| {
            let executable = [false, true].into_iter().find(|flag| fingerprint(text.as_bytes(), *flag) == *digest);
            executable.map(|executable| (text, executable))
        };
        committed().or_else(|| desired().and_then(matching)).or_else(|| remembered().and_then(matching))
    }

    fn live(&self, tip: &str, observation: &mut Observation) -> Result<(), BackendError> {
        let entries = self.entries(tip)?;
        let there = entries.iter().map(|entry| &entry.path).filter(|path| self.is_known(path));
        let listed = self.our_files().map(|(path, _)| path);
        let known: BTreeSet<&String> = there.chain(listed).chain(self.question.desired.keys()).collect();
        let mut standings = BTreeMap::new();
        for path in known.into_iter().filter(|path| self.question.asks_for(path)) {
            match standing(self.repository, tip, path) {
                Ok(Some(standing)) => drop(standings.insert(path.clone(), standing)),
                Ok(None) => {}
                Err(error) => observation.gaps.push(Gap { address: address_of(path), reason: error.message }),
            }
        }
        let foreign =
            entries.iter().filter(|entry| !self.is_known(&entry.path) && !standings.contains_key(&entry.path));
        let foreign: Vec<_> = foreign.filter(|entry| self.question.asks_for(&entry.path)).collect();
        self.foreign(&foreign, &mut standings, observation);
        let changed = self.changed_by(tip, &standings)?;
        observation.gone = self.gone(tip, &standings)?;
        for (path, standing) in standings {
            let observed = self.observed(&path, standing, changed.get(&path));
            observation.resources.insert(address_of(&path), observed);
        }
        Ok(())
    }

    /// What stands in our folder, but for the manifest: one more than are told of, so that it shows that there are more.
    fn entries(&self, tip: &str) -> Result<Vec<TreeEntry>, BackendError> {
        let folder = self.backend.target.instance_folder();
        let known = self.ours.files.len() + self.question.applied.len() + self.question.desired.len();
        let (mut entries, _) = self.repository.entries_below(tip, &folder, MAX_FOREIGN + known + 2)?;
        entries.retain(|entry| !entry.path.ends_with(manifest::NAME));
        Ok(entries)
    }

    /// Whether a path is one that the manifest or the state knows.
    fn is_known(&self, path: &str) -> bool {
        self.ours.files.contains_key(path) || self.question.applied.contains_key(&address_of(path))
    }

    /// Takes in what is not ours. It is read only where it may be a file of ours that somebody renamed.
    fn foreign(
        &self,
        entries: &[&TreeEntry],
        standings: &mut BTreeMap<String, Standing>,
        observation: &mut Observation,
    ) {
        if let Some(first) = entries.get(MAX_FOREIGN) {
            let folder = self.backend.target.instance_folder();
            let reason = format!(
                "more than {MAX_FOREIGN} files in {folder} are not ours: this one and those after it were not looked at"
            );
            observation.gaps.push(Gap { address: address_of(&first.path), reason });
        }
        let applied = observation.applied.as_ref().unwrap_or(&self.question.applied);
        let gone = applied.iter().filter(|(address, _)| !standings.contains_key(&path_of(address)));
        let gone: BTreeSet<String> =
            gone.filter_map(|(_, applied)| blob_id(applied.text.as_ref()?.as_bytes())).collect();
        for entry in entries.iter().take(MAX_FOREIGN) {
            let read = gone.contains(&entry.id).then(|| of_entry(self.repository, entry).ok()).flatten();
            standings.insert(entry.path.clone(), read.unwrap_or_else(|| foreign(entry)));
        }
    }

    /// Who last changed what is not as we wrote it.
    fn changed_by(
        &self,
        tip: &str,
        standings: &BTreeMap<String, Standing>,
    ) -> Result<BTreeMap<String, CommitInfo>, BackendError> {
        let as_written = |path: &str, standing: &Standing| {
            self.ours.files.get(path).is_some_and(|file| file.digest == standing.fingerprint)
        };
        let altered = standings.iter().filter(|(path, standing)| !as_written(path, standing));
        let paths: Vec<&str> = altered.map(|(path, _)| path.as_str()).collect();
        Ok(self.repository.last_changes(tip, &paths)?)
    }

    /// Who took away what we wrote and is not there any more.
    fn gone(
        &self,
        tip: &str,
        standings: &BTreeMap<String, Standing>,
    ) -> Result<BTreeMap<Address, ChangedBy>, BackendError> {
        let Some(since) = &self.ours.commit else { return Ok(BTreeMap::new()) };
        let gone = |path: &&String| self.question.asks_for(path) && !standings.contains_key(*path);
        let paths: Vec<&str> = self.our_files().map(|(path, _)| path).filter(gone).map(String::as_str).collect();
        let removals = self.repository.removals(since, tip, &paths)?;
        Ok(removals.iter().map(|(path, commit)| (address_of(path), changed_by(commit))).collect())
    }

    /// Our list of files, where it is not as our newest commit left it. Of several instances one looks after it.
    fn list(&self, tip: &str, observation: &mut Observation) -> Result<(), BackendError> {
        let target = &self.backend.target;
        let path = join(&target.folder(), manifest::NAME);
        let (Some(commit), true) = (&self.ours.commit, self.ours.path.as_ref() == Some(&path)) else { return Ok(()) };
        if self.ours.files.is_empty()
            || target.siblings.iter().min() != Some(&target.instance)
            || !self.question.asks_for(&path)
        {
            return Ok(());
        }
        let written = self.repository.entry_at(commit, &path)?;
        let Some(Standing { text: Some(text), fingerprint, .. }) =
            written.map(|entry| of_entry(self.repository, &entry)).transpose()?
        else {
            return Ok(());
        };
        let address = address_of(&path);
        let live = standing(self.repository, tip, &path)?;
        if live.as_ref().is_some_and(|live| live.fingerprint == fingerprint) {
            return Ok(());
        }
        observation.own.push(Resource { text: Some(text.clone()), ..Resource::new(address.clone(), None, Tree::Null) });
        if let Some(applied) = &mut observation.applied {
            applied.insert(
                address.clone(),
                written_by_us((self.backend.target.instance.clone(), None), Tree::Null, text, false, None, fingerprint),
            );
        }
        let Some(live) = live else {
            let removals = self.repository.removals(commit, tip, &[&path])?;
            observation.gone.extend(removals.get(&path).map(|commit| (address, changed_by(commit))));
            return Ok(());
        };
        let changed = self.repository.last_changes(tip, &[&path])?;
        let ours = live.in_the_way.is_none();
        let unreadable = live.text.as_deref().and_then(|text| body::read_json(text).err());
        let observed = self.observed(&path, live, changed.get(&path));
        observation.resources.insert(address, Observed { unreadable, ours, ..observed });
        Ok(())
    }

    /// What is to be said where there is no branch, and the state remembers that it was applied to.
    fn no_branch(&self) -> Option<Finding> {
        let target = &self.backend.target;
        let folder = address_of(&target.instance_folder());
        let of_instance = |address: &&Address| address.kind() == super::KIND && holds(&folder, address);
        let files = self.question.applied.keys().filter(of_instance).count();
        (files > 0).then(|| Finding {
            code: BRANCH_IS_GONE.to_string(),
            severity: "warning".into(),
            message: format!(
                "branch {} of {} is gone, and with it all that was applied to it; the next apply makes it anew, without its history",
                target.branch,
                self.backend.place.name()
            ),
            source: None,
        })
    }

    fn ought_to_hold_a_tree(&self, path: &str) -> bool {
        self.question.desired.get(path).is_some_and(|resource| resource.body != Tree::Null)
    }

    fn observed(&self, path: &str, standing: Standing, changed: Option<&CommitInfo>) -> Observed {
        Observed {
            executable: standing.executable,
            unreadable: standing.unreadable.filter(|_| self.ought_to_hold_a_tree(path)),
            ours: standing.in_the_way.is_none()
                && is_ours(self.ours, path, &standing.fingerprint, &self.question.applied),
            component: self.ours.files.get(path).and_then(|file| file.component.clone()),
            body: standing.body,
            text: standing.text,
            in_the_way: standing.in_the_way,
            as_system_would: None,
            fingerprint: standing.fingerprint,
            outputs: BTreeMap::new(),
            changed_by: changed.map(changed_by),
        }
    }
}
