//! What to make of what goes wrong with an engine.

use super::trouble;
use crate::backend::{BackendError, ErrorClass};
use bollard::errors::Error;

/// An action that failed on something.
pub(super) fn failed(action: &str, what: &str, error: &Error) -> BackendError {
    let (class, reason) = match error {
        Error::DockerResponseServerError { status_code, message } => (class_of(*status_code), message.clone()),
        Error::RequestTimeoutError => (ErrorClass::Transient, "it does not answer in time".into()),
        Error::HyperResponseError { .. } | Error::IOError { .. } | Error::DockerStreamError { .. } => {
            (ErrorClass::Transient, innermost(error))
        }
        _ => (ErrorClass::Invalid, innermost(error)),
    };
    let message = format!("cannot {action} {what}: {reason}");
    let help = trouble::understand(&message).and_then(|(_, help)| help);
    let error = BackendError::new(class, message);
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

/// <https://docs.docker.com/reference/api/engine/>: what each status means.
const fn class_of(status: u16) -> ErrorClass {
    match status {
        401 | 403 => ErrorClass::Denied,
        404 => ErrorClass::NotFound,
        409 => ErrorClass::Conflict,
        501 => ErrorClass::Unsupported,
        408 | 429 | 500..=599 => ErrorClass::Transient,
        _ => ErrorClass::Invalid,
    }
}

/// The reason at the bottom: the ones around it only say that something failed.
fn innermost(error: &Error) -> String {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}
