//! A process that outlives its starter: the daemon of `--detach`.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::platform;

/// A process that was started to outlive this one. Dropping it leaves it alone.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
}

impl Daemon {
    /// Its exit code, if it has ended already.
    pub fn ended(&mut self) -> Option<i32> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(status.code().unwrap_or(1))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// Starts `program` in a session of its own and in the root folder, without a terminal, with `env` added to our own
/// environment; what it says goes to `log`, which is written anew.
#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
pub fn spawn_detached(
    program: &Path,
    arguments: &[OsString],
    env: &[(&str, OsString)],
    log: &Path,
) -> io::Result<Daemon> {
    let log = File::create(log)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    command.current_dir(if cfg!(windows) { r"C:\" } else { "/" });
    platform::detach(&mut command);
    Ok(Daemon { child: command.spawn()? })
}
