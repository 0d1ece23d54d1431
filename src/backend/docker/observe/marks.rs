//! Everything on the engine that bears marks, whatever project it is of.

use super::Lists;
use super::listing::Labels;
use super::wanted::Kind;
use crate::backend::docker::{Engine, KIND};
use crate::backend::{BackendError, Marked};
use crate::model::Address;
use std::collections::HashMap;

/// What bears the mark of an owner that begins with `prefix`.
pub async fn marked(engine: &Engine, prefix: &str) -> Result<Marked, BackendError> {
    let listed = Lists::of(engine).await?;
    let mut marked = Marked::new();
    let mut add = |kind: Kind, name: &str, labels: Option<&HashMap<String, String>>| {
        let labels = Labels(labels);
        let Some((owner, address)) = labels.mark() else { return };
        if owner.starts_with(prefix) {
            let by_name = || Address::new(KIND, None, [kind.as_str(), name]);
            marked.entry(owner.to_owned()).or_default().insert(address.unwrap_or_else(by_name));
        }
    };
    for one in &listed.containers {
        let name = one.names.iter().flatten().next().map_or("", |name| name.trim_start_matches('/'));
        add(Kind::Container, name, one.labels.as_ref());
    }
    for one in &listed.networks {
        add(Kind::Network, one.name.as_deref().unwrap_or_default(), one.labels.as_ref());
    }
    for one in &listed.volumes {
        add(Kind::Volume, &one.name, Some(&one.labels));
    }
    Ok(marked)
}
