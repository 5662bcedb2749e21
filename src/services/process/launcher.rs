//! The side that starts processes, and the record of which of our children are somebody's to wait for.
//!
//! Being a child subreaper, the launcher is given orphans as children beside those that it started. An orphan's
//! exit status interests nobody, so it is reaped here; a started child's belongs to whoever holds it. The two
//! look alike to the kernel, hence the claims.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::process::Child;
use tokio::runtime::Handle;
use tokio_process_stream::{Item, ProcessChunkStream};

use super::{Running, SpawnError, SpawnRequest, platform};

/// Starts processes; clones share one record of claims. There is one per process.
///
/// Use it on a thread that lives as long as the process: on Linux, children get SIGTERM when the thread ends that
/// started them.
#[derive(Clone, Debug)]
pub struct Launcher {
    claims: Arc<Claims>,
}

impl Launcher {
    /// Makes this process ready to start others: on Linux, orphaned descendants become its children from now on.
    pub fn prepare() -> io::Result<Self> {
        platform::adopt_orphans()?;
        Ok(Self { claims: Arc::default() })
    }

    /// Starts a service's program in a session of its own. Needs a tokio runtime.
    ///
    /// Dropping the result does not end the process; on Windows, the end of the runtime does.
    pub fn spawn(&self, request: &SpawnRequest) -> Result<Running, SpawnError> {
        platform::spawn(&self.claims, request)
    }

    /// Starts a short program whose few lines are read through tokio: a `prepare` step or an `exec` probe.
    ///
    /// Its input is empty and `tty` is ignored. Needs a tokio runtime. What it started itself belongs to the tree of
    /// the same marker.
    pub fn spawn_step(&self, request: &SpawnRequest) -> Result<Step, SpawnError> {
        platform::spawn_step(&self.claims, request)
    }

    /// Buries the dead among the adopted orphans and says how many they were. One walk over our children.
    pub fn reap_adopted(&self) -> usize {
        platform::reap_adopted(&self.claims)
    }

    /// Buries adopted orphans whenever a child ends, for as long as the future is polled.
    pub async fn reap_forever(&self) -> io::Result<std::convert::Infallible> {
        platform::reap_forever(&self.claims).await
    }

    #[cfg(unix)]
    pub(super) fn claims(&self) -> &Arc<Claims> {
        &self.claims
    }
}

/// A short program that was started.
///
/// Dropping it before its end kills it: on Unix with its whole process group, on Windows alone.
#[derive(Debug)]
pub struct Step {
    /// The program and the claim on it, until its end was told.
    running: Option<(ProcessChunkStream, Claim)>,
}

impl Step {
    pub(super) fn new(child: Child, claim: Claim) -> Self {
        Self { running: Some((child.into(), claim)) }
    }

    /// What it prints, piece by piece, then once how it ended; `None` from then on.
    ///
    /// The end is told when nobody holds its output open any more, which a grandchild may do for long. Dropping the
    /// future loses nothing.
    pub async fn next(&mut self) -> Option<Item<Bytes>> {
        let (stream, _) = self.running.as_mut()?;
        let item = stream.next().await;
        match item {
            Some(Item::Stdout(_) | Item::Stderr(_)) => {}
            Some(Item::Done(_)) | None => self.running = None,
        }
        item
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        let Some((mut stream, claim)) = self.running.take() else { return };
        let Some(child) = stream.child_mut() else { return };
        platform::kill_step(child);
        // Without a runtime nobody could wait; then tokio buries it when it next can.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Some(child) = stream.child_mut() {
                // How it ended interests nobody any more.
                let _ = child.wait().await;
            }
            // Up to here its pid is its own, and burying it is nobody else's business.
            drop(claim);
        });
    }
}

/// The children that somebody waits for.
#[derive(Debug, Default)]
pub(super) struct Claims {
    pids: Mutex<HashSet<u32>>,
}

/// The promise that somebody waits for one child, until it is dropped.
#[derive(Debug)]
pub(super) struct Claim {
    pid: u32,
    claims: Arc<Claims>,
}

impl Claims {
    /// Runs `start`, which names the child that it started, and claims that child before anyone could reap it.
    pub(super) fn started<T, E>(
        self: &Arc<Self>,
        start: impl FnOnce() -> Result<(T, u32), E>,
    ) -> Result<(T, Claim), E> {
        let mut pids = self.lock();
        let (started, pid) = start()?;
        pids.insert(pid);
        Ok((started, Claim { pid, claims: Arc::clone(self) }))
    }

    /// Runs `look` with the claimed pids; no claim comes or goes meanwhile.
    #[cfg(target_os = "linux")]
    pub(super) fn with<T>(&self, look: impl FnOnce(&HashSet<u32>) -> T) -> T {
        look(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<u32>> {
        // A panic while it was held left a set of numbers, which is whole at any moment.
        self.pids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// The child that is claimed.
    #[cfg(unix)]
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.lock().remove(&self.pid);
    }
}
