//! Lints over the model, one file a rule, with stable codes.
//!
//! Never: fixes anything, knows a module by name.
//!
//! Invariants: a finding has the place of what causes it in the environment file; the order of findings is that of the rules, then of the
//! model.

mod image_tag;
mod node_port;
mod public_host;
mod shared_volume;

use crate::diag::Sink;
use crate::model::Model;

/// Runs all rules.
pub fn check(model: &Model, sink: &mut Sink) {
    image_tag::check(model, sink);
    node_port::check(model, sink);
    public_host::check(model, sink);
    shared_volume::check(model, sink);
}
