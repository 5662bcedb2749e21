//! Which Python a command uses, found without starting it, and what is known about a virtual environment.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::survey::walk;

/// Where a virtual environment has its programs.
const PROGRAMS: &str = if cfg!(windows) { "Scripts" } else { "bin" };

/// A virtual environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Venv {
    /// Its folder.
    pub folder: PathBuf,
    /// The version of its Python, as its pyvenv.cfg says.
    pub version: Option<String>,
    /// The interpreter that it leads to, if that is gone.
    pub lost: Option<PathBuf>,
}

/// The interpreter that `command`, run in `directory`, uses, as far as can be told: that of the virtual environment
/// that its program lies in, that of the folder for `uv run` and its kind, else the one in the PATH.
pub fn python_of(directory: &Path, command: &str) -> Option<PathBuf> {
    let words = shell_words::split(command).ok()?;
    let mut words = words.iter().map(String::as_str).skip_while(|word| is_prelude(word));
    let program = words.next()?;
    let name = Path::new(program).file_name()?.to_str()?;
    if matches!(name, "uv" | "poetry" | "pdm" | "hatch" | "pipenv" | "rye") {
        return venv_in(directory).map(|venv| python_in(&venv));
    }
    if program.contains('/') {
        let path = directory.join(program);
        let folder = path.parent()?;
        let beside = if is_python(name) { path.clone() } else { folder.join("python") };
        return beside.symlink_metadata().is_ok().then_some(beside);
    }
    let found = in_path(program)?;
    if is_python(name) {
        return Some(found);
    }
    shebang(&found)
        .filter(|interpreter| interpreter.file_name().and_then(OsStr::to_str).is_some_and(is_python))
}

/// Words before the program that change nothing about which one it is.
fn is_prelude(word: &str) -> bool {
    matches!(word, "exec" | "env" | "nohup" | "time")
        || word
            .split_once('=')
            .is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// Whether a program of that name is Python: `python`, `python3`, `python3.12`.
pub fn is_python(name: &str) -> bool {
    let rest = name.trim_end_matches(".exe").strip_prefix("python");
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

/// The program of that name in this process's PATH.
pub fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The interpreter that a script's first line names.
pub fn shebang(script: &Path) -> Option<PathBuf> {
    let text = walk::text_of(script)?;
    let line = text.lines().next()?.strip_prefix("#!")?;
    let mut words = line.split_whitespace();
    let first = words.next()?;
    if first.ends_with("/env") {
        return in_path(words.find(|word| !word.starts_with('-'))?);
    }
    Some(PathBuf::from(first))
}

/// The virtual environment of a folder, or of the nearest one above, up to the repository's or the stack's.
fn venv_in(directory: &Path) -> Option<PathBuf> {
    let names = [".venv", "venv"];
    walk::upwards(directory).flat_map(|folder| names.map(|name| folder.join(name))).find(|venv| is_venv(venv))
}

fn is_venv(folder: &Path) -> bool {
    folder.join("pyvenv.cfg").is_file()
}

fn python_in(venv: &Path) -> PathBuf {
    venv.join(PROGRAMS).join("python")
}

/// The virtual environment that an interpreter or another of its programs belongs to.
pub fn venv_of(program: &Path) -> Option<Venv> {
    let folder = program.parent()?.parent()?;
    let text = walk::text_of(&folder.join("pyvenv.cfg"))?;
    let value = |key: &str| {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        lines.into_iter().find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned())
    };
    let python = python_in(folder);
    let link = python.read_link().ok().map(|target| python.parent().unwrap_or(folder).join(target));
    let lost = match python.metadata() {
        Ok(_) => None,
        Err(_) => Some(link.or_else(|| value("home").map(PathBuf::from)).unwrap_or(python)),
    };
    Some(Venv {
        folder: folder.to_owned(),
        version: value("version").or_else(|| value("version_info")),
        lost,
    })
}

/// The folders in which a virtual environment has its modules.
pub fn site_packages(venv: &Path) -> Vec<PathBuf> {
    if cfg!(windows) {
        return vec![venv.join("Lib").join("site-packages")];
    }
    let entries = venv.join("lib").read_dir().into_iter().flatten().flatten();
    entries.map(|entry| entry.path().join("site-packages")).filter(|folder| folder.is_dir()).collect()
}

/// The version in the real name of an interpreter (`/usr/bin/python3` leads to `python3.12`), if it says one.
pub fn version_of(interpreter: &Path) -> Option<String> {
    if let Some(version) = venv_of(interpreter).and_then(|venv| venv.version) {
        return Some(version);
    }
    let real = interpreter.canonicalize().ok()?;
    let rest = real.file_name()?.to_str()?.strip_prefix("python")?.to_owned();
    rest.contains('.').then_some(rest)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn venv(folder: &Path, target: &str) {
        fs::create_dir_all(folder.join("bin")).unwrap();
        fs::write(folder.join("pyvenv.cfg"), "home = /usr/bin\nversion = 3.12.4\n").unwrap();
        symlink(target, folder.join("bin/python")).unwrap();
        fs::write(folder.join("bin/uvicorn"), "#!x\n").unwrap();
    }

    #[test]
    fn a_program_of_a_virtual_environment_uses_its_interpreter() {
        let folder = tempfile::tempdir().unwrap();
        venv(&folder.path().join(".venv"), "/bin/sh");
        let python = folder.path().join(".venv/bin/python");
        for command in
            [".venv/bin/uvicorn main:app", ".venv/bin/python -m x", "uv run x", "A=1 exec uv run x"]
        {
            assert_eq!(python_of(folder.path(), command), Some(python.clone()), "{command}");
        }
        assert_eq!(python_of(folder.path(), "node x.js"), None);
        let found = venv_of(&python).unwrap();
        assert_eq!((found.version.as_deref(), found.lost), (Some("3.12.4"), None));
    }

    #[test]
    fn an_interpreter_that_is_gone_is_named() {
        let folder = tempfile::tempdir().unwrap();
        venv(&folder.path().join("venv"), "/nowhere/python3.9");
        let python = python_of(folder.path(), "venv/bin/uvicorn main:app").unwrap();
        assert_eq!(venv_of(&python).unwrap().lost, Some(PathBuf::from("/nowhere/python3.9")));
    }
}
