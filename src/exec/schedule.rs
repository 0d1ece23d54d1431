//! What can be done now: an order in which each change comes after those it waits for.

use super::types::Request;
use crate::backend::Granularity;
use crate::model::Address;
use crate::plan::{Action, Change};
use std::collections::{BTreeMap, BTreeSet};

/// How far a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Waiting,
    Running,
    Done,
    Failed,
    Skipped,
}

/// One writer: the instances whose changes it makes, one batch after the other.
struct Writer {
    changes: Vec<usize>,
    /// Whether all that can be done at once is handed over together.
    whole: bool,
    busy: bool,
}

/// The changes of a plan and how far they are.
pub(super) struct Schedule<'a> {
    changes: &'a [Change],
    status: Vec<Status>,
    /// For each change, the places of those that it waits for.
    before: Vec<Vec<usize>>,
    writers: Vec<Writer>,
}

impl<'a> Schedule<'a> {
    pub(super) fn new(request: &Request<'a>) -> Self {
        let changes = &request.plan.changes;
        let places: BTreeMap<&Address, usize> =
            changes.iter().enumerate().map(|(at, change)| (&change.address, at)).collect();
        let keep = |change: &Change| if change.action == Action::Keep { Status::Done } else { Status::Waiting };
        let before = |change: &Change| change.after.iter().filter_map(|address| places.get(address).copied()).collect();
        let writers = request.backends.writers().into_iter().map(|instances| {
            let capabilities = instances.first().and_then(|name| request.backends.get(name)).map(|b| b.capabilities());
            let whole = capabilities.is_some_and(|can| can.atomic || can.granularity == Granularity::Instance);
            let ours = |(at, change): (usize, &Change)| instances.contains(&change.instance.as_str()).then_some(at);
            Writer { changes: changes.iter().enumerate().filter_map(ours).collect(), whole, busy: false }
        });
        Self {
            changes,
            status: changes.iter().map(keep).collect(),
            before: changes.iter().map(before).collect(),
            writers: writers.collect(),
        }
    }

    /// Gives up what waits for something that failed; each with the address that it waits for.
    pub(super) fn skip_blocked(&mut self) -> Vec<(usize, &'a Address)> {
        let mut skipped = Vec::new();
        loop {
            let blocked = (0..self.changes.len()).filter(|at| self.status[*at] == Status::Waiting).find_map(|at| {
                let failed = |before: &&usize| matches!(self.status[**before], Status::Failed | Status::Skipped);
                self.before[at].iter().find(failed).map(|before| (at, *before))
            });
            let Some((at, before)) = blocked else { return skipped };
            self.status[at] = Status::Skipped;
            skipped.push((at, &self.changes[before].address));
        }
    }

    /// The next batch of each writer that is free, marked as running: (writer, places).
    pub(super) fn start(&mut self) -> Vec<(usize, Vec<usize>)> {
        let mut started = Vec::new();
        for at in 0..self.writers.len() {
            let batch = if self.writers[at].busy { Vec::new() } else { self.next_batch(at, false) };
            if !batch.is_empty() {
                started.push((at, batch));
            }
        }
        // A writer that would rather wait for others, who in turn wait for it, hands over what it can.
        if started.is_empty() && !self.writers.iter().any(|writer| writer.busy) {
            let forced = (0..self.writers.len()).map(|at| (at, self.next_batch(at, true)));
            started.extend(forced.filter(|(_, batch)| !batch.is_empty()).take(1));
        }
        for (writer, batch) in &started {
            self.writers[*writer].busy = true;
            for at in batch {
                self.status[*at] = Status::Running;
            }
        }
        started
    }

    fn next_batch(&self, writer: usize, forced: bool) -> Vec<usize> {
        let writer = &self.writers[writer];
        let waiting = || writer.changes.iter().copied().filter(|at| self.status[*at] == Status::Waiting);
        let done = |at: &usize| self.status[*at] == Status::Done;
        if !writer.whole {
            return waiting().find(|at| self.before[*at].iter().all(done)).into_iter().collect();
        }
        let mut batch: BTreeSet<usize> = waiting().collect();
        let all = batch.len();
        loop {
            let ready = |at: &usize| self.before[*at].iter().all(|before| done(before) || batch.contains(before));
            let kept: BTreeSet<usize> = batch.iter().copied().filter(ready).collect();
            if kept.len() == batch.len() {
                break;
            }
            batch = kept;
        }
        if batch.len() == all || forced { batch.into_iter().collect() } else { Vec::new() }
    }

    /// A batch has ended.
    pub(super) fn finish(&mut self, writer: usize, ended: impl IntoIterator<Item = (usize, Status)>) {
        self.writers[writer].busy = false;
        for (at, status) in ended {
            self.status[at] = status;
        }
    }

    /// Gives up everything that has not begun.
    pub(super) fn abandon(&mut self) -> Vec<usize> {
        let waiting: Vec<_> = (0..self.changes.len()).filter(|at| self.status[*at] == Status::Waiting).collect();
        for at in &waiting {
            self.status[*at] = Status::Skipped;
        }
        waiting
    }
}
