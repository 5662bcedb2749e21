//! `portolan up` in the foreground, with what it prints.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::Signal;
use serde_json::Value;

use super::command::{portolan_command, shell_code};
use super::{Project, in_time, signal, until};

type Text = Arc<Mutex<Vec<u8>>>;

/// A running `portolan up`. Killed when dropped, if it still runs; the project ends the rest.
pub(crate) struct Up {
    child: Child,
    out: Text,
    err: Text,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Up {
    pub(crate) fn start(project: &Project, folder: &Path, arguments: &[&str]) -> Self {
        Self::spawn(portolan_command(project, folder, arguments))
    }

    pub(crate) fn spawn(mut command: std::process::Command) -> Self {
        let mut child = command.spawn().unwrap();
        let (out, err) = (Text::default(), Text::default());
        let readers = vec![
            collect(child.stdout.take().unwrap(), Arc::clone(&out)),
            collect(child.stderr.take().unwrap(), Arc::clone(&err)),
        ];
        Self { child, out, err, readers }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Standard output so far.
    pub(crate) fn out(&self) -> String {
        text(&self.out)
    }

    /// Standard error so far.
    pub(crate) fn err(&self) -> String {
        text(&self.err)
    }

    /// The objects of `--json` so far.
    pub(crate) fn events(&self) -> Vec<Value> {
        let out = self.out();
        let whole = out.rfind('\n').map_or("", |end| &out[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn until_out(&self, part: &str) {
        let found = in_time(|| self.out().contains(part).then_some(()));
        assert!(found.is_some(), "waited in vain for {part:?} on stdout: {self:?}");
    }

    pub(crate) fn until_err(&self, part: &str) {
        let found = in_time(|| self.err().contains(part).then_some(()));
        assert!(found.is_some(), "waited in vain for {part:?} on stderr: {self:?}");
    }

    pub(crate) fn signal(&self, kind: Signal) {
        signal(self.child.id(), kind);
    }

    /// Waits until it has ended by itself; the exit code. All output has been read then.
    pub(crate) fn ended(&mut self) -> i32 {
        let status = in_time(|| self.child.try_wait().unwrap());
        let status = status.unwrap_or_else(|| panic!("it does not end: {self:?}"));
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        shell_code(status)
    }

    /// Ctrl-C, and the exit code.
    pub(crate) fn interrupt(&mut self) -> i32 {
        self.signal(Signal::INT);
        self.ended()
    }
}

/// `portolan up` and its control socket, in a runtime folder of its own.
pub(crate) fn started(project: &Project, runtime: &Path) -> (Up, PathBuf) {
    let mut command = portolan_command(project, project.folder(), &["up"]);
    command.env("XDG_RUNTIME_DIR", runtime);
    let up = Up::spawn(command);
    let socket = until("the socket", || {
        let mut entries =
            std::fs::read_dir(runtime.join("portolan")).ok()?.flatten().map(|entry| entry.path());
        entries.find(|path| path.extension().is_some_and(|ending| ending == "sock"))
    });
    (up, socket)
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl std::fmt::Debug for Up {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "up\nstdout:\n{}\nstderr:\n{}", self.out(), self.err())
    }
}

fn collect(mut stream: impl Read + Send + 'static, text: Text) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut block = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut block) {
            text.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&block[..count]);
        }
    })
}

fn text(text: &Text) -> String {
    String::from_utf8_lossy(&text.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}
