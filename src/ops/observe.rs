//! One look at every live system of an environment, all at the same time.

use super::error::OpsError;
use super::group::Group;
use super::secrets::Secrets;
use super::world::World;
use crate::backend::{Backend, BackendError, ObserveRequest};
use crate::model::{Address, Applier, Resource, Scope};
use crate::plan::{Applied, Gap, Observation};
use crate::seam::{BoxFuture, all};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long one look at one live system may take: what hangs is not read, and everything else is still told.
const LONGEST_LOOK: Duration = Duration::from_mins(2);

/// One backend, and what it is asked for.
pub struct Asked<'a> {
    /// Who applies what is looked at.
    pub applier: &'a Applier,
    /// Who looks.
    pub backend: &'a Arc<dyn Backend>,
    /// What must be.
    pub desired: Vec<Resource>,
    /// What was last applied, as the state knows it.
    pub applied: BTreeMap<Address, Applied>,
    /// Rendered files that are applied with it.
    pub artifacts: BTreeMap<String, String>,
}

impl Asked<'_> {
    async fn look(
        &self,
        world: &World<'_>,
        scope: &Scope,
        only: &[String],
        secrets: &Secrets,
    ) -> Result<Observation, BackendError> {
        let (environment, desired, applied) = (scope.environment.as_str(), &self.desired, &self.applied);
        let request = ObserveRequest { environment, desired, applied, only, supply: secrets };
        let context = world.context();
        let look = self.backend.observe(&context, request);
        tokio::time::timeout(LONGEST_LOOK, look).await.unwrap_or_else(|_| {
            let message = format!("it does not answer within {} seconds", LONGEST_LOOK.as_secs());
            Err(BackendError::new(crate::backend::ErrorClass::Transient, message))
        })
    }

    /// What is left of a look that failed: everything that could have been seen is not known.
    fn unread(&self, error: &BackendError, only: &[String]) -> Observation {
        let asked = |address: &Address| only.is_empty() || only.iter().any(|glob| address.matches(glob));
        let known = self.desired.iter().map(|resource| &resource.address).chain(self.applied.keys());
        let mut gaps: Vec<Gap> = Vec::new();
        for address in known.filter(|address| asked(address)) {
            if gaps.iter().all(|gap| gap.address != *address) {
                gaps.push(Gap { address: address.clone(), reason: error.message.clone() });
            }
        }
        Observation { gaps, ..Observation::default() }
    }
}

/// When a look that fails is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing {
    /// Where nothing at all can be looked at.
    WhereAllFail,
    /// Never: it is only looked at beside what matters.
    IsAGap,
}

/// Looks at all of them. What cannot be looked at is a gap, as long as anything else can be.
///
/// # Errors
/// When nothing at all can be looked at.
pub async fn observe(
    world: &World<'_>,
    scope: &Scope,
    asked: Vec<Asked<'_>>,
    only: &[String],
    secrets: &Secrets,
    failing: Failing,
) -> Result<Vec<Group>, OpsError> {
    let looks = asked.iter().map(|one| {
        let look: BoxFuture<'_, Result<Observation, BackendError>> = Box::pin(one.look(world, scope, only, secrets));
        look
    });
    let looked = all(looks).await;
    let nothing_seen = failing == Failing::WhereAllFail && looked.iter().all(Result::is_err);
    let mut groups = Vec::new();
    for (asked, observation) in asked.into_iter().zip(looked) {
        let observation = match observation {
            Ok(observation) => observation,
            Err(error) if nothing_seen => return Err(error.into()),
            Err(error) => asked.unread(&error, only),
        };
        let Asked { applier, backend, desired, applied, artifacts } = asked;
        groups.push(Group::new((&applier.instance, scope), backend, desired, observation, applied, artifacts, secrets));
    }
    Ok(groups)
}
