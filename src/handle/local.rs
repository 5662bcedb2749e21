//! The handle in the launcher's own process.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use crate::stack::{Accepted, Command, EnvReport, ServiceName, StackDescription, StackSnapshot, Vitals};

use super::{HandleError, Journal, Order, ReloadReport, VitalsBoard};

/// Orders that may wait for the supervisor; it takes each within microseconds.
const WAITING_ORDERS: usize = 64;

/// A running stack in this process. Clones are of the same stack.
#[derive(Clone, Debug)]
pub struct LocalHandle {
    orders: mpsc::Sender<Order>,
    snapshots: watch::Receiver<Arc<StackSnapshot>>,
    journal: Journal,
    vitals: VitalsBoard,
}

/// The supervisor's end of a [`LocalHandle`].
#[derive(Debug)]
pub struct OrderInbox {
    /// Orders, in the order in which they were given.
    pub orders: mpsc::Receiver<Order>,
    /// Where each new snapshot goes.
    pub snapshots: watch::Sender<Arc<StackSnapshot>>,
    /// Where each event goes.
    pub journal: Journal,
    /// Where vitals are asked for and go.
    pub vitals: VitalsBoard,
}

impl LocalHandle {
    /// A handle and the supervisor's end of it, beginning with `snapshot`.
    pub fn new(snapshot: StackSnapshot) -> (Self, OrderInbox) {
        let (orders_in, orders) = mpsc::channel(WAITING_ORDERS);
        let (snapshots, snapshots_out) = watch::channel(Arc::new(snapshot));
        let journal = Journal::default();
        let vitals = VitalsBoard::default();
        let handle = Self {
            orders: orders_in,
            snapshots: snapshots_out,
            journal: journal.clone(),
            vitals: vitals.clone(),
        };
        (handle, OrderInbox { orders, snapshots, journal, vitals })
    }

    /// Gives an order; the answer says that it was taken on, not that it is done. Dropping the future after the first
    /// poll does not take the order back.
    pub async fn command(&self, command: Command) -> Result<Accepted, HandleError> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Command(command, reply)).await?;
        Ok(answer.await.map_err(|_| HandleError::Gone)??)
    }

    /// Reads portolan.toml and the environment files again and restarts what changed.
    pub async fn reload(&self) -> Result<ReloadReport, HandleError> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Reload(reply)).await?;
        Ok(answer.await.map_err(|_| HandleError::Gone)??)
    }

    /// The environment of a service as it is or would be now; secrets masked unless `reveal`.
    pub async fn environment(&self, service: ServiceName, reveal: bool) -> Result<EnvReport, HandleError> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Environment { service, reveal, reply }).await?;
        Ok(answer.await.map_err(|_| HandleError::Gone)??)
    }

    /// The stack as it is.
    pub fn snapshot(&self) -> Arc<StackSnapshot> {
        self.snapshots.borrow().clone()
    }

    /// The first snapshot newer than `version`, at once if there is one. Cancel-safe.
    pub async fn snapshot_after(&self, version: u64) -> Result<Arc<StackSnapshot>, HandleError> {
        let mut snapshots = self.snapshots.clone();
        let newer = snapshots.wait_for(|snapshot| snapshot.version > version).await;
        newer.map(|snapshot| snapshot.clone()).map_err(|_| HandleError::Gone)
    }

    /// The events of this run.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The first vitals newer than `version`; measured only while somebody asks. Cancel-safe.
    pub async fn vitals_after(&self, version: u64) -> Result<Arc<Vitals>, HandleError> {
        self.vitals.after(version).await
    }

    /// What the specification says of each service.
    pub async fn describe(&self) -> Result<StackDescription, HandleError> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Describe(reply)).await?;
        answer.await.map_err(|_| HandleError::Gone)
    }

    pub(super) async fn order(&self, order: Order) -> Result<(), HandleError> {
        self.orders.send(order).await.map_err(|_| HandleError::Gone)
    }
}
