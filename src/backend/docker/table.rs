//! How the fields of containers, networks and volumes are compared.

use crate::plan::CompareTable;

/// How its fields are compared.
pub static TABLE: CompareTable = CompareTable { backend: super::KIND, rows: &[] };
