//! A running stack, wherever its launcher is: all that the console holds of it.

use std::sync::Arc;

use crate::stack::{Accepted, Command, EnvReport, ServiceName, StackDescription, StackSnapshot, Vitals};

use super::{CommandRequest, Events, HandleError, LocalHandle, ReloadReport, RemoteHandle};

/// A running stack. Clones are of the same one.
#[derive(Clone, Debug)]
pub enum Handle {
    /// Launched by this process.
    Local(LocalHandle),
    /// Launched by another.
    Remote(RemoteHandle),
}

impl Handle {
    /// Whether this process launched it, so that it ends with this process.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local(_))
    }

    /// Gives an order; the answer says that it was taken on, not that it is done. An order that was sent stands, even if
    /// the future is dropped.
    pub async fn command(&self, request: CommandRequest) -> Result<Accepted, HandleError> {
        match self {
            Self::Local(local) => local.command(Command::from(request)).await,
            Self::Remote(remote) => remote.command(&request).await,
        }
    }

    /// Has portolan.toml and the environment files read again.
    pub async fn reload(&self) -> Result<ReloadReport, HandleError> {
        match self {
            Self::Local(local) => local.reload().await,
            Self::Remote(remote) => remote.reload().await,
        }
    }

    /// The environment of a service as it is or would be now; secrets masked unless `reveal`.
    pub async fn environment(&self, service: ServiceName, reveal: bool) -> Result<EnvReport, HandleError> {
        match self {
            Self::Local(local) => local.environment(service, reveal).await,
            Self::Remote(remote) => remote.environment(&service, reveal).await,
        }
    }

    /// The stack as it is.
    pub async fn snapshot(&self) -> Result<Arc<StackSnapshot>, HandleError> {
        match self {
            Self::Local(local) => Ok(local.snapshot()),
            Self::Remote(remote) => remote.snapshot().await.map(Arc::new),
        }
    }

    /// The first snapshot newer than `version`, at once if there is one, however long it takes. Cancel-safe.
    pub async fn snapshot_after(&self, version: u64) -> Result<Arc<StackSnapshot>, HandleError> {
        let remote = match self {
            Self::Local(local) => return local.snapshot_after(version).await,
            Self::Remote(remote) => remote,
        };
        loop {
            let snapshot = remote.snapshot_after(version).await?;
            if snapshot.version > version {
                return Ok(Arc::new(snapshot));
            }
            // The versions of a run only grow: this launcher is another one, in the place of the one that was meant.
            if snapshot.version < version {
                return Err(HandleError::Gone);
            }
        }
    }

    /// The events after the one with the number `after`; 0 for the oldest that is kept. Asks nothing yet.
    pub fn events(&self, after: u64) -> Events {
        match self {
            Self::Local(local) => Events::local(local.journal().read_after(after)),
            Self::Remote(remote) => Events::remote(remote.clone(), after),
        }
    }

    /// The first vitals newer than `version`. They are measured about once a second, and only while somebody asks:
    /// whoever wants to see them goes on asking. Cancel-safe.
    pub async fn vitals_after(&self, version: u64) -> Result<Arc<Vitals>, HandleError> {
        match self {
            Self::Local(local) => local.vitals_after(version).await,
            Self::Remote(remote) => remote.vitals_after(version).await.map(Arc::new),
        }
    }

    /// What the specification says of each service, as it is now; a reload may change it.
    pub async fn describe(&self) -> Result<StackDescription, HandleError> {
        match self {
            Self::Local(local) => local.describe().await,
            Self::Remote(remote) => remote.describe().await,
        }
    }
}

impl From<LocalHandle> for Handle {
    fn from(local: LocalHandle) -> Self {
        Self::Local(local)
    }
}

impl From<RemoteHandle> for Handle {
    fn from(remote: RemoteHandle) -> Self {
        Self::Remote(remote)
    }
}
