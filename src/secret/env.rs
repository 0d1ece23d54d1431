//! Secrets from environment variables.

use super::{SecretError, SecretReader, SecretValue};
use crate::backend::BoxFuture;
use crate::model::SecretSource;
use crate::sys::Variables;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

/// Reads `{env: NAME}`.
#[derive(Clone)]
pub struct EnvReader {
    variables: Arc<dyn Variables>,
}

impl EnvReader {
    /// Reads from these variables.
    pub fn new(variables: Arc<dyn Variables>) -> Self {
        Self { variables }
    }

    fn value(&self, name: &str) -> Result<SecretValue, SecretError> {
        let error = |reason: &str| SecretError {
            source_name: format!("environment variable {name}"),
            reason: reason.into(),
            transient: false,
        };
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(error("that is no name of a variable"));
        }
        let value = self.variables.get(name).ok_or_else(|| error("it is not set"))?.into_vec();
        if value.is_empty() { Err(error("it is empty")) } else { Ok(SecretValue::new(value)) }
    }
}

impl SecretReader for EnvReader {
    fn kind(&self) -> &'static str {
        "env"
    }

    fn read<'a>(&'a self, source: &'a SecretSource) -> BoxFuture<'a, Result<SecretValue, SecretError>> {
        Box::pin(async move { self.value(&source.argument) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::FixedVariables;

    #[test]
    fn a_variable_is_read_and_a_missing_one_is_named() {
        let set = [("A", "s3cret"), ("EMPTY", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let reader = EnvReader::new(Arc::new(FixedVariables(set.into())));
        assert_eq!(reader.value("A").unwrap().expose(), b"s3cret");
        assert_eq!(format!("{:?}", reader.value("A")), "Ok((sensitive))");
        let reasons = [("B", "it is not set"), ("EMPTY", "it is empty"), ("A=B", "that is no name of a variable")];
        for (name, reason) in reasons {
            let source_name = format!("environment variable {name}");
            let expected = SecretError { source_name, reason: reason.into(), transient: false };
            assert_eq!(reader.value(name).unwrap_err(), expected);
        }
    }
}
