//! Environment variables.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// Tells environment variables.
pub trait Variables: Send + Sync {
    /// The value; none where it is not set.
    fn get(&self, name: &str) -> Option<OsString>;

    /// All of them, sorted by name.
    fn all(&self) -> Vec<(OsString, OsString)>;

    /// The value where it is text and not empty.
    fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.into_string().ok().filter(|text| !text.is_empty())
    }
}

/// The variables of this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessVariables;

impl Variables for ProcessVariables {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    fn get(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn all(&self) -> Vec<(OsString, OsString)> {
        let mut all: Vec<_> = std::env::vars_os().collect();
        all.sort();
        all
    }
}

/// Given variables, and no others.
#[derive(Debug, Clone, Default)]
pub struct FixedVariables(pub BTreeMap<String, String>);

impl Variables for FixedVariables {
    fn get(&self, name: &str) -> Option<OsString> {
        self.0.get(name).map(OsString::from)
    }

    fn all(&self) -> Vec<(OsString, OsString)> {
        self.0.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }
}
