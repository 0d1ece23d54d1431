//! What can be done now: an order in which each change comes after those it waits for.

use super::types::Request;
use crate::backend::Granularity;
use crate::model::{Address, Applier};
use crate::plan::{Action, Change};
use std::collections::{BTreeMap, BTreeSet};

/// How many writers are at work at once.
const MAX_AT_WORK: usize = 8;

/// How far a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Waiting,
    Running,
    Done,
    Failed,
    Skipped,
}

/// What is handed over together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Together {
    /// What can be done at once, of one backend.
    Wave,
    /// All of one backend of an instance.
    Instance,
    /// All that the writer has.
    Everything,
}

/// One writer: the backends whose changes it makes, one batch after the other.
struct Writer {
    changes: Vec<usize>,
    together: Together,
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
        let writers = request.backends.writers().into_iter().map(|appliers| {
            let ours = |(at, change): (usize, &Change)| appliers.contains(&&change.applier()).then_some(at);
            let together = together(request, &appliers);
            Writer { changes: changes.iter().enumerate().filter_map(ours).collect(), together, busy: false }
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
            let failed = |before: &&usize| matches!(self.status[**before], Status::Failed | Status::Skipped);
            let blocked = (0..self.changes.len())
                .filter(|at| self.status[*at] == Status::Waiting)
                .find_map(|at| self.before[at].iter().find(failed).map(|before| (at, *before)));
            let Some((at, before)) = blocked else { return skipped };
            self.status[at] = Status::Skipped;
            skipped.push((at, &self.changes[before].address));
        }
    }

    /// The next batch of each writer that is free, marked as running: (writer, places).
    pub(super) fn start(&mut self) -> Vec<(usize, Vec<usize>)> {
        let at_work = self.writers.iter().filter(|writer| writer.busy).count();
        let free = (0..self.writers.len()).filter(|at| !self.writers[*at].busy);
        let batches = free.map(|at| (at, self.next_batch(at, false))).filter(|(_, batch)| !batch.is_empty());
        let mut started: Vec<_> = batches.take(MAX_AT_WORK.saturating_sub(at_work)).collect();
        // A writer that would rather wait for others, who in turn wait for it, hands over what it can.
        if started.is_empty() && at_work == 0 {
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
        let waiting: BTreeSet<usize> =
            writer.changes.iter().copied().filter(|at| self.status[*at] == Status::Waiting).collect();
        if writer.together == Together::Everything {
            return self.closed(&waiting, forced);
        }
        let appliers: BTreeSet<Applier> = waiting.iter().map(|at| self.changes[*at].applier()).collect();
        let of =
            |applier: &Applier| waiting.iter().copied().filter(|at| self.changes[*at].applier() == *applier).collect();
        let batches = appliers.iter().map(|applier| match writer.together {
            Together::Wave => self.ready(&of(applier)),
            Together::Instance | Together::Everything => self.closed(&of(applier), forced),
        });
        batches.into_iter().find(|batch| !batch.is_empty()).unwrap_or_default()
    }

    /// Those that wait for nothing.
    fn ready(&self, changes: &BTreeSet<usize>) -> Vec<usize> {
        let done = |before: &usize| self.status[*before] == Status::Done;
        changes.iter().copied().filter(|at| self.before[*at].iter().all(done)).collect()
    }

    /// Those that wait for nothing but each other: all of them, or where that is `forced` as many as there are.
    fn closed(&self, changes: &BTreeSet<usize>, forced: bool) -> Vec<usize> {
        let mut batch = changes.clone();
        loop {
            let met = |before: &usize| self.status[*before] == Status::Done || batch.contains(before);
            let kept: BTreeSet<usize> = batch.iter().copied().filter(|at| self.before[*at].iter().all(met)).collect();
            if kept.len() == batch.len() {
                break;
            }
            batch = kept;
        }
        if forced || batch.len() == changes.len() { batch.into_iter().collect() } else { Vec::new() }
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

fn together(request: &Request<'_>, appliers: &[&Applier]) -> Together {
    let backend = appliers.first().and_then(|applier| request.backends.get(applier));
    match backend.map(|backend| backend.capabilities()) {
        Some(can) if can.atomic => Together::Everything,
        Some(can) if can.granularity == Granularity::Instance => Together::Instance,
        _ => Together::Wave,
    }
}
