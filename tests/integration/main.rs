//! The one integration test binary: driftless as its users meet it, and the tools that read what it writes.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say where")]

mod agreement;
mod git_loop;
mod killed;
mod nothing_unasked;
mod saved_plan;
mod secrets;
mod support;
mod validators;
mod values;
