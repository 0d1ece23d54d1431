//! `driftless schema`.

use super::arguments::{Schema, SchemaKind};
use super::session::{Session, pretty};
use crate::ops::OpsError;
use crate::report::exit;
use crate::spec::schema;

/// Prints the JSON Schema of a kind of file.
///
/// # Errors
/// Never.
pub fn run(session: &Session, arguments: &Schema) -> Result<u8, OpsError> {
    let schema = match arguments.kind {
        SchemaKind::Environment => schema::environment(),
        SchemaKind::Module => schema::module(),
        SchemaKind::Project => schema::project(),
    };
    session.terminal.result(&pretty(&schema));
    Ok(exit::DONE)
}
