//! The lines that a query means, as far as they are known. No I/O.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::seqs::SeqList;
use crate::stack::ServiceId;

/// What the thread that filters shares with the desk.
#[derive(Clone, Default)]
pub(crate) struct SharedHits(Arc<Mutex<Hits>>);

/// The hits of all services.
#[derive(Default)]
pub(crate) struct Hits {
    services: HashMap<ServiceId, ServiceHits>,
    /// Everything that there was when it began has been gone through.
    pub(crate) done: bool,
    /// Counts the times that it was begun anew.
    pub(crate) generation: u64,
}

/// The hits of one service.
#[derive(Default)]
pub(crate) struct ServiceHits {
    pub(crate) seqs: SeqList,
    /// No hit below is missing.
    pub(crate) scanned_to: u64,
}

impl SharedHits {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Hits> {
        // No code under the lock can leave it half done, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hits {
    /// What is known of this service.
    pub(crate) fn of(&self, service: &ServiceId) -> Option<&ServiceHits> {
        self.services.get(service)
    }

    /// What is known of this service, to be added to.
    pub(crate) fn grow(&mut self, service: &ServiceId) -> &mut ServiceHits {
        self.services.entry(service.clone()).or_default()
    }

    /// Forgets everything, because what was asked means something else by now.
    pub(crate) fn restart(&mut self) {
        *self = Self { generation: self.generation + 1, ..Self::default() };
    }
}
