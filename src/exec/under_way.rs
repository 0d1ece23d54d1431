//! A run under way: what each of its steps needs to know.

use super::condition::Seen;
use super::types::{ChangeOutcome, Request};
use crate::backend::{ApplyRecord, Context, ErrorClass};
use crate::event::{Ended, Event};
use crate::model::Address;
use crate::plan::{Applied, Change};
use crate::state::Lease;
use std::collections::{BTreeMap, BTreeSet};

/// A run under way.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) request: &'a Request<'a>,
    pub(super) lease: &'a dyn Lease,
    /// What was there right before it.
    pub(super) seen: Seen,
    /// What was applied before it.
    pub(super) before: BTreeMap<Address, Applied>,
    /// What is gone on both sides.
    pub(super) forgotten: BTreeSet<Address>,
    pub(super) record: ApplyRecord,
}

impl Run<'_> {
    /// Tells that a change ended.
    pub(super) fn end(
        &self,
        change: &Change,
        ended: Ended,
        class: Option<ErrorClass>,
        help: Option<String>,
    ) -> ChangeOutcome {
        let (address, action) = (change.address.clone(), change.action);
        self.context.events.emit(&Event::ChangeEnded { address: address.clone(), action, ended: ended.clone() });
        ChangeOutcome { address, action, ended, class, help }
    }
}

/// The addresses that a run has changed so far.
pub(super) type Changed = BTreeSet<Address>;
