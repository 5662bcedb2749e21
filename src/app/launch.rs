//! Puts a stack together: lock, name, run folder, ports, supervisor and control socket.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::api::{ListenError, Listening, router};
use crate::config;
use crate::discovery::RecordStore;
use crate::findings::RuleFaults;
use crate::handle::LocalHandle;
use crate::logs::{LogStore, RunFolder, RunFolderError, Runs};
use crate::ports::{PortAllocator, RuntimeDirError};
use crate::services::{
    Environments, Harbour, Parts, PortMemory, Reloaded, Reloader, StartError, Supervisor, now,
};
use crate::stack::{Identity, Port, RunId, ServiceId, ServiceName};

use super::embedded::embedded_services;
use super::home::{HomeError, StackLock};
use super::project::{Project, ProjectError};
use super::registry::register;

/// How a stack is launched.
#[derive(Clone, Debug)]
pub struct LaunchOptions {
    /// The run, as the environments were checked with.
    pub run: RunId,
}

/// A stack that is about to start: the supervisor has to be run, and told to start services through the handle.
pub struct Launched {
    /// To be run on a thread that lives as long as the process.
    pub supervisor: Supervisor,
    /// Commands in, snapshots out.
    pub handle: LocalHandle,
    /// What the services print.
    pub logs: Arc<LogStore>,
    /// Its folder; to be ended after the logs are closed.
    pub run_folder: RunFolder,
    /// The services, in the order of the stack.
    pub services: Vec<ServiceId>,
    /// The control socket, served until dropped.
    pub listening: Listening,
    /// The right to run the stack, to be dropped last.
    pub lock: StackLock,
}

/// Why a stack was not launched; nothing of it lives then.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// It runs already.
    #[error("{stack} is up already{}", pid.map(|pid| format!(", launched by pid {pid}")).unwrap_or_default())]
    AlreadyUp {
        /// The stack.
        stack: String,
        /// Its launcher, if that could be read.
        pid: Option<u32>,
    },
    /// There is no place for its files.
    #[error("failed to {0}")]
    Home(#[from] HomeError),
    /// The user's leases are out of reach.
    #[error("failed to find the runtime folder: {0}")]
    Ports(#[from] RuntimeDirError),
    /// The operating system gives no thread.
    #[error("failed to start a thread: {0}")]
    Thread(#[source] std::io::Error),
    /// There is no folder for this run.
    #[error("failed to {0}")]
    RunFolder(#[from] RunFolderError),
    /// Nobody could talk to it.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The project's own rules are wrong.
    #[error("the rules of this project are wrong:\n{0}")]
    Rules(#[from] RuleFaults),
    /// The supervisor could not begin.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Puts the stack of `project` together. Starts no service. Needs a tokio runtime on a thread that lives as long as the
/// process.
pub fn launch(
    project: Project,
    environments: Environments,
    options: LaunchOptions,
) -> Result<Launched, LaunchError> {
    let Project { home, stack_home, spec, .. } = &project;
    let lock = match stack_home.lock()? {
        Ok(lock) => lock,
        Err(pid) => return Err(LaunchError::AlreadyUp { stack: spec.name.clone(), pid }),
    };
    let name = register(home, stack_home, &spec.file, &spec.name)?;
    let clock = now();
    let started = std::time::UNIX_EPOCH + std::time::Duration::from_millis(clock.wall.0);
    let services: Vec<ServiceId> = spec.services.iter().map(|service| service.name.clone().into()).collect();
    let run_folder = Runs::of(&stack_home.state).create(options.run.clone(), &name, &services, started)?;
    let identity = Identity {
        stack: name.clone(),
        folder: spec.folder().to_owned(),
        pid: std::process::id(),
        run: options.run,
        started_at: clock.wall,
    };
    let allocator = PortAllocator::open()?;
    let harbour = Harbour::new(allocator, name, spec.folder().to_owned(), &stack_home.state)
        .map_err(LaunchError::Thread)?;
    let parts = Parts {
        spec: spec.clone(),
        identity,
        environments,
        harbour,
        records: RecordStore::beside(spec.folder()),
        embedded: embedded_services(),
        state_folder: stack_home.state.clone(),
        run_folder: run_folder.path().to_owned(),
        reloader: reloader(project.reread_request()),
        port_memory: port_memory(project.reread_request()),
        rules: project.rules()?,
    };
    let socket = stack_home.socket.clone();
    let (supervisor, handle, logs) = Supervisor::start(parts)?;
    let listening = Listening::open(socket, router(handle.clone()))?;
    Ok(Launched { supervisor, handle, logs, run_folder, services, listening, lock })
}

/// Reads the project again when asked to, with everything that a start checks.
fn reloader(read: impl Fn() -> Result<Project, ProjectError> + Send + 'static) -> Reloader {
    Box::new(move || {
        let mut project = read().map_err(|error| error.to_string())?;
        let run = RunId::from_bits(0);
        project.check(&run, false).map_err(|error| error.to_string())?;
        let generated = project.generated().map_err(|error| error.to_string())?;
        let files = project.files();
        Ok(Reloaded { spec: project.spec, generated, files })
    })
}

/// Writes a preferred port into portolan.local.toml and reads the project again: what did not come out as meant is taken
/// back. One at a time, whoever asks.
fn port_memory(read: impl Fn() -> Result<Project, ProjectError> + Send + 'static) -> PortMemory {
    let read = Mutex::new(read);
    Arc::new(move |service: &ServiceName, port: Port| {
        let read = read.lock().unwrap_or_else(PoisonError::into_inner);
        let preferred = |project: &Project| project.spec.service(service)?.port.clone();
        let project = read().map_err(|error| error.to_string())?;
        let range = preferred(&project).and_then(|port| port.range);
        let failed = |error: config::RememberError| format!("failed to remember the port: {error}");
        let (path, before) =
            config::remember_port(&project.spec.file, service, port, range).map_err(failed)?;
        let after = read();
        if after.as_ref().is_ok_and(|project| preferred(project).and_then(|spec| spec.prefer) == Some(port)) {
            return Ok::<PathBuf, String>(path);
        }
        config::forget_port(&path, before.as_deref()).map_err(failed)?;
        Err(match after {
            Ok(_) => format!(
                "failed to remember the port: a file that is given with -f overrides {}",
                path.display()
            ),
            Err(error) => error.to_string(),
        })
    })
}
