//! No guardian on Windows: a job object ends its processes when the launcher's handle to it closes.

use std::io;

use crate::services::process::{Launcher, ProcessRef};
use crate::stack::RunId;

/// Stands where other systems have a guardian process.
#[derive(Debug)]
pub struct Guardian;

impl Guardian {
    /// Starts nothing.
    pub fn start(_launcher: &Launcher, _run_id: &RunId) -> io::Result<Self> {
        Ok(Self)
    }

    /// None.
    pub fn pid(&self) -> Option<u32> {
        None
    }

    /// Does nothing.
    pub fn watch(&mut self, _leader: ProcessRef) {}

    /// Does nothing.
    pub fn forget(&mut self, _leader: ProcessRef) {}

    /// Never resolves.
    pub async fn died(&mut self) {
        std::future::pending().await
    }

    /// Does nothing.
    pub fn replace(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Does nothing.
    pub async fn dismiss(self) {}
}
