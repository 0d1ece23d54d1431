//! Terraform: a root and a local module for each component, for the platforms that the instance's `platform` names.
//!
//! Never: writes a secret's value; uses a resource whose plan needs a live system.
//!
//! Invariants: what is written is as `terraform fmt` leaves it; every variable moves something.

pub mod docker;
pub mod hcl;
pub mod kubernetes;
mod normal;
pub mod root;

use super::{Rendered, Target, Templates};
use crate::diag::{Diagnostic, Sink, UNSUPPORTED_PLATFORM, did_you_mean};
use crate::model::{Instance, Model};

/// The Terraform target.
#[derive(Debug, Clone, Copy)]
pub struct Terraform;

/// Renders an instance for one platform.
type Platform = fn(&Model, &Instance, &dyn Templates, &mut Sink) -> Rendered;

/// The platforms, the default one first.
const PLATFORMS: &[(&str, Platform)] = &[("docker", docker::render), ("kubernetes", kubernetes::render)];

impl Target for Terraform {
    fn kind(&self) -> &'static str {
        "terraform"
    }

    fn render(&self, model: &Model, instance: &Instance, templates: &dyn Templates, sink: &mut Sink) -> Rendered {
        let wanted = instance.setting("platform").unwrap_or(PLATFORMS[0].0);
        if let Some((_, render)) = PLATFORMS.iter().find(|(name, _)| *name == wanted) {
            normal::check(model, instance, sink);
            return render(model, instance, templates, sink);
        }
        let names = || PLATFORMS.iter().map(|(name, _)| *name);
        let message = format!("the target terraform has no platform `{wanted}`");
        let help = match did_you_mean(wanted, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there is {}", names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        };
        sink.push(Diagnostic::error(UNSUPPORTED_PLATFORM, instance.span, message).help(help));
        Rendered::default()
    }
}
