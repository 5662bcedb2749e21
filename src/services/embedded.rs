//! The seam for services inside Portolan's own process: what such a service is given and what it must do.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::PipeWriter;
use std::net::TcpListener;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::watch;

use crate::stack::{EmbeddedKind, ServiceName};

/// A service inside Portolan's own process.
pub trait EmbeddedService: Send + Sync {
    /// Serves until `context.stop` turns true, then ends gracefully. Dropping the future ends the service at once.
    fn serve(
        &self,
        context: EmbeddedContext,
    ) -> Pin<Box<dyn Future<Output = Result<(), EmbeddedError>> + Send + 'static>>;
}

/// Why an embedded service ended by itself, in words and without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmbeddedError {
    /// It will not start with this environment: trying again would not help.
    Refused(String),
    /// It failed, as a process that exits with code 1. The text goes to its log.
    Failed(String),
}

/// A socket that listens for an embedded service, bound by Portolan on the leased port.
#[derive(Debug)]
pub struct EmbeddedSocket(pub TcpListener);

/// What an embedded service is given, in place of a process's environment and pipes.
#[derive(Debug)]
pub struct EmbeddedContext {
    /// What it is called in this stack.
    pub service: ServiceName,
    /// Where to serve; `None` for a service without a port.
    pub socket: Option<EmbeddedSocket>,
    /// Its environment, as a process would get it.
    pub env: BTreeMap<String, String>,
    /// Where it may keep data; made by whoever first does.
    pub state_folder: PathBuf,
    /// Its standard output: read, framed, masked and kept like that of a process. Writing blocks while the log store is
    /// behind.
    pub output: PipeWriter,
    /// Turns true when it has to end.
    pub stop: watch::Receiver<bool>,
}

/// The embedded services that this binary has, supplied by the composition root.
#[derive(Clone, Default)]
pub struct EmbeddedServices {
    services: Vec<(EmbeddedKind, Arc<dyn EmbeddedService>)>,
}

impl EmbeddedServices {
    /// Adds the service of one kind; a later one replaces an earlier one.
    #[must_use]
    pub fn with(mut self, kind: EmbeddedKind, service: Arc<dyn EmbeddedService>) -> Self {
        self.services.retain(|(known, _)| *known != kind);
        self.services.push((kind, service));
        self
    }

    pub(super) fn of(&self, kind: EmbeddedKind) -> Option<Arc<dyn EmbeddedService>> {
        self.services.iter().find(|(known, _)| *known == kind).map(|(_, service)| Arc::clone(service))
    }
}
