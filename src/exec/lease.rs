//! The lease of an environment: taken, waited for, asked again.

use super::types::{ExecError, Interruption, Request};
use crate::backend::Context;
use crate::event::Event;
use crate::state::record::Records;
use crate::state::{Lease, StateError};
use crate::sys::{process, rfc3339};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long to wait between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes the lease, waiting for it as long as the options say.
pub(super) async fn take(context: &Context<'_>, request: &Request<'_>) -> Result<Box<dyn Lease>, ExecError> {
    let name = Records::of(request.store, &request.plan.environment).lease_name();
    let owner = format!("{} ({}, since {})", request.who, process::here(), rfc3339(request.clock.now()));
    let deadline = Instant::now() + request.options.lock_timeout;
    let mut told = None;
    loop {
        if *context.cancelled.borrow() {
            return Err(ExecError::Cancelled);
        }
        let holder = match request.store.lease(&name, &owner).await {
            Ok(lease) => {
                context.events.emit(&Event::LeaseTaken);
                return Ok(lease);
            }
            Err(StateError::Locked { holder }) => holder,
            Err(error) => return Err(error.into()),
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ExecError::Locked { holder });
        }
        if told.as_ref() != Some(&holder) {
            context.events.emit(&Event::LeaseWaiting { holder: holder.clone() });
            told = Some(holder);
        }
        sleep(PAUSE.min(left)).await;
    }
}

/// Whether it is still ours, and nobody told us to stop.
pub(super) async fn still_ours(context: &Context<'_>, lease: &dyn Lease) -> Result<(), Interruption> {
    if *context.cancelled.borrow() {
        return Err(Interruption::Cancelled);
    }
    lease.check().await.map_err(|error| match error {
        StateError::LeaseLost { holder, .. } => Interruption::LeaseLost { holder },
        error => Interruption::State(error),
    })
}
