//! What bears the marks of previews: asked of the engines and clusters themselves.

use super::scope::declared;
use crate::model::{Address, Preview, Scope, ScopeInstance};
use crate::ops::environment::has_file;
use crate::ops::error::OpsError;
use crate::ops::look::backends_for;
use crate::ops::project::Project;
use crate::ops::world::World;
use crate::preview::PreviewRecords;
use crate::spec::environment::APPLY_AS_FILES;
use crate::state::record::Records;
use std::collections::{BTreeMap, BTreeSet};

/// Settings that say what something is called on an engine or a cluster, not which one that is.
const NAMES: [&str; 4] = ["project", "namespace", "path", "backend"];

/// What bears the marks of an environment's previews.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// By the number of the pull request.
    pub found: BTreeMap<u32, BTreeSet<Address>>,
    /// Whether a system was there to be asked.
    pub asked: bool,
    /// Why a system could not be asked.
    pub failed: Option<String>,
    /// Why not all systems are known.
    pub unknown: Option<String>,
}

impl Marks {
    /// How many things bear the mark of a preview; none: nobody can say.
    pub fn count(&self, number: u32) -> Option<usize> {
        let known = self.asked && self.failed.is_none();
        known.then(|| self.found.get(&number).map_or(0, BTreeSet::len))
    }

    /// The previews that are known by their marks alone.
    pub fn unrecorded<'a>(&'a self, records: &'a PreviewRecords) -> impl Iterator<Item = u32> + 'a {
        self.found.keys().copied().filter(|number| !records.previews.contains_key(number))
    }
}

/// Asks everywhere where previews of an environment can be.
///
/// # Errors
/// When the state cannot be read.
pub(super) async fn marks(
    project: &Project,
    world: &World<'_>,
    base: &str,
    records: &PreviewRecords,
) -> Result<Marks, OpsError> {
    let mut marks = Marks::default();
    let owner = format!("{}/{base}-pr-", project.settings.name.value);
    let mut asked: BTreeSet<String> = BTreeSet::new();
    for scope in scopes(project, world, base, records, &mut marks).await? {
        let scope = Scope { instances: new_systems(&scope, &mut asked), ..scope };
        if scope.instances.is_empty() {
            continue;
        }
        if let Err(error) = ask(project, world, &scope, &owner, &mut marks).await {
            marks.failed = Some(error.to_string());
        }
    }
    Ok(marks)
}

async fn ask(
    project: &Project,
    world: &World<'_>,
    scope: &Scope,
    owner: &str,
    marks: &mut Marks,
) -> Result<(), OpsError> {
    for (_, backend) in backends_for(project, world, scope)?.iter() {
        let Some(marked) = backend.marked(&world.context(), owner).await? else { continue };
        marks.asked = true;
        for (owner, addresses) in marked {
            let name = owner.split_once('/').map_or("", |(_, name)| name);
            if let Some((_, number)) = Preview::parse_name(name) {
                marks.found.entry(number).or_default().extend(addresses);
            }
        }
    }
    Ok(())
}

/// The instances of a scope whose systems were not asked yet.
fn new_systems(scope: &Scope, asked: &mut BTreeSet<String>) -> Vec<ScopeInstance> {
    let system = |instance: &ScopeInstance| {
        let settings =
            instance.settings.as_map().into_iter().flatten().filter(|(key, _)| !NAMES.contains(&key.as_str()));
        let settings: Vec<String> = settings.map(|(key, value)| format!("{key}={}", value.to_public_json())).collect();
        format!("{} {} {}", instance.kind, instance.apply, settings.join(" "))
    };
    let live = scope.instances.iter().filter(|instance| instance.apply != APPLY_AS_FILES);
    live.filter(|instance| asked.insert(system(instance))).cloned().collect()
}

async fn scopes(
    project: &Project,
    world: &World<'_>,
    base: &str,
    records: &PreviewRecords,
    marks: &mut Marks,
) -> Result<Vec<Scope>, OpsError> {
    let store = world.store(project)?;
    let mut scopes = Vec::new();
    if has_file(&project.files, base) {
        match declared(project, base, 1) {
            Ok(scope) => scopes.extend(scope),
            Err(error) => marks.unknown = Some(format!("environments/{base}.yaml: {error}")),
        }
    }
    let name = |number: &u32| Preview { base: base.into(), number: *number, branch: None, sha: None }.name();
    for name in records.previews.keys().map(name).chain([base.to_owned()]) {
        scopes.extend(Records::of(store.as_ref(), &name).scope().await?);
    }
    Ok(scopes)
}
