//! A running stack and the handle that another process has of it, in a runtime folder of its own.

use std::future::Future;
use std::path::{Path, PathBuf};

use portolan::handle::{ControlSocket, Handle, HandleError, RemoteHandle};
use portolan::stack::{Port, Refusal, ServiceName};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::command::portolan_command;
use super::{PATIENCE, Project, Up, until};

/// `portolan up`, asked over its control socket.
pub(crate) struct Control {
    pub(crate) up: Up,
    pub(crate) handle: Handle,
    socket: PathBuf,
    runtime: Runtime,
}

impl Control {
    /// Starts the project and waits until its control socket is there. Leases are kept in `folder`, too.
    pub(crate) fn start(project: &Project, folder: &TempDir, arguments: &[&str]) -> Self {
        Self::start_in(project, project.folder(), folder, arguments)
    }

    /// The same for another checkout.
    pub(crate) fn start_in(project: &Project, checkout: &Path, folder: &TempDir, arguments: &[&str]) -> Self {
        let before = sockets(folder);
        let mut command = portolan_command(project, checkout, &[&["up"], arguments].concat());
        command.env("XDG_RUNTIME_DIR", folder.path());
        let up = Up::spawn(command);
        let socket = until("the socket", || sockets(folder).into_iter().find(|path| !before.contains(path)));
        let handle = Handle::from(RemoteHandle::new(ControlSocket::at(socket.clone())));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { up, handle, socket, runtime }
    }

    /// The same, and waits until all is well.
    pub(crate) fn start_well(project: &Project, folder: &TempDir, arguments: &[&str]) -> Self {
        let control = Self::start(project, folder, arguments);
        control.until_well();
        control
    }

    pub(crate) fn until_well(&self) {
        until("all is well", || {
            let snapshot = self.ask(self.handle.snapshot());
            snapshot.services.iter().all(|service| service.is_well()).then_some(())
        });
    }

    /// The answer, which must not be a refusal.
    pub(crate) fn ask<T>(&self, question: impl Future<Output = Result<T, HandleError>>) -> T {
        self.try_ask(question).unwrap_or_else(|error| panic!("{error}\n{:?}", self.up))
    }

    /// The refusal, which the answer must be.
    pub(crate) fn refused<T>(&self, question: impl Future<Output = Result<T, HandleError>>) -> Refusal {
        match self.try_ask(question) {
            Err(HandleError::Refused(refusal)) => refusal,
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("it was not refused"),
        }
    }

    pub(crate) fn try_ask<T>(
        &self,
        question: impl Future<Output = Result<T, HandleError>>,
    ) -> Result<T, HandleError> {
        let answer = async { tokio::time::timeout(PATIENCE, question).await };
        self.runtime.block_on(answer).expect("an answer in time")
    }

    pub(crate) fn port(&self, service: &str) -> Port {
        let snapshot = self.ask(self.handle.snapshot());
        snapshot.service(&name(service)).and_then(|service| service.port).expect("a port")
    }

    pub(crate) fn pid(&self, service: &str) -> u32 {
        let snapshot = self.ask(self.handle.snapshot());
        snapshot.service(&name(service)).and_then(|service| service.pid).expect("a process")
    }

    pub(crate) fn epoch(&self, service: &str) -> u64 {
        let snapshot = self.ask(self.handle.snapshot());
        snapshot.service(&name(service)).expect("a service").epoch.0
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }
}

pub(crate) fn name(service: &str) -> ServiceName {
    ServiceName::new(service).unwrap()
}

fn sockets(folder: &TempDir) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.path().join("portolan")).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "sock"))
        .collect()
}
