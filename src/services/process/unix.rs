//! Starting a program and waiting for it, on Unix.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use rustix::process::{Pid, Signal};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::signal::unix::SignalKind;

use super::launcher::{Claim, Claims, Step};
use super::preexec::{self, Role};
use super::request::{self, Program, SpawnError, SpawnRequest};
use super::{Output, ProcessRef, Tree, pty};
use crate::stack::{Exit, StopSignal};

pub use super::members::descendant_pids;
pub(super) use super::members::{Members, adopt_orphans, has_entry, reap_adopted, signal_process};
use super::members::{inherited_tag, signal_one};

/// Whether `tty = true` gives a pseudo-terminal.
pub const HAS_TERMINALS: bool = true;

/// A program that was started: the leader of its session.
#[derive(Debug)]
pub struct Running {
    child: Child,
    claim: Option<Claim>,
    exit: Option<Exit>,
    input: Option<Input>,
    output: Option<Output>,
    tree: Tree,
}

/// Where a program's input is written. A pipe ends when it is dropped.
#[derive(Debug)]
pub struct Input(InputEnd);

#[derive(Debug)]
enum InputEnd {
    Pipe(ChildStdin),
    Terminal(Arc<OwnedFd>),
}

impl Running {
    /// The process id; the session's and the process group's too.
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
        if let Some(exit) = self.exit {
            return Ok(exit);
        }
        let exit = exit(self.child.wait().await?);
        self.exit = Some(exit);
        self.claim = None;
        Ok(exit)
    }

    /// Its input; the first call has it.
    pub fn take_input(&mut self) -> Option<Input> {
        self.input.take()
    }
}

impl Input {
    /// Writes to the program's input, waiting while its buffer is full. Fails once nobody can read it.
    ///
    /// Dropping the future leaves a part of `bytes` written.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.0 {
            InputEnd::Pipe(pipe) => pipe.write_all(bytes).await,
            InputEnd::Terminal(terminal) => pty::write(terminal, bytes).await,
        }
    }

    /// The screen that the program believes in.
    pub fn screen(&self) -> Screen {
        match &self.0 {
            InputEnd::Pipe(_) => Screen(None),
            InputEnd::Terminal(terminal) => Screen(Some(Arc::clone(terminal))),
        }
    }
}

/// The size of a program's terminal, if it has one; usable while input is being written.
#[derive(Clone, Debug)]
pub struct Screen(Option<Arc<OwnedFd>>);

impl Screen {
    /// Tells the program its new size in characters; without a terminal, does nothing.
    pub fn resize(&self, columns: u16, rows: u16) -> io::Result<()> {
        match &self.0 {
            Some(terminal) => pty::resize(terminal, columns, rows),
            None => Ok(()),
        }
    }
}

/// Has the child of `command` live on its own.
pub(super) fn detach(command: &mut std::process::Command) {
    preexec::install(command, Role::Daemon);
}

/// Asks a process that is in no tree of ours to end, or ends it.
pub(super) fn end_process(process: ProcessRef, force: bool) {
    signal_one(process, if force { Signal::KILL } else { Signal::TERM });
}

/// Whether the system lets us signal this process.
pub(super) fn may_signal(process: ProcessRef) -> bool {
    let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::PERM))
}

pub(super) fn spawn(claims: &Arc<Claims>, request: &SpawnRequest) -> Result<Running, SpawnError> {
    let path = request::resolve(&request.program, &request.directory, &request.env)?;
    let mut command = prepare(request, &path, request.tty);
    let start = |command: &mut Command| {
        let streams = connect(command, request.tty)?;
        let (child, claim) = claims.started(|| identified(command.spawn()?))?;
        Ok((child, claim, streams))
    };
    let (mut child, claim, streams) = start(&mut command).map_err(|error| request::classify(error, path))?;
    // Our copies of the program's ends of the pipes go with the command, so that the pipes can end.
    drop(command);
    let input = match streams.terminal {
        Some(terminal) => InputEnd::Terminal(Arc::new(terminal)),
        None => InputEnd::Pipe(child.stdin.take().expect("a pipe was asked for")),
    };
    let members = Members::new(ProcessRef::leader(claim.pid()), &request.marker, Arc::clone(claims));
    Ok(Running {
        child,
        claim: Some(claim),
        exit: None,
        input: Some(Input(input)),
        output: Some(streams.output),
        tree: Tree::new(members),
    })
}

pub(super) fn spawn_step(claims: &Arc<Claims>, request: &SpawnRequest) -> Result<Step, SpawnError> {
    let path = request::resolve(&request.program, &request.directory, &request.env)?;
    let mut command = prepare(request, &path, false);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let (child, claim) = claims
        .started(|| identified(command.spawn()?))
        .map_err(|error: io::Error| request::classify(error, path))?;
    Ok(Step::new(child, claim))
}

/// Kills a step with all that stayed in its process group.
pub(super) fn kill_step(child: &mut Child) {
    // There is an id as long as it was not reaped, and until then the group's number is nobody else's.
    if let Some(leader) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        // A group that only has the dead in it needs no signal.
        let _ = rustix::process::kill_process_group(leader, Signal::KILL);
    }
}

pub(super) async fn reap_forever(claims: &Claims) -> io::Result<std::convert::Infallible> {
    let mut ended = tokio::signal::unix::signal(SignalKind::child())?;
    loop {
        reap_adopted(claims);
        if ended.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// What we keep of a program's streams.
struct Streams {
    output: Output,
    terminal: Option<OwnedFd>,
}

fn connect(command: &mut Command, tty: bool) -> io::Result<Streams> {
    if tty {
        let (ours, theirs) = pty::open()?;
        command.stdin(theirs.try_clone()?).stdout(theirs.try_clone()?).stderr(theirs);
        return Ok(Streams { output: Output::Terminal(ours.try_clone()?), terminal: Some(ours) });
    }
    let (stdout, their_stdout) = io::pipe()?;
    let (stderr, their_stderr) = io::pipe()?;
    command.stdin(Stdio::piped()).stdout(their_stdout).stderr(their_stderr);
    Ok(Streams { output: Output::Pipes { stdout: stdout.into(), stderr: stderr.into() }, terminal: None })
}

#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
fn prepare(request: &SpawnRequest, path: &Path, terminal: bool) -> Command {
    let mut command = Command::new(path);
    match &request.program {
        Program::Words(words) => {
            if let Some((name, arguments)) = words.split_first() {
                command.arg0(name).args(arguments);
            }
        }
        Program::Shell(text) => {
            command.arg("-c").arg(text);
        }
    }
    command.current_dir(&request.directory).env_clear();
    command.envs(request.env.iter().map(|(name, value)| (name, value))).envs(request.marker.variables());
    let tag = inherited_tag(&request.marker);
    preexec::install(command.as_std_mut(), Role::Service { terminal, tag });
    command
}

fn identified(child: Child) -> io::Result<(Child, u32)> {
    let pid = child.id().expect("nobody has waited for it yet");
    Ok((child, pid))
}

fn exit(status: ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => unreachable!("a process that was waited for has returned or was ended by a signal"),
    }
}

/// The signal that a stop asks for.
fn signal_number(signal: StopSignal) -> Signal {
    match signal {
        StopSignal::Term => Signal::TERM,
        StopSignal::Int => Signal::INT,
        StopSignal::Quit => Signal::QUIT,
        StopSignal::Hup => Signal::HUP,
        StopSignal::Usr1 => Signal::USR1,
        StopSignal::Usr2 => Signal::USR2,
        StopSignal::Kill => Signal::KILL,
    }
}

/// Sends the signal that a stop asks for to every member.
pub(super) fn send(members: &Members, signal: StopSignal) {
    members.signal(signal_number(signal));
}

/// Kills these members.
pub(super) fn kill(_members: &Members, processes: &[ProcessRef]) {
    for &process in processes {
        signal_process(process, Signal::KILL);
    }
}
