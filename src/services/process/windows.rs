//! Starting a program in a job object and waiting for it, on Windows. There are no pseudo-terminals here.
//!
//! The job belongs to a task, since waiting for a process and ending its job both need it mutably. The job ends with
//! the task, and its processes with the job: that is what replaces the guardian. A polite CTRL_BREAK needs a call
//! that neither tokio nor process-wrap offers without `unsafe`, so none is sent.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use process_wrap::tokio::{ChildWrapper, CommandWrap, JobObject, KillOnDrop};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{mpsc, watch};

use super::launcher::{Claims, Step};
use super::request::{self, Program, SpawnError, SpawnRequest};
use super::{Output, ProcessRef, Tree};
use crate::stack::{Exit, StopSignal};

/// Whether `tty = true` gives a pseudo-terminal.
pub const HAS_TERMINALS: bool = false;

/// A program that was started: the first process of its job.
#[derive(Debug)]
pub struct Running {
    exit: watch::Receiver<Option<Exit>>,
    input: Option<Input>,
    output: Option<Output>,
    tree: Tree,
}

impl Running {
    /// The process id.
    pub fn pid(&self) -> u32 {
        self.tree.leader().pid
    }

    /// The program and all that came of it; every call answers for the same one.
    pub fn tree(&self) -> Tree {
        self.tree.clone()
    }

    /// Where its output arrives; the first call has it.
    pub fn take_output(&mut self) -> Option<Output> {
        self.output.take()
    }

    /// Waits until the leader ends; others of its tree may live on. Later calls give the same answer.
    ///
    /// Dropping the future loses nothing.
    pub async fn wait(&mut self) -> io::Result<Exit> {
        match *self.exit.wait_for(Option::is_some).await.map_err(io::Error::other)? {
            Some(exit) => Ok(exit),
            None => unreachable!("it was waited for until there was one"),
        }
    }

    /// Its input; the first call has it.
    pub fn take_input(&mut self) -> Option<Input> {
        self.input.take()
    }
}

/// Where a program's input is written. The pipe ends when it is dropped.
#[derive(Debug)]
pub struct Input(ChildStdin);

impl Input {
    /// Writes to the program's input, waiting while its buffer is full. Fails once nobody can read it.
    ///
    /// Dropping the future leaves a part of `bytes` written.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// The screen that the program believes in.
    pub fn screen(&self) -> Screen {
        Screen
    }
}

/// Nothing: there are no pseudo-terminals here.
#[derive(Clone, Debug)]
pub struct Screen;

impl Screen {
    /// Does nothing.
    pub fn resize(&self, _columns: u16, _rows: u16) -> io::Result<()> {
        Ok(())
    }
}

/// The job, seen from its tree.
#[derive(Debug)]
pub(crate) struct Members {
    leader: ProcessRef,
    kills: mpsc::UnboundedSender<()>,
    empty: watch::Receiver<bool>,
}

impl Members {
    pub(super) fn leader(&self) -> ProcessRef {
        self.leader
    }

    /// The leader, standing for its job, while anyone in the job lives.
    pub(super) fn list(&self) -> Vec<ProcessRef> {
        // The task's end closes the job, and with it its processes.
        let is_over = *self.empty.borrow() || self.empty.has_changed().is_err();
        if is_over { Vec::new() } else { vec![self.leader] }
    }
}

impl ProcessRef {
    /// A process named by its pid alone; whether it lives is not asked here.
    pub fn of(pid: u32) -> Option<Self> {
        Some(Self { pid, start_time: None })
    }

    /// Whether a process has this pid.
    pub fn is_current(self) -> bool {
        let filter = format!("PID eq {}", self.pid);
        let listed = run_system_tool("tasklist", &["/NH", "/FO", "CSV", "/FI", &filter]);
        listed.is_some_and(|text| text.contains(&format!("\"{}\"", self.pid)))
    }
}

/// Has the child of `command` live on its own: without a console, deaf to our Ctrl-C.
pub(super) fn detach(command: &mut std::process::Command) {
    use std::os::windows::process::CommandExt;
    /// https://learn.microsoft.com/windows/win32/procthread/process-creation-flags
    const DETACHED_PROCESS: u32 = 0x8;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    command.creation_flags(DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP);
}

/// Asks a process that is not ours to end, or ends it.
pub(super) fn end_process(process: ProcessRef, force: bool) {
    let pid = process.pid.to_string();
    let arguments: &[&str] = if force { &["/F", "/PID", &pid] } else { &["/PID", &pid] };
    // Whether it worked is seen by whether it lives.
    let _ = run_system_tool("taskkill", arguments);
}

/// Whether the system lets us end this process; only an attempt tells here.
pub(super) fn may_signal(_process: ProcessRef) -> bool {
    true
}

#[expect(clippy::disallowed_methods, reason = "the system's own tools do what takes `unsafe` otherwise")]
fn run_system_tool(tool: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(tool).args(arguments).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `root` alone: a job does not tell its members without `unsafe`.
pub fn descendant_pids(root: u32) -> Vec<u32> {
    vec![root]
}

/// False: the system does not tell without `unsafe`.
pub(super) fn has_entry(_pid: u32, _entry: &[u8]) -> bool {
    false
}

/// Sends nothing: the job is ended when the grace period is over.
pub(super) fn send(_members: &Members, _signal: StopSignal) {}

/// Ends the job, and with it all of its processes.
pub(super) fn kill(members: &Members, _processes: &[ProcessRef]) {
    // Without a task to hear it there is no job any more either.
    let _ = members.kills.send(());
}

pub(super) fn adopt_orphans() -> io::Result<()> {
    Ok(())
}

pub(super) fn reap_adopted(_claims: &Claims) -> usize {
    0
}

pub(super) async fn reap_forever(_claims: &Claims) -> io::Result<std::convert::Infallible> {
    std::future::pending().await
}

pub(super) fn spawn(_claims: &Arc<Claims>, request: &SpawnRequest) -> Result<Running, SpawnError> {
    let path = request::resolve(&request.program, &request.directory, &request.env)?;
    start(request, &path).map_err(|error| request::classify(error, path))
}

pub(super) fn spawn_step(claims: &Arc<Claims>, request: &SpawnRequest) -> Result<Step, SpawnError> {
    let path = request::resolve(&request.program, &request.directory, &request.env)?;
    let mut command = prepare(request, &path);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let (child, claim) = claims
        .started(|| {
            let child = command.spawn()?;
            let pid = child.id().expect("nobody has waited for it yet");
            Ok((child, pid))
        })
        .map_err(|error: io::Error| request::classify(error, path))?;
    Ok(Step::new(child, claim))
}

/// Kills a step; what it started itself belongs to nobody here.
pub(super) fn kill_step(child: &mut Child) {
    // One that cannot be killed is one that has ended.
    let _ = child.start_kill();
}

fn start(request: &SpawnRequest, path: &Path) -> io::Result<Running> {
    let (stdout, their_stdout) = io::pipe()?;
    let (stderr, their_stderr) = io::pipe()?;
    let mut command = prepare(request, path);
    command.stdin(Stdio::piped()).stdout(their_stdout).stderr(their_stderr);
    let mut wrapped = CommandWrap::from(command);
    let mut child = wrapped.wrap(JobObject).wrap(KillOnDrop).spawn()?;
    // Our copies of the program's ends of the pipes go with the command, so that the pipes can end.
    drop(wrapped);

    let pid = child.id().ok_or_else(|| io::Error::other("the process ended before it had an id"))?;
    let input = child.stdin().take().expect("a pipe was asked for");
    let (exit_sender, exit) = watch::channel(None);
    let (empty_sender, empty) = watch::channel(false);
    let (kills, kill_receiver) = mpsc::unbounded_channel();
    tokio::spawn(keep(child, exit_sender, empty_sender, kill_receiver));
    let members = Members { leader: ProcessRef { pid, start_time: None }, kills, empty };
    let output = Output::Pipes { stdout: stdout.into(), stderr: stderr.into() };
    Ok(Running { exit, input: Some(Input(input)), output: Some(output), tree: Tree::new(members) })
}

/// Holds the job until nobody is in it: tells of the leader's exit, then of the last one's.
async fn keep(
    mut job: Box<dyn ChildWrapper>,
    exit: watch::Sender<Option<Exit>>,
    empty: watch::Sender<bool>,
    mut kills: mpsc::UnboundedReceiver<()>,
) {
    let status = loop {
        tokio::select! {
            status = job.inner_mut().wait() => break status,
            () = next(&mut kills) => end(job.as_mut()),
        }
    };
    exit.send_replace(Some(status.map_or(Exit::Code(1), code)));
    let killed = tokio::select! {
        _ = job.wait() => false,
        () = next(&mut kills) => true,
    };
    if killed {
        end(job.as_mut());
    }
    empty.send_replace(true);
}

async fn next(kills: &mut mpsc::UnboundedReceiver<()>) {
    if kills.recv().await.is_none() {
        std::future::pending().await
    }
}

fn end(job: &mut dyn ChildWrapper) {
    // A job that cannot be ended is one that has ended.
    let _ = job.start_kill();
}

#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
fn prepare(request: &SpawnRequest, path: &Path) -> Command {
    let mut command = Command::new(path);
    match &request.program {
        Program::Words(words) => {
            command.args(words.iter().skip(1));
        }
        Program::Shell(text) => {
            command.arg("/C").raw_arg(text);
        }
    }
    command.current_dir(&request.directory).env_clear();
    command.envs(request.env.iter().map(|(name, value)| (name, value))).envs(request.marker.variables());
    command
}

fn code(status: ExitStatus) -> Exit {
    // Only a signal leaves no code, and there are none here.
    Exit::Code(status.code().unwrap_or(1))
}
