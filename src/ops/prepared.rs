//! What Git declares, ready to be compared with what is live any number of times.

use super::environment::{Compiled, compile};
use super::error::OpsError;
use super::look::backends_for;
use super::project::Project;
use super::remembered::Remembered;
use super::rendering::{Instances, RenderedInstance, render_instances};
use super::world::World;
use crate::backend::table::Backends;
use crate::event::Event;
use crate::model::Scope;
use std::sync::Arc;

/// An environment, compiled and rendered, with the backends of its instances.
pub struct Prepared {
    /// What it was compiled to.
    pub compiled: Arc<Compiled>,
    /// What that was rendered to.
    pub rendered: Vec<RenderedInstance>,
    /// Where it is applied to, with what was applied elsewhere before.
    pub scope: Scope,
    /// The backends of that.
    pub backends: Backends,
    /// The place that it went away from.
    pub left_behind: Option<String>,
}

impl Prepared {
    /// Compiles and renders.
    ///
    /// # Errors
    /// When files have errors, or a backend cannot be set up.
    pub fn of(project: &Project, world: &World<'_>, remembered: &Remembered) -> Result<Self, OpsError> {
        let name = &remembered.environment;
        if remembered.scope.is_some() {
            super::environment::not_gone(project, name)?;
        }
        world.events.emit(&Event::StageStarted { stage: "compile", subject: name.clone() });
        let compiled = compile(project, name)?;
        let rendered = render_instances(&compiled.model, &compiled.sources, &project.templates, Instances::Used)?;
        world.events.emit(&Event::StageEnded { stage: "compile" });
        let scope = Scope::of(&compiled.model);
        let left_behind = remembered.scope.as_ref().and_then(|older| scope.left_behind(older));
        let scope = remembered.scope.iter().fold(scope, Scope::with_older);
        let backends = backends_for(project, world, &scope)?;
        Ok(Self { compiled: Arc::new(compiled), rendered, scope, backends, left_behind })
    }
}
