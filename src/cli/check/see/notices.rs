//! What happened to the services, read as it happens.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;

use crate::handle::Handle;
use crate::stack::Notice;

/// The events so far, in order. Clones are of the same ones.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Notices(Arc<Mutex<Vec<Notice>>>);

impl Notices {
    pub(in super::super) fn so_far(&self) -> Vec<Notice> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, notice: Notice) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
    }
}

/// Reads the events of a stack into `notices` until it ends or the task is aborted. Needs a tokio runtime.
pub(in super::super) fn read_notices(handle: &Handle, notices: Notices) -> JoinHandle<()> {
    let mut events = handle.events(0);
    tokio::spawn(async move {
        while let Some(Ok(entry)) = events.next().await {
            notices.add(entry.notice.clone());
        }
    })
}
