//! The folder of records on disk: atomic replacement, removal, and the sweep of what a dead launcher left.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::stack::ServiceName;

use super::Record;

/// Beside portolan.toml.
const FOLDER: &str = ".service_discovery";

/// The records of one stack.
#[derive(Clone, Debug)]
pub struct RecordStore {
    folder: PathBuf,
}

/// Why a record is not on disk as it should be.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// A record could not be written.
    #[error("failed to write the discovery record {path}: {source}")]
    Write {
        /// The record.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A record could not be removed.
    #[error("failed to remove the discovery record {path}: {source}")]
    Remove {
        /// The record.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl RecordStore {
    /// The records of the stack whose portolan.toml lies in `stack_folder`.
    pub fn beside(stack_folder: &Path) -> Self {
        Self { folder: stack_folder.join(FOLDER) }
    }

    /// The folder, as services are told in SERVICE_DISCOVERY_PATH.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Replaces the record of a service. A reader sees the old or the new one, whole. Not fsynced: after a power cut
    /// the services are gone too.
    pub fn write(&self, record: &Record) -> Result<(), DiscoveryError> {
        let path = self.path_of(&record.service);
        self.replace(&path, record).map_err(|source| DiscoveryError::Write { path, source })
    }

    fn replace(&self, path: &Path, record: &Record) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        // Of the same folder, so that the rename cannot cross file systems; hidden, so that `*.json` does not match.
        let mut file = tempfile::Builder::new().prefix(".").suffix(".tmp").tempfile_in(&self.folder)?;
        make_readable(file.as_file())?;
        // Formatted first: serde_json writes token by token, each a system call on a bare file.
        let mut text = serde_json::to_vec_pretty(record)?;
        text.push(b'\n');
        file.write_all(&text)?;
        file.persist(path)?;
        Ok(())
    }

    /// Removes the record of a service. Absent is as good as removed. The folder stays, since somebody may watch it.
    pub fn remove(&self, service: &ServiceName) -> Result<(), DiscoveryError> {
        let path = self.path_of(service);
        match fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(DiscoveryError::Remove { path, source }),
        }
    }

    /// Removes every record and half-written file, and the folder if that empties it. Only for the launcher that holds
    /// the stack's lock, at its start, when all that lies there was left by one that died, and at its end.
    pub fn sweep(&self) -> Result<(), DiscoveryError> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Ok(()) };
        for path in entries.flatten().map(|entry| entry.path()) {
            let ours = path.extension().is_some_and(|ending| ending == "json" || ending == "tmp");
            if ours && let Err(source) = fs::remove_file(&path) {
                return Err(DiscoveryError::Remove { path, source });
            }
        }
        // Fails when something else lies there, which is right.
        let _ = fs::remove_dir(&self.folder);
        Ok(())
    }

    fn path_of(&self, service: &ServiceName) -> PathBuf {
        self.folder.join(format!("{service}.json"))
    }
}

/// Temporary files are private; a record is for every reader that may read the folder.
#[cfg(unix)]
fn make_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::stack::{Mode, Port, State};

    fn record(port: u16) -> Record {
        Record {
            schema: 1,
            stack: "notes".into(),
            service: ServiceName::new("auth").unwrap(),
            mode: Mode::Local,
            state: State::Healthy,
            host: Some("127.0.0.1".into()),
            port: Port::new(port),
            url: None,
            api_url: None,
            ws_url: None,
            health_endpoint: None,
            health_url: None,
            pid: Some(1),
            started_at: None,
            timestamp: "2026-11-20T04:22:01.456Z".into(),
        }
    }

    #[test]
    fn a_reader_polling_during_200_rewrites_never_sees_a_torn_or_missing_record() {
        let folder = tempfile::tempdir().unwrap();
        let store = RecordStore::beside(folder.path());
        store.write(&record(1)).unwrap();
        let path = store.folder().join("auth.json");
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut reads = 0;
                while !done.load(Ordering::Relaxed) || reads == 0 {
                    let text = fs::read(&path).expect("the record is never missing");
                    serde_json::from_slice::<Record>(&text).expect("the record is never torn");
                    reads += 1;
                }
            });
            for port in 1..=200 {
                store.write(&record(port)).unwrap();
            }
            done.store(true, Ordering::Relaxed);
            reader.join().unwrap();
        });
    }

    #[test]
    fn the_sweep_takes_what_a_dead_launcher_left_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = RecordStore::beside(folder.path());
        store.write(&record(1)).unwrap();
        fs::write(store.folder().join(".x.tmp"), "half").unwrap();
        fs::write(store.folder().join("README"), "mine").unwrap();
        store.sweep().unwrap();
        let left: Vec<_> = fs::read_dir(store.folder()).unwrap().flatten().map(|e| e.file_name()).collect();
        assert_eq!(left, ["README"]);
    }

    #[test]
    fn the_folder_stays_for_its_watchers_until_the_sweep() {
        let folder = tempfile::tempdir().unwrap();
        let store = RecordStore::beside(folder.path());
        store.write(&record(1)).unwrap();
        store.remove(&ServiceName::new("auth").unwrap()).unwrap();
        store.remove(&ServiceName::new("auth").unwrap()).unwrap();
        assert!(store.folder().exists());
        store.sweep().unwrap();
        assert!(!store.folder().exists());
    }
}
