//! Plans, drift, history and status for people and for machines: text, JSON, markdown.
//!
//! Never: recomputes what it prints, prints (it returns text and styles), lets a value of a user steer a terminal or a page.
//!
//! Invariants: the exit code comes from the struct that is shown; control characters never reach a terminal; a report that is cut short
//! says so, and what is cut.

pub mod exit;
