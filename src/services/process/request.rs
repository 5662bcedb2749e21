//! What is to be started, how its program is found, and why it could not be.
//!
//! Nothing is started here.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::ServiceMarker;

/// A program to be started. Its `Debug` shows neither values nor arguments, which may be secret.
#[derive(Clone)]
pub struct SpawnRequest {
    /// What to run.
    pub program: Program,
    /// The working directory, absolute.
    pub directory: PathBuf,
    /// The complete environment, to which only the marker's variables are added.
    pub env: Vec<(OsString, OsString)>,
    /// Run it on a pseudo-terminal of 80 by 24 instead of on pipes. Windows uses pipes all the same.
    pub tty: bool,
    /// The run and service that it belongs to.
    pub marker: ServiceMarker,
}

/// What to run. A file that is neither a binary nor names its interpreter is run by the shell, as shells do.
#[derive(Clone)]
pub enum Program {
    /// A program and its arguments.
    Words(Vec<OsString>),
    /// A text for the shell: `/bin/sh -c`, `cmd /C` on Windows.
    Shell(OsString),
}

impl fmt::Debug for SpawnRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("SpawnRequest")
            .field("program", &self.program)
            .field("directory", &self.directory)
            .field("env", &names)
            .field("tty", &self.tty)
            .field("marker", &self.marker)
            .finish()
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => write!(f, "Words({:?}, ..)", words.first()),
            Self::Shell(_) => f.write_str("Shell(..)"),
        }
    }
}

/// Why a program could not be started; completes "failed to start".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpawnError {
    /// The command has no words.
    #[error("an empty command")]
    Empty,
    /// No such program.
    #[error("{}: not found {}", .program.to_string_lossy(), places(.searched))]
    NotFound {
        /// The program as it was asked for.
        program: OsString,
        /// The folders or the one path where it was looked for.
        searched: Vec<PathBuf>,
    },
    /// The file is there, but it is no program: no execute permission, a folder, or an unknown format.
    #[error("{}: not an executable program", .path.display())]
    NotExecutable {
        /// The file.
        path: PathBuf,
    },
    /// The program is there, but what its first line or its header names to run it is not.
    #[error("{}: the interpreter that it names does not exist", .path.display())]
    InterpreterMissing {
        /// The program.
        path: PathBuf,
    },
    /// The working directory does not exist or is no directory.
    #[error("anything in {}: no such directory", .directory.display())]
    DirectoryMissing {
        /// The directory.
        directory: PathBuf,
    },
    /// The system forbids it.
    #[error("{}: permission denied", .path.display())]
    Permission {
        /// The program or directory.
        path: PathBuf,
    },
    /// The system has no room for another process: processes, memory or open files.
    #[error("{}: out of processes, memory or open files", .path.display())]
    ResourceLimit {
        /// The program.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else.
    #[error("{}", .path.display())]
    Other {
        /// The program.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Finds the file that `program` names, as a start in `directory` with the environment `env` would.
///
/// A name with a path separator is relative to `directory`; any other is looked up in the PATH of `env`. Fails
/// with every [`SpawnError`] that can be known without starting anything.
pub fn resolve(
    program: &Program,
    directory: &Path,
    env: &[(OsString, OsString)],
) -> Result<PathBuf, SpawnError> {
    check_directory(directory)?;
    let word = match program {
        Program::Words(words) => words.first().filter(|word| !word.is_empty()).ok_or(SpawnError::Empty)?,
        Program::Shell(_) => return Ok(shell(env)),
    };
    let folders = if has_separator(word) { vec![PathBuf::new()] } else { search_path(env) };
    let mut refused = None;
    for folder in &folders {
        for candidate in candidates(&directory.join(folder).join(word), env) {
            match is_program(&candidate) {
                Ok(true) => return Ok(candidate),
                Ok(false) => refused = refused.or(Some(SpawnError::NotExecutable { path: candidate })),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    refused = refused.or(Some(SpawnError::Permission { path: candidate }));
                }
                Err(_) => {}
            }
        }
    }
    let searched = if has_separator(word) { vec![directory.join(word)] } else { folders };
    Err(refused.unwrap_or_else(|| SpawnError::NotFound { program: word.clone(), searched }))
}

/// Names the failure of a start of the program at `path`, found by [`resolve`].
pub(super) fn classify(error: io::Error, path: PathBuf) -> SpawnError {
    match error.kind() {
        // The file was there a moment ago, so what is missing is what it names to run it.
        io::ErrorKind::NotFound => SpawnError::InterpreterMissing { path },
        io::ErrorKind::PermissionDenied => SpawnError::Permission { path },
        io::ErrorKind::OutOfMemory | io::ErrorKind::WouldBlock => {
            SpawnError::ResourceLimit { path, source: error }
        }
        _ if is_bad_format(&error) => SpawnError::NotExecutable { path },
        _ if is_out_of_files(&error) => SpawnError::ResourceLimit { path, source: error },
        _ => SpawnError::Other { path, source: error },
    }
}

fn check_directory(directory: &Path) -> Result<(), SpawnError> {
    match directory.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(SpawnError::Permission { path: directory.to_owned() })
        }
        Ok(_) | Err(_) => Err(SpawnError::DirectoryMissing { directory: directory.to_owned() }),
    }
}

fn search_path(env: &[(OsString, OsString)]) -> Vec<PathBuf> {
    match variable(env, "PATH") {
        Some(path) => std::env::split_paths(path).collect(),
        // What execvp takes when there is no PATH.
        None if cfg!(unix) => vec!["/bin".into(), "/usr/bin".into()],
        None => Vec::new(),
    }
}

/// The value of a variable; the last one wins, and Windows ignores case.
fn variable<'a>(env: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    let same = |key: &OsString| if cfg!(windows) { key.eq_ignore_ascii_case(name) } else { key == name };
    env.iter().rev().find(|(key, _)| same(key)).map(|(_, value)| value.as_os_str())
}

fn places(searched: &[PathBuf]) -> String {
    match searched {
        [] => "(PATH is empty)".to_owned(),
        [one] => format!("at {}", one.display()),
        many => format!(
            "in PATH ({})",
            many.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
        ),
    }
}

#[cfg(unix)]
mod rules {
    use super::*;

    pub(super) fn shell(_env: &[(OsString, OsString)]) -> PathBuf {
        "/bin/sh".into()
    }

    pub(super) fn has_separator(word: &OsStr) -> bool {
        word.as_encoded_bytes().contains(&b'/')
    }

    pub(super) fn candidates(path: &Path, _env: &[(OsString, OsString)]) -> Vec<PathBuf> {
        vec![path.to_owned()]
    }

    pub(super) fn is_program(path: &Path) -> io::Result<bool> {
        Ok(path.metadata()?.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok())
    }

    pub(super) fn is_bad_format(error: &io::Error) -> bool {
        error.raw_os_error() == Some(libc::ENOEXEC)
    }

    pub(super) fn is_out_of_files(error: &io::Error) -> bool {
        matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
    }
}

#[cfg(windows)]
mod rules {
    use super::*;

    const BAD_EXE_FORMAT: i32 = 193;
    const TOO_MANY_OPEN_FILES: i32 = 4;
    const NO_SYSTEM_RESOURCES: i32 = 1450;

    pub(super) fn shell(env: &[(OsString, OsString)]) -> PathBuf {
        variable(env, "COMSPEC").map_or_else(|| "cmd.exe".into(), PathBuf::from)
    }

    pub(super) fn has_separator(word: &OsStr) -> bool {
        word.as_encoded_bytes().iter().any(|byte| matches!(byte, b'/' | b'\\' | b':'))
    }

    /// The path with each ending of PATHEXT, or as it is where it has one: `npm` is `npm.cmd`.
    pub(super) fn candidates(path: &Path, env: &[(OsString, OsString)]) -> Vec<PathBuf> {
        let endings = variable(env, "PATHEXT").map_or_else(
            || ".COM;.EXE;.BAT;.CMD".to_owned(),
            |endings| endings.to_string_lossy().into_owned(),
        );
        let with = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending.to_ascii_lowercase());
            PathBuf::from(name)
        };
        let as_is = path.extension().map(|_| path.to_owned());
        as_is.into_iter().chain(endings.split(';').filter(|e| !e.is_empty()).map(with)).collect()
    }

    pub(super) fn is_program(path: &Path) -> io::Result<bool> {
        Ok(path.metadata()?.is_file())
    }

    pub(super) fn is_bad_format(error: &io::Error) -> bool {
        error.raw_os_error() == Some(BAD_EXE_FORMAT)
    }

    pub(super) fn is_out_of_files(error: &io::Error) -> bool {
        matches!(error.raw_os_error(), Some(TOO_MANY_OPEN_FILES | NO_SYSTEM_RESOURCES))
    }
}

use rules::{candidates, has_separator, is_bad_format, is_out_of_files, is_program, shell};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{RunId, ServiceName};

    #[test]
    fn debug_output_shows_no_value_and_no_argument() {
        let request = SpawnRequest {
            program: Program::Words(vec!["node".into(), "--key=hunter2".into()]),
            directory: "/app".into(),
            env: vec![("SECRET".into(), "hunter2".into())],
            tty: false,
            marker: ServiceMarker {
                run_id: RunId::from_bits(1),
                service: ServiceName::new("auth").unwrap().into(),
            },
        };
        let text = format!("{request:?} {:?}", Program::Shell("curl -H hunter2".into()));
        assert!(text.contains("SECRET") && text.contains("node"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
