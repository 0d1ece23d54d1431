//! The live system of an instance that something else applies to, where nothing of this driftless sees it: every look is a gap, and says so.
//!
//! Never: pretends to have looked.

use super::{
    Backend, BackendError, Batch, BoxFuture, Capabilities, Context, ErrorClass, Granularity, Health, ObserveRequest,
    Outcome,
};
use crate::diag::code::NOTHING_OBSERVES;
use crate::model::{Address, Resource};
use crate::plan::{CompareTable, Finding, Gap, Observation};
use crate::render::Rendered;

/// How fields would be compared: none ever is.
static TABLE: CompareTable = CompareTable { backend: "none", rows: &[] };

/// Sees nothing of an instance.
#[derive(Debug, Clone)]
pub struct Unobserved {
    instance: String,
}

impl Unobserved {
    /// For an instance.
    pub fn new(instance: &str) -> Self {
        Self { instance: instance.into() }
    }

    fn look(&self, request: ObserveRequest<'_>) -> Observation {
        let asked =
            |address: &Address| request.only.is_empty() || request.only.iter().any(|glob| address.matches(glob));
        let wanted = request.desired.iter().map(|resource| &resource.address).filter(|address| asked(address));
        let reason = format!("nothing in this driftless sees the live system of `{}`", self.instance);
        let gaps: Vec<Gap> = wanted.map(|address| Gap { address: address.clone(), reason: reason.clone() }).collect();
        let finding = (!gaps.is_empty()).then(|| Finding {
            code: NOTHING_OBSERVES.to_string(),
            severity: "warning".into(),
            message: format!("`observe: live` of `{}` compares nothing: {reason}", self.instance),
            source: None,
        });
        Observation { gaps, findings: finding.into_iter().collect(), ..Observation::default() }
    }

    fn unsupported(&self) -> BackendError {
        let message = format!("the live system of `{}` is not changed from here", self.instance);
        BackendError::new(ErrorClass::Unsupported, message)
    }
}

impl Backend for Unobserved {
    fn name(&self) -> &'static str {
        TABLE.backend
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            granularity: Granularity::Address,
            atomic: false,
            supplies_secrets: false,
            remembers_applied: false,
        }
    }

    fn owns(&self, _instance: &str, _address: &Address) -> bool {
        false
    }

    fn table(&self) -> &'static CompareTable {
        &TABLE
    }

    fn desired(&self, _instance: &str, rendered: &Rendered) -> Vec<Resource> {
        rendered.resources.clone()
    }

    fn observe<'a>(
        &'a self,
        _context: &'a Context<'a>,
        request: ObserveRequest<'a>,
    ) -> BoxFuture<'a, Result<Observation, BackendError>> {
        Box::pin(async move { Ok(self.look(request)) })
    }

    fn apply<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _batch: Batch<'a>,
    ) -> BoxFuture<'a, Result<Vec<Outcome>, BackendError>> {
        Box::pin(async { Err(self.unsupported()) })
    }

    fn probe<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _address: &'a Address,
    ) -> BoxFuture<'a, Result<Health, BackendError>> {
        Box::pin(async { Err(self.unsupported()) })
    }
}
