//! How the desk's threads wait: for each other, for a while, or for the end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Told from another thread when something new may be seen.
pub(crate) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Rung when lines were added, and when all is over.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<Rung>,
    ring: Condvar,
}

#[derive(Default)]
struct Rung {
    times: u64,
    over: bool,
}

impl Bell {
    /// Wakes all who wait.
    pub(crate) fn ring(&self) {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner).times += 1;
        self.ring.notify_all();
    }

    /// Tells all to end.
    pub(crate) fn finish(&self) {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        self.ring.notify_all();
    }

    /// Whether all is over.
    pub(crate) fn is_over(&self) -> bool {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner).over
    }

    /// Waits out `time`, or until `stop` is set and the bell rung, or for the end.
    pub(crate) fn sleep(&self, time: Duration, stop: &AtomicBool) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let resting = |rung: &mut Rung| !rung.over && !stop.load(Ordering::Acquire);
        // However it ended, the caller looks for itself.
        drop(self.ring.wait_timeout_while(rung, time, resting));
    }

    /// Waits until it was rung more than `heard` times, or `stop` is set; answers how many times by now.
    pub(crate) fn wait(&self, heard: u64, stop: &AtomicBool) -> u64 {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = |rung: &mut Rung| !rung.over && rung.times == heard && !stop.load(Ordering::Acquire);
        self.ring.wait_while(rung, quiet).unwrap_or_else(PoisonError::into_inner).times
    }
}

/// Wakes the desk's owner once, until it has looked.
pub(crate) struct Waker {
    wake: Wake,
    called: AtomicBool,
}

impl Waker {
    pub(crate) fn new(wake: Wake) -> Self {
        Self { wake, called: AtomicBool::new(false) }
    }

    /// There may be something new.
    pub(crate) fn call(&self) {
        if !self.called.swap(true, Ordering::AcqRel) {
            (self.wake)();
        }
    }

    /// The owner looks now.
    pub(crate) fn heard(&self) {
        self.called.store(false, Ordering::Release);
    }
}
