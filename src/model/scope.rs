//! Where an environment was applied to: what finds it again when its file is gone.

use super::{ApplyMode, DriftSettings, Environment, GitSettings, Instance, Model, Preview, SecretSource, Tree};
use crate::diag::{FileId, Span};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How an instance is applied whose files lie in a branch.
const IN_GIT: &str = "git";

/// Where an environment was applied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The project.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// The repository that `apply: git` writes to.
    pub repository: String,
    /// The branch.
    pub branch: String,
    /// The folder in the branch.
    pub path: String,
    /// The instances.
    pub instances: Vec<ScopeInstance>,
    /// Where the secrets come from that may be needed there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SecretSource>,
}

/// One target instance of a [`Scope`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeInstance {
    /// Its name.
    pub name: String,
    /// The kind of target.
    pub kind: String,
    /// How it was applied.
    pub apply: String,
    /// Whether its live system was compared too.
    pub observe_live: bool,
    /// Its other settings.
    pub settings: Tree,
    /// The names of the secrets that what goes there refers to, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
}

impl Scope {
    /// Where a model is applied to: the instances that components go to.
    pub fn of(model: &Model) -> Self {
        let instance = |instance: &Instance| ScopeInstance {
            name: instance.name.clone(),
            kind: instance.kind.clone(),
            apply: instance.apply.name.clone(),
            observe_live: instance.apply.observe_live,
            settings: instance.settings.clone(),
            secrets: secrets_of(model, instance),
        };
        let environment = &model.environment;
        Self {
            project: environment.project.clone(),
            environment: environment.name.clone(),
            repository: environment.git.repository.clone(),
            branch: environment.git.branch.clone(),
            path: environment.git.path.clone(),
            instances: model.used_instances().map(instance).collect(),
            secrets: model.secrets.iter().map(|(name, source)| (name.clone(), source.clone())).collect(),
        }
    }

    /// This scope and the instances of an older one that it lacks: what was applied there is still ours.
    #[must_use]
    pub fn with_older(mut self, older: &Self) -> Self {
        let same_place = self.place() == older.place();
        let still_ours = |one: &&ScopeInstance| same_place || one.apply != IN_GIT;
        let missing = older.instances.iter().filter(|one| self.instances.iter().all(|known| known.name != one.name));
        let missing: Vec<_> = missing.filter(still_ours).cloned().collect();
        self.instances.extend(missing);
        for (name, source) in &older.secrets {
            self.secrets.entry(name.clone()).or_insert_with(|| source.clone());
        }
        self
    }

    /// Where a preview of this environment is applied to, if it goes to the same instances.
    #[must_use]
    pub fn for_preview(&self, preview: &Preview) -> Self {
        let mut scope = Self { environment: preview.name(), branch: preview.own_name(&self.branch), ..self.clone() };
        scope.instances.iter_mut().for_each(|instance| preview.own_settings(&mut instance.settings));
        scope
    }

    /// The mark of everything that is applied there: `<project>/<environment>`.
    pub fn owner(&self) -> String {
        format!("{}/{}", self.project, self.environment)
    }

    const fn place(&self) -> (&str, &str, &str) {
        (self.repository.as_str(), self.branch.as_str(), self.path.as_str())
    }

    /// The branch that an older scope was applied to and that this one leaves behind, for people.
    pub fn left_behind(&self, older: &Self) -> Option<String> {
        let in_git = older.instances.iter().any(|one| one.apply == IN_GIT);
        let moved = (&older.repository, &older.branch) != (&self.repository, &self.branch);
        (in_git && moved).then(|| older.branch_in_words())
    }

    fn branch_in_words(&self) -> String {
        let repository = if self.repository == "." { "this repository" } else { &self.repository };
        format!("branch {} of {repository}", self.branch)
    }

    /// Whether it is the same place with the same instances, in whatever order. Which secrets there are, and where they come from, is no
    /// part of the place.
    pub fn is_same(&self, other: &Self) -> bool {
        let sorted = |scope: &Self| {
            let mut scope = scope.clone();
            scope.secrets.clear();
            scope.instances.iter_mut().for_each(|instance| instance.secrets.clear());
            scope.instances.sort_by(|a, b| a.name.cmp(&b.name));
            scope
        };
        sorted(self) == sorted(other)
    }

    /// A scope without instances, for tests.
    #[cfg(test)]
    pub fn nowhere(project: &str, environment: &str) -> Self {
        Self {
            project: project.into(),
            environment: environment.into(),
            repository: ".".into(),
            branch: format!("driftless/{environment}"),
            path: ".".into(),
            instances: Vec::new(),
            secrets: BTreeMap::new(),
        }
    }

    /// Where an instance is applied to, for people.
    pub fn destination(&self, instance: &ScopeInstance) -> String {
        if instance.apply != IN_GIT {
            return instance.apply.clone();
        }
        let folder = if self.path == "." { instance.name.clone() } else { format!("{}/{}", self.path, instance.name) };
        format!("{}, {folder}", self.branch_in_words())
    }

    /// As backends are set up from it.
    pub fn environment(&self) -> Environment {
        let span = Span::start_of(FileId(0));
        Environment {
            name: self.environment.clone(),
            project: self.project.clone(),
            file: format!("environments/{}.yaml", self.environment),
            labels: IndexMap::new(),
            moved: Vec::new(),
            git: GitSettings {
                repository: self.repository.clone(),
                branch: self.branch.clone(),
                path: self.path.clone(),
                span,
            },
            drift: DriftSettings::default(),
            max_deletions: None,
            preview: None,
        }
    }

    /// As backends are set up from it.
    pub fn instances(&self) -> Vec<Instance> {
        let instance = |one: &ScopeInstance| Instance {
            name: one.name.clone(),
            kind: one.kind.clone(),
            apply: ApplyMode { name: one.apply.clone(), observe_live: one.observe_live },
            settings: one.settings.clone(),
            span: Span::start_of(FileId(0)),
        };
        self.instances.iter().map(instance).collect()
    }
}

impl fmt::Display for Scope {
    /// For people: the branch, the path in it, and each instance with how it is applied.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instances: Vec<String> =
            self.instances.iter().map(|one| format!("{} by {}", one.name, one.apply)).collect();
        write!(formatter, "{}, {} ({})", self.branch_in_words(), self.path, instances.join(", "))
    }
}

fn secrets_of(model: &Model, instance: &Instance) -> Vec<String> {
    let here = model.components_of(instance);
    let mut names: Vec<String> = here.flat_map(|component| component.secrets.iter().cloned()).collect();
    names.sort();
    names.dedup();
    names
}
