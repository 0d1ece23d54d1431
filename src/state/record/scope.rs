//! Where an environment was applied to: what finds it again when its file is gone.

use crate::diag::{FileId, Span};
use crate::model::{ApplyMode, DriftSettings, Environment, GitSettings, Instance, Model, Tree};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

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
        };
        let environment = &model.environment;
        Self {
            project: environment.project.clone(),
            environment: environment.name.clone(),
            repository: environment.git.repository.clone(),
            branch: environment.git.branch.clone(),
            path: environment.git.path.clone(),
            instances: model.used_instances().map(instance).collect(),
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
        self
    }

    const fn place(&self) -> (&str, &str, &str) {
        (self.repository.as_str(), self.branch.as_str(), self.path.as_str())
    }

    /// The branch that an older scope was applied to and that this one leaves behind, for people.
    pub fn left_behind(&self, older: &Self) -> Option<String> {
        let branch = |scope: &Self| (scope.repository.clone(), scope.branch.clone());
        let in_git = older.instances.iter().any(|one| one.apply == IN_GIT);
        let (repository, name) = Some(branch(older)).filter(|left| in_git && *left != branch(self))?;
        let of = if repository == "." { "this repository".to_owned() } else { repository };
        Some(format!("branch {name} of {of}"))
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
