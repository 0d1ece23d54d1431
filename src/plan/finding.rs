//! What is said of a model, a plan or a live system, and the place that it is about.

use serde::{Deserialize, Serialize};

/// A place in a file of the repository; with [`BUILT_IN`] before the path, in the library that is part of the program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Path from the repository's root, or from the library's.
    pub file: String,
    /// Counts from 1.
    pub line: u32,
    /// Counts from 1, in characters.
    pub column: u32,
    /// The commit that wrote the line; none where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Who wrote the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

/// What stands before the path of a file that is not in the repository but part of the program: nobody can edit it there.
pub const BUILT_IN: &str = "built-in:";

/// What a check, a capability table or a guard says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable code, `DL0401`.
    pub code: String,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// One sentence without a full stop.
    pub message: String,
    /// Where it comes from.
    pub source: Option<Source>,
}
