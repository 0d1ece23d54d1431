//! The terminal: results on standard output, everything else on standard error; colours, progress, questions.
//!
//! Never: decides anything, or changes what a report says. The only room that prints.
//!
//! Invariants: without a terminal there is no animation, no colour and no question; a closed pipe is no error.

mod progress;
mod terminal;

pub use progress::{JsonLines, Progress};
pub use terminal::{Answer, Terminal};
