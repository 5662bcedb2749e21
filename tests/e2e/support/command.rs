//! The binary run to its end, in an environment that says nothing of the one who runs the tests.

use std::fmt;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use serde_json::Value;

use super::{Project, until};

/// What came of a command.
pub(crate) struct Done {
    /// As a shell has it: 128 + n for signal n.
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// The standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Standard output and standard error.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {}\nstdout:\n{}\nstderr:\n{}", self.code, self.out, self.err)
    }
}

/// `portolan ARGUMENTS` in `folder`, with the state and the mark of `project`.
#[expect(clippy::disallowed_methods, reason = "the tests start the binary")]
pub(crate) fn portolan_command(project: &Project, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
    let kept = ["PATH", "HOME", "TMPDIR", "XDG_RUNTIME_DIR"];
    let mark = project.mark();
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(kept.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .envs([mark.split_once('=').expect("a name and a value")])
        .env("PORTOLAN_STATE_DIR", project.state())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it to its end; one that does not end is killed, and that fails the test.
pub(crate) fn finish(mut command: Command) -> Done {
    let mut child = command.spawn().unwrap();
    let out = collect(child.stdout.take());
    let err = collect(child.stderr.take());
    let status = ended(&mut child, &format!("{command:?} ends"));
    Done { code: shell_code(status), out: out.join().unwrap(), err: err.join().unwrap() }
}

/// Waits for its end, and kills it rather than for ever.
fn ended(child: &mut Child, what: &str) -> ExitStatus {
    struct Guard<'c>(&'c mut Child);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
    let guard = Guard(child);
    until(what, || guard.0.try_wait().unwrap())
}

pub(super) fn shell_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().expect("a code or a signal"))
}

fn collect(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.expect("piped").read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
