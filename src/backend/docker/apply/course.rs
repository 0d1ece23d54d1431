//! What is to be done to one address.

use super::Work;
use super::guard;
use super::scene::Scene;
use crate::backend::docker::names::{Kind, named};
use crate::backend::{BackendError, ErrorClass};
use crate::model::FieldPath;
use crate::model::Segment;
use crate::plan::{Action, Change, Comparison, Content, compare};
use std::collections::BTreeSet;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Course {
    /// It is as it must be.
    Nothing,
    /// It goes.
    Delete,
    /// A network or volume is made, or made anew.
    Make {
        /// Whether the old one goes first.
        anew: bool,
    },
    /// Containers are made by Compose.
    Up {
        /// Whether those that are there are made anew.
        force: bool,
    },
    /// What is there is put back in place.
    InPlace {
        /// What is put back.
        repairs: BTreeSet<Repair>,
        /// Whether it is restarted then.
        restart: bool,
        /// Whether there are too many or too few of it.
        scale: bool,
    },
    /// What stands in its place is taken over.
    Adopt,
}

/// What can be put back without making a container anew, in the order in which it is done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Repair {
    /// It is called otherwise.
    Name,
    /// Limits, and what is done when it ends.
    Limits,
    /// The networks that it is attached to, and how.
    Networks,
    /// A file, by the name of its config.
    Config(String),
    /// A file, by the name of its secret.
    Secret(String),
    /// Whether it runs.
    State,
}

/// Decides.
pub(super) fn course(work: &Work<'_>, change: &Change, scene: &Scene) -> Result<Course, BackendError> {
    let address = &change.address;
    let Some((kind, name)) = named(address) else {
        let message = format!("{address} is nothing that could be changed here");
        return Err(BackendError::new(ErrorClass::Denied, message));
    };
    let differences = differences(work, change, scene);
    // What is as it must be already is that whoever made it so; what goes with another one may have been made anew with that.
    let made = match change.action {
        Action::Create | Action::Update => true,
        Action::Replace => work.memory.left(address).is_some_and(|left| left.fingerprint.is_some()),
        _ => false,
    };
    let asked = if change.action == Action::Replace { BTreeSet::new() } else { planned(change) };
    let done =
        made && scene.observed(address).is_some_and(|seen| seen.ours) && differences.is_empty() && asked.is_empty();
    let gone = change.action == Action::Delete && scene.observed(address).is_none();
    if done || gone {
        return Ok(Course::Nothing);
    }
    guard::check(work, change, scene)?;
    if change.action == Action::Delete {
        return Ok(Course::Delete);
    }
    if !work.batch.resources.contains_key(address) {
        return Err(BackendError::new(ErrorClass::Invalid, format!("what {address} must be is not known")));
    }
    match (kind, change.action) {
        (_, Action::Keep | Action::Run) => Err(BackendError::new(
            ErrorClass::Unsupported,
            format!("`{}` cannot be done to {address}", change.action.as_str()),
        )),
        (_, Action::Adopt) => Ok(Course::Adopt),
        (Kind::Container, _) => Ok(of_container(work, change, scene, &name, &(&differences | &planned(change)))),
        (Kind::Network | Kind::Volume, _) => Ok(Course::Make { anew: scene.observed(address).is_some() }),
    }
}

/// The fields that are not as they must be. What a secret's file holds is known to the plan alone.
fn differences(work: &Work<'_>, change: &Change, scene: &Scene) -> BTreeSet<FieldPath> {
    let resource = work.batch.resources.get(&change.address);
    let desired = resource.map(Content::of_resource);
    let comparison = Comparison {
        address: &change.address,
        table: &super::super::TABLE,
        owned: resource.map_or(&[], |resource| &resource.owned),
        desired,
        applied: desired,
        live: scene.observed(&change.address).map(Content::of_observed),
        as_system_would: None,
        silence: &|_| None,
    };
    compare(&comparison).fields.into_iter().map(|field| field.path).filter(|path| !is_secret(path)).collect()
}

/// The fields that the plan is to change.
fn planned(change: &Change) -> BTreeSet<FieldPath> {
    change.fields.iter().map(|field| field.path.clone()).collect()
}

fn first_key(path: &FieldPath) -> Option<&str> {
    match path.0.first() {
        Some(Segment::Key(key)) => Some(key),
        _ => None,
    }
}

fn is_secret(path: &FieldPath) -> bool {
    first_key(path) == Some("secrets")
}

fn of_container(
    work: &Work<'_>,
    change: &Change,
    scene: &Scene,
    service: &str,
    differences: &BTreeSet<FieldPath>,
) -> Course {
    let live: Vec<_> = scene.of_service(service).collect();
    // What never ran may lack its files: these are put into a container right before it starts.
    let half_made = live.iter().any(|one| one.state == "created");
    let anew = match change.action {
        Action::Create => half_made,
        Action::Replace => true,
        _ => half_made || live.is_empty() || work.is_job(&change.address),
    };
    if anew || change.action == Action::Create {
        return Course::Up { force: anew };
    }
    let (mut repairs, mut scale) = (BTreeSet::new(), false);
    for path in differences {
        match way(path) {
            Way::Repair(repair) => _ = repairs.insert(repair),
            Way::Scale => scale = true,
            Way::Restart => {}
            Way::Anew => return Course::Up { force: true },
        }
    }
    Course::InPlace { repairs, restart: change.action == Action::Restart, scale }
}

/// How a field is put back.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    Repair(Repair),
    /// By making more or fewer of it.
    Scale,
    /// By the restart that is planned.
    Restart,
    /// By making it anew.
    Anew,
}

fn way(path: &FieldPath) -> Way {
    let key = |at: usize| match path.0.get(at) {
        Some(Segment::Key(key)) => key.as_str(),
        _ => "",
    };
    Way::Repair(match (key(0), key(1)) {
        ("health", _) => return Way::Restart,
        ("deploy", "replicas") | ("scale", _) => return Way::Scale,
        ("state", _) => Repair::State,
        ("networks", _) => Repair::Networks,
        ("container_name", _) => Repair::Name,
        ("configs" | "config_targets", name) if !name.is_empty() => Repair::Config(name.to_owned()),
        ("secrets" | "secret_targets", name) if !name.is_empty() => Repair::Secret(name.to_owned()),
        ("deploy", "resources" | "restart_policy") | ("restart", _) => Repair::Limits,
        (key, _) if LIMITS.contains(&key) => Repair::Limits,
        _ => return Way::Anew,
    })
}

/// What `docker update` can change: <https://docs.docker.com/reference/api/engine/>, "Update a container".
const LIMITS: &[&str] = &[
    "blkio_config",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpu_shares",
    "cpus",
    "cpuset",
    "mem_limit",
    "mem_reservation",
    "memswap_limit",
    "pids_limit",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_put_back_in_place_where_the_engine_can() {
        let of = |path: &str| way(&path.parse().unwrap());
        for (path, repair) in [
            ("deploy.resources.limits.memory", Repair::Limits),
            ("memswap_limit", Repair::Limits),
            ("restart", Repair::Limits),
            ("networks.staging.aliases", Repair::Networks),
            ("networks", Repair::Networks),
            ("state", Repair::State),
            ("container_name", Repair::Name),
            ("configs.redis-conf[maxmemory]", Repair::Config("redis-conf".into())),
            ("config_targets.redis-conf.mode", Repair::Config("redis-conf".into())),
            ("secrets.cache-app", Repair::Secret("cache-app".into())),
        ] {
            assert_eq!(of(path), Way::Repair(repair), "{path}");
        }
        assert_eq!((of("deploy.replicas"), of("health")), (Way::Scale, Way::Restart));
        for path in ["image", "environment.LOG_LEVEL", "configs", "deploy", "labels.team", "network_mode", "command[1]"]
        {
            assert_eq!(of(path), Way::Anew, "{path}");
        }
    }
}
