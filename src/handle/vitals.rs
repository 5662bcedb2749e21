//! Where the vitals of a stack are asked for and handed out. To measure costs something, so it is done only while
//! somebody asks: each question pays for the next few measurements.
//!
//! There is no clock here. A reader that asks for the next vitals as soon as it has some keeps the measuring going;
//! when the last one stops asking, it ends by itself, and whoever measures sleeps.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::stack::Vitals;

use super::HandleError;

/// Measurements that one question pays for: enough that a reader who is late for one finds the next.
const PAID_BY_A_QUESTION: u32 = 3;

/// The vitals of one stack. Clones share them.
#[derive(Clone, Debug)]
pub struct VitalsBoard {
    demand: Arc<Demand>,
    latest: watch::Sender<Latest>,
}

#[derive(Debug, Default)]
struct Demand {
    state: Mutex<DemandState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct DemandState {
    /// Measurements that are still to be made.
    paid: u32,
    closed: bool,
}

#[derive(Clone, Debug, Default)]
struct Latest {
    vitals: Arc<Vitals>,
    closed: bool,
}

impl Default for VitalsBoard {
    fn default() -> Self {
        Self { demand: Arc::default(), latest: watch::Sender::new(Latest::default()) }
    }
}

impl VitalsBoard {
    /// The first vitals newer than `version`; if nobody has asked for some time, the first that are measured from now
    /// on. Cancel-safe; a dropped question may still have been paid for.
    pub async fn after(&self, version: u64) -> Result<Arc<Vitals>, HandleError> {
        let mut latest = self.latest.subscribe();
        // Before asking: what is measured because of this question counts. A version that was never handed out, from
        // another run, is no reason to wait longer.
        let last = latest.borrow().vitals.version;
        let newer_than = if self.ask() { version.min(last) } else { last };
        let found = latest.wait_for(|latest| latest.closed || latest.vitals.version > newer_than).await;
        match found {
            Ok(found) if found.vitals.version > newer_than => Ok(Arc::clone(&found.vitals)),
            Ok(_) | Err(_) => Err(HandleError::Gone),
        }
    }

    /// Says that nothing will come any more.
    pub fn close(&self) {
        self.lock().closed = true;
        self.demand.changed.notify_all();
        self.latest.send_modify(|latest| latest.closed = true);
    }

    /// For whoever measures: blocks the thread until somebody asks. Whether it had to wait, so that the measurement
    /// before is long ago; `None` when the board is closed.
    pub fn wait_until_asked(&self) -> Option<bool> {
        let mut demand = self.lock();
        let mut waited = false;
        while demand.paid == 0 && !demand.closed {
            waited = true;
            demand = self.demand.changed.wait(demand).unwrap_or_else(PoisonError::into_inner);
        }
        if demand.closed {
            return None;
        }
        demand.paid -= 1;
        Some(waited)
    }

    /// For whoever measures: hands out what was measured; the board counts the versions.
    pub fn publish(&self, vitals: Vitals) {
        self.latest.send_modify(|latest| {
            let version = latest.vitals.version + 1;
            latest.vitals = Arc::new(Vitals { version, ..vitals });
        });
    }

    /// How many measurements were made, and how many are paid for and still to be made.
    pub fn counts(&self) -> (u64, u32) {
        let paid = self.lock().paid;
        (self.latest.borrow().vitals.version, paid)
    }

    /// Pays for measurements; whether they were going on already.
    fn ask(&self) -> bool {
        let mut demand = self.lock();
        let was_paid = std::mem::replace(&mut demand.paid, PAID_BY_A_QUESTION) > 0;
        self.demand.changed.notify_all();
        was_paid
    }

    fn lock(&self) -> MutexGuard<'_, DemandState> {
        // Nothing under this lock can panic half-way.
        self.demand.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[tokio::test]
    async fn a_question_pays_for_a_few_measurements_and_no_more() {
        let board = VitalsBoard::default();
        let measuring = thread::spawn({
            let board = board.clone();
            move || {
                while board.wait_until_asked().is_some() {
                    board.publish(Vitals::default());
                }
            }
        });
        let first = board.after(0).await.unwrap();
        assert!((1..=u64::from(PAID_BY_A_QUESTION)).contains(&first.version), "{first:?}");
        while board.counts() != (u64::from(PAID_BY_A_QUESTION), 0) {
            tokio::task::yield_now().await;
        }
        let again = board.after(0).await.unwrap();
        assert!(again.version > u64::from(PAID_BY_A_QUESTION), "what is long past is not handed out");
        board.close();
        measuring.join().unwrap();
    }

    #[tokio::test]
    async fn a_closed_board_is_gone() {
        let board = VitalsBoard::default();
        let (answer, ()) = tokio::join!(board.after(0), async { board.close() });
        assert!(matches!(answer, Err(HandleError::Gone)), "{answer:?}");
        assert_eq!(board.wait_until_asked(), None);
        assert!(matches!(board.after(0).await, Err(HandleError::Gone)));
    }
}
