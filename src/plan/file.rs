//! The plan file: canonical JSON with a digest, refused unless every byte is as it was written.

use super::types::Plan;
use crate::diag::Code;
use crate::diag::code::{DAMAGED_PLAN_FILE, NEWER_PLAN_FILE};
use crate::model::{Digest, UnknownFormat, known_major};
use serde::{Deserialize, Serialize};

/// The format that is written.
pub const FORMAT_VERSION: &str = "1.0";
const KIND: &str = "SavedPlan";
/// The largest plan file that is read, in bytes.
pub const MAX_PLAN_BYTES: usize = 256 << 20;

/// Why a plan file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanFileError {
    /// It is no plan, or not the one that was written.
    #[error("the plan file is damaged or was altered: {0}")]
    Damaged(String),
    /// A newer driftless wrote it.
    #[error("the plan file has format {found}, and this driftless reads {FORMAT_VERSION}")]
    NewerFormat {
        /// Its format.
        found: String,
    },
    /// It cannot be written: a bug.
    #[error("the plan cannot be written: {0}")]
    Encode(String),
}

impl PlanFileError {
    /// The stable code.
    pub const fn code(&self) -> Code {
        match self {
            Self::Damaged(_) | Self::Encode(_) => DAMAGED_PLAN_FILE,
            Self::NewerFormat { .. } => NEWER_PLAN_FILE,
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Damaged(_) => {
                "make it again with `driftless plan ENV --out FILE`; a plan file is never edited or re-formatted"
            }
            Self::NewerFormat { .. } => "use the driftless that made it, or plan again with this one",
            Self::Encode(_) => "this is a bug in driftless; please report it",
        }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    format_version: &'a str,
    kind: &'a str,
    tool_version: &'a str,
    digest: &'a Digest,
    plan: &'a Plan,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    format_version: String,
    kind: String,
    tool_version: String,
    digest: Digest,
    plan: Plan,
}

#[derive(Deserialize)]
struct Head {
    format_version: String,
    kind: String,
}

/// What the digest is over: all of the file but the digest.
#[derive(Serialize)]
struct Content<'a> {
    format_version: &'a str,
    kind: &'a str,
    tool_version: &'a str,
    plan: &'a Plan,
}

impl Content<'_> {
    fn digest(&self) -> Result<Digest, PlanFileError> {
        Digest::of_json(self).map_err(|error| PlanFileError::Encode(error.to_string()))
    }

    fn write(&self, digest: &Digest) -> Result<Vec<u8>, PlanFileError> {
        let Self { format_version, kind, tool_version, plan } = *self;
        let written = Written { format_version, kind, tool_version, digest, plan };
        let mut bytes = serde_json::to_vec(&written).map_err(|error| PlanFileError::Encode(error.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

const fn content(plan: &Plan) -> Content<'_> {
    Content { format_version: FORMAT_VERSION, kind: KIND, tool_version: env!("CARGO_PKG_VERSION"), plan }
}

/// The digest of a plan: over all of its file but the digest itself, the tool's version included.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn digest(plan: &Plan) -> Result<Digest, PlanFileError> {
    content(plan).digest()
}

/// The bytes of a plan file, a newline at the end.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn encode(plan: &Plan) -> Result<Vec<u8>, PlanFileError> {
    let content = content(plan);
    content.write(&content.digest()?)
}

/// The plan of a file and its digest.
///
/// # Errors
/// Unless the bytes are exactly those that [`encode`] wrote (by this version or another of the same major format).
pub fn decode(bytes: &[u8]) -> Result<(Plan, Digest), PlanFileError> {
    if bytes.len() > MAX_PLAN_BYTES {
        return Err(PlanFileError::Damaged(format!("it has more than {MAX_PLAN_BYTES} bytes")));
    }
    check_head(bytes)?;
    let read: Read = serde_json::from_slice(bytes).map_err(damaged)?;
    let Read { format_version, kind, tool_version, digest, plan } = read;
    let content = Content { format_version: &format_version, kind: &kind, tool_version: &tool_version, plan: &plan };
    if content.digest()? != digest {
        return Err(PlanFileError::Damaged("its digest is not that of its content".into()));
    }
    if content.write(&digest)? != bytes {
        return Err(PlanFileError::Damaged("its bytes are not as driftless writes them".into()));
    }
    Ok((plan, digest))
}

fn check_head(bytes: &[u8]) -> Result<(), PlanFileError> {
    let head: Head = serde_json::from_slice(bytes).map_err(damaged)?;
    if head.kind != KIND {
        return Err(PlanFileError::Damaged(format!("it is no {KIND}")));
    }
    match known_major(&head.format_version, 1) {
        Err(UnknownFormat::NoVersion) => Err(PlanFileError::Damaged("it has no format version".into())),
        // Of a newer minor not every byte could be told.
        Ok(_) if head.format_version == FORMAT_VERSION => Ok(()),
        Ok(_) | Err(UnknownFormat::Newer) => Err(PlanFileError::NewerFormat { found: head.format_version }),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn damaged(error: serde_json::Error) -> PlanFileError {
    // The text of the error could quote the file.
    PlanFileError::Damaged(format!("no plan can be read at line {}, column {}", error.line(), error.column()))
}

#[cfg(test)]
mod tests;
