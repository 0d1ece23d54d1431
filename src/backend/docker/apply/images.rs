//! The images, before anything is removed.

use super::compose::PULL_TIMEOUT;
use super::course::Course;
use super::{Courses, Work};
use crate::backend::docker::error::failed;
use crate::backend::docker::names::{Kind, named};
use crate::backend::{BackendError, ErrorClass};
use crate::event::Event;
use crate::model::{Address, Tree};
use crate::seam::{BoxFuture, all};
use std::collections::{BTreeMap, BTreeSet};

impl Work<'_> {
    /// Has the images of all containers that are to be made on the engine. Compose fetches them as the user would: its own configuration says
    /// as whom.
    pub(super) async fn fetch_images(&self, courses: &Courses) -> Result<(), BackendError> {
        let wanted = self.images(courses)?;
        let looks = wanted.keys().map(|image| {
            let look: BoxFuture<'_, _> = Box::pin(async move { (image, self.has(image).await) });
            look
        });
        let mut missing: Vec<(String, Address)> = Vec::new();
        for (image, there) in all(looks).await {
            if !there? {
                missing.extend(wanted[image].iter().map(|address| (image.clone(), address.clone())));
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let names: BTreeSet<&str> = missing.iter().map(|(image, _)| image.as_str()).collect();
        let message = format!("fetching {}", names.iter().copied().collect::<Vec<_>>().join(", "));
        self.context.events.emit(&Event::ChangeProgress { address: None, message });
        let addresses: Vec<Address> = missing.iter().map(|(_, address)| address.clone()).collect();
        let services = addresses.iter().filter_map(|address| named(address).map(|(_, service)| service));
        let arguments = ["pull", "--quiet", "--policy", "missing"].map(str::to_owned);
        let pulled = self
            .compose(arguments.into_iter().chain(services).collect(), self.variables(&addresses)?, PULL_TIMEOUT)
            .await;
        pulled.map_err(|error| unavailable(&names, error))
    }

    /// The images of containers that are to be made, and whose each is. What is built on the spot is Compose's business.
    fn images(&self, courses: &Courses) -> Result<BTreeMap<String, Vec<Address>>, BackendError> {
        let mut wanted: BTreeMap<String, Vec<Address>> = BTreeMap::new();
        let is_made = |course: &Course| matches!(course, Course::Up { .. } | Course::Adopt);
        for address in courses.iter().filter(|(_, course)| is_made(course)).map(|(address, _)| address) {
            if named(address).is_none_or(|(kind, _)| kind != Kind::Container) {
                continue;
            }
            let body = self.batch.resources.get(address).map(|resource| &resource.body);
            let Some(body) = body.filter(|body| body.get("build").is_none()) else { continue };
            if let Some(Tree::Text(image)) = body.get("image") {
                let name = match image.as_literal() {
                    Some(name) => name.to_owned(),
                    None => String::from_utf8_lossy(self.batch.supply.fill(image)?.expose()).into_owned(),
                };
                wanted.entry(name).or_default().push(address.clone());
            }
        }
        Ok(wanted)
    }

    async fn has(&self, image: &str) -> Result<bool, BackendError> {
        match self.client.inspect_image(image).await {
            Ok(_) => Ok(true),
            Err(error) => {
                let error = failed("look at the image", image, &error);
                if error.class == ErrorClass::NotFound { Ok(false) } else { Err(error) }
            }
        }
    }
}

fn unavailable(names: &BTreeSet<&str>, error: BackendError) -> BackendError {
    let names = names.iter().copied().collect::<Vec<_>>().join(", ");
    let message = format!("nothing was changed, since an image cannot be had ({names}): {}", error.message);
    // What nobody understands of a pull is that the image is not there.
    let class = if error.class == ErrorClass::Invalid { ErrorClass::NotFound } else { error.class };
    let help =
        error.help.unwrap_or_else(|| "check the image's name and tag; a private registry needs `docker login`".into());
    BackendError::new(class, message).help(help)
}
