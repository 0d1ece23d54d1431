//! The one integration test binary: driftless as its users meet it, and the tools that read what it writes.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say where")]
#![expect(clippy::print_stderr, reason = "a suite says how long its parts took")]
#![expect(clippy::needless_pass_by_value, reason = "a report is put together from values that are made on the spot")]
#![expect(clippy::disallowed_methods, reason = "a test starts the program and foreign tools as a user would")]

mod adopt;
mod agreement;
mod bad_input;
mod branch;
mod by_hand;
mod consent;
mod demo;
mod diff;
mod docs;
mod doctor;
mod engines;
mod explain;
mod first_run;
mod foreign_module;
mod git_loop;
mod killed;
mod least_privilege;
mod mutation;
mod nothing_unasked;
mod oracle;
mod places;
mod previews;
mod saved_plan;
mod secret_values;
mod secrets;
mod set;
mod signals;
mod standing;
mod support;
mod validators;
mod values;
mod watch;
mod wrong_types;
