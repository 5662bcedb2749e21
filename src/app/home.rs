//! Where Portolan keeps what: the state of each stack, and the sockets and locks of those that run.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;

use crate::handle::ControlSocket;
use crate::ports::{RuntimeDirError, runtime_dir};

/// How often the right to run a stack is asked for, and the pause in between: about 50 ms in all. Another process
/// that only looks whether the stack is up has the lock for some microseconds.
const LOCK_ATTEMPTS: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(1);

/// The variable that moves the state of all stacks.
pub(super) const STATE_VARIABLE: &str = "PORTOLAN_STATE_DIR";

/// The user's folders.
#[derive(Clone, Debug)]
pub struct Home {
    state: PathBuf,
    runtime: PathBuf,
}

/// Why there is no place for Portolan's files; completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Neither XDG nor PORTOLAN_STATE_DIR says where state goes.
    #[error("find a folder for state: set HOME or PORTOLAN_STATE_DIR")]
    NoState,
    /// The runtime folder is not safely ours.
    #[error("find the runtime folder: {0}")]
    Runtime(#[from] RuntimeDirError),
    /// A folder or file of the state cannot be used.
    #[error("use {}: {source}", path.display())]
    Use {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The places of one stack, known by its portolan.toml.
#[derive(Clone, Debug)]
pub struct StackHome {
    /// `<state>/stacks/<hash>`.
    pub state: PathBuf,
    /// The control socket.
    pub socket: ControlSocket,
    /// Locked while a launcher runs the stack; holds its pid.
    lock: PathBuf,
}

/// The right to run a stack, held until dropped or until the process dies.
#[derive(Debug)]
pub struct StackLock {
    _file: File,
}

impl Home {
    /// The folders of this user; PORTOLAN_STATE_DIR moves the state. Creates nothing but the runtime folder.
    pub fn find() -> Result<Self, HomeError> {
        let state = match std::env::var_os(STATE_VARIABLE).filter(|value| !value.is_empty()) {
            Some(folder) => std::path::absolute(&folder)
                .map_err(|source| HomeError::Use { path: folder.into(), source })?,
            None => {
                let base = etcetera::choose_base_strategy().map_err(|_| HomeError::NoState)?;
                base.state_dir().unwrap_or_else(|| base.data_dir()).join("portolan")
            }
        };
        Ok(Self { state, runtime: runtime_dir()? })
    }

    /// The places of the stack of this portolan.toml, given by its canonical path.
    pub fn stack(&self, file: &Path) -> StackHome {
        let hash = format!("{:016x}", fnv1a(file.as_os_str()));
        StackHome {
            state: self.stacks().join(&hash),
            socket: ControlSocket::new(&self.runtime, &hash),
            lock: self.runtime.join(format!("{hash}.lock")),
        }
    }

    /// The folder of all state, absolute.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The folder with one folder for each stack that was ever started.
    pub fn stacks(&self) -> PathBuf {
        self.state.join("stacks")
    }
}

impl StackHome {
    /// Takes the right to run the stack; `Err(pid)` if a launcher has it, with its pid if that could be read.
    /// Blocks for about 50 ms before it says so.
    pub fn lock(&self) -> Result<Result<StackLock, Option<u32>>, HomeError> {
        let failed = |source| HomeError::Use { path: self.lock.clone(), source };
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&self.lock)
            .map_err(failed)?;
        match take(&file, || std::thread::sleep(LOCK_PAUSE)) {
            Ok(()) => {
                file.set_len(0).map_err(failed)?;
                file.rewind().map_err(failed)?;
                write!(file, "{}", std::process::id()).map_err(failed)?;
                fs::create_dir_all(&self.state)
                    .map_err(|source| HomeError::Use { path: self.state.clone(), source })?;
                Ok(Ok(StackLock { _file: file }))
            }
            Err(TryLockError::WouldBlock) => {
                let text = fs::read_to_string(&self.lock).unwrap_or_default();
                Ok(Err(text.trim().parse().ok()))
            }
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Whether a launcher runs the stack.
    pub fn is_running(&self) -> bool {
        let Ok(file) = File::open(&self.lock) else { return false };
        // A shared lock is refused only while a launcher has the exclusive one. It is let go at once; a launcher that
        // starts in that very moment tries again.
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

/// Takes the exclusive lock of `file`, trying again after a `pause` while somebody has it.
fn take(file: &File, mut pause: impl FnMut()) -> Result<(), TryLockError> {
    for _ in 1..LOCK_ATTEMPTS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => pause(),
            result @ (Ok(()) | Err(TryLockError::Error(_))) => return result,
        }
    }
    file.try_lock()
}

/// FNV-1a, 64 bits: a name for a path that stays the same over versions. Not for secrecy.
fn fnv1a(path: &OsStr) -> u64 {
    path.as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(folder: &Path) -> StackHome {
        let home = Home { state: folder.join("state"), runtime: folder.to_owned() };
        home.stack(Path::new("/p/portolan.toml"))
    }

    #[test]
    fn a_stack_is_run_by_one_launcher_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let stack = home(folder.path());
        assert!(!stack.is_running());
        let held = stack.lock().unwrap().unwrap();
        assert!(stack.is_running());
        assert_eq!(stack.lock().unwrap().unwrap_err(), Some(std::process::id()));
        drop(held);
        assert!(!stack.is_running());
        assert!(stack.lock().unwrap().is_ok());
    }

    #[test]
    fn a_look_by_another_process_is_not_taken_for_a_launcher() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let file = File::create(&path).unwrap();
        let look = File::open(&path).unwrap();
        look.try_lock_shared().unwrap();
        let mut look = Some(look);
        take(&file, || drop(look.take())).unwrap();
        assert!(look.is_none(), "it was in the way");
    }
}
