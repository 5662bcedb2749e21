//! The folders of a stack's runs: one a run, five kept, never one whose launcher lives taken away.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::stack::{RunId, ServiceId};

/// How many runs are kept, the newest included.
const KEPT: usize = 5;

/// The runs of one stack, under `<state of the stack>/runs/`.
#[derive(Clone, Debug)]
pub struct Runs {
    folder: PathBuf,
}

/// The folder of a run that is going on. Its lock is held until this is dropped or the process dies.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    record: RunRecord,
    lock: File,
}

/// What `run.json` says about a run. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The version of this record.
    pub schema: u32,
    /// Which run.
    pub run: RunId,
    /// The stack's name.
    pub stack: String,
    /// When it was started.
    pub started_at: u64,
    /// When it ended; absent while it goes on, and for good if its launcher was killed.
    pub ended_at: Option<u64>,
    /// The launcher's process.
    pub pid: u32,
    /// Its services, in the order of the configuration.
    pub services: Vec<ServiceId>,
}

/// A run as found on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRun {
    /// Its folder.
    pub path: PathBuf,
    /// What it says of itself; `None` if its launcher died before it could, or the file is damaged.
    pub record: Option<RunRecord>,
    /// Whether its launcher lives.
    pub live: bool,
}

/// Why a run has no folder; completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum RunFolderError {
    /// The folder or a file in it cannot be made.
    #[error("write {}: {source}", path.display())]
    Write {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folders that there are cannot be read.
    #[error("read {}: {source}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Runs {
    /// The runs of the stack whose state lies in `stack_state`.
    pub fn of(stack_state: &Path) -> Self {
        Self { folder: stack_state.join("runs") }
    }

    /// Makes the folder of a new run that begins at `now`, and removes the oldest ones so that five are kept.
    pub fn create(
        &self,
        run: RunId,
        stack: &str,
        services: &[ServiceId],
        now: SystemTime,
    ) -> Result<RunFolder, RunFolderError> {
        let started_at = millis(now);
        // Thirteen digits until the year 2286, so that the order of the names is the order of the runs.
        let path = self.folder.join(format!("{started_at:013}-{run}"));
        let write = |path: &Path| {
            let path = path.to_owned();
            move |source| RunFolderError::Write { path, source }
        };
        fs::create_dir_all(&path).map_err(write(&path))?;
        let lock_path = path.join("run.lock");
        let lock = File::create(&lock_path).map_err(write(&lock_path))?;
        // Not `try_lock`: someone who lists the runs holds it shared for a moment.
        lock.lock().map_err(write(&lock_path))?;
        let (stack, services) = (stack.to_owned(), services.to_vec());
        let pid = std::process::id();
        let record = RunRecord { schema: 1, run, stack, started_at, ended_at: None, pid, services };
        let folder = RunFolder { path, record, lock };
        folder.write()?;
        self.prune()?;
        Ok(folder)
    }

    /// The runs that there are, newest first.
    pub fn list(&self) -> Result<Vec<FoundRun>, RunFolderError> {
        let read = |source| RunFolderError::Read { path: self.folder.clone(), source };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(read(error)),
        };
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in entries {
            let entry = entry.map_err(read)?;
            if entry.file_name().to_str().is_some_and(is_run_name) {
                paths.push(entry.path());
            }
        }
        paths.sort_unstable_by(|a, b| b.cmp(a));
        Ok(paths.into_iter().map(FoundRun::at).collect())
    }

    fn prune(&self) -> Result<(), RunFolderError> {
        for run in self.list()?.into_iter().skip(KEPT).filter(|run| !run.live) {
            // One that cannot be removed now is tried again at the next start.
            let _ = fs::remove_dir_all(run.path);
        }
        Ok(())
    }
}

impl FoundRun {
    fn at(path: PathBuf) -> Self {
        let record = fs::read(path.join("run.json")).ok();
        let record = record.and_then(|text| serde_json::from_slice(&text).ok());
        Self { record, live: is_locked(&path.join("run.lock")), path }
    }
}

impl RunFolder {
    /// Where the run's files lie; its log is opened on this path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is on record about the run.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Records that the run ended at `now` and lets go of the folder.
    pub fn end(mut self, now: SystemTime) -> Result<(), RunFolderError> {
        self.record.ended_at = Some(millis(now));
        self.write()?;
        // Let go only now, so that whoever sees the lock free sees the end on record, too.
        drop(self.lock);
        Ok(())
    }

    fn write(&self) -> Result<(), RunFolderError> {
        let path = self.path.join("run.json");
        let written = tempfile::NamedTempFile::new_in(&self.path).and_then(|mut file| {
            // Formatted first: serde_json writes token by token, each a system call on a bare file.
            let mut text = serde_json::to_vec_pretty(&self.record)?;
            text.push(b'\n');
            file.write_all(&text)?;
            file.persist(&path)?;
            Ok(())
        });
        written.map_err(|source| RunFolderError::Write { path, source })
    }
}

fn is_run_name(name: &str) -> bool {
    name.split_once('-').is_some_and(|(time, run)| {
        time.len() >= 13 && time.bytes().all(|b| b.is_ascii_digit()) && !run.is_empty()
    })
}

/// Whether a living process holds the lock. Where that cannot be told, it is taken to live.
fn is_locked(path: &Path) -> bool {
    match File::open(path) {
        Ok(file) => file.try_lock_shared().is_err(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

fn millis(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn create(runs: &Runs, n: u64) -> RunFolder {
        let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_000 + n);
        runs.create(RunId::from_bits(n), "notes", &[], at).unwrap()
    }

    #[test]
    fn five_runs_are_kept_and_the_newest_comes_first() {
        let state = tempfile::tempdir().unwrap();
        let runs = Runs::of(state.path());
        for n in 0..7 {
            create(&runs, n).end(UNIX_EPOCH + Duration::from_secs(1)).unwrap();
        }
        let found = runs.list().unwrap();
        let ids: Vec<u64> = found.iter().map(|run| run.record.as_ref().unwrap().started_at % 10).collect();
        assert_eq!(ids, [6, 5, 4, 3, 2]);
        assert!(found.iter().all(|run| !run.live));
        assert_eq!(found[0].record.as_ref().unwrap().ended_at, Some(1000));
    }

    #[test]
    fn a_run_whose_launcher_lives_is_never_removed() {
        let state = tempfile::tempdir().unwrap();
        let runs = Runs::of(state.path());
        let oldest = create(&runs, 0);
        for n in 1..8 {
            create(&runs, n).end(UNIX_EPOCH).unwrap();
        }
        let found = runs.list().unwrap();
        assert_eq!(found.len(), 6);
        assert!(found[5].live && found[5].path == oldest.path());
        // A listing must not be taken for a launcher.
        drop(oldest);
        assert!(!runs.list().unwrap()[5].live);
    }

    #[test]
    fn what_is_no_run_is_left_alone() {
        let state = tempfile::tempdir().unwrap();
        let runs = Runs::of(state.path());
        assert_eq!(runs.list().unwrap(), []);
        fs::create_dir_all(state.path().join("runs/notes")).unwrap();
        for n in 0..7 {
            drop(create(&runs, n));
        }
        assert!(state.path().join("runs/notes").is_dir());
    }
}
