//! `driftless schema`.

use super::arguments::{Schema, SchemaKind};
use super::session::{Session, pretty};
use crate::ops::OpsError;
use crate::report::exit;
use crate::spec::module::ModuleFile;
use crate::spec::schema;

/// The modules whose inputs are part of the schema: the project's, or the built-in ones outside a project.
fn modules(session: &Session) -> Result<Vec<ModuleFile>, OpsError> {
    match session.project() {
        Ok(project) => crate::ops::module::files(&project),
        Err(OpsError::Refused { .. }) => crate::ops::module::built_in(),
        Err(error) => Err(error),
    }
}

/// Prints the JSON Schema of a kind of file.
///
/// # Errors
/// When a module of the project has errors.
pub fn run(session: &Session, arguments: &Schema) -> Result<u8, OpsError> {
    let schema = match arguments.kind {
        SchemaKind::Environment => schema::environment_schema(&modules(session)?.iter().collect::<Vec<_>>()),
        SchemaKind::Module => schema::module_schema(),
        SchemaKind::Project => schema::project_schema(),
    };
    session.terminal.result(&pretty(&schema));
    Ok(exit::DONE)
}
