//! `preview`: the environments of pull requests, brought up, listed and taken away.
//!
//! Never: decides what `preview/` decides; touches what does not bear the mark of the preview that is meant.
//!
//! Invariants: a record is written before anything is made, and closed before anything is deleted, so that what is cut short is found again;
//! that nothing is left is proved by another look; what could not be listed or read deletes nothing.

mod marks;
mod scope;
mod subject;

pub mod down;
pub mod list;
pub mod reap;
pub mod up;

pub(super) use scope::any;
pub(super) use subject::subject;
