//! The demo: a stack of Portolan's own, in the folder of its state. Several run at the same time, each in a slot.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::config;

use super::home::{Home, HomeError, StackHome};

/// What lies in a slot's folder.
const PORTOLAN_TOML: &str = include_str!("../../assets/demo/portolan.toml");
const WORKER_SH: &str = include_str!("../../assets/demo/worker.sh");

/// Where the service begins that takes a POSIX shell. It is the last one.
const WORKER: &str = "# The worker: ";

/// A place for one running demo: `<state>/demo`, `<state>/demo-2` and so on.
#[derive(Debug)]
pub struct DemoSlot {
    number: u32,
    folder: PathBuf,
    home: StackHome,
}

impl DemoSlot {
    /// The slot of that number, counted from 1. Its folder is there, which may be all.
    pub fn of(home: &Home, number: u32) -> Result<Self, HomeError> {
        let name = if number <= 1 { "demo".to_owned() } else { format!("demo-{number}") };
        let folder = home.state().join(name);
        let real = fs::create_dir_all(&folder).and_then(|()| config::real_path(&folder));
        let folder = real.map_err(|source| HomeError::Use { path: folder, source })?;
        let home = home.stack(&folder.join(config::FILE_NAME));
        Ok(Self { number, folder, home })
    }

    /// Its number.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The folder of its portolan.toml.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a demo runs there.
    pub fn is_taken(&self) -> bool {
        self.home.is_running()
    }

    /// Writes its files, each whole, unless they are as they should be: a demo may start there in this moment.
    pub fn furnish(&self) -> Result<(), HomeError> {
        furnish(&self.folder, cfg!(unix))
    }
}

fn furnish(folder: &Path, has_shell: bool) -> Result<(), HomeError> {
    let (toml, script) = files(has_shell);
    for (name, text) in [(config::FILE_NAME, Some(toml)), ("worker.sh", script)] {
        let path = folder.join(name);
        let written = text.map_or(Ok(()), |text| write(&path, text));
        written.map_err(|source| HomeError::Use { path, source })?;
    }
    Ok(())
}

/// portolan.toml, and the script of the worker where there is a shell for it.
fn files(has_shell: bool) -> (&'static str, Option<&'static str>) {
    match PORTOLAN_TOML.split_once(WORKER) {
        Some((others, _)) if !has_shell => (others, None),
        Some(_) | None => (PORTOLAN_TOML, Some(WORKER_SH)),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if fs::read(path).is_ok_and(|kept| kept == text.as_bytes()) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    temporary.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LoadRequest;

    fn services(folder: &Path) -> Vec<String> {
        let file = folder.join(config::FILE_NAME);
        let loaded = config::load(&LoadRequest { file, ..LoadRequest::default() });
        let loaded = loaded.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        loaded.spec.services.iter().map(|service| service.name.to_string()).collect()
    }

    /// The files of a system with or without a shell, in a folder of their own.
    fn written(has_shell: bool) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        furnish(folder.path(), has_shell).unwrap();
        folder
    }

    #[test]
    fn the_demo_is_well_formed_with_and_without_a_shell() {
        assert_eq!(services(written(true).path()), ["frontend", "auth", "backend", "worker"]);
        let without = written(false);
        assert_eq!(services(without.path()), ["frontend", "auth", "backend"]);
        assert!(!without.path().join("worker.sh").exists());
    }

    #[cfg(unix)]
    #[test]
    fn files_are_written_only_where_they_differ() {
        use std::os::unix::fs::MetadataExt;
        let folder = written(true);
        let file = folder.path().join(config::FILE_NAME);
        // A file that is replaced is another one.
        let identity = || file.metadata().unwrap().ino();
        let before = identity();
        furnish(folder.path(), true).unwrap();
        assert_eq!(identity(), before);
        fs::write(&file, "half a fi").unwrap();
        furnish(folder.path(), true).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), PORTOLAN_TOML);
    }
}
