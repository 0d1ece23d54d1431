//! Containers that live in another one's namespace: they are bound to that very container, and go with it.

use super::course::Course;
use super::scene::Scene;
use super::{Courses, Work};
use crate::backend::docker::names::{Kind, address, named};
use crate::model::{Address, Tree};

/// Where a service may say that it shares another one's namespace.
const KEYS: [&str; 3] = ["network_mode", "ipc", "pid"];

/// The service whose namespace a service shares.
fn shared_with(body: &Tree) -> impl Iterator<Item = &str> {
    KEYS.iter().filter_map(|key| body.get(key)?.as_str()?.strip_prefix("service:"))
}

impl Work<'_> {
    /// The services that share a namespace of a service.
    pub(super) fn sharers(&self, of: &Address) -> Vec<Address> {
        let Some((Kind::Container, service)) = named(of) else { return Vec::new() };
        let shares = |address: &&Address| {
            let body = self.batch.resources.get(*address).map(|resource| &resource.body);
            address.instance() == of.instance()
                && body.is_some_and(|body| shared_with(body).any(|other| other == service))
        };
        self.batch.resources.keys().filter(|one| one.kind() == super::super::KIND).filter(shares).cloned().collect()
    }

    /// Adds what must be made anew with what is made anew.
    pub(super) fn share(&self, courses: &mut Courses, scene: &Scene) {
        let is_made =
            |course: &Course| matches!(course, Course::Up { .. } | Course::Adopt | Course::Make { anew: true });
        let mut open: Vec<Address> =
            courses.iter().filter(|(_, course)| is_made(course)).map(|(address, _)| address.clone()).collect();
        while let Some(made) = open.pop() {
            for sharer in self.sharers(&made).into_iter().chain(self.services_with(&made)) {
                let known = courses.get(&sharer);
                if known.is_some_and(|course| is_made(course) || *course == Course::Delete) || !is_ours(&sharer, scene)
                {
                    continue;
                }
                courses.insert(sharer.clone(), Course::Up { force: true });
                open.push(sharer);
            }
        }
    }

    /// Restarts what shares a namespace of a container that was started: its old namespace is gone.
    pub(super) async fn restart_sharers(
        &self,
        of: &Address,
        scene: &Scene,
    ) -> Result<(), crate::backend::BackendError> {
        for sharer in self.sharers(of) {
            let Some((_, service)) = named(&sharer) else { continue };
            for one in scene.of_service(&service).filter(|one| one.ours && one.state == "running") {
                self.memory.begin(&address(self.target, Kind::Container, &service, of), self.is_job(&sharer));
                self.restart(one).await?;
            }
        }
        Ok(())
    }
}

/// Whether there are containers of a service, and all bear our mark.
fn is_ours(address: &Address, scene: &Scene) -> bool {
    let Some((Kind::Container, service)) = named(address) else { return false };
    let mut containers = scene.of_service(&service).peekable();
    containers.peek().is_some() && containers.all(|one| one.ours)
}
