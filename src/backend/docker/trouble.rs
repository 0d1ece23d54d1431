//! What the messages of the engine and of Compose mean, and what to do about them.

use super::Engine;
use crate::backend::{BackendError, ErrorClass};
use bollard::query_parameters::ListContainersOptionsBuilder;

/// What a message is about.
struct Trouble {
    /// One of these is in the message, in lower case.
    signs: &'static [&'static str],
    class: ErrorClass,
    help: Option<&'static str>,
}

/// The first that fits holds. Messages of Engine 20.10 to 29 and Compose 2.39 to 5.5.
const TROUBLES: &[Trouble] = &[
    Trouble {
        signs: &[
            "permission denied while trying to connect",
            "connect: permission denied",
            "permission denied (os error 13)",
        ],
        class: ErrorClass::Denied,
        help: Some(
            "run as a user who may use the engine's socket (the group `docker`), or name another engine with DOCKER_HOST",
        ),
    },
    Trouble {
        signs: &["no space left on device", "disk quota exceeded"],
        class: ErrorClass::Denied,
        help: Some("make room on the engine's disk: `docker system df` says what takes it"),
    },
    Trouble {
        signs: &["is already in use by container"],
        class: ErrorClass::Conflict,
        help: Some("`driftless apply ENV --adopt` takes over what has the name"),
    },
    Trouble {
        signs: &["port is already allocated", "address already in use", "ports are not available"],
        class: ErrorClass::Invalid,
        help: Some("stop what listens there, or publish another port"),
    },
    Trouble {
        signs: &["pool overlaps with other one", "invalid pool request", "could not find an available"],
        class: ErrorClass::Invalid,
        help: Some(
            "give the network a subnet that nothing else uses, or remove networks that nobody uses: `docker network prune`",
        ),
    },
    Trouble {
        signs: &["unauthorized", "authentication required", "no basic auth credentials", "denied: requested access"],
        class: ErrorClass::Denied,
        help: Some("log in to the registry: `docker login REGISTRY`"),
    },
    Trouble {
        signs: &[
            "pull access denied",
            "repository does not exist",
            "manifest unknown",
            "manifest for",
            "no such image",
        ],
        class: ErrorClass::NotFound,
        help: Some("check the image's name and tag; a private registry needs `docker login`"),
    },
    Trouble {
        signs: &["no matching manifest"],
        class: ErrorClass::NotFound,
        help: Some("the image is not built for this engine's platform"),
    },
    Trouble {
        signs: &[
            "unknown flag",
            "unknown shorthand flag",
            "unknown command",
            "unsupported option",
            "additional properties",
        ],
        class: ErrorClass::Unsupported,
        help: Some("update the Compose plugin: https://docs.docker.com/compose/install/"),
    },
    Trouble {
        signs: &["cannot connect to the docker daemon", "cannot reach the engine"],
        class: ErrorClass::Transient,
        help: Some("start the engine, or name another one with `host` of the target or DOCKER_HOST"),
    },
    Trouble {
        signs: &[
            "error during connect",
            "connection refused",
            "connection reset",
            "unexpected eof",
            "i/o timeout",
            "tls handshake timeout",
            "context deadline exceeded",
            "client.timeout",
            "toomanyrequests",
            "temporary failure in name resolution",
            "server misbehaving",
            "daemon is shutting down",
            "is marked for removal",
            "removal of container",
        ],
        class: ErrorClass::Transient,
        help: None,
    },
];

/// What to make of a message; none: nothing in particular.
pub(super) fn understand(message: &str) -> Option<(ErrorClass, Option<&'static str>)> {
    let lower = message.to_lowercase();
    // A failed look-up of a registry is told as a dial that failed.
    let fits = |trouble: &&Trouble| trouble.signs.iter().any(|sign| lower.contains(sign));
    TROUBLES.iter().find(fits).map(|trouble| (trouble.class, trouble.help))
}

/// An error of what a message says; whoever holds a port is named.
pub(super) async fn explain(engine: &Engine, message: &str, otherwise: ErrorClass) -> BackendError {
    let (class, help) = understand(message).unwrap_or((otherwise, None));
    let holder = match port_of(message) {
        Some(port) => holder(engine, port).await,
        None => None,
    };
    let message = holder.map_or_else(|| message.to_owned(), |holder| format!("{message} ({holder} has it)"));
    let error = BackendError::new(class, message);
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

/// `Bind for 127.0.0.1:8080 failed: port is already allocated`.
fn port_of(message: &str) -> Option<u16> {
    let end = ["failed: port is already allocated", ": bind: address already in use"]
        .iter()
        .find_map(|sign| message.find(sign))?;
    let address = message[..end].trim_end().rsplit(' ').next()?;
    address.trim_end_matches("/tcp").trim_end_matches("/udp").rsplit(':').next()?.parse().ok()
}

async fn holder(engine: &Engine, port: u16) -> Option<String> {
    let options = ListContainersOptionsBuilder::default().all(false).build();
    let listed = engine.client().await.ok()?.list_containers(Some(options)).await.ok()?;
    let holds =
        |one: &bollard::models::ContainerSummary| one.ports.iter().flatten().any(|open| open.public_port == Some(port));
    let name = listed.into_iter().find(holds)?.names?.into_iter().next()?;
    Some(format!("container {}", name.trim_start_matches('/')))
}

/// How Compose's lines of progress end: `Container shop-api-1 Created`.
const PROGRESS: [&str; 3] = ["ing", "ed", "Healthy"];

/// What a program said in the end: the lines that are no progress, the last few of them, as one.
pub(super) fn last_words(text: &str) -> String {
    let is_progress = |line: &&str| {
        let first = line.split_whitespace().next().unwrap_or_default();
        let last = line.split_whitespace().next_back().unwrap_or_default();
        matches!(first, "Container" | "Network" | "Volume" | "Image") && PROGRESS.iter().any(|end| last.ends_with(end))
    };
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).filter(|line| !is_progress(line)).collect();
    let wanted = lines.len().saturating_sub(3);
    let mut last = lines[wanted..].to_vec();
    // Compose says it twice: as the progress of what failed, and in the end.
    last.dedup();
    let errors: Vec<&str> =
        last.iter().copied().filter(|line| line.starts_with("Error") || line.contains("failed")).collect();
    let chosen = if errors.is_empty() { last } else { errors[errors.len() - 1..].to_vec() };
    let told = chosen.join("; ");
    let told = told.strip_prefix("Error response from daemon: ").unwrap_or(&told).to_owned();
    if told.is_empty() { "it failed and did not say why".into() } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_found_among_the_progress() {
        let text = " Container shop-a-1  Creating\n Container shop-a-1  Created\n Container shop-a-1  Starting\n\
            Error response from daemon: driver failed programming external connectivity on endpoint shop-a-1 (0a1b): Bind for \
            127.0.0.1:8080 failed: port is already allocated\n";
        let words = last_words(text);
        assert_eq!(
            words,
            "driver failed programming external connectivity on endpoint shop-a-1 (0a1b): Bind for 127.0.0.1:8080 failed: port is \
             already allocated"
        );
        assert_eq!(port_of(&words), Some(8080));
        assert_eq!(understand(&words).map(|(class, _)| class), Some(ErrorClass::Invalid));
        assert_eq!(last_words(""), "it failed and did not say why");
        assert_eq!(
            last_words("service \"x\" has neither an image nor a build context\n"),
            "service \"x\" has neither an image nor a build context"
        );
    }
}
