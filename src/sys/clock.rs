//! What time it is.

use jiff::{Timestamp, Unit};
use std::sync::{Mutex, PoisonError};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct FixedClock(Mutex<Timestamp>);

impl FixedClock {
    /// A clock that stands at `seconds` since 1970.
    pub fn at(seconds: i64) -> Self {
        Self(Mutex::new(Timestamp::from_second(seconds).unwrap_or_default()))
    }

    /// Sets it.
    pub fn set(&self, seconds: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Timestamp::from_second(seconds).unwrap_or_default();
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// RFC 3339, UTC, whole seconds: `2026-01-31T12:00:00Z`.
pub fn rfc3339(time: Timestamp) -> String {
    time.round(Unit::Second).unwrap_or(time).to_string()
}

/// The same for seconds since 1970.
pub fn rfc3339_of_seconds(seconds: i64) -> Option<String> {
    Timestamp::from_second(seconds).ok().map(rfc3339)
}
