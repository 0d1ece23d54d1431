//! One function a command: load, compile, render, observe, plan, apply, compare, explain. Joins the pure rooms with the seams.
//!
//! Never: prints, parses arguments, asks questions.
//!
//! Invariants: an error never loses what was found before it; nothing outside the repository's root is read; a command that only reads
//! changes nothing, neither live nor in the state (but since when drift is seen).

mod assignment;
mod environment;
mod error;
mod file_line;
mod group;
mod judge;
mod limits;
mod look;
mod observe;
mod place;
mod prepared;
mod project;
mod pushed;
mod remembered;
mod rendering;
mod secrets;
mod wanted;
mod world;

pub mod adopt;
pub mod apply;
pub mod destroy;
pub mod diff;
pub mod doctor;
pub mod drift;
pub mod explain;
pub mod history;
pub mod init;
pub mod module;
pub mod plan;
pub mod preview;
pub mod render;
pub mod rollback;
pub mod set;
pub mod validate;
pub mod watch;

pub use environment::{Compiled, chosen, compile, known, names};
pub use error::OpsError;
pub use group::Group;
pub use look::Look;
pub use place::Places;
pub use project::Project;
pub use rendering::{Instances, RenderedInstance, render_instances};
pub use wanted::Wanted;
pub use world::World;
