//! Environment files to model: load, merge, resolve, lower, check; one function a stage.
//!
//! Never: async, clock, network, environment variables; knows a module by name.
//!
//! Invariants: the same files give the same model; all that is wrong is reported in one run; nothing outside the repository is read.

pub mod files;
pub mod document;
pub mod template;

pub use files::{Entry, FileError, Files, MAX_FILE_BYTES};
