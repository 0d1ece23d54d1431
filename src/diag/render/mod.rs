//! Diagnostics as text: for people, as JSON, as GitHub workflow commands.

mod excerpt;
mod github;
mod human;
mod json;

pub use github::github;
pub use human::human;
pub use json::json;

#[cfg(test)]
mod tests;
