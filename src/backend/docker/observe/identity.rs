//! Which image a container is of: the one that it was made from when it was applied, whatever its name stands for by now.

use bollard::models::{ContainerInspectResponse, ImageInspect, OciDescriptor};
use std::collections::BTreeSet;

/// What the name of a container's image is compared with.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    pub container: &'a ContainerInspectResponse,
    /// The image that it is of.
    pub image: &'a ImageInspect,
    /// What the image is declared to be.
    pub declared: &'a str,
    /// The identifier that was recorded.
    pub recorded: Option<&'a str>,
    /// What is recorded, where the engine still has it.
    pub recorded_image: Option<&'a ImageInspect>,
    /// What the declared name stands for now, if for anything.
    pub named: Option<&'a ImageInspect>,
}

impl Identity<'_> {
    /// What the image is declared to be, where it is that; else what tells it apart.
    pub fn name(&self) -> String {
        let text = self.container.config.as_ref().and_then(|config| config.image.as_deref()).unwrap_or_default();
        if self.is_as_recorded() && self.is_as_named(text) {
            return self.declared.to_owned();
        }
        let tells_apart = !text.is_empty() && text != self.declared && !text.starts_with("sha256:");
        if tells_apart { text.to_owned() } else { self.container.image.clone().unwrap_or_default() }
    }

    fn is_as_recorded(&self) -> bool {
        let Some(recorded) = self.recorded else { return true };
        self.ids().contains(recorded) || self.recorded_image.is_some_and(|image| same_content(image, self.image))
    }

    fn is_as_named(&self, text: &str) -> bool {
        match self.named {
            Some(named) => !self.ids().is_disjoint(&ids(named)) || same_content(named, self.image),
            // Its name is gone from the engine: what was recorded says what it is, else the name by which it was made.
            None => self.recorded.is_some() || text == self.declared,
        }
    }

    fn ids(&self) -> BTreeSet<&str> {
        let mut all = ids(self.image);
        all.extend(self.container.image.as_deref());
        all.extend(digest(self.container.image_manifest_descriptor.as_ref()));
        all
    }
}

fn digest(descriptor: Option<&OciDescriptor>) -> Option<&str> {
    descriptor?.digest.as_deref()
}

/// An image has several identifiers, and which of them the engine shows depends on where it keeps images.
fn ids(image: &ImageInspect) -> BTreeSet<&str> {
    let mut ids: BTreeSet<&str> = image.id.as_deref().into_iter().collect();
    ids.extend(digest(image.descriptor.as_ref()));
    ids.extend(image.repo_digests.iter().flatten().filter_map(|text| Some(text.split_once('@')?.1)));
    ids.extend(image.manifests.iter().flatten().filter_map(|manifest| digest(Some(&manifest.descriptor))));
    ids
}

/// The same layers under the same configuration: built twice, or with other papers beside it.
fn same_content(a: &ImageInspect, b: &ImageInspect) -> bool {
    let layers =
        |image: &ImageInspect| image.root_fs.as_ref().and_then(|files| files.layers.clone()).unwrap_or_default();
    let machine = |image: &ImageInspect| (image.os.clone(), image.architecture.clone());
    !layers(a).is_empty() && layers(a) == layers(b) && a.config == b.config && machine(a) == machine(b)
}
