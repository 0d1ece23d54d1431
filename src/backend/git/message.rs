//! The message of our commits: for people above, trailers for us below.

use super::GitTarget;
use crate::backend::ApplyRecord;
use crate::model::Revision;

/// What stands for a commit where there was none.
const NO_COMMIT: &str = "none";

/// What the trailers of a commit say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trailers {
    project: String,
    environment: String,
    /// The folder whose manifest it wrote, `.` for the root.
    pub(super) path: String,
    /// How many files of ours it left there.
    pub(super) files: usize,
    /// The number of the apply; 0: it does not say.
    pub(super) generation: u64,
    /// The digest of its plan.
    pub(super) plan: Option<String>,
    /// What it was made from; none: it does not say.
    pub(super) revision: Option<Revision>,
}

impl Trailers {
    /// The trailers in the last paragraph of a message; none where it is not one of ours.
    pub(super) fn of(message: &str) -> Option<Self> {
        let last = message.trim_end().rsplit("\n\n").next()?;
        let value =
            |name: &str| last.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned);
        Some(Self {
            project: value("Driftless-Project")?,
            environment: value("Driftless-Environment")?,
            path: value("Driftless-Path")?,
            files: value("Driftless-Files")?.parse().ok()?,
            generation: value("Driftless-Generation").and_then(|number| number.parse().ok()).unwrap_or_default(),
            plan: value("Driftless-Plan"),
            revision: value("Driftless-Input").and_then(|digest| digest.parse().ok()).map(|digest| Revision {
                commit: value("Driftless-Revision").filter(|commit| commit != NO_COMMIT),
                dirty: value("Driftless-Dirty").as_deref() == Some("true"),
                digest,
            }),
        })
    }

    /// Whether they are of this environment.
    pub(super) fn are_of(&self, target: &GitTarget) -> bool {
        self.project == target.project && self.environment == target.environment
    }
}

/// The message of a commit.
pub(super) fn message(target: &GitTarget, record: &ApplyRecord, files: usize) -> String {
    let commit = record.revision.commit.as_deref();
    let from = commit.map_or_else(String::new, |commit| format!(" from {}", commit.get(..12).unwrap_or(commit)));
    let dirty = if record.revision.dirty { " with uncommitted changes" } else { "" };
    let folder = target.folder();
    let trailers = [
        ("Driftless-Project", target.project.clone()),
        ("Driftless-Environment", target.environment.clone()),
        ("Driftless-Path", if folder.is_empty() { ".".into() } else { folder }),
        ("Driftless-Files", files.to_string()),
        ("Driftless-Revision", commit.unwrap_or(NO_COMMIT).to_owned()),
        ("Driftless-Dirty", record.revision.dirty.to_string()),
        ("Driftless-Input", record.revision.digest.to_string()),
        ("Driftless-Plan", record.plan_digest.to_string()),
        ("Driftless-Generation", record.generation.to_string()),
        ("Driftless-By", one_line(&record.who)),
        ("Driftless-Why", one_line(&record.why)),
    ];
    let lines = trailers.iter().fold(String::new(), |lines, (name, value)| lines + name + ": " + value + "\n");
    let why = one_line(&record.why);
    let why = if why.is_empty() { String::new() } else { format!("{why}\n\n") };
    format!("Apply {}{from}{dirty}\n\n{why}{lines}", one_line(&target.environment))
}

/// What people wrote could hold line breaks, and with them trailers of its own.
fn one_line(text: &str) -> String {
    text.split(|character: char| character.is_control()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
