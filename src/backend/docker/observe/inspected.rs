//! What the engine says of each container, of the images that they are of, and of the files in them.

use super::Look;
use super::contents::{self, Found};
use super::identity::Identity;
use super::listing::Listed;
use super::reading::gather;
use super::wanted::{Kind, Wanted};
use crate::backend::BackendError;
use crate::backend::docker::Engine;
use crate::backend::docker::body::{self, Sight};
use crate::backend::docker::error::failed;
use crate::model::Tree;
use bollard::errors::Error;
use bollard::models::{ContainerInspectResponse, ContainerSummaryStateEnum, ImageInspect, SystemInfo};
use bollard::query_parameters::InspectContainerOptions;
use std::collections::{BTreeMap, BTreeSet};

/// A file of a container: the container, its section and name, its path.
type File = (String, (&'static str, String), String);

/// Everything that was asked of the engine.
pub struct Inspected {
    containers: BTreeMap<String, Result<ContainerInspectResponse, Error>>,
    images: BTreeMap<String, Result<ImageInspect, Error>>,
    files: BTreeMap<File, Result<Found, Error>>,
}

/// A body, what it reports, and which one it is.
#[derive(Default)]
pub struct Body {
    pub tree: Tree,
    pub outputs: BTreeMap<String, String>,
    /// Says the same as long as it is the same thing, and nobody changed what can be changed of it; whatever is declared.
    pub print: String,
}

impl Inspected {
    pub async fn of(engine: &Engine, wanted: &Wanted<'_>, asked: &[(&str, &Listed)]) -> Result<Self, BackendError> {
        let client = engine.client().await?;
        let (mut images, mut files) = (BTreeSet::new(), Vec::new());
        for (service, listed) in asked {
            let declared = wanted.declared(Kind::Container, service);
            images.insert(listed.image_id.clone());
            images.extend(declared.made_from().get("image").and_then(Tree::as_str).map(str::to_owned));
            images.extend(declared.applied.and_then(|applied| applied.outputs.get("image").cloned()));
            // What was never started has none of its files yet.
            if listed.state != ContainerSummaryStateEnum::CREATED {
                let places = contents::places(declared.made_from()).into_iter();
                files.extend(places.map(|(key, path)| (listed.id.clone(), key, path)));
            }
        }
        let ids: Vec<String> = asked.iter().map(|(_, listed)| listed.id.clone()).collect();
        let inspect = |id: String| {
            let client = client.clone();
            async move { client.inspect_container(&id, None::<InspectContainerOptions>).await }
        };
        let image = |name: String| {
            let client = client.clone();
            async move { client.inspect_image(&name).await }
        };
        let file = |(id, _, path): File| contents::read(client.clone(), id, path);
        let (containers, images, files) =
            tokio::join!(gather(ids, inspect), gather(images, image), gather(files, file));
        Ok(Self { containers, images, files })
    }

    /// What the engine can do, where a container cannot be read without it.
    pub async fn engine_where_it_matters(
        &self,
        look: &Look<'_>,
        asked: &[(&str, &Listed)],
    ) -> Result<Option<SystemInfo>, BackendError> {
        let matters = asked.iter().any(|(service, listed)| {
            let sight = self.sight(look, service, listed);
            listed.is_half_made() || sight.is_ok_and(|(sight, _)| sight.needs_engine())
        });
        if !matters {
            return Ok(None);
        }
        let engine = look.engine;
        let info = engine.client().await?.info().await;
        info.map(Some).map_err(|error| failed("ask what it can do", engine.host(), &error))
    }

    /// A container's body and outputs; else why it could not be read.
    pub fn body(&self, look: &Look<'_>, service: &str, listed: &Listed) -> Result<Body, String> {
        let (sight, name) = self.sight(look, service, listed)?;
        let declared = look.wanted.declared(Kind::Container, service);
        let mut body = body::container(&Sight { image_name: &name, ..sight }, declared.desired_body());
        for ((section, name), path) in contents::places(sight.declared) {
            if let Some(Err(error)) = self.files.get(&(listed.id.clone(), (section, name), path.clone())) {
                return Err(failed("read", &path, error).message);
            }
        }
        let read = |section: &str, name: &str| {
            let mut of_container = self.files.iter().filter(|((id, ..), _)| *id == listed.id);
            let found = of_container.find(|((_, (of, called), _), _)| *of == section && called == name)?.1;
            found.as_ref().ok().cloned()
        };
        contents::put(&mut body, sight.declared, read);
        let ports = sight.container.network_settings.as_ref().and_then(|settings| settings.ports.as_ref());
        let mut outputs = body::outputs(ports);
        outputs.insert("container".into(), listed.id.clone());
        outputs.insert("image".into(), sight.container.image.clone().unwrap_or_default());
        let changeable = serde_json::to_string(&body::changeable(&sight)).unwrap_or_default();
        Ok(Body { tree: body, outputs, print: format!("{} {changeable}", listed.id) })
    }

    /// What is needed to read a container, and what its image is to be called.
    fn sight<'a>(
        &'a self,
        look: &'a Look<'_>,
        service: &'a str,
        listed: &Listed,
    ) -> Result<(Sight<'a>, String), String> {
        let unanswered = || format!("{} did not answer", look.engine.host());
        let container = self.containers.get(&listed.id).ok_or_else(unanswered)?;
        let container = container.as_ref().map_err(|error| match error {
            Error::DockerResponseServerError { status_code: 404, .. } => {
                format!("{} went away while it was looked at", listed.name)
            }
            error => failed("inspect", &listed.name, error).message,
        })?;
        let image = self.images.get(&listed.image_id).ok_or_else(unanswered)?;
        let image = image.as_ref().map_err(|error| match error {
            Error::DockerResponseServerError { status_code: 404, .. } => {
                format!(
                    "the image of {} is gone from the engine: what it brings cannot be told from what was set",
                    listed.name
                )
            }
            error => failed("inspect the image of", &listed.name, error).message,
        })?;
        let known = look.wanted.declared(Kind::Container, service);
        let declared = known.made_from();
        let called = declared.get("image").and_then(Tree::as_str).unwrap_or_default();
        let recorded = known.applied.and_then(|applied| applied.outputs.get("image")).map(String::as_str);
        let there = |name: &str| self.images.get(name)?.as_ref().ok();
        let identity = Identity {
            container,
            image,
            declared: called,
            recorded,
            recorded_image: recorded.and_then(there),
            named: self.named(called)?,
        };
        let name = identity.name();
        Ok((Sight { container, image, image_name: "", service, scene: &look.scene, declared }, name))
    }

    /// What a name stands for; none: nothing any more.
    fn named(&self, name: &str) -> Result<Option<&ImageInspect>, String> {
        match self.images.get(name) {
            Some(Ok(image)) => Ok(Some(image)),
            Some(Err(Error::DockerResponseServerError { status_code: 404, .. })) | None => Ok(None),
            Some(Err(error)) => Err(failed("inspect the image", name, error).message),
        }
    }
}

/// What time it is for the engine, in seconds since 1970, where something half made is to be judged.
pub fn now(engine: Option<&SystemInfo>) -> Option<i64> {
    let time = engine?.system_time.as_deref()?;
    time.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}
