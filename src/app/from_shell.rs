//! Which of the shell's variables reach the services of a stack.

use std::ffi::{OsStr, OsString};

/// What the services of a stack get of the variables of the shell in which Portolan was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FromShell {
    /// Everything: whoever exports a variable means it for what is started.
    #[default]
    All,
    /// Who the user is, where, and in which terminal and language; nothing that a project sets. For a stack that has
    /// nothing to do with what the user works on: its DATABASE_URL is not meant for it.
    Session,
}

/// The variables of a session, by name.
const SESSION: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "TZ",
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "LANG",
    "LANGUAGE",
    // Without these, many programs do not start on Windows.
    "ALLUSERSPROFILE",
    "APPDATA",
    "COMSPEC",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "OS",
    "PATHEXT",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
];

/// The beginnings of such names.
const FAMILIES: &[&str] = &["LC_", "XDG_", "PORTOLAN_"];

impl FromShell {
    pub(super) fn of(
        self,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> impl Iterator<Item = (OsString, OsString)> {
        variables.filter(move |(name, _)| match self {
            Self::All => true,
            Self::Session => is_of_session(name),
        })
    }
}

fn is_of_session(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    // Case does not count on Windows.
    let name = if cfg!(windows) { name.to_uppercase() } else { name.to_owned() };
    SESSION.contains(&name.as_str()) || FAMILIES.iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_what_no_project_sets() {
        let names =
            ["PATH", "LC_ALL", "XDG_RUNTIME_DIR", "DATABASE_URL", "BETTER_AUTH_SECRET", "PORT", "AUTH_URL"];
        let variables = || names.map(|name| (OsString::from(name), OsString::from("value"))).into_iter();
        let kept =
            |scope: FromShell| -> Vec<OsString> { scope.of(variables()).map(|(name, _)| name).collect() };
        assert_eq!(kept(FromShell::Session), ["PATH", "LC_ALL", "XDG_RUNTIME_DIR"]);
        assert_eq!(kept(FromShell::All).len(), names.len());
    }
}
