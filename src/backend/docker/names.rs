//! What things are called on the engine, and by which labels they are known.

use super::DockerTarget;
use crate::model::{Address, Tree};

/// Compose's label of its project.
pub(super) const PROJECT: &str = "com.docker.compose.project";
/// Compose's label of the service that a container is of.
pub(super) const SERVICE: &str = "com.docker.compose.service";
/// Compose's label of the name that a network has in the file.
pub(super) const NETWORK: &str = "com.docker.compose.network";
/// Compose's label of the name that a volume has in the file.
pub(super) const VOLUME: &str = "com.docker.compose.volume";
/// Compose's label of a container that `docker compose run` made.
pub(super) const ONE_OFF: &str = "com.docker.compose.oneoff";
/// Compose's label of a container's number among those of its service.
pub(super) const NUMBER: &str = "com.docker.compose.container-number";
/// Our mark: `<project>/<environment>`.
pub(super) const OWNER: &str = "driftless.dev/owner";

/// What an address is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The containers of a service.
    Container,
    /// A network.
    Network,
    /// A volume.
    Volume,
}

/// What an address names: the kind and the name in the file. None for what is no part of the file (a container that is not ours).
pub(super) fn named(address: &Address) -> Option<(Kind, String)> {
    let mut segments = address.segments();
    let (kind, name) = (segments.next()?, segments.next()?);
    let kind = match kind.as_str() {
        "container" => Kind::Container,
        "network" => Kind::Network,
        "volume" => Kind::Volume,
        _ => return None,
    };
    (segments.next().is_none() && !name.starts_with("name=")).then_some((kind, name))
}

/// The address of something in the file.
pub(super) fn address(target: &DockerTarget, kind: Kind, name: &str, like: &Address) -> Address {
    let kind = match kind {
        Kind::Container => "container",
        Kind::Network => "network",
        Kind::Volume => "volume",
    };
    debug_assert!(like.instance() == target.instance.as_deref(), "{like}");
    Address::new(super::KIND, like.instance(), [kind, name])
}

/// Whether somebody else makes a network or volume: then it is only used.
pub(super) fn is_external(body: &Tree) -> bool {
    matches!(body.get("external"), Some(Tree::Bool(true) | Tree::Map(_)))
}

/// What a network or volume of the file is called on the engine.
pub(super) fn on_engine(target: &DockerTarget, name: &str, body: Option<&Tree>) -> String {
    let given = body.and_then(|body| body.get("name")).and_then(Tree::as_str);
    match given {
        Some(given) => given.to_owned(),
        None if body.is_some_and(is_external) => name.to_owned(),
        None => format!("{}_{name}", target.project),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_what_is_in_the_file_and_nothing_else() {
        let named = |text: &str| named(&text.parse().unwrap());
        assert_eq!(named("docker:container/cache-0"), Some((Kind::Container, "cache-0".into())));
        assert_eq!(named("docker@edge:network/staging"), Some((Kind::Network, "staging".into())));
        assert_eq!(named("docker:volume/data"), Some((Kind::Volume, "data".into())));
        for other in ["docker:container/name=stray", "docker:container/a/b", "docker:image/redis", "docker:container"] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
