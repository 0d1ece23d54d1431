//! One function a command: load, compile, render, observe, plan, apply, compare, explain. Joins the pure rooms with the seams.
//!
//! Never: prints, parses arguments, asks questions.
//!
//! Invariants: an error never loses what was found before it; nothing outside the repository's root is read; a command that only reads
//! changes nothing, neither live nor in the state.

mod error;
mod environment;
mod project;
mod rendering;

pub mod diff;
pub mod explain;
pub mod init;
pub mod module;
pub mod render;
pub mod set;
pub mod validate;

pub use environment::{Compiled, compile, names};
pub use error::OpsError;
pub use project::Project;
pub use rendering::{Instances, RenderedInstance, render_instances};
