//! Where a preview goes: nowhere that another environment is.

use super::error::PreviewError;
use crate::model::{Scope, ScopeInstance};
use crate::spec::environment::APPLY_AS_FILES;
use std::collections::BTreeSet;
use std::fmt;

/// The longest name of a project or a namespace.
const LONGEST_NAME: usize = 63;

/// A place that an environment claims for itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// A folder of a branch.
    Folder { repository: String, branch: String, folder: String },
    /// A name on an engine or a cluster.
    Name { kind: &'static str, on: String, name: String },
    /// Whatever else a setting says.
    Setting { name: &'static str, value: String },
}

impl fmt::Display for Claim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { branch, folder, .. } => write!(formatter, "branch {branch}, {folder}"),
            Self::Name { kind, on, name } if on.is_empty() => write!(formatter, "{kind} {name}"),
            Self::Name { kind, on, name } => write!(formatter, "{kind} {name} on {on}"),
            Self::Setting { name, value } => write!(formatter, "{name} {value}"),
        }
    }
}

/// Settings that name something on what another setting says.
const NAMES: [(&str, &str); 2] = [("project", "host"), ("namespace", "context")];
/// Settings that are a place of their own.
const PLACES: [&str; 3] = ["backend", "inventory", "path"];

fn claims(scope: &Scope) -> BTreeSet<Claim> {
    scope.instances.iter().flat_map(|instance| claims_of(scope, instance)).collect()
}

fn claims_of(scope: &Scope, instance: &ScopeInstance) -> Vec<Claim> {
    let text = |key: &str| instance.settings.get(key).and_then(crate::model::Tree::as_str);
    let mut claims = Vec::new();
    if instance.apply == APPLY_AS_FILES {
        claims.push(Claim::Folder {
            repository: scope.repository.clone(),
            branch: scope.branch.clone(),
            folder: format!("{}/{}", scope.path, instance.name),
        });
    }
    for (kind, on) in NAMES {
        // Where nothing is said, targets take one of these.
        let defaults = || vec![scope.environment.clone(), format!("{}-{}", scope.project, scope.environment)];
        let names = text(kind).map_or_else(defaults, |name| vec![name.to_owned()]);
        let on = text(on).unwrap_or_default();
        claims.extend(names.into_iter().map(|name| Claim::Name { kind, on: on.to_owned(), name }));
    }
    for name in PLACES {
        if let Some(setting) = instance.settings.get(name) {
            claims.push(Claim::Setting { name, value: setting.to_public_json().to_string() });
        }
    }
    claims
}

/// Checks that a preview goes where no other environment is, and that its names can be given.
///
/// # Errors
/// Which place another one has, or which name is too long.
pub fn check_place<'a>(own: &Scope, others: impl IntoIterator<Item = &'a Scope>) -> Result<(), PreviewError> {
    let name = &own.environment;
    let claimed = claims(own);
    for claim in &claimed {
        if let Claim::Name { name: wanted, .. } = claim
            && wanted.chars().count() > LONGEST_NAME
        {
            let (name, wanted) = (name.clone(), wanted.clone());
            return Err(PreviewError::NameTooLong { name, wanted, longest: LONGEST_NAME });
        }
    }
    for other in others.into_iter().filter(|other| other.environment != *name) {
        if let Some(taken) = claims(other).intersection(&claimed).next() {
            let (name, place, other) = (name.clone(), taken.to_string(), other.environment.clone());
            return Err(PreviewError::PlaceTaken { name, place, other });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Tree;
    use serde_json::{Value as Json, json};

    fn scope(environment: &str, instances: &[(&str, &str, &Json)]) -> Scope {
        let instance = |(name, apply, settings): &(&str, &str, &Json)| ScopeInstance {
            name: (*name).into(),
            kind: (*name).into(),
            apply: (*apply).into(),
            observe_live: false,
            settings: Tree::from_json(settings),
            secrets: Vec::new(),
        };
        Scope { instances: instances.iter().map(instance).collect(), ..Scope::nowhere("shop", environment) }
    }

    fn said(own: &Scope, other: &Scope) -> Option<String> {
        check_place(own, [own, other]).err().map(|error| error.to_string())
    }

    #[test]
    fn a_preview_goes_nowhere_that_another_environment_is() {
        let compose = |project: &str| json!({"project": project, "host": "tcp://a:1"});
        let state = json!({"namespace": "x", "backend": {"s3": {"bucket": "b"}}});
        let hosts = json!({"inventory": "hosts.yaml"});
        let nothing = json!({});
        let cases: Vec<(Scope, Scope, Option<&str>)> = vec![
            (
                scope("dev-pr-1", &[("compose", "docker", &compose("shop-pr-1"))]),
                scope("dev", &[("compose", "docker", &compose("shop"))]),
                None,
            ),
            (
                scope("dev-pr-1", &[("compose", "docker", &compose("shop-pr-1"))]),
                scope("other", &[("live", "git", &compose("shop-pr-1"))]),
                Some("dev-pr-1 would go to project shop-pr-1 on tcp://a:1, and other is there"),
            ),
            (
                scope("dev-pr-1", &[("compose", "docker", &compose("shop-pr-1"))]),
                scope("other", &[("compose", "docker", &json!({"project": "shop-pr-1", "host": "tcp://b:1"}))]),
                None,
            ),
            (
                scope("dev-pr-1", &[("compose", "docker", &nothing)]),
                scope("other", &[("compose", "docker", &json!({"project": "dev-pr-1"}))]),
                Some("dev-pr-1 would go to project dev-pr-1, and other is there"),
            ),
            (
                scope("dev-pr-1", &[("compose", "docker", &nothing)]),
                scope("other", &[("compose", "docker", &json!({"project": "shop-dev-pr-1"}))]),
                Some("dev-pr-1 would go to project shop-dev-pr-1, and other is there"),
            ),
            (
                scope("dev-pr-1", &[("terraform", "run", &state)]),
                scope("dev", &[("terraform", "run", &json!({"namespace": "y", "backend": {"s3": {"bucket": "b"}}}))]),
                Some("dev-pr-1 would go to backend {\"s3\":{\"bucket\":\"b\"}}, and dev is there"),
            ),
            (
                scope("dev-pr-1", &[("ansible", "run", &hosts)]),
                scope("dev", &[("ansible", "git", &hosts)]),
                Some("dev-pr-1 would go to inventory \"hosts.yaml\", and dev is there"),
            ),
            (
                Scope { branch: "deploy".into(), ..scope("dev-pr-1", &[("compose", "git", &nothing)]) },
                Scope { branch: "deploy".into(), ..scope("dev", &[("compose", "git", &nothing)]) },
                Some("dev-pr-1 would go to branch deploy, ./compose, and dev is there"),
            ),
        ];
        for (own, other, expected) in cases {
            assert_eq!(said(&own, &other).as_deref(), expected, "{own:?} {other:?}");
        }
    }

    #[test]
    fn a_name_that_is_too_long_is_refused_before_anything_is_made() {
        let long = "x".repeat(64);
        let own = scope("dev-pr-1", &[("compose", "docker", &json!({"project": long}))]);
        let error = PreviewError::NameTooLong { name: "dev-pr-1".into(), wanted: long, longest: 63 };
        assert_eq!(check_place(&own, []), Err(error));
    }
}
