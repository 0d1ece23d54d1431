//! Troubles that tests put into the live system.

use crate::backend::{BackendError, ErrorClass, Health};
use crate::model::Address;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Looking at anything fails.
    Observe(ErrorClass),
    /// The address cannot be read; why.
    Unreadable(String),
    /// Applying to the address fails.
    Apply(ErrorClass),
    /// The address is not well yet.
    Progressing(String),
    /// The address is ill.
    Ill(String),
}

/// Something that goes wrong for some addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A glob over addresses.
    pub address: String,
    /// What goes wrong.
    pub trouble: Trouble,
    /// How often; then it is over.
    pub times: usize,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    faults: Vec<Fault>,
    writes: BTreeMap<Address, usize>,
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    pub(super) fn count(&self, address: &Address) {
        *self.lock().writes.entry(address.clone()).or_default() += 1;
    }

    pub(super) fn writes(&self, address: &Address) -> usize {
        self.lock().writes.get(address).copied().unwrap_or_default()
    }

    /// The first fault that is meant, which has then happened once more.
    fn happen<T>(&self, address: Option<&Address>, meant: impl Fn(&Trouble) -> Option<T>) -> Option<T> {
        let mut inner = self.lock();
        inner.faults.iter_mut().find_map(|fault| {
            let here = fault.times > 0 && address.is_none_or(|address| address.matches(&fault.address));
            let happened = meant(&fault.trouble).filter(|_| here)?;
            fault.times -= 1;
            Some(happened)
        })
    }

    pub(super) fn observing(&self) -> Option<BackendError> {
        let error = |class| BackendError::new(class, "the live system does not answer");
        self.happen(None, |trouble| if let Trouble::Observe(class) = trouble { Some(error(*class)) } else { None })
    }

    pub(super) fn reading(&self, address: &Address) -> Option<String> {
        self.happen(Some(address), |trouble| match trouble {
            Trouble::Unreadable(reason) => Some(reason.clone()),
            _ => None,
        })
    }

    pub(super) fn applying(&self, address: &Address) -> Result<(), BackendError> {
        let class = self.happen(Some(address), |trouble| match trouble {
            Trouble::Apply(class) => Some(*class),
            _ => None,
        });
        class.map_or(Ok(()), |class| Err(BackendError::new(class, format!("{address} cannot be written"))))
    }

    pub(super) fn health(&self, address: &Address) -> Health {
        let health = self.happen(Some(address), |trouble| match trouble {
            Trouble::Progressing(missing) => Some(Health::Progressing(missing.clone())),
            Trouble::Ill(reason) => Some(Health::Failed(reason.clone())),
            _ => None,
        });
        health.unwrap_or(Health::Healthy)
    }
}
