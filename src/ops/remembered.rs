//! What the state remembers of an environment: read once a command, handed on to whatever needs it.

use super::error::OpsError;
use super::project::Project;
use super::world::World;
use crate::model::{Address, Revision, Scope};
use crate::plan::Applied;
use crate::state::StateStore;
use crate::state::record::{Pin, Records, RevisionRecord};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the state remembers of an environment.
pub struct Remembered {
    /// The environment.
    pub environment: String,
    /// The identity of the store; none where it was never written to.
    pub lineage: Option<String>,
    /// The number of the newest apply; 0: there was none.
    pub generation: u64,
    /// What was last applied, by address.
    pub applied: BTreeMap<Address, Applied>,
    /// Where it is applied to; none: it was not, or was destroyed.
    pub scope: Option<Scope>,
    /// What it is held at.
    pub pin: Option<Pin>,
    store: Arc<dyn StateStore>,
}

impl Remembered {
    /// Opens the store and reads.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn of(project: &Project, world: &World<'_>, environment: &str) -> Result<Self, OpsError> {
        let store = world.store(project)?;
        let records = Records::of(store.as_ref(), environment);
        Ok(Self {
            environment: environment.to_owned(),
            lineage: store.lineage().await?,
            generation: records.generation().await?,
            applied: records.applied().await?,
            scope: records.scope().await?,
            pin: records.pin().await?,
            store: Arc::clone(&store),
        })
    }

    /// The apply at which an environment of this revision is held.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn held(&self, revision: &Revision) -> Result<Option<RevisionRecord>, OpsError> {
        match self.pin.as_ref().filter(|pin| pin.holds(revision)) {
            Some(pin) => Ok(self.records().revision(pin.generation).await?),
            None => Ok(None),
        }
    }

    /// The records, for what is not read at once and for what is written.
    pub fn records(&self) -> Records<'_> {
        Records::of(self.store.as_ref(), &self.environment)
    }
}
