//! What was last handed to somebody else who applies it: what is live of it is what was pushed, or what was pushed before that and is not
//! brought there yet.

use super::environment::compile_from;
use super::error::OpsError;
use super::group::Group;
use super::project::{Project, TemplateTexts};
use super::rendering::{Instances, render_instances};
use super::secrets::Secrets;
use crate::backend::Backend;
use crate::model::{Address, Resource, Revision};
use crate::plan::{Applied, Comparison, Content, Observation, compare};
use crate::sys::git::GitTree;
use std::collections::BTreeMap;

/// What an instance stood for at one revision.
struct Pushed {
    revision: Revision,
    resources: BTreeMap<Address, Resource>,
}

/// What counts as applied of what is observed: what was pushed last; where what is live is what was pushed before that, that.
///
/// What cannot be made again (its files were not committed, or have errors by now) is not known: Git stands in for it.
pub fn applied(
    project: &Project,
    environment: &str,
    instance: &str,
    backend: &dyn Backend,
    (sources, observation): (&[Revision], &Observation),
) -> BTreeMap<Address, Applied> {
    let made = sources.iter().map(|revision| pushed(project, environment, instance, backend, revision));
    let pushed: Vec<Pushed> = made.map_while(Result::ok).collect();
    let Some(newest) = pushed.first() else { return BTreeMap::new() };
    let one = |(address, resource): (&Address, &Resource)| {
        let before = pushed.get(1).and_then(|before| Some((before, before.resources.get(address)?)));
        let still = before
            .filter(|(_, before)| !is_live(backend, resource, observation) && is_live(backend, before, observation));
        let (revision, resource) = still.map_or((&newest.revision, resource), |(of, before)| (&of.revision, before));
        (address.clone(), as_applied(instance, resource, revision))
    };
    newest.resources.iter().map(one).collect()
}

fn pushed(
    project: &Project,
    environment: &str,
    instance: &str,
    backend: &dyn Backend,
    revision: &Revision,
) -> Result<Pushed, OpsError> {
    let commit = revision.commit.as_deref().filter(|_| !revision.dirty);
    let commit = commit.ok_or_else(|| OpsError::refused("its files were not committed", "commit them"))?;
    let files = GitTree::open(&project.root, commit)?;
    let templates = TemplateTexts::load(&files, &project.library)?;
    let compiled = compile_from(&files, project, environment)?;
    let rendered = render_instances(&compiled.model, &compiled.sources, &templates, Instances::Used)?;
    let of_instance = rendered.iter().filter(|one| one.instance.name == instance);
    let resources = of_instance.flat_map(|one| backend.desired(instance, &one.rendered));
    let resources = resources.map(|resource| (resource.address.clone(), resource)).collect();
    Ok(Pushed { revision: revision.clone(), resources })
}

fn is_live(backend: &dyn Backend, resource: &Resource, observation: &Observation) -> bool {
    let desired = Some(Content::of_resource(resource));
    let Some(observed) = observation.resources.get(&resource.address) else { return false };
    let comparison = Comparison {
        address: &resource.address,
        table: backend.table(),
        owned: &resource.owned,
        desired,
        applied: desired,
        live: Some(Content::of_observed(observed)),
        as_system_would: None,
        silence: &|_| None,
    };
    compare(&comparison).fields.is_empty()
}

fn as_applied(instance: &str, resource: &Resource, revision: &Revision) -> Applied {
    Applied {
        component: resource.component.clone(),
        instance: Some(instance.to_owned()),
        body: resource.body.clone(),
        text: resource.text.clone(),
        executable: resource.executable,
        revision: Some(revision.clone()),
        fingerprint: None,
        protect: resource.protect,
        outputs: BTreeMap::new(),
        secrets: BTreeMap::new(),
        after: resource.after.clone(),
    }
}

/// Puts in what was pushed where somebody else applies.
pub fn fill(project: &Project, environment: &str, groups: &[Group], secrets: &Secrets, observed: &mut Group) {
    let same = groups.iter().find(|group| group.name == observed.name && !group.observation.sources.is_empty());
    let Some(sources) = same.map(|group| group.observation.sources.clone()) else { return };
    let (backend, looked) = (observed.backend.as_ref(), (sources.as_slice(), &observed.observation));
    let mut applied = applied(project, environment, &observed.name, backend, looked);
    // What is declared no more is nobody's to tell of here: it is not ours to take away.
    applied.retain(|address, _| observed.desired.iter().any(|resource| resource.address == *address));
    observed.applied = applied;
    observed.judge(secrets);
}
