//! Tries again what may go away by itself.

use super::types::Retry;
use crate::backend::{BackendError, Context, ErrorClass};
use crate::event::Event;
use std::time::Duration;
use tokio::time::sleep;

/// Attempts at one thing.
pub(super) struct Attempts {
    retry: Retry,
    made: u32,
}

impl Attempts {
    /// None made yet.
    pub(super) const fn new(retry: Retry) -> Self {
        Self { retry, made: 0 }
    }

    /// After a failure: waits and says true where it is worth another attempt.
    pub(super) async fn again(&mut self, context: &Context<'_>, subject: &str, error: &BackendError) -> bool {
        self.made += 1;
        if error.class != ErrorClass::Transient || self.made >= self.retry.attempts || *context.cancelled.borrow() {
            return false;
        }
        let pause = self.pause();
        let after_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        let (subject, reason) = (subject.to_owned(), error.message.clone());
        context.events.emit(&Event::Retrying { subject, reason, after_ms });
        sleep(pause).await;
        true
    }

    fn pause(&self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.made.saturating_sub(1));
        self.retry.pause.saturating_mul(doubled).min(self.retry.longest)
    }
}
