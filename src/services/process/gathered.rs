//! A program of the user's that is run to its end beside the console, with what it says gathered.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use super::launcher::Claim;
use super::{Launcher, guest};

/// Bytes that are kept of the beginning of what it says: what it set out to do.
const HEAD: usize = 16 << 10;
/// Bytes that are kept of the end: why it failed.
const TAIL: usize = 48 << 10;
/// How long what it left behind may hold its output open.
const DRAIN: Duration = Duration::from_millis(300);

/// How a program came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// As a shell has it: 128 and more for one that was ended by a signal.
    pub code: i32,
    /// What it said on both streams, the middle left out if there was much.
    pub output: Vec<u8>,
}

/// Runs a program in `folder` to its end. It has no terminal and no input, and is none of a stack's: it lives on if the
/// stack ends meanwhile. `launcher` is that of this process, if it has one, which would bury the program otherwise before
/// anybody knew how it ended. Blocks.
#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
pub fn run_gathered(
    launcher: Option<&Launcher>,
    program: &Path,
    arguments: &[OsString],
    folder: &Path,
) -> io::Result<Gathered> {
    let (output, theirs) = io::pipe()?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.stdout(theirs.try_clone()?).stderr(theirs);
    guest::invite_to_stay(&mut command);
    let (mut child, _claim) = start(launcher, &mut command)?;
    // Our copies of its ends, or the pipe would never close.
    drop(command);
    let said = gather(output)?;
    let status = child.wait()?;
    Ok(Gathered { code: code(status), output: said.when_closed() })
}

/// Runs a program in `folder` to its end with this terminal, which is its own meanwhile; its exit code. For a process
/// that starts nothing else. Blocks.
#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
pub fn run_shown(program: &Path, arguments: &[OsString], folder: &Path) -> io::Result<i32> {
    Ok(code(Command::new(program).args(arguments).current_dir(folder).status()?))
}

#[cfg(unix)]
fn start(launcher: Option<&Launcher>, command: &mut Command) -> io::Result<(Child, Option<Claim>)> {
    let mut spawn = || {
        let child = command.spawn()?;
        let pid = child.id();
        Ok::<_, io::Error>((child, pid))
    };
    match launcher {
        Some(launcher) => launcher.claims().started(spawn).map(|(child, claim)| (child, Some(claim))),
        None => spawn().map(|(child, _)| (child, None)),
    }
}

#[cfg(windows)]
fn start(_launcher: Option<&Launcher>, command: &mut Command) -> io::Result<(Child, Option<Claim>)> {
    Ok((command.spawn()?, None))
}

#[cfg(unix)]
fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

#[cfg(windows)]
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(1)
}

/// What is being gathered, and the word that there is no more.
struct Said {
    kept: Arc<Mutex<Kept>>,
    closed: mpsc::Receiver<()>,
}

#[derive(Debug, Default)]
struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    lost: bool,
}

fn gather(mut output: io::PipeReader) -> io::Result<Said> {
    let kept = Arc::new(Mutex::new(Kept::default()));
    let (close, closed) = mpsc::channel();
    let into = Arc::clone(&kept);
    let read = move || {
        let _close: mpsc::Sender<()> = close;
        let mut block = [0; 4096];
        while let Ok(count @ 1..) = output.read(&mut block) {
            into.lock().unwrap_or_else(PoisonError::into_inner).add(&block[..count]);
        }
    };
    thread::Builder::new().name("gather".into()).spawn(read)?;
    Ok(Said { kept, closed })
}

impl Said {
    fn when_closed(self) -> Vec<u8> {
        // Nothing is ever sent: it is disconnected, or somebody else still writes, who is not waited for.
        let _ = self.closed.recv_timeout(DRAIN);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).bytes()
    }
}

impl Kept {
    fn add(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(HEAD - self.head.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
        self.lost |= surplus > 0;
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.clone();
        if self.lost {
            bytes.extend_from_slice(b"\n...\n");
        }
        bytes.extend(&self.tail);
        bytes
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn shell(text: &str) -> Gathered {
        let folder = tempfile::tempdir().unwrap();
        run_gathered(None, Path::new("/bin/sh"), &["-c".into(), text.into()], folder.path()).unwrap()
    }

    #[test]
    fn both_streams_and_the_end_are_told() {
        let gathered = shell("echo out; echo err >&2; exit 3");
        assert_eq!(gathered, Gathered { code: 3, output: b"out\nerr\n".to_vec() });
        assert_eq!(shell("kill -9 $$").code, 137);
    }

    #[test]
    fn what_it_leaves_behind_is_not_waited_for() {
        let gathered = shell("sleep 20 & echo $!");
        let pid: i32 = String::from_utf8(gathered.output).unwrap().trim().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it still lives");
    }

    #[test]
    fn much_output_is_cut_in_its_middle() {
        let output = shell("echo begin; i=0; while [ $i -lt 3000 ]; do echo line-$i-012345678901234567890123456789; i=$((i+1)); done; echo end").output;
        assert!(output.len() <= HEAD + TAIL + 5, "{}", output.len());
        assert!(output.starts_with(b"begin\n") && output.ends_with(b"\nend\n"));
        assert!(output.windows(5).any(|part| part == b"\n...\n"));
    }
}
