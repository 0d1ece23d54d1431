//! Takes over containers that are there without our mark.
//!
//! A container cannot be given a label: it is made anew with ours, and keeps its volumes. Compose does that by itself for one that it made;
//! any other is set aside first, and comes back if nothing can be made in its place. A network or volume that cannot be given our mark stays
//! as it is: that it was taken over is remembered with what was applied.

use super::course::Course;
use super::scene::Scene;
use super::{Courses, Results, Work};
use crate::backend::docker::error::failed;
use crate::backend::docker::found::Found;
use crate::backend::docker::names::{Kind, named};
use crate::backend::{BackendError, ErrorClass};
use crate::model::Address;
use crate::plan::Action;
use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{RenameContainerOptionsBuilder, StartContainerOptions};

/// A container that was set aside for another one.
struct Aside {
    address: Address,
    id: String,
    /// What it was called.
    name: String,
    /// Whether it ran.
    ran: bool,
}

impl Work<'_> {
    /// Whether an address is to be taken over.
    pub(super) fn adopts(&self, address: &Address) -> bool {
        self.batch.changes.iter().any(|change| change.address == *address && change.action == Action::Adopt)
    }

    /// Makes room for what takes over, makes it with all the others, and lets go of what stood there.
    pub(super) async fn up_with_adopted(&self, mut courses: Courses, scene: &Scene, results: &mut Results) {
        let is_adopted = |(address, course): &(&Address, &Course)| {
            **course == Course::Adopt && named(address).is_some_and(|(kind, _)| kind == Kind::Container)
        };
        let adopted: Vec<Address> = courses.iter().filter(is_adopted).map(|(address, _)| address.clone()).collect();
        let mut aside = Vec::new();
        for address in adopted {
            match self.make_room(&address, scene).await {
                Ok(set_aside) => {
                    aside.extend(set_aside);
                    courses.insert(address, Course::Up { force: true });
                }
                Err(error) => _ = results.insert(address, Err(error)),
            }
        }
        self.share(&mut courses, scene);
        self.up(&courses, scene, results).await;
        for one in aside {
            let made = results.get(&one.address).is_some_and(Result::is_ok);
            let done = if made { self.remove(&one.id, &one.name).await } else { self.put_back(&one).await };
            if let (Err(error), true) = (done, made) {
                results.insert(one.address, Err(error));
            }
        }
    }

    /// Sets aside what has the name and is no container of the service.
    async fn make_room(&self, address: &Address, scene: &Scene) -> Result<Option<Aside>, BackendError> {
        let Some((_, service)) = named(address) else { return Ok(None) };
        let Some(occupant) = scene.occupant(&self.target.project, &service) else { return Ok(None) };
        let Some(inspected) = self.inspect(&occupant.id).await? else { return Ok(None) };
        if let Some(place) = anonymous_volume(&inspected) {
            let message = format!(
                "what {} holds in {place} lies in a volume without a name, and would be left behind",
                occupant.name
            );
            let help = "copy it into the volume that is declared for it (`docker cp`), and remove the container";
            return Err(BackendError::new(ErrorClass::Denied, message).help(help));
        }
        self.memory.begin(address, self.is_job(address));
        self.set_aside(address, occupant, &inspected).await.map(Some)
    }

    async fn set_aside(
        &self,
        address: &Address,
        occupant: &Found,
        inspected: &ContainerInspectResponse,
    ) -> Result<Aside, BackendError> {
        self.stop(&occupant.id, inspected).await?;
        let short = occupant.id.get(..12).unwrap_or(&occupant.id);
        let options = RenameContainerOptionsBuilder::default().name(&format!("{}-{short}", occupant.name)).build();
        let renamed = self.client.rename_container(&occupant.id, options).await;
        let (id, name, ran) = (occupant.id.clone(), occupant.name.clone(), occupant.state == "running");
        let aside = Aside { address: address.clone(), id, name, ran };
        if let Err(error) = renamed {
            let error = failed("rename", &occupant.name, &error);
            self.put_back(&aside).await?;
            return Err(error);
        }
        Ok(aside)
    }

    /// Puts back what was set aside.
    async fn put_back(&self, aside: &Aside) -> Result<(), BackendError> {
        let options = RenameContainerOptionsBuilder::default().name(&aside.name).build();
        let renamed = self.client.rename_container(&aside.id, options).await;
        if aside.ran {
            let started = self.client.start_container(&aside.id, None::<StartContainerOptions>).await;
            started.map_err(|error| failed("start again", &aside.name, &error))?;
        }
        renamed.map_err(|error| failed("rename", &aside.name, &error))
    }
}

/// Where a container keeps data that nothing else knows by a name.
fn anonymous_volume(inspected: &ContainerInspectResponse) -> Option<String> {
    let is_anonymous = |name: &String| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mounts = inspected.mounts.iter().flatten();
    let mut anonymous =
        mounts.filter(|mount| mount.typ.as_deref() == Some("volume") && mount.name.as_ref().is_some_and(is_anonymous));
    anonymous.next().map(|mount| mount.destination.clone().unwrap_or_default())
}
