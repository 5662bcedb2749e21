//! Which stacks run, under which name, and where they are reached. A name is for display: the second running `notes`
//! is shown as `notes-2`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::handle::ControlSocket;

use super::home::{Home, HomeError, StackHome};

/// A stack as it stands in `<state>/stacks/<hash>/stack.json`. Believed only while its launcher holds the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningStack {
    /// The version of this format: 1.
    pub schema: u32,
    /// The display name.
    pub name: String,
    /// Its portolan.toml.
    pub file: PathBuf,
    /// The launcher.
    pub pid: u32,
    /// Where it is reached.
    pub socket: PathBuf,
}

impl RunningStack {
    /// The control socket.
    pub fn socket(&self) -> ControlSocket {
        ControlSocket::at(self.socket.clone())
    }
}

/// The stacks that run now, by name.
pub fn running_stacks(home: &Home) -> Vec<RunningStack> {
    let Ok(folders) = fs::read_dir(home.stacks()) else { return Vec::new() };
    let read = |folder: PathBuf| {
        let text = fs::read(folder.join("stack.json")).ok()?;
        let stack: RunningStack = serde_json::from_slice(&text).ok()?;
        home.stack(&stack.file).is_running().then_some(stack)
    };
    let mut stacks: Vec<_> = folders.flatten().filter_map(|folder| read(folder.path())).collect();
    stacks.sort_by(|a, b| a.name.cmp(&b.name));
    stacks
}

/// Puts a stack on record under a name that no other running one has, which is returned. The caller holds the stack's
/// lock; two launchers that come at the same moment get different names.
pub(super) fn register(
    home: &Home,
    stack: &StackHome,
    file: &Path,
    wanted: &str,
) -> Result<String, HomeError> {
    let lock_path = home.stacks().join(".names.lock");
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| HomeError::Use { path, source }
    };
    let lock = fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(failed(&lock_path))?;
    lock.lock().map_err(failed(&lock_path))?;
    let others: Vec<_> = running_stacks(home).into_iter().filter(|other| other.file != file).collect();
    let taken = |name: &str| others.iter().any(|other| other.name == name);
    let numbered = (2u32..).map(|number| format!("{wanted}-{number}"));
    let name = std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken(name));
    let name = name.unwrap_or_else(|| wanted.to_owned());
    let record = RunningStack {
        schema: 1,
        name: name.clone(),
        file: file.to_owned(),
        pid: std::process::id(),
        socket: stack.socket.path().to_owned(),
    };
    let path = stack.state.join("stack.json");
    let written = tempfile::NamedTempFile::new_in(&stack.state).and_then(|mut temporary| {
        temporary.write_all(&serde_json::to_vec(&record)?)?;
        temporary.persist(&path)?;
        Ok(())
    });
    written.map_err(failed(&path))?;
    Ok(name)
}
