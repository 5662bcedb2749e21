//! Leases: one locked file per port in the runtime folder, and beside it a record of who took it.
//!
//! The lock alone decides, and the system frees it when the launcher dies. The record is for readers, who never touch
//! the lock: a reader must not make an allocation fail. It is a file of its own since Windows does not let others read a
//! locked one. Lock files are never unlinked: of two launchers, one could then lock a file that the other cannot see.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{runtime_dir, system};
use crate::stack::{LeaseRecord, Port, ServiceId};

/// For whom a port is leased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseOwner {
    /// The stack's name as it is displayed.
    pub stack: String,
    /// The folder of its portolan.toml.
    pub folder: PathBuf,
    /// The service that gets the port.
    pub service: ServiceId,
}

/// A leased port, given back on drop or by the system when the process dies.
#[derive(Debug)]
pub struct Lease {
    record: LeaseRecord,
    record_path: PathBuf,
    _lock: PortLock,
}

/// Why a lease could not be taken or recorded for another reason than that somebody has it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", .path.display())]
pub struct LeaseError {
    /// The file that the system refused.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl Lease {
    /// The leased port.
    pub fn port(&self) -> Port {
        self.record.port
    }

    /// What others read about this lease.
    pub fn record(&self) -> &LeaseRecord {
        &self.record
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // The record goes first: after the unlock it may be the next holder's. Left behind, it would be believed while we
        // live, so if it cannot be removed it is emptied.
        if fs::remove_file(&self.record_path).is_err() {
            let _ = File::create(&self.record_path);
        }
    }
}

/// An open lock file, unlocked on drop.
#[derive(Debug)]
struct PortLock(File);

impl Drop for PortLock {
    fn drop(&mut self) {
        // A child between fork and exec shares the open file: closing ours would leave the lock to it for a moment.
        #[cfg(unix)]
        let _ = self.0.unlock();
    }
}

/// The folder of all leases of one user.
#[derive(Clone, Debug)]
pub(super) struct LeaseFolder(PathBuf);

/// A port's lock, not yet recorded as a lease: unseen by readers, given up on drop.
#[derive(Debug)]
pub(super) struct LockedPort<'a> {
    folder: &'a LeaseFolder,
    port: Port,
    lock: PortLock,
}

impl LeaseFolder {
    pub(super) fn new(path: &Path) -> Result<Self, runtime_dir::RuntimeDirError> {
        runtime_dir::private_folder(path)?;
        Ok(Self(path.to_owned()))
    }

    /// Locks `port`; `None` if somebody else has it locked.
    pub(super) fn try_lock(&self, port: Port) -> Result<Option<LockedPort<'_>>, LeaseError> {
        let path = self.lock_path(port);
        let refused = |source| LeaseError { path: path.clone(), source };
        let lock = open_lock_file(&path).map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => {
                let lock = PortLock(lock);
                system::prepare_locked_file(&lock.0).map_err(refused)?;
                Ok(Some(LockedPort { folder: self, port, lock }))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(refused(source)),
        }
    }

    /// The record of `port`'s lease, if its launcher lives.
    pub(super) fn read(&self, port: Port) -> Option<LeaseRecord> {
        let text = fs::read(self.record_path(port)).ok()?;
        let record: LeaseRecord = serde_json::from_slice(&text).ok()?;
        (record.port == port && system::is_lease_alive(&record, &self.lock_path(port))).then_some(record)
    }

    /// All believable records, lowest port first.
    pub(super) fn read_all(&self) -> Result<Vec<LeaseRecord>, LeaseError> {
        let refused = |source| LeaseError { path: self.0.clone(), source };
        let mut records = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(refused)? {
            let name = entry.map_err(refused)?.file_name();
            let port = name.to_str().and_then(|name| name.strip_suffix(".json")?.parse().ok());
            records.extend(port.and_then(|port| self.read(port)));
        }
        records.sort_by_key(|record| record.port);
        Ok(records)
    }

    fn lock_path(&self, port: Port) -> PathBuf {
        self.0.join(format!("{port}.lock"))
    }

    fn record_path(&self, port: Port) -> PathBuf {
        self.0.join(format!("{port}.json"))
    }
}

impl LockedPort<'_> {
    /// Makes the locked port a lease that others can see.
    pub(super) fn record(
        self,
        owner: &LeaseOwner,
        preferred: Option<Port>,
        now: SystemTime,
    ) -> Result<Lease, LeaseError> {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        let pid = std::process::id();
        let record = LeaseRecord {
            port: self.port,
            preferred: preferred.filter(|preferred| *preferred != self.port),
            stack: owner.stack.clone(),
            folder: owner.folder.to_string_lossy().into_owned(),
            service: owner.service.clone(),
            pid,
            pid_start: system::process_start_time(pid),
            since: now
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
        };
        let record_path = self.folder.record_path(self.port);
        let text = serde_json::to_vec(&record).map_err(io::Error::from);
        match text.and_then(|text| fs::write(&record_path, text)) {
            Ok(()) => Ok(Lease { record, record_path, _lock: self.lock }),
            Err(source) => Err(LeaseError { path: record_path, source }),
        }
    }
}

fn open_lock_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::ServiceName;

    fn owner() -> LeaseOwner {
        LeaseOwner {
            stack: "notes".into(),
            folder: "/home/me/notes".into(),
            service: ServiceName::new("backend").unwrap().into(),
        }
    }

    fn port(number: u16) -> Port {
        Port::new(number).unwrap()
    }

    fn lease(folder: &LeaseFolder, number: u16) -> Lease {
        let locked = folder.try_lock(port(number)).unwrap().expect("nobody else has it");
        locked.record(&owner(), None, UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_port_is_leased_once_until_it_is_dropped() {
        let tmp = tempfile::tempdir().unwrap();
        let folder = LeaseFolder::new(&tmp.path().join("ports")).unwrap();
        let held = lease(&folder, 8000);
        assert!(folder.try_lock(port(8000)).unwrap().is_none());
        drop(held);
        assert!(folder.try_lock(port(8000)).unwrap().is_some());
    }

    #[test]
    fn leases_are_listed_in_order_while_they_are_held() {
        let tmp = tempfile::tempdir().unwrap();
        let folder = LeaseFolder::new(&tmp.path().join("ports")).unwrap();
        let held = [lease(&folder, 9000), lease(&folder, 8000)];
        let listed = folder.read_all().unwrap();
        assert_eq!(listed.iter().map(|record| record.port.get()).collect::<Vec<_>>(), [8000, 9000]);
        assert_eq!(&listed[0], held[1].record());
        drop(held);
        assert_eq!(folder.read_all().unwrap(), []);
    }

    #[test]
    fn reading_leases_takes_no_lock() {
        let tmp = tempfile::tempdir().unwrap();
        let folder = LeaseFolder::new(&tmp.path().join("ports")).unwrap();
        drop(lease(&folder, 8000));
        let reader = folder.clone();
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let reading = std::thread::spawn(move || {
            while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                reader.read_all().unwrap();
            }
        });
        for _ in 0..500 {
            drop(folder.try_lock(port(8000)).unwrap().expect("a reader must not be in the way"));
        }
        drop(stop);
        reading.join().unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_record_of_a_reused_pid_is_not_believed() {
        let tmp = tempfile::tempdir().unwrap();
        let folder = LeaseFolder::new(&tmp.path().join("ports")).unwrap();
        let held = lease(&folder, 8000);
        let mut other_life = held.record().clone();
        other_life.pid_start = other_life.pid_start.map(|start| start + 1);
        fs::write(folder.record_path(port(8000)), serde_json::to_vec(&other_life).unwrap()).unwrap();
        assert_eq!(folder.read(port(8000)), None);
    }

    #[test]
    fn torn_foreign_and_empty_records_are_ignored() {
        let tmp = tempfile::tempdir().unwrap();
        let folder = LeaseFolder::new(&tmp.path().join("ports")).unwrap();
        let held = lease(&folder, 8000);
        for (name, text) in
            [("8001.json", "{\"port\":80"), ("8002.json", ""), ("0.json", "{}"), ("x.json", "{}")]
        {
            fs::write(folder.0.join(name), text).unwrap();
        }
        let copy = serde_json::to_vec(held.record()).unwrap();
        fs::write(folder.record_path(port(8003)), copy).unwrap();
        assert_eq!(folder.read_all().unwrap(), [held.record().clone()]);
    }
}
