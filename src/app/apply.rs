//! Does what the action of a finding says: this program again, with the words of the action. Never through a shell.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::logs::strip_into;
use crate::services::process::{Launcher, run_gathered, run_shown};

/// How the action came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// As a shell has it; 0 is well.
    pub code: i32,
    /// What it said, without escape sequences, the middle left out if there was much.
    pub output: String,
}

/// Why an action could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Every action is a command line of ours.
    #[error("failed to apply `{action}`: it is no command of portolan")]
    NotOurs {
        /// The action.
        action: String,
    },
    /// A quote is not closed.
    #[error("failed to apply `{action}`: {source}")]
    Words {
        /// The action.
        action: String,
        /// What is wrong with it.
        source: shell_words::ParseError,
    },
    /// This program's own file cannot be found.
    #[error("failed to find this program's own file: {0}")]
    Executable(#[source] io::Error),
    /// It could not be started.
    #[error("failed to start {}: {source}", program.display())]
    Run {
        /// This program's file.
        program: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Does what `action` says for the stack in `folder`, without asking, and gathers what is said. `launcher` is that of
/// this process, if it has one. Blocks.
pub fn apply(action: &str, folder: &Path, launcher: Option<&Launcher>) -> Result<Applied, ApplyError> {
    let (program, arguments) = command_line(action, folder)?;
    let gathered = run_gathered(launcher, &program, &arguments, folder)
        .map_err(|source| ApplyError::Run { program, source })?;
    let mut plain = Vec::new();
    strip_into(&gathered.output, &mut plain);
    Ok(Applied { code: gathered.code, output: String::from_utf8_lossy(&plain).into_owned() })
}

/// The same with this process's terminal: what is said goes there. The exit code, as a shell has it. Blocks.
pub fn apply_here(action: &str, folder: &Path) -> Result<i32, ApplyError> {
    let (program, arguments) = command_line(action, folder)?;
    run_shown(&program, &arguments, folder).map_err(|source| ApplyError::Run { program, source })
}

fn command_line(action: &str, folder: &Path) -> Result<(PathBuf, Vec<OsString>), ApplyError> {
    let arguments = arguments_of(action, folder)?;
    let program = std::env::current_exe().map_err(ApplyError::Executable)?;
    Ok((program, arguments))
}

/// With what this program is started so that it does the action for the stack in `folder`. That folder is named, so
/// that it does not matter where the action is asked for; the user has agreed already, so nothing asks again.
fn arguments_of(action: &str, folder: &Path) -> Result<Vec<OsString>, ApplyError> {
    let words = shell_words::split(action)
        .map_err(|source| ApplyError::Words { action: action.to_owned(), source })?;
    let [program, verb, rest @ ..] = &words[..] else {
        return Err(ApplyError::NotOurs { action: action.to_owned() });
    };
    if program != "portolan" {
        return Err(ApplyError::NotOurs { action: action.to_owned() });
    }
    let mut arguments: Vec<OsString> = vec!["-C".into(), folder.into(), verb.into()];
    let mut own = rest.iter().take_while(|word| *word != "--");
    let flag = match verb.as_str() {
        "doctor" => Some("--yes"),
        // What is installed for a service belongs where it runs.
        "run" => Some("--there"),
        _ => None,
    };
    arguments.extend(flag.filter(|flag| !own.any(|word| word == flag)).map(OsString::from));
    arguments.extend(rest.iter().map(OsString::from));
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(action: &str) -> Result<Vec<String>, ApplyError> {
        let arguments = arguments_of(action, Path::new("/a stack"))?;
        Ok(arguments.into_iter().map(|word| word.into_string().unwrap()).collect())
    }

    #[test]
    fn words_stay_words_and_nothing_is_left_to_a_shell() {
        assert_eq!(
            words("portolan reassign api --to 8001").unwrap(),
            ["-C", "/a stack", "reassign", "api", "--to", "8001"]
        );
        assert_eq!(
            words("portolan run api -- python -m pip install 'flask>=3; $(touch x)'").unwrap(),
            [
                "-C",
                "/a stack",
                "run",
                "--there",
                "api",
                "--",
                "python",
                "-m",
                "pip",
                "install",
                "flask>=3; $(touch x)"
            ]
        );
    }

    #[test]
    fn the_doctor_does_not_ask_again() {
        assert_eq!(
            words("portolan doctor --fix env-crlf").unwrap(),
            ["-C", "/a stack", "doctor", "--yes", "--fix", "env-crlf"]
        );
        assert_eq!(
            words("portolan doctor --yes --fix x").unwrap(),
            ["-C", "/a stack", "doctor", "--yes", "--fix", "x"]
        );
    }

    #[test]
    fn only_our_own_commands_are_applied() {
        for action in ["rm -rf /", "portolan", "", "/tmp/portolan up", "sudo portolan up"] {
            assert!(matches!(words(action), Err(ApplyError::NotOurs { .. })), "{action}");
        }
        assert!(matches!(words("portolan run api -- 'x"), Err(ApplyError::Words { .. })));
    }
}
