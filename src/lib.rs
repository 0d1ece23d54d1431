//! driftless: environment files in Git, rendered, applied, and compared with what runs.
//!
//! The rooms, from the ground up; each uses only those above it. `diag` to `event` are the pure core: no I/O, no clock, no async.

pub mod diag;
pub mod model;

pub mod spec;

pub mod check;
pub mod compile;
pub mod plan;
pub mod render;

pub mod drift;
pub mod preview;
pub mod report;

pub mod event;

#[cfg(feature = "live")]
pub mod sys;

#[cfg(feature = "live")]
pub mod seam;

#[cfg(feature = "live")]
pub mod backend;
#[cfg(feature = "live")]
pub mod exec;
#[cfg(feature = "live")]
pub mod secret;
#[cfg(feature = "live")]
pub mod state;
#[cfg(feature = "live")]
pub mod ui;

#[cfg(feature = "live")]
pub mod ops;

#[cfg(feature = "live")]
pub mod cli;
